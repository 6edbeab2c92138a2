"""``audit explain``: one answer with the tree that led to it, from policy files alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scale_secrets.access.verdict import Action, Cited, Explanation, Step
from scale_secrets.errors import NotFoundError, UsageError
from scale_secrets.keys import without_keys
from scale_secrets.service.policy_directory import (
    PolicyDirectory,
    System,
    read_policy_directory,
)

FORMAT = "scale-secrets/explanation/1"


@dataclass(frozen=True, slots=True)
class Question:
    """May ``principal`` do ``action`` with ``secret``? In the words of whoever asks."""

    principal: str
    secret: str
    action: Action = Action.READ


@dataclass(frozen=True, slots=True)
class Explained:
    """``notes`` tell how the question and the files were read."""

    system: System
    question: Question
    explanation: Explanation
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The report by ``schemas/explanation.schema.json``."""
        answer = self.explanation.answer
        return {
            "format": FORMAT,
            "system": str(self.system),
            "principal": self.question.principal,
            "secret": self.question.secret,
            "action": str(self.question.action),
            "verdict": str(answer.verdict),
            "conditions": list(answer.conditions),
            "remarks": list(answer.remarks),
            "notes": list(self.notes),
            "decided_by": [_cited(one) for one in answer.decided_by],
            "tree": _step(self.explanation.root),
        }


def explain(
    directory: Path, question: Question, *, now: datetime, dialect: str | None = None
) -> Explained:
    """The answer by the policies below ``directory``.

    ``dialect`` (vault or openbao) overrides what the directory says; ``now`` is the time at which
    it is asked. Raises ``PolicyError`` for a policy that its server would not accept,
    ``NotFoundError`` for a principal or secret that the files do not have, ``UsageError`` for a
    Scale key in the place of a name.
    """
    _refuse_keys(question)
    found = read_policy_directory(directory)
    if _system_of(question.principal, found) is System.AWS:
        return _by_aws(found, question)
    return _by_vault(found, question, dialect, now)


def _refuse_keys(question: Question) -> None:
    for word in (question.principal, question.secret):
        if without_keys(word) != word:
            raise UsageError(
                "there is a Scale key where a name belongs",
                hint="name the principal and the secret; the key's value is not asked for",
            )


def _by_vault(
    directory: PolicyDirectory, question: Question, dialect: str | None, now: datetime
) -> Explained:
    from scale_secrets.access.vault.evaluator import Evaluator

    installation = directory.installation(dialect)
    evaluator = Evaluator(installation, now)
    secret, notes = evaluator.secret(question.secret), installation.notes
    if secret.mount.version == 2 and secret.path.startswith(_API_WORD):
        # What the API and policies call it: a secret whose own path begins so is a rarity.
        secret = replace(secret, path=secret.path.removeprefix(_API_WORD))
        notes = (f"{question.secret} is taken for the API's path of {secret}", *notes)
    principal = evaluator.principal(question.principal)
    explanation = evaluator.explain(principal, secret, question.action)
    asked = replace(question, secret=str(secret))
    return Explained(System.VAULT, asked, explanation, notes)


def _by_aws(directory: PolicyDirectory, question: Question) -> Explained:
    from scale_secrets.access.aws.evaluator import Evaluator

    evaluator = Evaluator(directory.estate())
    principal = evaluator.principal(question.principal)
    secret = evaluator.secret(question.secret)
    return Explained(System.AWS, question, evaluator.explain(principal, secret, question.action))


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
