"""A bundle: one environment's secrets and config, fetched, validated, ready to use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime

from scale_secrets.errors import NotFoundError
from scale_secrets.frozen import frozen
from scale_secrets.model import Mode, SecretSpec
from scale_secrets.values import SecretValue


@frozen
class Secret:
    """One secret of a bundle: what was declared, what was fetched, and when it was written."""

    spec: SecretSpec
    value: SecretValue
    version: str
    created: datetime | None = None  # of this version, aware; None where the store does not say

    def age_days(self, now: datetime) -> float | None:
        return None if self.created is None else (now - self.created).total_seconds() / 86400


@frozen
class Bundle(Mapping[str, Secret]):
    """Secrets by name (``bundle["api_key"]``), their values as attributes (``bundle.api_key``).

    ``environments``: the names that were composed, all of one ``mode``. ``config``: what is not
    secret, by variable. ``warnings``: what was noticed and refused nothing.
    """

    environments: tuple[str, ...]
    mode: Mode
    secrets: Mapping[str, Secret] = field(repr=False)
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Secret:
        return self.secrets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.secrets)

    def __len__(self) -> int:
        return len(self.secrets)

    def __getattr__(self, name: str) -> SecretValue:
        if name.startswith("_") or name == "secrets" or name not in self.secrets:
            raise AttributeError(f"this bundle holds no secret named {name!r}")
        return self.secrets[name].value

    def require(self, name: str) -> Secret:
        """One secret. Raises ``NotFoundError`` when it is optional and was not there."""
        if name not in self.secrets:
            raise NotFoundError(
                f"{'+'.join(self.environments)}: {name} is optional, and the store has none",
                hint=f"scale-secrets put {name} writes one",
            )
        return self.secrets[name]

    def variables(self) -> dict[str, SecretValue | str]:
        """What a process gets: config first, then the secrets, each under its variables."""
        return dict(self.config) | {
            variable: secret.value
            for secret in self.secrets.values()
            for variable in secret.spec.variables
        }
