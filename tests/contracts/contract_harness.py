"""What a kind of store brings to the contracts, and what all of them use."""

from __future__ import annotations

import traceback
import uuid
from abc import ABC, abstractmethod

from scale_secrets.operation import operation
from scale_secrets.stores.interface import (
    Change,
    Record,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.values import SecretValue

CANARY = "live_" + "0123456789abcdef" * 2
STANDING = "test_" + "fedcba9876543210" * 2

HARD_TEXTS = {
    "quotes": """it's "quoted" `twice` ''""",
    "dollars": "$HOME ${HOME} $(id) $$ $",
    "backslashes": "\\n \\\\ C:\\new\\table \\",
    "newlines": "first\nsecond\n\nfourth\n",
    "carriage-returns": "first\r\nsecond\rthird\r",
    "tabs-and-spaces": "\t leading and trailing \t ",
    "json-object": '{"api_key": "inner", "n": [1, null]}',
    "json-string": '"quoted"',
    "json-number": "0123",
    "json-null": "null",
    "shell-comment": "# = ; & | > < * ? ! ~ %41 %%",
    "html": "<b>&amp;</b>",
    "latin": "naïve Größe ¥",
    "emoji": "🐈\u200d⬛ 👩🏽\u200d🚀",
    "combining": "e\u0301 is not \u00e9",
    "right-to-left": "\u202eמפתח\u202c",
    "edges-of-unicode": "\ufeff\u2028\u2029\uffff\U0010ffff",
    "scale-key": CANARY,
}


class Harness(ABC):
    """How to bring one kind of store, for real, into the states that the contracts ask about.

    ``field``: where a plain write of this kind goes; None writes the container's whole value.
    ``unknown_version``: a well-formed version that no container has.
    """

    field: str | None = None
    unknown_version = "999"
    max_bytes = 65_536  # the longest value that every store must keep

    @abstractmethod
    def open(self) -> Store:
        """A new, independent store that may read and write; each caller closes its own."""

    def fresh_path(self) -> str:
        """A path that no test has used."""
        return f"contract/{uuid.uuid4().hex}"

    def seed(self, path: str, text: str) -> None:
        """Make ``text`` the value of ``path``; read-only kinds do it behind the store's back."""
        store = self.open()
        try:
            write(store, path, text, self.field)
        finally:
            store.close()

    def soft_delete(self, path: str) -> None:
        """Delete the current version of ``path`` so that it could be restored."""
        raise NotImplementedError

    def denied(self) -> Store:
        """A store whose credential is valid and may not read."""
        raise NotImplementedError


def write(
    store: Store,
    path: str,
    text: str,
    field: str | None,
    *,
    expected: str | None = None,
    labels: dict[str, str] | None = None,
) -> VersionInfo:
    assert isinstance(store, Writer)
    return store.put(path, Change(SecretValue(text), field, expected, labels), operation())


def held(record: Record, field: str | None) -> str:
    """The text that ``record`` holds, whole or in a field."""
    if field is None:
        assert record.content.whole is not None
        return record.content.whole.reveal()
    assert record.content.fields is not None
    return record.content.fields[field].reveal()


def assert_value_free(error: BaseException, *values: str) -> None:
    """No printing of ``error``, its hint, or its chain of causes shows one of ``values``.

    A traceback quotes source lines, so ``values`` must not stand literally in the code.
    """
    shown = "".join(traceback.format_exception(error)) + repr(error)
    while isinstance(error, BaseException):
        shown += repr(error.args) + str(getattr(error, "hint", ""))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    for value in values:
        assert value not in shown
