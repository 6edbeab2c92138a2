"""The organization over an estate's accounts: which control policies stand at which level."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.model import MISSING, Account, Document, Missing
from scale_secrets.errors import PolicyError

ACCOUNT, MANAGEMENT = "111122223333", "999988887777"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)


def _attached(name: str, kind: str, *targets: str, content: Any = _POLICY) -> dict[str, Any]:
    made = {"Id": f"p-{name}", "Name": name, "Type": kind, "Targets": list(targets)}
    return made if content is None else made | {"Content": content}


def _organization(*policies: Any, enabled: tuple[str, ...] | None = (SCP, RCP)) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Organization": {"Id": "o-1", "MasterAccountId": MANAGEMENT},
        "Accounts": {ACCOUNT: {"Path": ["r-1", "ou-1"]}, MANAGEMENT: {"Path": ["r-1"]}},
        "Policies": list(policies),
    }
    if enabled is not None:
        kinds = [{"Type": kind, "Status": "ENABLED"} for kind in enabled]
        made["Roots"] = [{"Id": "r-1", "PolicyTypes": kinds}]
    return made


def _account(organization: Any, number: str = ACCOUNT) -> Account:
    return parse_estate({"organization.json": json.dumps(organization)}).accounts[number]


def _named(levels: tuple[tuple[Document, ...], ...] | Missing) -> list[list[str]]:
    assert not isinstance(levels, Missing)
    return [[document.name for document in level] for level in levels]


EVERYWHERE = ("r-1", "ou-1", ACCOUNT)


def test_levels_go_from_the_root_to_the_account() -> None:
    account = _account(
        _organization(
            _attached("top", SCP, "r-1"),
            _attached("unit", SCP, "ou-1", "ou-2"),
            _attached("own", SCP, ACCOUNT),
            _attached("all", SCP, *EVERYWHERE),
            _attached("fence", RCP, "ou-1"),
        )
    )
    assert _named(account.scps) == [["top", "all"], ["unit", "all"], ["own", "all"]]
    assert _named(account.rcps) == [[], ["fence"], []]
    assert (account.org_id, account.org_path) == ("o-1", "o-1/r-1/ou-1/")


def test_the_management_account_is_under_none() -> None:
    account = _account(_organization(_attached("all", SCP, "r-1")), MANAGEMENT)
    assert account.management
    assert (account.scps, account.rcps) == ((), ())
    assert account.org_path == "o-1/r-1/"


def test_a_kind_that_is_not_enabled_stands_over_nothing() -> None:
    account = _account(_organization(_attached("all", SCP, *EVERYWHERE), enabled=(SCP,)))
    assert account.rcps == ()
    assert _named(account.scps) == [["all"]] * 3


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [_attached("top", SCP, "r-1")],
        [_attached("all", SCP, *EVERYWHERE), _attached("secret", SCP, "ou-1", content=None)],
    ],
    ids=["no policies", "a level without any", "a policy without its content"],
)
def test_a_level_that_cannot_be_so_was_not_collected(policies: list[Any]) -> None:
    assert _account(_organization(*policies)).scps is MISSING


def test_whether_kinds_are_enabled_may_be_unknown() -> None:
    account = _account(_organization(_attached("all", SCP, *EVERYWHERE), enabled=None))
    assert _named(account.scps) == [["all"]] * 3
    assert account.rcps is MISSING


def test_the_contents_of_awss_own_policies_are_known() -> None:
    full = _attached("FullAWSAccess", SCP, *EVERYWHERE, content=None)
    fence = _attached("RCPFullAWSAccess", RCP, *EVERYWHERE, content=None)
    account = _account(_organization(full, fence))
    assert _named(account.scps) == [["FullAWSAccess"]] * 3
    assert _named(account.rcps) == [["RCPFullAWSAccess"]] * 3


def test_an_account_in_no_organization_is_under_none() -> None:
    files = {"organization.json": '{"Organization": null}', f"{ACCOUNT}/keys.json": "[]"}
    account = parse_estate(files).accounts[ACCOUNT]
    assert (account.scps, account.rcps, account.org_id) == ((), (), "")


def test_an_account_that_the_organization_does_not_list_has_all_of_it_missing() -> None:
    files = {
        "organization.json": json.dumps(_organization(_attached("all", SCP, *EVERYWHERE))),
        "444455556666/keys.json": "[]",
    }
    account = parse_estate(files).accounts["444455556666"]
    assert (account.scps, account.rcps, account.org_id) == (MISSING, MISSING, None)


@pytest.mark.parametrize(
    ("organization", "reason"),
    [
        ({}, "the file has no Organization"),
        ({"Organization": {"MasterAccountId": MANAGEMENT}}, "Organization has no Id"),
        (_organization() | {"Accounts": {ACCOUNT: {}}}, f"Accounts.{ACCOUNT} has no Path"),
        (_organization({"Id": "p-1"}), "Policies[0] has no Type"),
    ],
    ids=["empty", "no id", "no path", "no type"],
)
def test_an_organization_that_cannot_be_read_is_an_error(organization: Any, reason: str) -> None:
    with pytest.raises(PolicyError) as caught:
        _account(organization)
    assert caught.value.reason == reason
    assert caught.value.file == "organization.json"
