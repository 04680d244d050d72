"""`bind --watch` on a terminal: one screen that is redrawn, never scrolled.

What it is and how it is, what holds it back, who waits and why, and the last actions: as much as the screen has room
for.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.engine.watching import WatchRole
from eipctl.output.console import Line, Style, plain, printable
from eipctl.output.pasted import aimed
from eipctl.output.plan_text import counted, step_line
from eipctl.output.states import SIGNS, STYLES
from eipctl.planners.status.report import PodState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.live import Live

    from eipctl.engine.watching import BackOff, WatchState
    from eipctl.output.console import Console

KEPT = 200
"""Actions that are remembered: more than any screen shows."""
NOTHING: Line = ()


class WatchView:
    """A listener that draws; used as a context manager, which gives the screen back."""

    def __init__(self, console: Console, cluster: Callable[[], str]) -> None:
        self._console, self._cluster = console, cluster
        self._began = time.monotonic()
        self._actions: deque[Line] = deque(maxlen=KEPT)
        self._live: Live | None = None

    def __enter__(self) -> WatchView:
        from rich.live import Live

        self._live = Live(console=self._console.terminal(), auto_refresh=False, transient=True)
        self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._live is not None:
            self._live.stop()

    def publish(self, state: WatchState) -> None:
        """Draw it."""
        at = datetime.now(UTC).astimezone().strftime("  %H:%M:%S ")
        self._actions.extend(((at, Style.QUIET), *step_line(step)) for step in state.steps)
        if self._live is None:
            return
        from rich.text import Text

        lines = shutil.get_terminal_size().lines
        shown = screen(state, list(self._actions), lines - 1, time.monotonic(), self._cluster(), self._began)
        text = Text("\n", no_wrap=True, overflow="ellipsis", end="").join(
            Text.assemble(*((_one_line(part), style.value) for part, style in line)) for line in shown
        )
        self._live.update(text, refresh=True)


def screen(
    state: WatchState, actions: Sequence[Line], height: int, now: float, cluster: str, began: float
) -> list[Line]:
    """At most `height` lines; `actions` are all that ended, the last one last; moments are monotonic seconds."""
    lines = [_title(state, cluster, now - began), _pods(state), _work(state, now)]
    for error in state.errors:
        lines.append(((f"held back[{error.code.value}]: ", Style.BAD), (error.message, Style.PLAIN)))
        lines += [(("  do: ", Style.QUIET), (aimed(error.hint), Style.PLAIN))] if error.hint else []
    lines = lines[: max(height, 0)]
    room = height - len(lines)
    waiting = _titled(f"Waiting for another attempt: {len(state.waiting)}", _waiting(state.waiting, now))
    done = _titled("Last actions", list(reversed(actions)))
    # The ones that wait get all but what the actions need, and half of it at least.
    shown = _fitting(waiting, max(room // 2, room - len(done)), more=True)
    return [*lines, *shown, *_fitting(done, room - len(shown), more=False)]


def _title(state: WatchState, cluster: str, seconds: float) -> Line:
    leads = state.role is WatchRole.LEADER
    role = "leader" if leads and state.synced else "leader, reading" if leads else "standby"
    style = Style.GOOD if leads and state.synced else Style.CAUTION
    who = f"  {state.holder} leads" if not leads and state.holder else ""
    where = f"  cluster {cluster}" if cluster else ""
    return (
        ("eipctl bind --watch  ", Style.TITLE),
        (role, style),
        (f"{who}{where}  for {_span(seconds)}  (Ctrl-C stops it)", Style.QUIET),
    )


def _pods(state: WatchState) -> Line:
    if state.census is None:
        return (("Pods  ", Style.QUIET), ("not read yet", Style.PLAIN))
    counts: Counter[str] = Counter()
    for (_, name), count in state.census.pods.items():
        counts[name] += count
    shown = [kind for kind in PodState if counts[kind.value]]
    parts = [(f"{SIGNS[kind]} {counts[kind.value]:,} {kind.value.lower()}   ", STYLES[kind]) for kind in shown]
    orphans = sum(state.census.orphans.values())
    parts += [(f"{counted(orphans, 'orphaned EIP')}   ", Style.CAUTION)] if orphans else []
    return (("Pods  ", Style.QUIET), *(parts or [("no Pod asks for an EIP", Style.PLAIN)]))


def _work(state: WatchState, now: float) -> Line:
    last = "" if state.round_ended is None else f", the last one {_span(now - state.round_ended)} ago"
    rounds, queue = counted(state.rounds, "round"), counted(state.queue, "change")
    parts = [f"{rounds}{last}", f"{queue} queued", f"{state.working} being worked on"]
    return (("Work  ", Style.QUIET), ("   ".join(parts), Style.PLAIN))


def _waiting(waiting: Sequence[BackOff], now: float) -> list[Line]:
    return [
        (
            (f"  {one.namespace}/{one.pod}  ", Style.PLAIN),
            (f"{one.code}  ", Style.CAUTION),
            (f"again in {_span(max(0.0, one.until - now))}  ", Style.QUIET),
            (one.reason, Style.PLAIN),
        )
        for one in waiting
    ]


def _titled(title: str, lines: list[Line]) -> list[Line]:
    return [NOTHING, ((title, Style.TITLE),), *lines] if lines else []


def _fitting(lines: list[Line], room: int, *, more: bool) -> list[Line]:
    """The first of them; the last line of too many says how many are left out, if that matters."""
    if len(lines) <= room:
        return lines
    if room < 3:  # Not even a title and a line under it.
        return []
    return [*lines[: room - 1], plain(f"  … {len(lines) - room + 1} more")] if more else lines[:room]


def _span(seconds: float) -> str:
    """``4 s``, ``12 min``, ``3 h 12 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()) if "\n" in text else text)
