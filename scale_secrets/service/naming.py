"""Which secrets a caller means: an environment of bare coordinates, the API key left unnamed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scale_secrets.coordinates import parse_coordinate
from scale_secrets.errors import UsageError
from scale_secrets.model import EnvironmentSpec, Mode, SecretSpec, SecretType
from scale_secrets.validation.manifest import implied_type


def bare_environment(
    name: str, secrets: Mapping[str, tuple[str, str]], mode: Mode
) -> EnvironmentSpec:
    """An environment that no manifest declares. ``secrets``: a variable and a coordinate by name.

    The types follow the names. Raises ``CoordinateError``.
    """
    specs = {
        secret: SecretSpec(secret, parse_coordinate(text), implied_type(secret), variable)
        for secret, (variable, text) in secrets.items()
    }
    return EnvironmentSpec(name, mode, MappingProxyType(specs), declared=False)


def only_api_key(specs: Mapping[str, SecretSpec], environment: str) -> str:
    """The name of the API key that is meant where none is named.

    ``api_key``, else the only secret of that type. Raises ``UsageError`` when there are several
    or none.
    """
    names = [spec.name for spec in specs.values() if spec.type is SecretType.API_KEY]
    if "api_key" in names:
        return "api_key"
    if len(names) != 1:
        raise UsageError(
            f"environment {environment} has {len(names)} API keys; name one",
            hint=f"its API keys: {', '.join(names) or 'none'}",
        )
    return names[0]
