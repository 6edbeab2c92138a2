"""``audit explain``: one answer with the tree that led to it, from policy files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from scale_secrets.access.verdict import Action, Cited, Explanation, Step
from scale_secrets.errors import NotFoundError
from scale_secrets.service.policy_files import read_policy_files

FORMAT = "scale-secrets/explanation/1"


class System(StrEnum):
    """Whose policies decide."""

    VAULT = "vault"  # and OpenBao
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class Explained:
    """What was asked, in the words of whoever asked, and what came out."""

    system: System
    principal: str
    secret: str
    action: Action
    explanation: Explanation

    def document(self) -> dict[str, Any]:
        """The report by ``schemas/explanation.schema.json``."""
        answer = self.explanation.answer
        return {
            "format": FORMAT,
            "system": str(self.system),
            "principal": self.principal,
            "secret": self.secret,
            "action": str(self.action),
            "verdict": str(answer.verdict),
            "conditions": list(answer.conditions),
            "remarks": list(answer.remarks),
            "decided_by": [_cited(one) for one in answer.decided_by],
            "tree": _step(self.explanation.root),
        }


class _Asked(Protocol):
    """What both evaluators offer, whatever their principals and secrets are."""

    def principal(self, name: str) -> Any: ...
    def secret(self, path: str) -> Any: ...
    def explain(self, principal: Any, secret: Any, action: Action) -> Explanation: ...


def explain(
    directory: Path,
    principal: str,
    secret: str,
    action: Action = Action.READ,
    *,
    now: datetime,
    dialect: str | None = None,
) -> Explained:
    """May ``principal`` do ``action`` with ``secret``, by the policies below ``directory``?

    ``dialect`` (vault or openbao) overrides what the directory says; ``now`` is the time at which
    it is asked. Raises ``PolicyError`` for a policy that its server would not accept,
    ``NotFoundError`` for a principal or secret that the files do not have.
    """
    files = read_policy_files(directory)
    systems = systems_of(files)
    system = _system_of(principal, systems)
    if system is System.AWS:
        evaluator = _aws(files)
    else:
        evaluator = _vault(files, dialect, now)
    explanation = evaluator.explain(
        evaluator.principal(principal), evaluator.secret(secret), action
    )
    return Explained(system, principal, secret, action, explanation)


def systems_of(files: Iterable[str]) -> frozenset[System]:
    """Which systems' policies stand there: below ``vault/`` and ``aws/``, or Vault's directly."""
    return frozenset(System.AWS if path.startswith("aws/") else System.VAULT for path in files)


def _system_of(principal: str, systems: frozenset[System]) -> System:
    """An ARN is AWS's; ``auth/…``, ``identity/…`` and ``policies/…`` are Vault's."""
    wanted = System.AWS if principal.startswith("arn:") else System.VAULT
    if wanted not in systems:
        raise NotFoundError(
            f"there are no policies of {_NAMES[wanted]} that could know {principal}",
            hint=f"the directory holds those of {', '.join(_NAMES[one] for one in systems)}; "
            f"principals there look like {_LOOKS[next(iter(systems))]}",
        )
    return wanted


_NAMES = {System.VAULT: "Vault or OpenBao", System.AWS: "AWS"}
_LOOKS = {
    System.VAULT: "auth/approle/role/ci, identity/entity/name/alice or policies/reader",
    System.AWS: "arn:aws:iam::111122223333:role/app",
}


def _vault(files: Mapping[str, str], dialect: str | None, now: datetime) -> _Asked:
    from scale_secrets.access.vault.evaluator import Evaluator
    from scale_secrets.access.vault.installation import parse_installation
    from scale_secrets.access.vault.model import Dialect

    return Evaluator(parse_installation(files, Dialect(dialect) if dialect else None), now)


def _aws(files: Mapping[str, str]) -> _Asked:
    from scale_secrets.access.aws.estate import parse_estate
    from scale_secrets.access.aws.evaluator import Evaluator

    return Evaluator(parse_estate(files))


def _cited(cited: Cited) -> dict[str, Any]:
    place = cited.place
    return {"policy": cited.policy, "label": cited.label, "effect": cited.effect} | (
        {} if place is None else {"file": place.file} | ({"line": place.line} if place.line else {})
    )


def _step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"title": step.title}
    if step.verdict is not None:
        found["verdict"] = str(step.verdict)
    if step.because:
        found["because"] = step.because
    if step.cited is not None:
        found["cited"] = _cited(step.cited)
    if step.steps:
        found["steps"] = [_step(one) for one in step.steps]
    return found
