"""Keys to sign requests with, and what keeps temporary ones fresh; where they are found is `credentials`' matter."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eipctl.aliyun.redact import mask
from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, TimedOut, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH_SECONDS = 15 * 60
"""How long before their end temporary credentials are replaced."""


class Keys(NamedTuple):
    """What a request is signed with; `token` only with temporary credentials."""

    id: str
    secret: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Temporary:
    """Keys that end at `expires` (seconds since the epoch)."""

    keys: Keys
    expires: float


class Credentials:
    """Where the keys come from, and the keys of this moment. Safe to share between threads."""

    def __init__(self, source: str, fetch: Callable[[], Keys], region: str = "", *, internal: bool = False) -> None:
        self.source = source
        self.region = region
        """The region that goes with them (a profile's region_id); "" for none."""
        self.internal = internal
        """Whether they are for the hosts inside a VPC."""
        self.lost: Callable[[EipctlError], None] = lambda _error: None
        """Told when there are no more keys after there have been some."""
        self._fetch = fetch
        self._last: Keys | None = None

    def get(self) -> Keys:
        """AccessKey id, secret and token to sign with now."""
        try:
            self._last = self._checked(self._fetch())
        except (Interrupted, TimedOut):
            raise
        except EipctlError as error:
            if self._last is not None:
                self.lost(error)
            raise
        return self._last

    def _checked(self, keys: Keys) -> Keys:
        """UsageError for keys that no request can carry."""
        if all(part.isascii() and part.isprintable() for part in keys if part):
            return keys
        raise UsageError(
            Code.NO_CREDENTIALS,
            f"the credentials from {self.source} contain characters that no AccessKey and no token has",
            hint="enter them again: a copied key may have brought a line end or a blank with it",
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: secret and token as last handed out."""
        return () if self._last is None else tuple(part for part in self._last[1:] if part)

    def describe(self) -> str:
        """``the identity LTAI****abcd (environment)``."""
        return (
            f"the identity {mask(self._last.id)} ({self.source})" if self._last else f"the identity from {self.source}"
        )


class Refreshing:
    """Fetches temporary keys when there are none, and again before they end; one thread at a time."""

    def __init__(self, fetch: Callable[[], Temporary], now: Callable[[], float] = time.time) -> None:
        self._fetch, self._now = fetch, now
        self._held: Temporary | None = None
        self._margin = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> Keys:
        """Keys that are good for a while; old ones while they last, when there are no new ones to be had."""
        with self._lock:
            left = 0.0 if self._held is None else self._held.expires - self._now()
            if self._held is None or left <= self._margin:
                try:
                    self._hold(self._fetch())
                except EipctlError:
                    if left <= 0:
                        raise
            assert self._held is not None
            return self._held.keys

    def _hold(self, fetched: Temporary) -> None:
        """Short-lived keys are kept for half of their life."""
        self._held = fetched
        self._margin = min(REFRESH_SECONDS, (fetched.expires - self._now()) / 2)


def static(keys: Keys) -> Callable[[], Keys]:
    """A fetch that always returns the same."""
    return lambda: keys
