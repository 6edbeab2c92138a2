"""SEP006: the guard of an environment. Any block that matches suffices.

It is asserted by the client, so it guards against mistakes, not against attackers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scale_secrets.errors import SeparationError
from scale_secrets.model import EnvironmentSpec, Finding, Guard

# Asks a person to confirm; None where nobody can be asked.
Confirm = Callable[[str], bool]


def require_open(
    environment: EnvironmentSpec,
    door: str,
    variables: Mapping[str, str],
    *,
    assume_yes: bool = False,
    confirm: Confirm | None = None,
) -> None:
    """Raise ``SeparationError`` unless a block of the guard opens ``door``.

    An environment whose guard names other doors only does not guard this one. Blocks that need
    no confirmation are tried first, so a person is asked only when nothing else opens the door.
    """
    blocks = [guard for guard in environment.guards if not guard.doors or door in guard.doors]
    if not blocks:
        return
    matching = [guard for guard in blocks if _variables_match(guard, variables)]
    if any(not guard.confirm for guard in matching):
        return
    if matching and (assume_yes or (confirm and confirm(_question(environment, door)))):
        return
    raise SeparationError(
        [
            Finding(
                "SEP006",
                f"environments.{environment.name}.guard",
                f"no block of the guard opens {door!r}",
                _mend(blocks, asked=bool(matching)),
            )
        ]
    )


def _variables_match(guard: Guard, variables: Mapping[str, str]) -> bool:
    return all(variables.get(name) == wanted for name, wanted in guard.require_variables.items())


def _question(environment: EnvironmentSpec, door: str) -> str:
    return f"{door} with the {environment.mode} keys of {environment.name!r}?"


def _mend(blocks: list[Guard], *, asked: bool) -> str:
    if asked:
        return "confirm on a terminal, or pass --yes"
    wanted = sorted({name for guard in blocks for name in guard.require_variables})
    return f"the guard asks for {', '.join(wanted)}" if wanted else "confirm, or pass --yes"
