from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scale_secrets.access.vault.hcl import quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("10", 10), ("-10", -10), ("+10", 10), ("0x1f", 31), ("-0X1F", -31), ("017", 15),
        ("0o17", 15), ("0b101", 5), ("1_000", 1000), ("0_17", 15), ("0x_1f", 31), ("000", 0),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
        ("0" * 5_000 + "17", 15),
    ],
)  # fmt: skip
def test_integers_are_read_in_the_notation_of_go(text: str, value: int) -> None:
    assert quantities.integer(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "x", "08", "1_", "_1", "1__0", "0x", "0b2", " 1", "1 ", "1\n", "1.5", "1e3", "\u0661",
     "9223372036854775808", "-9223372036854775809"],
)  # fmt: skip
def test_what_is_no_integer_of_64_bits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="integer"):
        quantities.integer(text)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0), ("0", 0), ("90", 90), ("-5", -5), ("7d", 604_800), ("1h2m3s", 3723),
        ("1.5h", 5400), (".5s", 0.5), ("5.s", 5), ("250ms", 0.25), ("5us", 5e-6),
        ("5\u00b5s", 5e-6), ("5\u03bcs", 5e-6), ("7ns", 7e-9), ("-1m", -60), ("+0", 0),
        (90, 90), (-5, -5), (90.9, 90), (-90.9, -90), ("0.1234567891234567890123s", 0.123456789),
    ],
)  # fmt: skip
def test_durations_are_seconds(value: object, seconds: float) -> None:
    assert quantities.seconds(value) == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize(
    "value",
    ["x", "s", ".s", "-", "5 s", "5S", "1w", "1d2h", "1h2d", "0x5", "1.9", "1_0s", "9999999h",
     "106752d", 9_223_372_037, 1e30, True, None, [], ["5s"], {"x": 1}],
)  # fmt: skip
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"duration|integer"):
        quantities.seconds(value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T01:02:03Z", datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)),
        ("2026-11-24T1:02:03Z", datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)),
        ("2026-11-24T01:02:03.5Z", datetime(2026, 11, 24, 1, 2, 3, 500_000, tzinfo=UTC)),
        ("2026-11-24T01:02:03,123456789Z", datetime(2026, 11, 24, 1, 2, 3, 123_456, tzinfo=UTC)),
        ("2026-11-24T01:02:03+02:30", datetime(2026, 11, 23, 22, 32, 3, tzinfo=UTC)),
        ("2026-11-24T01:02:03-24:00", datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-86400", datetime(1969, 12, 31, tzinfo=UTC)),
        ("9223371974719179007", datetime.max.replace(tzinfo=UTC)),
        ("9223371974719179008", datetime.min.replace(tzinfo=UTC)),
        ("-9223372036854775808", datetime.min.replace(tzinfo=UTC)),
        ("0000-02-29T00:00:00Z", datetime.min.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+24:00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_instants_are_of_rfc_3339_or_seconds_since_1970(text: str, moment: datetime) -> None:
    assert quantities.instant(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "never", "2026-11-24", "2026-11-24T01:02:03", "2026-11-24 01:02:03Z",
     "2026-11-24t01:02:03z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z",
     "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00+01:61", "0x5",
     "9223372036854775808", "2026-01-01T00:00:00Z\n"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        quantities.instant(text)
