"""A server's clock is what the Date of its own answers says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from eipctl.base.server_clock import ServerClock

NEAR = timedelta(seconds=30)


def date(moment: datetime) -> str:
    """As HTTP has it."""
    return format_datetime(moment, usegmt=True)


def test_it_is_this_hosts_before_the_first_answer() -> None:
    """Which is not called known."""
    clock = ServerClock()
    assert not clock.known
    assert abs(clock.now() - datetime.now(UTC)) < NEAR


@pytest.mark.parametrize("off", [timedelta(minutes=-14), timedelta(days=365)])
def test_it_goes_on_from_the_last_answer(off: timedelta) -> None:
    """Whatever this host's clock says."""
    clock = ServerClock()
    clock.hear(date(datetime.now(UTC) - timedelta(days=1)))
    clock.hear(date(datetime.now(UTC) + off))
    assert abs(clock.now() - datetime.now(UTC) - off) < NEAR


@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Mon, 30 Nov 999999999999 20:00:00 GMT",
        "Mon, 30 Nov 2026 20:00:00 +99999999999999",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 30 Nov 2026 25:00:00 GMT",
    ],
)
def test_what_is_no_date_of_our_days_changes_nothing(other: str | None) -> None:
    """Such a server has not learned the time, or does not tell it."""
    clock = ServerClock()
    clock.hear(date(datetime.now(UTC) + timedelta(days=1)))
    clock.hear(other)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=1)) < NEAR


@pytest.mark.parametrize("zone", ["GMT", "", "-0000", "+0000", "UTC"])
def test_a_date_without_a_zone_is_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever this host is."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    clock = ServerClock()
    clock.hear(f"Mon, 30 Nov 2026 20:00:00 {zone}".strip())
    assert abs(clock.now() - datetime(2026, 11, 30, 20, tzinfo=UTC)) < NEAR
