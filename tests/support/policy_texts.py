"""Policy texts to try parsers with: the vectors, and a generator that follows the grammar.

A vector file holds texts, each below a line ``=== accepted: NAME`` or ``=== rejected: NAME``. The
newline before the next such line belongs to no text. Where the line ends in ``, escaped``, the
text holds Python's backslash escapes and a ``\\xff`` is that byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "vault-policies"


@dataclass(frozen=True)
class Vector:
    name: str
    accepted: bool
    text: bytes

    def __str__(self) -> str:
        return self.name


def vectors(directory: Path = VECTORS) -> list[Vector]:
    return [one for path in sorted(directory.glob("*.txt")) for one in _of_file(path)]


def _of_file(path: Path) -> Iterator[Vector]:
    content = path.read_bytes().decode()
    _comment, *chunks = f"\n{content}".split("\n=== ")
    for chunk in chunks:
        title, _, text = chunk.partition("\n")
        verdict, _, name = title.partition(": ")
        escaped = name.endswith(", escaped")
        yield Vector(
            f"{path.stem}: {name.removesuffix(', escaped')}",
            {"accepted": True, "rejected": False}[verdict],
            _unescaped(text) if escaped else text.encode(),
        )


def _unescaped(text: str) -> bytes:
    r"""``\n`` and its like, ``\u…`` in UTF-8, ``\xNN`` as that byte; other backslashes stay."""
    made = b""
    while text:
        head, backslash, text = text.partition("\\")
        made += head.encode()
        if not backslash:
            break
        kind = text[:1]
        if kind in "nrtfv":
            made += {"n": b"\n", "r": b"\r", "t": b"\t", "f": b"\f", "v": b"\v"}[kind]
            text = text[1:]
        elif kind in "xuU":
            size = {"x": 2, "u": 4, "U": 8}[kind]
            value = int(text[1 : 1 + size], 16)
            made += bytes((value,)) if kind == "x" else chr(value).encode()
            text = text[1 + size :]
        else:
            raise ValueError(f"unknown escape {kind} in a vector")
    return made
