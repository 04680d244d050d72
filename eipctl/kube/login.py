"""What a request shows the API server, and where that is renewed: tokens, token files, certificates, plugins."""

from __future__ import annotations

import base64
import json
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from eipctl.base.files import read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.kube.tls import Certificate

RELOAD_SECONDS = 50.0
"""How long a token file is believed (client-go: a minute, less ten seconds)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The Authorization header ("" for none), the client certificate, and until when they are good (None: unknown)."""

    authorization: str = field(default="", repr=False)
    certificate: Certificate | None = None
    expires: datetime | None = field(default=None, compare=False)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= datetime.now(UTC)


class Login(Protocol):
    """Where credentials come from. Safe to share between threads."""

    def now(self) -> Credential:
        """Those to use now. UsageError when there are none to be had."""
        ...

    def after_refusal(self, used: Credential) -> Credential:
        """Those to use after a 401 for `used`; the same ones when there are no others."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same; what stands in files is read again after a refusal."""

    read: Callable[[], Credential]
    held: list[Credential] = field(default_factory=list)

    def now(self) -> Credential:
        """The ones held."""
        if not self.held:
            self.held.append(self.read())
        return self.held[-1]

    def after_refusal(self, used: Credential) -> Credential:
        """Those of now: a certificate may have been renewed."""
        found = self.read()
        if found != used:
            self.held.append(found)
        return found


class TokenFile:
    """A token file that something else rewrites; `first` is the hint while the file does not exist."""

    def __init__(self, path: Path, first: Login, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._first, self._clock = path, first, clock
        self._lock = threading.Lock()
        self._token, self._read_at = "", -RELOAD_SECONDS

    def now(self) -> Credential:
        """The file's token, at most some 50 seconds old."""
        return self._credential(max_age=RELOAD_SECONDS)

    def after_refusal(self, used: Credential) -> Credential:
        """The file's token at this moment."""
        return self._credential(max_age=0.0)

    def _credential(self, *, max_age: float) -> Credential:
        with self._lock:
            if self._clock() - self._read_at >= max_age:
                self._reload()
            first = self._first.now()
            return replace(first, authorization=f"Bearer {self._token}") if self._token else first

    def _reload(self) -> None:
        """An old token is better than none while the file is being replaced."""
        try:
            token = read_file(self._path).decode().strip()
        except (OSError, ValueError):
            return
        if token:
            self._token, self._read_at = token, self._clock()


class Renewing:
    """Credentials that are fetched, kept until they expire, and fetched again after a refusal."""

    def __init__(self, fetch: Callable[[], Credential]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._held: Credential | None = None

    def now(self) -> Credential:
        """Fetched when there are none or they have expired."""
        with self._lock:
            if self._held is None or self._held.expired:
                self._held = self._fetch()
            return self._held

    def after_refusal(self, used: Credential) -> Credential:
        """Fetched again, unless another thread has done that."""
        with self._lock:
            if self._held is used or self._held is None:
                self._held = self._fetch()
            return self._held


def basic(username: str, password: str) -> str:
    """The Authorization header of a user with a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def token_ended(authorization: str) -> datetime | None:
    """When a token has expired by its own words (the claim ``exp`` of a JWT); None for not, or when it doesn't say."""
    parts = authorization.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        end = datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
    return end if end < datetime.now(UTC) else None
