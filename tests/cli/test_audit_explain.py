"""``audit explain``: what is asked, what is printed, and what a pipeline can rely on.

That the answers are right is for the evaluators' tests; the worked examples of
docs/who-can-read.md are compared word by word.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scale_secrets.cli.app import code_of
from scale_secrets.validation.schema import shipped_schema
from tests.support.project import Done, Project
from tests.support.terminal import at_terminal

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "access"
CI, KEY = "auth/approle/role/ci", "secret/scale/live/api-key"
ROLE = "arn:aws:iam::111122223333:role/cat-labels"
READER = 'path "secret/data/*" { capabilities = ["read"] }\n'

# The verdict of each example, as its page explains it.
ANSWERS = [
    ("01-simple", CI, KEY, "allowed"),
    ("02-losing-deny", "policies/developer", KEY, "allowed"),
    ("03-without-data", "auth/kubernetes/role/labels", KEY, "denied"),
    ("04-groups-and-templates", "auth/userpass/users/alice", KEY, "allowed"),
    ("04-groups-and-templates", "auth/userpass/users/bob", KEY, "denied"),
    ("05-namespaces-and-wrapping", "policies/auditor", f"team/{KEY}", "allowed"),
    ("05-namespaces-and-wrapping", "team/policies/outsider", KEY, "denied"),
    ("06-same-account", ROLE, "scale/live/api-key", "allowed"),
    ("07-suffix", ROLE, "scale/live/api-key", "denied"),
    ("07-suffix", "dog-labels", "scale/live/api-key-backup", "allowed"),
    ("08-organization", "arn:aws:iam::111122223333:role/admin", "scale/live/api-key", "denied"),
    ("08-organization", ROLE, "scale/live/api-key", "allowed"),
    ("09-boundary", ROLE, "scale/live/api-key", "denied"),
    (
        "10-cross-account",
        "arn:aws:iam::444455556666:role/labels",
        "scale/live/api-key",
        "conditional",
    ),
]


class Here:
    """Commands typed in one directory, run within this process: it is their words that count."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def run(self, *words: str) -> Done:
        code = code_of(list(words))
        out, err = self._capsys.readouterr()
        return Done(code, out.encode(), err)


@pytest.fixture
def here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return Here(tmp_path, capsys)


def explained(here: Here, *words: str, policies: Path | str) -> Done:
    return here.run("audit", "explain", *words, "--policies", str(policies))


def document(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.text)
    Draft202012Validator(shipped_schema("explanation")).validate(found)
    return found


def policies(root: Path, *texts: str, place: str = "policies") -> Path:
    """A directory with the policies ``a``, ``b``, …"""
    directory = root / "dir"
    (directory / place).mkdir(parents=True)
    for name, text in zip("abc", texts, strict=False):
        (directory / place / f"{name}.hcl").write_text(text)
    return directory


def write(directory: Path, name: str, data: object) -> None:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("example", "principal", "secret", "verdict"), ANSWERS, ids=[f"{a}-{b}" for a, b, *_ in ANSWERS]
)
def test_each_example_has_its_verdict_and_a_report_by_the_schema(
    here: Here, example: str, principal: str, secret: str, verdict: str
) -> None:
    done = explained(here, principal, secret, "--format", "json", policies=EXAMPLES / example)
    found = document(done)
    assert (found["verdict"], found["tree"]["verdict"]) == (verdict, verdict)
    assert (found["secret"], found["action"]) == (secret, "read")
    assert found["principal"].endswith(principal)  # by its full name
    assert found["system"] == ("aws" if int(example[:2]) > 5 else "vault")
    assert found["tree"]["steps"]
    if verdict != "denied":
        assert any(one.get("file") and one["line"] for one in found["decided_by"])


def test_every_example_is_asked_about() -> None:
    assert {example for example, *_ in ANSWERS} == {path.name for path in EXAMPLES.iterdir()}


def test_the_same_question_has_the_same_answer_byte_by_byte(here: Here) -> None:
    words = (ROLE, "scale/live/api-key", "--format", "json")
    first, second = (explained(here, *words, policies=EXAMPLES / "08-organization") for _ in "ab")
    assert first.out == second.out


@pytest.mark.parametrize(
    ("expect", "code"), [("allowed", 0), ("denied", 3), ("conditional", 3), (None, 0)]
)
def test_a_pipeline_can_assert_the_verdict(here: Here, expect: str | None, code: int) -> None:
    words = [CI, KEY] + ([] if expect is None else ["--expect", expect])
    done = explained(here, *words, policies=EXAMPLES / "01-simple")
    assert done.code == code
    assert done.text.startswith(f"{CI} MAY READ {KEY}\n")
    assert (f"expected {expect}, and it is allowed" in done.err) == (code == 3)


@pytest.mark.parametrize(
    ("example", "principal", "secret", "ids"),
    [
        ("02-losing-deny", "policies/developer", KEY, ["ACC101"]),
        ("03-without-data", "auth/kubernetes/role/labels", KEY, ["ACC102"]),
        ("07-suffix", "cat-labels", "scale/live/api-key", ["ACC201"]),
        ("07-suffix", "dog-labels", "scale/live/api-key-backup", ["ACC202"]),
        ("01-simple", CI, KEY, []),
    ],
)
def test_what_is_suspicious_in_the_statements_named_is_told_below(
    here: Here, example: str, principal: str, secret: str, ids: list[str]
) -> None:
    words = (principal, secret)
    found = document(explained(here, *words, "--format", "json", policies=EXAMPLES / example))
    assert [one["id"] for one in found["findings"]] == ids
    lines = explained(here, *words, policies=EXAMPLES / example).text.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("ACC")] == ids


class TestWhoAndWhat:
    @pytest.mark.parametrize(
        ("words", "example", "hint"),
        [
            (("auth/approle/role/cl", KEY), "01-simple", "auth/approle/role/ci"),
            ((CI, "secrets/scale"), "01-simple", "secret/"),
            ((ROLE.replace("cat", "cap"), "scale/live/api-key"), "07-suffix", ROLE),
            ((ROLE, "scale/live/api-kay"), "07-suffix", "scale/live/api-key"),
            ((ROLE, KEY), "01-simple", "auth/approle/role/ci"),
            ((CI, "scale/live/api-key"), "07-suffix", "arn:aws:iam::111122223333:role/"),
        ],
        ids=["principal", "mount", "role", "secret", "not of AWS", "not of Vault"],
    )
    def test_what_is_not_there_is_told_with_what_is(
        self, here: Here, words: tuple[str, str], example: str, hint: str
    ) -> None:
        done = explained(here, *words, policies=EXAMPLES / example)
        assert done.code == 4
        assert done.text == ""
        assert hint in done.err.splitlines()[-1]

    def test_the_principal_says_whose_policies_decide(self, here: Here) -> None:
        directory = policies(here.root, READER, place="vault/policies")
        aws = EXAMPLES / "06-same-account" / "aws"
        for path in aws.rglob("*.json"):
            write(directory, f"aws/{path.relative_to(aws)}", json.loads(path.read_text()))
        for principal, secret, system in (
            ("policies/a", KEY, "vault"),
            (ROLE, "scale/live/api-key", "aws"),
            ("cat-labels", "scale/live/api-key", "aws"),
        ):
            words = (principal, secret, "--format", "json")
            found = document(explained(here, *words, policies=directory))
            assert (found["system"], found["verdict"]) == (system, "allowed")

    def test_a_directory_of_one_system_needs_no_folder_for_it(self, here: Here) -> None:
        aws = explained(here, ROLE, "scale/live/api-key", policies=EXAMPLES / "06-same-account/aws")
        assert aws.code == 0
        flat = here.root / "flat"
        flat.mkdir()
        (flat / "a.hcl").write_text(READER)
        assert explained(here, "policies/a", KEY, policies=flat).code == 0

    def test_the_path_of_the_api_is_understood_and_said_so(self, here: Here) -> None:
        words = (CI, "secret/data/scale/live/api-key", "--format", "json")
        found = document(explained(here, *words, policies=EXAMPLES / "01-simple"))
        assert (found["verdict"], found["secret"]) == ("allowed", KEY)
        assert any("taken for the API's path" in note for note in found["notes"])

    def test_what_was_assumed_is_said(self, here: Here) -> None:
        done = explained(here, "policies/a", KEY, policies=policies(here.root, READER))
        assert "\nnote: no mounts.json" in done.text
        assert "\nnote: no server.json" in done.text

    def test_each_action_is_asked_for_itself(self, here: Here) -> None:
        directory = policies(here.root, READER)
        for action, verdict in (("read", "allowed"), ("write", "denied"), ("destroy", "denied")):
            words = ("policies/a", KEY, "--action", action, "--expect", verdict)
            assert explained(here, *words, policies=directory).code == 0, action

    def test_an_action_that_aws_does_not_have_is_a_usage_error(self, here: Here) -> None:
        words = (ROLE, "scale/live/api-key", "--action", "patch")
        assert explained(here, *words, policies=EXAMPLES / "06-same-account").code == 2


class TestTimeAndDialect:
    EXPIRING = (
        'path "secret/data/*" { capabilities = ["read"] expiration = "2030-01-01T00:00:00Z" }\n'
    )

    @pytest.mark.parametrize(
        ("at", "verdict"),
        [
            ("2029-12-31T23:59:59Z", "allowed"),
            ("2030-01-01T00:00:01Z", "denied"),
            ("2029-12-31T23:59:59", "allowed"),
            ("2030-01-01T00:30:00+01:00", "allowed"),
        ],
    )
    def test_the_answer_is_that_of_the_time_asked_about(
        self, here: Here, at: str, verdict: str
    ) -> None:
        words = ("policies/a", KEY, "--at", at, "--expect", verdict)
        done = explained(here, *words, policies=policies(here.root, self.EXPIRING))
        assert done.code == 0, done.err

    @pytest.mark.parametrize("at", ["tomorrow", "", "2030-13-01"])
    def test_what_is_no_time_is_refused(self, here: Here, at: str) -> None:
        done = explained(here, CI, KEY, "--at", at, policies=EXAMPLES / "01-simple")
        assert done.code == 2
        assert "--at" in done.err

    def test_the_dialect_overrides_what_the_directory_says(self, here: Here) -> None:
        directory = policies(here.root, self.EXPIRING)
        write(directory, "server.json", {"dialect": "openbao"})
        assert explained(here, "policies/a", KEY, policies=directory).code == 0
        refused = explained(here, "policies/a", KEY, "--dialect", "vault", policies=directory)
        assert refused.code == 2
        assert "policies/a.hcl:1: " in refused.err


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "text", "place"),
        [
            ("policies/a.hcl", 'path "a" {\n  capabilities = ["raed"]\n}\n', "policies/a.hcl:1: "),
            ("policies/a.hcl", 'path "a" {', "policies/a.hcl:1: "),
            ("policies/a.json", "[", "policies/a.json:1: "),
            ("mounts.json", "[", "mounts.json:1: "),
            ("auth.json", "[]", "auth.json"),
            ("111122223333/authorization.json", "{", "111122223333/authorization.json:1: "),
            ("111122223333/secrets.json", "[]", "111122223333/secrets.json"),
        ],
        ids=["capability", "unclosed", "json", "mounts", "auth", "dump", "secrets"],
    )
    def test_a_file_that_cannot_be_used_is_named_with_its_line(
        self, here: Here, name: str, text: str, place: str
    ) -> None:
        path = here.root / "dir" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        principal = ROLE if name.startswith("1") else CI
        done = explained(here, principal, KEY, policies=here.root / "dir")
        assert done.code == 2, done.err
        assert place in done.err

    def test_a_file_of_aws_is_named_as_it_stands_below_the_directory(self, here: Here) -> None:
        path = here.root / "dir" / "aws" / "111122223333" / "keys.json"
        path.parent.mkdir(parents=True)
        path.write_text("{")
        done = explained(here, ROLE, KEY, policies=here.root / "dir")
        assert "aws/111122223333/keys.json:1: " in done.err
        path.rename(path.with_name("key.json"))
        done = explained(here, ROLE, KEY, policies=here.root / "dir")
        assert "aws/111122223333/key.json: not a file that is read here" in done.err

    def test_a_directory_that_is_not_there_is_not_found(self, here: Here) -> None:
        assert explained(here, CI, KEY, policies="nowhere").code == 4

    def test_a_link_out_of_the_directory_is_refused(self, here: Here) -> None:
        directory = policies(here.root, READER)
        (directory / "policies" / "b.hcl").symlink_to("/etc/passwd")
        done = explained(here, "policies/a", KEY, policies=directory)
        assert done.code == 5
        assert "policies/b.hcl is a symbolic link" in done.err

    def test_no_policies_named_is_a_usage_error(self, here: Here) -> None:
        assert here.run("audit", "explain", CI, KEY).code == 2

    def test_a_key_typed_in_a_names_place_is_not_repeated(self, here: Here) -> None:
        key = "live_" + "0123456789abcdef" * 2
        for words in ((f"policies/{key}", KEY), (CI, key), (CI, f"secret/{key}")):
            done = explained(here, *words, policies=EXAMPLES / "01-simple")
            assert done.code == 2
            assert key not in done.text + done.err, words


class TestOnATerminal:
    WORDS = ("audit", "explain", CI, KEY, "--policies", str(EXAMPLES / "01-simple"))

    def test_ascii_is_drawn_where_the_encoding_has_nothing_else(self, empty: Project) -> None:
        done = empty.good(*self.WORDS, environ={"PYTHONIOENCODING": "ascii"})
        assert "|- " in done.text
        assert "`- " in done.text
        assert done.text.isascii()

    def test_what_an_encoding_lacks_is_escaped_and_no_failure(self, empty: Project) -> None:
        directory = policies(empty.root, 'path "secret/data/ключ" { capabilities = ["read"] }\n')
        words = ("audit", "explain", "policies/a", "secret/ключ", "--policies", str(directory))
        done = empty.good(*words, environ={"PYTHONIOENCODING": "ascii"})
        assert "MAY READ secret/\\u043a\\u043b" in done.text

    def test_a_terminal_gets_the_verdicts_in_colour_and_a_pipe_does_not(
        self, empty: Project
    ) -> None:
        seen = at_terminal(empty, *self.WORDS)
        assert "\x1b[32mMAY READ\x1b[0m" in seen.screen
        assert "\x1b[31mdenied\x1b[0m: around" in seen.screen
        empty.environ["NO_COLOR"] = "1"
        assert "\x1b" not in at_terminal(empty, *self.WORDS).screen
        del empty.environ["NO_COLOR"]
        assert "\x1b" not in empty.good(*self.WORDS).text


def test_lines_are_as_wide_as_the_terminal(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for width in (60, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = explained(here, CI, KEY, policies=EXAMPLES / "01-simple").text.splitlines()
        assert max(map(len, lines[2:])) <= width
        counts.append(len(lines))
    assert counts[0] > counts[1]


def test_all_of_the_tree_is_shown_when_asked_for(here: Here) -> None:
    words = (ROLE, "scale/live/api-key")
    short = explained(here, *words, policies=EXAMPLES / "07-suffix").text
    full = explained(here, *words, "--full", policies=EXAMPLES / "07-suffix").text
    assert "--full shows it" in short
    assert "--full shows it" not in full
    assert len(full) > len(short)


def test_audit_alone_lists_its_commands(here: Here) -> None:
    done = here.run("audit")
    assert "explain" in done.text
    assert "lint" in done.text
    assert here.run("audit", "nothing").code == 2


class TestLint:
    def test_findings_are_data_and_exit_3(self, here: Here) -> None:
        done = here.run("audit", "lint", "--policies", str(EXAMPLES / "02-losing-deny"))
        assert done.code == 3
        assert done.text.startswith("ACC101 policies/developer.hcl:7: ")
        assert done.err == ""

    def test_nothing_found_is_said_and_exit_0(self, here: Here) -> None:
        done = here.run("audit", "lint", "--policies", str(EXAMPLES / "01-simple"))
        assert done.text == ""
        assert "nothing suspicious" in done.err

    @pytest.mark.parametrize("example", ["02-losing-deny", "03-without-data", "07-suffix"])
    def test_the_report_is_by_its_schema(self, here: Here, example: str) -> None:
        words = ("--policies", str(EXAMPLES / example), "--format", "json")
        found = json.loads(here.run("audit", "lint", *words).text)
        Draft202012Validator(shipped_schema("lint-report")).validate(found)
        assert found["findings"]

    def test_both_systems_of_a_directory_are_looked_at(self, here: Here) -> None:
        for example in ("02-losing-deny", "07-suffix"):
            for path in (EXAMPLES / example).rglob("*.*"):
                top = "" if example == "07-suffix" else "vault/"
                target = here.root / "dir" / f"{top}{path.relative_to(EXAMPLES / example)}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        done = here.run("audit", "lint", "--policies", "dir")
        assert [line.split()[0] for line in done.text.splitlines()[::2]] == [
            "ACC101",
            "ACC201",
            "ACC202",
        ]
