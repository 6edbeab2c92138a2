"""One question to an AWS evaluator, written so that every evaluator can be asked it.

A case holds policies as the JSON that AWS takes; ``Asked`` is the same in this project's words and
``simulation`` in those of the independent simulator. What the simulator leaves to its caller is
decided here and nowhere else: that control policies do not bind service-linked roles, that service
control policies do not bind those who act without an identity of an account, that
``RCPFullAWSAccess`` stands at every level, and that an account's root user needs no policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scale_secrets.access.aws import document
from scale_secrets.access.aws.model import (
    Caller,
    CallerKind,
    Context,
    Document,
    Policies,
    Request,
)

Json = dict[str, Any]

FULL: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
RCP_FULL: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}

# Keys whose values are a set, even when they hold one (Service Authorization Reference: ArrayOf…).
MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:grantoperations",
        "kms:resourcealiases",
        "sts:transitivetagkeys",
    }
)

_WITHOUT_IDENTITY = (
    CallerKind.SERVICE,
    CallerKind.ANONYMOUS,
    CallerKind.WEB_IDENTITY,
    CallerKind.SAML,
)
_KNOWN_TO_IT = {
    "kms:encryptioncontext:": "aws:RequestTag/of-kms-",
    "secretsmanager:resourcetag/": "aws:RequestTag/of-secret-",
    "token.actions.githubusercontent.com:": "aws:RequestTag/of-token-",
}
_UNKNOWN_TO_IT = re.compile("|".join(map(re.escape, _KNOWN_TO_IT)), re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([^}$*?,]+)")


def key_id(key: str) -> str:
    """What tells condition keys apart: they ignore case, the names of tags included."""
    return key.lower()


def _known(key: str) -> str:
    """A key as ``Context`` holds it: a tag's name keeps its case."""
    name, slash, tag = key.partition("/")
    return name.lower() + slash + tag


def values_of(one_or_more: Any) -> list[Any]:
    """JSON policies write a list of one as the one."""
    return list(one_or_more) if isinstance(one_or_more, list) else [one_or_more]


def mapped(json_: Any, change: Callable[[str], str]) -> Any:
    """The same JSON with each string changed, names apart."""
    if isinstance(json_, dict):
        return {name: mapped(value, change) for name, value in json_.items()}
    if isinstance(json_, list):
        return [mapped(value, change) for value in json_]
    return change(json_) if isinstance(json_, str) else json_


@dataclass(frozen=True, slots=True)
class Case:
    """``context`` maps keys, as a person writes them, to their values; empty: known to be absent.

    A key that a policy uses and that is not in ``context`` is absent in a ``closed`` case and
    unknown otherwise. For a role's session, ``caller.session`` is empty when its name is unknown.
    """

    caller: Caller
    action: str
    resource: str
    account: str
    context: Mapping[str, tuple[str, ...]]
    closed: bool = True
    identity: tuple[Json, ...] = ()
    boundary: Json | None = None
    session: Json | None = None
    policy: Json | None = None  # of the resource
    scps: tuple[tuple[Json, ...], ...] = ()
    rcps: tuple[tuple[Json, ...], ...] = ()
    delegates: bool = False

    @classmethod
    def of(cls, table: Json) -> Case:
        """From the fields as TOML has them."""
        fields = {
            **table,
            "caller": Caller(**{**table["caller"], "kind": CallerKind(table["caller"]["kind"])}),
            "context": {key: tuple(values) for key, values in table.get("context", {}).items()},
            "identity": tuple(table.get("identity", ())),
            "scps": tuple(map(tuple, table.get("scps", ()))),
            "rcps": tuple(map(tuple, table.get("rcps", ()))),
        }
        return cls(**fields)

    def documents(self) -> Iterator[tuple[str, Json]]:
        """Every policy with the name of its layer."""
        for layer, one in (
            ("boundary", self.boundary),
            ("session", self.session),
            ("resource", self.policy),
        ):
            if one is not None:
                yield layer, one
        yield from (("identity", one) for one in self.identity)
        yield from (("scp", one) for level in self.scps for one in level)
        yield from (("rcp", one) for level in self.rcps for one in level)

    def used_keys(self) -> tuple[str, ...]:
        """Condition keys of any policy, in conditions and variables, as they are written first."""
        found: dict[str, str] = {}
        for _, policy in self.documents():
            for statement in policy["Statement"]:
                for block in statement.get("Condition", {}).values():
                    for key in block:
                        found.setdefault(key_id(key), key)
            for name in _VARIABLE.findall(json.dumps(policy)):
                found.setdefault(key_id(name.strip()), name.strip())
        return tuple(found.values())

    def with_policies(self, change: Callable[[Json], Json]) -> Case:
        """The same question with each policy changed."""
        return replace(
            self,
            identity=tuple(map(change, self.identity)),
            boundary=change(self.boundary) if self.boundary else None,
            session=change(self.session) if self.session else None,
            policy=change(self.policy) if self.policy else None,
            scps=tuple(tuple(map(change, level)) for level in self.scps),
            rcps=tuple(
                tuple(one if one is RCP_FULL else change(one) for one in level)
                for level in self.rcps
            ),
        )

    def unknown(self) -> tuple[str, ...]:
        if self.closed:
            return ()
        known = {key_id(key) for key in self.context}
        return tuple(key for key in self.used_keys() if key_id(key) not in known)

    def __str__(self) -> str:
        shown: Json = {
            "caller": f"{self.caller.kind.value} {self.caller.session or self.caller.arn}",
            "asks": f"{self.action} on {self.resource} of {self.account}",
            "context": {key: list(values) for key, values in self.context.items()},
            "unknown": list(self.unknown()),
            "policies": [[layer, policy] for layer, policy in self.documents()],
        }
        return "\n".join(f"  {name}: {json.dumps(value)}" for name, value in shown.items())


@dataclass(frozen=True, slots=True)
class Asked:
    """A case in this project's words."""

    request: Request
    policies: Policies


@dataclass(slots=True)
class Reader:
    """Turns cases into this project's words; the same JSON object is parsed once."""

    _parsed: dict[int, tuple[Json, Document]] = field(default_factory=dict)

    def asked(self, case: Case) -> Asked:
        return Asked(self.request(case), self.policies(case))

    def request(self, case: Case) -> Request:
        return Request(
            caller=case.caller,
            action=case.action,
            resource=case.resource,
            account=case.account,
            context=Context(
                known={_known(key): values for key, values in case.context.items()},
                closed=case.closed,
                multivalued=MULTIVALUED,
            ),
        )

    def policies(self, case: Case) -> Policies:
        return Policies(
            identity=tuple(self._document("identity", one) for one in case.identity),
            boundary=self._document("boundary", case.boundary) if case.boundary else None,
            session=(self._document("session", case.session),) if case.session else None,
            resource=self._document("resource", case.policy) if case.policy else None,
            scps=self._levels("scp", case.scps),
            rcps=self._levels("rcp", case.rcps),
            delegates=case.delegates,
        )

    def _levels(
        self, name: str, levels: tuple[tuple[Json, ...], ...]
    ) -> tuple[tuple[Document, ...], ...]:
        return tuple(tuple(self._document(name, one) for one in level) for level in levels)

    def _document(self, name: str, policy: Json) -> Document:
        held = self._parsed.get(id(policy))
        if held is None:
            held = policy, document.parse(json.dumps(policy), name=name)
            self._parsed[id(policy)] = held  # with the object itself, so that its id stays its own
        return held[1]


def simulation(case: Case) -> Json:
    """What ``Simulator.run`` takes: strict for a closed case, else with what is unknown named."""
    caller = case.caller
    run: Json = {
        "request": {
            "principal": _principal(caller),
            "action": case.action,
            "resource": {"resource": case.resource, "accountId": case.account},
            "contextVariables": {
                key: list(values) if key_id(key) in MULTIVALUED else values[0]
                for key, values in case.context.items()
                if values
            },
        },
        "identityPolicies": _named(case.identity),
        "serviceControlPolicies": [] if _beyond_scps(caller) else _levels(case.scps),
        "resourceControlPolicies": [] if caller.service_linked else _levels(case.rcps),
    }
    if caller.kind is CallerKind.ROOT:
        run["identityPolicies"] = _named((FULL,))
    if case.session is not None:
        run["sessionPolicy"] = case.session
    if case.policy is not None:
        run["resourcePolicy"] = case.policy
    if case.boundary is not None:
        run["permissionBoundaryPolicies"] = _named((case.boundary,))
    return _renamed({"simulation": run, "options": {} if case.closed else _discovery(case)})


def _renamed(run: Json) -> Json:
    """With keys that the simulator does not know under names of the same type that it does."""
    text = json.dumps(run)
    renamed = _UNKNOWN_TO_IT.sub(lambda found: _KNOWN_TO_IT[found[0].lower()], text)
    return run if renamed == text else dict(json.loads(renamed))


def _principal(caller: Caller) -> str | Json:
    return {"type": "Anonymous"} if caller.kind is CallerKind.ANONYMOUS else _arn(caller)


def _arn(caller: Caller) -> str:
    return caller.session or caller.arn


def _beyond_scps(caller: Caller) -> bool:
    return caller.service_linked or caller.kind in _WITHOUT_IDENTITY


def _named(policies: tuple[Json, ...]) -> list[Json]:
    return [{"name": f"policy {number}", "policy": one} for number, one in enumerate(policies)]


def _levels(levels: tuple[tuple[Json, ...], ...]) -> list[Json]:
    return [
        {
            "orgIdentifier": f"level {number}",
            "policies": _named(tuple(one for one in level if one is not RCP_FULL)),
        }
        for number, level in enumerate(levels)
    ]


def _discovery(case: Case) -> Json:
    known = {key_id(key) for key in case.context}
    return {
        "simulationMode": "Discovery",
        "discoveryContextKeyConstraints": [
            {
                "keyName": key,
                "presenceIsKnown": key_id(key) in known,
                "valueIsKnown": key_id(key) in known,
            }
            for key in case.used_keys()
        ],
    }
