"""The answer to one request, from what every layer says.

1. A denial anywhere wins. One that depends on unknown context makes an allow conditional.
2. In one account, the resource's policy or the identity policies must allow, the latter within the
   boundary and the session policies; ``resource`` tells which grants of the former those limit.
   A KMS key's policy and a role's trust must themselves allow, or delegate to the account's
   identity policies.
3. Across accounts both must allow, and the boundary and session policies with them.
4. Callers without an identity have the resource's policy alone.
5. Service control policies (the caller's) and resource control policies (the resource's) must
   allow at every level.

Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; KMS
developer guide, "Troubleshooting key access".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scale_secrets.access.aws.evaluation import resource, restrictions
from scale_secrets.access.aws.evaluation.boundary import BOUNDARY
from scale_secrets.access.aws.evaluation.caller import has_identity
from scale_secrets.access.aws.evaluation.identity import IDENTITY
from scale_secrets.access.aws.evaluation.layer import Layer
from scale_secrets.access.aws.evaluation.rcp import RCP
from scale_secrets.access.aws.evaluation.resource import NOTHING, Granted
from scale_secrets.access.aws.evaluation.say import (
    SILENT,
    UNLIMITED,
    Say,
    any_of,
    both,
    unknown,
)
from scale_secrets.access.aws.evaluation.scp import SCP
from scale_secrets.access.aws.evaluation.session import SESSION
from scale_secrets.access.aws.model import Caller, Policies, Request
from scale_secrets.access.verdict import Cited, Truth

ORGANIZATION: Final[tuple[Layer, ...]] = (SCP, RCP)
_LAYERS: Final = (*ORGANIZATION, IDENTITY, BOUNDARY, SESSION)

# AWS tells of named principals which limits their grants escape, and not of "*".
_OPEN_ESCAPES: Final = unknown(
    'a grant to everyone ("*") escapes the permissions boundary and the session policies, which '
    "AWS does not document"
)
# AWS tells of key policies that they need an allow of the caller's account beside them, and not
# of grants.
_GRANT_SUFFICES: Final = unknown(
    "a KMS grant suffices across accounts without an identity policy, which AWS does not document"
)
# What a layer that was not collected denies cannot be, once it is needed to allow.
_IMPLIED_BY: Final = {
    named.denies: named.allows for named in (*resource.NAMES, *(layer.named for layer in _LAYERS))
}


@dataclass(frozen=True, slots=True)
class Decision:
    """``truth`` holds for every completion of the unknown context.

    ``conditions`` in words, sorted, each beginning with *if* or *unless*; all must hold. Empty
    unless ``truth`` is UNKNOWN. ``decided_by`` cites the statements that granted, for an UNKNOWN
    also those that may deny or must let pass, for a FALSE the explicit denials: none when nothing
    allowed.
    """

    truth: Truth
    conditions: tuple[str, ...] = ()
    decided_by: tuple[Cited, ...] = ()


_NOTHING_ALLOWS: Final = Decision(Truth.FALSE)


def decide(request: Request, policies: Policies) -> Decision:
    """Whether the policies let the caller do what it asks for."""
    if restrictions.forbids(request):
        return _NOTHING_ALLOWS
    denials = denials_of(request, policies)
    if denials and any(say.truth is Truth.TRUE for say in denials):
        certain = (say.cited for say in denials if say.truth is Truth.TRUE)
        return Decision(Truth.FALSE, (), tuple(cited for each in certain for cited in each))
    allowed = allowance(request, policies)
    if allowed is SILENT:
        return _NOTHING_ALLOWS
    if allowed.truth is Truth.TRUE and not denials:
        return Decision(Truth.TRUE, (), allowed.cited)
    return _conditional(allowed, denials)


def _conditional(allowed: Say, denials: list[Say]) -> Decision:
    left = [say for say in denials if _IMPLIED_BY.get(say.needed[0]) not in allowed.needed]
    conditions = {f"if {phrase}" for phrase in allowed.needed}
    conditions |= {f"unless {' and '.join(say.needed)}" for say in left}
    cited = dict.fromkeys(cited for say in (allowed, *left) for cited in say.cited)
    return Decision(Truth.UNKNOWN, tuple(sorted(conditions)), tuple(cited))


def denials_of(request: Request, policies: Policies) -> list[Say]:
    """Each denial that was heard, certain or not, in whichever layer."""
    found = resource.denials(request, policies)
    for layer in binding(request.caller):
        found += layer.denies(request, policies)
    return found


def binding(caller: Caller) -> tuple[Layer, ...]:
    """The layers that can bind a caller, in the order of the evaluation."""
    return _LAYERS if has_identity(caller) else ORGANIZATION


def allowance(request: Request, policies: Policies) -> Say:
    """Whether the request is allowed as long as nothing denies it."""
    granted = _granted(request, policies)
    if granted is SILENT:
        return SILENT
    return both(granted, both(SCP.allows(request, policies), RCP.allows(request, policies)))


def _granted(request: Request, policies: Policies) -> Say:
    """What resource, identity, boundary and session policies say together."""
    by_policy = resource.granted_by_policy(request, policies)
    by_grants = resource.granted_by_grants(request, policies)
    if not has_identity(request.caller):
        return any_of(by_policy.direct, by_policy.open, by_grants.direct)
    if request.caller.account != request.account:
        return _granted_abroad(request, policies, by_policy, by_grants)
    return _granted_at_home(request, policies, by_policy.beside(by_grants))


def _granted_at_home(request: Request, policies: Policies, granted: Granted) -> Say:
    if granted.direct.truth is Truth.TRUE:
        return granted.direct
    own = granted.delegated if policies.delegates else UNLIMITED
    if own is not SILENT:
        own = both(own, IDENTITY.allows(request, policies))
    if own is SILENT and granted.limited is SILENT and granted.open is SILENT:
        return granted.direct
    limits = _limits(request, policies)
    return any_of(
        granted.direct,
        both(any_of(granted.limited, own), limits),
        both(granted.open, any_of(limits, _OPEN_ESCAPES)),
    )


def _granted_abroad(
    request: Request, policies: Policies, by_policy: Granted, by_grants: Granted
) -> Say:
    if by_policy is NOTHING and by_grants is NOTHING:
        return SILENT
    own = both(IDENTITY.allows(request, policies), _limits(request, policies))
    return any_of(
        both(any_of(*by_policy), own),
        both(any_of(*by_grants), any_of(own, _GRANT_SUFFICES)),
    )


def _limits(request: Request, policies: Policies) -> Say:
    """How far the permissions of a user or role reach: its boundary and its session's policies."""
    return both(BOUNDARY.allows(request, policies), SESSION.allows(request, policies))
