"""What ``init`` writes: a manifest that passes its own checks, and an empty embedded store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from scale_secrets.errors import UsageError
from scale_secrets.files import write_private
from scale_secrets.keys import detect
from scale_secrets.model import Origin, StoreSpec
from scale_secrets.surroundings import Surroundings

_STORES = {
    "local": """\
# An age file. Its recipients are listed beside it; `age -d` reads it, too.
[stores.{store}]
kind = "local"
path = ".scale-secrets/store.age"
""",
    "vault": """\
# Vault or OpenBao, at the address that VAULT_ADDR or BAO_ADDR names. An address that is written
# here must be trusted by each user: scale-secrets trust https://…
[stores.{store}]
kind = "vault"
mount = "secret"
auth = [{{ method = "token" }}]
""",
    "aws": """\
# AWS Secrets Manager, with the credentials and the region of the default chain.
[stores.{store}]
kind = "aws"
""",
    "environ": """\
# Variables that the pipeline already sets: read-only.
[stores.{store}]
kind = "environ"
""",
}

_UNVERSIONED = b"*.lock\n*.tmp\n"  # what a write leaves beside the store for a moment, or longer

_HEAD = """\
# Where each environment keeps its Scale keys. This file holds no secret: commit it.
[project]
name = {project}

{stores}
"""

_ENVIRONMENT = """\
[environments.{mode}]
mode = "{mode}"
store = "{store}"
[environments.{mode}.secrets.api_key]
path = "{path}"
{field}"""

# Live work costs money: a person confirms, and a pipeline says --yes.
_GUARD = """\
[[environments.live.guard]]
confirm = true          # asks on a terminal; elsewhere refuses without --yes
"""


def manifest_text(kind: str, project: str) -> str:
    """A manifest of one store of ``kind`` with a test and a live environment.

    Raises ``UsageError`` for a name that a manifest may not hold.
    """
    if any(detect(project)):
        raise UsageError(
            "the project's name holds a Scale key", hint="a manifest lies in git: name it otherwise"
        )
    store = "laptop" if kind == "local" else kind
    environments = [
        _ENVIRONMENT.format(mode=mode, store=store, path=_path(kind, mode), field=_field(kind))
        for mode in ("test", "live")
    ]
    head = _HEAD.format(
        project=_toml_text(project),
        stores=_STORES[kind].format(store=store),
    )
    return "\n".join([head + environments[0], environments[1] + _GUARD])


def _toml_text(text: str) -> str:
    """A TOML basic string: as JSON writes it, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _path(kind: str, mode: str) -> str:
    if kind == "environ":
        return f"SCALE_{mode.upper()}_API_KEY"
    return f"scale/{mode}/api-key"


def _field(kind: str) -> str:
    return 'field = "value"\n' if kind == "vault" else ""


def make_local_store(directory: Path, surroundings: Surroundings) -> Iterator[str]:
    """An identity, unless there is one, and an empty store; yields what was done, for a person."""
    from scale_secrets.stores.local.identity import load_identities
    from scale_secrets.stores.local.places import places
    from scale_secrets.stores.local.setup import create_identity, create_store

    spec = StoreSpec("laptop", "local", origin=Origin.IMPLICIT, directory=directory)
    where = places(spec, surroundings)
    if where.identity.exists():
        yield f"using the identity {where.identity}"
        recipients = [one.recipient for one in load_identities(where.identity, surroundings)]
    else:
        recipients = [create_identity(where.identity)]
        yield f"made an identity: {where.identity} (keep a copy: without it the store is lost)"
    if where.store.exists() or where.recipients.exists():  # a first write makes a missing store
        yield f"keeping the store {where.store}"
        return
    create_store(where.store, recipients)
    write_private(where.store.parent / ".gitignore", _UNVERSIONED, mode=0o644)
    yield f"made an empty store: {where.store}"
