"""``SecretValue``: the only form in which a secret travels through the code.

Invariants: no way of printing, formatting, pickling, copying or serialising it shows the value;
``reveal()`` and ``reveal_bytes()`` are the two doors, and a test lists the files that use them.
"""

from __future__ import annotations

from typing import Any, NoReturn

MASK = "<secret>"


class SecretValue:
    """A secret as text or bytes.

    Shape: any ``str`` that UTF-8 can encode (no lone surrogates) or any ``bytes``.
    Raises ``TypeError`` for another type and ``ValueError`` for text that UTF-8 cannot hold;
    neither message contains the value.

    A Python string cannot be wiped from memory: the class guards against showing a value by
    mistake, not against a debugger.
    """

    __slots__ = ("_data",)
    _data: bytes

    def __init__(self, value: str | bytes) -> None:
        if isinstance(value, str):
            try:
                data = value.encode()
            except UnicodeEncodeError:
                raise ValueError("a secret value must be valid Unicode text") from None
        elif isinstance(value, bytes):
            data = value
        else:
            raise TypeError(f"a secret value is str or bytes, not {type(value).__name__}")
        object.__setattr__(self, "_data", data)

    def reveal(self) -> str:
        """The value as text. Raises ``ValueError`` (value-free) when it is not UTF-8."""
        try:
            return self._data.decode()
        except UnicodeDecodeError:
            raise ValueError("the secret value is binary, not UTF-8 text") from None

    def reveal_bytes(self) -> bytes:
        """The value as bytes; of text, its UTF-8 encoding."""
        return self._data

    @property
    def is_text(self) -> bool:
        """Whether ``reveal()`` will succeed."""
        try:
            self._data.decode()
        except UnicodeDecodeError:
            return False
        return True

    @property
    def empty(self) -> bool:
        return not self._data

    def same_as(self, other: SecretValue) -> bool:
        """Whether both hold the same bytes, compared in constant time."""
        from hmac import compare_digest

        return compare_digest(self._data, other._data)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SecretValue):
            return self.same_as(other)
        raise TypeError("a secret value compares only with another one: use same_as()")

    __hash__ = None  # type: ignore[assignment]  # a set or dict of secrets would leak by timing

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> NoReturn:
        raise TypeError("the truth of a secret value is ambiguous: use .empty")

    def _refuse(self, *_: Any) -> NoReturn:
        raise TypeError("a secret value is neither copied nor serialised: reveal it on purpose")

    __reduce__ = __reduce_ex__ = __copy__ = __deepcopy__ = __getstate__ = _refuse
    __setattr__ = __delattr__ = _refuse
    __iter__ = _refuse
