"""Amazon Resource Names: ``arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE``."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = 6


@dataclass(frozen=True, slots=True)
class Arn:
    partition: str
    service: str
    region: str
    account: str
    resource: str  # may hold colons

    def __str__(self) -> str:
        return ":".join(
            ("arn", self.partition, self.service, self.region, self.account, self.resource)
        )


def parse_arn(text: str) -> Arn | None:
    """None when ``text`` is no ARN."""
    parts = text.split(":", PARTS - 1)
    return Arn(*parts[1:]) if len(parts) == PARTS and parts[0] == "arn" else None


def last_name(arn: str) -> str:
    """A role's or user's name, without the path before it."""
    return arn.rpartition("/")[2]
