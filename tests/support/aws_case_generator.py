"""Random AWS cases in which every kind of policy has a say, and about a third is allowed.

A case is a function of its seed and number alone. Each policy is *aimed* at the request most of the
time: its patterns are generalisations of what is asked; what is left decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from scale_secrets.access.aws.model import Caller, CallerKind
from tests.support import aws_case_pools as pools
from tests.support.aws_case_conditions import block, wild
from tests.support.aws_cases import FULL, RCP_FULL, Case, Json, key_id

_VERSIONS: Sequence[tuple[str | None, float]] = (
    ("2012-10-17", 0.85),
    ("2008-10-17", 0.1),
    (None, 0.05),
)
_KINDS = {
    "user": 8,
    "role": 12,
    "linked role": 1,
    "root": 1,
    "federated user": 3,
    "service": 2,
    "anonymous": 1,
}
_BY_ACTION = {
    "sts:AssumeRoleWithWebIdentity": "web identity",
    "sts:AssumeRoleWithSAML": "saml",
}
_ELSEWHERE = ("arn:aws:s3:::labels/*", pools.SECRETS[1], pools.KEYS[0])
_WITH_POLICIES = (CallerKind.USER, CallerKind.ROLE, CallerKind.FEDERATED_USER)
_SESSIONS = (CallerKind.ROLE, CallerKind.FEDERATED_USER)


def case(seed: str, number: int, *, closed: bool = True) -> Case:
    """The case of this number; with ``closed=False`` some of what its policies ask is unknown."""
    random = Random(f"{seed} {number}")  # noqa: S311 - the same for the same seed
    return _Builder(random, closed=closed).case()


class _Builder:
    def __init__(self, random: Random, *, closed: bool) -> None:
        self._random = random
        self._closed = closed
        self._action = random.choice(tuple(pools.ACTIONS))
        kind = (
            _BY_ACTION.get(self._action) or random.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
        )
        self._caller: Caller = random.choice(pools.CALLERS[kind])
        on = pools.ACTIONS[self._action]
        # An identity provider stands in the account of the roles that trust it.
        nearness = 1.0 if self._action in _BY_ACTION else 0.75
        near = [one for one in on if one.split(":")[4] == self._caller.account]
        self._resource = random.choice(
            "*" if not on else near if near and self._chance(nearness) else on
        )
        self._account = (
            self._caller.account or pools.OWN
            if self._resource == "*"
            else self._resource.split(":")[4]
        )
        # Few keys for each case, so that its statements speak of the same ones.
        self._keys = random.sample(pools.keys_for(self._action), 5)

    def case(self) -> Case:
        service = self._action.partition(":")[0]
        delegates = service in ("kms", "sts") and self._resource != "*"
        takes_policy = delegates or (service == "secretsmanager" and self._resource != "*")
        crosses = self._caller.account != self._account
        has_policies = self._caller.kind in _WITH_POLICIES
        sessional = self._caller.kind in _SESSIONS and not self._caller.service_linked
        federated = self._caller.kind is CallerKind.FEDERATED_USER
        drawn = Case(
            caller=self._asking(),
            action=self._action
            if self._chance(0.9)
            else self._action.upper().replace("SECRETSMANAGER", "secretsmanager"),
            resource=self._resource,
            account=self._account,
            context={},
            closed=self._closed,
            identity=self._identity() if has_policies else (),
            boundary=self._policy(grants=0.9) if has_policies and self._chance(0.25) else None,
            session=self._policy(grants=0.9)
            if federated or (sessional and self._chance(0.25))
            else None,
            policy=self._resource_policy()
            if takes_policy and (delegates or crosses or self._chance(0.6))
            else None,
            scps=self._scps(),
            rcps=self._rcps() if service != "iam" else (),
            delegates=delegates,
        )
        return self._with_context(drawn)

    def _chance(self, rate: float) -> bool:
        return self._random.random() < rate

    def _asking(self) -> Caller:
        """The caller; where not everything is known, often without the name of its session."""
        caller = self._caller
        if self._closed or caller.kind is not CallerKind.ROLE or self._chance(0.5):
            return caller
        return Caller(caller.kind, caller.arn, caller.account, service_linked=caller.service_linked)

    # Policies

    def _identity(self) -> tuple[Json, ...]:
        count = self._random.choices((0, 1, 2), (1, 6, 3))[0]
        return tuple(self._policy(grants=0.85) for _ in range(count))

    def _scps(self) -> tuple[tuple[Json, ...], ...]:
        return tuple(
            (FULL, self._document([self._statement(allow=False)]))
            if self._chance(0.4)
            else (FULL,)
            if self._chance(0.7)
            else (self._policy(grants=0.95),)
            for _ in range(self._random.choices((0, 1, 2, 3), (4, 3, 2, 1))[0])
        )

    def _rcps(self) -> tuple[tuple[Json, ...], ...]:
        return tuple(
            (RCP_FULL, self._rcp()) if self._chance(0.5) else (RCP_FULL,)
            for _ in range(self._random.choices((0, 1, 2), (6, 3, 1))[0])
        )

    def _rcp(self) -> Json:
        statement = self._statement(allow=False)
        service = self._action.partition(":")[0]
        statement["Principal"] = "*"
        statement.pop("NotAction", None)
        statement["Action"] = self._random.choice((self._action, f"{service}:*", f"{service}:Get*"))
        if not statement.get("Condition"):
            statement["Condition"] = block(self._random, self._keys, length=1)
        return {"Version": "2012-10-17", "Statement": [statement]}

    def _policy(self, *, grants: float) -> Json:
        statements = [self._statement(allow=True, aimed=grants)]
        if self._chance(0.25):
            statements.append(self._statement(allow=True))
        if self._chance(0.25):
            statements.append(self._statement(allow=False))
        self._random.shuffle(statements)
        return self._document(statements)

    def _resource_policy(self) -> Json:
        statements = [self._principal(self._statement(allow=True, aimed=0.95))]
        if self._action.startswith("kms:") and self._chance(0.6):
            root = f"arn:aws:iam::{self._account}:root"
            statements.append(
                {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
            )
        if self._chance(0.3):
            statements.append(self._principal(self._statement(allow=False)))
        if self._action.startswith("sts:"):  # a role's trust names no resource
            for statement in statements:
                statement.pop("NotResource", None)
                statement.pop("Resource", None)
        return self._document(statements)

    def _document(self, statements: list[Json]) -> Json:
        version = self._random.choices(
            [name for name, _ in _VERSIONS], [weight for _, weight in _VERSIONS]
        )[0]
        for number, statement in enumerate(statements):
            if self._chance(0.5):
                statement["Sid"] = f"S{number}"
        return {**({"Version": version} if version else {}), "Statement": statements}

    # Statements

    def _statement(self, *, allow: bool, aimed: float = 0.6) -> Json:
        statement: Json = {"Effect": "Allow" if allow else "Deny"}
        hit = self._chance(aimed)
        if self._chance(0.88):
            statement["Action"] = self._several(self._action_pattern(hit), "iam:Get*")
        else:
            statement["NotAction"] = self._several(self._action_pattern(not hit), "iam:Get*")
        if self._chance(0.88):
            statement["Resource"] = self._several(self._resource_pattern(hit), *_ELSEWHERE)
        else:
            statement["NotResource"] = self._several(self._resource_pattern(not hit), *_ELSEWHERE)
        if self._chance(0.35 if allow else 0.65):
            length = self._random.choices((1, 2, 3), (6, 3, 1))[0]
            statement["Condition"] = block(self._random, self._keys, length=length)
        return statement

    def _several(self, pattern: str, *others: str) -> str | list[str]:
        """The pattern, alone or in a list, there often beside one that hardly ever matches."""
        if self._chance(0.7):
            return pattern
        return [pattern, self._random.choice(others)] if self._chance(0.7) else [pattern]

    def _action_pattern(self, hit: bool) -> str:
        action = self._action if hit else self._random.choice(tuple(pools.ACTIONS))
        service, _, name = action.partition(":")
        drawn = self._random.random()
        if drawn < 0.3:
            return action
        if drawn < 0.45:
            return f"{service}:*"
        if drawn < 0.55:
            return "*"
        if drawn < 0.65:
            return action.lower()
        return f"{service}:{wild(self._random, name)}"

    def _resource_pattern(self, hit: bool) -> str:
        if self._resource == "*":
            return "*" if hit else pools.SECRETS[0]
        arn = self._resource
        if not hit:
            arn = self._random.choice(pools.ACTIONS[self._action])
        head, rest = arn.rsplit(":", 1)
        drawn = self._random.random()
        if drawn < 0.25:
            return arn
        if drawn < 0.45:
            return "*"
        if drawn < 0.6:
            return arn[:-6] + "??????"
        if drawn < 0.7 and "labels" not in rest:
            ending = self._random.choice(("${*}", "${aws:PrincipalTag/team}", "*"))
            return f"{head}:{rest[:-3]}{ending}"
        if drawn < 0.75:
            return head + ":" + rest.replace("live", "${aws:PrincipalTag/team, 'live'}")
        if drawn < 0.78:
            return head + ":" + rest.replace("ann", "${aws:username}")
        if drawn < 0.8:
            return arn.swapcase() if self._chance(0.3) else f"{head}:{rest.upper()}"
        return f"{head}:{wild(self._random, rest)}"

    # Principals

    def _principal(self, statement: Json) -> Json:
        """The statement of a resource policy: with whom it speaks of."""
        # NotPrincipal is documented for accounts, users, roles and sessions.
        excepts = self._caller.kind not in (CallerKind.WEB_IDENTITY, CallerKind.SAML)
        if statement["Effect"] == "Deny" and excepts and self._chance(0.2):
            statement["NotPrincipal"] = self._named(hit=self._chance(0.5))
        else:
            statement["Principal"] = self._named(hit=self._chance(0.85))
        return statement

    def _named(self, *, hit: bool) -> str | Json:
        caller = (
            self._caller
            if hit
            else self._random.choice(self._random.choice(tuple(pools.CALLERS.values())))
        )
        names = _names(caller)
        kind, value = self._random.choice(names)
        if kind == "*":
            return "*"
        if self._chance(0.15):
            return (
                {kind: [value], "AWS": "444455556666"}
                if kind != "AWS"
                else {kind: [value, pools.USERS[1]]}
            )
        return {kind: value}

    # The context

    def _with_context(self, drawn: Case) -> Case:
        context: dict[str, tuple[str, ...]] = {}
        for name in drawn.used_keys():
            values = self._values(name)
            if self._closed or self._chance(0.55):
                context[name] = values
        return Case(
            **{
                **{field: getattr(drawn, field) for field in drawn.__dataclass_fields__},
                "context": context,
            }
        )

    def _values(self, name: str) -> tuple[str, ...]:
        known = {key_id(key.name): key for key in pools.CONDITION_KEYS}
        key = known.get(key_id(name))
        if key is None or self._chance(0.2):
            return ()
        if key.name == "aws:PrincipalArn" and self._caller.account and self._chance(0.6):
            return (self._caller.arn,)
        if not key.multivalued:
            return (self._random.choice(key.values),)
        count = self._random.choices((1, 2, 3), (4, 4, 1))[0]
        return tuple(self._random.sample(key.values, min(count, len(key.values))))


def _names(caller: Caller) -> list[tuple[str, str]]:
    """How a ``Principal`` element may name a caller: its kind and value."""
    if caller.kind is CallerKind.SERVICE:
        return [("Service", caller.arn)] * 3 + [("*", "*")]
    if caller.kind in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        return [("Federated", caller.arn)] * 4 + [("*", "*")]
    if caller.kind is CallerKind.ANONYMOUS:
        return [("*", "*"), ("AWS", "*")]
    account = caller.account
    names = [("AWS", caller.arn), ("AWS", account), ("AWS", f"arn:aws:iam::{account}:root")]
    names += [("AWS", caller.arn), ("*", "*"), ("AWS", "*")]
    if caller.session:
        names += [("AWS", caller.session)] * 2
    if caller.kind is CallerKind.FEDERATED_USER:
        names.append(("AWS", f"arn:aws:iam::{account}:user/{caller.arn.rpartition('/')[2]}"))
    if caller.kind is CallerKind.ROLE and not caller.service_linked:
        names.append(("AWS", pools.session_arn(caller.arn, pools.SESSION_NAMES[2])))
    return names
