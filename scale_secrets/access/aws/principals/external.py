"""Principals that nobody collected, named in the policies of secrets, of keys and in grants.

What their own accounts say is MISSING. A trust policy's principals are not among them: they act as
the role (``people`` tells of them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    Caller,
    CallerKind,
    Document,
    Estate,
    Missing,
)
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.principals.own import guardrails, of_role

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>\d{12}):"
    r"(?P<kind>root|user|role|assumed-role|federated-user|saml-provider|oidc-provider)"
    r"(?:/(?P<path>[\x21-\x7e]+))?"
)
_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazon(aws)?\.com(\.cn)?")
_PROVIDER = re.compile(r"[a-z0-9.-]+\.[a-z]+(/[\x21-\x7e]+)?")
EVERYONE = "*"

_KINDS = {
    "root": CallerKind.ROOT,
    "user": CallerKind.USER,
    "role": CallerKind.ROLE,
    "federated-user": CallerKind.FEDERATED_USER,
    "saml-provider": CallerKind.SAML,
    "oidc-provider": CallerKind.WEB_IDENTITY,
}


def names_in(estate: Estate) -> Iterator[str]:
    """What the secrets' and keys' policies and grants allow something to, as written, sorted."""
    found: set[str] = set()
    for account in estate.accounts.values():
        for secret in account.secrets:
            found.update(_allowed(secret.policy))
        for key in account.keys.values():
            if key.managed:
                continue  # AWS's own text names everyone and means its account
            found.update(_allowed(key.policy))
            if not isinstance(key.grants, Missing):
                found.update(grant.grantee for grant in key.grants)
    yield from sorted(found)


def _allowed(policy: Document | Missing | None) -> Iterator[str]:
    if isinstance(policy, Missing) or policy is None:
        return
    for statement in policy.statements:
        if not statement.allow:
            continue
        if statement.not_principals is not None:
            yield EVERYONE
        for names in (statement.principals or {}).values():
            yield from names


def external(name: str, estate: Estate) -> Principal | None:
    """The principal of a ``Principal`` element, None when it is an account's own or unreadable.

    An account that was not collected stands for "its principals, as far as it lets them".
    """
    if name == EVERYONE:
        return _made(Caller(CallerKind.ANONYMOUS, EVERYONE), None, MISSING)
    if _ACCOUNT.fullmatch(name):
        name = f"arn:aws:iam::{name}:root"
    if matched := _ARN.fullmatch(name):
        return _of_arn(matched, estate)
    if _SERVICE.fullmatch(name):
        # Organizations' policies do not limit AWS's services.
        return _made(Caller(CallerKind.SERVICE, name), None, ())
    if _PROVIDER.fullmatch(name):
        return _made(Caller(CallerKind.WEB_IDENTITY, name), None, MISSING)
    return None


def _of_arn(matched: re.Match[str], estate: Estate) -> Principal | None:
    account = estate.accounts.get(matched["account"])
    kind, path, name = matched["kind"], matched["path"] or "", matched[0]
    if (kind == "root") != (not path):
        return None
    if kind == "assumed-role":
        return _of_session(matched, account)
    if account is not None and account.identities and kind in ("root", "user", "role"):
        return None
    return _made(Caller(_KINDS[kind], name, matched["account"]), account, guardrails(account))


def _of_session(matched: re.Match[str], account: Account | None) -> Principal | None:
    role_name, _, session = (matched["path"] or "").partition("/")
    if not session or "/" in session:
        return None
    if account is not None and account.identities:
        for role in account.roles:
            if role.arn.rpartition("/")[2] == role_name:
                return of_role(role, account, matched[0])
        return None
    # The role's path is not part of its sessions' ARNs: taken for "/".
    arn = f"arn:{matched['partition']}:iam::{matched['account']}:role/{role_name}"
    caller = Caller(CallerKind.ROLE, arn, matched["account"], session=matched[0])
    return _made(caller, account, guardrails(account), matched[0])


def _made(
    caller: Caller,
    account: Account | None,
    scps: tuple[tuple[Document, ...], ...] | Missing,
    name: str = "",
) -> Principal:
    limited = caller.kind in (CallerKind.USER, CallerKind.ROLE)
    nobody = caller.kind in (CallerKind.SERVICE, CallerKind.ANONYMOUS)
    return Principal(
        name=name or caller.arn,
        caller=caller,
        policies=() if nobody else MISSING,
        boundary=MISSING if limited else None,
        scps=scps,
        account=account,
        whole_account=caller.kind is CallerKind.ROOT,
    )
