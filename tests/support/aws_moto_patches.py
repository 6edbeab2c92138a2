# mypy: ignore-errors
# (a patch assigns to what a type checker holds fixed)
"""moto's Secrets Manager, served over HTTP and mended where it is not what AWS documents.

Run as a program: it takes a free port on loopback, prints it as one line, serves until its
standard input ends. Every patch stands beside the sentence of AWS's API reference that it follows
(https://docs.aws.amazon.com/secretsmanager/latest/apireference/), so that a test that passes here
passes for AWS's reasons and not for moto's.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.secretsmanager import exceptions, models, responses
from werkzeug.serving import make_server

MARKED_DELETED = (
    "You can't perform this operation on the secret because it was marked for deletion."
)
_lock = threading.RLock()  # moto's backends are plain dicts; AWS serialises writes to one secret


def _holder(secret: models.FakeSecret, label: str) -> str | None:
    stages = ((name, version["version_stages"]) for name, version in secret.versions.items())
    return next((name for name, labels in stages if label in labels), None)


# GetSecretValue: "If you don't specify either a VersionStage or VersionId, then Secrets Manager
# returns the AWSCURRENT version." moto remembers the version of the last plain write instead.
models.FakeSecret.default_version_id = property(
    lambda self: _holder(self, "AWSCURRENT"), lambda self, _: None
)


def _make_current(self: models.FakeSecret, secret_version: dict[str, Any], version_id: str) -> None:
    """PutSecretValue: "If you specify AWSCURRENT, and it is already attached to another version,
    then Secrets Manager also moves the staging label AWSPREVIOUS to the version that AWSCURRENT
    was removed from." moto drops every other label of that version as well.
    """
    before = _holder(self, "AWSCURRENT")
    self.remove_version_stages_from_old_versions([*secret_version["version_stages"], "AWSPREVIOUS"])
    if before:
        self.versions[before]["version_stages"].append("AWSPREVIOUS")
    self.versions[version_id] = secret_version


models.FakeSecret.reset_default_version = _make_current


def _labelled(self: models.FakeSecret) -> dict[str, list[str]]:
    """DescribeSecret: "A list of the versions of the secret that have staging labels attached.
    Versions that don't have staging labels are considered deprecated".
    """
    return {
        name: version["version_stages"]
        for name, version in self.versions.items()
        if version["version_stages"]
    }


models.FakeSecret._form_version_ids_to_stages = _labelled


def _same_token(
    original: Any, self: models.SecretsManagerBackend, name: str, token: Any, *data: Any, **kw: Any
) -> Any:
    """PutSecretValue: "if the secret data is different, then the operation fails because you
    can't modify an existing version". moto lets a version that is AWSPENDING be overwritten.
    """
    version = self.secrets[name].versions.get(token) if name in self.secrets else None
    held = version and (version.get("secret_string"), version.get("secret_binary"))
    if held and any(held) and held != data:
        raise exceptions.ResourceExistsException(
            f"You can't use ClientRequestToken {token} because that value is already in use"
        )
    return self.secrets[name] if held and any(held) else original(self, name, token, *data, **kw)


def _move_label(
    self: models.SecretsManagerBackend,
    secret_id: str,
    version_stage: str,
    remove_from_version_id: str | None,
    move_to_version_id: str | None,
) -> tuple[str, str]:
    """UpdateSecretVersionStage: "If the staging label you are trying to attach to one version is
    already attached to a different version, then you must include [RemoveFromVersionId] ... If the
    label is attached and you either do not specify this parameter, or the version ID does not
    match, then the operation fails." "Whenever you move AWSCURRENT, Secrets Manager automatically
    moves the label AWSPREVIOUS to the version that AWSCURRENT was removed from."
    moto lets a label stand on two versions, and changes state before it has checked.
    """
    if secret_id not in self.secrets:
        raise exceptions.SecretNotFoundException
    secret = self.secrets[secret_id]
    holder = _holder(secret, version_stage)
    for named in (remove_from_version_id, move_to_version_id):
        if named and named not in secret.versions:
            raise exceptions.InvalidParameterException(f"Not a valid version: {named}")
    if remove_from_version_id and holder != remove_from_version_id:
        raise exceptions.InvalidParameterException(
            f"The staging label {version_stage} isn't attached to {remove_from_version_id}."
        )
    if move_to_version_id and holder and not remove_from_version_id:
        raise exceptions.InvalidParameterException(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {version_stage} is "
            f"currently attached to version {holder}, so you must explicitly reference that "
            "version in RemoveFromVersionId."
        )
    if version_stage == "AWSCURRENT" and not move_to_version_id:
        raise exceptions.InvalidParameterException("You can't remove AWSCURRENT, only move it.")
    if holder:
        secret.versions[holder]["version_stages"].remove(version_stage)
    if move_to_version_id:
        secret.versions[move_to_version_id]["version_stages"].append(version_stage)
        if version_stage == "AWSCURRENT" and holder and holder != move_to_version_id:
            secret.remove_version_stages_from_old_versions(["AWSPREVIOUS"])
            secret.versions[holder]["version_stages"].append("AWSPREVIOUS")
    return secret.arn, secret.name


models.SecretsManagerBackend.update_secret_version_stage = _move_label


def _list_versions(self: responses.SecretsManagerResponse) -> str:
    """ListSecretVersionIds: "By default, versions without staging labels aren't included."
    "If there are more results available, in the response, Secrets Manager includes NextToken."
    moto lists all of them, in one page, created this second.
    """
    identifier = self._get_param("SecretId")
    if identifier not in self.backend.secrets:
        raise exceptions.SecretNotFoundException
    secret = self.backend.secrets[identifier]
    found = [
        {
            "VersionId": name,
            "CreatedDate": version["createdate"],
            **({"VersionStages": labels} if (labels := version["version_stages"]) else {}),
        }
        for name, version in secret.versions.items()
        if version["version_stages"] or self._get_param("IncludeDeprecated")
    ]
    begin = int(self._get_param("NextToken") or 0)
    end = begin + int(self._get_param("MaxResults") or 100)
    more = {"NextToken": str(end)} if end < len(found) else {}
    return json.dumps(
        {"ARN": secret.arn, "Name": secret.name, "Versions": found[begin:end], **more}
    )


responses.SecretsManagerResponse.list_secret_version_ids = _list_versions


def _batch(self: responses.SecretsManagerResponse) -> str:
    """BatchGetSecretValue: "for up to 20 secrets". "If Secrets Manager encounters errors such as
    AccessDeniedException while attempting to retrieve any of the secrets, you can see the errors
    in Errors in the response." moto takes any number, and fails as a whole for a lost version.
    """
    wanted = self._get_param("SecretIdList") or []
    if not 1 <= len(wanted) <= 20:
        raise exceptions.InvalidParameterException("SecretIdList must hold 1 to 20 secrets.")
    values, errors = [], []
    for identifier in wanted:
        try:
            values.append(self.backend.get_secret_value(identifier, None, "AWSCURRENT"))
        except exceptions.SecretsManagerClientError as error:
            errors.append(
                {
                    "SecretId": identifier,
                    "ErrorCode": error.error_type,
                    "Message": error.message,
                }
            )
    return json.dumps({"SecretValues": values, "Errors": errors})


responses.SecretsManagerResponse.batch_get_secret_value = _batch


def _checked_write(original: Any) -> Any:
    """SecretString and SecretBinary: "Length Constraints: Minimum length of 1. Maximum length of
    65536." InvalidRequestException: "The secret is scheduled for deletion." moto stores any size,
    and writes into a deleted secret.
    """

    def write(self: responses.SecretsManagerResponse) -> str:
        text = self._get_param("SecretString") or ""
        binary = self._get_param("SecretBinary") or ""
        if len(text.encode()) > 65536 or len(binary) * 3 // 4 > 65536 + 2:
            raise exceptions.ValidationException("Member must have length less than 65536")
        identifier = self._get_param("SecretId") or self._get_param("Name")
        if identifier in self.backend.secrets and self.backend.secrets[identifier].is_deleted():
            raise exceptions.InvalidRequestException(MARKED_DELETED)
        with _lock:
            return original(self)

    return write


for _name in (
    "create_secret",
    "put_secret_value",
    "update_secret",
    "update_secret_version_stage",
    "tag_resource",
    "untag_resource",
):
    setattr(
        responses.SecretsManagerResponse,
        _name,
        _checked_write(getattr(responses.SecretsManagerResponse, _name)),
    )

_original_token_check = models.SecretsManagerBackend._check_with_existing_secrets_and_versions
models.SecretsManagerBackend._check_with_existing_secrets_and_versions = lambda self, *args, **kw: (
    _same_token(_original_token_check, self, *args, **kw)
)


def _as_http_400(kind: Any) -> None:
    """ResourceNotFoundException: "HTTP Status Code: 400". moto answers 404."""
    original = kind.__init__

    def init(self: Any, *args: Any) -> None:
        original(self, *args)
        self.code = 400

    kind.__init__ = init


for _kind in (
    exceptions.ResourceNotFoundException,
    exceptions.SecretNotFoundException,
    exceptions.SecretHasNoValueException,
    exceptions.SecretStageVersionMismatchException,
):
    _as_http_400(_kind)


class _Handler(MotoRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing: the requests hold secrets."""


def main() -> None:
    server = make_server(
        "127.0.0.1",
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=_Handler,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()  # ends when the parent goes, however it goes
    os._exit(0)


if __name__ == "__main__":
    main()
