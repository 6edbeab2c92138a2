"""``CallbackVerifier``: does a callback carry one of the keys that only Scale and we know?

Invariants: no key is accepted by default, so having none, or an empty one, is an error and never
an open door; a request is judged by bytes, and every accepted key is compared whatever the others
said. What is compared are digests under a random key of this process: where the first wrong byte
stands changes them altogether, so the time of a comparison tells nothing about it.

The header is a static shared secret (Scale signs nothing): it proves who sends, not that this is
the first time, nor that the body is as it was sent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from hmac import compare_digest
from threading import Lock
from types import MappingProxyType

from scale_secrets.callback.headers import HEADER, Headers, Received, received
from scale_secrets.errors import CallbackRefused, KeyFormatError, ScaleSecretsError, UsageError
from scale_secrets.model import Refusal
from scale_secrets.values import SecretValue

LONGEST = 4096  # bytes; far above any key, below what servers allow a header
_VISIBLE = re.compile(rb"[!-~]+\Z")

_REASONS = {
    Refusal.MISSING: f"callback refused: the header {HEADER} is missing",
    Refusal.EMPTY: f"callback refused: the header {HEADER} is empty",
    Refusal.DUPLICATE: f"callback refused: the header {HEADER} was sent more than once",
    Refusal.LOOK_ALIKE: f"callback refused: a header was sent that some servers take for {HEADER}",
    Refusal.MALFORMED: f"callback refused: the header {HEADER} holds characters that no key has",
    Refusal.TOO_LONG: f"callback refused: the header {HEADER} is longer than {LONGEST} bytes",
    Refusal.WRONG: f"callback refused: the header {HEADER} is none of the accepted keys",
}

Keys = Iterable[SecretValue] | Callable[[], Sequence[SecretValue]]


class CallbackVerifier:
    """The accepted keys: during a rotation the current one and the next, or the previous one.

    ``keys``: the keys, or a function that is asked for them at each request and may wait for a
    store. Raises ``UsageError`` for no key and ``KeyFormatError`` for an empty one or one that no
    header can carry: at once for keys, and from ``verify`` for what a function returns.

    Safe to share between threads.
    """

    def __init__(self, keys: Keys) -> None:
        self._keyed = blake2b(digest_size=32, key=os.urandom(blake2b.MAX_KEY_SIZE))
        self._source = keys if callable(keys) else None
        self._fixed = () if callable(keys) else self._digests(keys)
        self._refused = dict.fromkeys(Refusal, 0)
        self._counting = Lock()

    def __repr__(self) -> str:
        return f"CallbackVerifier({'fresh' if self._source else len(self._fixed)} keys)"

    @property
    def may_wait(self) -> bool:
        """Whether ``verify`` may wait for a store: then an event loop asks it in a thread."""
        return self._source is not None

    @property
    def refused(self) -> Mapping[Refusal, int]:
        """How many requests ``verify`` refused, by reason; all reasons are there."""
        with self._counting:
            return MappingProxyType(dict(self._refused))

    def verify(self, headers: Headers) -> None:
        """Return when the request is Scale's.

        ``headers``: a mapping, a framework's headers, pairs of str or bytes, or a WSGI environ.
        Raises ``CallbackRefused`` with its ``reason``, ``UsageError`` for what are no headers, and
        what the function of the keys raises when it has none: then the request may well be
        Scale's, and 503 has it sent again.
        """
        found = received(headers)
        try:
            reason = self._judge(found)
        except ScaleSecretsError:
            self._count(Refusal.UNAVAILABLE)
            raise
        if reason is not None:
            self._count(reason)
            raise CallbackRefused(
                reason,
                _REASONS[reason],
                hint="Scale sends the callback auth key of its dashboard; compare the stores'",
            )

    def accepts(self, header: bytes | None) -> bool:
        """Whether this is the value of an accepted request; None stands for no header.

        Counts nothing. Raises what the function of the keys raises.
        """
        return self._judge(Received(() if header is None else (header,))) is None

    def _judge(self, found: Received) -> Refusal | None:
        if found.look_alike:
            return Refusal.LOOK_ALIKE
        if len(found.values) != 1:
            return Refusal.DUPLICATE if found.values else Refusal.MISSING
        value = found.values[0]
        if not value:
            return Refusal.EMPTY
        if len(value) > LONGEST:
            return Refusal.TOO_LONG
        if not _VISIBLE.match(value):
            return Refusal.MALFORMED
        accepted = self._digests(self._source()) if self._source else self._fixed
        digest = self._digest(value)
        if not sum([compare_digest(digest, one) for one in accepted]):  # a list: no early end
            return Refusal.DUPLICATE if b"," in value else Refusal.WRONG
        return None

    def _digests(self, keys: Iterable[SecretValue]) -> tuple[bytes, ...]:
        digests = tuple(self._digest(require_receivable(_typed(key))) for key in keys)
        if not digests:
            raise UsageError(
                "there is no callback key, so every callback would be refused",
                hint="declare callback_auth_key in the environment, and put it into the store",
            )
        return digests

    def _digest(self, value: bytes) -> bytes:
        hashed = self._keyed.copy()  # half the time of starting with the key anew
        hashed.update(value)
        return hashed.digest()

    def _count(self, reason: Refusal) -> None:
        with self._counting:
            self._refused[reason] += 1


def require_receivable(key: SecretValue) -> bytes:
    """The bytes of a key that a header can carry. Raises ``KeyFormatError``."""
    data = key.reveal_bytes()
    if not data:
        raise KeyFormatError(
            "the callback key is empty, and would accept anybody", hint="put the real one there"
        )
    if len(data) > LONGEST or not _VISIBLE.match(data):
        raise KeyFormatError(
            "the callback key cannot arrive in a header: it is longer than "
            f"{LONGEST} bytes, or holds white space, a control character or one that is not ASCII",
            hint="copy it again from the dashboard, without spaces, quotes or a line break",
        )
    return data


def _typed(key: object) -> SecretValue:
    if not isinstance(key, SecretValue):
        raise UsageError(
            f"a callback key is a SecretValue, not {type(key).__name__}", hint="wrap it in one"
        )
    return key
