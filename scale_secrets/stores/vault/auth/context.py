"""What every auth method works with: its options, files and variables, and the login itself.

hvac makes the login's request; the transport sends it, and judges the answer before hvac sees it,
so that neither hvac's time-outs nor its error texts, which quote the server, play a part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from scale_secrets.errors import DeniedError, ScaleSecretsError, UsageError
from scale_secrets.frozen import frozen
from scale_secrets.net.messages import Answer
from scale_secrets.net.retry import retrying
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation
from scale_secrets.stores.vault.answers import failure, unexpected
from scale_secrets.stores.vault.settings import Settings
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

_MAX_FILE = 256 * 1024  # bytes; a token, password or JWT is far shorter


class MissingError(Exception):
    """A method lacks an ingredient; the text says which. Never leaves this package."""


@frozen
class Gained:
    """A token; one gained ``by_login`` is ours to revoke."""

    token: SecretValue
    by_login: bool


class Options:
    """One table of ``auth``. ``known`` must be told first: anything else in it is an error."""

    def __init__(self, method: str, table: Mapping[str, Any], settings: Settings) -> None:
        self._place = f'store "{settings.store}": auth method {method}'
        self._table = table
        self._directory = settings.directory or Path()

    def known(self, *names: str) -> None:
        """Refuse other options; the values are not repeated, one may be a pasted credential."""
        for name, value in self._table.items():
            if name not in ("method", *names):
                raise UsageError(
                    f"{self._place}: unknown option {name}",
                    hint=f"known: {', '.join(names)}; a credential never stands in a manifest",
                )
            if not isinstance(value, str):
                raise UsageError(f"{self._place}: option {name} must be text")

    def text(self, name: str, default: str = "") -> str:
        return str(self._table.get(name) or default)

    def required(self, name: str) -> str:
        if not self.text(name):
            raise UsageError(f"{self._place}: option {name} is missing")
        return self.text(name)

    def file(self, name: str) -> Path | None:
        """An option that names a file, relative to the manifest."""
        text = self.text(name)
        return self._directory / Path(text).expanduser() if text else None


@frozen
class Context:
    settings: Settings
    surroundings: Surroundings = field(repr=False)  # its variables hold credentials
    transport: Transport
    operation: Operation

    def secret_file(self, path: Path) -> SecretValue:
        """A file's text without the white space around it. Raises ``MissingError`` without it."""
        try:
            with path.open("rb") as file:
                text = file.read(_MAX_FILE).decode().strip()
        except FileNotFoundError:
            raise MissingError(f"there is no file {path}") from None
        except OSError as error:
            reason = (error.strerror or "unreadable").lower()
            raise MissingError(f"file {path} cannot be read ({reason})") from None
        except UnicodeDecodeError:
            raise MissingError(f"file {path} is no text") from None
        if not text:
            raise MissingError(f"file {path} is empty")
        return SecretValue(text)

    def secret_variable(self, *names: str) -> SecretValue:
        """The first of the variables that is set. Raises ``MissingError`` without any."""
        for name in names:
            if self.surroundings.environ.get(name, "").strip():
                return SecretValue(self.surroundings.environ[name].strip())
        raise MissingError(f"variable {' or '.join(names)} is not set")

    def log_in(self, method: str, role: str, call: Callable[[Any], Any]) -> Gained:
        """The token that ``call(hvac.Client)`` gains. Raises ``DeniedError`` when refused."""
        who = f" as {role}" if role else ""
        doing = f'store "{self.settings.store}": log in by {method}{who}'

        def check(answer: Answer) -> None:
            if answer.status >= 300:
                raise _refusal(answer, method, doing)

        document = retrying(
            lambda: self._call(call, check, doing),
            self.operation,
            attempts=self.settings.attempts,
        )
        auth = document.get("auth") if isinstance(document, dict) else None
        token = auth.get("client_token") if isinstance(auth, dict) else None
        if not isinstance(token, str):
            raise unexpected(doing)
        if not token:
            raise DeniedError(
                f"{doing}: the server wants a second factor", hint="use another auth method"
            )
        return Gained(SecretValue(token), by_login=True)

    def _call(self, call: Callable[[Any], Any], check: Callable[[Answer], None], doing: str) -> Any:
        import hvac

        from scale_secrets.net.requests_adapter import TransportAdapter, session

        adapter = TransportAdapter(self.transport, self.operation, doing=doing, check=check)
        client = hvac.Client(
            url=self.settings.address,
            token="",  # else hvac looks for one, and would send it along
            verify=True,
            session=session(adapter),
            allow_redirects=False,
            namespace=self.settings.namespace or None,
        )
        try:
            return call(client)
        except ScaleSecretsError:
            raise
        except Exception:  # noqa: BLE001 - hvac's and requests' own, whose texts may quote a value
            raise unexpected(doing) from None


def _refusal(answer: Answer, method: str, doing: str) -> ScaleSecretsError:
    """A login that is refused gets 400 or 403; a mount that is not there 404, or 403."""
    if answer.status == 404:
        return DeniedError(
            f"{doing}: no auth method is mounted there",
            hint=f"set mount for method {method}, and check namespace",
        )
    if answer.status in (400, 401, 403):
        return DeniedError(
            f"{doing}: refused",
            hint="check role, mount, and that the credential has not expired; the server's log "
            "says why",
        )
    return failure(answer, doing=doing, capability="")
