"""``doctor``: what is wrong with the surroundings, each with its mend. Reads, and changes nothing.

Every check runs, whatever the others found.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from scale_secrets.coordinates import format_coordinate
from scale_secrets.errors import NotFoundError, ScaleSecretsError
from scale_secrets.model import EnvironmentSpec
from scale_secrets.operation import Operation
from scale_secrets.separation.containers import check_containers
from scale_secrets.service.fetch import fetch
from scale_secrets.service.load import secret_place
from scale_secrets.service.session import Session
from scale_secrets.stores.interface import CLOCK_SKEW, Identified
from scale_secrets.surroundings import Surroundings

MAX_SKEW = 60  # seconds: AWS refuses signatures from 5 minutes on, JWTs often allow 60 s
_SKIP_VERIFY = ("VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY")


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at. ``mend`` is empty where nothing is wrong."""

    subject: str
    verdict: Verdict
    message: str
    mend: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())


def diagnose_surroundings(surroundings: Surroundings) -> Iterator[Diagnosis]:
    """Variables and files that are dangerous whatever the manifest says."""
    for name in _SKIP_VERIFY:
        if surroundings.environ.get(name, "").lower() in ("1", "t", "true"):
            yield Diagnosis(
                name,
                Verdict.BAD,
                "certificates are not verified, so anyone on the way can read the token",
                f"unset {name}, and name the CA with VAULT_CACERT",
            )
    for path in (
        surroundings.home / ".vault-token",
        surroundings.home / ".aws" / "credentials",
        surroundings.config_directory / "identity.txt",
    ):
        if path.exists():
            yield _private(path)


def _private(path: Path) -> Diagnosis:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Diagnosis(
            str(path),
            Verdict.BAD,
            f"others can read or write it (mode {mode:04o})",
            f"chmod 600 {path}",
        )
    return Diagnosis(str(path), Verdict.OK, "only its owner can read it")


def diagnose_session(
    session: Session, environments: tuple[EnvironmentSpec, ...], operation: Operation
) -> Iterator[Diagnosis]:
    """The manifest, each store that the environments use, and each coordinate."""
    path = session.manifest.path
    if path is None:
        yield Diagnosis(
            "manifest", Verdict.WARNING, "there is none here", "scale-secrets init writes one"
        )
    else:
        yield Diagnosis(str(path), Verdict.OK, f"valid, with {len(environments)} environments")
        for finding in check_containers(session.places()):
            yield Diagnosis(
                finding.place, Verdict.BAD, f"{finding.id}: {finding.message}", finding.mend
            )
    used = [spec.coordinate.store for one in environments for spec in one.secrets.values()]
    for name in dict.fromkeys(used):
        yield from _store(name, session, operation)
    yield from _coordinates(session, environments, operation)


def _store(name: str, session: Session, operation: Operation) -> Iterator[Diagnosis]:
    subject = f"store {name}"
    try:
        store = session.store(name)
        facts = dict(store.whoami(operation)) if isinstance(store, Identified) else {}
    except NotFoundError as error:
        yield Diagnosis(subject, Verdict.WARNING, error.message, error.hint)
        return
    except ScaleSecretsError as error:
        yield Diagnosis(subject, Verdict.BAD, error.message, error.hint)
        return
    yield Diagnosis(subject, Verdict.OK, "reached", facts=tuple(facts.items()))
    address = facts.get("address", "")
    if address.startswith("http://"):
        yield Diagnosis(
            subject,
            Verdict.WARNING,
            "speaks plain http, so the token can be read on the way",
            "use an https address, unless it is on this machine",
        )
    skew = facts.get(CLOCK_SKEW, "0 s").split()[0]
    if abs(float(skew)) > MAX_SKEW:
        yield Diagnosis(
            subject,
            Verdict.BAD,
            f"the clocks of this machine and the store differ by {skew} s",
            "set the clock (timedatectl set-ntp true)",
        )


def _coordinates(
    session: Session, environments: tuple[EnvironmentSpec, ...], operation: Operation
) -> Iterator[Diagnosis]:
    specs = [(one, spec) for one in environments for spec in one.secrets.values()]
    fetched = fetch((spec.coordinate for _, spec in specs), session, operation)
    for environment, spec in specs:
        subject = f"{secret_place(environment, spec)} ({format_coordinate(spec.coordinate)})"
        result = fetched[spec.coordinate]
        if not isinstance(result, ScaleSecretsError):
            yield Diagnosis(subject, Verdict.OK, f"readable, version {result.record.version}")
        elif isinstance(result, NotFoundError) and not spec.required:
            yield Diagnosis(subject, Verdict.OK, "optional, and not there")
        else:
            yield Diagnosis(subject, Verdict.BAD, result.message, result.hint)
