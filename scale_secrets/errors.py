"""One tree of errors. Every message is value-free: it names the place, the rule and the fix.

The library raises these and nothing else; only ``cli`` turns them into exit codes. A foreign
error is wrapped where it enters, ``from None`` wherever its text could hold a value. Messages do
repeat names and paths; a Scale key that was typed in the place of one is masked here.
"""

from __future__ import annotations

from collections.abc import Sequence

from scale_secrets.model import Finding, Refusal, Severity


class ScaleSecretsError(Exception):
    """Base of all errors. ``message``: what is wrong and where; ``hint``: what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        from scale_secrets.keys import without_keys  # which raises errors of this tree itself

        self.message = without_keys(message)
        self.hint = without_keys(hint)
        super().__init__(self.message)


class UsageError(ScaleSecretsError):
    """The call, an option or the configuration is wrong; nothing was asked of a store."""


class ManifestError(UsageError):
    """The manifest cannot be used. The message names file, table path and rule."""


class CoordinateError(UsageError):
    """A coordinate string does not read ``STORE:PATH[#FIELD][@VERSION]``."""


class PolicyError(UsageError):
    """A policy is not one that its server would accept. ``file`` and ``line`` (0: unknown)."""

    def __init__(self, reason: str, *, file: str = "", line: int = 0, hint: str = "") -> None:
        self.file = file
        self.line = line
        self.reason = reason
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {reason}" if place else reason, hint=hint)


class TrustError(UsageError):
    """A credential of the surroundings would have gone to an address nobody trusted."""


class ReadOnlyStoreError(UsageError):
    """This kind of store cannot be written."""


class FindingsError(ScaleSecretsError):
    """One or more rules are broken; ``findings`` lists them, errors first."""

    def __init__(self, findings: Sequence[Finding], *, hint: str = "") -> None:
        self.findings = tuple(
            sorted(findings, key=lambda found: found.severity is not Severity.ERROR)
        )
        first = self.findings[0]
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        super().__init__(
            f"{first.id} {first.place}: {first.message}{more}", hint=hint or first.mend
        )


class ValidationError(FindingsError):
    """A bundle does not satisfy its schema."""


class SeparationError(FindingsError):
    """Live and test would have been mixed (rules SEP001 to SEP010)."""


class KeyFormatError(ScaleSecretsError):
    """A key cannot be sent by HTTP Basic (RFC 7617)."""


class CallbackRefused(ScaleSecretsError):  # noqa: N818 - an answer, of which nothing is broken
    """A callback does not prove that it is from Scale. ``reason``: what its header lacks.

    ``message`` and ``hint`` are fixed texts: no key is looked for in them, which would take
    several times as long as the judgement.
    """

    def __init__(self, reason: Refusal, message: str, *, hint: str = "") -> None:
        self.reason = reason
        self.message = message
        self.hint = hint
        Exception.__init__(self, message)


class RenderError(ScaleSecretsError):
    """A dialect cannot hold a value exactly. ``key`` names the variable, ``reason`` the rule.

    ``others``: further variables of the same file and their reasons, so that one message names
    everything there is to mend. ``refused`` lists all of them.
    """

    def __init__(
        self,
        dialect: str,
        key: str,
        reason: str,
        *,
        hint: str = "",
        others: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.refused = ((key, reason), *others)
        listed = "; ".join(f"{name}: {why}" for name, why in self.refused)
        super().__init__(f"{dialect}: {listed}", hint=hint)
        self.dialect = dialect
        self.key = key
        self.reason = reason


class NotFoundError(ScaleSecretsError):
    """The store answered that there is no such secret or version."""


class SoftDeletedError(NotFoundError):
    """The secret or version was deleted, and could be restored."""


class FieldNotFoundError(NotFoundError):
    """The container exists and lacks the field."""


class DeniedError(ScaleSecretsError):
    """The store, or the file system below it, refused the credential or the permission."""


class UnreachableError(ScaleSecretsError):
    """The store could not be reached, or its answer could not be trusted.

    ``sent`` tells whether the request may have reached the store: a write for which it is true
    may have been carried out. ``retryable`` tells whether asking again may help.
    """

    def __init__(
        self, message: str, *, hint: str = "", sent: bool = False, retryable: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.sent = sent
        self.retryable = retryable


class DeadlineError(UnreachableError):
    """The operation's one total deadline has passed."""


class BadAnswerError(UnreachableError):
    """The store's answer was short, broken, or not what its protocol says."""


class WriteInDoubtError(UnreachableError):
    """A write ended without an answer and reading it back did not settle it."""


class ConflictError(ScaleSecretsError):
    """Another writer came first: nothing was changed by this call."""
