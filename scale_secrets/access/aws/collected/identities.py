"""Users and roles of an account, from ``aws iam get-account-authorization-details``.

Sources: the IAM API reference for the shape; its pages may stand in one list. A managed policy
that is used as a boundary alone can be left out of that answer ("PermissionsBoundary" holds only
its ARN then): it is looked up in the account's further policies, and is MISSING otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scale_secrets.access.aws.arns import last_name
from scale_secrets.access.aws.collected.node import Node
from scale_secrets.access.aws.document import Kind
from scale_secrets.access.aws.model import MISSING, Document, Missing, Role, User


@dataclass(slots=True)
class _Policies:
    """What an entity has: documents, and the ARNs of those that were not collected."""

    documents: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def add(self, other: _Policies) -> None:
        self.documents += other.documents
        self.missing += other.missing

    def found(self) -> tuple[Document, ...] | Missing:
        return MISSING if self.missing else tuple(self.documents)


class Identities:
    """One account's dump. ``further``: documents of managed policies by ARN, beside the dump's."""

    def __init__(self, root: Node, account: str, further: Mapping[str, Document]) -> None:
        self._account = account
        self._pages = list(root.elements()) if isinstance(root.value, list) else [root]
        self._refuse_fragments(root)
        self._managed = dict(further)
        self._managed.update(_managed(node) for node in self._all("Policies") if _known(node))
        self._groups = {
            node.needed("GroupName"): self._policies(node, "GroupPolicyList", "group")
            for node in self._all("GroupDetailList")
        }

    def users(self) -> Iterator[User]:
        for node in self._all("UserDetailList"):
            policies = self._policies(node, "UserPolicyList", "user")
            groups = tuple(group.as_text() for group in node.items("GroupList"))
            for group in groups:
                policies.add(self._group(group))
            yield User(
                arn=node.arn("Arn", "iam", self._account),
                policies=policies.found(),
                groups=groups,
                boundary=self._boundary(node),
                tags=node.pairs("Tags"),
                id=node.text("UserId"),
                missing=tuple(policies.missing),
            )

    def roles(self) -> Iterator[Role]:
        for node in self._all("RoleDetailList"):
            policies = self._policies(node, "RolePolicyList", "role")
            arn = node.arn("Arn", "iam", self._account)
            trust = node.at("AssumeRolePolicyDocument")
            name = f"trust policy of {arn.rpartition('/')[2]}"
            yield Role(
                arn=arn,
                policies=policies.found(),
                trust=MISSING if trust is None else trust.document(name, Kind.TRUST),
                boundary=self._boundary(node),
                tags=node.pairs("Tags"),
                path=node.text("Path") or "/",
                id=node.text("RoleId"),
                missing=tuple(policies.missing),
            )

    def _refuse_fragments(self, root: Node) -> None:
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        for name in lists:
            if all(page.at(name) is None for page in self._pages):
                root.fail(f"has no {name}", hint="collect without --filter and without --query")
        last = self._pages[-1].at("IsTruncated")
        if last is not None and last.value is True:
            last.fail("is true on the last page", hint="collect the pages that follow")

    def _all(self, name: str) -> Iterator[Node]:
        for page in self._pages:
            yield from page.items(name)

    def _policies(self, node: Node, inline: str, kind: str) -> _Policies:
        """The entity's own; a group's attached ones are said to come from it."""
        policies = _Policies()
        owner = f"{kind} {last_name(node.needed('Arn'))}"
        for item in node.items(inline):
            document = item.at("PolicyDocument")
            if document is None:
                item.fail("has no PolicyDocument")
            name = f"{item.needed('PolicyName')} of {owner}"
            policies.documents.append(document.document(name, Kind.IDENTITY))
        for item in node.items("AttachedManagedPolicies"):
            arn = item.needed("PolicyArn")
            attached = self._managed.get(arn)
            if attached is None:
                policies.missing.append(arn)
            else:
                from_group = kind == "group"
                policies.documents.append(_said_of(attached, owner) if from_group else attached)
        return policies

    def _group(self, name: str) -> _Policies:
        return self._groups.get(name) or _Policies(missing=[f"the policies of group {name}"])

    def _boundary(self, node: Node) -> Document | Missing | None:
        boundary = node.at("PermissionsBoundary")
        if boundary is None:
            return None
        return self._managed.get(boundary.needed("PermissionsBoundaryArn"), MISSING)


def _said_of(document: Document, owner: str) -> Document:
    """The same statements, said to come from a group: one document for all of its members."""
    return Document(f"{document.name} of {owner}", document.statements, document.variables)


def _known(node: Node) -> bool:
    return _default_version(node) is not None


def _default_version(node: Node) -> Node | None:
    """The version in force; None when its document was not collected."""
    for version in node.items("PolicyVersionList"):
        default = version.at("IsDefaultVersion")
        if default is not None and default.value is True:
            return version.at("Document")
    return None


def _managed(node: Node) -> tuple[str, Document]:
    arn = node.needed("Arn")
    document = _default_version(node)
    if document is None:
        node.fail("has no version in force")
    return arn, document.document(node.text("PolicyName") or arn, Kind.IDENTITY)
