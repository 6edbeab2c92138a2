"""Writers that go at once, each with a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from scale_secrets.errors import (
    ConflictError,
    ScaleSecretsError,
)
from scale_secrets.stores.interface import (
    Record,
    Store,
    VersionInfo,
)
from tests.contracts.contract_harness import (
    CANARY,
    Harness,
    assert_value_free,
    held,
    write,
)

ROUNDS = 8  # of each race: enough to meet the window, few enough for a slow server

Written = tuple[str, VersionInfo]


def writing(
    path: str, text: str, field: str | None, expected: str | None = None
) -> Callable[[Store], Written]:
    """A writer for ``race``, which tells what it wrote."""
    return lambda own: (text, write(own, path, text, field, expected=expected))


def race(
    harness: Harness, writers: Sequence[Callable[[Store], Written]]
) -> list[Written | ScaleSecretsError]:
    """Let each writer go at once, each with a store of its own; an error is its result."""
    start = Barrier(len(writers))

    def run(writer: Callable[[Store], Written]) -> Written | ScaleSecretsError:
        own = harness.open()
        try:
            start.wait(timeout=30)
            return writer(own)
        except ScaleSecretsError as error:
            return error
        finally:
            own.close()

    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(run, writers))


def assert_one_winner(
    results: Sequence[Written | ScaleSecretsError], record: Record, field: str | None
) -> str:
    """Exactly one wrote, the others conflicted, and its value stands. Returns its version."""
    winners = [result for result in results if isinstance(result, tuple)]
    losers = [result for result in results if not isinstance(result, tuple)]
    assert len(winners) == 1
    assert [type(error) for error in losers] == [ConflictError] * (len(results) - 1)
    for error in losers:
        assert_value_free(error, CANARY)
    text, info = winners[0]
    assert held(record, field) == text
    assert record.version == info.version
    return info.version
