"""TLS certificates: whoever holds the key of one that the role's authority signed.

The alias is the certificate's common name: fixed only when the role allows a single one.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.fields import Fields
from scale_secrets.access.vault.principals.login import NOBODY, AuthMount, Login, login, one_of

_NAMES = {
    "allowed_names": "name",
    "allowed_common_names": "common name",
    "allowed_dns_sans": "DNS name",
    "allowed_email_sans": "e-mail address",
    "allowed_uri_sans": "URI",
    "allowed_organizational_units": "organizational unit",
    "required_extensions": "extension",
}


def logins(mount: AuthMount) -> Iterator[Login]:
    for section in ("certs", "roles"):
        for name, role in mount.fields.each(section):
            yield login(
                f"certs/{name}",
                role,
                people=_people(name, role),
                alias=_alias(role),
                conditions=[
                    f"certificate has the {words} {one_of(role.texts(key))}"
                    for key, words in _NAMES.items()
                    if role.texts(key)
                ],
            )


def _people(name: str, role: Fields) -> str:
    if role.has("certificate") and not role.text("certificate"):
        return f"{NOBODY}: {name} trusts no certificate"
    return f"whoever holds a key whose certificate {name} trusts"


def _alias(role: Fields) -> str:
    names = role.texts("allowed_common_names")
    return names[0] if len(names) == 1 and "*" not in names[0] else ""
