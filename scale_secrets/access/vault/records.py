"""Entities, groups, tokens and mounts from the JSON of the API that tells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from scale_secrets.access.vault.identity import Identities
from scale_secrets.access.vault.model import Alias, Entity, Group, Mount, Policy, Principal
from scale_secrets.access.vault.principals.fields import Fields
from scale_secrets.access.vault.principals.login import one_of

UNKNOWN_ALIAS = Alias(name="", accessor="")
"""Whoever it is brings an identity of their own."""


def mount(path: str, fields: Fields, namespace: str) -> Mount:
    """One entry of ``sys/mounts``. A kv mount without a version is of the first."""
    kind = fields.text("type")
    options = fields.below("options")
    version = options.text("version", "1") if kind in ("kv", "generic") else "0"
    if version not in ("0", "1", "2"):
        raise options.error("version", 'must be "1" or "2"')
    return Mount(_folder(path), int(version), namespace, kind)


def _folder(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


def beside(policy: Policy, fields: Fields) -> Policy:
    """What OpenBao keeps beside a policy's text, as ``sys/policies/acl/NAME`` answers it."""
    return replace(
        policy,
        expiration=_time(fields, "expiration"),
        allow_slashes=fields.flag("allow_slashes_in_identity_templates"),
        allow_wildcards=fields.flag("allow_wildcards_in_identity_templates"),
    )


def entity(fields: Fields, namespace: str) -> Entity:
    """``identity/entity/id/ID``."""
    return Entity(
        id=_required(fields, "id"),
        name=_required(fields, "name"),
        policies=fields.texts("policies"),
        aliases=tuple(_alias(one) for one in fields.listed("aliases")),
        metadata=fields.mapping("metadata"),
        disabled=fields.flag("disabled"),
        namespace=namespace,
        merged=fields.texts("merged_entity_ids"),
    )


def group(fields: Fields, namespace: str) -> Group:
    """``identity/group/id/ID``. An internal group's alias is an empty object."""
    alias = fields.below("alias")
    return Group(
        id=_required(fields, "id"),
        name=_required(fields, "name"),
        policies=fields.texts("policies"),
        member_entities=fields.texts("member_entity_ids"),
        member_groups=fields.texts("member_group_ids"),
        metadata=fields.mapping("metadata"),
        alias=_alias(alias) if alias.has("name") else None,
        namespace=namespace,
    )


def _alias(fields: Fields) -> Alias:
    return Alias(
        fields.text("name"),
        fields.text("mount_accessor"),
        fields.text("id"),
        fields.mapping("metadata"),
        fields.mapping("custom_metadata"),
    )


def entity_principal(entity: Entity) -> Principal:
    """Whoever the entity stands for, by what identity alone gives: a login adds its role's."""
    known = (
        one_of(f"{one.name} at {one.accessor}" for one in entity.aliases) if entity.aliases else ""
    )
    return Principal(
        f"identity/entity/name/{entity.name}",
        (),
        entity.namespace,
        entity,
        people=f"whoever logs in as {known}" if known else "nobody: the entity has no alias",
        remarks=("a login adds the policies of its role",),
    )


def group_principal(group: Group) -> Principal:
    """Whoever is in the group, by what it and the groups above it give."""
    if group.alias is not None:
        people = f"whoever {group.alias.accessor} says is in {group.alias.name}"
    else:
        inside = len(group.member_entities), len(group.member_groups)
        people = f"{inside[0]} entities and {inside[1]} groups that are in it"
    return Principal(
        f"identity/group/name/{group.name}",
        (),
        group.namespace,
        alias=UNKNOWN_ALIAS,
        groups=(group.id,),
        people=people,
        remarks=("a member's login, entity and other groups add their policies",),
    )


def token(fields: Fields, namespace: str, identities: Identities) -> Principal:
    """``auth/token/lookup-accessor``: an outstanding token, whose policies are all listed."""
    id_ = fields.text("entity_id")
    found = identities.entity(id_) if id_ else None
    policies = fields.texts("policies")
    alias = None
    refused = ""
    if id_ and found is None:
        if namespace in identities.collected:
            refused = "its entity does not exist any more"
        else:  # what its entity and groups gave when it was looked up is the best that is known
            policies = tuple(dict.fromkeys((*policies, *fields.texts("identity_policies"))))
            alias = UNKNOWN_ALIAS
    return Principal(
        f"auth/token/accessor/{_required(fields, 'accessor')}",
        policies,
        namespace,
        found,
        alias,
        no_default=True,
        conditions=tuple(_token_conditions(fields)),
        people=_holder(fields),
        expires=_time(fields, "expire_time"),
        refused=refused,
    )


def _token_conditions(fields: Fields) -> Iterator[str]:
    addresses = fields.texts("bound_cidrs")
    if addresses:
        yield f"from {one_of(addresses)}"
    uses = fields.number("num_uses")
    if uses > 0:
        yield f"for {uses} more requests"


def _holder(fields: Fields) -> str:
    shown = fields.text("display_name")
    whose = f"{fields.text('type', 'service')} token{f' of {shown}' if shown else ''}"
    made = fields.text("path")
    return f"whoever holds the {whose}{f', made by {made}' if made else ''}"


def token_role(name: str, fields: Fields, namespace: str, policies: tuple[str, ...]) -> Principal:
    """``auth/token/roles/NAME``; ``policies`` are those that its globs may name.

    Who creates a token by the role chooses among the allowed policies. The principal holds all of
    them, and what it could do only without some is conditional. A token keeps its creator's entity,
    an orphan has none.
    """
    allowed = fields.texts("allowed_policies")
    globs = fields.texts("allowed_policies_glob")
    refused = {one.lower() for one in fields.texts("disallowed_policies")}
    refused_globs = fields.texts("disallowed_policies_glob")
    chosen = (*allowed, *(one for one in policies if _matched(one, globs)))
    held = tuple(
        one
        for one in dict.fromkeys(map(str.lower, chosen))
        if one not in refused and not _matched(one, refused_globs)
    )
    addresses = fields.texts("token_bound_cidrs", "bound_cidrs")
    return Principal(
        f"auth/token/roles/{name}",
        held,
        namespace,
        alias=None if fields.flag("orphan") else UNKNOWN_ALIAS,
        no_default=fields.flag("token_no_default_policy") or "default" in refused,
        conditions=(f"from {one_of(addresses)}",) if addresses else (),
        people=f"whoever may create tokens by auth/token/create/{name}",
        remarks=_role_remarks(bool(chosen)),
        chooses=True,
    )


def _role_remarks(chooses: bool) -> tuple[str, ...]:
    if chooses:
        return ("the token's creator may leave some of the role's policies out",)
    return ("the role allows no policy by name: its tokens get those of their creator",)


def _matched(name: str, globs: tuple[str, ...]) -> bool:
    """By the servers' globs, in which a star is any text (github.com/ryanuber/go-glob)."""
    return any(_glob(name, glob.lower()) for glob in globs)


def _glob(name: str, glob: str) -> bool:
    first, *rest = glob.split("*")
    if not rest:
        return name == glob
    if not name.startswith(first):
        return False
    at = len(first)
    *inner, last = rest
    for part in inner:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(last) and len(name) - len(last) >= at


def _required(fields: Fields, key: str) -> str:
    value = fields.text(key)
    if not value:
        raise fields.error(key, "must be there")
    return value


def _time(fields: Fields, key: str) -> datetime | None:
    text = fields.text(key)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise fields.error(key, "must be a time as RFC 3339 writes it") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
