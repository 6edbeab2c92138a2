"""One ``path`` stanza to a rule. Source: ``parsePath`` of OpenBao, ``parsePaths`` of Vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scale_secrets.access.vault.control_group import check_openbao_groups, check_vault_groups
from scale_secrets.access.vault.hcl import decode, quantities
from scale_secrets.access.vault.hcl.tree import Item
from scale_secrets.access.vault.list_filter import check_list_filter
from scale_secrets.access.vault.model import Capability, Dialect, Rule
from scale_secrets.access.vault.patterns import classify
from scale_secrets.access.verdict import Place
from scale_secrets.errors import PolicyError

_COMMON_KEYS = frozenset(
    (
        "comment",
        "policy",
        "capabilities",
        "allowed_parameters",
        "denied_parameters",
        "required_parameters",
        "min_wrapping_ttl",
        "max_wrapping_ttl",
        "mfa_methods",
        "control_group",
    )
)
_KEYS = {
    Dialect.OPENBAO: _COMMON_KEYS
    | {"expiration", "pagination_limit", "list_scan_response_keys_filter_path"},
    Dialect.VAULT: _COMMON_KEYS | {"subscribe_event_types"},
}
_COMMON_CAPABILITIES = {
    capability.name.lower(): capability
    for capability in (
        Capability.DENY,
        Capability.CREATE,
        Capability.READ,
        Capability.UPDATE,
        Capability.DELETE,
        Capability.LIST,
        Capability.SUDO,
        Capability.PATCH,
    )
    if capability.name
}
CAPABILITIES: Mapping[Dialect, Mapping[str, Capability]] = {
    Dialect.OPENBAO: {**_COMMON_CAPABILITIES, "scan": Capability.SCAN},
    Dialect.VAULT: {
        **_COMMON_CAPABILITIES,
        "subscribe": Capability.SUBSCRIBE,
        "recover": Capability.RECOVER,
    },
}
# What the ``policy`` key of the first versions stands for; deny replaces what else is there.
_LEGACY: Mapping[str, tuple[str, ...]] = {
    "deny": (),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}


@dataclass(frozen=True, slots=True)
class Context:
    """What all stanzas of one text share. ``place`` names the file, or the policy without one."""

    dialect: Dialect
    namespace: str
    place: str
    is_json: bool
    now: datetime | None


def rule(stanza: Item, context: Context) -> Rule | None:
    """The rule of a ``path`` item; None for an expired one that cannot be read (see ``parse``).

    Types are checked before the expiration is looked at, values after it, as the server does.
    """
    label = stanza.keys[1] if len(stanza.keys) > 1 else stanza.keys[0]
    path = label.string
    line = label.line if context.is_json else stanza.keys[0].line
    _check_templates(path, line)
    fields = decode.fields(stanza.value, _KEYS[context.dialect], f"path {_shown(path)}")
    if context.dialect is Dialect.OPENBAO:
        check_openbao_groups(fields.get("control_group", ()))
    typed = _typed(fields)
    expiration = _expiration(fields.get("expiration", ()), line)
    try:
        return _rule(path, Place(context.place, line), typed, expiration, context)
    except PolicyError:
        if context.now is not None and expiration is not None and expiration < context.now:
            return None
        raise


def _shown(path: str) -> str:
    return repr(path if len(path) <= 80 else f"{path[:80]}…")


def _check_templates(path: str, line: int) -> None:
    """Every ``{{`` has its ``}}`` and none is nested; what is between is not looked at yet."""
    before, *rest = path.split("{{")
    if "}}" in before or any(part.count("}}") != 1 for part in rest):
        raise PolicyError(f"path {_shown(path)}: {{{{ and }}}} do not pair", line=line)


def _expiration(field: decode.Field, line: int) -> datetime | None:
    text = decode.string(field)
    if not text:
        return None
    try:
        return quantities.instant(text)
    except ValueError:
        raise PolicyError(
            "expiration is no instant",
            line=line,
            hint='write it as "2030-01-31T00:00:00Z" or in seconds since 1970',
        ) from None


@dataclass(frozen=True, slots=True)
class _Typed:
    """The fields of a stanza, of the right types; None where a field is absent."""

    policy: str
    capabilities: tuple[str, ...]
    allowed: Mapping[str, tuple[object, ...]] | None
    denied: Mapping[str, tuple[object, ...]] | None
    required: tuple[str, ...]
    min_wrapping_ttl: object
    max_wrapping_ttl: object
    pagination_limit: int
    list_filter: str
    control_groups: decode.Field


def _typed(fields: Mapping[str, decode.Field]) -> _Typed:
    none: decode.Field = ()
    decode.strings(fields.get("mfa_methods", none))
    decode.strings(fields.get("subscribe_event_types", none))
    return _Typed(
        policy=decode.string(fields.get("policy", none)),
        capabilities=decode.strings(fields.get("capabilities", none)) or (),
        allowed=decode.lists(fields.get("allowed_parameters", none)),
        denied=decode.lists(fields.get("denied_parameters", none)),
        required=decode.strings(fields.get("required_parameters", none)) or (),
        min_wrapping_ttl=decode.anything(fields.get("min_wrapping_ttl", none)),
        max_wrapping_ttl=decode.anything(fields.get("max_wrapping_ttl", none)),
        pagination_limit=decode.integer(fields.get("pagination_limit", none)),
        list_filter=decode.string(fields.get("list_scan_response_keys_filter_path", none)),
        control_groups=fields.get("control_group", none),
    )


def _rule(
    path: str, place: Place, typed: _Typed, expiration: datetime | None, context: Context
) -> Rule:
    pattern, match = classify(path, context.namespace)
    if "+*" in path:  # the pattern of a prefix has lost its star
        raise PolicyError(
            f"path {_shown(path)} holds +*",
            line=place.line,
            hint="+ stands for one whole segment and * for any ending: write + or *",
        )
    capabilities = _capabilities(path, typed, context.dialect, place.line)
    plain = Rule(
        path,
        pattern,
        match,
        capabilities,
        place,
        templated="{{" in path,
        expiration=expiration,
        control_group=bool(typed.control_groups),
    )
    if capabilities is Capability.DENY:
        return plain  # what else the stanza says is not looked at
    return _constrained(plain, typed, context.dialect)


def _constrained(plain: Rule, typed: _Typed, dialect: Dialect) -> Rule:
    """The rule with what its stanza asks of a request besides the capability."""
    line = plain.place.line
    shortest = _seconds("min_wrapping_ttl", typed.min_wrapping_ttl, line)
    longest = _seconds("max_wrapping_ttl", typed.max_wrapping_ttl, line)
    if shortest and longest and longest < shortest:
        raise PolicyError(
            f"path {_shown(plain.path)}: max_wrapping_ttl is below min_wrapping_ttl", line=line
        )
    if dialect is Dialect.VAULT:
        check_vault_groups(typed.control_groups, _written(plain.capabilities, dialect))
    check_list_filter(typed.list_filter, plain.capabilities, line)
    return replace(
        plain,
        min_wrapping_ttl=shortest if shortest > 0 else None,
        max_wrapping_ttl=longest if longest > 0 else None,
        allowed_parameters=_lower_keys(typed.allowed),
        denied_parameters=_lower_keys(typed.denied),
        required_parameters=typed.required or None,
        pagination_limit=typed.pagination_limit or None,
        keys_filter_path=typed.list_filter,
    )


def _capabilities(path: str, typed: _Typed, dialect: Dialect, line: int) -> Capability:
    """The union of what is written; ``deny`` ends the list and erases what stood before it."""
    words = typed.capabilities
    if typed.policy:
        legacy = _LEGACY.get(typed.policy)
        if legacy is None:
            raise PolicyError(
                f"path {_shown(path)}: policy is none of {', '.join(_LEGACY)}",
                line=line,
                hint="list capabilities instead",
            )
        words = ("deny",) if typed.policy == "deny" else words + legacy
    known = CAPABILITIES[dialect]
    capabilities = Capability.NONE
    for word in words:
        capability = known.get(word)
        if capability is None:
            raise PolicyError(
                f"path {_shown(path)}: {dialect} knows no capability {word[:40]!r}",
                line=line,
                hint=f"known are {', '.join(known)}",
            )
        if capability is Capability.DENY:
            return capability
        capabilities |= capability
    return capabilities


def _written(capabilities: Capability, dialect: Dialect) -> frozenset[str]:
    known = CAPABILITIES[dialect].items()
    return frozenset(word for word, capability in known if capability in capabilities)


def _seconds(key: str, value: object, line: int) -> float:
    if value is None:
        return 0.0
    try:
        return quantities.seconds(value)
    except ValueError as error:
        raise PolicyError(f"{key}: {error}", line=line, hint='write it as "90s"') from None


def _lower_keys(
    parameters: Mapping[str, tuple[object, ...]] | None,
) -> Mapping[str, tuple[object, ...]] | None:
    """Parameters are compared without regard to case. Of keys that differ only in case the
    server keeps any; here the last in the alphabet."""
    if parameters is None:
        return None
    return {key.lower(): parameters[key] for key in sorted(parameters)}
