"""Certificates for the tests: a CA of our own, and servers that are good, misnamed or expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Pair:
    """A certificate (with its chain) and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A CA that writes what it issues into ``directory``; ``file`` is its own certificate."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self.file = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    @property
    def pem(self) -> str:
        return self.file.read_text()

    def issue(self, name: str, *names: str, expired: bool = False) -> Pair:
        """A certificate for ``names`` (host names, IP addresses) in files called ``name``."""
        after = datetime.now(UTC) - timedelta(days=1) if expired else None
        leaf = self._ca.issue_cert(
            *names,
            common_name=names[0],
            not_before=after and after - timedelta(days=1),
            not_after=after,
            key_type=trustme.KeyType.ECDSA,
        )
        pair = Pair(self._directory / f"{name}.crt", self._directory / f"{name}.key")
        pair.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(str(pair.key))
        return pair
