"""Numbers, durations and instants in the forms that the servers' libraries read.

Sources: Go's ``strconv.ParseInt``, ``strconv.ParseFloat``, ``time.ParseDuration`` and
``time.Parse``; ``parseutil`` of hashicorp/go-secure-stdlib. All raise ValueError.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

_LARGEST = 2**63 - 1
_INTEGER = re.compile(
    r"""(?P<sign>[+-]?)(?:
      0[xX](?P<hexadecimal>_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)
    | 0[bB](?P<binary>_?[01]+(?:_[01]+)*)
    | 0[oO]?(?P<octal>_?[0-7]+(?:_[0-7]+)*)
    | (?P<decimal>0|[1-9][0-9]*(?:_[0-9]+)*)
    )\Z""",
    re.VERBOSE,
)
_BASES = {"hexadecimal": 16, "binary": 2, "octal": 8, "decimal": 10}
_DECIMAL = re.compile(r"[+-]?[0-9]+\Z")
_PART = re.compile(r"(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?(?P<unit>[^0-9.]+)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,  # micro sign
    "\u03bcs": 10**3,  # Greek mu
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_SECOND = 10**9
_DAY = 24 * 3600
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))\Z"
)
_LEAP_YEAR = 4  # as the year 0 is, which ``datetime`` lacks
_YEAR_ONE = 62_135_596_800  # seconds from then to 1970
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def integer(text: str) -> int:
    """A 64 bit integer in Go's notation: 10, 0x1f, 0b1, 0o17, 017, 1_000, +5."""
    found = _INTEGER.match(text)
    if found is None or found.lastgroup is None:
        raise ValueError("not an integer")
    digits = found[found.lastgroup].replace("_", "")
    return _bounded(found["sign"], digits, _BASES[found.lastgroup])


def decimal(text: str) -> int:
    """A 64 bit integer in decimal digits."""
    if not _DECIMAL.match(text):
        raise ValueError("not a decimal integer")
    return _bounded(text[0] if text[0] in "+-" else "", text.lstrip("+-"), 10)


def real(text: str) -> float:
    """A finite floating point number."""
    if not text.isascii():
        raise ValueError("not a number")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number out of range")
    return value


def _bounded(sign: str, digits: str, base: int) -> int:
    """Refuses before it converts: a megabyte of digits must not take a megabyte's square."""
    digits = digits.lstrip("0") or "0"
    value = int(digits, base) if len(digits) <= 64 else _LARGEST + 2
    value = -value if sign == "-" else value
    if not -_LARGEST - 1 <= value <= _LARGEST:
        raise ValueError("an integer out of range")
    return value


def seconds(value: object) -> float:
    """A duration as ``min_wrapping_ttl`` takes it: "90", "1h30m", "7d", 90, 90.9 (cut to 90)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("not a duration")
    if isinstance(value, float):
        value = int(value)
    if isinstance(value, int):
        return _in_range(value * _SECOND)
    if not value:
        return 0.0
    if _DECIMAL.match(value):
        return _in_range(decimal(value) * _SECOND)
    if value.endswith("d"):
        return _in_range(decimal(value[:-1]) * _DAY * _SECOND)
    return _go_duration(value)


def _in_range(nanoseconds: int) -> float:
    if not -_LARGEST - 1 <= nanoseconds <= _LARGEST:
        raise ValueError("a duration out of range")
    return nanoseconds / _SECOND


def _go_duration(text: str) -> float:
    sign, rest = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    if rest == "0":
        return 0.0
    total, position = 0, 0
    while position < len(rest) or not rest:
        part = _PART.match(rest, position)
        if part is None or not (part["whole"] or part["fraction"]):
            raise ValueError("not a duration")
        unit = _NANOSECONDS.get(part["unit"])
        if unit is None:
            raise ValueError("not a duration")
        total += _bounded("", part["whole"] or "0", 10) * unit
        fraction = (part["fraction"] or "")[:18]  # finer than a nanosecond of any unit
        if fraction:
            total += int(fraction) * unit // 10 ** len(fraction)
        if total > _LARGEST + (sign == "-"):
            raise ValueError("a duration out of range")
        position = part.end()
    return _in_range(-total if sign == "-" else total)


def instant(text: str) -> datetime:
    """An RFC 3339 instant, or seconds since 1970 in digits, as an aware datetime.

    An instant that ``datetime`` cannot hold becomes the nearest that it can: far in the past or
    in the future is all that anybody asks of it.
    """
    found = _INSTANT.match(text)
    if found is None:
        return _since_epoch(decimal(text))
    year, month, day, hour, minute, second = (int(found[number]) for number in range(1, 7))
    hours, minutes = int(found[9] or 0), int(found[10] or 0)
    if hours > 24 or minutes > 60:  # up to these, the library takes more than RFC 3339 does
        raise ValueError("an offset out of range")
    offset = timedelta(hours=hours, minutes=minutes)
    microsecond = int((found[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year or _LEAP_YEAR, month, day, hour, minute, second, microsecond, UTC)
    if year == 0:
        return datetime.min.replace(tzinfo=UTC)
    try:
        return moment + offset if found[8] == "-" else moment - offset
    except OverflowError:
        return moment


def _since_epoch(count: int) -> datetime:
    """The library counts from the year 1 in 64 bits, so the last counts wrap to the far past."""
    try:
        return _EPOCH + timedelta(seconds=count)
    except OverflowError:
        future = 0 < count <= _LARGEST - _YEAR_ONE
        return (datetime.max if future else datetime.min).replace(tzinfo=UTC)
