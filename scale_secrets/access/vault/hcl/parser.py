"""HCL tokens to a tree. Source: ``hcl/parser`` of hcl v1.

Commas are optional between items and required between list elements, except after a nested list;
several of them are as good as one in a list. An unfinished ``key =`` at the end of the text is
dropped without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.hcl.scanner import tokens
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

_LITERALS = (Kind.NUMBER, Kind.FLOAT, Kind.BOOL, Kind.STRING, Kind.HEREDOC)


def read_hcl(text: str) -> Body:
    """The tree of an HCL text; PolicyError with the line of the first fault."""
    return _Parser(tokens(text.replace("\r\n", "\n"))).whole()


class _Parser:
    """``token`` is the next one, not yet taken."""

    def __init__(self, source: Iterator[Token]) -> None:
        self._next = source.__next__
        self.token = self._next()

    def whole(self) -> Body:
        items: list[Item] = []
        while not self._at_end():
            keys = self._keys()
            opening = self._take()
            if opening.text == "=" and self._at_end():
                break
            items.append(Item(keys, self._value(opening, 0)))
            self._skip_comma()
        return Body(items, 1)

    def _keys(self) -> tuple[Literal, ...]:
        """The keys before ``=`` or ``{``, which stays."""
        keys: list[Literal] = []
        while self.token.kind in (Kind.IDENT, Kind.STRING):
            keys.append(Literal(*self._take()))
            if len(keys) > MAX_LABELS:
                raise PolicyError(f"more than {MAX_LABELS} labels", line=self.token.line)
        found = self.token
        if found.text not in ("=", "{"):
            raise PolicyError(
                f"expected {'= or {' if keys else 'a key'}, found {_shown(found)}", line=found.line
            )
        if not keys:
            raise PolicyError(f"no key before {found.text}", line=found.line)
        if found.text == "=" and len(keys) > 1:
            raise PolicyError(
                "a label is followed by {, not by =",
                line=found.line,
                hint=f"leave out the = after {keys[0].text} {keys[1].text}",
            )
        return tuple(keys)

    def _value(self, opening: Token, depth: int) -> Node:
        """What follows the keys: ``opening`` is the = or { that was taken."""
        return self._node(opening if opening.text == "{" else self._take(), depth)

    def _body(self, line: int, depth: int) -> Body:
        items: list[Item] = []
        while self.token.text != "}":
            if self._at_end():
                raise PolicyError("{ is not closed", line=line)
            keys = self._keys()
            items.append(Item(keys, self._value(self._take(), depth)))
            self._skip_comma()
        self._take()
        return Body(items, line)

    def _listing(self, line: int, depth: int) -> Listing:
        elements: list[Node] = []
        after_element = False
        while (token := self._take()).text != "]":
            if token.text == ",":
                after_element = False
                continue
            if token.kind is Kind.END:
                raise PolicyError("[ is not closed", line=line)
            if after_element:
                raise PolicyError(f"expected a comma or ], found {_shown(token)}", line=token.line)
            after_element = token.text != "["
            elements.append(self._node(token, depth))
        return Listing(elements, line)

    def _node(self, token: Token, depth: int) -> Node:
        """The value that ``token``, which was taken, begins."""
        if token.kind in _LITERALS:
            return Literal(*token)
        if token.text == "{":
            return self._body(token.line, nested(depth, token.line))
        if token.text == "[":
            return self._listing(token.line, nested(depth, token.line))
        raise PolicyError(
            f"expected a value, found {_shown(token)}",
            line=token.line,
            hint="strings take double quotes" if token.kind is Kind.IDENT else "",
        )

    def _at_end(self) -> bool:
        return self.token.kind is Kind.END

    def _skip_comma(self) -> None:
        if self.token.text == ",":
            self._take()

    def _take(self) -> Token:
        taken, self.token = self.token, self._next()
        return taken


def _shown(token: Token) -> str:
    return token.text[:40] if token.kind is not Kind.END else "the end of the text"
