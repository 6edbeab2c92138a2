"""All principals against all secrets: what is not denied.

Exact: every answer is one that ``Evaluator.answer`` gave, for the principal or for a peer of which
``sharing`` shows that it gets the same. What is skipped is what nothing allows: neither the
principal's policies nor the secret's speak of the call in an allow. Memory grows with principals,
secrets and answers, never with their product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.model import AwsSecret, CallerKind, Document, Missing
from scale_secrets.access.aws.naming import EVERYONE, Named, granted, starts_of, told_apart
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.reading import Target, asides, every_way
from scale_secrets.access.aws.sharing import Peers, is_personal, peers
from scale_secrets.access.aws.statement import statements_for
from scale_secrets.access.verdict import Action, Answer, Verdict

Cell = tuple[Principal, AwsSecret, Action, Answer]


def matrix(
    evaluator: Evaluator,
    principals: Iterable[Principal],
    secrets: Sequence[AwsSecret],
    actions: Sequence[Action],
) -> Iterator[Cell]:
    """Every answer that is not a denial, principal by principal, in the order that is given.

    Raises ``UsageError`` for an action that secrets of AWS do not have.
    """
    columns = [_Columns(evaluator, secrets, action) for action in actions]
    for principal in principals:
        for column in columns:
            for secret, answer in column.row(principal):
                yield principal, secret, column.action, answer


@dataclass(slots=True)
class _Shared:
    """What peers share: the answers that are no denials, by the secret's number.

    ``open`` are the secrets of which no peer was asked yet. Peers have the same candidates, but
    for the secrets that tell them apart, of which nothing is shared.
    """

    open: set[int]
    answers: dict[int, Answer] = field(default_factory=dict)


class _Columns:
    """The secrets, for one action."""

    def __init__(self, evaluator: Evaluator, secrets: Sequence[AwsSecret], action: Action) -> None:
        self.action = action
        self._evaluator = evaluator
        self._secrets = secrets
        self._first = tuple(way[0] for way in every_way(action))
        asked = (*chain.from_iterable(every_way(action)), *(call for call, _ in asides(action)))
        self._actions = tuple(dict.fromkeys(call.action for call in asked))
        self._named = [self._named_at(secret) for secret in secrets]
        self._granted = [
            (n, named) for n, named in enumerate(map(self._granted_at, secrets)) if named
        ]
        self._rows: dict[Peers, _Shared | None] = {}

    def row(self, principal: Principal) -> Iterator[tuple[AwsSecret, Answer]]:
        candidates = self._candidates(principal)
        if not candidates:
            return
        shared = self._shared(principal, candidates)
        for number in candidates:
            answer = self._answer(principal, number, shared)
            if answer is not None:
                yield self._secrets[number], answer

    def _answer(self, principal: Principal, number: int, shared: _Shared | None) -> Answer | None:
        if shared is None or self._named[number].holds(principal):
            return self._ask(principal, number)
        if number in shared.open:
            shared.open.discard(number)
            answer = self._ask(principal, number)
            if answer is not None:
                shared.answers[number] = answer
        return shared.answers.get(number)

    def _ask(self, principal: Principal, number: int) -> Answer | None:
        answer = self._evaluator.answer(principal, self._secrets[number], self.action)
        return None if answer.verdict is Verdict.DENIED else answer

    def _shared(self, principal: Principal, candidates: Sequence[int]) -> _Shared | None:
        """None when the principal's answers are its own."""
        key = peers(principal, self._actions)
        if key is None:
            return None
        if key not in self._rows:
            own = is_personal(_own(principal), self._actions)
            self._rows[key] = None if own else _Shared(open=set(candidates))
        return self._rows[key]

    def _candidates(self, principal: Principal) -> Sequence[int]:
        """The secrets of which it is not plain that nothing allows."""
        policies = principal.policies
        if isinstance(policies, Missing) or principal.caller.kind is CallerKind.ROOT:
            return range(len(self._secrets))
        starts = tuple(set(self._starts(policies)))
        if "" in starts:
            return range(len(self._secrets))
        found = [n for n, named in self._granted if named.holds(principal)]
        if starts:
            found += (n for n, one in enumerate(self._secrets) if one.arn.startswith(starts))
        return sorted(set(found))

    def _starts(self, policies: tuple[Document, ...]) -> Iterator[str]:
        """How the ARNs begin that the policies allow a first call on."""
        for document in policies:
            for call in self._first:
                for statement in statements_for(document, call.action):
                    if statement.allow:
                        one_by_one = call.target is Target.SECRET
                        yield from starts_of(statement) if one_by_one else ("",)

    def _granted_at(self, secret: AwsSecret) -> Named | None:
        """Whom the secret's own policy may allow a first call; None when it has no say."""
        if isinstance(secret.policy, Missing):
            return EVERYONE
        if secret.policy is None:
            return None
        return granted(secret.policy, [call.action for call in self._first])

    def _named_at(self, secret: AwsSecret) -> Named:
        """Whom of the principals the secret's side tells apart."""
        side = self._evaluator.requests.says_of(secret)
        if is_personal(side.documents, self._actions):
            return EVERYONE
        return told_apart(side.documents, side.grants, self._actions)


def _own(principal: Principal) -> Iterator[Document]:
    if isinstance(principal.boundary, Document):
        yield principal.boundary
    if not isinstance(principal.policies, Missing):
        yield from principal.policies
    if not isinstance(principal.scps, Missing):
        yield from chain.from_iterable(principal.scps)
