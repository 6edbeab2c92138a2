"""scale-secrets: Scale AI keys from a store into a process, a file or a request.

The names below are the library; each is imported when it is first used, so that importing the
package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scale_secrets.bundle import Bundle as Bundle
    from scale_secrets.bundle import Secret as Secret
    from scale_secrets.callback.verifier import CallbackVerifier as CallbackVerifier
    from scale_secrets.errors import CallbackRefused as CallbackRefused
    from scale_secrets.errors import ConflictError as ConflictError
    from scale_secrets.errors import DeniedError as DeniedError
    from scale_secrets.errors import FindingsError as FindingsError
    from scale_secrets.errors import KeyFormatError as KeyFormatError
    from scale_secrets.errors import ManifestError as ManifestError
    from scale_secrets.errors import NotFoundError as NotFoundError
    from scale_secrets.errors import ScaleSecretsError as ScaleSecretsError
    from scale_secrets.errors import SeparationError as SeparationError
    from scale_secrets.errors import TrustError as TrustError
    from scale_secrets.errors import UnreachableError as UnreachableError
    from scale_secrets.errors import UsageError as UsageError
    from scale_secrets.errors import ValidationError as ValidationError
    from scale_secrets.http.auth import ScaleAuth as ScaleAuth
    from scale_secrets.keys import basic_token as basic_token
    from scale_secrets.keys import classify as classify
    from scale_secrets.model import Mode as Mode
    from scale_secrets.service.application import Secrets as Secrets
    from scale_secrets.service.fresh.door import fresh as fresh
    from scale_secrets.service.fresh.secrets import FreshSecrets as FreshSecrets
    from scale_secrets.service.library import load as load
    from scale_secrets.service.library import load_async as load_async
    from scale_secrets.values import SecretValue as SecretValue

__version__ = "0.1.0"

_HOMES = {
    "Bundle": "bundle",
    "Secret": "bundle",
    "CallbackRefused": "errors",
    "CallbackVerifier": "callback.verifier",
    "ConflictError": "errors",
    "DeniedError": "errors",
    "FindingsError": "errors",
    "KeyFormatError": "errors",
    "ManifestError": "errors",
    "NotFoundError": "errors",
    "ScaleSecretsError": "errors",
    "SeparationError": "errors",
    "TrustError": "errors",
    "UnreachableError": "errors",
    "UsageError": "errors",
    "ValidationError": "errors",
    "ScaleAuth": "http.auth",
    "basic_token": "keys",
    "classify": "keys",
    "Mode": "model",
    "Secrets": "service.application",
    "FreshSecrets": "service.fresh.secrets",
    "fresh": "service.fresh.door",
    "load": "service.library",
    "load_async": "service.library",
    "SecretValue": "values",
}
__all__ = [*_HOMES]  # noqa: PLE0604 - names, all of them text


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
