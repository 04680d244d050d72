"""`bind --watch --listen`: what Prometheus reads from a run that lasts.

The names of the metrics file mean what they mean there, for a run that happens every five minutes: ``eipctl_run_…`` are
the figures of the last five minutes, so that the same alerts hold for both ways to run `bind`. What only a run that
lasts can count, and how it is, has names of its own.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from prometheus_client import Histogram, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily

from eipctl.base.errors import ExitCode, worst
from eipctl.domain.plan import StepState
from eipctl.engine.watching import WatchRole
from eipctl.output.metrics import Earlier, Gauges, RunFigures, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Verb
    from eipctl.engine.session import Session
    from eipctl.engine.watching import WatchState

WINDOW = 300.0
"""Seconds that the figures of "the last run" are about."""
BUCKETS = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds from a Pod's IP address to its EIP: what the cloud takes alone, up to hours of a queue at the rate limit."""


@dataclass(slots=True)
class _Window:
    """What a growing count has grown by lately."""

    seconds: float = WINDOW
    earlier: deque[tuple[float, Counter[Any]]] = field(default_factory=deque)

    def put(self, now: float, counts: Counter[Any]) -> None:
        """What is counted by now."""
        self.earlier.append((now, counts.copy()))
        while len(self.earlier) > 1 and self.earlier[1][0] <= now - self.seconds:
            self.earlier.popleft()

    def grown(self, counts: Counter[Any]) -> Counter[Any]:
        """Since the window began; all of it in a run that is younger."""
        before = self.earlier[0][1] if self.earlier else Counter[Any]()
        return Counter({what: count - before[what] for what, count in counts.items() if count > before[what]})


class WatchMetrics:
    """A listener of a watching run that can write down its figures at any time."""

    def __init__(self, session: Session) -> None:
        self._session, self._lock = session, threading.Lock()
        self._began = time.monotonic()
        self._state: WatchState | None = None
        self._actions: Counter[tuple[Verb, StepState]] = Counter()
        self._recent_actions, self._recent_calls = _Window(), _Window()
        self._succeeded = self._ended = 0.0
        """Seconds since 1970."""
        self._seconds = Histogram(
            "eipctl_pod_to_eip_seconds",
            "Seconds from a Pod with its IP address to its EIP in use and recorded on it.",
            ("command", "cluster"),
            buckets=BUCKETS,
            registry=None,
        )
        self._recent_actions.put(self._began, self._actions)
        self._recent_calls.put(self._began, Counter())

    def publish(self, state: WatchState) -> None:
        """Count what is new."""
        now = time.monotonic()
        with self._lock:
            before, self._state = self._state, state
            self._actions.update((step.action.verb, step.state) for step in state.steps)
            self._recent_actions.put(now, self._actions)
            self._recent_calls.put(now, self._session.pacer.answers)
            if state.round_ended is not None and (before is None or state.round_ended != before.round_ended):
                self._ended = round(time.time() - (now - state.round_ended), 3)
                self._succeeded = self._succeeded if state.errors else self._ended
            for one in state.served:
                self._seconds.labels("bind", self._cluster).observe(one.seconds)

    def text(self) -> str:
        """All figures in Prometheus' text format."""
        with self._lock:
            page = page_of(self._figures(), Earlier(last_success=self._succeeded))
            if self._state is not None:
                _about_watch(page, self._state)
            page.registry.register(_Counters(page, self._state, self._actions.copy(), self._calls()))
            page.registry.register(self._seconds)
            ProcessCollector(registry=page.registry)
            return page.text()

    def _figures(self) -> RunFigures:
        actions = self._recent_actions.grown(self._actions)
        calls = self._recent_calls.grown(self._calls())
        state = self._state
        failed = any(what is StepState.FAILED for _, what in actions)
        errors = state.errors if state else ()
        return RunFigures(
            command="bind",
            cluster=self._cluster,
            exit=worst(*(error.exit for error in errors), *((ExitCode.PARTIAL,) if failed else ())),
            ended=self._ended,
            seconds=time.monotonic() - self._began,
            calls=calls,
            throttled=sum(count for (_, code), count in calls.items() if "Throttling" in code),
            census=state.census if state else None,
            actions=actions,
            only_planned=True,  # When it last succeeded is known already.
        )

    def _calls(self) -> Counter[tuple[str, str]]:
        return self._session.pacer.answers.copy()

    @property
    def _cluster(self) -> str:
        return self._session.cluster.ack_id if self._session.cluster else ""


def _about_watch(page: Gauges, state: WatchState) -> None:
    page.put(
        "eipctl_watch_leader",
        "1 for the run that holds the Lease, 0 for one that stands by.",
        state.role is WatchRole.LEADER,
    )
    page.put("eipctl_watch_synced", "Whether it leads and all that it plans on is kept up.", state.synced)
    page.put("eipctl_watch_queue", "Changes that no round has looked at yet.", state.queue)
    page.put("eipctl_watch_working", "Pods and EIPs that are being worked on.", state.working)
    age = time.monotonic() - state.heartbeat
    page.put("eipctl_watch_heartbeat_age_seconds", "Since the run was last seen to be at work.", round(age, 3))
    waiting = page.gauge("eipctl_watch_backoff_pods", "Pods that wait for another attempt, by code.", "code")
    for code, count in sorted(Counter(one.code for one in state.waiting).items()):
        page.add(waiting, count, code=code)
    errors = page.gauge("eipctl_watch_errors", "What keeps work back now, by code.", "code")
    for code, count in sorted(Counter(error.code.value for error in state.errors).items()):
        page.add(errors, count, code=code)


@dataclass(slots=True, eq=False)
class _Counters:
    """What only grows while the process lives."""

    page: Gauges
    state: WatchState | None
    actions: Counter[tuple[Verb, StepState]]
    calls: Counter[tuple[str, str]]

    def collect(self) -> Iterator[CounterMetricFamily]:
        """As a registry asks for it."""
        state = self.state
        yield self._counter("eipctl_watch_rounds", "Plans made.", state.rounds if state else 0)
        yield self._counter(
            "eipctl_watch_events", "Changes received from the API server.", state.events if state else 0
        )
        found = self._family("eipctl_actions", "Actions by how they ended.", "verb", "state")
        for (verb, how), count in self.actions.items():
            self._add(found, count, verb=verb.value, state=how.value)
        yield found
        found = self._family("eipctl_api_calls", "Alibaba Cloud calls by API and error code.", "api", "code")
        for (api, code), count in sorted(self.calls.items()):
            self._add(found, count, api=api, code=code or "OK")
        yield found

    def _counter(self, name: str, help_text: str, value: int) -> CounterMetricFamily:
        found = self._family(name, help_text)
        self._add(found, value)
        return found

    def _family(self, name: str, help_text: str, *labels: str) -> CounterMetricFamily:
        return CounterMetricFamily(name, help_text, labels=[*self.page.common, *labels])

    def _add(self, family: CounterMetricFamily, value: int, **labels: str) -> None:
        family.add_metric(list(self.page.labelled(labels).values()), value)
