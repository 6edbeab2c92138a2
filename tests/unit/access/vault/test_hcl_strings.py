from __future__ import annotations

import pytest

from scale_secrets.access.vault.hcl.strings import unindent, unquote, unquote_json


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('""', ""),
        ('"a b"', "a b"),
        (r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"'),
        (r'"\x41\101\u0041\U00000041"', "AAAA"),
        (r'"\u00e9\U0001f511"', "é🔑"),
        (r'"\xc3\xa9"', "é"),
        (r'"\xff"', "\udcff"),
        (r'"\ud83d"', "\ufffd"),
        (r'"\UFFFFFF41"', "A"),
        ('"$"', "$"),
        ('"a$b$$"', "a$b$$"),
        (r'"${\x41}\x41"', r"${\x41}A"),
        (r'"$${a}b"', "$${a}b"),
        ('"${{a}{b}}\\x41"', "${{a}{b}}A"),
        ('"a}${b}c{"', "a}${b}c{"),
    ],
)
def test_an_hcl_string_stands_for_its_characters(raw: str, text: str) -> None:
    assert unquote(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('""', ""),
        (r'"\x41\101\u0041\U0001f511"', "AAA🔑"),
        (r'"${\x41}"', "${A}"),
        (r'"a\nb\xff"', "a\nb\udcff"),
    ],
)
def test_a_string_of_the_json_form_has_no_interpolation(raw: str, text: str) -> None:
    assert unquote_json(raw) == text


@pytest.mark.parametrize("raw", [r'"\477"', r'"\U00110000"', '"${\ufffd}"'])
def test_an_impossible_character_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"escape|character"):
        unquote(raw)


@pytest.mark.parametrize("raw", [r'"\477"', r'"\ud83d\udd11"', r'"\UFFFFFF41"'])
def test_the_json_form_refuses_halves_and_overflows_as_well(raw: str) -> None:
    with pytest.raises(ValueError, match="escape"):
        unquote_json(raw)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<<E\nx\ny\nE\n", "x\ny\n"),
        ("<<E\nE\n", ""),
        ("<<E\nx\n  E\n", "x\n  "),
        ("<<-E\n  x\n    y\n  E\n", "x\n  y\n"),
        ("<<-E\n x\n  E\n", " x\n"),
        ("<<-É\n\té\n\tÉ\n", "é\n"),
        ("<<LONG\n\nLONG\n", "\n"),
    ],
)
def test_a_heredoc_stands_for_its_lines(raw: str, text: str) -> None:
    assert unindent(raw) == text
