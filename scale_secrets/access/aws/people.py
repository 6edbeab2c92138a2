"""Who stands behind a role, as far as its trust policy tells, in words.

Whether such a party can in fact assume the role is for the evaluation of ``sts:AssumeRole``; this
reads the trust alone. Sources: the IAM Identity Center user guide ("Referencing permission sets in
resource policies"), GitHub's and GitLab's documentation of their OIDC subjects, the EKS user guide
("IAM roles for service accounts", "EKS Pod Identity").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scale_secrets.access.aws.arns import last_name, parse_arn
from scale_secrets.access.aws.conditions.words import in_words
from scale_secrets.access.aws.model import Condition, Document, Missing, Role, Statement
from scale_secrets.access.aws.subjects import in_words as subject_in_words
from scale_secrets.access.aws.wildcard import matches
from scale_secrets.access.verdict import Cited

_ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")
_IDENTITY_CENTER = "/aws-reserved/sso.amazonaws.com/"

_SERVICES = {
    "ec2": "EC2 instances that have the role",
    "ecs-tasks": "ECS tasks that have the role",
    "lambda": "Lambda functions that have the role",
    "pods.eks": "pods of EKS that Pod Identity gives the role",
    "sso": "IAM Identity Center",
}


@dataclass(frozen=True, slots=True)
class Party:
    """``condition`` in words, empty when there is none beside what ``words`` tell."""

    words: str
    condition: str = ""
    cited: Cited | None = None


def behind(role: Role) -> tuple[Party, ...]:
    """Everyone whom the trust policy names with an allow, in its order."""
    if isinstance(role.trust, Missing):
        return (Party("nobody knows who: the trust policy was not collected"),)
    return tuple(
        party
        for statement in role.trust.statements
        if statement.allow and _is_about_assuming(statement)
        for party in _named(role, role.trust, statement)
    )


def _is_about_assuming(statement: Statement) -> bool:
    if statement.actions is None:
        return True  # everything but what is listed: rather one too many
    return any(
        matches(pattern.lower(), action) for pattern in statement.actions for action in _ASSUMING
    )


def _named(role: Role, trust: Document, statement: Statement) -> Iterator[Party]:
    cited = Cited(trust.name, statement.label, "allow", statement.place)
    rest = tuple(statement.conditions)
    if statement.not_principals is not None:
        yield Party("everyone but those whom the trust policy lists", _said(rest), cited)
    for kind, names in (statement.principals or {}).items():
        for name in names:
            if kind != "Federated":
                yield Party(_words(kind, name), _said(rest), cited)
            elif ":saml-provider/" in name:
                yield Party(_by_saml(role, name), _said(rest), cited)
            else:
                yield from _by_token(name, rest, cited)


def _words(kind: str, name: str) -> str:
    if kind == "Service":
        short = name.removesuffix(".cn").removesuffix(".com").removesuffix(".amazonaws")
        return _SERVICES.get(short, f"the service {name}")
    if name == "*":
        return "anyone with an identity at AWS"
    arn = parse_arn(name)
    if arn is None:
        return f"account {name}" + _LETTING if name.isdigit() else f"a deleted identity, {name}"
    if arn.resource == "root":
        return f"account {arn.account}" + _LETTING
    what = arn.resource.partition("/")[0]
    if what == "assumed-role":
        role, _, session = arn.resource.partition("/")[2].partition("/")
        return f"the session {session} of role {role} of account {arn.account}"
    return f"{what.replace('-', ' ')} {last_name(name)} of account {arn.account}"


_LETTING = ": its principals, as far as it lets them"


def _by_saml(role: Role, provider: str) -> str:
    found = _PERMISSION_SET.fullmatch(last_name(role.arn))
    if found and role.path.startswith(_IDENTITY_CENTER):
        return f"IAM Identity Center users with permission set {found['name']}"
    arn = parse_arn(provider)
    account = f" of account {arn.account}" if arn else ""
    return f"people whom SAML provider {provider.partition('/')[2]}{account} signs in"


def _by_token(name: str, conditions: tuple[Condition, ...], cited: Cited) -> Iterator[Party]:
    """An OIDC provider's tokens; whom they are given to is what the condition on ``sub`` says."""
    issuer = name.partition(":oidc-provider/")[2] or name
    subjects = [one for one in conditions if _is_subject(one, issuer)]
    rest = tuple(one for one in conditions if one not in subjects)
    if len(subjects) != 1:  # none, or several that must all hold
        yield Party(subject_in_words(issuer, None), _said(conditions), cited)
        return
    for value in subjects[0].values:
        yield Party(subject_in_words(issuer, value), _said(rest), cited)


def _is_subject(condition: Condition, issuer: str) -> bool:
    positive = condition.operator in ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
    key = (condition.written or condition.key).lower()
    return positive and not condition.if_exists and key == f"{issuer}:sub".lower()


def _said(conditions: tuple[Condition, ...]) -> str:
    return " and ".join(in_words(condition) for condition in conditions)
