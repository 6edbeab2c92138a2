"""``audit explain``: one answer with the tree that led to it, from policy files alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

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
    notes: tuple[str, ...] = ()  # how the question and the files were read

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
            "notes": list(self.notes),
            "decided_by": [_cited(one) for one in answer.decided_by],
            "tree": _step(self.explanation.root),
        }


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
    if _system_of(principal, found) is System.AWS:
        return _by_aws(found, principal, secret, action)
    return _by_vault(found, principal, secret, action, dialect, now)


def _by_vault(
    directory: PolicyDirectory,
    principal: str,
    secret: str,
    action: Action,
    dialect: str | None,
    now: datetime,
) -> Explained:
    from scale_secrets.access.vault.evaluator import Evaluator

    installation = directory.installation(dialect)
    evaluator = Evaluator(installation, now)
    target, notes = evaluator.secret(secret), installation.notes
    if target.mount.version == 2 and target.path.startswith(_API_WORD):
        # What the API calls it, or a policy: a secret whose own path begins so is a rarity.
        target = replace(target, path=target.path.removeprefix(_API_WORD))
        notes = (f"{secret} is taken for the API's path of {target}", *notes)
    explanation = evaluator.explain(evaluator.principal(principal), target, action)
    return Explained(System.VAULT, principal, str(target), action, explanation, notes)


def _by_aws(directory: PolicyDirectory, principal: str, secret: str, action: Action) -> Explained:
    from scale_secrets.access.aws.evaluator import Evaluator

    evaluator = Evaluator(directory.estate())
    explanation = evaluator.explain(
        evaluator.principal(principal), evaluator.secret(secret), action
    )
    return Explained(System.AWS, principal, secret, action, explanation)


def _system_of(principal: str, directory: PolicyDirectory) -> System:
    """Whose the principal is, by its form; where the form tells nothing, whoever's is there."""
    there = [one for one in System if directory.of(one)]
    if principal.startswith("arn:"):
        wanted = System.AWS
    elif _VAULT_FORM.search(principal):
        wanted = System.VAULT
    else:
        wanted = System.AWS if System.AWS in there else System.VAULT
    if wanted in there:
        return wanted
    (other,) = there
    raise NotFoundError(
        f"there are no policies of {_NAMES[wanted]}, which would know {principal}",
        hint=f"the directory holds those of {_NAMES[other]}, whose principals look like "
        f"{_LOOKS[other]}",
    )


_API_WORD = "data/"
_VAULT_FORM = re.compile(r"(?:^|/)(?:auth|identity|policies)/")
_NAMES = {System.VAULT: "Vault or OpenBao", System.AWS: "AWS"}
_LOOKS = {
    System.VAULT: "auth/approle/role/ci, identity/entity/name/alice or policies/reader",
    System.AWS: "arn:aws:iam::111122223333:role/app",
}


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
