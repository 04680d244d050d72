"""Credentials that Alibaba Cloud's own package knows how to get: the instance role, CloudSSO.

Importing the package costs half a second, so it is loaded only when one of these is really used.
"""

from __future__ import annotations

import functools
import logging
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from eipctl.aliyun.keys import Keys
from eipctl.aliyun.redact import redact
from eipctl.base.codes import Code
from eipctl.base.errors import Interrupted, TimedOut, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.base.stop import Stop

LOOK_SECONDS = 0.1


def instance_role(role: str, stop: Stop, *, imds_v1: bool) -> Callable[[], Keys]:
    """The ECS instance's role; the package asks for the role's name when `role` is ""."""
    _silence()
    from alibabacloud_credentials.provider.ecs_ram_role import EcsRamRoleCredentialsProvider

    def make() -> Any:
        return EcsRamRoleCredentialsProvider(role_name=role, disable_imds_v1=not imds_v1, async_update_enabled=False)

    return _reader(make, "the ECS instance role", stop)


def cloud_sso(whose: str, fields: tuple[str, ...], token: str, expires: int, stop: Stop) -> Callable[[], Keys]:
    """A CloudSSO login: `fields` are sign-in URL, account and access configuration; `expires` in epoch seconds."""
    _silence()
    from alibabacloud_credentials.provider.cloud_sso import CloudSSOCredentialsProvider

    url, account, configuration = fields

    def make() -> Any:
        return CloudSSOCredentialsProvider(
            sign_in_url=url,
            account_id=account,
            access_config=configuration,
            access_token=token or None,
            access_token_expire=expires,
        )

    return _reader(make, f"{whose} (mode CloudSSO)", stop)


def _reader(make: Callable[[], Any], source: str, stop: Stop) -> Callable[[], Keys]:
    provider = functools.cache(make)

    def read() -> Keys:
        try:
            held = _awaited(lambda: provider().get_credentials(), stop)
        except (Interrupted, TimedOut):
            raise
        except Exception as error:  # noqa: BLE001 - the package raises bare errors of itself, Tea, requests and json
            raise UsageError(
                Code.NO_CREDENTIALS,
                f"{source} returned no credentials: {_said(error)}",
                hint="try `aliyun sts GetCallerIdentity` with the same profile",
            ) from None
        return Keys(held.get_access_key_id(), held.get_access_key_secret(), held.get_security_token() or None)

    return read


def _awaited(work: Callable[[], Any], stop: Stop) -> Any:
    """What the package gets in a thread of its own: it waits a minute for a program, and for a network longer."""
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)

    threading.Thread(target=run, daemon=True, name="credentials").start()
    while not wait((done,), timeout=LOOK_SECONDS).done:
        stop.check()
    return done.result()


def _said(error: Exception) -> str:
    """Its words without those of the program that it ran: they may hold anything."""
    return redact(str(error).partition("stderr:")[0].strip()) or type(error).__name__


def _silence() -> None:
    """The package prints tracebacks of its own to stderr."""
    logging.getLogger("credentials").addFilter(lambda _record: False)
