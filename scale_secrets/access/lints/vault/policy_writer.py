"""ACC103: who may read a secret may also write policies, or holds sudo: more than a reader needs.

Writing a policy takes ``update``; ``create`` and ``patch`` alone are refused there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scale_secrets.access.lints.vault.rules import (
    denies,
    place,
    plain_rules,
    policies,
    shown,
    touches,
)
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Capability
from scale_secrets.model import Finding, Severity

_POLICIES = ("sys/policies/acl/", "sys/policy/")
# What is no secrets engine's, where the mounts are not known.
_SYSTEM = ("sys/", "auth/", "identity/", "cubbyhole/")


def findings(installation: Installation) -> Iterator[Finding]:
    for policy in policies(installation):
        rules = plain_rules(policy)
        reads = next((one for one in rules if _reads_secrets(one, installation)), None)
        more = _more(rules)
        if reads and more:
            one, what = more
            yield Finding(
                "ACC103",
                place(one),
                f"{shown(one)} grants {what} beside the reading of {reads.rule.path}",
                "give it to a role that reads no secret",
                Severity.WARNING,
            )


def _more(rules: Sequence[Placed]) -> tuple[Placed, str] | None:
    for one in rules:
        if denies(one):
            continue
        if Capability.SUDO in one.rule.capabilities:
            return one, "sudo"
        if Capability.UPDATE in one.rule.capabilities and any(
            touches(one.pattern, one.policy.namespace + folder) for folder in _POLICIES
        ):
            return one, "the writing of policies"
    return None


def _reads_secrets(one: Placed, installation: Installation) -> bool:
    if Capability.READ not in one.rule.capabilities or denies(one):
        return False
    namespace = one.policy.namespace
    if namespace not in installation.mapped:
        return not one.pattern.text.startswith(tuple(namespace + each for each in _SYSTEM))
    return any(
        touches(one.pattern, f"{mount.namespace}{mount.path}{'data/' * (mount.version == 2)}")
        for mount in installation.mounts
        if mount.version
    )
