"""A response-wrapped secret-id: looked at before it is unwrapped, and unwrapped exactly once.

Whoever intercepts a wrapping token can unwrap it and hand on one of his own making. Such a one was
created by another path than the role's, which the look-up tells without using the token up.
"""

from __future__ import annotations

import re

from scale_secrets.errors import DeniedError, NotFoundError, UsageError
from scale_secrets.stores.vault.answers import data_of, member
from scale_secrets.stores.vault.auth.context import Context
from scale_secrets.stores.vault.client import Client, Question, json_body, no_token
from scale_secrets.values import SecretValue


def unwrapped_secret_id(wrapping: SecretValue, mount: str, context: Context) -> SecretValue:
    """Raises ``DeniedError`` for a wrapping token that is spent, expired or not the role's."""
    doing = f'store "{context.settings.store}": unwrap the secret-id'
    client = Client(context.settings, context.transport, no_token)
    body = json_body({"token": wrapping.reveal()})
    look = Question("POST", "sys/wrapping/lookup", doing, "", body)
    try:
        found = data_of(client.ask_again(look, context.operation), doing=doing)
    except (DeniedError, NotFoundError, UsageError):
        raise _spent(doing) from None
    made_by = member(found, "creation_path", str, doing=doing)
    # Anchored at both ends: secret/data/auth/… is a path that others may write to.
    role = re.escape(f"auth/{mount.strip('/')}/role/") + "[^/]+/(custom-)?secret-id"
    if not re.fullmatch(role, made_by):
        raise DeniedError(
            f"{doing}: the wrapping token was not made for a secret-id of {mount}",
            hint="it may have been replaced on its way: revoke the secret-id and find out by whom",
        )
    # Never again: a second attempt after a lost answer is refused, and that must be seen.
    unwrapping = Client(context.settings, context.transport, lambda _: wrapping)
    question = Question("POST", "sys/wrapping/unwrap", doing, "", json_body({}))
    try:
        answer = unwrapping.ask(question, context.operation)
    except (DeniedError, NotFoundError, UsageError):
        raise _spent(doing) from None
    return SecretValue(member(data_of(answer, doing=doing), "secret_id", str, doing=doing))


def _spent(doing: str) -> DeniedError:
    return DeniedError(
        f"{doing}: the wrapping token is expired or was used already",
        hint="get a new one; if nobody of yours used it, the secret-id was stolen: revoke it",
    )
