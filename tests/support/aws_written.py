"""Requests to AWS and the policies that decide them, written as tests and vectors write them.

Of the policies, a list of statements is a document of Version 2012-10-17, ``FULL`` the managed
``FullAWSAccess`` and ``MISSING`` a layer that was not collected. A context is open unless
``closed``: a key that is not there is unknown, an empty list says that it is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scale_secrets.access.aws.conditions.keys import canonical
from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import (
    MISSING,
    Caller,
    CallerKind,
    Context,
    Document,
    Grant,
    Missing,
    Policies,
    Request,
)

FULL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def document(name: str, written: Any) -> Document:
    statements = FULL if written == "FULL" else written
    return parse({"Version": "2012-10-17", "Statement": statements}, name=name)


def documents(name: str, written: list[Any]) -> tuple[Document, ...]:
    return tuple(document(f"{name} {number}", each) for number, each in enumerate(written, 1))


def levels(name: str, written: Any) -> tuple[tuple[Document, ...], ...] | Missing:
    if written == "MISSING":
        return MISSING
    return tuple(documents(f"{name} {number}", level) for number, level in enumerate(written, 1))


def one(name: str, written: Any) -> Document | Missing | None:
    if written is None:
        return None
    return MISSING if written == "MISSING" else document(name, written)


def grant(written: Mapping[str, Any]) -> Grant:
    return Grant(**{**written, "operations": frozenset(written["operations"])})


def policies(written: Mapping[str, Any]) -> Policies:
    identity, grants = written.get("identity", []), written.get("grants", [])
    return Policies(
        identity=MISSING if identity == "MISSING" else documents("identity", identity),
        boundary=one("boundary", written.get("boundary")),
        session=documents("session", written["session"]) if "session" in written else None,
        resource=one("resource", written.get("resource")),
        scps=levels("scp", written.get("scps", [])),
        rcps=levels("rcp", written.get("rcps", [])),
        grants=MISSING if grants == "MISSING" else tuple(map(grant, grants)),
        delegates=written.get("delegates", False),
    )


def request(case: Mapping[str, Any]) -> Request:
    caller = dict(case["caller"])
    kind = CallerKind(caller.pop("kind"))
    arn = caller["arn"]
    is_iam = kind in ("user", "role", "root", "federated-user")
    context = {canonical(key): tuple(values) for key, values in case.get("context", {}).items()}
    return Request(
        Caller(kind, account=arn.split(":")[4] if is_iam else "", **caller),
        case["action"],
        case["resource"],
        case.get("account", "111122223333"),
        Context(context, case.get("closed", False), frozenset(case.get("multivalued", ()))),
    )
