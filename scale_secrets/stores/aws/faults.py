"""botocore's errors and AWS's error codes, told in the project's words.

Invariants: no text of the server or of botocore is repeated, but for the identity and the action
that an AccessDenied names; every message begins with the place, every hint says what to do.
Codes: the Secrets Manager API reference ("Errors", "Common Errors"), and those of STS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore import exceptions as theirs
from botocore.parsers import ResponseParserError

from scale_secrets.errors import (
    BadAnswerError,
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    SoftDeletedError,
    UnreachableError,
    UsageError,
)
from scale_secrets.net.retry import ThrottledError, parse_retry_after


class ActionDeniedError(DeniedError):
    """The credentials are good, and may not do this. ``action`` is the IAM action missing."""

    def __init__(self, message: str, *, hint: str, action: str) -> None:
        super().__init__(message, hint=hint)
        self.action = action


_THROTTLED = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
    }
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_KMS = frozenset({"DecryptionFailure", "EncryptionFailure"})
_DELETED = re.compile(r"marked (?:for deletion|deleted)|scheduled for deletion", re.IGNORECASE)
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]{2,40}:[A-Za-z]{2,60})")
_WHO = re.compile(r"\b(arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\w+=,.@/-]{1,200})", re.ASCII)
_CLOCK = re.compile(r"signature (?:expired|not yet current)", re.IGNORECASE)

_SET_CLOCK = "this machine's clock and AWS's differ: set the clock (timedatectl, chronyc) and retry"
_RENEW = "renew them (aws sso login, or assume the role again) and retry"
# code → what is wrong, what to do
_CREDENTIALS = {
    "ExpiredTokenException": ("the AWS credentials have expired", _RENEW),
    "ExpiredToken": ("the AWS credentials have expired", _RENEW),
    "RequestExpired": ("the request was too old when it arrived", _SET_CLOCK),
    "RequestTimeTooSkewed": ("the request's time is too far from AWS's", _SET_CLOCK),
}
_UNKNOWN_KEY = (
    "AWS does not know the access key",
    "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN (a temporary key needs its token), and that "
    "the region is enabled for the account",
)
_CREDENTIALS |= dict.fromkeys(
    (
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
    ),
    _UNKNOWN_KEY,
)
_CREDENTIALS |= dict.fromkeys(
    ("InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature"),
    (
        "AWS refuses the request's signature",
        "check AWS_SECRET_ACCESS_KEY, and that no proxy changes requests",
    ),
)


def from_code(
    code: str, message: str, *, place: str, action: str, region: str
) -> ScaleSecretsError | None:
    """The error for an AWS error code; None for a code that this module does not know.

    ``action``: the IAM action of the call. ``message`` is only searched, never repeated.
    """
    if code in _DENIED:
        return _denied(message, place, action)
    if code in _KMS:
        return DeniedError(
            f"{place}: AWS cannot use the secret's KMS key",
            hint="check that the key is enabled, and that you may kms:Decrypt "
            "(to write, kms:GenerateDataKey as well) with it",
        )
    if code in _CREDENTIALS:
        what, hint = _CREDENTIALS[code]
        if _CLOCK.search(message):  # how Secrets Manager reports a skewed clock
            what, hint = _CREDENTIALS["RequestTimeTooSkewed"]
        return DeniedError(f"{place}: {what}", hint=hint)
    if code == "ResourceNotFoundException":
        return NotFoundError(
            f"{place}: no such secret or version in region {region}",
            hint="check the name, the account, and the region (region in the manifest, or "
            "AWS_REGION)",
        )
    if code == "ResourceExistsException":
        return ConflictError(f"{place}: the secret exists already", hint="read it and try again")
    if code == "LimitExceededException":
        return DeniedError(
            f"{place}: a quota of Secrets Manager is exhausted",
            hint="write less often (AWS advises once in 10 minutes), or delete secrets",
        )
    return _refused(code, message, place)


def _refused(code: str, message: str, place: str) -> ScaleSecretsError | None:
    if code == "InvalidRequestException" and _DELETED.search(message):
        return SoftDeletedError(
            f"{place}: the secret is scheduled for deletion",
            hint="aws secretsmanager restore-secret --secret-id NAME brings it back",
        )
    if code in ("InvalidRequestException", "InvalidParameterException", "ValidationException"):
        return UsageError(
            f"{place}: AWS refuses the request as it stands ({code})",
            hint="check path and version, and whether another service or region manages the secret",
        )
    return None


def from_client_error(
    error: theirs.ClientError, *, place: str, action: str, region: str
) -> ScaleSecretsError:
    """The error for an answer that is an error."""
    told: Mapping[str, Any] = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    about: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
    status = int(about.get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == 429:
        headers = about.get("HTTPHeaders", {})
        return ThrottledError(
            f"{place}: AWS asks to be called less often",
            hint="wait a little, or raise the account's quota",
            retry_after=parse_retry_after(headers.get("retry-after")),
        )
    known = from_code(code, message, place=place, action=action, region=region)
    if known is not None:
        return known
    if status >= 500:
        return UnreachableError(
            f"{place}: AWS failed (status {status})",
            hint="try again; see the AWS health dashboard of the region",
            sent=True,
            retryable=True,
        )
    return BadAnswerError(
        f"{place}: the answer (status {status}) is no error that Secrets Manager knows",
        hint="check the endpoint, and that no proxy or captive portal answers for it",
        sent=True,
    )


def from_botocore(error: Exception, *, place: str) -> ScaleSecretsError:
    """The error for what went wrong inside botocore, before or after the wire."""
    if isinstance(error, ResponseParserError | LookupError | TypeError):
        return BadAnswerError(
            f"{place}: the answer is not what AWS's protocol says",
            hint="check the endpoint, and that no proxy or captive portal answers for it",
            sent=True,
        )
    for kinds, kind, what, hint in _INSIDE:
        if isinstance(error, kinds):
            return kind(f"{place}: {what}", hint=hint)
    # Its text is not repeated: a failed check of parameters prints the parameters.
    return UsageError(
        f"{place}: botocore refuses the call ({type(error).__name__})",
        hint="check the store's settings and the AWS configuration files",
    )


_INSIDE: tuple[tuple[tuple[type[Exception], ...], type[ScaleSecretsError], str, str], ...] = (
    (
        (theirs.NoCredentialsError, theirs.PartialCredentialsError),
        DeniedError,
        "no complete AWS credentials were found",
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso "
        "login); aws sts get-caller-identity shows what is found",
    ),
    (
        (theirs.ProfileNotFound,),
        UsageError,
        "the AWS profile does not exist",
        "aws configure list-profiles shows those that do",
    ),
    (
        (theirs.NoRegionError, theirs.InvalidRegionError, theirs.EndpointProviderError),
        UsageError,
        "no usable AWS region is known",
        "set region in the manifest, AWS_REGION, or region of the profile",
    ),
    (
        (theirs.ConfigParseError, theirs.ConfigNotFound, theirs.InvalidConfigError),
        UsageError,
        "the AWS configuration files cannot be used",
        "check AWS_CONFIG_FILE, ~/.aws/config and ~/.aws/credentials with aws configure list",
    ),
    (
        (
            theirs.SSOError,
            theirs.TokenRetrievalError,
            theirs.LoginError,
            theirs.NoAuthTokenError,
        ),
        DeniedError,
        "the AWS login has ended or was never made",
        "aws sso login (or aws login) with the same profile",
    ),
    (
        (theirs.MetadataRetrievalError, theirs.HTTPClientError, theirs.ConnectionError),
        UnreachableError,
        "the metadata service that gives credentials does not answer",
        "check the container's or instance's role, or set AWS_EC2_METADATA_DISABLED=true",
    ),
    (
        # OSError: a token file or a credential_process that is not there
        (theirs.CredentialRetrievalError, theirs.RefreshWithMFAUnsupportedError, OSError),
        DeniedError,
        "the configured source of AWS credentials gave none",
        "check its token file or credential_process; aws sts get-caller-identity shows why",
    ),
)


def _denied(message: str, place: str, action: str) -> ActionDeniedError:
    named = _ACTION.search(message)
    if named:
        action = named[1]
    elif "KMS" in message:  # "Access to KMS is not allowed"
        action = "kms:Decrypt"
    who = _WHO.search(message)
    return ActionDeniedError(
        f"{place}: {who[1] if who else 'the caller'} may not {action}",
        hint=f"grant {action} on this secret{' key' if action.startswith('kms:') else ''}, "
        "in an identity or a resource policy, or use other credentials",
        action=action,
    )
