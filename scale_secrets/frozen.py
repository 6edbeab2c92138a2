"""``@frozen``: what ``@dataclass(frozen=True, slots=True)`` makes, at a twentieth of its cost.

``dataclasses`` compiles seven functions for each class, which takes nearly a millisecond; reading
one key needs three dozen classes. Here a class shares functions that look at its fields when they
are called. It is a dataclass in every other way: ``fields``, ``replace`` and ``asdict`` work. For
classes that are on the way of every command; elsewhere a plain dataclass does.

Not supported, and refused: what no such class needs, namely a dataclass as base, ``InitVar``,
``kw_only``, ``__post_init__``, and fields that are left out of ``__init__`` or of comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, is_dataclass
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class of annotated fields an immutable dataclass with slots."""
    if cls.__doc__ is None:
        cls.__doc__ = f"{cls.__name__} of {', '.join(cls.__annotations__)}"  # else it is computed
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields: Mapping[str, Field[Any]] = made.__dataclass_fields__
    usual = all(one.init and one.compare and not one.kw_only for one in fields.values())
    inherits = any(map(is_dataclass, cls.__bases__))
    if not usual or inherits or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} needs @dataclass(frozen=True, slots=True)")
    made.__dataclass_params__.frozen = True  # or a frozen dataclass could not inherit from it
    for name, method in _METHODS.items():
        setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _init(self: Any, /, *arguments: Any, **named: Any) -> None:
    fields: Mapping[str, Field[Any]] = self.__dataclass_fields__
    if len(arguments) > len(fields):
        raise TypeError(f"{type(self).__name__} has {len(fields)} fields, not {len(arguments)}")
    put = object.__setattr__
    given = dict(zip(fields, arguments, strict=False))
    for name, value in given.items():
        put(self, name, value)
    for name, one in fields.items():
        if name in given:
            continue
        if name in named:
            put(self, name, named.pop(name))
        elif one.default is not MISSING:
            put(self, name, one.default)
        elif one.default_factory is not MISSING:
            put(self, name, one.default_factory())
        else:
            raise TypeError(f"{type(self).__name__} lacks {name}")
    if named:
        raise TypeError(f"{type(self).__name__} got {', '.join(named)} twice or has no such field")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in self.__dataclass_fields__)


def _repr(self: Any) -> str:
    shown = (
        f"{name}={getattr(self, name)!r}"
        for name, one in self.__dataclass_fields__.items()
        if one.repr
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse_set(self: Any, name: str, _: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: Any, state: tuple[Any, ...]) -> None:
    for name, value in zip(self.__dataclass_fields__, state, strict=True):
        object.__setattr__(self, name, value)


_METHODS: Mapping[str, Any] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_set,
    "__delattr__": _refuse_delete,
    "__getstate__": _values,
    "__setstate__": _restore,
}
