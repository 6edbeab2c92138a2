"""Reading from AWS: names and ARNs, versions and labels, batches and pages."""

from __future__ import annotations

from typing import Any

import pytest

from scale_secrets.errors import (
    DeniedError,
    NotFoundError,
    SoftDeletedError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import CLOCK_SKEW, Record
from tests.contracts.aws.harness import Opening, record
from tests.contracts.store_contract import Harness, held, write
from tests.support.aws_stub import Call, Reply, aws_stub, error, ok, secret
from tests.support.moto_server import ACCOUNT, MotoServer


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
        assert abs(int(facts[CLOCK_SKEW].split()[0])) <= 2


def test_a_hundred_secrets_cost_little_more_than_one(during: Operation, opening: Opening) -> None:
    """Counted in requests, which is what AWS's answers cost: five batches of twenty."""

    def answer(call: Call) -> Reply:
        names = call.parameters["SecretIdList"]
        return ok(SecretValues=[secret(name, f"of {name}") for name in names], Errors=[])

    names = [f"scale/test/{number}" for number in range(100)]
    with aws_stub(answer) as stub:
        results = opening(stub.environ).get_many([(name, None) for name in names], during)
        assert [held(record(result), None) for result in results] == [f"of {n}" for n in names]
        assert stub.actions == ["BatchGetSecretValue"] * 5


class TestBatchReads:
    def test_a_denied_batch_is_read_one_by_one_and_remembered(self, opening: Opening) -> None:
        def answer(call: Call) -> Reply:
            if call.action == "BatchGetSecretValue":
                return error(
                    "AccessDeniedException",
                    "not authorized to perform: secretsmanager:BatchGetSecretValue",
                )
            name = call.parameters["SecretId"]
            return ok(**secret(name, f"of {name}"))

        names = [f"scale/test/{number}" for number in range(25)]
        with aws_stub(answer) as stub:
            store = opening(stub.environ)
            for _ in range(2):
                results = store.get_many([(name, None) for name in names], operation())
                texts = [held(one, None) for one in results if isinstance(one, Record)]
                assert texts == [f"of {name}" for name in names]
            assert stub.actions.count("BatchGetSecretValue") == 1
            assert stub.actions.count("GetSecretValue") == 50

    def test_one_denied_secret_leaves_the_others_readable(self, opening: Opening) -> None:
        denied = {"SecretId": "b", "ErrorCode": "AccessDeniedException", "Message": "no"}

        def answer(call: Call) -> Reply:
            return ok(SecretValues=[secret("a", "of a")], Errors=[denied])

        with aws_stub(answer) as stub:
            one, two = opening(stub.environ).get_many([("a", None), ("b", None)], operation())
            assert isinstance(one, Record)
            assert isinstance(two, DeniedError)
            assert "b" in two.message
            assert "secretsmanager:GetSecretValue" in two.message

    def test_what_a_batch_leaves_out_is_read_singly(self, opening: Opening) -> None:
        def answer(call: Call) -> Reply:
            if call.action == "BatchGetSecretValue":
                told = {"SecretId": "b", "ErrorCode": "ThrottlingException"}
                return ok(SecretValues=[secret("a", "of a")], Errors=[told])
            return ok(**secret("b", "of b"))

        with aws_stub(answer) as stub:
            results = opening(stub.environ).get_many([("a", None), ("b", None)], operation())
            assert [held(one, None) for one in results if isinstance(one, Record)] == [
                "of a",
                "of b",
            ]

    def test_expired_credentials_fail_the_batch_as_a_whole(self, opening: Opening) -> None:
        with aws_stub(lambda _: error("ExpiredTokenException")) as stub:
            with pytest.raises(DeniedError, match="expired"):
                opening(stub.environ).get_many([("a", None), ("b", None)], operation())
            assert len(stub.calls) == 1

    def test_a_store_that_is_down_fails_single_reads_as_a_whole(self, opening: Opening) -> None:
        with aws_stub(lambda _: Reply(b"", 503)) as stub, pytest.raises(UnreachableError):
            opening(stub.environ).get_many([("a", "previous"), ("b", "previous")], operation(3))
