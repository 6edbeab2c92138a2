"""What a store of kind ``aws`` can be told, checked and completed from the variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.model import StoreSpec
from scale_secrets.surroundings import canonical_address

_FORMS = {
    "region": (re.compile(r"[a-z]{2,}(-[a-z0-9]+)+\Z"), "a region such as eu-central-1"),
    "profile": (re.compile(r"[^\x00-\x1f\x7f]+\Z"), "the name of a profile"),
    "role": (
        re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+\Z"),
        "a role's ARN, arn:aws:iam::ACCOUNT:role/NAME",
    ),
    "external_id": (
        re.compile(r"[\w+=,.@:/-]{2,1224}\Z", re.ASCII),
        "2 to 1224 of A-Za-z0-9_+=,.@:/-",
    ),
    "session_name": (re.compile(r"[\w+=,.@-]{2,64}\Z", re.ASCII), "2 to 64 of A-Za-z0-9_+=,.@-"),
    "endpoint": (re.compile(r"https?://.+\Z"), "a URL, https://HOST:PORT"),
    "account": (re.compile(r"[0-9]{12}\Z"), "the 12 digits of an account"),
}
_AWSS_OWN = re.compile(
    r"https://secretsmanager(-fips)?\.[a-z0-9-]+\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws):443\Z"
)
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL")


@frozen
class Settings:
    """None: not said; the profile or AWS's own rules decide."""

    region: str | None = None
    profile: str | None = None
    role: str | None = None
    external_id: str | None = None
    session_name: str = "scale-secrets"
    endpoint: str | None = None
    account: str | None = None  # tells containers apart; nothing is sent


def settings_of(spec: StoreSpec, environ: Mapping[str, str]) -> Settings:
    """Raises ``UsageError`` that names the setting and its form, never what was written."""
    given: dict[str, str] = {}
    for name, value in spec.settings.items():
        if name not in _FORMS:
            raise UsageError(
                f'store "{spec.name}": unknown setting of kind aws',
                hint=f"one of: {', '.join(_FORMS)}",
            )
        form, words = _FORMS[name]
        if not isinstance(value, str) or not form.match(value):
            raise UsageError(f'store "{spec.name}": {name} has the wrong form', hint=words)
        given[name] = value
    given.setdefault("account", given["role"].split(":")[4] if "role" in given else "")
    given.setdefault("region", environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "")
    given.setdefault("endpoint", next(iter(ambient_endpoints(environ)), ""))
    if given["endpoint"]:
        given["endpoint"] = canonical_address(given["endpoint"])
    return Settings(**{name: value for name, value in given.items() if value})


def ambient_endpoints(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The endpoints of Secrets Manager that variables name, the one that counts first."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ()
    return tuple(environ[name] for name in _ENDPOINT_VARIABLES if environ.get(name))


def is_awss_own(endpoint: str) -> bool:
    """Whether a canonical endpoint is Secrets Manager's public one (FIPS, dual stack and China
    included), to which the credentials go anyway.
    """
    return _AWSS_OWN.match(endpoint) is not None


def sts_endpoint(environ: Mapping[str, str]) -> str | None:
    """The endpoint of STS that variables name. A store's own ``endpoint`` says nothing of STS."""
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return environ.get("AWS_ENDPOINT_URL_STS") or environ.get("AWS_ENDPOINT_URL") or None
