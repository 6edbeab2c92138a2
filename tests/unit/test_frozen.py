"""``@frozen`` does what the standard library's frozen dataclass with slots does."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from scale_secrets.frozen import frozen


@frozen
class Ours:
    """A place."""

    name: str
    secret: str = field(default="b", repr=False)
    parts: tuple[int, ...] = field(default_factory=tuple)

    @property
    def size(self) -> int:
        return len(self.parts)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A place."""

    name: str
    secret: str = field(default="b", repr=False)
    parts: tuple[int, ...] = field(default_factory=tuple)

    @property
    def size(self) -> int:
        return len(self.parts)


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or the type of what it raises."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - compared below
        return type(error)


CALLS: dict[str, Callable[[Any], Any]] = {
    "positional": lambda made: asdict(made("a", "c", (1,))),
    "by name": lambda made: asdict(made(parts=(1,), name="a")),
    "defaults": lambda made: asdict(made("a")),
    "too many": lambda made: made("a", "b", (), 4),
    "too few": lambda made: made(),
    "twice": lambda made: made("a", name="b"),
    "unknown": lambda made: made("a", other=1),
    "repr": lambda made: repr(made("a")).partition("(")[2],
    "equal": lambda made: made("a") == made("a"),
    "not equal": lambda made: made("a") == made("b"),
    "equal to a tuple": lambda made: made("a") == ("a", "b", ()),
    "unequal": lambda made: made("a") != made("a"),
    "hash": lambda made: hash(made("a")),
    "hash of what has none": lambda made: hash(made("a", parts=[])),
    "replace": lambda made: asdict(replace(made("a"), name="c")),
    "replace by an unknown one": lambda made: replace(made("a"), other="c"),
    "fields": lambda made: [one.name for one in fields(made)],
    "is a dataclass": is_dataclass,
    "property": lambda made: made("a", parts=(1, 2)).size,
    "set": lambda made: setattr(made("a"), "name", "b"),
    "delete": lambda made: delattr(made("a"), "name"),
    "no dict": lambda made: vars(made("a")),
    "copy": lambda made: asdict(copy.copy(made("a"))),
    "deepcopy": lambda made: asdict(copy.deepcopy(made("a", parts=(1,)))),
    "pickle": lambda made: asdict(pickle.loads(pickle.dumps(made("a")))),  # noqa: S301 - our own
    "ordered": lambda made: made("a") < made("b"),
    "doc": lambda made: made.__doc__,
    "match": lambda made: made.__match_args__,
}


@pytest.mark.parametrize("name", CALLS)
def test_it_behaves_as_the_standard_librarys(name: str) -> None:
    call = CALLS[name]
    assert outcome(lambda: call(Ours)) == outcome(lambda: call(Theirs))


def test_what_is_refused_names_fields_and_no_values() -> None:
    made: Any = Ours
    calls: tuple[Callable[[], Any], ...] = (
        lambda: made("hunter2", name="hunter3"),
        lambda: made(*["hunter2"] * 4),
    )
    for call in calls:
        with pytest.raises(TypeError) as caught:
            call()
        assert "hunter" not in str(caught.value)
    for name in ("name", "other"):
        with pytest.raises(FrozenInstanceError) as refused:
            setattr(made("a"), name, "hunter2")
        assert "hunter" not in str(refused.value)


def test_a_dataclass_may_inherit_from_it() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Longer(Ours):
        more: int

    longer = Longer("a", more=1)
    assert (longer.name, longer.secret, longer.more) == ("a", "b", 1)
    assert longer == Longer("a", more=1) != Longer("a", more=2)
    with pytest.raises(FrozenInstanceError):
        setattr(longer, "more", 2)  # noqa: B010 - which a type checker would refuse


class Below(Ours):
    more: int = 0


class Beside:
    more: int = field(default=0, compare=False)


class After:
    more: int = 0

    def __post_init__(self) -> None: ...


@pytest.mark.parametrize("written", [Below, Beside, After])
def test_what_it_does_not_support_is_refused_where_it_is_written(written: type) -> None:
    with pytest.raises(TypeError, match="dataclass"):
        frozen(written)


def test_a_class_without_words_gets_its_fields_as_such() -> None:
    @frozen
    class Plain:
        one: int
        two: int

    assert Plain.__doc__ == "Plain of one, two"
