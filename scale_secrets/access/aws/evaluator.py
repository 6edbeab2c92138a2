"""Who may do what with a secret of AWS: answers, with the statements that decided, and trees.

The tree of an explanation is made of the same requests that the answer is decided on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from scale_secrets.access.aws.arns import last_name
from scale_secrets.access.aws.combining import all_needed, one_suffices
from scale_secrets.access.aws.completion import refine
from scale_secrets.access.aws.evaluation import Decision, decide, explain
from scale_secrets.access.aws.finding import found
from scale_secrets.access.aws.model import AwsSecret, CallerKind, Estate
from scale_secrets.access.aws.people import behind
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.principals.external import external, names_in
from scale_secrets.access.aws.principals.own import principals_of
from scale_secrets.access.aws.reading import Call, Way, asides, uses_key, ways
from scale_secrets.access.aws.requests import Requests
from scale_secrets.access.verdict import Action, Answer, Explanation, Step, Truth, Verdict


class Evaluator:
    """Answers about one estate, which does not change meanwhile."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self.requests = Requests(estate)

    def principals(self) -> tuple[Principal, ...]:
        """The estate's own, then those that its policies name from elsewhere."""
        return tuple(self._by_name.values())

    def secrets(self) -> tuple[AwsSecret, ...]:
        return tuple(
            secret for account in self._estate.accounts.values() for secret in account.secrets
        )

    def principal(self, text: str) -> Principal:
        """By ARN, by a user's or role's name, or by what a ``Principal`` element says.

        Raises ``NotFoundError`` with near misses, ``UsageError`` for a name of several.
        """
        elsewhere = None if text in self._by_name else external(text, self._estate)
        if elsewhere is not None:
            return self._by_name.get(elsewhere.name, elsewhere)
        return found(text, self._by_name, "principal", _called)

    def secret(self, text: str) -> AwsSecret:
        """By ARN, with or without its last six characters, or by name. Raises likewise."""
        by_arn = {secret.arn: secret for secret in self.secrets()}
        name = text.split(":", 6)[6] if text.count(":") >= 6 and text.startswith("arn:") else text
        return found(text, by_arn, "secret", lambda one: one.name, name)

    def answer(self, principal: Principal, secret: AwsSecret, action: Action) -> Answer:
        """Raises ``UsageError`` for an action that secrets of AWS do not have."""
        decision = one_suffices(
            [
                all_needed(self.decide(principal, secret, call) for call in way)
                for way in ways(action, secret, principal.caller)
            ]
        )
        return Answer(
            Verdict.of(decision.truth),
            decision.conditions,
            decision.decided_by,
            tuple(self._remarks(principal, secret, action)),
        )

    def decide(self, principal: Principal, secret: AwsSecret, call: Call) -> Decision:
        """On one call; what is unknown stays so only where it can turn out both ways."""
        asked = self.requests.ask(principal, secret, call)
        return refine(asked.request, asked.policies, decide)

    def explain(self, principal: Principal, secret: AwsSecret, action: Action) -> Explanation:
        answer = self.answer(principal, secret, action)
        possible = ways(action, secret, principal.caller)
        if len(possible) == 1:
            steps = self._calls(principal, secret, possible[0])
        else:
            steps = tuple(self._way(principal, secret, way) for way in possible)
        title = f"{action} {secret.name} as {principal.name}"
        notes = tuple(self._notes(principal))
        return Explanation(answer, Step(title, answer.verdict, steps=(*steps, *notes)))

    def _way(self, principal: Principal, secret: AwsSecret, way: Way) -> Step:
        decision = all_needed(self.decide(principal, secret, call) for call in way)
        title = " and ".join(call.action for call in way)
        steps = self._calls(principal, secret, way)
        return Step(f"one way: {title}", Verdict.of(decision.truth), steps=steps)

    def _calls(self, principal: Principal, secret: AwsSecret, way: Way) -> tuple[Step, ...]:
        return tuple(self._call(principal, secret, call) for call in way)

    def _call(self, principal: Principal, secret: AwsSecret, call: Call) -> Step:
        asked = self.requests.ask(principal, secret, call)
        decision = self.decide(principal, secret, call)
        because = ", ".join(decision.conditions)
        if decision.truth is not decide(asked.request, asked.policies).truth:
            because = "whatever the unknown conditions turn out to be"
        return Step(
            f"{call.action} on {asked.request.resource}",
            Verdict.of(decision.truth),
            because=because,
            steps=explain(asked.request, asked.policies),
        )

    def _remarks(self, principal: Principal, secret: AwsSecret, action: Action) -> Iterator[str]:
        if secret.deleted:
            yield "the secret is scheduled for deletion: nobody can read it until it is restored"
        state = self.requests.key_of(secret).state
        if state not in ("", "Enabled") and uses_key(action):
            yield f"its key is in the state {state}: nobody can use it"
        for call, what in asides(action):
            truth = self.decide(principal, secret, call).truth
            if truth is not Truth.FALSE:
                yield f"may {what}" if truth is Truth.TRUE else f"may, under conditions, {what}"

    def _notes(self, principal: Principal) -> Iterator[Step]:
        """What is worth knowing and decides nothing."""
        if principal.missing:
            missing = ", ".join(principal.missing)
            yield Step("attached and not collected", because=missing)
        if principal.role is not None:
            people = tuple(
                Step(one.words, because=one.condition, cited=one.cited)
                for one in behind(principal.role)
            )
            yield Step("who stands behind the role", steps=people)

    @cached_property
    def _by_name(self) -> dict[str, Principal]:
        known: dict[str, Principal] = {}
        for account in self._estate.accounts.values():
            if account.identities:
                known.update((one.name, one) for one in principals_of(account))
        for name in names_in(self._estate):
            elsewhere = external(name, self._estate)
            if elsewhere is not None:
                known.setdefault(elsewhere.name, elsewhere)
        return known


def _called(principal: Principal) -> str:
    """What a person calls it: a root user is its account's."""
    caller = principal.caller
    return caller.account if caller.kind is CallerKind.ROOT else last_name(principal.name)
