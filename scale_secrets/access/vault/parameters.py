"""A request's parameters and its wrapping, held against what a policy permits.

Two questions are answered here. For a request that is known: does the server let it pass? For one
whose parameters are the caller's to choose (``ANY``, or none given at all): is there a choice that
passes? Both are exact. Source: ``AllowOperation`` of OpenBao (internal/vault/policy/acl.go) and of
Vault (vault/acl.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from scale_secrets.access.vault.model import Dialect
from scale_secrets.access.vault.permissions import Permissions, Values


class Choice(Enum):
    """A parameter's value that the caller may choose freely."""

    ANY = "any"


ANY = Choice.ANY

_DIGITS = re.compile("[+-]?[0-9]{1,18}")  # more do not fit into the server's integers

# No policy holds this character of the private-use area, so that no pattern but an all-embracing
# one matches a value that is made with it.
_FRESH = "\uf8ff"


def refused_wrapping(permissions: Permissions, wrapping: float | None) -> str:
    """Why a request wrapped for ``wrapping`` seconds is refused; "" if it is not.

    0 is a request that is not wrapped; None leaves it to the caller.
    """
    low, high = permissions.min_wrapping, permissions.max_wrapping
    if low and high and high < low:
        return f"merged rules ask for wrapping of at least {low:g}s and at most {high:g}s"
    if wrapping is None or not (low or high):
        return ""
    if not wrapping:
        return "the response must be wrapped"
    if high and wrapping > high:
        return f"the response may be wrapped for at most {high:g}s"
    if low and wrapping < low:
        return f"the response must be wrapped for at least {low:g}s"
    return ""


def refused_parameters(
    permissions: Permissions,
    parameters: Mapping[str, object] | None,
    dialect: Dialect,
    *,
    always: Mapping[str, object],
    texts: bool,
) -> str:
    """Why a read or write with ``parameters`` is refused; "" if it is not.

    None: the caller chooses which to send beside ``always``. ``texts``: they stand in the
    address, as a read's do, so that no other value than a text can be sent.
    """
    if parameters is None:
        # Sending no more than what is required can only help: each parameter is judged alone.
        parameters = {**dict.fromkeys(permissions.required, ANY), **always}
    for name in permissions.required:
        if name not in parameters:
            return f"the parameter {name} is required"
    if not parameters:
        return ""
    if "*" in permissions.denied:
        return "every parameter is denied"
    for name, value in parameters.items():
        reason = _refused(permissions, name, value, dialect, texts=texts)
        if reason:
            return reason
    return ""


def _refused(
    permissions: Permissions, name: str, value: object, dialect: Dialect, *, texts: bool
) -> str:
    denied = permissions.denied.get(name.lower())
    allowed = permissions.allowed.get(name.lower())
    if allowed is None and permissions.allowed and "*" not in permissions.allowed:
        return f"the parameter {name} is not among the allowed ones"
    if permissions.allowed.keys() == {"*"}:
        allowed = None  # the values that are listed for the star itself are never looked at
    if value is ANY:
        candidates = _candidates(allowed or (), dialect, texts=texts)
        passes = any(not _denied(candidate, denied, dialect) for candidate in candidates)
        return "" if passes else f"no value of the parameter {name} is permitted"
    if _denied(value, denied, dialect):
        return f"the parameter {name} is denied with this value"
    if allowed and not _allowed(value, allowed, dialect):
        return f"the parameter {name} is not allowed with this value"
    return ""


def _denied(value: object, listed: Values | None, dialect: Dialect) -> bool:
    if listed is None:
        return False
    if not listed or _among(value, listed):
        return True
    return dialect is Dialect.VAULT and any(_among(part, listed) for part in _parts(value) or ())


def _allowed(value: object, listed: Values, dialect: Dialect) -> bool:
    if _among(value, listed):
        return True
    parts = _parts(value) if dialect is Dialect.VAULT else None
    return parts is not None and all(_among(part, listed) for part in parts)


def _parts(value: object) -> list[object] | None:
    """A list's elements, or those of a text with commas: Vault takes either for several values."""
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value else []
    return None


def _among(value: object, listed: Values) -> bool:
    return any(_agree(one, value) for one in listed)


def _agree(listed: object, value: object) -> bool:
    if isinstance(listed, str) and isinstance(value, str):
        return glob_matches(listed, value)
    return _same(listed, value)


def _same(listed: object, value: object) -> bool:
    """Go's ``DeepEqual`` over what HCL reads and what JSON requests hold.

    Numbers are never the same: the request's keep their spelling and another type.
    """
    if isinstance(listed, (list, tuple)) and isinstance(value, (list, tuple)):
        pairs = zip(listed, value, strict=False)
        return len(listed) == len(value) and all(_same(one, other) for one, other in pairs)
    if type(listed) is type(value) and isinstance(listed, (str, bool, type(None))):
        return listed == value
    return False


def glob_matches(pattern: str, text: str) -> bool:
    """A star at either end stands for anything; one alone, and one inside, only for itself."""
    if len(pattern.encode("utf-8", "surrogatepass")) < 2:
        return text == pattern
    begins, ends = pattern.startswith("*"), pattern.endswith("*")
    if begins and ends:
        return pattern[1:-1] in text
    if begins:
        return text.endswith(pattern[1:])
    if ends:
        return text.startswith(pattern[:-1])
    return text == pattern


def _candidates(allowed: Values, dialect: Dialect, *, texts: bool) -> Iterator[object]:
    """Values that decide whether any allowed value escapes the denied ones.

    One for each item of the list suffices: the most general member of what it matches is matched by
    a denied pattern only if that pattern matches all of them.
    """
    if not allowed:
        yield _FRESH
        if not texts:
            yield 0  # equals no number of a policy
    elif dialect is Dialect.VAULT:
        yield ""  # holds no part that the list would have to hold
    for item in allowed:
        if not isinstance(item, str):
            if not texts and _same(item, item):
                yield item
        elif len(item) < 2:
            yield item
        else:
            begins, ends = item.startswith("*"), item.endswith("*")
            core = item[begins : len(item) - ends]
            yield (_FRESH if begins else "") + core + (_FRESH if ends else "")


def refused_limit(permissions: Permissions, parameters: Mapping[str, object] | None) -> str:
    """Why a list of so many keys is refused (OpenBao's ``pagination_limit``); "" if it is not."""
    most = permissions.pagination_limit
    if not most or parameters is None:
        return ""
    if "limit" not in parameters:
        return "the parameter limit is required" if "limit" in permissions.required else ""
    asked = parameters["limit"]
    if asked is ANY or asked == "max":
        return ""
    number = _whole_number(asked)
    if number is None or not 0 <= number <= most:
        return f"at most {most} keys may be listed at a time"
    return ""


def _whole_number(value: object) -> int | None:
    """What the server takes for a number: digits, with or without a sign; nothing is zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if value == "":
        return 0
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return None


def remarks(permissions: Permissions, *, reads_or_writes: bool) -> tuple[str, ...]:
    """What a caller who is let through has to heed."""
    told = []
    low, high = permissions.min_wrapping, permissions.max_wrapping
    if low or high:
        at_least = f" for at least {low:g}s" if low else ""
        at_most = f"{',' if low else ' for'} at most {high:g}s" if high else ""
        told.append(f"only response-wrapped{at_least}{at_most}")
    if reads_or_writes:
        if permissions.required:
            told.append(f"only with the parameters {', '.join(permissions.required)}")
        if permissions.allowed and "*" not in permissions.allowed:
            told.append(f"with no parameters but {', '.join(sorted(permissions.allowed))}")
        if permissions.denied:
            told.append(_without(permissions))
    elif permissions.pagination_limit:
        told.append(f"at most {permissions.pagination_limit} keys at a time")
    return tuple(told)


def _without(permissions: Permissions) -> str:
    if "*" in permissions.denied:
        return "without any parameter"
    some = any(permissions.denied.values())
    names = ", ".join(sorted(permissions.denied))
    return f"without {'some values of ' if some else ''}the parameters {names}"
