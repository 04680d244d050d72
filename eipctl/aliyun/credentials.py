"""Who calls Alibaba Cloud: found in the places where the aliyun CLI and the newer SDKs look, in their order.

--profile, ALIBABA_CLOUD_ACCESS_KEY_ID, RRSA (OIDC) variables, the current profile of ~/.aliyun/config.json, the ECS
instance role.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eipctl.aliyun.redact import mask
from eipctl.domain.codes import Code
from eipctl.errors import EipctlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.aliyun.sts import Sts
    from eipctl.stop import Stop

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

    def __init__(self, source: str, fetch: Callable[[], Keys], region: str = "") -> None:
        self.source = source
        self.region = region
        """The region that goes with them (a profile's region_id); "" for none."""
        self._fetch = fetch
        self._last: Keys | None = None

    def get(self) -> Keys:
        """AccessKey id, secret and token to sign with now."""
        self._last = self._fetch()
        return self._last

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


def resolve(profile: str | None, environ: Mapping[str, str], endpoint_url: str | None, stop: Stop) -> Credentials:
    """The credentials to use; UsageError when there are none or a configuration of them is unusable.

    `environ` stands for the environment (HOME included); STS calls go to `endpoint_url` if given.
    """
    from eipctl.aliyun import metadata, profiles
    from eipctl.aliyun.sts import Sts

    sts = Sts(endpoint_url, stop, environ)
    file = config_file(environ)
    if profile:
        return profiles.credentials(file, profile, sts)
    found = _from_environment(environ) or _from_oidc(environ, sts)
    if found is None and environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() != "true":
        found = profiles.current(file, environ.get("ALIBABA_CLOUD_PROFILE", ""), sts)
    found = found or metadata.credentials(environ)
    if found is None:
        raise nothing_found(file)
    return found


def config_file(environ: Mapping[str, str]) -> Path:
    """The aliyun CLI's configuration."""
    home = environ.get("HOME")
    return (Path(home) if home else Path("~").expanduser()) / ".aliyun" / "config.json"


def nothing_found(file: Path) -> UsageError:
    """Says where was looked."""
    return UsageError(
        Code.NO_CREDENTIALS,
        "no Alibaba Cloud credentials were found: not in ALIBABA_CLOUD_ACCESS_KEY_ID, not in the RRSA variables "
        f"(ALIBABA_CLOUD_ROLE_ARN …), not in {file}, and this is no ECS instance with a role",
        hint="run `aliyun configure`, set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
        "or give the Pod a role with RRSA",
    )


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    key_id, secret = (environ.get(name, "").strip() for name in names)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        raise UsageError(Code.NO_CREDENTIALS, f"only one of {' and '.join(names)} is set", hint="set both or none")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "").strip() or None
    return Credentials("environment", static(Keys(key_id, secret, token)))


def _from_oidc(environ: Mapping[str, str], sts: Sts) -> Credentials | None:
    from eipctl.aliyun.sts import OidcRole

    names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    role_arn, provider_arn, token_file = (environ.get(name, "") for name in names)
    if not (role_arn and provider_arn and token_file):
        return None
    session = environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")
    role = OidcRole(role_arn, provider_arn, Path(token_file), session_name(session))
    return Credentials("RRSA", Refreshing(lambda: sts.with_oidc(role)))


def session_name(wanted: str) -> str:
    """A RoleSessionName: what is wanted, made acceptable; else ``eipctl``."""
    return re.sub(r"[^\w.@-]", "-", wanted, flags=re.ASCII)[:64] if len(wanted) > 1 else "eipctl"
