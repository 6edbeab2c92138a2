"""The table of faults, at start-up and later: the right error, in time, and value-free."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import scale_secrets
from scale_secrets import errors
from scale_secrets.errors import DeadlineError, ScaleSecretsError, UnreachableError
from tests.contracts.applications.fault_table import CASES, FAULTS, markdown
from tests.contracts.applications.stages import RemoteStage, Stage, staged
from tests.support.canary import Canary

TESTS = str(Path(__file__).parents[2])
GRACE = 5.0  # seconds beyond a deadline that a busy machine may take

each_case = pytest.mark.parametrize(("kind", "fault"), CASES)


@pytest.fixture
def stage(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with staged(kind, tmp_path / "store", request.getfixturevalue) as stage:
        for name, text in stage.environ.items():
            monkeypatch.setenv(name, text)
        yield stage


def load(stage: Stage, timeout: float) -> str:
    return scale_secrets.load("live", manifest=stage.manifest, timeout=timeout).api_key.reveal()


def load_async(stage: Stage, timeout: float) -> str:
    loading = scale_secrets.load_async("live", manifest=stage.manifest, timeout=timeout)
    return asyncio.run(loading).api_key.reveal()


def fresh(stage: Stage, timeout: float) -> str:
    with scale_secrets.fresh("live", manifest=stage.manifest, timeout=timeout) as secrets:
        return secrets.api_key.value.reveal()


DOORS = (load, load_async, fresh)


def patience(error: type[ScaleSecretsError]) -> float:
    """What ends by itself is given time for that, on a busy machine as well."""
    return 1.0 if error is DeadlineError else 10.0


def refused(call: Callable[[], object], fault: str, kind: str, canaries: list[Canary]) -> None:
    """The call raises what the table says, in time, and shows no value."""
    expected = FAULTS[fault].outcomes[kind]
    begin = time.monotonic()
    try:
        call()
    except ScaleSecretsError as caught:
        error = caught
    else:
        pytest.fail(f"{kind}, {fault}: no error")
    assert time.monotonic() - begin < patience(expected) + GRACE
    public = next(one for one in type(error).__mro__ if one.__module__ == errors.__name__)
    assert public is expected, f"{error.message}; {error.hint}"
    assert error.hint
    assert leaks(error, canaries) == []


def leaks(error: BaseException, canaries: list[Canary]) -> list[str]:
    """Where an error shows a value: its texts, its traceback, the locals of the library's frames.

    The whole chain is looked at, also those causes that a traceback leaves out.
    """
    places: dict[str, str] = {"traceback": "".join(traceback.format_exception(error))}
    link: BaseException | None = error
    while link is not None:
        name = type(link).__name__
        places[f"{name}: texts"] = f"{link} {link!r} {link.args!r} {vars(link)!r}"
        for frame, line in traceback.walk_tb(link.__traceback__):
            if not frame.f_code.co_filename.startswith(TESTS):
                for variable, held in frame.f_locals.items():
                    places[f"{name}: {frame.f_code.co_qualname}:{line} {variable}"] = repr(held)
        link = link.__cause__ or link.__context__
    return [
        f"{place}: {canary.name}, {form}"
        for place, text in places.items()
        for canary in canaries
        for form in canary.found_in(text.encode())[:1]
    ]


@pytest.mark.parametrize("kind", ["vault", "aws", "local"])
def test_without_a_fault_every_door_opens(stage: Stage) -> None:
    assert [door(stage, 20) for door in DOORS] == [stage.live.text] * len(DOORS)


@each_case
def test_a_fault_at_start_up(stage: Stage, kind: str, fault: str) -> None:
    stage.befall(fault)
    timeout = patience(FAULTS[fault].outcomes[kind])
    with ThreadPoolExecutor(len(DOORS)) as pool:
        at_once = [
            pool.submit(refused, partial(door, stage, timeout), fault, kind, stage.canaries)
            for door in DOORS
        ]
    for one in at_once:
        one.result()


@each_case
def test_a_fault_later(
    stage: Stage, kind: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is given out up to its maximum age; then the store's error is."""
    with scale_secrets.fresh("live", manifest=stage.manifest, timeout=10) as secrets:
        keeper = secrets._keeper
        timeout = patience(FAULTS[fault].outcomes[kind])
        keeper.schedule = replace(keeper.schedule, timeout=timeout)
        stage.befall(fault)
        refused(secrets.refresh, fault, kind, stage.canaries)
        assert secrets.api_key.value.reveal() == stage.live.text
        real = keeper.now
        monkeypatch.setattr(keeper, "now", lambda: real() + keeper.schedule.max_age)
        refused(lambda: secrets.api_key, fault, kind, stage.canaries)
        refused(
            lambda: secrets.auth.key_for("https://api.scale.com/v1"), fault, kind, stage.canaries
        )


@pytest.mark.parametrize("kind", ["vault", "aws"])
def test_a_store_that_is_well_again_is_read_again(
    stage: RemoteStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scale_secrets.fresh("live", manifest=stage.manifest, timeout=10) as secrets:
        keeper = secrets._keeper
        stage.befall("overloaded")
        with pytest.raises(UnreachableError):
            secrets.refresh()
        real = keeper.now
        monkeypatch.setattr(keeper, "now", lambda: real() + keeper.schedule.max_age)
        stage.heal()
        assert secrets.api_key.value.reveal() == stage.live.text
        assert secrets.api_key.age() < GRACE


@pytest.mark.parametrize("kind", ["local"])
@pytest.mark.parametrize("years", [-30, 30])
def test_the_system_s_clock_makes_nothing_older(
    stage: Stage, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scale_secrets.fresh("live", manifest=stage.manifest) as secrets:
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + years * 365 * 86400)
        assert secrets.api_key.age() < GRACE
        secrets.refresh()
        assert secrets.api_key.value.reveal() == stage.live.text
        assert 0 <= secrets.api_key.age() < GRACE


def test_the_document_shows_this_table(checkout: Path) -> None:
    text = (checkout / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert "\n".join(markdown()) in text
