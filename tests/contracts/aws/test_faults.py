"""What can go wrong on the way to AWS: each ends in time, with the right class and a hint."""

from __future__ import annotations

import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    SoftDeletedError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.interface import ABSENT
from tests.contracts.aws.harness import GOOD, PATH, Opening, failure
from tests.contracts.store_contract import CANARY, held, write
from tests.support.aws_stub import AwsStub, Call, Manner, Reply, aws_stub, error, ok, secret
from tests.support.tls import Authority


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
