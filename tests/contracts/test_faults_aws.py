"""What can go wrong on the way to AWS: each ends in time, with the right class and a hint."""

from __future__ import annotations

import logging
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scale_secrets.errors import (
    BadAnswerError,
    ConflictError,
    DeadlineError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    SoftDeletedError,
    UnreachableError,
    UsageError,
    WriteInDoubtError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import ABSENT, Change, Record
from scale_secrets.values import SecretValue
from tests.contracts.store_contract import CANARY, assert_value_free, held, write
from tests.support.aws_store import open_aws
from tests.support.aws_stub import (
    AwsStub,
    Call,
    Manner,
    Reply,
    aws_stub,
    error,
    forward,
    ok,
    secret,
)
from tests.support.moto_server import MotoServer
from tests.support.tls import Authority

PATH = "scale/live/api-key"
SLACK = 3.0  # seconds that a busy machine may add; what is not bounded takes 30 and more
Opening = Callable[..., AwsStore]
GOOD = ok(**secret(PATH, CANARY))


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with MotoServer() as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def opening() -> Iterator[Opening]:
    """``open_aws``, whose stores are closed when the test has ended."""
    with ExitStack() as cleanup:

        def opened(environ: Mapping[str, str], **settings: Any) -> AwsStore:
            store = open_aws(environ, **settings)
            cleanup.callback(store.close)
            return store

        yield opened


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds + SLACK


def failure(store: AwsStore, timeout: float = 10.0) -> ScaleSecretsError:
    """What reading says, which must come in time, have a hint and show no value."""
    with within(timeout), pytest.raises(ScaleSecretsError) as caught:
        store.get(PATH, None, operation(timeout))
    assert caught.value.message.startswith('store "aws": ')
    assert caught.value.hint
    assert_value_free(caught.value, CANARY)
    return caught.value


def signature_of(call: Call) -> str:
    """The Signature Version 4 that AWS would compute for what arrived."""
    signed = call.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(
        "POST",
        f"http://{call.headers['host']}/",
        headers={name: call.headers[name] for name in signed},
        data=call.raw,
    )
    request.context["timestamp"] = call.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("testing", "testing"), "secretsmanager", "us-east-1")
    canonical = signer.canonical_request(request)
    return f"Signature={signer.signature(signer.string_to_sign(request, canonical), request)}"


class TestAnswers:
    @pytest.mark.parametrize("manner", [Manner.HANG, Manner.DRIP])
    def test_an_answer_that_does_not_end_ends_with_the_deadline(
        self, opening: Opening, manner: Manner
    ) -> None:
        with aws_stub(lambda _: replace(GOOD, manner=manner)) as stub:
            assert isinstance(failure(opening(stub.environ), timeout=1.0), DeadlineError)

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (replace(GOOD, manner=Manner.CUT), BadAnswerError),
            (replace(GOOD, manner=Manner.LOST), UnreachableError),
            (Reply(GOOD.body[:-10]), BadAnswerError),
            (Reply(b""), BadAnswerError),
            (Reply(b"[]"), BadAnswerError),
            (Reply(b"<html>Sign in</html>", 200, {"Content-Type": "text/html"}), BadAnswerError),
            (Reply(b"<html>Sign in</html>", 403, {"Content-Type": "text/html"}), BadAnswerError),
            (Reply(b"", 307, {"Location": "http://127.0.0.1:1/"}), BadAnswerError),
            (ok(Name=PATH, VersionId="v" * 32), BadAnswerError),
            (ok(SecretString=CANARY), BadAnswerError),
            (ok(**secret(PATH, "\ud800")), BadAnswerError),
            (Reply(b"<html>down</html>", 503), UnreachableError),
            (error("InternalServiceError", status=500), UnreachableError),
        ],
        ids=[
            "cut",
            "lost",
            "bad-json",
            "empty",
            "json-list",
            "html",
            "html-403",
            "redirect",
            "no-value",
            "no-version",
            "no-unicode",
            "html-503",
            "internal",
        ],
    )
    def test_a_broken_answer_is_never_a_value(
        self, opening: Opening, reply: Reply, kind: type[ScaleSecretsError]
    ) -> None:
        with aws_stub(lambda _: reply) as stub:
            assert isinstance(failure(opening(stub.environ)), kind)

    def test_a_refused_connection_is_told(self, opening: Opening) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        environ = AwsStub(f"http://127.0.0.1:{port}").environ
        told = failure(opening(environ))
        assert type(told) is UnreachableError
        assert f"127.0.0.1:{port}" in told.message or str(port) in told.message

    def test_two_failures_and_then_an_answer_are_an_answer(self, opening: Opening) -> None:
        replies = iter([Reply(b"", 503), error("ThrottlingException"), GOOD])
        with aws_stub(lambda _: next(replies)) as stub:
            record = opening(stub.environ).get(PATH, None, operation())
            assert held(record, None) == CANARY
            assert len(stub.calls) == 3

    def test_throttling_without_end_is_unreachable(self, opening: Opening) -> None:
        with aws_stub(lambda _: error("ThrottlingException", "Rate exceeded")) as stub:
            told = failure(opening(stub.environ))
            assert isinstance(told, UnreachableError)
            assert 1 < len(stub.calls) <= 5

    def test_every_request_says_who_asks(self, opening: Opening) -> None:
        with aws_stub(lambda _: GOOD) as stub:
            opening(stub.environ).get(PATH, None, operation(command="header", environment="live"))
            agent = stub.calls[0].headers["user-agent"]
            assert agent.startswith("scale-secrets/")
            assert "(env=live; cmd=header)" in agent

    def test_what_arrives_is_what_was_signed(self, opening: Opening) -> None:
        """moto checks no signature, and the project's transport writes headers of its own."""
        with aws_stub(lambda _: GOOD) as stub:
            environ = stub.environ | {"AWS_SESSION_TOKEN": "a session's token"}
            opening(environ).get(PATH, None, operation())
            assert signature_of(stub.calls[0]) in stub.calls[0].headers["authorization"]
            assert stub.calls[0].headers["x-amz-security-token"] == "a session's token"

    def test_many_threads_may_share_a_store_from_its_first_call_on(self, opening: Opening) -> None:
        def answer(call: Call) -> Reply:
            return ok(**secret("x", f"of {call.parameters['SecretId']}"))

        with aws_stub(answer) as stub, ThreadPoolExecutor(16) as pool:
            store = opening(stub.environ)
            names = [f"scale/test/{number}" for number in range(64)]
            records = list(pool.map(lambda name: store.get(name, None, operation()), names))
        assert [held(record, None) for record in records] == [f"of {name}" for name in names]

    def test_no_log_line_holds_a_value(
        self, opening: Opening, caplog: pytest.LogCaptureFixture
    ) -> None:
        names = ("", "botocore", "botocore.parsers", "botocore.endpoint")
        before = {name: logging.getLogger(name).level for name in names}
        caplog.set_level(logging.DEBUG)
        try:
            for name in names:
                logging.getLogger(name).setLevel(logging.DEBUG)
            with aws_stub(lambda _: GOOD) as stub:
                opening(stub.environ).get(PATH, None, operation())
            assert CANARY not in caplog.text
        finally:
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "message", "kind", "says"),
        [
            ("ExpiredTokenException", "The security token is expired", DeniedError, "renew"),
            ("UnrecognizedClientException", "invalid", DeniedError, "AWS_ACCESS_KEY_ID"),
            ("InvalidSignatureException", "does not match", DeniedError, "AWS_SECRET_ACCESS_KEY"),
            ("InvalidSignatureException", "Signature expired: 1 is now", DeniedError, "clock"),
            ("RequestTimeTooSkewed", "", DeniedError, "clock"),
            ("AccessDeniedException", "Access to KMS is not allowed", DeniedError, "kms:Decrypt"),
            ("DecryptionFailure", "", DeniedError, "key is enabled"),
            ("ResourceNotFoundException", "", NotFoundError, "region"),
            (
                "InvalidRequestException",
                "... on the secret because it was marked for deletion.",
                SoftDeletedError,
                "restore-secret",
            ),
            ("InvalidParameterException", "", UsageError, "path and version"),
            ("LimitExceededException", "", DeniedError, "write less often"),
        ],
    )
    def test_each_has_its_class_and_says_what_to_do(
        self,
        opening: Opening,
        code: str,
        message: str,
        kind: type[ScaleSecretsError],
        says: str,
    ) -> None:
        with aws_stub(lambda _: error(code, f"{message} {CANARY}")) as stub:
            told = failure(opening(stub.environ))
            assert isinstance(told, kind)
            assert says in told.hint
            assert len(stub.calls) == 1

    def test_a_denial_names_the_caller_and_the_missing_action(self, opening: Opening) -> None:
        text = (
            "User: arn:aws:sts::123456789012:assumed-role/ci/run-7 is not authorized to perform: "
            "secretsmanager:GetSecretValue on resource: x because no identity-based policy"
        )
        with aws_stub(lambda _: error("AccessDeniedException", text)) as stub:
            told = failure(opening(stub.environ))
            assert "arn:aws:sts::123456789012:assumed-role/ci/run-7" in told.message
            assert "may not secretsmanager:GetSecretValue" in told.message

    def test_a_denied_write_names_its_own_action(self, opening: Opening) -> None:
        def answer(call: Call) -> Reply:
            return GOOD if call.action == "GetSecretValue" else error("AccessDeniedException")

        with aws_stub(answer) as stub:
            store = opening(stub.environ)
            with pytest.raises(DeniedError, match="secretsmanager:PutSecretValue"):
                write(store, PATH, CANARY, None)
            with pytest.raises(DeniedError, match="secretsmanager:TagResource"):
                write(store, PATH, CANARY, None, labels={"scale-mode": "live"})
            with pytest.raises(DeniedError, match="secretsmanager:CreateSecret"):
                write(store, PATH, CANARY, None, expected=ABSENT)


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


class TestWritesInDoubt:
    """moto carries a command out, or not; its answer is lost. Reading back settles it."""

    @pytest.fixture
    def path(self) -> str:
        return f"doubt/{uuid.uuid4().hex}"

    LOST = (
        Reply(manner=Manner.LOST),
        Reply(manner=Manner.HANG),
        Reply(b"<html>bad gateway</html>", 502),
        Reply(b"<html>fine</html>"),
        Reply(b""),
        Reply(b"{}"),
    )
    IDS = ("lost", "hang", "502", "html", "empty", "no-member")

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    @pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
    def test_a_replacement_that_happened_is_a_success(
        self, moto: MotoServer, opening: Opening, path: str, action: str, reply: Reply
    ) -> None:
        write(opening(moto.environ), path, "before", None)
        with self.losing(moto, action, reply, done=True) as stub:
            info = write_in(opening(stub.environ), path, 3.0)
        record = opening(moto.environ).get(path, None, operation())
        assert (record.version, held(record, None)) == (info.version, CANARY)

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    @pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
    def test_a_replacement_that_did_not_happen_is_unreachable(
        self, moto: MotoServer, opening: Opening, path: str, action: str, reply: Reply
    ) -> None:
        before = write(opening(moto.environ), path, "before", None)
        with self.losing(moto, action, reply, done=False) as stub:
            told = doubt_of(opening(stub.environ), path)
        assert type(told) is UnreachableError
        assert "nothing was changed" in told.message
        record = opening(moto.environ).get(path, None, operation())
        assert (record.version, held(record, None)) == (before.version, "before")

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    def test_a_creation_is_read_back(
        self, moto: MotoServer, opening: Opening, path: str, reply: Reply
    ) -> None:
        with self.losing(moto, "CreateSecret", reply, done=False) as stub:
            told = doubt_of(opening(stub.environ), path, expected=ABSENT)
            assert type(told) is UnreachableError
        with self.losing(moto, "CreateSecret", reply, done=True) as stub:
            info = write_in(opening(stub.environ), path, 3.0, expected=ABSENT)
        assert opening(moto.environ).get(path, None, operation()).version == info.version

    def test_a_creation_in_doubt_that_another_won_is_a_conflict(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        def answer(call: Call) -> Reply:
            if call.action != "CreateSecret":
                return forward(moto.url, call)
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub, pytest.raises(ConflictError):
            write_in(opening(stub.environ), path, 5.0, expected=ABSENT)

    def test_a_replacement_in_doubt_that_another_won_is_a_conflict(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            if call.parameters.get("VersionStage") != "AWSCURRENT" or "Move" not in str(
                call.parameters
            ):
                return forward(moto.url, call)
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub, pytest.raises(ConflictError):
            write_in(opening(stub.environ), path, 5.0)
        assert held(opening(moto.environ).get(path, None, operation()), None) == "theirs"

    def test_a_replacement_that_was_overtaken_afterwards_is_a_success(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            reply = forward(moto.url, call)
            if call.parameters.get("MoveToVersionId") is None:
                return reply
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub:
            info = write_in(opening(stub.environ), path, 5.0)
        previous = opening(moto.environ).get(path, "previous", operation())
        assert previous.version == info.version

    @pytest.mark.parametrize("action", ["CreateSecret", "UpdateSecretVersionStage"])
    def test_what_reading_back_cannot_settle_is_in_doubt(
        self, moto: MotoServer, opening: Opening, path: str, action: str
    ) -> None:
        if action != "CreateSecret":
            write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            if call.action == action:
                forward(moto.url, call)
            elif call.action != "DescribeSecret":
                return forward(moto.url, call)
            return Reply(b"", 503)

        with aws_stub(answer) as stub:
            told = doubt_of(opening(stub.environ), path, timeout=5.0)
        assert type(told) is WriteInDoubtError
        assert opening(moto.environ).get(path, None, operation()).version in told.hint

    @contextmanager
    def losing(
        self, moto: MotoServer, action: str, reply: Reply, *, done: bool
    ) -> Iterator[AwsStub]:
        """moto, but for the first call of ``action``: its answer is lost."""
        met: list[Call] = []

        def answer(call: Call) -> Reply:
            if call.action != action or met:
                return forward(moto.url, call)
            met.append(call)
            if done:
                forward(moto.url, call)
            return reply

        with aws_stub(answer) as stub:
            yield stub
        assert met, "the fault was never met"


def write_in(store: AwsStore, path: str, timeout: float, expected: str | None = None) -> Any:
    with within(timeout):
        return store.put(path, Change(SecretValue(CANARY), expected=expected), operation(timeout))


def doubt_of(
    store: AwsStore, path: str, expected: str | None = None, timeout: float = 3.0
) -> ScaleSecretsError:
    with pytest.raises(ScaleSecretsError) as caught:
        write_in(store, path, timeout, expected)
    assert_value_free(caught.value, CANARY)
    assert caught.value.hint
    return caught.value


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
                skew = opening(stub.environ).whoami(operation()).get("clock_skew")
                assert skew is None if told is None else skew is not None and skew[0] == told

    def test_a_broken_answer_to_assume_role_shows_nothing_of_it(self, opening: Opening) -> None:
        role = "arn:aws:iam::111122223333:role/reader"
        for text in (f"<Secret>{CANARY}", f"<AssumeRoleResponse>{CANARY}</AssumeRoleResponse>"):
            broken = Reply(text.encode(), 200, {"Content-Type": "text/xml"})
            with aws_stub(lambda _, broken=broken: broken) as stub:  # type: ignore[misc]
                assert isinstance(failure(opening(stub.environ, role=role)), BadAnswerError)


class TestTls:
    def test_a_bundle_of_the_surroundings_is_trusted(
        self, opening: Opening, authority: Authority
    ) -> None:
        with aws_stub(lambda _: GOOD, authority.issue("good", "127.0.0.1")) as stub:
            environ = stub.environ | {"AWS_CA_BUNDLE": str(authority.file)}
            assert held(opening(environ).get(PATH, None, operation()), None) == CANARY

    def test_a_bundle_of_the_profile_is_trusted(
        self, opening: Opening, authority: Authority, tmp_path: Path
    ) -> None:
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws/config").write_text(f"[default]\nca_bundle = {authority.file}\n")
        with aws_stub(lambda _: GOOD, authority.issue("good", "127.0.0.1")) as stub:
            store = opening(stub.environ, home=tmp_path)
            assert held(store.get(PATH, None, operation()), None) == CANARY

    def test_a_bad_certificate_is_told_and_nothing_is_sent(
        self, opening: Opening, authority: Authority, tmp_path: Path
    ) -> None:
        ours = {"AWS_CA_BUNDLE": str(authority.file)}
        foreign = Authority(tmp_path / "foreign")
        for pair, bundle in (
            (authority.issue("name", "vault.example.com"), ours),
            (authority.issue("old", "127.0.0.1", expired=True), ours),
            (foreign.issue("good", "127.0.0.1"), ours),
            (authority.issue("good", "127.0.0.1"), {}),
        ):
            with aws_stub(lambda _: GOOD, pair) as stub:
                told = failure(opening(stub.environ | bundle))
                assert isinstance(told, UnreachableError)
                assert "certificate" in told.message
                assert stub.calls == []

    def test_loopback_never_goes_through_a_proxy(
        self, opening: Opening, authority: Authority
    ) -> None:
        pair = authority.issue("good", "127.0.0.1")
        with (
            aws_stub(lambda _: GOOD, pair) as stub,
            aws_stub(lambda _: GOOD) as plain,
            socket.create_server(("127.0.0.1", 0)) as proxy,
        ):
            url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), url)
            for one in (stub, plain):
                environ = one.environ | proxies | {"AWS_CA_BUNDLE": str(authority.file)}
                assert held(opening(environ).get(PATH, None, operation()), None) == CANARY
            proxy.settimeout(0.1)
            with pytest.raises(TimeoutError):
                proxy.accept()
