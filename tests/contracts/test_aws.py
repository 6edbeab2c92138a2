"""The AWS store against moto over HTTP: the common contract, and what only AWS has."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from scale_secrets.errors import ConflictError, NotFoundError, SoftDeletedError, UsageError
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import ABSENT, Change, Record, Store
from scale_secrets.values import SecretValue
from tests.contracts.store_contract import (
    CANARY,
    BinaryContract,
    DeniedContract,
    FieldsContract,
    Harness,
    LabelsContract,
    SoftDeleteContract,
    StagesContract,
    StoreContract,
    VersionsContract,
    WholeContract,
    WriterContract,
    Written,
    assert_one_winner,
    assert_value_free,
    held,
    write,
)
from tests.support.aws_store import open_aws
from tests.support.aws_stub import Call, Reply, aws_stub, error, ok, secret
from tests.support.moto_server import ACCOUNT, MotoServer

DENIAL = (
    f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: "
    "secretsmanager:GetSecretValue on resource: x because no identity-based policy allows it"
)


Opening = Callable[..., AwsStore]


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with MotoServer() as server:
        yield server


class AwsHarness(Harness):
    field = "api_key"
    unknown_version = "0" * 32

    def __init__(self, moto: MotoServer, cleanup: ExitStack) -> None:
        self._moto = moto
        self._cleanup = cleanup

    def open(self) -> Store:
        return open_aws(self._moto.environ)

    def soft_delete(self, path: str) -> None:
        self._moto.client("secretsmanager").delete_secret(SecretId=path)

    def denied(self) -> Store:
        stub = self._cleanup.enter_context(
            aws_stub(lambda _: error("AccessDeniedException", DENIAL))
        )
        return open_aws(stub.environ)


class TestAws(
    StoreContract,
    WriterContract,
    FieldsContract,
    WholeContract,
    BinaryContract,
    VersionsContract,
    StagesContract,
    LabelsContract,
    SoftDeleteContract,
    DeniedContract,
):
    @pytest.fixture
    def harness(self, moto: MotoServer) -> Iterator[Harness]:
        with ExitStack() as cleanup:
            yield AwsHarness(moto, cleanup)


@pytest.fixture
def harness(moto: MotoServer) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield AwsHarness(moto, cleanup)


@pytest.fixture
def store(moto: MotoServer) -> Iterator[AwsStore]:
    opened = open_aws(moto.environ)
    yield opened
    opened.close()


@pytest.fixture
def opening() -> Iterator[Opening]:
    """``open_aws``, whose stores are closed when the test has ended."""
    with ExitStack() as cleanup:

        def opened(environ: Mapping[str, str], **settings: Any) -> AwsStore:
            store = open_aws(environ, **settings)
            cleanup.callback(store.close)
            return store

        yield opened


@pytest.fixture
def during() -> Operation:
    return operation(command="test", environment="test")


@pytest.fixture
def plain(moto: MotoServer) -> Any:
    """A client that arranges things behind the store's back."""
    return moto.client("secretsmanager")


def record(result: object) -> Record:
    assert isinstance(result, Record)
    return result


class TestReading:
    def test_a_secret_is_found_by_name_arn_and_partial_arn(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        path = harness.fresh_path()
        arn = plain.create_secret(Name=path, SecretString="one")["ARN"]
        for name in (path, arn, arn[:-7]):
            assert held(store.get(name, None, during), None) == "one"

    def test_an_arn_is_read_in_its_own_region(
        self, store: AwsStore, during: Operation, harness: Harness, moto: MotoServer
    ) -> None:
        path = harness.fresh_path()
        elsewhere = moto.client("secretsmanager", region="eu-central-1")
        arn = elsewhere.create_secret(Name=path, SecretString="far")["ARN"]
        assert held(store.get(arn, None, during), None) == "far"
        (batched,) = store.get_many([(arn, None)], during)
        assert held(record(batched), None) == "far"
        with pytest.raises(NotFoundError, match="us-east-1"):
            store.get(path, None, during)

    def test_members_that_are_no_strings_are_given_as_their_json(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        path = harness.fresh_path()
        plain.create_secret(Name=path, SecretString='{"port": 1.10, "on": true, "list": [1, 2]}')
        fields = store.get(path, None, during).content.fields
        assert fields is not None
        assert {name: value.reveal() for name, value in fields.items()} == {
            "port": "1.10",
            "on": "true",
            "list": "[1, 2]",
        }

    def test_a_staging_label_selects_its_version(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        path = harness.fresh_path()
        plain.create_secret(Name=path, SecretString="one")
        plain.put_secret_value(
            SecretId=path, SecretString="two", VersionStages=["AWSPENDING", "canary"]
        )
        for version, text in (("pending", "two"), ("canary", "two"), ("AWSPENDING", "two")):
            assert held(store.get(path, version, during), None) == text
        assert held(store.get(path, None, during), None) == "one"
        stages = [info.stages for info in store.versions(path, during)]
        assert sorted(stages, key=len) == [{"current"}, {"pending", "canary"}]

    def test_versions_without_a_label_are_listed_too(
        self, store: AwsStore, during: Operation, harness: Harness
    ) -> None:
        path = harness.fresh_path()
        made = [write(store, path, text, None).version for text in ("one", "two", "three")]
        assert {info.version for info in store.versions(path, during)} == set(made)

    def test_more_than_a_page_is_listed(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        path = harness.fresh_path()
        made = [f"{path}/{number:03}" for number in range(103)]
        for name in made:
            plain.create_secret(Name=name, SecretString="x")
        assert list(store.list(path, during)) == made

    def test_batches_keep_the_order_and_tell_each_failure(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        paths = [harness.fresh_path() for _ in range(45)]
        for path in paths:
            plain.create_secret(Name=path, SecretString=f"of {path}")
        plain.delete_secret(SecretId=paths[3])
        old = store.get(paths[5], None, during).version
        write(store, paths[5], "newer", None)
        missing = harness.fresh_path()
        asked = [*((path, None) for path in paths), (missing, None), (paths[5], old), ("a b", None)]
        results = store.get_many(asked, during)
        assert isinstance(results[3], SoftDeletedError)
        assert held(record(results[5]), None) == "newer"
        assert type(results[45]) is NotFoundError
        assert held(record(results[46]), None) == f"of {paths[5]}"
        assert isinstance(results[47], UsageError)
        for at in (0, 20, 44):
            assert held(record(results[at]), None) == f"of {paths[at]}"
            assert record(results[at]).path == paths[at]

    def test_the_principal_account_and_region_are_told(
        self, store: AwsStore, during: Operation
    ) -> None:
        facts = store.whoami(during)
        assert facts["account"] == ACCOUNT
        assert facts["principal"].startswith(f"arn:aws:sts::{ACCOUNT}:")
        assert facts["region"] == "us-east-1"
        assert facts["credentials"] == "env"
        assert abs(int(facts["clock_skew"].split()[0])) <= 2


class TestCredentials:
    def test_a_profile_gives_region_and_keys(
        self,
        moto: MotoServer,
        during: Operation,
        harness: Harness,
        tmp_path: Path,
        opening: Opening,
    ) -> None:
        path = harness.fresh_path()
        moto.client("secretsmanager", region="eu-west-1").create_secret(
            Name=path, SecretString="of the profile"
        )
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws/config").write_text("[profile labels]\nregion = eu-west-1\n")
        (tmp_path / ".aws/credentials").write_text(
            "[labels]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
        )
        environ = {"AWS_ENDPOINT_URL": moto.url, "AWS_EC2_METADATA_DISABLED": "true"}
        store = opening(environ, home=tmp_path, profile="labels")
        assert held(store.get(path, None, during), None) == "of the profile"
        assert store.whoami(during)["credentials"] == "shared-credentials-file"

    def test_a_missing_profile_is_told(
        self, moto: MotoServer, during: Operation, opening: Opening
    ) -> None:
        with pytest.raises(UsageError, match="profile does not exist"):
            opening(moto.environ, profile="nobody").get("x", None, during)

    def test_a_role_is_assumed_and_its_account_answers(
        self, moto: MotoServer, during: Operation, opening: Opening
    ) -> None:
        role = "arn:aws:iam::111122223333:role/reader"
        store = opening(moto.environ, role=role, external_id="labels-1", session_name="deploy")
        facts = store.whoami(during)
        assert facts["account"] == "111122223333"
        assert facts["principal"] == "arn:aws:sts::111122223333:assumed-role/reader/deploy"
        assert facts["credentials"] == "assume-role"

    def test_a_role_sees_the_secrets_of_its_own_account(
        self, moto: MotoServer, during: Operation, harness: Harness, opening: Opening
    ) -> None:
        path = harness.fresh_path()
        role = "arn:aws:iam::111122223333:role/reader"
        write(opening(moto.environ, role=role), path, "theirs", None)
        assert held(opening(moto.environ, role=role).get(path, None, during), None) == "theirs"
        with pytest.raises(NotFoundError):
            opening(moto.environ).get(path, None, during)


class TestWriting:
    def test_what_is_written_the_vendors_own_program_reads(
        self, store: AwsStore, harness: Harness, moto: MotoServer
    ) -> None:
        path = harness.fresh_path()
        write(store, path, 'naïve "quoted" 🐈\n', "api_key")
        told = subprocess.run(
            [
                Path(sys.executable).with_name("aws"),
                "secretsmanager",
                "get-secret-value",
                "--secret-id",
                path,
                "--output",
                "json",
            ],
            env=moto.environ,
            capture_output=True,
            check=True,
        )
        assert json.loads(json.loads(told.stdout)["SecretString"]) == {
            "api_key": 'naïve "quoted" 🐈\n'
        }

    def test_a_field_leaves_the_spelling_of_the_others_alone(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        path = harness.fresh_path()
        odd = '{ "n" : 1.10, "big": 12345678901234567890.5, "o": {"b":1,  "a":2}, "api_key": "x" }'
        plain.create_secret(Name=path, SecretString=odd)
        write(store, path, "new", "api_key")
        text = plain.get_secret_value(SecretId=path)["SecretString"]
        for part in ("1.10", "12345678901234567890.5", '{"b":1,  "a":2}'):
            assert part in text
        assert json.loads(text)["api_key"] == "new"

    @pytest.mark.parametrize("current", ["plain", "[1]", '{"a": 1, "a": 2}'])
    def test_a_field_never_replaces_what_is_no_clean_object(
        self, store: AwsStore, during: Operation, harness: Harness, current: str
    ) -> None:
        path = harness.fresh_path()
        write(store, path, current, None)
        with pytest.raises(UsageError) as caught:
            write(store, path, CANARY, "api_key")
        assert held(store.get(path, None, during), None) == current
        assert_value_free(caught.value, CANARY)

    def test_a_whole_value_never_drops_fields(
        self, store: AwsStore, during: Operation, harness: Harness
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", "a")
        write(store, path, "two", "b")
        for lossy in ("plain", '{"a": "x"}'):
            with pytest.raises(UsageError, match="2 JSON fields"):
                write(store, path, lossy, None)
        write(store, path, '{"a": "x", "b": "y", "c": "z"}', None)
        assert held(store.get(path, None, during), "c") == "z"

    @pytest.mark.parametrize("size", [0, 65_537])
    def test_a_size_that_aws_cannot_keep_is_refused_before_it_is_sent(
        self, during: Operation, size: int, opening: Opening
    ) -> None:
        with aws_stub(lambda _: error("ResourceNotFoundException")) as stub:
            store = opening(stub.environ)
            for value in (SecretValue("x" * size), SecretValue(b"\xff" * size)):
                with pytest.raises(UsageError, match="65536 bytes"):
                    store.put("k", Change(value, expected=ABSENT), during)
            assert stub.actions == []

    def test_a_secret_without_a_value_is_given_its_first(
        self, store: AwsStore, during: Operation, harness: Harness, plain: Any
    ) -> None:
        """As infrastructure code makes them: the secret first, its value by somebody else."""
        path = harness.fresh_path()
        plain.create_secret(Name=path)
        with pytest.raises(NotFoundError):
            store.get(path, None, during)
        info = write(store, path, "first", None)
        assert store.get(path, None, during).version == info.version

    def test_a_deleted_secret_is_not_written(
        self, store: AwsStore, harness: Harness, during: Operation
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", None)
        harness.soft_delete(path)
        for expected in (None, ABSENT):
            with pytest.raises(SoftDeletedError):
                write(store, path, CANARY, None, expected=expected)

    def test_no_label_of_ours_is_left_behind(
        self, store: AwsStore, harness: Harness, during: Operation, plain: Any
    ) -> None:
        path = harness.fresh_path()
        first = write(store, path, "one", None)
        write(store, path, "two", None)
        with pytest.raises(ConflictError):
            write(store, path, "three", None, expected=first.version)
        stages = plain.describe_secret(SecretId=path)["VersionIdsToStages"]
        assert sorted(stages.values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]

    def test_a_pending_version_stays_where_it_is(
        self, store: AwsStore, harness: Harness, during: Operation, plain: Any
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", None)
        plain.put_secret_value(SecretId=path, SecretString="next", VersionStages=["AWSPENDING"])
        write(store, path, "two", None)
        assert held(store.get(path, "pending", during), None) == "next"

    def test_of_many_races_each_has_exactly_one_winner(
        self,
        store: AwsStore,
        harness: Harness,
        during: Operation,
        opening: Opening,
        moto: MotoServer,
    ) -> None:
        path = harness.fresh_path()
        version = write(store, path, "begin", None).version
        start = Barrier(2)

        def one(writer: AwsStore, text: str) -> Written | ConflictError:
            start.wait(timeout=30)
            try:
                return text, write(writer, path, text, None, expected=version)
            except ConflictError as error:
                return error

        writers = [opening(moto.environ) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            for turn in range(50):
                results = list(pool.map(one, writers, (f"{turn}-a", f"{turn}-b")))
                version = assert_one_winner(results, store.get(path, None, during), None)


def test_a_hundred_secrets_cost_little_more_than_one(
    store: AwsStore, harness: Harness, during: Operation, plain: Any, opening: Opening
) -> None:
    """Counted in requests, which is what AWS's answers cost: five batches of twenty."""

    def answer(call: Call) -> Reply:
        names = call.parameters["SecretIdList"]
        return ok(SecretValues=[secret(name, f"of {name}") for name in names], Errors=[])

    names = [f"scale/test/{number}" for number in range(100)]
    with aws_stub(answer) as stub:
        results = opening(stub.environ).get_many([(name, None) for name in names], during)
        assert [held(record(result), None) for result in results] == [f"of {n}" for n in names]
        assert stub.actions == ["BatchGetSecretValue"] * 5
