"""The JSON form to a tree. Source: ``json/scanner`` and ``json/parser`` of hcl v1.

It is lenient where JSON is not: what follows the outermost object is not looked at; a missing
closing brace closes at the end of the text, or at whatever else stands there; a broken item just
before a closing brace is dropped; truth values and opening brackets inside a list are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.access.vault.hcl.flatten import flatten
from scale_secrets.access.vault.hcl.strings import ESCAPE
from scale_secrets.access.vault.hcl.tree import (
    MAX_LABELS,
    Body,
    Item,
    Kind,
    Listing,
    Literal,
    Node,
    Token,
    nested,
)
from scale_secrets.errors import PolicyError

_EXPONENT = r"[eE][+-]?(?:[0-9]+|[\s\S])?"
_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\r\n]+ )
    | (?P<JSON_STRING> "(?:[^"\\\n\0]++|{ESCAPE.pattern})*+" )
    | (?P<FLOAT> -?[0-9]+(?:{_EXPONENT}|\.[0-9]*(?:{_EXPONENT})?) | \.[0-9]+[eE]? )
    | (?P<NUMBER> -?[0-9]+ )
    | (?P<PUNCTUATION> [{{}}\[\],:.] )
    | (?P<BOOL> (?:true|false)(?![\w-]) )
    | (?P<NULL> null(?![\w-]) )
    | (?P<END> \0 )
    """,
    re.VERBOSE,
)
_LITERALS = (Kind.NUMBER, Kind.FLOAT, Kind.BOOL, Kind.NULL, Kind.JSON_STRING)
_KEPT_IN_LISTS = (Kind.NUMBER, Kind.FLOAT, Kind.JSON_STRING)


def read_json(text: str) -> Body:
    """The tree of a text that begins with ``{``, its nested objects turned into labels.

    PolicyError with the line of the first fault that the server would notice.
    """
    parser = _Parser(_tokens(text))
    root = parser.body(parser.take().line, 0)
    flatten(root)
    return root


def _tokens(text: str) -> Iterator[Token]:
    """The tokens, found one by one as they are asked for, then an END for ever.

    A null character ends whatever is open, and no more.
    """
    position, line = 0, 1
    while position < len(text):
        found = _TOKEN.match(text, position)
        group = found.lastgroup if found else None
        if found is None or group is None:
            raise PolicyError(f"unexpected character {text[position]!a}", line=line)
        raw = found[0]
        position = found.end()
        if group != "space":
            if group == "NUMBER":
                _check_number(raw, text, position, line)
            yield Token(Kind[group], raw, line)
        line += raw.count("\n")
    while True:
        yield Token(Kind.END, "", line)


def _check_number(raw: str, text: str, end: int, line: int) -> None:
    digits = raw.removeprefix("-")
    if digits[0] == "0" and (len(digits) > 1 or end == len(text)):
        raise PolicyError("a number may not begin with 0", line=line)
    if text.startswith("\0", end):
        raise PolicyError("a number runs into a null character", line=line)


class _BrokenItem(Exception):  # noqa: N818 - often forgiven
    """An item cannot be read; the enclosing object forgives it if ``token`` is its brace."""

    def __init__(self, token: Token, expected: str) -> None:
        self.token = token
        shown = token.text[:40] if token.kind is not Kind.END else "the end of the text"
        super().__init__(f"expected {expected}, found {shown}")


class _Ended(Exception):  # noqa: N818 - no error here
    """The text ended where a key or a value was to begin, which closes the object."""


class _Parser:
    def __init__(self, source: Iterator[Token]) -> None:
        self.take = source.__next__

    def body(self, line: int, depth: int) -> Body:
        """The object whose opening brace was taken."""
        depth = nested(depth, line)
        items: list[Item] = []
        try:
            items.append(self._item(depth))
            while self.take().text == ",":
                items.append(self._item(depth))
        except _Ended:
            pass
        except _BrokenItem as broken:
            if broken.token.text != "}":
                raise PolicyError(str(broken), line=broken.token.line) from None
        return Body(items, line)

    def _item(self, depth: int) -> Item:
        keys: list[Literal] = []
        while (token := self.take()).text != ":" or not keys:
            if token.kind is Kind.END:
                raise _Ended
            if token.kind is not Kind.JSON_STRING:
                raise _BrokenItem(token, "a key in double quotes")
            keys.append(Literal(*token))
            if len(keys) > MAX_LABELS:
                raise PolicyError(f"more than {MAX_LABELS} keys in a row", line=token.line)
        return Item(tuple(keys), self._value(self.take(), depth))

    def _value(self, token: Token, depth: int) -> Node:
        if token.kind in _LITERALS:
            return Literal(*token)
        if token.text == "{":
            return self.body(token.line, depth)
        if token.text == "[":
            return self._listing(token.line, depth)
        if token.kind is Kind.END:
            raise _Ended
        raise _BrokenItem(token, "a value")

    def _listing(self, line: int, depth: int) -> Listing:
        elements: list[Node] = []
        while (token := self.take()).text != "]":
            if token.kind in _KEPT_IN_LISTS:
                elements.append(Literal(*token))
            elif token.text == "{":
                elements.append(self.body(token.line, depth))
            elif token.kind is not Kind.BOOL and token.text not in (",", "["):
                raise _BrokenItem(token, "a list element")
        return Listing(elements, line)
