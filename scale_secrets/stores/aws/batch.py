"""Many current versions in few calls, where BatchGetSecretValue is allowed.

It can only be granted on every resource, so a well-guarded reader may lack it and still may read
each secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scale_secrets.errors import ScaleSecretsError
from scale_secrets.operation import Operation
from scale_secrets.stores.aws.caller import Caller
from scale_secrets.stores.aws.faults import ActionDeniedError, from_code
from scale_secrets.stores.aws.reading import Answer, record_of, required
from scale_secrets.stores.interface import Record

CHUNK = 20  # BatchGetSecretValue: "for up to 20 secrets"
ACTION = "secretsmanager:BatchGetSecretValue"
Result = Record | ScaleSecretsError


class Batches:
    """Remembers, for as long as its store is open, that the batch call is denied."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._denied = False

    def get(self, names: Sequence[str], operation: Operation) -> Mapping[str, Result]:
        """A result for each name that a batch settled. The others are to be asked for singly."""
        settled: dict[str, Result] = {}
        for begin in range(0, len(names), CHUNK):
            if self._denied:
                break
            settled |= self._chunk(names[begin : begin + CHUNK], operation)
        return settled

    def _chunk(self, names: Sequence[str], operation: Operation) -> Mapping[str, Result]:
        try:
            answer = self._caller.ask(ACTION, operation, SecretIdList=list(names))
        except ActionDeniedError as error:
            if error.action != ACTION:
                raise
            self._denied = True
            return {}
        region = self._caller.region(operation)
        return self._values(answer, names) | self._failures(answer, region)

    def _values(self, answer: Answer, names: Sequence[str]) -> dict[str, Result]:
        place = self._caller.place
        known: dict[str, Mapping[str, Any]] = {}
        for value in required(answer, "SecretValues", list, place=place):
            known[required(value, "Name", str, place=place)] = value
            known[required(value, "ARN", str, place=place)] = value
        return {
            name: record_of(known[name], name, place=f"{place}: {name}")
            for name in names
            if name in known
        }

    def _failures(self, answer: Answer, region: str) -> dict[str, Result]:
        """Those of a code that a single read would not settle better."""
        failures: dict[str, Result] = {}
        for told in answer.get("Errors") or ():
            name = str(told.get("SecretId", ""))
            failure = from_code(
                str(told.get("ErrorCode", "")),
                str(told.get("Message", "")),
                place=f"{self._caller.place}: {name}",
                action="secretsmanager:GetSecretValue",
                region=region,
            )
            if failure is not None:
                failures[name] = failure
        return failures
