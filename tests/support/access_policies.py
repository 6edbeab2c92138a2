"""Random Vault policies, tokens and requests in a small world, where patterns often overlap.

The world: a KV v1 and a KV v2 mount in the root namespace and in the namespace ``team``, a few
keys in each, a few entities and groups. Everything follows from the seed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

NAMESPACE = "team/"
KV1, KV2 = "kv1/", "secret/"
SEGMENTS = ("a", "b", "ab", "abc", "live", "li", "a+b", "key", "é", "x*y", "+a")
NAMES = ("x", "Y", "version", "data", "limit")
VALUES = ("1", "2", "12", "abc", "a", "*")
LIMITS = ("0", "1", "2", "3", "12", "13", "-1", "+1", "max", "", "0x1", "1.0")
WRAPPINGS = (9, 10, 11, 30, 40, 41, 60)  # at and beside the limits that stanzas set
LISTED: tuple[object, ...] = ("1", "12", "1*", "*2", "*b*", "*", "**", "a", True, 5, ["a", "b"])
DIRECTIVES = (
    "identity.entity.name",
    "identity.entity.metadata.team",
    "identity.entity.metadata.none",
    "identity.groups.names.staff.metadata.team",
)
KEYS = ("a", "b", "live/key", "a/b", "ab/live/key", "é/a", "a+b/key", "key/li/a")
# Read without harm; most need sudo.
SYSTEM = (
    ("sys/auth/token", "GET"),
    ("sys/auth/token/tune", "GET"),
    ("sys/auth", "GET"),
    ("sys/audit", "GET"),
    ("sys/config/cors", "GET"),
    ("sys/config/ui/headers/x", "GET"),
    ("sys/config/auditing/request-headers", "GET"),
    ("sys/internal/inspect/router/root", "GET"),
    ("sys/leases/lookup/x", "LIST"),
    ("sys/mounts", "GET"),
    ("sys/plugins/catalog/secret", "LIST"),
    ("sys/policies/acl", "LIST"),
    ("sys/raw/x", "GET"),
    ("auth/token/accessors", "LIST"),
    ("auth/token/roles", "LIST"),
)


@dataclass(frozen=True)
class Request:
    """One call. ``path`` is below ``namespace``, as it stands in the address."""

    method: str
    path: str
    namespace: str = ""
    query: Mapping[str, str] | None = None
    body: Mapping[str, object] | None = None
    wrapping: int = 0

    @property
    def parameters(self) -> dict[str, object]:
        return {**(self.query or {}), **(self.body or {})}


@dataclass(frozen=True)
class Token:
    """Whom to ask for: the texts of its policies, its namespace, the number of its entity."""

    policies: tuple[str, ...]
    namespace: str
    entity: int | None
    allow_slashes: bool
    allow_wildcards: bool


class Maker:
    """Makes tokens and what they ask."""

    def __init__(
        self, seed: int, entities: int, *, templates: float | None = None, vault: bool = False
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible, no secret
        self._entities = entities
        self._fixed_templates = templates  # how often a segment is one
        self._templates = 0.0  # in the present token
        self._vault = vault  # write nothing that only OpenBao knows
        self._systems = False  # the present token is about the server's own paths
        self._patterns: list[str] = []  # of the present token

    def token(self) -> Token:
        rnd = self._random
        namespace = NAMESPACE if rnd.random() < 0.15 else ""
        entity = None if namespace or rnd.random() < 0.5 else rnd.randrange(self._entities)
        often = 0.03 if entity is None else 0.15
        self._templates = often if self._fixed_templates is None else self._fixed_templates
        # All about few paths, so that rules meet; some tokens are about the server's own.
        self._systems = not namespace and rnd.random() < 0.1
        self._patterns = []
        focus = [self._path() for _ in range(rnd.choice((1, 1, 2, 3)))]
        texts = tuple(
            "".join(self._stanza(focus, namespace) for _ in range(rnd.randint(1, 5)))
            for _ in range(rnd.randint(1, 4))
        )
        return Token(texts, namespace, entity, rnd.random() < 0.3, rnd.random() < 0.3)

    def paths(self, token: Token, count: int) -> list[str]:
        """Paths to ask ``sys/capabilities`` for."""
        rnd = self._random
        paths = []
        for _ in range(count):
            path = self._near(token) if rnd.random() < 0.7 else self._path()
            if rnd.random() < 0.25:
                path = path.rstrip("/") + "/"
            if rnd.random() < 0.03:
                path = rnd.choice(("/" + path, path + "//", path.replace("/", "//", 1), "/", "+"))
            paths.append(path)
        return paths

    def request(self, token: Token) -> Request:
        rnd = self._random
        namespace = token.namespace
        if not namespace and rnd.random() < 0.15:
            namespace = NAMESPACE
        if not namespace and rnd.random() < (0.9 if self._systems else 0.02):
            path, method = rnd.choice(SYSTEM)
            return Request(method, path)
        path = self._near(token) if rnd.random() < 0.8 else self._path()
        if not path.startswith((KV1, KV2)):
            path = KV1 + path
        path = path.rstrip("/")
        method = rnd.choice(("GET", "GET", "GET", "LIST", "LIST", "SCAN", "PUT", "PATCH", "DELETE"))
        if "/" not in path or path in (KV2 + "data", KV2 + "metadata"):
            method = "LIST"
        if method == "GET" and rnd.random() < 0.15:
            path += "/"
        wrapping = rnd.choice(WRAPPINGS) if rnd.random() < 0.3 else 0
        query = body = None
        if method in ("LIST", "SCAN") and rnd.random() < 0.3:
            query = {"limit": rnd.choice(LIMITS)}
        elif method in ("GET", "LIST", "SCAN") and rnd.random() < 0.5:
            query = {
                rnd.choice(("x", *NAMES)): rnd.choice(VALUES) for _ in range(rnd.randint(1, 2))
            }
        if method in ("PUT", "PATCH"):
            count = rnd.choice((0, 1, 1, 2))
            # The engine reads a write's ``version`` as a number before the policies are asked.
            body = {
                rnd.choice(("x", "x", "Y", "*")): rnd.choice((*VALUES, *LISTED))
                for _ in range(count)
            }
        return Request(method, path, namespace, query, body, wrapping)

    def parameters(self) -> str:
        """Restrictions on parameters, as they stand in a stanza."""
        rnd = self._random
        made = []
        for key in ("allowed_parameters", "denied_parameters"):
            if rnd.random() < 0.5:
                made.append(f"{key} = {{ {self._parameters()} }}")
        if rnd.random() < 0.4:
            made.append(f"required_parameters = {json.dumps(rnd.sample(NAMES, 1))}")
        return " ".join(made)

    def _near(self, token: Token) -> str:
        """A path that one of the token's own patterns matches, or nearly so."""
        rnd = self._random
        patterns = [line.split('"')[1] for text in token.policies for line in text.splitlines()]
        pattern = rnd.choice(patterns).removeprefix("/").removeprefix(NAMESPACE)
        for directive in DIRECTIVES:
            value = rnd.choice(("a", "ab", "alice", "a/b"))
            pattern = pattern.replace(f"{{{{{directive}}}}}", value)
        parts = [rnd.choice(SEGMENTS) if part == "+" else part for part in pattern.split("/")]
        path = "/".join(parts)
        if path.endswith("*"):
            path = path[:-1] + rnd.choice(("", *SEGMENTS, "a/b"))
        return "/".join(part for part in path.split("/") if part) or KV1 + "a"

    def _path(self) -> str:
        rnd = self._random
        mount = rnd.choice((KV1, KV2 + "data/", KV2 + "data/", KV2 + "metadata/"))
        if rnd.random() < 0.5:
            return mount + rnd.choice(KEYS)
        return mount + "/".join(rnd.choice(SEGMENTS) for _ in range(rnd.randint(1, 4)))

    def _stanza(self, focus: list[str], namespace: str) -> str:
        """One stanza on one line."""
        rnd = self._random
        if self._patterns and rnd.random() < 0.3:
            path = rnd.choice(self._patterns)
        elif self._systems:
            path = rnd.choice(
                [*(path for path, _ in SYSTEM), "sys/*", "sys/auth/*", "auth/token/*"]
            )
        else:
            path = self._pattern(rnd.choice(focus) if rnd.random() < 0.9 else self._path())
            if not namespace and rnd.random() < 0.12:
                path = NAMESPACE + path
            if rnd.random() < 0.05:
                path = rnd.choice(("/", "/", "//")) + path
        self._patterns.append(path)
        listed = ", ".join(f'"{one}"' for one in self._capabilities(path))
        return f'path "{path}" {{ capabilities = [{listed}] {self._restrictions()}}}\n'

    def _pattern(self, path: str) -> str:
        rnd = self._random
        parts = path.split("/")
        for number in range(len(parts)):
            if rnd.random() < 0.25:
                parts[number] = "+"
            elif number and rnd.random() < self._templates:
                parts[number] = f"{{{{{rnd.choice(DIRECTIVES)}}}}}"
        end = rnd.random()
        if end < 0.3:
            parts = parts[: rnd.randint(1, len(parts))]
            return "/".join(parts) + "/*"
        if end < 0.45 and parts[-1] != "+" and "{" not in parts[-1]:
            parts[-1] = parts[-1][: rnd.randint(0, len(parts[-1]))].rstrip("+") + "*"
        elif end < 0.5:
            parts.append("")
        return "/".join(parts)

    def _capabilities(self, path: str) -> list[str]:
        rnd = self._random
        if rnd.random() < 0.12:
            return ["deny"] if rnd.random() < 0.8 else ["read", "deny"]
        names = ("create", "read", "update", "delete", "list", "patch", "scan")
        chance = rnd.choice((0.4, 0.7, 0.95))
        known = names[:-1] if self._vault else names
        chosen = [name for name in known if rnd.random() < chance]
        if rnd.random() < (0.6 if path.startswith(("sys/", "auth/")) else 0.05):
            chosen.append("sudo")
        return chosen

    def _restrictions(self) -> str:
        rnd = self._random
        if rnd.random() < 0.4:
            return ""
        made = []
        low = rnd.choice((0, 10, 30))
        for key, limit in (("min_wrapping_ttl", low), ("max_wrapping_ttl", low + 30)):
            if rnd.random() < 0.15:
                made.append(f'{key} = "{limit}s"')
        for key in ("allowed_parameters", "denied_parameters"):
            if rnd.random() < 0.25:
                made.append(f"{key} = {{ {self._parameters()} }}")
        if rnd.random() < 0.1:
            names = rnd.sample(NAMES, rnd.randint(1, 2))
            made.append(f"required_parameters = {json.dumps(names)}")
        if rnd.random() < 0.15 and not self._vault:
            made.append(f"pagination_limit = {rnd.choice((1, 2, 12))}")
        if rnd.random() < 0.15 and not self._vault:
            year = rnd.choice((2001, 2901))
            made.append(f'expiration = "{year}-01-01T00:00:00Z"')
        return "".join(f"{one} " for one in made)

    def _parameters(self) -> str:
        rnd = self._random
        made = []
        # Of two spellings of one name in one map, chance decides on the server which counts.
        drawn = rnd.sample(("x", "x", "y", *NAMES, "*"), rnd.randint(0, 2))
        for name in {one.lower(): one for one in drawn}.values():
            listed = rnd.sample(LISTED, rnd.choice((0, 1, 2, 3)))
            made.append(f'"{name}" = {json.dumps(listed)}')
        return ", ".join(made)
