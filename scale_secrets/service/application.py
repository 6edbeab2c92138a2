"""What a program holds after ``load``: a bundle that signs requests and checks callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.errors import UsageError
from scale_secrets.http.auth import ScaleAuth
from scale_secrets.http.hosts import Hosts
from scale_secrets.http.source import FixedKey
from scale_secrets.model import SecretType
from scale_secrets.service.accepted import Accepted
from scale_secrets.service.naming import only_api_key
from scale_secrets.values import SecretValue

if TYPE_CHECKING:
    from scale_secrets.callback.verifier import CallbackVerifier
    from scale_secrets.http.sdk import ScaleClient

SDK_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSecret(Secret):
    """A secret that knows which hosts may get it."""

    hosts: Hosts

    @property
    def auth(self) -> ScaleAuth:
        """For ``requests`` and ``httpx``. Raises ``UsageError`` for what is no API key."""
        require_api_key(self)
        return ScaleAuth(FixedKey(self.value), self.hosts)


@dataclass(frozen=True, kw_only=True)
class Secrets(Bundle):
    """``secrets.api_key`` is a masked value, ``secrets["name"]`` all that is known of a secret.

    ``base_url``: where Scale's API is. ``accepted``: the callback keys that ``callbacks`` accepts.
    """

    secrets: Mapping[str, LoadedSecret] = field(repr=False)
    base_url: str
    accepted: tuple[SecretValue, ...] = field(default=(), repr=False)

    def __getitem__(self, name: str) -> LoadedSecret:
        return self.secrets[name]

    @property
    def auth(self) -> ScaleAuth:
        """That of ``api_key``, or of the only API key. Raises ``UsageError`` for several or none.

        Signs for ``requests`` (``session.auth = …``) and ``httpx`` (``httpx.Client(auth=…)``), by
        the rules of ``ScaleAuth``.
        """
        return self[self._api_key].auth

    @cached_property
    def callbacks(self) -> CallbackVerifier:
        """One verifier, whose counts go on. Raises ``UsageError`` without a callback key."""
        from scale_secrets.callback.verifier import CallbackVerifier

        require_callback_key(self)
        return CallbackVerifier(self.accepted)

    def scale_client(
        self,
        timeout: float = SDK_TIMEOUT,
        *,
        verify: str | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> ScaleClient:
        """The official SDK's client, for ``auth``'s key.

        ``timeout``: seconds for connecting, and for each wait for bytes. ``verify`` and
        ``proxies`` as in ``requests``; no variable of the surroundings counts.
        Raises ``UsageError`` when ``scaleapi`` is not installed.
        """
        return made_client(self.auth, self.base_url, timeout, verify=verify, proxies=proxies)

    @property
    def _api_key(self) -> str:
        specs = {name: secret.spec for name, secret in self.secrets.items()}
        return only_api_key(specs, "+".join(self.environments))


def require_api_key(secret: Secret) -> None:
    if secret.spec.type is not SecretType.API_KEY:
        raise UsageError(
            f"{secret.spec.name} is no API key, so it signs no request",
            hint=f'{secret.spec.name} would have type = "scale-api-key"',
        )


def require_callback_key(secrets: Secrets) -> None:
    if not secrets.accepted:
        raise UsageError(
            f"environment {'+'.join(secrets.environments)} has no callback key",
            hint="declare callback_auth_key, or a secret of type scale-callback-key",
        )


def made_client(
    auth: ScaleAuth,
    base_url: str,
    timeout: float,
    *,
    verify: str | None,
    proxies: Mapping[str, str] | None,
) -> ScaleClient:
    """The SDK's client with an auth. Raises ``UsageError`` when ``scaleapi`` is not installed."""
    try:
        from scale_secrets.http.sdk import guarded_client
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed, and scale_client needs it",
            hint="pip install scaleapi",
        ) from None
    return guarded_client(auth, base_url, timeout=timeout, verify=verify, proxies=proxies)


def for_application(bundle: Bundle, base_url: str, accepted: Accepted) -> Secrets:
    """A loaded bundle as a program gets it. Raises ``UsageError`` for a base URL out of order."""
    hosts = Hosts.of(base_url)
    return Secrets(
        environments=bundle.environments,
        mode=bundle.mode,
        secrets={name: _loaded(secret, hosts) for name, secret in bundle.items()},
        config=bundle.config,
        warnings=bundle.warnings + accepted.warnings,
        base_url=base_url,
        accepted=accepted.values,
    )


def _loaded(secret: Secret, hosts: Hosts) -> LoadedSecret:
    return LoadedSecret(secret.spec, secret.value, secret.version, secret.created, hosts=hosts)
