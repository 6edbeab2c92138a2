"""Where the credentials for AWS come from, and what is told when they do not."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    DeniedError,
    NotFoundError,
    UsageError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.interface import CLOCK_SKEW
from tests.contracts.aws.harness import GOOD, Opening, failure
from tests.contracts.store_contract import CANARY, Harness, held, write
from tests.support.aws_stub import Reply, aws_stub
from tests.support.moto_server import MotoServer


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


class TestCredentialSources:
    def test_no_credentials_are_told(self, opening: Opening) -> None:
        environ = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        told = failure(opening(environ))
        assert isinstance(told, DeniedError)
        assert "AWS_PROFILE" in told.hint

    def test_no_region_is_told(self, opening: Opening) -> None:
        with aws_stub(lambda _: GOOD) as stub:
            environ = {name: v for name, v in stub.environ.items() if name != "AWS_REGION"}
            del environ["AWS_ENDPOINT_URL"]
            told = failure(opening(environ))
            assert isinstance(told, UsageError)
            assert "AWS_REGION" in told.hint

    def test_a_metadata_service_that_hangs_ends_with_the_deadline(self, opening: Opening) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            environ = {
                "AWS_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/creds",
            }
            told = failure(opening(environ), timeout=1.0)
        assert isinstance(told, DeadlineError)
        assert not told.sent

    def test_a_credential_process_that_hangs_ends_with_the_deadline(
        self, opening: Opening, tmp_path: Path
    ) -> None:
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws/config").write_text("[default]\ncredential_process = sleep 4\n")
        environ = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        assert isinstance(failure(opening(environ, home=tmp_path), timeout=1.0), DeadlineError)

    def test_a_credential_process_that_fails_shows_none_of_its_words(
        self, opening: Opening, tmp_path: Path
    ) -> None:
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws/config").write_text(
            f"[default]\ncredential_process = sh -c 'echo {CANARY} >&2; exit 1'\n"
        )
        environ = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        told = failure(opening(environ, home=tmp_path))
        assert isinstance(told, DeniedError)
        assert "credential_process" in told.hint

    @pytest.mark.parametrize(
        "environ",
        [
            {
                "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/r",
                "AWS_WEB_IDENTITY_TOKEN_FILE": "/no",
            },
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no",
            },
        ],
        ids=["web-identity", "container"],
    )
    def test_a_missing_token_file_is_told(
        self, opening: Opening, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
    ) -> None:
        for name, value in environ.items():  # of web identity, botocore asks the process itself
            monkeypatch.setenv(name, value)
        quiet = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        told = failure(opening(environ | quiet))
        assert isinstance(told, DeniedError)
        assert "token file" in told.hint

    def test_a_missing_credential_process_is_told(self, opening: Opening, tmp_path: Path) -> None:
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws/config").write_text("[default]\ncredential_process = /no/such\n")
        told = failure(opening({"AWS_REGION": "us-east-1"}, home=tmp_path))
        assert isinstance(told, DeniedError)
        assert "credential_process" in told.hint

    def test_a_role_that_may_not_be_assumed_is_told(self, opening: Opening) -> None:
        body = (
            b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: "
            b"arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on "
            b"resource: x</Message></Error></ErrorResponse>"
        )
        role = "arn:aws:iam::111122223333:role/reader"
        with aws_stub(lambda _: Reply(body, 403, {"Content-Type": "text/xml"})) as stub:
            told = failure(opening(stub.environ, role=role))
            assert isinstance(told, DeniedError)
            assert "may not sts:AssumeRole" in told.message
            assert stub.actions == ["AssumeRole"]

    def test_a_role_without_credentials_to_assume_it_with_is_told(self, opening: Opening) -> None:
        environ = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        told = failure(opening(environ, role="arn:aws:iam::111122223333:role/reader"))
        assert isinstance(told, DeniedError)
        assert "AWS_PROFILE" in told.hint

    def test_a_batch_for_a_role_that_may_not_be_assumed_is_not_read_singly(
        self, opening: Opening
    ) -> None:
        body = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        role = "arn:aws:iam::111122223333:role/reader"
        with aws_stub(lambda _: Reply(body, 403, {"Content-Type": "text/xml"})) as stub:
            with pytest.raises(DeniedError, match="sts:AssumeRole"):
                opening(stub.environ, role=role).get_many([("a", None), ("b", None)], operation())
            assert stub.actions == ["AssumeRole"]

    def test_a_clock_that_cannot_be_compared_is_left_out(self, opening: Opening) -> None:
        body = (
            b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:x</Arn>"
            b"<Account>123456789012</Account></GetCallerIdentityResult>"
            b"</GetCallerIdentityResponse>"
        )
        for date, told in (("never", None), ("Mon, 02 Jan 2006 15:04:05 GMT", "+")):
            headers = {"Content-Type": "text/xml", "Date": date}
            with aws_stub(lambda _, headers=headers: Reply(body, 200, headers)) as stub:  # type: ignore[misc]
                skew = opening(stub.environ).whoami(operation()).get(CLOCK_SKEW)
                assert skew is None if told is None else skew is not None and skew[0] == told

    def test_a_broken_answer_to_assume_role_shows_nothing_of_it(self, opening: Opening) -> None:
        role = "arn:aws:iam::111122223333:role/reader"
        for text in (f"<Secret>{CANARY}", f"<AssumeRoleResponse>{CANARY}</AssumeRoleResponse>"):
            broken = Reply(text.encode(), 200, {"Content-Type": "text/xml"})
            with aws_stub(lambda _, broken=broken: broken) as stub:  # type: ignore[misc]
                assert isinstance(failure(opening(stub.environ, role=role)), BadAnswerError)
