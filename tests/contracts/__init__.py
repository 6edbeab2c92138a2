"""The contracts of stores and dialects, run against the real things."""

import pytest

# a contract that fails shows its values only when pytest rewrites its module's asserts
for _part in ("harness", "reading", "writing", "races", "abilities"):
    pytest.register_assert_rewrite(f"tests.contracts.contract_{_part}")
