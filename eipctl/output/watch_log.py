"""`bind --watch` without a screen: a line on stderr for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.text import cause_of
from eipctl.engine.watching import WatchRole
from eipctl.output.console import Style, plain
from eipctl.output.errors import tell
from eipctl.output.progress import log_step

if TYPE_CHECKING:
    from eipctl.base.codes import Code
    from eipctl.base.errors import EipctlError
    from eipctl.engine.watching import BackOff, Served, WatchState
    from eipctl.output.console import Console

Cause = tuple["Code", str, str]


class WatchLog:
    """A listener that writes what is new. An error is written when it begins, also with -q, and when it is over."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._before: WatchState | None = None
        self._errors: dict[Cause, EipctlError] = {}

    def publish(self, state: WatchState) -> None:
        """Write the changes since the state before."""
        before, self._before = self._before, state
        if before is None or (before.role, before.synced) != (state.role, state.synced):
            self._role(state)
        for step in state.steps:
            log_step(self._console, step)
        for one in state.served:
            self._served(one)
        known = {late.uid for late in before.waiting} if before else set()
        for late in state.waiting:
            if late.uid not in known:
                self._waits(late)
        self._changed_errors({_cause(error): error for error in state.errors})

    def _role(self, state: WatchState) -> None:
        leads = state.role is WatchRole.LEADER
        standby = f"standby: {state.holder} leads" if state.holder else "standby"
        text = ("leader: everything is read and kept up" if state.synced else "leader") if leads else standby
        facts: dict[str, object] = {"role": state.role.value, "synced": state.synced, "holder": state.holder}
        self._console.log("info", plain(f"bind --watch: {text}"), message=f"bind --watch: {text}", **facts)

    def _served(self, one: Served) -> None:
        what = f"pod/{one.namespace}/{one.pod}"
        message = f"{what} has {one.eip_address} ({one.allocation_id}) after {one.seconds:.1f} s"
        facts = {"object": what, "allocation_id": one.allocation_id, "eip_address": one.eip_address}
        self._console.log("info", plain(message), **facts, seconds=round(one.seconds, 3))

    def _waits(self, one: BackOff) -> None:
        """Once for a series of attempts: each attempt has its own line as a failed step."""
        what = f"pod/{one.namespace}/{one.pod}"
        said = f"{what} waits for another attempt: {one.reason}"
        line = ((f"warning[{one.code}]: ", Style.CAUTION), (said, Style.PLAIN))
        self._console.log("warning", line, message=said, code=one.code, object=what)

    def _changed_errors(self, now: dict[Cause, EipctlError]) -> None:
        for cause, error in now.items():
            if cause not in self._errors:
                tell(self._console, error)
        for cause, error in self._errors.items():
            if cause not in now:
                message = f"no longer: {error.message}"
                self._console.log("info", plain(message), code=error.code.value, object=error.object)
        self._errors = now


def _cause(error: EipctlError) -> Cause:
    """Numbers in a sentence may change from round to round without a change worth a line."""
    return error.code, cause_of(error.message), error.object
