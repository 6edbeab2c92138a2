"""What every kind of store promises, as suites that each kind's tests inherit.

A kind writes one ``Harness`` (how to open, fill, deny and delete for real) and one test class that
inherits the contracts it can keep and provides the ``harness`` fixture::

    class TestLocal(StoreContract, WriterContract, FieldsContract):
        @pytest.fixture
        def harness(self, tmp_path): return LocalHarness(tmp_path)

What a kind cannot do is a contract that its class does not inherit, never a skipped test.
"""

from __future__ import annotations

from tests.contracts.contract_abilities import (
    BinaryContract,
    FieldsContract,
    LabelsContract,
    StagesContract,
    VersionsContract,
    WholeContract,
)
from tests.contracts.contract_harness import (
    CANARY,
    STANDING,
    Harness,
    assert_value_free,
    held,
    write,
)
from tests.contracts.contract_races import ROUNDS, Written, assert_one_winner, race, writing
from tests.contracts.contract_reading import DeniedContract, SoftDeleteContract, StoreContract
from tests.contracts.contract_writing import WriterContract

__all__ = [
    "CANARY",
    "ROUNDS",
    "STANDING",
    "BinaryContract",
    "DeniedContract",
    "FieldsContract",
    "Harness",
    "LabelsContract",
    "SoftDeleteContract",
    "StagesContract",
    "StoreContract",
    "VersionsContract",
    "WholeContract",
    "WriterContract",
    "Written",
    "assert_one_winner",
    "assert_value_free",
    "held",
    "race",
    "write",
    "writing",
]
