"""Opening the AWS store against a server of the tests, with no trace of the machine's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from scale_secrets.model import Origin, StoreSpec
from scale_secrets.stores import kind
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.surroundings import Surroundings

NOWHERE = Path("/nonexistent")


def surroundings(environ: Mapping[str, str], home: Path = NOWHERE) -> Surroundings:
    return Surroundings(dict(environ), home, NOWHERE)


def open_aws(
    environ: Mapping[str, str],
    *,
    home: Path = NOWHERE,
    origin: Origin = Origin.IMPLICIT,
    **settings: str,
) -> AwsStore:
    """A store named ``aws``; the caller closes it."""
    spec = StoreSpec("aws", "aws", settings, origin)
    return cast(AwsStore, kind("aws").open(spec, surroundings(environ, home)))
