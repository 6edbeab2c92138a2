"""HCL text to tokens: one regular expression for what is ordinary, functions for the rest.

Source: ``hcl/scanner`` of hcl v1. Its whole text is always scanned before a policy is accepted,
so a fault here refuses it wherever it stands. Two habits that surprise: an exponent without
digits swallows the next character (``1e]``), and only digits from the third on show an octal
number to be wrong (``08`` passes, ``018`` does not).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.access.vault.hcl.strings import ESCAPE
from scale_secrets.access.vault.hcl.tree import Kind, Token
from scale_secrets.errors import PolicyError

_EXPONENT = r"[eE][+-]?(?:[0-9]+|[\s\S])?"
_FLOAT = rf"-?[0-9]+(?:{_EXPONENT}|\.[0-9]*(?:{_EXPONENT})?)|\.[0-9]+[eE]?"
_TOKEN = re.compile(
    rf"""
      (?P<space> [ \t\r\n]+ )
    | (?P<PUNCTUATION> [{{}}\[\],=] )
    | (?P<STRING> "[^"\\$\n]*" )
    | (?P<IDENT> [A-Za-z_][A-Za-z0-9_.\-]* )
    | (?P<comment> \#[^\n]* | //[^\n]* | /\*[\s\S]*?\*/ )
    | (?P<hexadecimal> -?0[xX][0-9a-fA-F]* )
    | (?P<FLOAT> {_FLOAT} )
    | (?P<NUMBER> -?[0-9]+ )
    """,
    re.VERBOSE,
)
_SKIPPED = ("space", "comment")
_MAY_SPAN_LINES = (Kind.STRING, Kind.HEREDOC, Kind.FLOAT)
_BAD_OCTAL = re.compile(r"-?0[0-9]+[89]")
_RUN = re.compile(r'[^"\\${}\n]*')
_OPENING = re.compile(r"<<(-?)([^\n]*)\n")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text whose lines end in plain newlines, then an END for ever."""
    _refuse_forbidden(text)
    match = _TOKEN.match
    position, line, size = 0, 1, len(text)
    while position < size:
        found = match(text, position)
        group = found.lastgroup if found else None
        if found is None or group is None:
            token = _unusual(text, position, line)
        elif group in _SKIPPED:
            position = found.end()
            line += found[0].count("\n")
            continue
        else:
            token = _usual(group, found[0], text, position, line)
        yield token
        position += len(token.text)
        if token.kind in _MAY_SPAN_LINES:
            line += token.text.count("\n")
    while True:
        yield Token(Kind.END, "", line)


def _refuse_forbidden(text: str) -> None:
    for character, name in (("\0", "a null character"), ("\ue123", "the reserved U+E123")):
        position = text.find(character)
        if position >= 0:
            raise PolicyError(f"{name} in the text", line=text.count("\n", 0, position) + 1)


def _usual(group: str, found: str, text: str, position: int, line: int) -> Token:
    if group == "IDENT":
        following = text[position + len(found) : position + len(found) + 1]
        if not following.isascii():
            found += _rest_of_identifier(text, position + len(found))
        kind = Kind.BOOL if found in ("true", "false") else Kind.IDENT
        return Token(kind, found, line)
    if group == "hexadecimal":
        if found[-1] in "xX":
            raise PolicyError("a hexadecimal number without digits", line=line)
        return Token(Kind.NUMBER, found, line)
    if group == "NUMBER" and _BAD_OCTAL.match(found):
        raise PolicyError(f"{found[:40]} begins with 0 and is no octal number", line=line)
    return Token(Kind[group], found, line)


def _unusual(text: str, position: int, line: int) -> Token:
    character = text[position]
    if character == '"':
        return Token(Kind.STRING, _string(text, position, line), line)
    if character == "<":
        return Token(Kind.HEREDOC, _heredoc(text, position, line), line)
    if _is_letter(character):
        return Token(Kind.IDENT, _rest_of_identifier(text, position), line)
    if text.startswith("/*", position):
        raise PolicyError("a comment is not closed", line=line)
    raise PolicyError(
        f"unexpected character {character!a}",
        line=line,
        hint="strings take double quotes, and nothing ends in a semicolon"
        if character in "';"
        else "",
    )


def _is_letter(character: str) -> bool:
    return character.isalpha() or character == "_"


def _rest_of_identifier(text: str, position: int) -> str:
    end = position
    while end < len(text) and (_is_letter(text[end]) or text[end].isdecimal() or text[end] in "-."):
        end += 1
    return text[position:end]


def _string(text: str, position: int, line: int) -> str:
    """A string with escapes or ``${…}``, where braces nest, quotes and newlines are plain."""
    end, braces = position + 1, 0
    while True:
        end = _plain_end(text, end)
        character = text[end : end + 1]
        if not character or (character == "\n" and not braces):
            raise PolicyError("a string is not closed", line=line)
        if character == '"' and not braces:
            return text[position : end + 1]
        if character == "\\":
            escape = ESCAPE.match(text, end)
            if escape is None:
                raise PolicyError("a string holds an unknown escape", line=line)
            end = escape.end()
            continue
        if character == "$" and not braces and text.startswith("{", end + 1):
            braces, end = 1, end + 1
        elif braces:
            braces += (character == "{") - (character == "}")
        end += 1


def _plain_end(text: str, position: int) -> int:
    run = _RUN.match(text, position)
    return run.end() if run else position


def _heredoc(text: str, position: int, line: int) -> str:
    """From ``<<`` to the newline after the closing line, which must be there.

    After ``<<-``, a closing line that is not longer than the bare anchor does not close: the
    library compares with the anchor's length, hyphen included.
    """
    opening = _OPENING.match(text, position)
    if opening is None or not opening[2] or not all(map(_in_anchor, opening[2])):
        raise PolicyError("a heredoc must begin with << or <<-, a name and a newline", line=line)
    anchor = opening[2]
    shortest = _size(anchor) + len(opening[1])
    start = opening.end()
    while (end := text.find("\n", start)) >= 0:
        candidate = text[start:end]
        if candidate.rstrip("\r").lstrip("\t\v\f\r ") == anchor and _size(candidate) >= shortest:
            return text[position : end + 1]
        start = end + 1
    raise PolicyError(f"the heredoc {anchor[:40]} is not closed by a line of its own", line=line)


def _size(text: str) -> int:
    return len(text.encode())


def _in_anchor(character: str) -> bool:
    return _is_letter(character) or character.isdecimal()
