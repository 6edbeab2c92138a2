"""ACC204: a role that workflows of any repository of a GitHub organization, or of GitHub, take on.

A token's subject is ``repo:OWNER/NAME:…`` (GitHub, "OpenID Connect reference"). Whoever may create
a repository in the organization chooses ``NAME``; with no condition on it, anyone on GitHub does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.access.aws.model import Condition, Estate, Statement
from scale_secrets.access.lints.aws.documents import Kind, statements
from scale_secrets.model import Finding, Severity

_ISSUER = "token.actions.githubusercontent.com"
_ASSUME = "sts:assumerolewithwebidentity"
_REPOSITORY = "repo:"
_LITERAL = ("StringEquals", "StringEqualsIgnoreCase")
# Other claims that tell one repository from the others.
_NARROWING = ("repository", "repository_id", "job_workflow_ref", "workflow_ref")


def findings(estate: Estate) -> Iterator[Finding]:
    for one, statement in statements(estate, Kind.TRUST):
        whom = _trusts(statement)
        if whom:
            yield Finding(
                "ACC204",
                one.place(statement),
                f"{one.owner} trusts {whom}",
                f"require {_ISSUER}:sub to be repo:OWNER/NAME:… of one repository",
                Severity.WARNING,
            )


def _trusts(statement: Statement) -> str:
    """Whom the statement lets in, in words; empty when that is no crowd of repositories."""
    providers = (statement.principals or {}).get("Federated", ())
    if not statement.allow or not any(f"/{_ISSUER}" in one for one in providers):
        return ""
    if any(_claim(one) in _NARROWING and _positive(one) for one in statement.conditions):
        return ""
    subjects = [one for one in statement.conditions if _claim(one) == "sub" and _positive(one)]
    if not subjects:
        return "every repository on GitHub: nothing is asked of the token's subject"
    # Each condition narrows further: one that names single repositories is enough.
    crowds = [
        [value for value in one.values if one.operator not in _LITERAL and _is_crowd(value)]
        for one in subjects
    ]
    return f"every repository that {crowds[0][0]} matches" if all(crowds) else ""


def _claim(condition: Condition) -> str:
    """The claim's name where the key is one of GitHub's (``…/ENTERPRISE`` may follow the host)."""
    host, _, claim = condition.key.rpartition(":")
    return claim.lower() if host.lower().startswith(_ISSUER) else ""


def _positive(condition: Condition) -> bool:
    return "Not" not in condition.operator and condition.operator != "Null"


def _is_crowd(subject: str) -> bool:
    """Whether a pattern of subjects leaves open which repository it is."""
    if subject.startswith(_REPOSITORY):
        return bool(set("*?") & set(subject.removeprefix(_REPOSITORY).partition(":")[0]))
    # A subject of another kind (an organization can choose its form) is left alone.
    literal = re.split(r"[*?]", subject, maxsplit=1)[0]
    return literal != subject and _REPOSITORY.startswith(literal)
