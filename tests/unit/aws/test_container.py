"""Which places of AWS are one container."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from scale_secrets.errors import UsageError
from scale_secrets.model import Container, StoreSpec
from scale_secrets.stores import aws
from scale_secrets.stores.aws.settings import settings_of, sts_endpoint
from tests.support.aws_store import surroundings

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:scale/live/k-AbCd12"
ROLE = "arn:aws:iam::123456789012:role/ci"
NOTHING: Mapping[str, str] = MappingProxyType({})
HERE = {"region": "eu-central-1"}


def container(path: str, /, **settings: str) -> Container:
    return container_in({}, path, settings)


def container_in(
    environ: Mapping[str, str], path: str = "scale/live/k", settings: Mapping[str, str] = NOTHING
) -> Container:
    return aws.containers(StoreSpec("aws", "aws", settings), surroundings(environ))(path)


def test_an_arn_is_taken_apart() -> None:
    assert container(ARN) == Container("aws", "eu-central-1", "scale/live/k", "123456789012")


@pytest.mark.parametrize(
    "other",
    [
        container("scale/live/k", **HERE),
        container_in({"AWS_REGION": "eu-central-1"}),
        container_in({"AWS_DEFAULT_REGION": "eu-central-1"}),
        container("scale/live/k"),
        container("scale/live/k", profile="labels"),
        container("scale/live/k", account="123456789012"),
        container("scale/live/k", role=ROLE),
        container("scale/live/k", endpoint="https://vpce-1.example.com", **HERE),
        container(ARN, region="us-east-1"),
        container(ARN[:-7]),
    ],
)
def test_one_secret_by_two_ways_overlaps(other: Container) -> None:
    assert container(ARN).overlaps(other)
    assert other.overlaps(container(ARN))


@pytest.mark.parametrize(
    "other",
    [
        container("scale/live/k", region="us-east-1"),
        container("scale/live/k", account="999999999999"),
        container("scale/live/k", role=ROLE.replace("123456789012", "999999999999")),
        container("scale/live/kk", **HERE),
        container("scale/live/K", **HERE),
        container("scale/live", **HERE),
    ],
)
def test_another_region_account_or_name_is_another_container(other: Container) -> None:
    assert not container(ARN).overlaps(other)


def test_an_account_that_is_said_beats_the_roles() -> None:
    assert container("k", role=ROLE, account="999999999999").account == "999999999999"


@pytest.mark.parametrize(
    "path",
    ["", "a b", "a:b", "größe", "k" * 513, "k\n", "arn:aws:s3:::bucket", ARN + "\n", "a!b"],
)
def test_what_aws_cannot_hold_is_refused_without_being_repeated(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        container(path)
    assert "ARN" in caught.value.message
    assert not path or path not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "settings",
    [
        {"role": "ci"},
        {"account": "12345"},
        {"endpoint": "ftp://x"},
        {"region": ""},
        {"session_name": "a b"},
        {"profile": "a\nb"},
        {"secret_key": "x"},
    ],
)
def test_a_setting_of_the_wrong_form_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        container("k", **settings)
    assert caught.value.hint


def test_variables_can_be_told_to_name_no_endpoint() -> None:
    named = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://[::1]:2"}
    spec = StoreSpec("aws", "aws")
    assert settings_of(spec, named).endpoint == "http://127.0.0.1:1"
    assert sts_endpoint(named) == "http://[::1]:2"
    ignoring = named | {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"}
    assert settings_of(spec, ignoring).endpoint is None
    assert sts_endpoint(ignoring) is None


def test_telling_containers_apart_imports_no_botocore() -> None:
    program = (
        "import sys; from scale_secrets.stores import aws; from scale_secrets.model import *;"
        "from scale_secrets.surroundings import real_surroundings as s;"
        "aws.containers(StoreSpec('aws', 'aws'), s())('k');"
        "sys.exit('botocore' in sys.modules or 'http.client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
