"""Doing to a secret, for real, what an action means, with a given token.

Each way is one list of requests on the server's own paths, written down here a second time and on
purpose: the tests hold the evaluator's paths against these. Whatever an action changes is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scale_secrets.access.verdict import Action
from tests.support.access_policies import Request
from tests.support.raw_openbao import Connection

VALUE = {"value": "live_ScaleRocks", "other": "kept"}
CHANGED = {"value": "live_SomethingElse"}
PENDING = ".pending"


@dataclass(frozen=True)
class Place:
    """A secret of the scene: the namespace with its slash, the mount and the path below it."""

    namespace: str
    mount: str
    path: str
    version: int

    def __str__(self) -> str:
        return f"{self.namespace}{self.mount}{self.path}"

    def at(self, below: str, path: str | None = None) -> str:
        return f"{self.mount}{below}{self.path if path is None else path}"

    @property
    def data(self) -> str:
        return self.at("data/" if self.version == 2 else "")

    @property
    def folders(self) -> Iterator[str]:
        parts = self.path.split("/")[:-1]
        for count in range(len(parts), -1, -1):
            yield "".join(f"{part}/" for part in parts[:count])


def seed(root: Connection, place: Place) -> None:
    """Make the secret as it was: two versions, nothing deleted, and nothing pending."""
    forget(root, place)
    forget(root, place, PENDING)
    for _ in range(2 if place.version == 2 else 1):
        body: dict[str, Any] = {"data": VALUE} if place.version == 2 else VALUE
        root.root("POST", place.data, body, namespace=place.namespace)


def forget(root: Connection, place: Place, suffix: str = "") -> None:
    below = "metadata/" if place.version == 2 else ""
    root.root("DELETE", place.at(below) + suffix, namespace=place.namespace)


@dataclass
class Actor:
    """Whoever holds ``token``. ``did`` tries every way until one succeeds."""

    root: Connection
    token: str
    requests: int = 0
    _policies: dict[str, bool] = field(default_factory=dict)

    def did(self, place: Place, action: Action, policies: dict[str, dict[str, str]]) -> bool:
        if action is Action.CHANGE_POLICY:
            return self._changed_a_policy(place.namespace, policies)
        ways: Callable[[Place], Iterator[bool]] = getattr(self, f"_{action.name.lower()}")
        try:
            return any(ways(place))
        finally:
            if action not in (Action.READ, Action.LIST):
                seed(self.root, place)

    def passes(self, path: str) -> bool:
        """Whether a read passes the policies, whatever the server then answers."""
        return self._status("GET", path, "") != 403

    def _ok(self, place: Place, method: str, path: str, body: Any = None) -> bool:
        status = self._status(method, path, place.namespace, body)
        if status == 403 and method == "GET":  # a policy may ask for a wrapped answer
            status = self._status(method, path, place.namespace, body, wrapping=60)
        return status < 300

    def _status(self, method: str, path: str, space: str, body: Any = None, **more: Any) -> int:
        self.requests += 1
        status, _ = self.root.send(Request(method, path, space, body=body, **more), self.token)
        return status

    def _write_body(self, place: Place) -> Any:
        return {"data": CHANGED} if place.version == 2 else CHANGED

    def _read(self, place: Place) -> Iterator[bool]:
        yield self._ok(place, "GET", place.data)

    def _list(self, place: Place) -> Iterator[bool]:
        two = place.version == 2
        first = next(place.folders)
        for below in ("metadata/", "detailed-metadata/") if two else ("",):
            yield self._ok(place, "LIST", place.at(below, first))
            for folder in place.folders:
                yield self._ok(place, "SCAN", place.at(below, folder))
        if two:
            yield self._ok(place, "GET", place.at("metadata/"))

    def _write(self, place: Place) -> Iterator[bool]:
        yield self._ok(place, "POST", place.data, self._write_body(place))
        below = "metadata/" if place.version == 2 else ""
        if place.version == 2:
            yield self._ok(place, "PATCH", place.data, self._write_body(place))
        yield self._ok(place, "DELETE", place.at(below)) and self._ok(
            place, "POST", place.data, self._write_body(place)
        )

    def _patch(self, place: Place) -> Iterator[bool]:
        if place.version == 2:
            yield self._ok(place, "PATCH", place.data, self._write_body(place))
        yield self._ok(place, "GET", place.data) and self._ok(
            place, "POST", place.data, self._write_body(place)
        )

    def _rotate(self, place: Place) -> Iterator[bool]:
        """As a rotation goes, twice: the second finds what the first one left."""
        data, pending, body = place.data, place.data + PENDING, self._write_body(place)
        yield all(
            self._ok(place, "GET", data)
            and self._ok(place, "POST", pending, body)
            and self._ok(place, "GET", pending)
            and self._ok(place, "POST", data, body)
            and self._ok(place, "POST", pending, body)
            and self._ok(place, "DELETE", pending)
            for _ in range(2)
        )

    def _delete(self, place: Place) -> Iterator[bool]:
        yield self._ok(place, "DELETE", place.data)
        if place.version == 2:
            yield self._ok(place, "POST", place.at("delete/"), {"versions": [1]})

    def _destroy(self, place: Place) -> Iterator[bool]:
        if place.version == 2:
            yield self._ok(place, "POST", place.at("destroy/"), {"versions": [1]})
            yield self._ok(place, "DELETE", place.at("metadata/"))
        else:
            yield self._ok(place, "DELETE", place.data)
            yield self._ok(place, "POST", place.data, CHANGED)
        yield self._unmounted(place)

    def _unmounted(self, place: Place) -> bool:
        """Asked, not done: it would take every other secret along."""
        path = f"sys/mounts/{place.mount.rstrip('/')}"
        answer = self.root.capabilities(self.token, [path], namespace=place.namespace)
        return bool(answer and set(answer[path]) & {"delete", "root"})

    def _changed_a_policy(self, namespace: str, policies: dict[str, dict[str, str]]) -> bool:
        """Whether it may write, with the text that it has, a policy that reaches ``namespace``."""
        found = False
        for space, texts in policies.items():
            if not namespace.startswith(space):
                continue
            if space not in self._policies:
                self._policies[space] = self._writes_one(space, texts)
            found = found or self._policies[space]
        return found

    def _writes_one(self, space: str, texts: dict[str, str]) -> bool:
        """Writes where the server says it may, and once where it says it may not."""
        paths = {
            f"{folder}{name}": text
            for name, text in texts.items()
            for folder in ("sys/policies/acl/", "sys/policy/")
        }
        told = self.root.capabilities(self.token, list(paths), namespace=space) or {}
        may = [path for path in paths if set(told.get(path, ())) & {"update", "root"}]
        refused = [path for path in paths if path not in may]
        return any(
            self._status("POST", path, space, {"policy": paths[path]}) < 300
            for path in (*may, *refused[:1])
        )
