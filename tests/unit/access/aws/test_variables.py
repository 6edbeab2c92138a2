from __future__ import annotations

import pytest

from scale_secrets.access.aws.model import Context
from scale_secrets.access.aws.variables import Resolved, Template, Variable, resolve, template
from scale_secrets.access.aws.wildcard import Wild

USER = Variable("aws:username")
MANY = Wild.MANY


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("${aws:username}", (USER,)),
        ("${AWS:UserName}", (USER,)),
        ("a/${aws:username}/*", ("a/", USER, "/", MANY)),
        ("${aws:username}${aws:username}", (USER, USER)),
        ("${aws:PrincipalTag/Cost Center}", (Variable("aws:principaltag/Cost Center"),)),
        ("${aws:username, 'nobody'}", (Variable("aws:username", "nobody"),)),
        ("${aws:username,'nobody'}", (Variable("aws:username", "nobody"),)),
        ("${aws:username, ''}", (Variable("aws:username", ""),)),
        ("${aws:username, '*'}", (Variable("aws:username", "*"),)),
        ("${*}${?}${$}", ("*", "?", "$")),
        ("${$}{aws:username}", ("$", "{aws:username}")),
        ("${aws:username", ("${aws:username",)),
        ("${}", ("${}",)),
        ("$aws:username}", ("$aws:username}",)),
        ("${aws:username, nobody}", ("${aws:username, nobody}",)),
    ],
)
def test_a_text_is_cut_into_its_parts(text: str, parts: Template) -> None:
    assert template(text, variables=True, wildcards=True) == parts


def test_the_old_version_takes_variables_literally() -> None:
    assert template("${aws:username}*", variables=False, wildcards=True) == (
        "${aws:username}",
        MANY,
    )


def test_where_wildcards_do_not_count_they_are_text() -> None:
    assert template("*?${aws:username}*", variables=True, wildcards=False) == ("*?", USER, "*")


RESOLVED: dict[str, tuple[str, Context, Resolved | None]] = {
    "known": (
        "a${aws:username}*",
        Context({"aws:username": ("bob",)}),
        Resolved(("a", "bob", MANY)),
    ),
    "a star in a value is text": (
        "${aws:username}",
        Context({"aws:username": ("b*",)}),
        Resolved(("b*",)),
    ),
    "default is not needed": (
        "${aws:username, 'x'}",
        Context({"aws:username": ("bob",)}),
        Resolved(("bob",)),
    ),
    "default": ("${aws:username, 'x'}", Context({"aws:username": ()}), Resolved(("x",))),
    "absent": ("${aws:username}", Context({"aws:username": ()}), None),
    "closed": ("${aws:username}", Context(closed=True), None),
    "unknown": ("a${aws:username}", Context(), Resolved(("a", MANY), ("aws:username",))),
    "unknown with default": (
        "a${aws:username, 'x'}",
        Context(),
        Resolved(("a", MANY), ("aws:username",)),
    ),
    "several values": ("${aws:tagkeys}", Context({"aws:tagkeys": ("a", "b")}), None),
    "several values in spite of a default": (
        "${aws:tagkeys, 'x'}",
        Context({"aws:tagkeys": ("a", "b")}),
        None,
    ),
    "a set of one": (
        "${aws:tagkeys}",
        Context({"aws:tagkeys": ("a",)}, multivalued=frozenset({"aws:tagkeys"})),
        None,
    ),
    "absent beside unknown": (
        "${aws:username}${aws:userid}",
        Context({"aws:userid": ()}),
        None,
    ),
    "a tag of another case": (
        "${aws:PrincipalTag/team}",
        Context({"aws:principaltag/Team": ("red",)}),
        Resolved(("red",)),
    ),
}


@pytest.mark.parametrize("case", RESOLVED)
def test_variables_take_their_values(case: str) -> None:
    text, context, resolved = RESOLVED[case]
    assert resolve(template(text, variables=True, wildcards=True), context) == resolved
