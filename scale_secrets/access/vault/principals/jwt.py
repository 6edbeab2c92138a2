"""JWT and OIDC: whoever an issuer vouches for, in so far as the role binds its claims.

The alias is the claim named by ``user_claim``: fixed only when that claim is bound to one value.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.fields import Fields
from scale_secrets.access.vault.principals.login import (
    AuthMount,
    Login,
    claims_in_words,
    login,
    one_of,
)

_GITHUB = "token.actions.githubusercontent.com"


def logins(mount: AuthMount) -> Iterator[Login]:
    config = mount.fields.below("config")
    issuer = config.text("bound_issuer") or config.text("oidc_discovery_url")
    for name, role in mount.fields.each("roles"):
        yield login(
            f"role/{name}",
            role,
            people=_people(role, issuer),
            alias=_alias(role),
            conditions=_conditions(role),
        )


def _people(role: Fields, issuer: str) -> str:
    subject = role.text("bound_subject")
    by = issuer or "the mount's issuer"
    if role.text("role_type", "oidc") == "oidc":
        who = "whoever signs in at" if not subject else f"{subject}, signing in at"
    elif _GITHUB in issuer:
        who = f"GitHub Actions as {subject}, by" if subject else "a workflow of GitHub Actions, by"
    else:
        who = f"{subject}, by a token of" if subject else "whoever has a token of"
    return f"{who} {by}"


def _conditions(role: Fields) -> Iterator[str]:
    audiences = role.texts("bound_audiences")
    if audiences:
        yield f"audience is {one_of(audiences)}"
    if role.has("bound_subject") and role.text("bound_subject"):
        yield f"subject is {role.text('bound_subject')}"
    glob = role.text("bound_claims_type") == "glob"
    yield from claims_in_words(role.claims("bound_claims"), glob=glob)
    if role.flag("token_policies_template_claims"):
        yield "the names of its policies are made from the token's claims"


def _alias(role: Fields) -> str:
    claim = role.text("user_claim")
    if claim == "sub" and role.text("bound_subject"):
        return role.text("bound_subject")
    values = role.claims("bound_claims").get(claim, ())
    fixed = len(values) == 1 and role.text("bound_claims_type") != "glob"
    return values[0] if fixed else ""
