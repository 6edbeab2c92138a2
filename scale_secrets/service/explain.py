"""``audit explain``: one answer with the tree that led to it, from policy files alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from scale_secrets.access.verdict import Action, Cited, Explanation, Step
from scale_secrets.errors import NotFoundError
from scale_secrets.service.policy_directory import (
    PolicyDirectory,
    System,
    read_policy_directory,
)

FORMAT = "scale-secrets/explanation/1"


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
    found = read_policy_directory(directory)
    system = _system_of(principal, found)
    evaluator = _aws(found) if system is System.AWS else _vault(found, dialect, now)
    explanation = evaluator.explain(
        evaluator.principal(principal), evaluator.secret(secret), action
    )
    return Explained(system, principal, secret, action, explanation)


def _system_of(principal: str, directory: PolicyDirectory) -> System:
    """An ARN is AWS's; ``auth/…``, ``identity/…`` and ``policies/…`` are Vault's."""
    wanted = System.AWS if principal.startswith("arn:") else System.VAULT
    if directory.of(wanted):
        return wanted
    other = next(one for one in System if directory.of(one))
    raise NotFoundError(
        f"there are no policies of {_NAMES[wanted]}, which would know {principal}",
        hint=f"the directory holds those of {_NAMES[other]}, whose principals look like "
        f"{_LOOKS[other]}",
    )


_NAMES = {System.VAULT: "Vault or OpenBao", System.AWS: "AWS"}
_LOOKS = {
    System.VAULT: "auth/approle/role/ci, identity/entity/name/alice or policies/reader",
    System.AWS: "arn:aws:iam::111122223333:role/app",
}


def _vault(directory: PolicyDirectory, dialect: str | None, now: datetime) -> _Asked:
    from scale_secrets.access.vault.evaluator import Evaluator

    return Evaluator(directory.installation(dialect), now)


def _aws(directory: PolicyDirectory) -> _Asked:
    from scale_secrets.access.aws.evaluator import Evaluator

    return Evaluator(directory.estate())


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
