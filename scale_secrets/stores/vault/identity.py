"""Who the server takes us for, and what it says of itself: facts for a person."""

from __future__ import annotations

import time
from collections.abc import Mapping

from scale_secrets.net.messages import Request
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import CLOCK_SKEW
from scale_secrets.stores.vault.answers import data_of, document_of
from scale_secrets.stores.vault.client import Client, Question
from scale_secrets.stores.vault.jsontext import Number
from scale_secrets.stores.vault.settings import Settings


def facts(
    settings: Settings, client: Client, transport: Transport, operation: Operation
) -> Mapping[str, str]:
    """Raises ``DeniedError`` when the token is not accepted."""
    doing = f'store "{settings.store}": look up the token'
    api = "auth/token/lookup-self"
    question = Question("GET", api, doing, f"read on {api}")
    data = data_of(client.ask_again(question, operation), doing=doing)
    told = {
        "address": settings.address,
        "namespace": settings.namespace,
        "principal": _text(data.get("display_name")),
        "policies": ", ".join(
            sorted({*_texts(data.get("policies")), *_texts(data.get("identity_policies"))})
        ),
        "entity": _text(data.get("entity_id")),
        "token type": _text(data.get("type")),
        "expires": _text(data.get("expire_time")) or "never",
        **_health(settings, transport, operation),
    }
    return {name: text for name, text in told.items() if text}


def _health(settings: Settings, transport: Transport, operation: Operation) -> Mapping[str, str]:
    """Version, seal and clock: the one answer whose status tells a state, not a failure."""
    doing = f'store "{settings.store}": ask for its health'
    request = Request("GET", f"{settings.address}/v1/sys/health")
    document = document_of(transport.send(request, operation, doing=doing), doing=doing)
    told = {"version": _text(document.get("version"))}
    if isinstance(document.get("sealed"), bool):
        told["sealed"] = "yes" if document["sealed"] else "no"
    server_time = document.get("server_time_utc")
    if isinstance(server_time, Number):
        middle = float(server_time.text) + 0.5  # it counts whole seconds
        told[CLOCK_SKEW] = f"{middle - time.time():+.0f} s"
    return told


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: object) -> list[str]:
    return [text for text in values if isinstance(text, str)] if isinstance(values, list) else []
