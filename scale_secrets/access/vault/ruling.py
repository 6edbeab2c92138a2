"""What the rules that decide over a path say to one request. Source: ``AllowOperation``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scale_secrets.access.vault import parameters as limits
from scale_secrets.access.vault.lookup import Found
from scale_secrets.access.vault.model import Capability, Dialect, Policy, Rule
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.permissions import Permissions
from scale_secrets.access.verdict import Truth


@dataclass(frozen=True, slots=True)
class Ruling:
    """``rules`` decided; ``reason`` says in words why. ``conditions`` unless the truth is known."""

    truth: Truth
    rules: tuple[tuple[Policy, Rule], ...]
    reason: str
    conditions: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    operation: Operation
    needs_sudo: bool
    parameters: Mapping[str, object] | None
    wrapping: float | None
    dialect: Dialect
    always: Mapping[str, object]

    @property
    def particular(self) -> bool:
        """Whether more than the operation is told."""
        return self.parameters is not None or self.wrapping is not None or bool(self.always)


def judge(found: Found | None, request: Request) -> Ruling:
    """What the rules of the deciding pattern say to ``request``."""
    if found is None:
        return Ruling(Truth.FALSE, (), "no rule matches")
    held = found.permissions
    needed = request.operation.capability
    named = request.operation.value
    if held.denies:
        reason = f"`{found.pattern}` denies it"
        return Ruling(Truth.FALSE, held.holding(Capability.DENY), reason)
    if not held.capabilities & needed:
        return Ruling(Truth.FALSE, held.rules, f"`{found.pattern}` decides, without {named}")
    refused = _refused(held, request)
    if refused:
        return Ruling(Truth.FALSE, held.rules, f"`{found.pattern}` decides: {refused}")
    if request.needs_sudo and not held.capabilities & Capability.SUDO:
        reason = f"`{found.pattern}` grants {named}, but this path needs sudo as well"
        return Ruling(Truth.FALSE, held.rules, reason)
    if request.needs_sudo:
        needed |= Capability.SUDO
    told = limits.remarks(held, reads_or_writes=request.operation.takes_parameters)
    reason = f"`{found.pattern}` grants {named}"
    conditions = tuple(_conditions(held, request.operation))
    truth = Truth.UNKNOWN if conditions else Truth.TRUE
    return Ruling(truth, held.holding(needed), reason, conditions, told)


def _conditions(held: Permissions, operation: Operation) -> Iterator[str]:
    """What is not seen from policies alone."""
    if held.control_group:
        yield "the control group's members approve"
    if operation.enumerates and held.keys_filter_path:
        yield f"the filter of the list, `{held.keys_filter_path}`, shows the key"


def _refused(held: Permissions, request: Request) -> str:
    refused = limits.refused_wrapping(held, request.wrapping)
    if refused:
        return refused
    if request.operation.takes_parameters:
        texts = request.operation is Operation.READ
        return limits.refused_parameters(
            held, request.parameters, request.dialect, always=request.always, texts=texts
        )
    if request.operation.enumerates:
        return limits.refused_limit(held, request.parameters)
    return ""
