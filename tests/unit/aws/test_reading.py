"""Which version is asked for, what the answers become, and that foreign errors stay value-free."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore import exceptions as theirs
from botocore.parsers import ResponseParserError

from scale_secrets.errors import BadAnswerError, DeniedError, ScaleSecretsError, UsageError
from scale_secrets.stores.aws.faults import from_botocore
from scale_secrets.stores.aws.reading import selection, versions_of

CANARY = "live_" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("version", "parameters"),
    [
        (None, {"VersionStage": "AWSCURRENT"}),
        ("current", {"VersionStage": "AWSCURRENT"}),
        ("pending", {"VersionStage": "AWSPENDING"}),
        ("previous", {"VersionStage": "AWSPREVIOUS"}),
        ("AWSPENDING", {"VersionStage": "AWSPENDING"}),
        ("canary", {"VersionStage": "canary"}),
        ("a" * 31, {"VersionStage": "a" * 31}),
        ("a" * 32, {"VersionId": "a" * 32}),
        (
            "01234567-89ab-cdef-0123-456789abcdef",
            {"VersionId": "01234567-89ab-cdef-0123-456789abcdef"},
        ),
        ("a" * 65, {"VersionStage": "a" * 65}),
        ("a_" * 20, {"VersionStage": "a_" * 20}),
    ],
)
def test_a_version_is_a_stage_an_id_or_a_label(
    version: str | None, parameters: dict[str, str]
) -> None:
    assert selection(version, place="here") == parameters


@pytest.mark.parametrize("version", ["", "a_" * 129])
def test_what_can_be_neither_is_refused(version: str) -> None:
    with pytest.raises(UsageError, match=r"^here: "):
        selection(version, place="here")


def test_versions_of_one_second_are_ordered_by_their_stages() -> None:
    older, newer = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    listed = [
        {"VersionId": "old", "CreatedDate": older},
        {"VersionId": "loose", "CreatedDate": newer},
        {"VersionId": "previous", "CreatedDate": newer, "VersionStages": ["AWSPREVIOUS", "x"]},
        {"VersionId": "current", "CreatedDate": newer, "VersionStages": ["AWSCURRENT"]},
    ]
    found = versions_of(listed, place="here")
    assert [info.version for info in found] == ["current", "previous", "loose", "old"]
    assert found[1].stages == {"previous", "x"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (theirs.ParamValidationError(report=CANARY), UsageError),
        (ValueError(CANARY), UsageError),
        (ResponseParserError(CANARY), BadAnswerError),
        (KeyError(CANARY), BadAnswerError),
        (theirs.CredentialRetrievalError(provider="x", error_msg=CANARY), DeniedError),
        (theirs.ConfigParseError(path=CANARY, error=CANARY), UsageError),
        (theirs.SSOTokenLoadError(error_msg=CANARY), DeniedError),
        (FileNotFoundError(2, "no", CANARY), DeniedError),
    ],
)
def test_no_words_of_a_foreign_error_are_repeated(
    error: Exception, kind: type[ScaleSecretsError]
) -> None:
    told = from_botocore(error, place="here")
    assert type(told) is kind
    assert told.message.startswith("here: ")
    assert told.hint
    assert CANARY not in f"{told.message}{told.hint}{told!r}"
