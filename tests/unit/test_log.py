"""The project's own log costs nothing where nobody listens, and says where it was written."""

from __future__ import annotations

import logging
import sys

import pytest

from scale_secrets import log


def test_a_listener_gets_the_words_and_the_place(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=log.NAME)
    log.info("read %d of %s", 2, "vault")
    [record] = caplog.records
    assert (record.name, record.getMessage()) == (log.NAME, "read 2 of vault")
    assert record.funcName == "test_a_listener_gets_the_words_and_the_place"


def test_where_logging_was_not_imported_it_is_left_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "logging")
    log.info("read")
    assert "logging" not in sys.modules
