"""KMS keys of an account: ``keys.json``, a list with an object for each key.

Put together from what ``aws kms`` prints: the ``KeyMetadata`` of ``describe-key`` (``Arn``,
``KeyManager``, ``KeyState``), ``Policy`` of ``get-key-policy``, ``Grants`` of ``list-grants``,
``Tags`` of ``list-resource-tags``, ``Aliases`` of ``list-aliases`` (objects, or their names). What
is absent was not collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scale_secrets.access.aws.collected.node import Node
from scale_secrets.access.aws.document import Kind
from scale_secrets.access.aws.model import MISSING, Grant, Key, Missing


def read_keys(root: Node, account: str) -> Iterator[Key]:
    for node in root.elements():
        arn = node.arn("Arn", "kms", account)
        if ":key/" not in arn:
            node.fail("has an Arn that is not a key's")
        policy = node.at("Policy")
        aliases = node.at("Aliases")
        yield Key(
            arn=arn,
            policy=MISSING
            if policy is None
            else policy.document(f"policy of key {arn.rpartition('/')[2]}", Kind.RESOURCE),
            grants=_grants(node),
            managed=node.text("KeyManager") == "AWS",
            state=node.text("KeyState"),
            tags=node.pairs("Tags", "TagKey", "TagValue"),
            aliases=None if aliases is None else tuple(_alias(one) for one in aliases.elements()),
        )


def _alias(node: Node) -> str:
    return node.value if isinstance(node.value, str) else node.needed("AliasName")


def _grants(key: Node) -> tuple[Grant, ...] | Missing:
    if key.at("Grants") is None:
        return MISSING
    return tuple(_grant(node) for node in key.items("Grants"))


def _grant(node: Node) -> Grant:
    constraints = node.at("Constraints")
    return Grant(
        id=node.text("GrantId"),
        # A service as the grantee has a field of its own.
        grantee=node.text("GranteePrincipal") or node.needed("GranteeServicePrincipal"),
        operations=frozenset(item.as_text() for item in node.items("Operations")),
        constraints_equal=_context(constraints, "EncryptionContextEquals"),
        constraints_subset=_context(constraints, "EncryptionContextSubset"),
        source_arn="" if constraints is None else constraints.text("SourceArn"),
    )


def _context(constraints: Node | None, name: str) -> Mapping[str, str] | None:
    found = None if constraints is None else constraints.at(name)
    if found is None:
        return None
    return {key: value.as_text() for key, value in found.members()}
