"""Fresh values across ``fork``: each child refreshes by connections of its own."""

from __future__ import annotations

import os
import sys
import traceback

import pytest

from scale_secrets.service.fresh.secrets import FreshSecrets
from tests.contracts.fresh.scene import VaultScene
from tests.support.conformance import amount
from tests.support.fresh import key

CHILDREN = 24
READS = 200  # of each child
REFRESH_AT = amount(quick=20, full=1)  # every so many reads come from the store

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def read_often(fresh: FreshSecrets) -> int:
    """How many of the reads were wrong."""
    wrong = 0
    for number in range(READS):
        if number % REFRESH_AT == 0:
            fresh.refresh()
        name = ("api_key", "other")[number % 2]
        wrong += fresh[name].value.reveal() != key(number % 2)
    return wrong


def in_child(fresh: FreshSecrets) -> int:
    """The child's process id. It exits with the number of wrong reads, or 99."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = min(read_often(fresh), 98)
        except BaseException:  # noqa: BLE001 - whatever it is, this process is only a child
            traceback.print_exc(file=sys.stderr)
        finally:
            os._exit(code)
    return child


@pytest.mark.conformance
def test_no_forked_child_reads_anothers_answer(vault: VaultScene) -> None:
    vault.write("api_key", key(0))
    vault.write("other", key(1))
    with vault.fresh(refresh_every=0.05) as fresh:
        fresh.refresh()  # the parent's connection is open, and its thread at work
        children = [in_child(fresh) for _ in range(CHILDREN)]
        assert read_often(fresh) == 0
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(  # noqa: T201 - figures that are to be read
        f"{CHILDREN} children, {CHILDREN * READS} reads; {vault.reads()} of the store"
    )
    assert codes == [0] * CHILDREN
    assert vault.front.connections > CHILDREN
