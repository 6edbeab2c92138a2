"""A value in a JSON file that knows where it stands, so that errors and statements can say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from scale_secrets.access.aws.arns import parse_arn
from scale_secrets.access.aws.document import Kind, parse
from scale_secrets.access.aws.jsontext import Number, Repeating, decode
from scale_secrets.access.aws.lines import Lines
from scale_secrets.access.aws.model import Document
from scale_secrets.errors import PolicyError

Path = tuple[str | int, ...]


class File:
    """The text of one file, decoded. Raises ``PolicyError`` when it is no JSON."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text
        self.root = Node(self, (), decode(text, file=name))

    @cached_property
    def lines(self) -> Lines:
        return Lines(self._text)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """``path`` leads from the file's root to ``value``."""

    file: File
    path: Path
    value: Any

    def at(self, name: str) -> Node | None:
        """The member ``name`` of an object, None when it is absent or null."""
        if not isinstance(self.value, dict):
            self.fail("must be an object")
        if isinstance(self.value, Repeating):
            self.fail(f"has {self.value.key} twice")
        found = self.value.get(name)
        return None if found is None else Node(self.file, (*self.path, name), found)

    def items(self, name: str) -> Iterator[Node]:
        """The elements of the list ``name``; none when it is absent."""
        found = self.at(name)
        if found is not None:
            yield from found.elements()

    def elements(self) -> Iterator[Node]:
        if not isinstance(self.value, list):
            self.fail("must be a list")
        for number, value in enumerate(self.value):
            yield Node(self.file, (*self.path, number), value)

    def members(self) -> Iterator[tuple[str, Node]]:
        if not isinstance(self.value, dict):
            self.fail("must be an object")
        for name, value in self.value.items():
            yield name, Node(self.file, (*self.path, name), value)

    def text(self, name: str) -> str:
        """A string member, empty when it is absent."""
        found = self.at(name)
        if found is None:
            return ""
        return found.as_text()

    def needed(self, name: str) -> str:
        """A string member that must be there and not be empty."""
        found = self.text(name)
        if not found:
            self.fail(f"has no {name}")
        return found

    def arn(self, name: str, service: str, account: str) -> str:
        """A member that must be an ARN of this service in this account."""
        written = self.needed(name)
        arn = parse_arn(written)
        if arn is None or arn.service != service or not arn.resource:
            self.fail(f"has no {name} of {service}: {written}")
        if arn.account != account:
            self.fail(f"is of account {arn.account}: {written}", hint="each has a directory")
        return written

    def as_text(self) -> str:
        if not isinstance(self.value, str) or isinstance(self.value, Number):
            self.fail("must be a string")
        return self.value

    def pairs(self, name: str, key: str = "Key", value: str = "Value") -> Mapping[str, str] | None:
        """A list of tags as a mapping, None when it is absent."""
        if self.at(name) is None:
            return None
        return {item.needed(key): item.text(value) for item in self.items(name)}

    def document(self, name: str, kind: Kind) -> Document:
        """The policy that stands here, as an object or as text in a string."""
        if isinstance(self.value, str) and not isinstance(self.value, Number):
            line = self.line
            return parse(self.value, name=name, file=self.file.name, kind=kind, line=lambda _: line)
        if not isinstance(self.value, dict):
            self.fail("is no policy: neither an object nor text")
        return parse(
            self.value, name=name, file=self.file.name, kind=kind, line=self._line_of_statement
        )

    def _line_of_statement(self, number: int) -> int:
        return self.file.lines.of((*self.path, "Statement", number))

    @property
    def line(self) -> int:
        return self.file.lines.of(self.path)

    def fail(self, reason: str, *, hint: str = "") -> NoReturn:
        where = _spelled(self.path)
        reason = f"{where} {reason}" if where else f"the file {reason}"
        raise PolicyError(reason, file=self.file.name, line=self.line, hint=hint)


def _spelled(path: Path) -> str:
    """``UserDetailList[3].Tags``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")
