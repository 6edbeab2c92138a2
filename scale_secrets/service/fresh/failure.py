"""Why there is no value young enough: the store's last error, told anew to each who asks.

The error itself is not kept: its traceback would hold the frames of the read, and so its values,
and would grow with each thread that raises it.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_secrets.errors import ScaleSecretsError


@dataclass(frozen=True, slots=True)
class Failure:
    """``like``: an error without traceback or cause, never raised itself."""

    like: ScaleSecretsError

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Of an error of any kind. The text of a foreign one may hold a value: its type is told."""
        if isinstance(error, ScaleSecretsError):
            return cls(_copy(error))
        return cls(ScaleSecretsError(f"a refresh failed by {type(error).__name__}, a bug of ours"))

    def error(self, age: float, max_age: float) -> ScaleSecretsError:
        """A new error of the same class. ``age``: seconds since the last good read began."""
        error = _copy(self.like)
        error.message += f" (last read {age:.3g} s ago; max_age is {max_age:g} s)"
        error.args = (error.message,)
        return error


def _copy(error: ScaleSecretsError) -> ScaleSecretsError:
    """By attributes: the classes of the tree are made from different arguments."""
    copy = type(error).__new__(type(error))
    copy.__dict__.update(error.__dict__)
    copy.args = error.args
    return copy
