"""One deadline for everything, and who the stores are told is asking."""

from __future__ import annotations

import pytest

from scale_secrets import __version__
from scale_secrets.errors import DeadlineError
from scale_secrets.operation import Deadline, Operation, operation


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_shrinks_and_then_refuses() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    assert deadline.require("asking") == 5
    clock.now += 4
    assert deadline.remaining() == 1
    clock.now += 1
    with pytest.raises(DeadlineError, match="asking: not done within 5 s") as caught:
        deadline.require("asking")
    assert "--timeout" in caught.value.hint
    clock.now += 10
    assert deadline.remaining() == -10


@pytest.mark.parametrize(
    ("environment", "agent"),
    [
        (None, f"scale-secrets/{__version__} (cmd=header)"),
        ("live", f"scale-secrets/{__version__} (env=live; cmd=header)"),
    ],
)
def test_the_user_agent_tells_version_environment_and_command(
    environment: str | None, agent: str
) -> None:
    assert Operation(Deadline(1), "header", environment).user_agent == agent


def test_the_clock_starts_with_the_operation() -> None:
    started = operation(30, command="get")
    assert 0 < started.deadline.remaining() <= 30
