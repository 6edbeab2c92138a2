"""Where a policy comes from, so that a statement and an error can say where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from scale_secrets.access.aws.lines import Lines
from scale_secrets.access.verdict import Place
from scale_secrets.errors import PolicyError

Step = str | int


class Origin:
    """``text`` is None for what came decoded; ``line`` then may tell a statement's line."""

    def __init__(
        self, file: str, *, text: str | None = None, line: Callable[[int], int] | None = None
    ) -> None:
        self.file = file
        self._line = line
        self._lines = Lines(text) if text is not None else None

    def place(self, number: int, path: tuple[Step, ...]) -> Place | None:
        """Of a statement; None where neither file nor line is known."""
        line = self._line_of(number, path)
        return Place(self.file, line) if self.file or line else None

    def fail(
        self, reason: str, *, number: int | None = None, path: tuple[Step, ...] = (), hint: str = ""
    ) -> NoReturn:
        """``number`` is the statement's, None outside of every statement."""
        raise PolicyError(reason, file=self.file, line=self._line_of(number, path), hint=hint)

    def _line_of(self, number: int | None, path: tuple[Step, ...]) -> int:
        if self._line is not None:
            return 0 if number is None else self._line(number)
        return self._lines.of(path) if self._lines else 0
