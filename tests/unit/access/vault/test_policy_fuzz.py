"""No text, however broken, gets more than a policy or a PolicyError out of the parser, in time."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

import pytest

from scale_secrets.access.vault.model import Dialect
from scale_secrets.access.vault.policy import parse
from scale_secrets.errors import PolicyError
from tests.support.conformance import amount
from tests.support.policy_generator import Writer
from tests.support.policy_texts import vectors

SEED = 20_261_125
LARGEST = 200_000
# Processor time, not that of the wall: a start, and per byte several times what is usual.
START, PER_BYTE = 1.0, 20e-6


@pytest.mark.conformance
def test_no_text_crashes_the_parser_or_keeps_it_busy() -> None:
    mangler = Mangler(SEED)
    counts: Counter[str] = Counter()
    slowest = 0.0
    end = time.monotonic() + amount(quick=5, full=600)
    while time.monotonic() < end:
        text = mangler.text()
        begun = time.process_time()
        outcome = _outcome(text, mangler.random.choice(list(Dialect)))
        taken = time.process_time() - begun
        assert taken < START + PER_BYTE * len(text), text[:2_000]
        slowest = max(slowest, taken)
        counts[outcome] += 1
    print(f"{counts.total()} texts, no crash: {dict(counts)}, slowest {slowest:.2f} s")  # noqa: T201
    assert counts["policy"] and counts["refused"]


def _outcome(text: bytes, dialect: Dialect) -> str:
    lines = text.count(b"\n") + 1
    try:
        policy = parse(text, name="x", dialect=dialect)
    except PolicyError as error:
        assert error.reason and 0 <= error.line <= lines, error
        return "refused"
    assert all(1 <= rule.place.line <= lines for rule in policy.rules)
    return "policy"


class Mangler:
    """Texts of vectors and of the generator, cut, joined, repeated and bent; and mere noise."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a test must be repeatable
        self._writer = Writer(seed)
        self._kept = [vector.text for vector in vectors()]

    def text(self) -> bytes:
        if self.random.random() < 0.02:
            return self.random.randbytes(self.random.randint(0, 300))
        text = self._source()
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 5))):
            text = self._bent(text)[:LARGEST]
        return text

    def _source(self) -> bytes:
        if self.random.random() < 0.5:
            return self.random.choice(self._kept)
        return self._writer.text().encode("utf-8", "surrogatepass")

    def _bent(self, text: bytes) -> bytes:
        start = self.random.randint(0, len(text))
        end = min(len(text), start + self.random.choice((0, 1, 2, 5, 20, 100)))
        head, span, tail = text[:start], text[start:end], text[end:]
        match self.random.randrange(6):
            case 0:
                return head + tail
            case 1:
                return head + self.random.randbytes(max(1, len(span))) + tail
            case 2:
                return head + span * self.random.choice((2, 3, 120, 5_000)) + tail
            case 3:
                return head + self._source() + tail
            case 4:
                return head + bytes(byte ^ (1 << self.random.randrange(8)) for byte in span) + tail
            case _:
                return tail + span + head
