"""An application that tells all it can: every logger at DEBUG, and each failure with its locals.

``python talkative.py SCENE`` in a directory with a manifest; what it prints is searched for values.
It stands for a program with a crash reporter, and holds no value in variables of its own.
"""

# ruff: noqa: T201, T203 - to print is what it is for

from __future__ import annotations

import asyncio
import copy
import gc
import logging
import os
import pickle
import pprint
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any

import scale_secrets

ENVIRONMENT = "live"
QUICKLY = 10.0  # seconds


def loaded() -> Any:
    return scale_secrets.load(ENVIRONMENT, timeout=20)


def base_url() -> str:
    return os.environ["SCALE_SECRETS_TRUSTED"]


def report(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> None:
    """What a crash reporter collects."""
    write_texts(error)
    link = error
    while link is not None:
        for frame, line in traceback.walk_tb(link.__traceback__):
            for name, held in frame.f_locals.items():
                with suppress(Exception):  # an object that was half made
                    sys.stderr.write(f"{frame.f_code.co_qualname}:{line}: {name} = {held!r}\n")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def write_texts(error: BaseException | None) -> None:
    """What is logged of an error that was caught."""
    assert error is not None
    traceback.print_exception(error)
    sys.stderr.write(f"{error!r} {error.args!r} {vars(error)!r}\n")


def attempt(call: Callable[[], object], *, crash: bool = True) -> None:
    """Call, print what comes of it, and tell what goes wrong: as a crash, or as an error."""
    try:
        print(repr(call()))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        if crash:
            report(type(error), error, error.__traceback__)
        else:
            write_texts(error)


def show(thing: Any) -> None:
    """In every way that a program prints, logs, copies or serialises an object."""
    logging.getLogger("application").debug("%s %r", thing, thing)
    print(thing, repr(thing), f"{thing} {thing!r}", [thing], {"it": thing})
    with suppress(TypeError):
        pprint.pprint(vars(thing))
    for way in (pickle.dumps, copy.copy, copy.deepcopy, dict):
        attempt(partial(way, thing))


def shown() -> None:
    secrets = loaded()
    client = secrets.scale_client()
    things = [secrets, secrets["api_key"], secrets.api_key, secrets.auth, secrets.callbacks]
    things += [client, client.api, client.v2, client.v2.api_client]
    things += [client.v2.api_client.configuration]
    with scale_secrets.fresh(ENVIRONMENT) as fresh:
        for thing in (*things, fresh, fresh.api_key, fresh.auth, fresh.callbacks):
            show(thing)


def asked() -> None:
    """Every client asks; with a server that refuses, each one's own error for that is reported."""
    import httpx
    import requests

    auth = loaded().auth
    url = f"{base_url()}/projects"

    def by_requests() -> object:
        answer = requests.get(url, auth=auth, timeout=QUICKLY)
        show(answer.request)
        answer.raise_for_status()
        return answer

    def by_httpx() -> object:
        with httpx.Client(auth=auth) as client:
            answer = client.get(url)
        show(answer.request)
        show(answer.request.headers)
        return answer.raise_for_status()

    async def by_async_httpx() -> object:
        async with httpx.AsyncClient(auth=auth) as client:
            return (await client.get(url)).raise_for_status()

    attempt(by_requests)
    attempt(by_httpx)
    attempt(lambda: asyncio.run(by_async_httpx()))
    by_sdk()


def by_sdk() -> None:
    client = loaded().scale_client(timeout=QUICKLY)
    attempt(client.projects)
    attempt(client.v2.get_batches)


def refused_hosts() -> None:
    import httpx
    import requests

    auth = loaded().auth
    for url in ("http://127.0.0.2:1/", "https://api.scale.com.evil.example/", "http://[::1/"):
        attempt(partial(requests.get, url, auth=auth, timeout=QUICKLY))
        attempt(partial(httpx.get, url, auth=auth))


def unhandled() -> None:
    """Failures that nobody catches, wherever they come up."""

    def failing() -> None:
        secrets = loaded()
        raise RuntimeError(f"an application's own {secrets} {secrets.auth} {secrets.api_key}")

    async def forgotten() -> None:
        secrets = await scale_secrets.load_async(ENVIRONMENT, timeout=20)
        raise RuntimeError(f"{secrets!r}")

    async def forgetting() -> None:
        asyncio.get_running_loop().slow_callback_duration = 0.0
        task = asyncio.create_task(forgotten())
        await asyncio.sleep(0)
        while not task.done():
            await asyncio.sleep(0.01)
        del task
        gc.collect()

    thread = threading.Thread(target=failing)
    thread.start()
    thread.join()
    asyncio.run(forgetting(), debug=True)
    failing()


def changed() -> None:
    """A hook that fails with the value in its text, and readers while the value changes."""
    told = threading.Event()
    with scale_secrets.fresh(ENVIRONMENT) as secrets:

        @secrets.on_change
        def fail(name: str, old: str | None, new: str | None) -> None:
            told.set()
            raise RuntimeError(secrets[name].value.reveal())

        words = ("put", "-e", ENVIRONMENT, "api_key", "--yes")
        command = [sys.executable, "-m", "scale_secrets", *words]
        subprocess.run(command, input=os.environ["NEXT_KEY"].encode(), check=True)
        secrets.refresh()
        told.wait(QUICKLY)
        time.sleep(0.2)  # for the log of the hook's failure
        show(secrets.api_key)


def failing_store() -> None:
    """Every door, and a store that does not open."""
    attempt(loaded)
    attempt(lambda: asyncio.run(scale_secrets.load_async(ENVIRONMENT, timeout=20)))
    attempt(partial(scale_secrets.fresh, ENVIRONMENT))


def called_back() -> None:
    """Middlewares with what they accept and what they refuse, from our own header up."""
    from scale_secrets.callback.asgi import CallbackMiddleware as Asgi
    from scale_secrets.callback.wsgi import CallbackMiddleware as Wsgi

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        print(message)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})

    verifier = loaded().callbacks
    for text in os.environ["HEADERS"].split("\n"):
        environ = {"REQUEST_METHOD": "POST", "HTTP_SCALE_CALLBACK_AUTH": text}
        wsgi = Wsgi(lambda environ, start: [b"through"], verifier)
        print(wsgi(environ, lambda *told: print(told)))  # type: ignore[arg-type]
        pairs = [(b"scale-callback-auth", text.encode())]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": pairs}
        asyncio.run(Asgi(application, verifier)(scope, receive, send))
        given = {"scale-callback-auth": text}
        attempt(partial(verifier.verify, given), crash=False)  # a crash would hold the request
    attempt(partial(verifier.verify, text), crash=False)
    show(verifier)
    print(verifier.refused)


def settings() -> None:
    """Settings of pydantic that get the values and do not hold: pydantic repeats what it got."""
    from pydantic import Field, SecretBytes, SecretStr
    from pydantic import ValidationError as Invalid
    from pydantic_settings import BaseSettings

    from scale_secrets.integrations.pydantic_settings import ScaleSecretsSource

    class Loading(BaseSettings):
        @classmethod
        def settings_customise_sources(  # type: ignore[no-untyped-def, override]
            cls, settings_cls, **others
        ):
            return (ScaleSecretsSource(settings_cls, ENVIRONMENT),)

    class Wanting(Loading):
        api_key: SecretStr
        callback_auth_key: SecretBytes
        missing: int

    class Short(Loading):
        api_key: SecretStr = Field(max_length=3)
        callback_auth_key: SecretBytes = Field(max_length=3)

    class Careless(Loading):
        api_key: str

    every: tuple[Any, ...] = (Wanting, Short, Careless)
    for wrong in every:
        attempt(wrong)
        try:
            wrong()
        except Invalid as error:
            print(error.errors(), error.json(), error.errors(include_input=True))
        except scale_secrets.UsageError as refused:
            print(refused.hint)


SCENES: dict[str, Callable[[], None]] = {
    scene.__name__: scene
    for scene in (
        shown,
        asked,
        by_sdk,
        refused_hosts,
        unhandled,
        changed,
        failing_store,
        called_back,
        settings,
    )
}

if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    sys.excepthook = report
    threading.excepthook = lambda told: report(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: report(told.exc_type, told.exc_value, told.exc_traceback)
    SCENES[sys.argv[1]]()
