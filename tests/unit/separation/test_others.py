"""SEP003 to SEP006, each as a pure function."""

from __future__ import annotations

import pytest

from scale_secrets.errors import SeparationError
from scale_secrets.model import (
    Coordinate,
    EnvironmentSpec,
    Finding,
    Guard,
    Mode,
    SecretSpec,
    SecretType,
    Severity,
)
from scale_secrets.separation import RULES, refuse
from scale_secrets.separation.duplicates import Held, check_duplicates
from scale_secrets.separation.guard import require_open
from scale_secrets.separation.inherited import check_inherited, foreign_variables
from scale_secrets.separation.labels import check_label, label_for, labelled
from scale_secrets.values import SecretValue
from tests.support.project import LIVE_KEY, TEST_KEY

API, CALLBACK, OPAQUE = SecretType.API_KEY, SecretType.CALLBACK_KEY, SecretType.OPAQUE


def held(
    mode: Mode, text: str = "same", type_: SecretType = API, *, any_mode: bool = False
) -> Held:
    return Held(str(mode), mode, "key", type_, any_mode, SecretValue(text))


class TestDuplicates:
    def test_one_key_in_both_modes_is_a_finding(self) -> None:
        (found,) = check_duplicates([held(Mode.TEST), held(Mode.LIVE), held(Mode.LIVE, "other")])
        assert (found.id, found.place) == ("SEP003", "environments.test.secrets.key")
        assert "same" not in found.message.replace("the same key", "")

    @pytest.mark.parametrize(
        "pair",
        [
            (held(Mode.LIVE), held(Mode.LIVE)),
            (held(Mode.TEST), held(Mode.LIVE, "Same")),
            (held(Mode.TEST, ""), held(Mode.LIVE, "")),
            (held(Mode.TEST, type_=OPAQUE), held(Mode.LIVE)),
            (
                held(Mode.TEST, type_=CALLBACK, any_mode=True),
                held(Mode.LIVE, type_=CALLBACK, any_mode=True),
            ),
        ],
    )
    def test_what_may_be_equal_is_none(self, pair: tuple[Held, Held]) -> None:
        assert list(check_duplicates(pair)) == []

    def test_serving_any_mode_is_said_on_both_sides(self) -> None:
        pair = (held(Mode.TEST, type_=CALLBACK, any_mode=True), held(Mode.LIVE, type_=CALLBACK))
        assert len(list(check_duplicates(pair))) == 1


def spec(type_: SecretType = API, *, any_mode: bool = False) -> SecretSpec:
    return SecretSpec("key", Coordinate("main", "path"), type_, "KEY", any_mode=any_mode)


class TestLabels:
    def found(self, label: str | None, one: SecretSpec, *, supported: bool = True) -> list[Finding]:
        return list(check_label(one, label, Mode.TEST, "place", supported=supported))

    def test_a_label_that_agrees_is_no_finding(self) -> None:
        assert self.found("test", spec()) == []
        assert self.found("any", spec(CALLBACK, any_mode=True)) == []
        assert self.found(None, spec(OPAQUE)) == []

    @pytest.mark.parametrize("label", ["live", "any", "", "Test", "hunter2"])
    def test_one_that_contradicts_is_an_error(self, label: str) -> None:
        (found,) = self.found(label, spec())
        assert (found.id, found.severity) == ("SEP004", Severity.ERROR)
        assert "hunter2" not in found.message

    def test_an_opaque_secrets_label_binds_it_too(self) -> None:
        assert self.found("live", spec(OPAQUE))

    def test_absence_is_a_warning_where_a_store_has_labels(self) -> None:
        (found,) = self.found(None, spec())
        assert found.severity is Severity.WARNING
        assert "scale-mode = test" in found.mend
        assert self.found(None, spec(), supported=False) == []

    def test_a_writer_labels_with_the_mode(self) -> None:
        assert label_for(spec(), Mode.LIVE) == "live"
        assert label_for(spec(CALLBACK, any_mode=True), Mode.LIVE) == "any"
        assert labelled(None, "scale-mode") is None
        assert labelled({"scale-mode": "live"}, "scale-mode") == "live"


class TestInherited:
    def test_a_variable_is_judged_by_what_it_holds(self) -> None:
        environ = {
            "A": LIVE_KEY,
            "B": TEST_KEY,
            "C": "live_short",  # no slot, so only the strict detection counts
            "SCALE_LIVE_API_KEY": "live_short",
            "scale_api_key": " live_short\n",
            "OURS": "live_short",
            "ODD": "\udcff",
            "SCALE_API_KEY": "\udcff",
            "EMPTY": "",
        }
        names = foreign_variables(environ, Mode.TEST, ["OURS"])
        assert names == ("A", "SCALE_LIVE_API_KEY", "scale_api_key", "OURS")
        assert foreign_variables(environ, Mode.LIVE) == ("B",)

    def test_the_finding_names_the_variable_alone(self) -> None:
        (found,) = check_inherited(["A"], Mode.TEST)
        assert (found.id, found.place, found.severity) == ("SEP005", "A", Severity.ERROR)
        assert "unset A" in found.mend


def guarded(*guards: Guard) -> EnvironmentSpec:
    return EnvironmentSpec("live", Mode.LIVE, {}, guards=guards)


MAIN = Guard(("run",), {"REF": "main"})
ASKED = Guard((), confirm=True)


class TestGuard:
    def closed(self, *guards: Guard, door: str = "run", **variables: str) -> Finding:
        with pytest.raises(SeparationError) as caught:
            require_open(guarded(*guards), door, variables)
        (found,) = caught.value.findings
        assert found.id == "SEP006"
        return found

    def test_no_block_or_none_for_this_door_guards_nothing(self) -> None:
        require_open(guarded(), "run", {})
        require_open(guarded(MAIN), "env", {})

    def test_every_variable_of_a_block_must_match(self) -> None:
        both = Guard(("run",), {"REF": "main", "BY": "ci"})
        require_open(guarded(both), "run", {"REF": "main", "BY": "ci", "MORE": ""})
        assert "BY, REF" in self.closed(both, REF="main").mend
        self.closed(MAIN, REF="main ")
        self.closed(MAIN)

    def test_any_block_suffices(self) -> None:
        require_open(guarded(ASKED, MAIN), "run", {"REF": "main"})

    def test_a_person_is_asked_only_when_nothing_else_opens(self) -> None:
        asked: list[str] = []

        def confirm(question: str) -> bool:
            asked.append(question)
            return True

        require_open(guarded(ASKED, MAIN), "run", {"REF": "main"}, confirm=confirm)
        assert asked == []
        require_open(guarded(ASKED, MAIN), "run", {}, confirm=confirm)
        assert asked == ["run with the live keys of 'live'?"]

    def test_a_no_and_nobody_to_ask_both_leave_it_closed(self) -> None:
        with pytest.raises(SeparationError):
            require_open(guarded(ASKED), "run", {}, confirm=lambda _: False)
        assert "--yes" in self.closed(ASKED).mend

    def test_yes_confirms_and_replaces_no_variable(self) -> None:
        require_open(guarded(ASKED), "run", {}, assume_yes=True)
        with pytest.raises(SeparationError):
            require_open(guarded(MAIN), "run", {}, assume_yes=True)

    def test_a_confirmation_may_need_a_variable_as_well(self) -> None:
        both = Guard((), {"REF": "main"}, confirm=True)
        require_open(guarded(both), "get", {"REF": "main"}, assume_yes=True)
        self.closed(both, door="get", REF="main")


def test_warnings_alone_refuse_nothing() -> None:
    warning = Finding("SEP004", "p", "m", "d", Severity.WARNING)
    error = Finding("SEP001", "p", "m", "d")
    refuse([warning])
    with pytest.raises(SeparationError) as caught:
        refuse([warning, error])
    assert caught.value.findings == (error, warning)


def test_the_rules_have_stable_ids() -> None:
    assert list(RULES) == [f"SEP00{number}" for number in range(1, 8)]
