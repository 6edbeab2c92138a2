"""The tree of an explanation as text: drawn, wrapped, coloured, and harmless to a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from scale_secrets.access.verdict import Action, Answer, Cited, Place, Step, Verdict
from scale_secrets.cli.audit.tree import ASCII, UNICODE, Drawing, headline, tree_lines

WIDE = 200


def plain(text: str, verdict: Verdict) -> str:
    return text


def marked(text: str, verdict: Verdict) -> str:
    return f"<{text}>"


def drawn(
    root: Step, width: int = WIDE, drawing: Drawing = UNICODE, full: bool = False
) -> list[str]:
    return list(tree_lines(root, width=width, drawing=drawing, paint=plain, full=full))


def said(answer: Answer, action: Action = Action.READ) -> list[str]:
    return list(headline(answer, "auth/approle/role/ci", "secret/a", action, plain))


CITED = Cited("ci", "secret/data/*", "read", Place("policies/ci.hcl", 3))
TREE = Step(
    "read secret/a",
    Verdict.DENIED,
    steps=(
        Step("policies in force: ci", steps=(Step("from the role: ci"),)),
        Step("GET secret/data/a", Verdict.DENIED, "a deny wins", CITED),
    ),
)


@pytest.mark.parametrize(
    ("drawing", "lines"),
    [
        (
            UNICODE,
            [
                "denied: read secret/a",
                "├─ policies in force: ci",
                "│  └─ from the role: ci",
                "└─ denied: GET secret/data/a — a deny wins",
                "       secret/data/*: read (policy ci, policies/ci.hcl:3)",
            ],
        ),
        (
            ASCII,
            [
                "denied: read secret/a",
                "|- policies in force: ci",
                "|  `- from the role: ci",
                "`- denied: GET secret/data/a - a deny wins",
                "       secret/data/*: read (policy ci, policies/ci.hcl:3)",
            ],
        ),
    ],
    ids=["unicode", "ascii"],
)
def test_each_step_stands_below_its_own(drawing: Drawing, lines: list[str]) -> None:
    assert drawn(TREE, drawing=drawing) == lines


def test_a_label_that_the_title_has_is_not_repeated() -> None:
    (line,) = drawn(Step('path "secret/data/*"', cited=CITED))
    assert line == 'path "secret/data/*" — read (policy ci, policies/ci.hcl:3)'
    (line,) = drawn(Step("read secret/data/* of ci", cited=CITED))
    assert line == "read secret/data/* of ci (policies/ci.hcl:3)"


def test_a_reason_without_room_beside_the_title_stands_below_it() -> None:
    lines = drawn(Step("twenty characters it", Verdict.DENIED, "a reason of some more words"), 50)
    assert lines == ["denied: twenty characters it", "    a reason of some more words"]


def test_a_long_text_is_wrapped_between_words_and_an_arn_stays_whole() -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:scale/live/key-AbCdEf"
    lines = drawn(Step("a", steps=(Step("b", because=f"one two three {arn} four five six"),)), 40)
    assert any(line.endswith(arn) for line in lines)
    assert all(len(line) <= 40 for line in lines if arn not in line)
    assert " ".join(" ".join(lines).split()) == f"a └─ b one two three {arn} four five six"


def test_a_deep_tree_keeps_room_for_words() -> None:
    step = Step("the words at the bottom of it all", because="a reason of several words")
    for _ in range(40):
        step = Step("deeper", steps=(step,))
    assert any("the words at the bottom" in line for line in drawn(step, 60))


def test_neighbours_with_one_reason_are_summed_up_and_others_are_not() -> None:
    same = tuple(Step(f"statement {number}", because="other action") for number in range(9))
    lines = drawn(Step("root", steps=(*same, Step("last", because="another reason"))))
    assert lines == [
        "root",
        "├─ statement 0 — other action",
        "├─ statement 1 — other action",
        "├─ and 7 more likewise",
        "└─ last — another reason",
    ]


def test_what_has_a_verdict_is_never_summed_up() -> None:
    steps = tuple(Step(f"s{number}", Verdict.DENIED, "same reason") for number in range(9))
    assert len([line for line in drawn(Step("root", steps=steps)) if "denied: s" in line]) == 9


def test_three_neighbours_are_told_in_full() -> None:
    steps = tuple(Step(f"s{number}", because="same reason") for number in range(3))
    assert not any("likewise" in line for line in drawn(Step("root", steps=steps)))


def step(title: str, verdict: Verdict | None, *steps: Step, because: str = "") -> Step:
    return Step(title, verdict, because, steps=steps)


DENIED, ALLOWED = Verdict.DENIED, Verdict.ALLOWED
GET = step("get", DENIED, step("policy", DENIED, step("statement", DENIED, because="why")))
KEY = step("key", ALLOWED, step("policy", ALLOWED, step("one", None), step("two", None)))


def test_a_large_part_with_another_verdict_is_folded_unless_all_is_asked_for() -> None:
    root = step("both", DENIED, GET, KEY)
    assert drawn(root) == [
        "denied: both",
        "├─ denied: get: policy: statement — why",
        "└─ allowed: key — this is not what it hangs on: --full shows it",
    ]
    assert [line[3:] for line in drawn(root, full=True)[2:]] == [
        "allowed: key: policy",
        "├─ one",
        "└─ two",
    ]


def test_an_only_part_that_begins_as_its_step_ends_goes_on_from_there() -> None:
    root = step("one way: s3:Get", DENIED, step("s3:Get on b", DENIED, because="why"))
    assert drawn(root) == ["denied: one way: s3:Get on b — why"]


def test_a_small_part_with_another_verdict_is_shown() -> None:
    layer = step("layer", ALLOWED, step("statement", ALLOWED, because="applies"), because="why")
    assert drawn(step("root", DENIED, layer, GET))[1:3] == [
        "├─ allowed: layer — why",
        "│  └─ allowed: statement — applies",
    ]


def test_a_statement_is_not_named_again_by_a_step_that_says_nothing_else() -> None:
    told = Step("the statement", Verdict.ALLOWED, cited=CITED)
    named = Step("decided by it", cited=CITED)
    root = step("root", ALLOWED, told, step("together", ALLOWED, named, because="one of them"))
    assert not any("decided by" in line for line in drawn(root))
    assert any("decided by" in line for line in drawn(root, full=True))
    alone = step("root", ALLOWED, step("together", ALLOWED, named, because="one of them"))
    assert any("decided by" in line for line in drawn(alone))


def test_only_the_verdict_is_painted() -> None:
    root = Step("denied by a policy named denied", Verdict.ALLOWED)
    assert list(tree_lines(root, width=WIDE, drawing=UNICODE, paint=marked)) == [
        "<allowed>: denied by a policy named denied"
    ]


@pytest.mark.parametrize(
    "hostile", ["\x1b[2Jgone", "a\rb", "\u202eevil", "\x07", "x\x9b31m"], ids=ascii
)
def test_what_a_terminal_would_act_on_is_shown_instead(hostile: str) -> None:
    cited = Cited(hostile, hostile, hostile, Place(hostile))
    answer = Answer(Verdict.CONDITIONAL, (hostile, "b"), remarks=(hostile,))
    lines = [
        *drawn(Step(hostile, Verdict.DENIED, hostile, cited)),
        *headline(answer, hostile, hostile, Action.READ, plain),
    ]
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("answer", "action", "lines"),
    [
        (Answer(Verdict.ALLOWED), Action.READ, ["auth/approle/role/ci MAY READ secret/a"]),
        (Answer(Verdict.DENIED), Action.WRITE, ["auth/approle/role/ci may NOT write secret/a"]),
        (
            Answer(Verdict.CONDITIONAL, ("the token is wrapped",)),
            Action.CHANGE_POLICY,
            ["auth/approle/role/ci MAY CHANGE THE POLICY OF secret/a IF the token is wrapped"],
        ),
        (
            Answer(Verdict.CONDITIONAL, ("a", "b"), remarks=("only from one address",)),
            Action.READ,
            [
                "auth/approle/role/ci MAY READ secret/a ON CONDITIONS",
                "  if a",
                "  if b",
                "note: only from one address",
            ],
        ),
        (
            Answer(Verdict.CONDITIONAL, ("unless aws:SourceVpc is vpc-1",)),
            Action.READ,
            ["auth/approle/role/ci MAY READ secret/a UNLESS aws:SourceVpc is vpc-1"],
        ),
        (
            Answer(Verdict.CONDITIONAL, ("if a", "unless b")),
            Action.READ,
            ["auth/approle/role/ci MAY READ secret/a ON CONDITIONS", "  if a", "  unless b"],
        ),
    ],
    ids=["allowed", "denied", "one", "several", "one exception", "of both kinds"],
)
def test_the_first_line_is_the_verdict_in_words(
    answer: Answer, action: Action, lines: list[str]
) -> None:
    assert said(answer, action) == lines


def grown(random: Random, depth: int = 0) -> Step:
    """A tree of any shape, with words of few letters."""

    def words() -> str:
        return " ".join(random.choices(["a", "bb", "ccc" * 9, "deny"], k=random.randint(1, 9)))

    steps = [grown(random, depth + 1) for _ in range(random.randrange(5 - depth))]
    cited = Cited(words(), words(), "allow") if random.random() < 0.3 else None
    because = words() if random.random() < 0.5 else ""
    return Step(words(), random.choice([None, *Verdict]), because, cited, tuple(steps))


TREES = [grown(Random(seed)) for seed in range(200)]  # noqa: S311 - no secret is made


def every(step: Step) -> Iterator[Step]:
    yield step
    for below in step.steps:
        yield from every(below)


@pytest.mark.parametrize("drawing", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [40, 100])
def test_a_full_tree_leaves_nothing_out(width: int, drawing: Drawing) -> None:
    for root in TREES:
        lines = drawn(root, width, drawing, full=True)
        words = "".join("".join(line.strip("│├└─ |`-") for line in lines).split())
        for one in every(root):
            assert len(one.steps) == 1 or "".join(one.title.split()) in words
            assert "".join(one.because.split()) in words


@pytest.mark.parametrize("width", [40, 100])
def test_no_line_is_longer_than_its_width_but_for_a_word_or_a_deep_place(width: int) -> None:
    for root in TREES:
        for line in drawn(root, width):
            *_, last = line.split()
            assert len(line) - len(last) <= width


def test_what_is_left_out_is_said_or_is_repetition() -> None:
    for root in TREES:
        short, full = drawn(root), drawn(root, full=True)
        folded = sum("--full shows it" in line for line in short)
        assert len(short) < len(full) + 2 * folded + 1
        assert short[0] == full[0]
