"""The stand-in for AWS keeps the rules of AWS's documentation that moto does not.

Each has its sentence beside its patch in ``tests/support/aws_moto_patches.py``. If one of these
fails after an upgrade of moto, what the other tests of the AWS store show is worth nothing.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.moto_server import MotoServer

TOKEN = "t" * 32


@pytest.fixture
def aws(moto: MotoServer) -> Any:
    return moto.client("secretsmanager")


@pytest.fixture
def name(aws: Any) -> str:
    """A secret with one version, ``one``."""
    name = f"rules/{uuid.uuid4().hex}"
    aws.create_secret(Name=name, SecretString="one")
    return name


def stages(aws: Any, name: str) -> dict[str, set[str]]:
    found = aws.describe_secret(SecretId=name)["VersionIdsToStages"]
    return {version: set(labels) for version, labels in found.items()}


def refused(code: str, call: Any, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value


def staged(aws: Any, name: str, text: str, label: str) -> str:
    answer = aws.put_secret_value(SecretId=name, SecretString=text, VersionStages=[label])
    return str(answer["VersionId"])


def test_plain_and_batch_reads_follow_awscurrent(aws: Any, name: str) -> None:
    first = aws.get_secret_value(SecretId=name)["VersionId"]
    second = staged(aws, name, "two", "mine")
    assert aws.get_secret_value(SecretId=name)["SecretString"] == "one"
    aws.update_secret_version_stage(
        SecretId=name,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=first,
        MoveToVersionId=second,
    )
    assert aws.get_secret_value(SecretId=name)["SecretString"] == "two"
    batch = aws.batch_get_secret_value(SecretIdList=[name])
    assert [value["SecretString"] for value in batch["SecretValues"]] == ["two"]
    assert stages(aws, name) == {first: {"AWSPREVIOUS"}, second: {"AWSCURRENT", "mine"}}


def test_a_plain_write_moves_current_and_previous_and_no_other_label(aws: Any, name: str) -> None:
    first = aws.get_secret_value(SecretId=name)["VersionId"]
    aws.update_secret_version_stage(SecretId=name, VersionStage="mine", MoveToVersionId=first)
    second = aws.put_secret_value(SecretId=name, SecretString="two")["VersionId"]
    assert stages(aws, name) == {first: {"AWSPREVIOUS", "mine"}, second: {"AWSCURRENT"}}


def test_a_held_label_moves_only_from_its_holder(aws: Any, name: str) -> None:
    first = aws.get_secret_value(SecretId=name)["VersionId"]
    second, third = staged(aws, name, "two", "a"), staged(aws, name, "three", "b")
    before = stages(aws, name)
    for wrong in ({}, {"RemoveFromVersionId": third}, {"RemoveFromVersionId": "0" * 32}):
        for label in ("AWSCURRENT", "a"):
            refused(
                "InvalidParameterException",
                aws.update_secret_version_stage,
                SecretId=name,
                VersionStage=label,
                MoveToVersionId=third,
                **wrong,
            )
    refused(
        "InvalidParameterException",
        aws.update_secret_version_stage,
        SecretId=name,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=first,
        MoveToVersionId="0" * 32,
    )
    refused(
        "InvalidParameterException",
        aws.update_secret_version_stage,
        SecretId=name,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=first,
    )
    assert stages(aws, name) == before
    assert second in before


def test_a_token_is_used_for_one_value(aws: Any, name: str) -> None:
    write = {"SecretId": name, "ClientRequestToken": TOKEN, "VersionStages": ["AWSPENDING"]}
    aws.put_secret_value(SecretString="two", **write)
    aws.put_secret_value(SecretString="two", **write)
    refused("ResourceExistsException", aws.put_secret_value, SecretString="three", **write)
    read = aws.get_secret_value(SecretId=name, VersionId=TOKEN)
    assert read["SecretString"] == "two"


def test_sizes_are_limited(aws: Any, name: str) -> None:
    for data in ({"SecretString": "é" * 32_769}, {"SecretBinary": b"x" * 65_540}):
        refused("ValidationException", aws.put_secret_value, SecretId=name, **data)
    aws.put_secret_value(SecretId=name, SecretBinary=b"x" * 65_536)
    names = [name] * 21
    refused("InvalidParameterException", aws.batch_get_secret_value, SecretIdList=names)


def test_a_deleted_secret_is_not_written_nor_made_again(aws: Any, name: str) -> None:
    version = aws.get_secret_value(SecretId=name)["VersionId"]
    aws.delete_secret(SecretId=name)
    for call, parameters in (
        (aws.put_secret_value, {"SecretId": name, "SecretString": "x"}),
        (aws.create_secret, {"Name": name, "SecretString": "x"}),
        (aws.tag_resource, {"SecretId": name, "Tags": [{"Key": "a", "Value": "b"}]}),
        (
            aws.update_secret_version_stage,
            {"SecretId": name, "VersionStage": "x", "MoveToVersionId": version},
        ),
    ):
        refused("InvalidRequestException", call, **parameters)


def test_versions_without_labels_are_shown_only_on_request(aws: Any, name: str) -> None:
    loose = staged(aws, name, "two", "mine")
    aws.update_secret_version_stage(SecretId=name, VersionStage="mine", RemoveFromVersionId=loose)
    assert loose not in stages(aws, name)

    def listed(**asked: Any) -> set[str]:
        answer = aws.list_secret_version_ids(SecretId=name, **asked)
        return {version["VersionId"] for version in answer["Versions"]}

    assert loose not in listed()
    assert loose in listed(IncludeDeprecated=True)


def test_what_is_missing_is_not_found(aws: Any, name: str) -> None:
    refused("ResourceNotFoundException", aws.get_secret_value, SecretId="no/such")
    refused("ResourceNotFoundException", aws.list_secret_version_ids, SecretId="no/such")
    refused(
        "ResourceNotFoundException", aws.get_secret_value, SecretId=name, VersionStage="AWSPENDING"
    )
    batch = aws.batch_get_secret_value(SecretIdList=[name, "no/such"])
    assert [error["SecretId"] for error in batch["Errors"]] == ["no/such"]
