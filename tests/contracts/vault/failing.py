"""What every failure must be: the right public error, with a way out, and value-free."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scale_secrets import errors
from scale_secrets.errors import (
    ScaleSecretsError,
)
from tests.contracts.store_contract import assert_value_free

CANARY = "live_" + "0123456789abcdef" * 2
TOKEN = "s.canary0123456789"


def failing(call: Callable[[], object], kind: type[ScaleSecretsError]) -> ScaleSecretsError:
    with pytest.raises(ScaleSecretsError) as caught:
        call()
    public = [one for one in type(caught.value).__mro__ if one.__module__ == errors.__name__]
    assert public[0] is kind, caught.value.message
    assert caught.value.hint
    assert caught.value.message.startswith('store "vault": ')
    assert_value_free(caught.value, CANARY, TOKEN)
    return caught.value
