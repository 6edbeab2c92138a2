"""``audit explain``: one answer with the tree that led to it, from policy files alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scale_secrets.access.lints import aws_findings, vault_findings
from scale_secrets.access.verdict import Action, Cited, Explanation, Step
from scale_secrets.errors import NotFoundError, UsageError
from scale_secrets.keys import without_keys
from scale_secrets.model import Finding
from scale_secrets.service.findings import finding_document
from scale_secrets.service.policy_directory import (
    PolicyDirectory,
    System,
    read_policy_directory,
)

if TYPE_CHECKING:
    from scale_secrets.access.aws.model import Estate

FORMAT = "scale-secrets/explanation/1"


@dataclass(frozen=True, slots=True)
class Question:
    """May ``principal`` do ``action`` with ``secret``? In the words of whoever asks."""

    principal: str
    secret: str
    action: Action = Action.READ


@dataclass(frozen=True, slots=True)
class Explained:
    """``notes`` tell how the question and the files were read.

    ``findings``: what is suspicious in the statements that the tree names, or of the principal.
    """

    system: System
    question: Question
    explanation: Explanation
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

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
            "findings": [finding_document(one) for one in self.findings],
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
    name = f"{principal.namespace}{principal.name}"
    asked = replace(question, principal=name, secret=str(secret))
    alone = replace(installation, principals=(principal,))
    findings = _touched(vault_findings(alone), explanation.root, name)
    return Explained(System.VAULT, asked, explanation, notes, findings)


def _by_aws(directory: PolicyDirectory, question: Question) -> Explained:
    from scale_secrets.access.aws.evaluator import Evaluator

    estate = directory.estate()
    evaluator = Evaluator(estate)
    principal = evaluator.principal(question.principal)
    secret = evaluator.secret(question.secret)
    explanation = evaluator.explain(principal, secret, question.action)
    asked = replace(question, principal=principal.name)
    findings = _touched(
        aws_findings(_with_one(estate, principal.caller.arn)), explanation.root, principal.name
    )
    return Explained(System.AWS, asked, explanation, findings=findings)


def _with_one(estate: Estate, arn: str) -> Estate:
    """The estate as if nobody but ``arn`` were in it: the others' policies are not in question."""
    from scale_secrets.access.aws.model import Estate

    return Estate(
        {
            name: replace(
                account,
                users=tuple(one for one in account.users if one.arn == arn),
                roles=tuple(one for one in account.roles if one.arn == arn),
            )
            for name, account in estate.accounts.items()
        }
    )


def _touched(findings: Iterable[Finding], root: Step, principal: str) -> tuple[Finding, ...]:
    places = {principal, *_places(root)}
    return tuple(one for one in findings if one.place in places)


def _places(step: Step) -> Iterator[str]:
    if step.cited is not None and step.cited.place is not None:
        yield str(step.cited.place)
    for below in step.steps:
        yield from _places(below)


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
