"""The elements of a statement, from decoded JSON to data. ``document`` reads what is around them.

Source: IAM user guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn

from scale_secrets.access.aws.conditions.parsing import parse_conditions
from scale_secrets.access.aws.jsontext import Number, Repeating, shown
from scale_secrets.access.aws.model import Statement
from scale_secrets.access.aws.origin import Origin, Step

_PRINCIPALS = ("AWS", "Federated", "Service", "CanonicalUser")
_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_IAM_SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)


class Kind(StrEnum):
    """Where a policy is attached, as far as its grammar depends on it."""

    ANY = "any"  # not said: a missing Resource is the one that the policy is attached to
    IDENTITY = "identity"  # also boundaries, session policies, service control policies
    RESOURCE = "resource"
    TRUST = "trust"


class StatementReader:
    """One statement: ``number`` counts from 0, ``path`` leads to it in its text."""

    def __init__(self, origin: Origin, kind: Kind, number: int, path: tuple[Step, ...]) -> None:
        self._origin = origin
        self._kind = kind
        self._number = number
        self._path = path
        self._label = f"statement {number + 1}"

    def read(self, block: Any, *, variables: bool) -> Statement:
        if not isinstance(block, Mapping):
            self._fail("a statement is not an object")
        sid = self._sid(block)
        self._check_names(block)
        if block.get("Effect") not in ("Allow", "Deny"):
            self._fail_effect(block)
        return Statement(
            allow=block["Effect"] == "Allow",
            number=self._number,
            sid=sid,
            actions=self._actions(block, "Action"),
            not_actions=self._actions(block, "NotAction"),
            resources=self._strings(block, "Resource"),
            not_resources=self._strings(block, "NotResource"),
            principals=self._principals(block, "Principal"),
            not_principals=self._principals(block, "NotPrincipal"),
            conditions=parse_conditions(block["Condition"], self._fail_condition)
            if "Condition" in block
            else (),
            place=self._origin.place(self._number, self._path),
            variables=variables,
        )

    def _sid(self, block: Mapping[str, Any]) -> str:
        sid = block.get("Sid", "")
        if not _is_text(sid):
            self._fail("Sid is not a string", "Sid")
        if sid:
            self._label = f"{self._label} ({shown(sid)[1:-1]})"
        if self._kind in (Kind.IDENTITY, Kind.TRUST) and not _IAM_SID.fullmatch(sid):
            self._fail("Sid holds more than letters and digits", "Sid")
        return str(sid)

    def _check_names(self, block: Mapping[str, Any]) -> None:
        if isinstance(block, Repeating):
            self._fail(f"{shown(block.key)} stands twice", block.key)
        for name in block:
            if name not in _ELEMENTS:
                meant = next((one for one in _ELEMENTS if one.lower() == name.lower()), "")
                hint = f"write {meant}" if meant else f"there are {', '.join(_ELEMENTS)}"
                self._fail(f"{shown(name)} is no element of a statement", name, hint=hint)
        for name in ("Action", "Resource", "Principal"):
            if name in block and f"Not{name}" in block:
                self._fail(f"both {name} and Not{name} are there", f"Not{name}")
        self._check_presence(block)

    def _check_presence(self, block: Mapping[str, Any]) -> None:
        there = {name.removeprefix("Not") for name in block}
        if "Action" not in there:
            self._fail("there is neither Action nor NotAction")
        if self._kind is Kind.IDENTITY and "Resource" not in there:
            self._fail("there is neither Resource nor NotResource")
        if self._kind is Kind.IDENTITY and "Principal" in there:
            self._fail("the principal of this policy is whom it is attached to", "Principal")
        if self._kind is Kind.TRUST and "Resource" in there:
            self._fail("the resource of this policy is the role it is attached to", "Resource")
        if self._kind in (Kind.RESOURCE, Kind.TRUST) and "Principal" not in there:
            self._fail("there is neither Principal nor NotPrincipal")

    def _fail_effect(self, block: Mapping[str, Any]) -> NoReturn:
        if "Effect" not in block:
            self._fail("there is no Effect", hint='write "Effect": "Allow" or "Deny"')
        self._fail(f"Effect is {shown(block['Effect'])}", "Effect", hint="it is Allow or Deny")

    def _fail_condition(self, reason: str, hint: str) -> NoReturn:
        self._fail(reason, "Condition", hint=hint)

    def _fail(self, reason: str, element: str = "", *, hint: str = "") -> NoReturn:
        self._origin.fail(
            f"{self._label}: {reason}",
            number=self._number,
            path=(*self._path, element) if element else self._path,
            hint=hint,
        )

    def _strings(self, block: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
        return self._texts(block[name], name, name) if name in block else None

    def _actions(self, block: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
        actions = self._strings(block, name)
        for action in actions or ():
            if action != "*" and ":" not in action:
                self._fail(
                    f"{shown(action)} names no service",
                    name,
                    hint='write it as "secretsmanager:GetSecretValue"',
                )
        return actions

    def _texts(self, value: Any, name: str, element: str) -> tuple[str, ...]:
        """One string or a list of them."""
        found = value if isinstance(value, list | tuple) else (value,)
        if not all(map(_is_text, found)):
            self._fail(f"{name} is neither a string nor a list of strings", element)
        return tuple(found)

    def _principals(
        self, block: Mapping[str, Any], name: str
    ) -> Mapping[str, tuple[str, ...]] | None:
        if name not in block:
            return None
        value = block[name]
        if value == "*":
            return {"*": ("*",)}
        if not isinstance(value, Mapping):
            self._fail(f'{name} is neither "*" nor an object', name)
        if isinstance(value, Repeating):
            self._fail(f"{name} names {shown(value.key)} twice", name)
        for kind in value:
            if kind not in _PRINCIPALS:
                self._fail(
                    f"{shown(kind)} is no kind of principal",
                    name,
                    hint=f"there are {', '.join(_PRINCIPALS)}",
                )
        return {kind: self._texts(of, f"{name}, {kind},", name) for kind, of in value.items()}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)
