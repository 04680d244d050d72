"""bind in this process, through the SDKs and over HTTP, on a sandbox whose state can be put back: many cases a minute.

Waiting is cut short: what eipctl would wait for takes as little time in the sandbox.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eipctl.base.errors import EipctlError
from eipctl.base.stop import Stop
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.engine.lock import RENEW_EVERY
from eipctl.engine.pacing import Pacer
from eipctl.engine.run import carry_out
from eipctl.engine.session import Session, Settings
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eipctl.engine.lock import Lock
    from eipctl.sandbox.server import Sandbox

HURRY = 25.0
PATIENCE = 60.0
HOLDER = "elsewhere/1/1"
PRUNE = BindOptions(prune=True, grace=0.0)
MAIN = "tests.faults.lab:main"
"""One such run in a process of its own, which can be killed."""


class HurriedStop(Stop):
    """Waits a fraction of the time; `called` hears of each moment between two calls."""

    def __init__(self, timeout: float, called: Callable[[], None] = lambda: None) -> None:
        super().__init__(timeout)
        self._called = called

    def check(self) -> None:
        self._called()
        super().check()

    def wait(self, seconds: float) -> None:
        super().wait(seconds / HURRY)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Signals are the main thread's; runs here may be in any."""
        yield


class HurriedSession(Session):
    """A session of its own, as every process has one.

    `holder` is who holds the Lease, "" for this process, None for a run without it.
    """

    def __init__(self, settings: Settings, stop: Stop, holder: str | None, renew_every: float) -> None:
        super().__init__(settings)
        self.stop, self._holder, self._renew_every = stop, holder, renew_every
        self.pacer = Pacer(stop, settings.api_limits)

    def lock(self, *, hands_over: bool = False) -> Lock:
        lock = super().lock(hands_over=hands_over)
        lock._renew_every = self._renew_every
        if self._holder is None:
            lock.held = _nobody_asks  # type: ignore[method-assign]
        elif self._holder:
            lock._me = self._holder
        return lock


@contextmanager
def _nobody_asks(patience: float | None, standing_by: Callable[[str], None] = lambda _holder: None) -> Iterator[None]:
    yield


class Lab:
    """One sandbox for many cases."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.stage = sandbox, Stage(sandbox)
        self.lent: list[str] = []
        """EIPs of others that Pods may name."""
        self._saved: dict[str, dict[str, Any]] = {}

    def remember(self) -> None:
        """Keep the state of cloud and cluster as it is now."""
        with self.sandbox.world.paused(), self.sandbox.store.lock:
            tables = self.sandbox.store._tables
            self._saved = {name: dict(table.items()) for name, table in tables.items()}

    def restore(self) -> None:
        """Put it back; no fault is left in force."""
        sandbox = self.sandbox
        with sandbox.world.paused(), sandbox.store.transaction():
            sandbox.faults.clear()
            for name, table in sandbox.store._tables.items():
                saved = self._saved[name]
                for key in set(table.keys()) - saved.keys():
                    table.delete(key)
                for key, value in saved.items():
                    if table.get(key) is not value:
                        table.put(key, value)
            sandbox.objects._build_index()
            sandbox.cloud.limits.clear()
            sandbox.cloud.state._late.clear()
        sandbox.calls.clear()

    def settle(self) -> None:
        """The controllers and kubelets have done what they would do, at once."""
        with self.sandbox.world.paused():
            self.sandbox.world.settle()

    def catch_up(self) -> None:
        """Lists lag no more."""
        self.sandbox.cloud.set_switches(hidden_describes=0, stale_describes=0)
        self.sandbox.cloud.state._late.clear()

    def lease_runs_out(self) -> None:
        """That of a run that could not give it back."""
        if self.sandbox.objects.get("leases", "kube-system", "eipctl") is not None:
            self.sandbox.objects.delete("leases", "kube-system", "eipctl")

    def session(
        self,
        called: Callable[[], None] = lambda: None,
        holder: str | None = HOLDER,
        limits: Mapping[str, tuple[int, float]] | None = None,
    ) -> Session:
        """What one process of eipctl starts with."""
        return session_in(self.sandbox.env(), called, holder, limits=limits)

    def run(self, options: BindOptions = PRUNE, session: Session | None = None) -> list[EipctlError]:
        """One reconcile; what it complains about."""
        return reconcile(session or self.session(), options)

    def planned(self, options: BindOptions = PRUNE) -> list[dict[str, Any]]:
        """What a further reconcile would do."""
        return [action.as_data() for action in prepare_bind(self.session(), options).plan.actions]

    def complete(self, most: int = 3, options: BindOptions = PRUNE) -> None:
        """Clean runs until there is nothing left to do: at most so many, and none may fail."""
        for _ in range(most):
            if not self.planned(options):
                return
            errors = [error.message for error in self.run(options)]
            assert errors == [], f"a clean run failed: {errors}"
        left = self.planned(options)
        assert left == [], f"{most} clean runs were not enough: {left}"


def session_in(
    environ: Mapping[str, str],
    called: Callable[[], None],
    holder: str | None,
    *,
    limits: Mapping[str, tuple[int, float]] | None = None,
    renew_every: float = RENEW_EVERY,
) -> Session:
    """A session that the environment leads to a sandbox; `limits` as --api-limit sets them.

    Its Lease is renewed every so many seconds.
    """
    settings = Settings(
        kubeconfig=environ["KUBECONFIG"],
        endpoint_url=environ["EIPCTL_ENDPOINT_URL"],
        api_limits=limits or {},
        environ=environ,
    )
    return HurriedSession(settings, HurriedStop(PATIENCE, called), holder, renew_every)


def reconcile(session: Session, options: BindOptions, concurrency: int = 4) -> list[EipctlError]:
    """One run of bind; what it complains about."""
    try:
        prepared = prepare_bind(session, options)
        if prepared.plan.empty:
            return list(prepared.problems)
        return [*prepared.problems, *carry_out(session, prepared, concurrency=concurrency).errors]
    except EipctlError as error:
        return [error]


def main() -> int:
    """1 for any complaint."""
    return bool(reconcile(session_in(os.environ, lambda: None, HOLDER), PRUNE))
