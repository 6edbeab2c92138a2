"""No signed request goes to an endpoint that only a manifest names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scale_secrets.errors import TrustError, UsageError
from scale_secrets.model import Origin, StoreSpec
from scale_secrets.operation import operation
from scale_secrets.stores import kind
from scale_secrets.surroundings import Surroundings
from tests.contracts.store_contract import CANARY, held
from tests.support.aws_store import NOWHERE, open_aws, surroundings
from tests.support.aws_stub import AwsStub, aws_stub, ok, secret

PATH = "scale/live/api-key"


@pytest.fixture
def listener() -> Iterator[AwsStub]:
    with aws_stub(lambda _: ok(**secret(PATH, CANARY))) as stub:
        yield stub


def keys_alone(listener: AwsStub) -> dict[str, str]:
    """The surroundings of somebody who never heard of the listener."""
    return {
        name: value for name, value in listener.environ.items() if not name.startswith("AWS_END")
    }


def test_nothing_leaves_for_an_endpoint_that_only_a_manifest_names(listener: AwsStub) -> None:
    with pytest.raises(TrustError) as caught:
        open_aws(keys_alone(listener), origin=Origin.MANIFEST, endpoint=listener.url).get(
            PATH, None, operation()
        )
    assert listener.calls == []
    assert 'store "aws"' in caught.value.message
    assert "scale-secrets trust" in caught.value.hint


@pytest.mark.parametrize(
    "variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "SCALE_SECRETS_TRUSTED"]
)
def test_a_variable_that_names_the_endpoint_vouches_for_it(
    listener: AwsStub, variable: str
) -> None:
    environ = keys_alone(listener) | {variable: f"{listener.url}/"}
    store = open_aws(environ, origin=Origin.MANIFEST, endpoint=listener.url)
    assert held(store.get(PATH, None, operation()), None) == CANARY
    store.close()


def test_the_users_own_configuration_vouches_for_it(listener: AwsStub) -> None:
    spec = StoreSpec("aws", "aws", {"endpoint": listener.url}, Origin.MANIFEST)
    trusting = Surroundings(
        keys_alone(listener), NOWHERE, NOWHERE, trusted=frozenset({listener.url})
    )
    store = kind("aws").open(spec, trusting)
    assert held(store.get(PATH, None, operation()), None) == CANARY
    store.close()


@pytest.mark.parametrize("origin", [Origin.USER, Origin.IMPLICIT])
def test_an_endpoint_of_the_users_own_needs_nobody_else(listener: AwsStub, origin: Origin) -> None:
    store = open_aws(keys_alone(listener), origin=origin, endpoint=listener.url)
    assert held(store.get(PATH, None, operation()), None) == CANARY
    store.close()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://secretsmanager.eu-central-1.amazonaws.com",
        "https://secretsmanager-fips.us-east-1.amazonaws.com/",
        "https://secretsmanager.eu-central-1.api.aws:443",
        "https://secretsmanager.cn-north-1.amazonaws.com.cn",
    ],
)
def test_awss_own_endpoint_needs_nobody(listener: AwsStub, endpoint: str) -> None:
    open_aws(keys_alone(listener), origin=Origin.MANIFEST, endpoint=endpoint).close()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://secretsmanager.eu-central-1.amazonaws.com",
        "https://secretsmanager.eu-central-1.amazonaws.com:8443",
        "https://secretsmanager.eu-central-1.amazonaws.com.evil.example",
        "https://secretsmanager.evil.example",
        "https://evil.example/secretsmanager.eu-central-1.amazonaws.com",
        "https://x.secretsmanager.eu-central-1.amazonaws.com",
        "https://my-bucket.s3.amazonaws.com",
    ],
)
def test_what_only_looks_like_awss_own_does(listener: AwsStub, endpoint: str) -> None:
    with pytest.raises(TrustError):
        open_aws(keys_alone(listener), origin=Origin.MANIFEST, endpoint=endpoint)


def test_a_variable_does_not_vouch_for_another_endpoint(listener: AwsStub) -> None:
    environ = keys_alone(listener) | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    with pytest.raises(TrustError):
        open_aws(environ, origin=Origin.MANIFEST, endpoint=listener.url)
    assert listener.calls == []


def test_a_variable_applies_without_a_manifest(listener: AwsStub) -> None:
    environ = keys_alone(listener) | {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": listener.url,
    }
    store = open_aws(environ)
    assert held(store.get(PATH, None, operation()), None) == CANARY
    store.close()


def test_a_region_cannot_smuggle_a_host_in(listener: AwsStub) -> None:
    """The region becomes a part of AWS's host name."""
    for region in ("evil.example/", "x.evil.example", "127.0.0.1:1#", "us-east-1\n"):
        with pytest.raises(UsageError):
            kind("aws").open(
                StoreSpec("aws", "aws", {"region": region}, Origin.MANIFEST),
                surroundings(keys_alone(listener)),
            )
