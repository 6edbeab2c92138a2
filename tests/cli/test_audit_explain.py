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

from scale_secrets.validation.schema import shipped_schema
from tests.support.project import Done, Project

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


def explained(project: Project, *words: str, policies: Path | str) -> Done:
    return project.run("audit", "explain", *words, "--policies", str(policies))


def document(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.text)
    Draft202012Validator(shipped_schema("explanation")).validate(found)
    return found


def policies(project: Project, *texts: str, place: str = "policies") -> Path:
    """A directory with the policies ``a``, ``b``, …"""
    directory = project.root / "dir"
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
    empty: Project, example: str, principal: str, secret: str, verdict: str
) -> None:
    done = explained(empty, principal, secret, "--format", "json", policies=EXAMPLES / example)
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


def test_the_same_question_has_the_same_answer_byte_by_byte(empty: Project) -> None:
    words = (ROLE, "scale/live/api-key", "--format", "json")
    first, second = (explained(empty, *words, policies=EXAMPLES / "08-organization") for _ in "ab")
    assert first.out == second.out


@pytest.mark.parametrize(
    ("expect", "code"), [("allowed", 0), ("denied", 3), ("conditional", 3), (None, 0)]
)
def test_a_pipeline_can_assert_the_verdict(empty: Project, expect: str | None, code: int) -> None:
    words = [CI, KEY] + ([] if expect is None else ["--expect", expect])
    done = explained(empty, *words, policies=EXAMPLES / "01-simple")
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
    empty: Project, example: str, principal: str, secret: str, ids: list[str]
) -> None:
    words = (principal, secret)
    found = document(explained(empty, *words, "--format", "json", policies=EXAMPLES / example))
    assert [one["id"] for one in found["findings"]] == ids
    lines = explained(empty, *words, policies=EXAMPLES / example).text.splitlines()
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
        self, empty: Project, words: tuple[str, str], example: str, hint: str
    ) -> None:
        done = explained(empty, *words, policies=EXAMPLES / example)
        assert done.code == 4
        assert done.text == ""
        assert hint in done.err.splitlines()[-1]

    def test_the_principal_says_whose_policies_decide(self, empty: Project) -> None:
        directory = policies(empty, READER, place="vault/policies")
        aws = EXAMPLES / "06-same-account" / "aws"
        for path in aws.rglob("*.json"):
            write(directory, f"aws/{path.relative_to(aws)}", json.loads(path.read_text()))
        for principal, secret, system in (
            ("policies/a", KEY, "vault"),
            (ROLE, "scale/live/api-key", "aws"),
            ("cat-labels", "scale/live/api-key", "aws"),
        ):
            words = (principal, secret, "--format", "json")
            found = document(explained(empty, *words, policies=directory))
            assert (found["system"], found["verdict"]) == (system, "allowed")

    def test_a_directory_of_one_system_needs_no_folder_for_it(self, empty: Project) -> None:
        aws = explained(
            empty, ROLE, "scale/live/api-key", policies=EXAMPLES / "06-same-account/aws"
        )
        assert aws.code == 0
        flat = empty.root / "flat"
        flat.mkdir()
        (flat / "a.hcl").write_text(READER)
        assert explained(empty, "policies/a", KEY, policies=flat).code == 0

    def test_the_path_of_the_api_is_understood_and_said_so(self, empty: Project) -> None:
        words = (CI, "secret/data/scale/live/api-key", "--format", "json")
        found = document(explained(empty, *words, policies=EXAMPLES / "01-simple"))
        assert (found["verdict"], found["secret"]) == ("allowed", KEY)
        assert any("taken for the API's path" in note for note in found["notes"])

    def test_what_was_assumed_is_said(self, empty: Project) -> None:
        done = explained(empty, "policies/a", KEY, policies=policies(empty, READER))
        assert "\nnote: no mounts.json" in done.text
        assert "\nnote: no server.json" in done.text

    def test_each_action_is_asked_for_itself(self, empty: Project) -> None:
        directory = policies(empty, READER)
        for action, verdict in (("read", "allowed"), ("write", "denied"), ("destroy", "denied")):
            words = ("policies/a", KEY, "--action", action, "--expect", verdict)
            assert explained(empty, *words, policies=directory).code == 0, action

    def test_an_action_that_aws_does_not_have_is_a_usage_error(self, empty: Project) -> None:
        words = (ROLE, "scale/live/api-key", "--action", "patch")
        assert explained(empty, *words, policies=EXAMPLES / "06-same-account").code == 2


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
        self, empty: Project, at: str, verdict: str
    ) -> None:
        words = ("policies/a", KEY, "--at", at, "--expect", verdict)
        done = explained(empty, *words, policies=policies(empty, self.EXPIRING))
        assert done.code == 0, done.err

    @pytest.mark.parametrize("at", ["tomorrow", "", "2030-13-01"])
    def test_what_is_no_time_is_refused(self, empty: Project, at: str) -> None:
        done = explained(empty, CI, KEY, "--at", at, policies=EXAMPLES / "01-simple")
        assert done.code == 2
        assert "--at" in done.err

    def test_the_dialect_overrides_what_the_directory_says(self, empty: Project) -> None:
        directory = policies(empty, self.EXPIRING)
        write(directory, "server.json", {"dialect": "openbao"})
        assert explained(empty, "policies/a", KEY, policies=directory).code == 0
        refused = explained(empty, "policies/a", KEY, "--dialect", "vault", policies=directory)
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
        self, empty: Project, name: str, text: str, place: str
    ) -> None:
        path = empty.root / "dir" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        principal = ROLE if name.startswith("1") else CI
        done = explained(empty, principal, KEY, policies=empty.root / "dir")
        assert done.code == 2, done.err
        assert place in done.err

    def test_a_directory_that_is_not_there_is_not_found(self, empty: Project) -> None:
        assert explained(empty, CI, KEY, policies="nowhere").code == 4

    def test_a_link_out_of_the_directory_is_refused(self, empty: Project) -> None:
        directory = policies(empty, READER)
        (directory / "policies" / "b.hcl").symlink_to("/etc/passwd")
        done = explained(empty, "policies/a", KEY, policies=directory)
        assert done.code == 5
        assert "policies/b.hcl is a symbolic link" in done.err

    def test_no_policies_named_is_a_usage_error(self, empty: Project) -> None:
        assert empty.run("audit", "explain", CI, KEY).code == 2

    def test_a_key_typed_in_a_names_place_is_not_repeated(self, empty: Project) -> None:
        key = "live_" + "0123456789abcdef" * 2
        for words in ((f"policies/{key}", KEY), (CI, key), (CI, f"secret/{key}")):
            done = explained(empty, *words, policies=EXAMPLES / "01-simple")
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
        directory = policies(empty, 'path "secret/data/ключ" { capabilities = ["read"] }\n')
        words = ("audit", "explain", "policies/a", "secret/ключ", "--policies", str(directory))
        done = empty.good(*words, environ={"PYTHONIOENCODING": "ascii"})
        assert "MAY READ secret/\\u043a\\u043b" in done.text

    def test_lines_are_as_wide_as_the_terminal(self, empty: Project) -> None:
        narrow = empty.good(*self.WORDS, environ={"COLUMNS": "60"}).text.splitlines()
        assert max(map(len, narrow[2:])) <= 60
        assert len(narrow) > len(
            empty.good(*self.WORDS, environ={"COLUMNS": "200"}).text.splitlines()
        )

    def test_a_pipe_gets_no_colour(self, empty: Project) -> None:
        assert "\x1b" not in empty.good(*self.WORDS).text

    def test_all_of_the_tree_is_shown_when_asked_for(self, empty: Project) -> None:
        words = (ROLE, "scale/live/api-key")
        short = explained(empty, *words, policies=EXAMPLES / "07-suffix").text
        full = explained(empty, *words, "--full", policies=EXAMPLES / "07-suffix").text
        assert "--full shows it" in short
        assert "--full shows it" not in full
        assert len(full) > len(short)


def test_audit_alone_lists_its_commands(empty: Project) -> None:
    done = empty.good("audit")
    assert "explain" in done.text
    assert "lint" in done.text
    assert empty.run("audit", "nothing").code == 2


class TestLint:
    def test_findings_are_data_and_exit_3(self, empty: Project) -> None:
        done = empty.run("audit", "lint", "--policies", str(EXAMPLES / "02-losing-deny"))
        assert done.code == 3
        assert done.text.startswith("ACC101 policies/developer.hcl:7: ")
        assert done.err == ""

    def test_nothing_found_is_said_and_exit_0(self, empty: Project) -> None:
        done = empty.good("audit", "lint", "--policies", str(EXAMPLES / "01-simple"))
        assert done.text == ""
        assert "nothing suspicious" in done.err

    @pytest.mark.parametrize("example", ["02-losing-deny", "03-without-data", "07-suffix"])
    def test_the_report_is_by_its_schema(self, empty: Project, example: str) -> None:
        words = ("--policies", str(EXAMPLES / example), "--format", "json")
        found = json.loads(empty.run("audit", "lint", *words).text)
        Draft202012Validator(shipped_schema("lint-report")).validate(found)
        assert found["findings"]

    def test_both_systems_of_a_directory_are_looked_at(self, empty: Project) -> None:
        for example in ("02-losing-deny", "07-suffix"):
            for path in (EXAMPLES / example).rglob("*.*"):
                top = "" if example == "07-suffix" else "vault/"
                target = empty.root / "dir" / f"{top}{path.relative_to(EXAMPLES / example)}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        done = empty.run("audit", "lint", "--policies", "dir")
        assert [line.split()[0] for line in done.text.splitlines()[::2]] == [
            "ACC101",
            "ACC201",
            "ACC202",
        ]
