"""Who may do what, as computed from a server's own answers, against doing it there for real.

The server is read by plain requests into the files of a policy directory; then each principal that
can log in does, and tries every action on every secret. An *allowed* must succeed, a *denied* must
not, and a *conditional* must hang on what the files cannot tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product

import pytest

from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.vault.installation import parse_installation
from scale_secrets.access.vault.model import Principal
from scale_secrets.access.verdict import Action, Answer, Verdict
from tests.support.access_actor import Actor, Place
from tests.support.access_collect import collect
from tests.support.access_scene import Scene, prepared
from tests.support.access_scene_policies import NAMESPACES, PLACES, POLICIES
from tests.support.conformance import amount

# What the condition of a way around the engine says, and the path that it needs.
AROUND = {
    "raw_storage_endpoint": "sys/raw/logical/",
    "the server stores by raft": "sys/storage/raft/snapshot",
}
ABSENT = "no secret stands there yet"
CHOSEN = "the token is made with policy"

STRIDE = amount(quick=5, full=1)


def asked_of(number: int) -> list[Place]:
    """All secrets; in ``make test`` the first, which most policies are about, and every fifth."""
    return [PLACES[0], *(PLACES[1:][number % STRIDE :: STRIDE])]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with prepared() as made:
        yield made


@pytest.fixture(scope="module")
def evaluator(scene: Scene) -> Evaluator:
    return Evaluator(parse_installation(collect(scene.root, NAMESPACES)), datetime.now(UTC))


@dataclass
class Tally:
    """What the cells came to; ``wrong`` names those in which the server did otherwise."""

    cells: Counter[Verdict] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    requests: int = 0

    def __str__(self) -> str:
        said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.cells.items()))
        return f"{said}; {len(self.wrong)} disagreements, {self.requests} requests"

    def compare(self, scene: Scene, evaluator: Evaluator, tokens: dict[str, str]) -> None:
        """Every secret and action for each principal, with the token that it got."""
        for number, (name, token) in enumerate(tokens.items()):
            principal = evaluator.principal(name)
            actor = Actor(scene.root, token)
            for place, action in product(asked_of(number), Action):
                answer = evaluator.answer(principal, evaluator.secret(str(place)), action)
                happened = actor.did(place, action, POLICIES)
                self.cells[answer.verdict] += 1
                if not as_said(answer, principal, actor, happened):
                    done = "done" if happened else "refused"
                    self.wrong.append(f"{name} {action} {place}: {answer.verdict}, but {done}")
            self.requests += actor.requests


def as_said(answer: Answer, principal: Principal, actor: Actor, happened: bool) -> bool:
    if answer.verdict is not Verdict.CONDITIONAL:
        return happened is (answer.verdict is Verdict.ALLOWED)
    conditions = "".join(answer.conditions)
    around = [path for words, path in AROUND.items() if words in conditions]
    if around:
        # Denied by the engine; this server has no such endpoint, but lets the request pass.
        return not happened and all(actor.passes(path) for path in around)
    if conditions == ABSENT or conditions.startswith(CHOSEN):  # which it is not
        return not happened
    # The identity that the login will bring is not known from here.
    return principal.entity is None and "identity." in conditions


@pytest.mark.conformance
def test_what_a_principal_may_do_is_what_it_can_do_once_logged_in(
    scene: Scene, evaluator: Evaluator
) -> None:
    tally = Tally()
    tokens = {name: login() for name, login in scene.logins.items()}
    tally.compare(scene, evaluator, tokens)
    print(f"{len(tokens)} logins: {tally}")  # noqa: T201
    assert tally.wrong == []
    assert set(tally.cells) == set(Verdict)


def test_a_token_role_gives_what_its_creator_chooses(scene: Scene, evaluator: Evaluator) -> None:
    role, place = evaluator.principal("auth/token/roles/choosy"), PLACES[0]
    (condition,) = evaluator.answer(role, evaluator.secret(str(place)), Action.READ).conditions
    assert condition == "the token is made with policy read-scale alone"
    for policies, reads in {("read-scale", "deny-wins"): False, ("read-scale",): True}.items():
        token = scene.login("auth/token/create/choosy", {"policies": list(policies)})
        assert Actor(scene.root, token).did(place, Action.READ, POLICIES) is reads


@pytest.mark.conformance
def test_a_token_may_do_what_it_is_computed_to(scene: Scene) -> None:
    """Outstanding tokens, by what their accessors tell, after their roles may have changed."""
    tally = Tally()
    tokens = {}
    for name, login in list(scene.logins.items())[:: amount(quick=4, full=1)]:
        token = login()
        namespace = "team/" if name.startswith("team/") else ""
        about = scene.post("auth/token/lookup", {"token": token}, namespace)["data"]
        if about["type"] != "batch":  # which has no accessor: no audit can see it
            tokens[f"{namespace}auth/token/accessor/{about['accessor']}"] = token
    scene.post("auth/approle/role/reader", {"token_policies": ["everything"]})
    evaluator = Evaluator(parse_installation(collect(scene.root, NAMESPACES)), datetime.now(UTC))
    tally.compare(scene, evaluator, tokens)
    print(f"{len(tokens)} tokens: {tally}")  # noqa: T201
    assert tally.wrong == []
