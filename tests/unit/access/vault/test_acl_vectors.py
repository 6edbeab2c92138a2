"""Our ACL on every case of ``vault-acl.json``; its contract test puts them to a real server."""

from __future__ import annotations

import pytest

from scale_secrets.access.vault.model import Capability, Dialect
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.verdict import Truth
from scale_secrets.errors import PolicyError
from tests.support.acl_vectors import UNVERIFIED, VERIFIED, Ask, Case

CASES = [(Dialect.OPENBAO, case) for case in VERIFIED] + [
    (Dialect.VAULT, case) for case in UNVERIFIED
]
TRUTHS = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}


@pytest.mark.parametrize(
    ("dialect", "case"), CASES, ids=[f"{case.number} {case.about}" for _, case in CASES]
)
def test_a_case_is_answered_as_the_vector_says(dialect: Dialect, case: Case) -> None:
    if case.refused:
        with pytest.raises(PolicyError):
            case.acl(dialect)
        return
    acl = case.acl(dialect)
    assert bool(acl.failure) is case.fails
    for ask in case.asks:
        path = ask.namespace + ask.path
        if ask.capabilities:
            assert acl.capabilities(path) == _flags(ask), ask.path
        else:
            ruling = acl.decide(
                path,
                Operation(ask.operation),
                parameters=ask.parameters,
                wrapping=ask.wrapping,
                namespace=ask.namespace,
            )
            assert ruling.truth is TRUTHS[ask.passes], (ask, ruling)


def test_every_unverified_case_names_its_source() -> None:
    assert all(case.source for case in UNVERIFIED)
    assert len({case.number for _, case in CASES}) == len(CASES)


def _flags(ask: Ask) -> Capability:
    held = Capability.NONE
    for name in ask.capabilities:
        held |= Capability[name.upper()]
    return held
