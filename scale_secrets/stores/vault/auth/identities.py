"""Identity tokens (JWT) for the ``jwt`` method: where a pipeline finds its own."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from scale_secrets.errors import DeniedError, TrustError
from scale_secrets.net.messages import Request, Tls
from scale_secrets.net.retry import retrying
from scale_secrets.net.transport import Transport
from scale_secrets.stores.vault.answers import document_of, failure, member
from scale_secrets.stores.vault.auth.context import Context, MissingError, Options
from scale_secrets.surroundings import canonical_address, trusted_addresses
from scale_secrets.values import SecretValue

_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - a variable's name


def identity_token(options: Options, context: Context) -> SecretValue:
    """From ``token_file``, else ``token_variable``, else minted by GitHub Actions."""
    file = options.file("token_file")
    if file is not None:
        return context.secret_file(file)
    if options.text("token_variable"):
        return context.secret_variable(options.text("token_variable"))
    return _minted(options.text("audience"), context)


def _minted(audience: str, context: Context) -> SecretValue:
    """GitHub's documentation: GET the URL with ``audience`` added; ``value`` is the token."""
    environ = context.surroundings.environ
    url, bearer = environ.get(_URL, ""), environ.get(_TOKEN, "")
    if not url or not bearer:
        raise MissingError(
            "no token_file or token_variable is named, and this is no GitHub job with "
            "permissions: id-token: write"
        )
    doing = f'store "{context.settings.store}": mint an identity token of GitHub Actions'
    _require_safe(url, context, doing)
    if audience:
        url += ("&" if "?" in url else "?") + f"audience={quote(audience, safe='')}"
    # A way out of its own: GitHub is not to be verified with Vault's CA, nor shown its certificate.
    transport = Transport(Tls(), environ)
    request = Request(
        "GET", url, {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    )

    def attempt() -> SecretValue:
        answer = transport.send(request, context.operation, doing=doing)
        if answer.status in (400, 401, 403, 404):
            raise DeniedError(f"{doing}: refused", hint="give the job permissions: id-token: write")
        if answer.status != 200:
            raise failure(answer, doing=doing, capability="")
        return SecretValue(member(document_of(answer, doing=doing), "value", str, doing=doing))

    try:
        return retrying(attempt, context.operation, attempts=context.settings.attempts)
    finally:
        transport.close()


def _require_safe(url: str, context: Context, doing: str) -> None:
    """The request's own token goes over https, or to an address that the user trusts."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return
    origin = canonical_address(f"{parts.scheme}://{parts.netloc}")
    if origin not in trusted_addresses(context.surroundings):
        raise TrustError(
            f"{doing}: {_URL} is not https", hint="only GitHub sets it: find out what changed it"
        )
