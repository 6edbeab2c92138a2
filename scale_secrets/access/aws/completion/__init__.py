"""From *unknown* to a proof: completing what is not known of a request, in every way that matters.

Kleene's three values do not see that two conditions speak of one key: "allow if k is a" beside
"deny if k is a" comes out unknown and can never be allowed. So the unknown keys that matter, the
name of a role's session and policies that were not collected are given representative values, and
each completed request is decided by the very same function. Both outcomes found: *conditional*,
with two completions to show for it. One outcome in a complete and exhausted set: proved. Anything
else stays conditional without a proof, which callers can count.

Keys are completed independently of each other, although some are not: ``aws:PrincipalArn`` and
``aws:PrincipalAccount``, ``aws:userid`` and a session's name, ``aws:SourceVpc`` and
``aws:SourceVpce``. Treated as free they allow more completions than AWS ever sees, so a proof
holds, and a conditional answer may ask for a combination that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import gcd, prod
from typing import Final

from scale_secrets.access.aws.completion.dimensions import Dimension, Option, dimensions
from scale_secrets.access.aws.evaluation import Decision
from scale_secrets.access.aws.model import Policies, Request
from scale_secrets.access.verdict import Cited, Truth

__all__ = ["COMPLETIONS", "Option", "Proof", "Refined", "examine", "refine"]

COMPLETIONS: Final = 4_096
_STRIDE: Final = 2_654_435_761  # a prime, so that neighbours in turn differ in every dimension

Decide = Callable[[Request, Policies], Decision]


class Proof(StrEnum):
    """Why an answer is what it is."""

    CERTAIN = "certain"  # nothing was unknown
    WITNESSED = "witnessed"  # completions of both kinds were found
    EXHAUSTED = "exhausted"  # every completion that matters comes out the same
    UNDOCUMENTED = "undocumented"  # known context leaves it open: AWS does not say
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Refined:
    """``allowed`` and ``denied``: a completion of that kind, if one was found."""

    decision: Decision
    proof: Proof
    allowed: tuple[Option, ...] | None = None
    denied: tuple[Option, ...] | None = None


def refine(request: Request, policies: Policies, decide: Decide) -> Decision:
    """The decision, with an *unknown* resolved where it can be proved.

    What is proved cites the statements that decide in one completion or another.
    """
    return examine(request, policies, decide).decision


def examine(request: Request, policies: Policies, decide: Decide) -> Refined:
    """As ``refine``, with the proof."""
    decision = decide(request, policies)
    if decision.truth is not Truth.UNKNOWN:
        return Refined(decision, Proof.CERTAIN)
    open_ = dimensions(request, policies)
    found: dict[Truth, tuple[Option, ...]] = {}
    exhaustive = prod(len(one.options) for one in open_) <= COMPLETIONS
    cited: dict[Cited, None] = {}
    for options in _combinations(open_):
        completed = decide(*_completed(request, policies, options))
        found.setdefault(completed.truth, options)
        cited.update(dict.fromkeys(completed.decided_by))
        if Truth.TRUE in found and Truth.FALSE in found:
            return Refined(decision, Proof.WITNESSED, found[Truth.TRUE], found[Truth.FALSE])
    if Truth.UNKNOWN in found:
        proof = Proof.UNDOCUMENTED
    elif exhaustive and all(one.complete for one in open_):
        (truth,) = found
        return Refined(Decision(truth, (), tuple(cited)), Proof.EXHAUSTED)
    else:
        proof = Proof.NONE
    return Refined(decision, proof, found.get(Truth.TRUE), found.get(Truth.FALSE))


def _completed(
    request: Request, policies: Policies, options: tuple[Option, ...]
) -> tuple[Request, Policies]:
    for option in options:
        request, policies = option.apply(request, policies)
    return request, policies


def _combinations(open_: tuple[Dimension, ...]) -> Iterator[tuple[Option, ...]]:
    """Up to ``COMPLETIONS`` of them, scattered, so that both outcomes turn up early."""
    total = prod(len(one.options) for one in open_)
    stride = _STRIDE
    while gcd(stride, total) != 1:
        stride += 2
    for step in range(min(total, COMPLETIONS)):
        index = step * stride % total
        options = []
        for one in open_:
            index, at = divmod(index, len(one.options))
            options.append(one.options[at])
        yield tuple(options)
