"""The cases of ``tests/vectors/vault-acl.json``, for our ACL and for a real server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.model import Dialect, Entity, Group
from scale_secrets.access.vault.policy import parse

_FILE = json.loads(
    (Path(__file__).parents[1] / "vectors" / "vault-acl.json").read_text(encoding="utf-8")
)
ENTITIES: Mapping[str, Any] = _FILE["entities"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Ask:
    """One question. ``capabilities`` if it is for these; else a request, which ``passes`` or not.

    ``passes`` None: it depends. ``namespace`` is the request's.
    """

    path: str
    namespace: str
    capabilities: tuple[str, ...] = ()
    method: str = ""
    operation: str = ""
    passes: bool | None = None
    query: Mapping[str, str] | None = None
    body: Mapping[str, object] | None = None
    wrapping: int = 0

    @property
    def parameters(self) -> dict[str, object]:
        return {**(self.query or {}), **(self.body or {})}


@dataclass(frozen=True)
class Case:
    number: str
    about: str
    policies: tuple[str, ...]
    asks: tuple[Ask, ...]
    namespace: str = ""  # the token's
    entity: str = ""
    refused: bool = False  # the server refuses the text
    fails: bool = False  # the server refuses all requests of the token
    allow_slashes: bool = False
    allow_wildcards: bool = False
    source: str = ""

    def acl(self, dialect: Dialect) -> Acl:
        """Raises PolicyError for a text that is refused."""
        policies = [
            replace(
                parse(text, name=f"p{number}", dialect=dialect, namespace=self.namespace),
                allow_slashes=self.allow_slashes,
                allow_wildcards=self.allow_wildcards,
            )
            for number, text in enumerate(self.policies)
        ]
        entity, groups = _identity(self.entity)
        return Acl(
            policies,
            dialect=dialect,
            now=NOW,
            namespace=self.namespace,
            entity=entity,
            groups=groups,
        )


def _identity(name: str) -> tuple[Entity | None, tuple[Group, ...]]:
    if not name:
        return None, ()
    known = ENTITIES[name]
    group = Group("group-id", known["group"]["name"], metadata=known["group"]["metadata"])
    return Entity("entity-id", name, metadata=known["metadata"]), (group,)


def _ask(told: dict[str, Any], namespace: str) -> Ask:
    namespace = told.pop("namespace", namespace)
    if "capabilities" in told:
        return Ask(told["capabilities"], namespace, tuple(told["are"]))
    return Ask(namespace=namespace, **told)


def _case(told: dict[str, Any]) -> Case:
    policies = tuple(told.pop("policies"))
    asks = tuple(_ask(dict(one), told.get("namespace", "")) for one in told.pop("asks"))
    return Case(policies=policies, asks=asks, **told)


VERIFIED = tuple(_case(dict(one)) for one in _FILE["verified"])
UNVERIFIED = tuple(_case(dict(one)) for one in _FILE["unverified"])
