"""At the library's doors: an error leaves without the frames in which it came about.

Their local variables hold tokens, requests and answers, botocore's as well as ours, and programs
that report their errors collect local variables. Nothing is lost with them: a message names its
place and rule, and what was no error of the tree keeps its traceback, because it is a bug.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from scale_secrets.errors import ScaleSecretsError

P = ParamSpec("P")
T = TypeVar("T")


def frameless(call: Callable[P, T]) -> Callable[P, T]:
    """Decorates what a program calls; raises the same errors, without traceback and cause."""

    @wraps(call)
    def called(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return call(*arguments, **named)
        except ScaleSecretsError as error:
            error.__cause__ = error.__context__ = None
            outcome = error.with_traceback(None)
        raise outcome

    return called
