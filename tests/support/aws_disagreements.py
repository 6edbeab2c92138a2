"""Where AWS's documentation contradicts the simulator: recognised narrowly, one class each.

A class does not excuse a case because it looks alike: it takes the point in dispute out of the
case, says what the documentation says there instead, and the simulator must then agree. The reasons
stand in ``tests/contracts/access/disagreements.toml`` under the same names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import Any

from scale_secrets.access.aws.model import CallerKind
from tests.support.aws_case_pools import CONDITION_KEYS
from tests.support.aws_cases import Case, Json, key_id, mapped, values_of

# The case to ask the simulator instead; a bool where the documentation alone decides; None: no
# case of this class.
Neutral = Callable[[Case], Case | bool | None]

_NO_ARN = "arn:aws:none:::none"
_ADDRESSES = {key_id(key.name) for key in CONDITION_KEYS if key.kind == "ip"}
_ESCAPES = {"${*}": "-star-", "${?}": "-question-", "${$}": "-dollar-"}
_VARIABLE = re.compile(r"\$\{([^}$*?,]+)(,[^}]*)?\}")


def _restricted_caller(case: Case) -> bool | None:
    action = case.action.lower()
    if case.caller.kind is CallerKind.ROOT:
        return False if action == "sts:assumerole" else None
    federated = case.caller.kind is CallerKind.FEDERATED_USER
    return False if federated and action.startswith(("iam:", "sts:")) else None


def _variables_of_old_versions(case: Case) -> Case | None:
    """``${…}`` is text before 2012-10-17: write it so that the simulator takes it for text."""

    def literal(policy: Json) -> Json:
        if policy.get("Version") == "2012-10-17":
            return policy
        return {
            **policy,
            "Statement": mapped(policy["Statement"], lambda text: text.replace("${", "${$}{")),
        }

    return _changed(case, case.with_policies(literal))


def _dates_of_two_forms(case: Case) -> Case | None:
    """Seconds since 1970 and ISO 8601 are one scale: write the policy's as the request's."""
    forms = {
        key_id(key): values[0].isdigit() for key, values in case.context.items() if len(values) == 1
    }

    def converted(policy: Json) -> Json:
        def convert(operator: str, key: str, value: str) -> str:
            seconds = forms.get(key_id(key))
            return value if seconds is None or "Date" not in operator else _date(value, seconds)

        return _with_values(policy, convert)

    return _changed(case, case.with_policies(converted))


def _date(text: str, seconds: bool) -> str:
    moment = (
        datetime.fromtimestamp(int(text), UTC)
        if text.isdigit()
        else datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)
    )
    return str(int(moment.timestamp())) if seconds else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _absent_variables(case: Case) -> Case | None:
    """What holds a variable without a value equals nothing, which satisfies a negation."""
    absent = {key_id(key) for key, values in case.context.items() if not values}
    known = {key_id(key) for key in case.context}

    def is_empty(value: str) -> bool:
        return any(
            not default and (key_id(name.strip()) in absent or key_id(name.strip()) not in known)
            for name, default in _VARIABLE.findall(value)
        )

    def fill(operator: str, _key: str, value: str) -> str:
        if "Not" not in operator or not is_empty(value):
            return value
        return _NO_ARN if "Arn" in operator else "equal to nothing"

    def filled(policy: Json) -> Json:
        policy = _with_values(policy, fill)
        statements = [
            {**one, "NotResource": [_NO_ARN if is_empty(each) else each for each in listed]}
            if any(map(is_empty, listed := values_of(one.get("NotResource", []))))
            else one
            for one in policy["Statement"]
        ]
        return {**policy, "Statement": statements}

    return _changed(case, case.with_policies(filled))


def _addresses_of_two_versions(case: Case) -> Case | None:
    """No address of IPv6 is one of IPv4, nor the other way: put another one of its own version."""
    versions = {
        key_id(key): ip_address(values[0]).version
        for key, values in case.context.items()
        if key_id(key) in _ADDRESSES and values
    }

    def other(operator: str, key: str, value: str) -> str:
        version = versions.get(key_id(key))
        if version is None or "NotIpAddress" not in operator or "/" in value:
            return value
        same = ip_address(value).version == version
        return value if same else "192.0.2.1" if version == 4 else "2001:db8:ffff::1"

    return _changed(case, case.with_policies(lambda policy: _with_values(policy, other)))


def _grant_to_a_session(case: Case) -> Case | None:
    """A session policy does not limit what a resource's policy grants to the session itself.

    Left to ask: do its explicit denials, and those of the identity policies, spare the grant alone?
    """
    if case.session is None or case.policy is None or case.caller.account != case.account:
        return None
    if not any(_names_session(statement, case) for statement in case.policy["Statement"]):
        return None
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    session = {**case.session, "Statement": [*case.session["Statement"], everything]}
    denials = tuple(
        {**one, "Statement": kept}
        for one in case.identity
        if (kept := [each for each in one["Statement"] if each["Effect"] == "Deny"])
    )
    return replace(case, session=session, identity=denials)


def _names_session(statement: Json, case: Case) -> bool:
    """By its ARN, or as everyone with a condition on who it is."""
    principal = statement.get("Principal")
    names = values_of(principal.get("AWS", [])) if isinstance(principal, dict) else [principal]
    pinned = any(
        key_id(key) == "aws:principalarn"
        for block in statement.get("Condition", {}).values()
        for key in block
    )
    named = case.caller.session in names if case.caller.session else False
    return statement["Effect"] == "Allow" and (named or (pinned and "*" in names))


def _escaped_characters(case: Case) -> Case | None:
    """An escape stands for its character alone: write both with letters instead."""
    touched = {
        key_id(key)
        for _, policy in case.documents()
        for statement in policy["Statement"]
        for block in statement.get("Condition", {}).values()
        for key, values in block.items()
        if any(escape in value for value in values_of(values) for escape in _ESCAPES)
    }

    def spelled(operator: str, key: str, value: str) -> str:
        if key_id(key) not in touched:
            return value
        for escape, word in _ESCAPES.items():
            value = value.replace(escape, word)
        return value if "Like" in operator or "${" in value else _in_words(value)

    context = {
        key: tuple(map(_in_words, values)) if key_id(key) in touched else values
        for key, values in case.context.items()
    }
    changed = case.with_policies(lambda policy: _with_values(policy, spelled))
    return _changed(case, replace(changed, context=context))


def _in_words(text: str) -> str:
    for escape, word in _ESCAPES.items():
        text = text.replace(escape[2], word)
    return text


def _variable_beside_the_type(case: Case) -> Case | None:
    """A variable may stand anywhere after the fifth colon: write its value where the type is."""
    single = {key_id(key): values[0] for key, values in case.context.items() if len(values) == 1}

    def inserted(text: str) -> str:
        before, variable, _ = text.partition("${")
        if not variable or {"/", ":"} & set(before.split(":", 5)[-1]):
            return text
        return _VARIABLE.sub(lambda found: single.get(key_id(found[1]), found[0]), text)

    def changed(policy: Json) -> Json:
        statements = [
            {
                name: mapped(value, inserted) if name in ("Resource", "NotResource") else value
                for name, value in statement.items()
            }
            for statement in policy["Statement"]
        ]
        return {**policy, "Statement": statements}

    return _changed(case, case.with_policies(changed))


def _provider_in_an_account(case: Case) -> Case | None:
    """Who comes with a provider's token is not yet a principal of the provider's account."""
    if case.policy is None or case.caller.kind not in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        return None
    own = {case.caller.account, f"arn:aws:iam::{case.caller.account}:root"}
    other = mapped(case.policy, lambda text: "999988887777" if text in own else text)
    return _changed(case, replace(case, policy=other))


RECOGNISED: dict[str, Neutral] = {
    "restricted-caller": _restricted_caller,
    "variables-of-old-versions": _variables_of_old_versions,
    "dates-of-two-forms": _dates_of_two_forms,
    "absent-variable": _absent_variables,
    "addresses-of-two-versions": _addresses_of_two_versions,
    "grant-to-a-session": _grant_to_a_session,
    "escaped-characters": _escaped_characters,
    "variable-beside-the-type": _variable_beside_the_type,
    "provider-in-an-account": _provider_in_an_account,
}


def explanation(case: Case, ours: bool, theirs: Callable[[Case], bool]) -> str:
    """The class whose documentation makes the difference, or nothing.

    Several points may be in dispute in one case, so what one class leaves is put to the others.
    """
    return next(_explanations(case, ours, theirs, tuple(RECOGNISED)), "")


def _explanations(
    case: Case, ours: bool, theirs: Callable[[Case], bool], names: tuple[str, ...]
) -> Iterator[str]:
    for number, name in enumerate(names):
        neutral = RECOGNISED[name](case)
        if neutral is None:
            continue
        if isinstance(neutral, bool):
            if neutral is ours:
                yield name
        elif theirs(neutral) is ours:
            yield name
        else:
            rest = _explanations(neutral, ours, theirs, names[number + 1 :])
            yield from (f"{name} and {other}" for other in rest)


def _changed(before: Case, after: Case) -> Case | None:
    return after if list(after.documents()) != list(before.documents()) else None


def _with_values(policy: Json, change: Callable[[str, str, str], str]) -> Json:
    """The policy with each value of each condition changed."""

    def of_statement(statement: Json) -> Json:
        blocks: dict[str, Any] = {
            operator: {
                key: mapped(values, partial(change, operator, key)) for key, values in block.items()
            }
            for operator, block in statement.get("Condition", {}).items()
        }
        return {**statement, "Condition": blocks} if blocks else statement

    return {**policy, "Statement": [of_statement(one) for one in policy["Statement"]]}
