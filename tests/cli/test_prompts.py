"""Questions to a person: answered on a real terminal, and never counted against the deadline."""

from __future__ import annotations

import pytest

from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, LOCAL, TEST_KEY, VAULT, Project, manifest_of
from tests.support.terminal import at_terminal

_PASSWORD = "made-up-password"
_THINKING = {"thinking": 4.5}
_TIMEOUT = ("--timeout", "4")  # ample for a busy machine, and less than the thinking
_GUARD = "[[environments.live.guard]]\nconfirm = true\n"


def test_a_confirmation_may_take_longer_than_the_deadline(project: Project) -> None:
    project.write(manifest_of(LOCAL, more=_GUARD))
    seen = at_terminal(
        project, "get", "-e", "live", "api_key", *_TIMEOUT,
        typed=[("[y/N]", "y")], piped=True, **_THINKING,
    )  # fmt: skip
    assert (seen.code, seen.out.decode()) == (0, LIVE_KEY)


@pytest.fixture
def userpass(vault_project: Project, openbao: OpenBao, prefix: str) -> Project:
    """A user ``cat`` who logs in with a password that nobody but a person holds."""
    mount = prefix.replace("/", "-")
    openbao.root("POST", f"sys/auth/{mount}", {"type": "userpass"})
    rule = f'path "secret/data/{prefix}/test/*" {{ capabilities = ["read"] }}'
    openbao.root("POST", f"sys/policies/acl/{mount}", {"policy": rule})
    user = {"password": _PASSWORD, "token_policies": [mount]}
    openbao.root("POST", f"auth/{mount}/users/cat", user)
    auth = f'auth = [{{ method = "userpass", username = "cat", mount = "{mount}" }}]'
    vault_project.write(manifest_of(f"{VAULT}\n{auth}", prefix=prefix, field="value"))
    del vault_project.environ["VAULT_TOKEN"]
    return vault_project


def test_a_password_is_asked_for_unseen_and_in_its_own_time(userpass: Project) -> None:
    seen = at_terminal(
        userpass, "get", "-e", "test", "api_key", *_TIMEOUT,
        typed=[("password of cat", _PASSWORD)], piped=True, **_THINKING,
    )  # fmt: skip
    assert (seen.code, seen.out.decode()) == (0, TEST_KEY)
    assert _PASSWORD not in seen.screen


def test_a_wrong_password_is_denied(userpass: Project) -> None:
    seen = at_terminal(
        userpass, "get", "-e", "test", "api_key", typed=[("password of cat", "wrong")], piped=True
    )
    assert seen.code == 5
    assert "userpass" in seen.screen
