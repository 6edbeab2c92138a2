"""A botocore session for given surroundings: its variables, credentials and logging.

Invariants: variables come from the surroundings, not from ``os.environ`` (but for those of web
identity, which botocore reads itself); botocore never logs below INFO, because its DEBUG lines
hold secrets; looking for credentials ends with the deadline, whatever a metadata service or a
credential process does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from botocore.client import BaseClient
from botocore.config import Config
from botocore.configprovider import ConfigChainFactory
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    ContainerProvider,
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
    EnvProvider,
)
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from scale_secrets.net.messages import Tls
from scale_secrets.operation import Operation
from scale_secrets.stores.aws.settings import Settings, sts_endpoint
from scale_secrets.stores.aws.wire import Wire
from scale_secrets.surroundings import Surroundings

T = TypeVar("T")

# botocore's loggers whose DEBUG lines were seen to hold secrets, beside their common parent.
# That of credentials warns with a traceback of what is then raised, and told by us, anyway.
_LOUDEST = {
    "botocore": logging.INFO,
    "botocore.endpoint": logging.INFO,
    "botocore.parsers": logging.INFO,
    "botocore.auth": logging.INFO,
    "botocore.httpsession": logging.INFO,
    "botocore.credentials": logging.ERROR,
}


def make_session(settings: Settings, surroundings: Surroundings, wire: Wire) -> Session:
    """No file is read yet; no request is sent."""
    session = Session()
    _take_variables(session, surroundings)
    if settings.profile:
        session.set_config_variable("profile", settings.profile)
    session.register("before-send", cast(Any, wire.send))  # the stubs allow no answer
    # The project retries; botocore would also repeat what may not be, and knows no deadline.
    session.set_default_client_config(Config(retries={"total_max_attempts": 1, "mode": "standard"}))
    return session


def prepare(session: Session, settings: Settings, surroundings: Surroundings) -> None:
    """Settle where the session's credentials come from. Reads the configuration files; once."""
    session.register_component("data_loader", _loader(session.get_config_variable("data_path")))
    resolver = session.get_component("credential_provider")
    resolver.providers = [
        provider
        for provider in (_for(one, surroundings.environ) for one in resolver.providers)
        if provider is not None
    ]
    if settings.role:
        role = _RoleProvider(session, resolver, settings, sts_endpoint(surroundings.environ))
        session.register_component("credential_provider", CredentialResolver([role]))


def tls_of(session: Session) -> Tls:
    """How to verify AWS: ``AWS_CA_BUNDLE``, or the profile's ``ca_bundle``."""
    bundle = session.get_config_variable("ca_bundle")
    if not bundle:
        return Tls()
    path = str(Path(bundle).expanduser())
    return Tls(ca_directory=path) if Path(path).is_dir() else Tls(ca_file=path)


def keep_quiet() -> None:
    """Raise botocore's loggers to INFO where somebody has lowered them, as ``-v`` may have."""
    for name, level in _LOUDEST.items():
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < level:
            logger.setLevel(level)


def within(call: Callable[[], T], operation: Operation, *, doing: str) -> T:
    """``call()`` in a thread of its own, left behind when the deadline passes.

    For what knows no deadline: metadata services, a ``credential_process``, a prompt for MFA.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 (raised again below, in the caller's thread)
            errors.append(error)

    # A daemon, because a call that hangs must not keep the process from ending.
    thread = threading.Thread(target=copy_context().run, args=(work,), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(operation.deadline.require(doing))
    if errors:
        raise errors[0]
    return results[0]


@cache
def _loader(search_path: str | None) -> Loader:
    """The descriptions of AWS's services: a megabyte of JSON, read once for all stores."""
    return create_loader(search_path)


def _take_variables(session: Session, surroundings: Surroundings) -> None:
    files = surroundings.home / ".aws"
    environ = {
        "AWS_CONFIG_FILE": str(files / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(files / "credentials"),
    } | dict(surroundings.environ)
    chain = ConfigChainFactory(session, environ=environ)
    store = session.get_component("config_store")
    for name, (key, variable, default, convert) in session.session_var_map.items():
        provider = chain.create_config_chain(name, variable, key, default, convert)
        store.set_config_provider(name, provider)


def _for(provider: CredentialProvider, environ: Mapping[str, str]) -> CredentialProvider | None:
    """The same provider with the surroundings' variables; None where they switch it off."""
    if provider.METHOD == EnvProvider.METHOD:
        return EnvProvider(environ=dict(environ))
    if provider.METHOD == ContainerProvider.METHOD:
        return ContainerProvider(environ=dict(environ))
    disabled = environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    return None if disabled and provider.METHOD == "iam-role" else provider


class _RoleProvider(CredentialProvider):
    """The credentials of the role to assume, fetched and renewed with those of the chain."""

    METHOD = "assume-role"

    def __init__(
        self, session: Session, chain: CredentialResolver, settings: Settings, endpoint: str | None
    ) -> None:
        super().__init__(session)
        self._chain = chain
        self._settings = settings
        self._endpoint = endpoint

    def load(self) -> Credentials | None:
        source = self._chain.load_credentials()
        if source is None:
            return None
        settings = self._settings
        extra = {"RoleSessionName": settings.session_name}
        if settings.external_id:
            extra["ExternalId"] = settings.external_id
        fetcher = AssumeRoleCredentialFetcher(
            self._sts, source, settings.role or "", extra_args=extra
        )
        return DeferredRefreshableCredentials(
            method=self.METHOD, refresh_using=fetcher.fetch_credentials
        )

    def _sts(self, service: str, **keys: Any) -> BaseClient:
        return self.session.create_client(
            service, region_name=self._settings.region, endpoint_url=self._endpoint, **keys
        )
