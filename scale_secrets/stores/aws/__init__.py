"""AWS Secrets Manager, reached through botocore.

Cheap to import: botocore comes with the first call to the store. Invariants: every request leaves
through the project's one transport; a signed request goes to no endpoint that only a manifest
names; a write is a compare-and-swap on the AWSCURRENT label, and one whose outcome is unknown is
read back before anyone is told anything.
"""

from __future__ import annotations

from collections.abc import Callable

from scale_secrets.model import Container, Origin, StoreSpec
from scale_secrets.stores.aws.names import parse_name
from scale_secrets.stores.aws.settings import ambient_endpoints, is_awss_own, settings_of
from scale_secrets.stores.interface import Store
from scale_secrets.surroundings import Surroundings, require_trusted


def containers(spec: StoreSpec, surroundings: Surroundings) -> Callable[[str], Container]:
    """Region, account and name. A custom endpoint tells nothing apart: it may be another way to
    the same secrets, as a VPC endpoint is.
    """
    settings = settings_of(spec, surroundings.environ)

    def container(path: str) -> Container:
        name = parse_name(path, place=f'store "{spec.name}"')
        return Container(
            kind="aws",
            address=name.region or settings.region or "",
            path=name.name,
            account=name.account or settings.account or "",
        )

    return container


def open(spec: StoreSpec, surroundings: Surroundings) -> Store:  # noqa: A001 (the protocol's word)
    """Nothing is asked of AWS yet. Raises ``TrustError`` for an endpoint nobody trusted."""
    settings = settings_of(spec, surroundings.environ)
    if (
        spec.origin is Origin.MANIFEST
        and "endpoint" in spec.settings
        and settings.endpoint
        and not is_awss_own(settings.endpoint)
    ):
        require_trusted(
            settings.endpoint,
            ambient_endpoints(surroundings.environ),
            surroundings,
            what=f'store "{spec.name}"',
        )
    from scale_secrets.stores.aws.store import AwsStore

    return AwsStore(spec.name, settings, surroundings)
