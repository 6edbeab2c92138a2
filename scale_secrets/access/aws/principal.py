"""Which form of a ``Principal`` element names a caller.

The form matters: it decides which implicit denials still limit what the statement grants.
Source: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scale_secrets.access.aws.arns import last_name, parse_arn
from scale_secrets.access.aws.model import Caller, CallerKind, Statement
from scale_secrets.access.verdict import Truth


class PrincipalForm(StrEnum):
    """Strongest first: what an earlier one grants is limited by less."""

    SESSION_ARN = "role session"
    USER_ARN = "user"
    FEDERATED_USER_ARN = "federated user session"
    ANYONE = "anyone"
    ROLE_ARN = "role"
    FEDERATED = "identity provider"
    SERVICE = "service"
    ACCOUNT = "account"  # delegates to the account's own policies


@dataclass(frozen=True, slots=True)
class Named:
    """One form that names the caller: TRUE, or UNKNOWN with what it hangs on, in words."""

    form: PrincipalForm
    truth: Truth = Truth.TRUE
    unknown: tuple[str, ...] = ()


def principal_forms(statement: Statement, caller: Caller) -> tuple[Named, ...]:
    """Every form that names or may name the caller, strongest first, each once."""
    if statement.principals is not None:
        return _strongest_first(_named(statement.principals, caller))
    if statement.not_principals is not None:
        return _of_exception(tuple(_named(statement.not_principals, caller)), caller)
    return ()


def principal_match(statement: Statement, caller: Caller) -> Named | None:
    """The strongest form that names the caller, else the strongest that may, else None."""
    forms = principal_forms(statement, caller)
    certain = (named for named in forms if named.truth is Truth.TRUE)
    return next(certain, forms[0] if forms else None)


_STRENGTH = {form: number for number, form in enumerate(PrincipalForm)}


def _strongest_first(found: Iterator[Named]) -> tuple[Named, ...]:
    by_form: dict[PrincipalForm, Named] = {}
    for named in found:
        known = by_form.get(named.form)
        if known is None or known.truth < named.truth:
            by_form[named.form] = named
        elif known.truth is named.truth is Truth.UNKNOWN:
            words = dict.fromkeys((*known.unknown, *named.unknown))
            by_form[named.form] = Named(named.form, Truth.UNKNOWN, tuple(words))
    return tuple(sorted(by_form.values(), key=lambda named: _STRENGTH[named.form]))


def _named(principals: Mapping[str, tuple[str, ...]], caller: Caller) -> Iterator[Named]:
    for kind, values in principals.items():
        for value in values:
            named = _by_value(kind, value, caller)
            if named is not None:
                yield named


def _by_value(kind: str, value: str, caller: Caller) -> Named | None:
    if kind in ("*", "AWS"):
        return Named(PrincipalForm.ANYONE) if value == "*" else _by_arn(value, caller)
    if kind == "CanonicalUser":
        return _by_canonical_user(value, caller)
    if value not in ("*", caller.arn):
        return None
    if kind == "Service" and caller.kind is CallerKind.SERVICE:
        return Named(PrincipalForm.SERVICE)
    if kind == "Federated" and caller.kind in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        return Named(PrincipalForm.FEDERATED)
    return None


def _by_canonical_user(value: str, caller: Caller) -> Named | None:
    """An account by a number of its own that nothing here maps to the account's."""
    if not caller.account:
        return None
    words = (f"the canonical user {value} is account {caller.account}",)
    return Named(PrincipalForm.ACCOUNT, Truth.UNKNOWN, words)


_OWN_FORM = {
    CallerKind.USER: PrincipalForm.USER_ARN,
    CallerKind.ROLE: PrincipalForm.ROLE_ARN,
    CallerKind.ROOT: PrincipalForm.ACCOUNT,
    CallerKind.FEDERATED_USER: PrincipalForm.FEDERATED_USER_ARN,
}
# A unique id stands where its owner was deleted, or where somebody wrote it.
_UNIQUE_IDS = {"AIDA": CallerKind.USER, "AROA": CallerKind.ROLE}


def _by_arn(value: str, caller: Caller) -> Named | None:
    own = _OWN_FORM.get(caller.kind)
    if own is None:
        return None
    if value == caller.arn:
        return Named(own)
    if _names_account(value, caller):
        return Named(PrincipalForm.ACCOUNT)
    if caller.session and value == caller.session:
        return Named(PrincipalForm.SESSION_ARN if caller.kind is CallerKind.ROLE else own)
    if _UNIQUE_IDS.get(value[:4]) is caller.kind and value.isalnum():
        return _by_unique_id(value, caller, own)
    if caller.kind is CallerKind.ROLE and not caller.session:
        return _by_session(value, caller)
    if caller.kind is CallerKind.FEDERATED_USER:
        return _by_user_behind(value, caller)
    return None


def _by_unique_id(value: str, caller: Caller, own: PrincipalForm) -> Named | None:
    if caller.id:
        return Named(own) if value == caller.id else None
    return Named(own, Truth.UNKNOWN, (f"{value} is the unique id of {caller.arn}",))


def _names_account(value: str, caller: Caller) -> bool:
    if not caller.account or caller.account not in value:
        return False
    if value == caller.account:
        return True
    arn, own = parse_arn(value), parse_arn(caller.arn)
    if arn is None or (arn.service, arn.account, arn.resource) != ("iam", caller.account, "root"):
        return False
    return own is None or own.partition == arn.partition


def _by_session(value: str, caller: Caller) -> Named | None:
    """A session of the caller's role, whose name is the caller's choice."""
    arn, own = parse_arn(value), parse_arn(caller.arn)
    if arn is None or own is None:
        return None
    what, _, rest = arn.resource.partition("/")
    role, _, session = rest.partition("/")
    if (arn.partition, arn.service, arn.account) != (own.partition, "sts", own.account):
        return None
    if what != "assumed-role" or role != last_name(caller.arn) or not session:
        return None
    words = (f"the session of {caller.arn} is named {session}",)
    return Named(PrincipalForm.SESSION_ARN, Truth.UNKNOWN, words)


def _by_user_behind(value: str, caller: Caller) -> Named | None:
    """The user who asked for a federated user's session, under a name of its own choice."""
    arn, own = parse_arn(value), parse_arn(caller.arn)
    if arn is None or own is None or not arn.resource.startswith("user/"):
        return None
    if (arn.partition, arn.service, arn.account) != (own.partition, "iam", own.account):
        return None
    words = (f"{value} is the user behind {caller.arn}",)
    return Named(PrincipalForm.USER_ARN, Truth.UNKNOWN, words)


def _of_exception(named: tuple[Named, ...], caller: Caller) -> tuple[Named, ...]:
    """``NotPrincipal`` names everyone but the listed.

    AWS may check the account, then the role, then the session, each by itself, so a caller is
    certainly excepted only where its account is listed beside it.
    """
    certain = {one.form for one in named if one.truth is Truth.TRUE}
    if not named:
        return (Named(PrincipalForm.ANYONE),)
    if PrincipalForm.ANYONE in certain:
        return ()
    needed = {_OWN_FORM[caller.kind], PrincipalForm.ACCOUNT} if caller.kind in _OWN_FORM else set()
    if needed <= certain:
        return ()
    words = tuple(dict.fromkeys(word for one in named for word in one.unknown)) or (
        f"NotPrincipal lists {caller.arn} and its account by halves",
    )
    return (Named(PrincipalForm.ANYONE, Truth.UNKNOWN, words),)
