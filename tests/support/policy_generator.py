"""Random policy texts that follow the grammar, well or badly, and ways to spoil a text.

``Writer`` decides what a policy says and how it is written at the same time: every choice that the
grammar leaves open (quotes, labels, comments, commas, escapes, heredocs, JSON) is taken at random,
values are mostly of the right type, and ``spoiled`` damages a text as an editor's hand would.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

PATHS = (
    "a",
    "/a",
    "a/",
    "a/b",
    "a/b/c",
    "a/*",
    "a/b*",
    "*",
    "+",
    "a/+",
    "a/+/c",
    "+/b",
    "a/+/*",
    "a/+b",
    "a/*/c",
    "a/b+",
    "a/é/🔑",
    'a"b\\c',
    "a/${b}",
    "a/${{b}}c",
    "a/$b",
    "a/{{identity.entity.id}}",
    "{{identity.entity.name}}/b",
    "path",
    "secret/data/scale/live/key",
    "",
)
BAD_PATHS = ("a/+*", "a/{{b", "a/b}}", "+*", "{{a{{b}}}}")
CAPABILITIES = ("create", "read", "update", "delete", "list", "sudo", "patch", "scan")
BAD_CAPABILITIES = ("Read", "write", "", "root", "subscribe", "read ", "*")
DURATIONS = ("5s", "1h30m", "90", "7d", "0", "", "-5s", "1.5h", "5\u00b5s", ".5m", "+3s")
BAD_DURATIONS = ("5", "x", "5 s", "1d1h", "s", "5S", "0x5", "9999999h", "--5s")
INSTANTS = (
    "2001-01-31T00:00:00Z",
    "2099-01-31T00:00:00Z",
    "2099-01-31T1:00:00,5+02:00",
    "4102444800",
    "-5",
    "",
)
BAD_INSTANTS = ("2099-02-30T00:00:00Z", "2099-01-31", "never", "2099-01-31T00:00:00", "0x5")
SPOILS = (
    *"\"'{}[],=:;\\$#/<\n\r\t+-.*0aé\u00a0\ufeff\ufffd\x00\ue123",
    *("${", "{{", "}}", "//", "/*", "*/", "<<", "<<-", "<<E\n", "\nE\n", "\r\n", " "),
    *("08", "0x", "1e", "1.", "-1", "true", "null", "\\x41", "\\u00e9", "\\477", "\\ud83d", "\\q"),
    *("path", "path ", "name", "capabilities", "policy", "comment", "deny", "read"),
)

Value = Callable[[], str]


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a test must be repeatable

    def text(self) -> str:
        self._json = self._chance(0.3)
        stanzas = [self._stanza() for _ in range(self.random.choice((0, 1, 1, 2, 2, 3, 5)))]
        made = self._joined_json(stanzas) if self._json else self._joined_hcl(stanzas)
        return self.spoiled(made) if self._chance(0.4) else made

    def spoiled(self, text: str) -> str:
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            start = self.random.randint(0, len(text))
            end = min(len(text), start + self.random.choice((0, 1, 1, 2, 5, 20)))
            span = text[start:end]
            put = self.random.choice(
                ("", "", span * 2, span[::-1], *self.random.choices(SPOILS, k=4))
            )
            text = text[:start] + put + text[end:]
        return text

    # One stanza as its path and its attributes, each a key and a written value.

    def _stanza(self) -> tuple[str, list[tuple[str, str]]]:
        path = self._pick(PATHS, BAD_PATHS, 0.02)
        chosen = [one for one, chance in self._attributes().items() if self._chance(chance)]
        if self._chance(0.05):
            chosen.append(self.random.choice(chosen or ["capabilities"]))
        self.random.shuffle(chosen)
        written = [(key, self._written(self._values()[key])) for key in chosen]
        if self._chance(0.02):
            written.append((self.random.choice(("foo", "Policy", "description")), "1"))
        return path, written

    @staticmethod
    def _attributes() -> dict[str, float]:
        return {
            "capabilities": 0.9,
            "policy": 0.1,
            "comment": 0.1,
            "min_wrapping_ttl": 0.1,
            "max_wrapping_ttl": 0.1,
            "allowed_parameters": 0.15,
            "denied_parameters": 0.1,
            "required_parameters": 0.1,
            "pagination_limit": 0.08,
            "expiration": 0.1,
            "mfa_methods": 0.03,
            "control_group": 0.03,
        }

    def _values(self) -> dict[str, Value]:
        return {
            "capabilities": lambda: self._list(self._capability),
            "policy": lambda: self._string(
                self._pick(("read", "write", "deny", "sudo", ""), ("Read", "root"), 0.1)
            ),
            "comment": self._anything,
            "min_wrapping_ttl": self._duration,
            "max_wrapping_ttl": self._duration,
            "allowed_parameters": self._parameters,
            "denied_parameters": self._parameters,
            "required_parameters": lambda: self._list(lambda: self._string(self._word())),
            "pagination_limit": self._integer,
            "expiration": lambda: self._string(self._pick(INSTANTS, BAD_INSTANTS, 0.1)),
            "mfa_methods": lambda: self._list(lambda: self._string(self._word())),
            "control_group": self._control_group,
        }

    def _written(self, value: Value) -> str:
        return self._anything() if self._chance(0.04) else value()

    def _capability(self) -> str:
        if self._chance(0.08):
            return self._string("deny")
        return self._string(self._pick(CAPABILITIES, BAD_CAPABILITIES, 0.01))

    def _duration(self) -> str:
        if self._chance(0.3):
            return self._number()
        return self._string(self._pick(DURATIONS, BAD_DURATIONS, 0.05))

    def _integer(self) -> str:
        return (
            self._string(self.random.choice(("5", "0b1", "1_0", "x", "")))
            if self._chance(0.2)
            else str(self.random.choice((0, 1, -1, 100, 2**63 - 1)))
        )

    def _number(self) -> str:
        usual = ("0", "5", "60", "-5", "1.5", "3600")
        odd = ("017", "0x1F", "1e2", "1.", "08", "1e", "9223372037", "1e30")
        return self.random.choice(usual + odd if self._chance(0.2) else usual)

    def _parameters(self) -> str:
        return self._object([(self._word(), self._list(self._scalar)) for _ in range(self._few())])

    def _control_group(self) -> str:
        identity = self._object(
            [
                ("group_names", self._list(lambda: self._string(self._word()))),
                ("approvals", str(self.random.choice((1, 2, 2, 0)))),
            ]
        )
        factor = self._object(
            [("controlled_capabilities", self._list(self._capability)), ("identity", identity)]
        )
        ttl = self._duration()
        if self._json:
            return self._object([("ttl", ttl), ("factor", self._object([("f", factor)]))])
        return f'{{ ttl = {ttl}, factor "f" {factor} }}'

    def _anything(self) -> str:
        return self.random.choice(
            (
                self._scalar,
                self._scalar,
                lambda: self._list(self._scalar),
                self._parameters,
                lambda: self._object([(self._word(), self._scalar()) for _ in range(self._few())]),
                lambda: self._list(self._parameters),
            )
        )()

    def _scalar(self) -> str:
        return self.random.choice(
            (
                lambda: self._string(self._word()),
                lambda: self._string(self._word()),
                self._number,
                lambda: self.random.choice(("true", "false")),
                lambda: "null" if self._json else self._heredoc(),
            )
        )()

    # How it is written.

    def _joined_hcl(self, stanzas: list[tuple[str, list[tuple[str, str]]]]) -> str:
        made = ""
        for path, attributes in stanzas:
            word = self.random.choice(("path", "path", "path", '"path"'))
            bare = path.isidentifier() and path.isascii() and self._chance(0.5)
            label = path if bare else self._string(path)
            second = f" {self._string(self._word())}" if self._chance(0.03) else ""
            body = self._gap().join(self._attribute(key, value) for key, value in attributes)
            made += f"{word} {label}{second}{self._gap()}{{{self._gap()}{body}{self._gap()}}}"
            made += self.random.choice(("\n", "\n", "\n\n", " ", ",\n", " # x\n", "\r\n"))
        name = f"name = {self._written(lambda: self._string('x'))}\n" if self._chance(0.05) else ""
        return name + made

    def _attribute(self, key: str, value: str) -> str:
        shown = f'"{key}"' if self._chance(0.1) else key
        equals = " " if value.startswith("{") and self._chance(0.3) else self._equals()
        return f"{shown}{equals}{value}{self.random.choice(('', '', '', ','))}"

    def _equals(self) -> str:
        return self.random.choice((" = ", " = ", "=", " =\n", "\n= ", " = /* x */ "))

    def _joined_json(self, stanzas: list[tuple[str, list[tuple[str, str]]]]) -> str:
        bodies = [(path, self._object(attributes)) for path, attributes in stanzas]
        if self._chance(0.2):
            whole = ", ".join(self._object([body]) for body in bodies)
            return self._object([("path", f"[{whole}]")])
        if self._chance(0.1):
            return self._object([("path", self._object([body])) for body in bodies])
        return self._object([("path", self._object(bodies))]) + self.random.choice(("", "\n", " x"))

    def _object(self, items: list[tuple[str, str]]) -> str:
        if self._json:
            return "{" + ", ".join(f"{self._string(k)}: {v}" for k, v in items) + "}"
        keys = [
            (k if k.isidentifier() and self._chance(0.5) else self._string(k)) for k, _ in items
        ]
        pairs = [
            f"{key}{' ' if value[:1] == '{' else ' = '}{value}"
            for key, (_, value) in zip(keys, items, strict=True)
        ]
        return "{ " + self.random.choice((", ", "\n", " ")).join(pairs) + " }"

    def _list(self, element: Value) -> str:
        made = ", ".join(element() for _ in range(self._few()))
        return f"[{made}{self.random.choice(('', '', '', ',', ', '))}]"

    def _string(self, text: str) -> str:
        return '"' + "".join(map(self._character, text)) + '"'

    def _character(self, character: str) -> str:
        if character in '"\\':
            return f"\\{character}"
        if character in "${}" or not self._chance(0.03):
            return character
        code = ord(character)
        forms = [f"\\U{code:08x}"]
        if code < 0x80:
            forms += [f"\\x{code:02X}", f"\\{code:03o}"]
        if code < 0x10000:
            forms.append(f"\\u{code:04x}")
        return self.random.choice(forms)

    def _heredoc(self) -> str:
        dash = self.random.choice(("", "-"))
        indent = " " * self.random.choice((0, 1, 2)) if dash else ""
        lines = "".join(f"{indent}{self._word()}\n" for _ in range(self._few()))
        return f"<<{dash}EOF\n{lines}{indent}EOF\n"

    def _gap(self) -> str:
        usual = (" ", "\n", "\n  ")
        return self.random.choice(usual * 4 + ("\r\n", "\t", " # x\n", " // x\n", " /* x\n */ "))

    def _word(self) -> str:
        return self.random.choice(("x", "y", "X", "value", "a b", "é", "*", "${z}", "1", ""))

    def _few(self) -> int:
        return self.random.choice((0, 1, 1, 2, 2, 3))

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _pick(self, good: tuple[str, ...], bad: tuple[str, ...], chance: float) -> str:
        return self.random.choice(bad if self._chance(chance) else good)
