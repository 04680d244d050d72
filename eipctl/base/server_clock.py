"""A server's clock, as the header Date of its answers tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from eipctl.base.stop import since_boot


class ServerClock:
    """This host's clock until the first answer. Safe to share between threads."""

    def __init__(self) -> None:
        self._heard: tuple[datetime, float] | None = None

    @property
    def known(self) -> bool:
        """Whether the server has told the time."""
        return self._heard is not None

    def hear(self, date: str | None) -> None:
        """Take the Date of an answer that came just now, if it is one."""
        moment = _moment(date or "")
        if moment is not None:
            self._heard = (moment, since_boot())

    def now(self) -> datetime:
        """The server's time, UTC: at most a second and a round trip late."""
        if self._heard is None:
            return datetime.now(UTC)
        moment, seen = self._heard
        return moment + timedelta(seconds=since_boot() - seen)


_SOONEST, _LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""A server that tells another time does not know it."""


def _moment(date: str) -> datetime | None:
    """None for what is no date, and for one that no server of ours can have."""
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    # Without a zone it is UTC, as all dates in HTTP (RFC 9110).
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC) if _SOONEST <= found <= _LATEST else None
