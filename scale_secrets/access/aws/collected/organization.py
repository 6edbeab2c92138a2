"""Which service and resource control policies stand over an account: ``organization.json``.

Its form is put together from what ``aws organizations`` prints::

    {
      "Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "111122223333"},
      "Roots": [{"Id": "r-ab12", "PolicyTypes": [
          {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
      "Accounts": {"444455556666": {"Path": ["r-ab12", "ou-ab12-11111111"]}},
      "Policies": [{"Id": "p-1", "Name": "only-eu", "Type": "SERVICE_CONTROL_POLICY",
                    "Content": "{…}", "Targets": ["r-ab12", "444455556666"]}]
    }

``Organization``, ``Roots``: as ``describe-organization`` and ``list-roots`` print them.
``Path``: the ids of an account's parents, its root first (``list-parents``). ``Policies``: the
``PolicySummary`` of ``describe-policy`` with its ``Content`` and with the ids of
``list-targets-for-policy``. ``"Organization": null`` says that there is none.

Source of the rules: the Organizations user guide ("SCP evaluation", "RCP evaluation"). At least one
service control policy is attached at every level, so a level without any was not collected;
``RCPFullAWSAccess`` is attached everywhere and cannot be taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from scale_secrets.access.aws.collected.node import Node
from scale_secrets.access.aws.document import Kind, parse
from scale_secrets.access.aws.model import MISSING, Document, Missing

Levels = tuple[tuple[Document, ...], ...]

SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL = "RESOURCE_CONTROL_POLICY"

# AWS's own policies, of which the ids and the contents are the same everywhere.
_FULL_ACCESS = frozenset(("p-FullAWSAccess", "p-RCPFullAWSAccess"))


@dataclass(frozen=True, slots=True)
class Membership:
    """What ``Account`` holds of the organization."""

    org_id: str | None = None
    org_path: str | None = None
    management: bool = False
    scps: Levels | Missing = MISSING
    rcps: Levels | Missing = MISSING


_IN_NONE = Membership(org_id="", scps=(), rcps=())


@dataclass(frozen=True, slots=True)
class Organization:
    """``memberships`` by account; ``otherwise`` that of an account that is not listed."""

    memberships: Mapping[str, Membership] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: Membership = field(default_factory=Membership)

    def of(self, account: str) -> Membership:
        return self.memberships.get(account, self.otherwise)


def read_organization(root: Node) -> Organization:
    described = root.at("Organization")
    if described is None:
        if isinstance(root.value, dict) and "Organization" in root.value:
            return Organization(otherwise=_IN_NONE)
        root.fail("has no Organization", hint="null, when the account is in none")
    org_id = described.needed("Id")
    management = described.needed("MasterAccountId")
    attached = {kind: _attached(root, kind) for kind in (SERVICE_CONTROL, RESOURCE_CONTROL)}
    memberships = {management: Membership(org_id, management=True, scps=(), rcps=())}
    accounts = root.at("Accounts")
    for account, node in accounts.members() if accounts is not None else ():
        path = [step.as_text() for step in node.items("Path")]
        if not path:
            node.fail("has no Path")
        org_path = "/".join((org_id, *path, ""))
        if account == management:
            memberships[account] = replace(memberships[account], org_path=org_path)
            continue
        levels = [*path, account]
        memberships[account] = Membership(
            org_id,
            org_path,
            scps=_levels(attached[SERVICE_CONTROL], levels, needed=True),
            rcps=_levels(attached[RESOURCE_CONTROL], levels, needed=False),
        )
    return Organization(memberships)


Attached = Mapping[str, list[Document | Missing]]


def _attached(root: Node, kind: str) -> Attached | Missing | None:
    """The policies of a kind by what they are attached to; None when the kind is not enabled."""
    enabled = _enabled(root)
    if enabled is not None and kind not in enabled:
        return None
    found: dict[str, list[Document | Missing]] = {}
    for node in root.items("Policies"):
        if node.needed("Type") == kind:
            document = _content(node)
            for target in node.items("Targets"):
                found.setdefault(target.as_text(), []).append(document)
    # One of a kind's own policies of AWS is always attached somewhere.
    return found or MISSING


def _enabled(root: Node) -> set[str] | None:
    roots = root.at("Roots")
    if roots is None:
        return None
    return {
        kind.needed("Type")
        for one in roots.elements()
        for kind in one.items("PolicyTypes")
        if kind.text("Status") == "ENABLED"
    }


def _content(node: Node) -> Document | Missing:
    content = node.at("Content")
    policy_id = node.text("Id")
    name = node.text("Name") or policy_id
    if content is not None:
        return content.document(name, Kind.ANY)
    if policy_id in _FULL_ACCESS:
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        return parse({"Version": "2012-10-17", "Statement": [statement]}, name=name)
    return MISSING


def _levels(
    attached: Attached | Missing | None, path: list[str], *, needed: bool
) -> Levels | Missing:
    """``needed``: at least one policy stands at every level."""
    if attached is None:
        return ()
    if isinstance(attached, Missing):
        return MISSING
    levels = []
    for step in path:
        documents = attached.get(step, [])
        known = tuple(one for one in documents if not isinstance(one, Missing))
        if len(known) < len(documents) or (needed and not known):
            return MISSING
        levels.append(known)
    return tuple(levels)
