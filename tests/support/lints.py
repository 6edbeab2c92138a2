"""Lints over policies as their files have them: what is found, by id and place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.lints import LINTS, aws_findings, vault_findings
from scale_secrets.access.vault.installation import parse_installation
from scale_secrets.model import Finding, Severity

ACCOUNT = "111122223333"
SECRET = f"arn:aws:secretsmanager:eu-central-1:{ACCOUNT}:secret:"
MOUNTS = {"secret/": {"type": "kv", "options": {"version": "2"}}, "kv1/": {"type": "kv"}}


def of_vault(
    policies: Mapping[str, str] | str, mounts: Mapping[str, Any] | None = MOUNTS, **tables: Any
) -> list[Finding]:
    """``policies``: texts by name; one text is that of policy ``a``. ``tables``: entities, …"""
    texts = {"a": policies} if isinstance(policies, str) else policies
    files = {f"policies/{name}.hcl": text for name, text in texts.items()}
    if mounts is not None:
        tables["mounts"] = mounts
    files |= {f"{name}.json": json.dumps(table) for name, table in tables.items()}
    return sound(vault_findings(parse_installation(files)))


def of_statements(*statements: Mapping[str, Any], secrets: Iterable[str] = ()) -> list[Finding]:
    """One role's policy; each statement may leave out Effect, Action and Resource."""
    filled = [
        {"Effect": "Allow", "Action": "s3:GetObject"}
        | ({} if "NotResource" in one else {"Resource": "*"})
        | dict(one)
        for one in statements
    ]
    return of_aws(roles=[role(policy=document(*filled))], secrets=secrets)


def of_aws(
    roles: Iterable[Mapping[str, Any]] = (),
    secrets: Iterable[str] = (),
    policies: Iterable[Mapping[str, Any]] = (),
) -> list[Finding]:
    """``secrets``: what stands after ``secret:`` in their ARNs."""
    dump = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": list(roles),
        "Policies": list(policies),
    }
    files = {f"{ACCOUNT}/authorization.json": json.dumps(dump, indent=1)}
    listed = [{"ARN": f"{SECRET}{name}", "Name": name.rpartition("-")[0]} for name in secrets]
    if listed:
        files[f"{ACCOUNT}/secrets.json"] = json.dumps({"SecretList": listed})
    return sound(aws_findings(parse_estate(files)))


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [dict(one) for one in statements]}


def role(
    policy: Mapping[str, Any] | None = None,
    trust: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    nobody = document(
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "ec2.amazonaws.com"},
        }
    )
    inline = [] if policy is None else [{"PolicyName": "inline", "PolicyDocument": policy}]
    return {
        "RoleName": "app",
        "RoleId": "AROAEXAMPLE",
        "Path": "/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/app",
        "AssumeRolePolicyDocument": trust or nobody,
        "RolePolicyList": inline,
        "AttachedManagedPolicies": [],
        **more,
    }


def sound(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each of which is complete, a warning, and of a lint that is listed."""
    found = list(findings)
    for one in found:
        assert one.id in LINTS
        assert one.severity is Severity.WARNING
        assert one.place
        assert one.mend
        assert one.message[0].islower() or one.message.startswith(("arn:", SECRET))
        assert not one.message.endswith(".")
    return found


def ids(found: Iterable[Finding]) -> list[str]:
    return [one.id for one in found]


def only(found: Iterable[Finding], id_: str) -> Iterator[Finding]:
    return (one for one in found if one.id == id_)
