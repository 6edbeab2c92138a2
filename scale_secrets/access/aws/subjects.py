"""The ``sub`` claim of OIDC tokens as a person says it: whose workflow, whose pod."""

from __future__ import annotations

import re
from collections.abc import Callable

_GITHUB = "token.actions.githubusercontent.com"
_EKS = re.compile(r"oidc\.eks\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/id/(?P<id>\w+)")
_KNOWN = {
    "accounts.google.com": "the Google account",
    "cognito-identity.amazonaws.com": "identities of the Cognito pool",
}


def in_words(issuer: str, subject: str | None) -> str:
    """``issuer`` without its scheme; ``subject`` as a policy has it, None for any."""
    if issuer == _GITHUB:
        return "workflows of every repository on GitHub" if subject is None else _github(subject)
    cluster = _EKS.fullmatch(issuer)
    if cluster:
        where = f"EKS cluster {cluster['id']} in {cluster['region']}"
        return _service_account(subject, where)
    if subject is not None and subject.startswith("system:serviceaccount:"):
        return _service_account(subject, f"the cluster of {issuer}")
    if subject is not None and subject.startswith("project_path:"):
        return _gitlab(subject, issuer)
    whom = _KNOWN.get(issuer, f"holders of a token of {issuer}")
    return (
        f"{whom}, whatever the subject" if subject in (None, "*") else f"{whom}, subject {subject}"
    )


def _github(subject: str) -> str:
    """``repo:ORG/REPO:ref:refs/heads/BRANCH``, ``…:environment:NAME``, ``…:pull_request``."""
    if not subject.startswith("repo:"):
        every = set(subject) <= {"*", "?", ":"} or subject.startswith("*")
        return "workflows of every repository on GitHub" + ("" if every else f", subject {subject}")
    repository, _, rest = subject.removeprefix("repo:").partition(":")
    return f"workflows of {_repository(repository)}{_occasion(rest, ':' in subject[5:])}"


def _repository(name: str) -> str:
    owner, slash, repository = name.partition("/")
    if "*" in owner or not slash:
        return "every repository on GitHub" if owner == "*" else f"every repository like {name}"
    if repository == "*":
        return f"every repository of {owner}"
    return f"repo {name}" if "*" not in repository else f"every repository like {name}"


def _occasion(rest: str, given: bool) -> str:
    if not given or rest == "*":
        return " on any branch, tag, environment or pull request"
    for start, say in _OCCASIONS:
        if rest.startswith(start):
            return say(rest.removeprefix(start))
    return f", subject ending in {rest}"


_OCCASIONS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("ref:refs/heads/", lambda name: " on any branch" if name == "*" else f" on branch {name}"),
    ("ref:refs/tags/", lambda name: " on any tag" if name == "*" else f" on tag {name}"),
    ("environment:", lambda name: f" in environment {name}"),
    ("pull_request", lambda _: " on pull requests"),
)


def _service_account(subject: str | None, where: str) -> str:
    parts = (subject or "").split(":")
    if subject is None or len(parts) != 4 or parts[:2] != ["system", "serviceaccount"]:
        told = "" if subject in (None, "*") else f", subject {subject}"
        return f"every service account of {where}{told}"
    namespace, name = parts[2:]
    whose = "every service account" if name == "*" else f"service account {name}"
    within = "any namespace" if namespace == "*" else f"namespace {namespace}"
    return f"{whose} in {within} of {where}"


def _gitlab(subject: str, issuer: str) -> str:
    """``project_path:GROUP/PROJECT:ref_type:branch:ref:NAME``."""
    parts = subject.split(":")
    project = parts[1]
    whose = f"every project like {project}" if "*" in project else f"project {project}"
    fields = dict(zip(parts[2::2], parts[3::2], strict=False))
    kind, ref = fields.get("ref_type", ""), fields.get("ref", "")
    on = f" on {'any ' + kind if ref == '*' else f'{kind} {ref}'}" if kind and ref else ""
    return f"pipelines of {whose} at {issuer}{on}"
