"""Writing to AWS: what is kept, what is refused, who wins."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from scale_secrets.errors import ConflictError, NotFoundError, SoftDeletedError, UsageError
from scale_secrets.operation import Operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import ABSENT, Change
from scale_secrets.values import SecretValue
from tests.contracts.aws.harness import Opening
from tests.contracts.store_contract import (
    CANARY,
    Harness,
    Written,
    assert_one_winner,
    assert_value_free,
    held,
    write,
)
from tests.support.aws_stub import aws_stub, error
from tests.support.moto_server import MotoServer


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
