"""TLS: the context that a ``Tls`` describes, and what its failures mean to a person."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import TypeGuard

from scale_secrets.errors import DeadlineError, UnreachableError, UsageError
from scale_secrets.net.messages import Tls
from scale_secrets.operation import Deadline

_EXPIRED, _NOT_YET_VALID = 10, 9  # X509_V_ERR_* of OpenSSL
_WRONG_NAME = (62, 64)  # host name, IP address

# Parts of OpenSSL's reasons, each with what is wrong and what to do; the first that fits.
_REASONS = (
    (
        ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH"),
        "the server does not speak TLS",
        "check the port, or write http:// if the server is meant to be without TLS",
    ),
    (
        ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE"),
        "the server refused the handshake, and may want a client certificate",
        "set client_cert and client_key",
    ),
    (
        ("ALERT_UNKNOWN_CA", "ALERT_BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN"),
        "the server refused our client certificate",
        "check client_cert and client_key: expired, or issued by a CA the server does not know",
    ),
    (
        ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"),
        "the server speaks no TLS version that is safe",
        "TLS 1.2 or later is needed: upgrade the server",
    ),
)


def context_of(tls: Tls) -> ssl.SSLContext:
    """Raises ``UsageError`` that names the file that cannot be used."""
    try:
        if tls.ca_directory is not None and not Path(tls.ca_directory).is_dir():
            raise NotADirectoryError  # OpenSSL would find no authority there, and not say why
        context = ssl.create_default_context(
            cafile=tls.ca_file, capath=tls.ca_directory, cadata=tls.ca_pem
        )
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        place = tls.ca_file or tls.ca_directory or "given as text"
        raise UsageError(
            f"the CA certificates cannot be loaded: {place}",
            hint="it must be a readable PEM file, or a directory made by c_rehash",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.client_certificate:
        _load_client(context, tls)
    return context


def _load_client(context: ssl.SSLContext, tls: Tls) -> None:
    # Without a password of our own OpenSSL would ask for one on the terminal, and wait for ever.
    try:
        context.load_cert_chain(
            str(tls.client_certificate), tls.client_key or None, password=lambda: b""
        )
    except (OSError, ValueError):
        raise UsageError(
            f"the client certificate cannot be loaded: {tls.client_certificate}",
            hint="certificate and key must be readable, belong together and need no password",
        ) from None


def handshake(
    sock: socket.socket, context: ssl.SSLContext, host: str, deadline: Deadline, *, doing: str
) -> ssl.SSLSocket:
    """Speak TLS on a connected socket, which is closed on any failure.

    ``host`` is the name that the certificate must bear, also sent as SNI.
    """
    try:
        sock.settimeout(deadline.require(doing))
        return context.wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        sock.close()
        raise DeadlineError(
            f"{doing}: the TLS handshake was not done within {deadline.seconds:g} s",
            hint="check that the server speaks TLS on that port, and that it is healthy",
        ) from None
    except ssl.SSLError as error:
        sock.close()
        raise explain(error, host, doing=doing, sent=False) from None
    except (OSError, ValueError):  # ValueError: a host name that TLS cannot carry
        sock.close()
        raise UnreachableError(
            f"{doing}: the connection broke during the TLS handshake",
            hint="check the address, and that the server speaks TLS on that port",
            retryable=True,
        ) from None
    except BaseException:
        sock.close()
        raise


def is_of_tls(error: OSError) -> TypeGuard[ssl.SSLError]:
    """Whether the failure is TLS's own, and ``explain`` knows what it means."""
    return isinstance(error, ssl.SSLError)


def explain(error: ssl.SSLError, host: str, *, doing: str, sent: bool) -> UnreachableError:
    """What a TLS failure means. Not retryable, save for a peer that merely hung up."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what, hint = _explain_certificate(error, host)
        return UnreachableError(f"{doing}: {what}", hint=hint, sent=sent)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return UnreachableError(
            f"{doing}: the server broke off the TLS connection",
            hint="see the server's log; it may want a client certificate",
            sent=sent,
            retryable=True,
        )
    reason = error.reason or ""
    for parts, what, hint in _REASONS:
        if any(part in reason for part in parts):
            return UnreachableError(f"{doing}: {what}", hint=hint, sent=sent)
    return UnreachableError(
        f"{doing}: TLS failed: {reason.lower().replace('_', ' ') or 'unknown reason'}",
        hint="check the address and the server's TLS settings",
        sent=sent,
    )


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
    if error.verify_code == _EXPIRED:
        return (
            f"the certificate of {host} has expired",
            "renew the server's certificate; check this machine's clock",
        )
    if error.verify_code == _NOT_YET_VALID:
        return f"the certificate of {host} is not valid yet", "check this machine's clock"
    if error.verify_code in _WRONG_NAME:
        return (
            f"the server's certificate is not for {host}",
            "check the address; set tls_server_name if the certificate bears another name",
        )
    return (
        f"the certificate of {host} is signed by no CA that is trusted here",
        "name the CA's certificate with ca_cert (or VAULT_CACERT, AWS_CA_BUNDLE)",
    )
