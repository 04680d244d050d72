"""What a watching run says on /metrics, /healthz and /readyz."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from eipctl.domain.facts import ClusterId
from eipctl.domain.plan import StepState
from eipctl.engine.session import Session, Settings
from eipctl.output.watch_pages import ALIVE, WatchPages
from tests.unit.output.watch_states import GUARD, SERVED, back_off, leading, standby, step


class Seen:
    """The pages of one run."""

    def __init__(self) -> None:
        self.session = Session(Settings())
        self.session.cluster = ClusterId("c1", "uid-1")
        self.watch = WatchPages(self.session)

    def status(self, path: str) -> tuple[int, str]:
        """Of a page."""
        page = self.watch.pages[path]()
        return page.status, page.text

    def samples(self) -> dict[str, dict[tuple[str, ...], float]]:
        """By name, values by the labels that not all have."""
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families(self.status("/metrics")[1]):
            for sample in family.samples:
                if sample.name.startswith("eipctl_"):
                    assert (sample.labels.pop("command"), sample.labels.pop("cluster")) == ("bind", "c1")
                found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        return found


@pytest.fixture
def seen() -> Seen:
    """A run that has published nothing yet."""
    return Seen()


def at(monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    """Let so many seconds pass."""
    now = time.monotonic() + later
    monkeypatch.setattr(time, "monotonic", lambda: now)


def test_a_run_that_shows_no_sign_of_life_for_a_minute_is_not_well(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a heartbeat nor a round, also of one that never begins; either of the two is enough."""
    assert seen.status("/healthz") == (200, "ok\n")
    at(monkeypatch, ALIVE + 1)
    assert seen.status("/healthz")[0] == 503
    seen.watch.publish(leading())
    assert seen.status("/healthz") == (200, "ok\n")
    at(monkeypatch, ALIVE + 1)
    assert seen.status("/healthz") == (503, "no sign of life for 61 s\n")


def test_a_round_is_a_sign_of_life_too(seen: Seen) -> None:
    """Whatever became of the heartbeat."""
    old = time.monotonic() - 10 * ALIVE
    seen.watch.publish(replace(leading(), heartbeat=old))
    assert seen.status("/healthz")[0] == 200
    seen.watch.publish(replace(leading(), heartbeat=old, round_ended=None))
    assert seen.status("/healthz")[0] == 200, "the process itself is young"


@pytest.mark.parametrize(
    ("state", "status"), [(standby(), 200), (leading(), 200), (leading(synced=False), 503), (None, 503)]
)
def test_ready_is_a_leader_that_is_synced_or_a_standby(seen: Seen, state: Any, status: int) -> None:
    """A rollout waits for the new Pod to be one of the two."""
    if state is not None:
        seen.watch.publish(state)
    assert seen.status("/readyz")[0] == status


def test_a_standby_names_its_leader(seen: Seen) -> None:
    """For whoever asks with curl."""
    seen.watch.publish(standby())
    assert seen.status("/readyz")[1] == "ok: standby, eipctl-6d9f/1a2b/403/7/99 leads\n"


def test_the_names_of_the_metrics_file_are_there(seen: Seen) -> None:
    """So that rules written for the one hold for the other."""
    seen.watch.publish(leading(steps=(step(), step("b"), step("c", StepState.FAILED))))
    seen.session.pacer.after("AllocateEipAddress", "", "r", 0.1)
    seen.session.pacer.after("AllocateEipAddress", "Throttling.User", "r", 0.1)
    found = seen.samples()
    assert found["eipctl_pods"]["game", "pending"] == 3
    assert list(found["eipctl_cost_per_month"].values()) == [9.06]
    assert found["eipctl_run_actions"]["done", "allocate"] == 2
    assert found["eipctl_run_actions"]["failed", "allocate"] == 1
    assert found["eipctl_run_api_calls"] == {
        ("AllocateEipAddress", "OK"): 1,
        ("AllocateEipAddress", "Throttling.User"): 1,
    }
    assert found["eipctl_run_throttled_calls"][()] == 1
    assert found["eipctl_run_exit_code"][()] == 4
    assert abs(found["eipctl_last_success_timestamp_seconds"][()] - (time.time() - 4)) < 60
    assert found["eipctl_last_success_timestamp_seconds"] == found["eipctl_last_run_timestamp_seconds"]


def test_what_failed_long_ago_is_no_longer_of_the_run(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that never ends would report it for ever; the counters keep it."""
    seen.watch.publish(leading(steps=(step(state=StepState.FAILED),)))
    seen.session.pacer.after("AllocateEipAddress", "", "r", 0.1)
    at(monkeypatch, 200)
    seen.watch.publish(leading(steps=(step(),)))
    assert seen.samples()["eipctl_run_actions"]["failed", "allocate"] == 1
    at(monkeypatch, 200)
    seen.watch.publish(leading())
    found = seen.samples()
    assert found["eipctl_run_actions"]["failed", "allocate"] == 0
    assert found["eipctl_run_actions"]["done", "allocate"] == 1
    assert found["eipctl_run_exit_code"][()] == 0
    assert found["eipctl_actions_total"] == {("failed", "allocate"): 1, ("done", "allocate"): 1}
    assert found["eipctl_api_calls_total"] == {("AllocateEipAddress", "OK"): 1}


def test_a_round_that_is_held_back_is_no_success(seen: Seen) -> None:
    """Its exit code is what a run of `bind` would have ended with."""
    seen.watch.publish(leading(errors=(GUARD,)))
    found = seen.samples()
    assert found["eipctl_last_success_timestamp_seconds"][()] == 0
    assert found["eipctl_run_exit_code"][()] == 5
    assert found["eipctl_watch_errors"] == {("EIP605",): 1}
    assert found["eipctl_last_run_timestamp_seconds"][()] > 0


def test_what_only_a_watching_run_has(seen: Seen) -> None:
    """Rounds, events, queue, back-offs, and the seconds from a Pod's IP to its EIP."""
    waiting = (back_off("a"), back_off("b"), back_off("c", code="EIP607"))
    seen.watch.publish(leading(waiting=waiting, queue=3, working=2, served=(SERVED,)))
    seen.watch.publish(leading(waiting=waiting, queue=3, working=2, served=(replace(SERVED, seconds=40.0),)))
    found = seen.samples()
    assert found["eipctl_watch_rounds_total"][()] == 7
    assert found["eipctl_watch_events_total"][()] == 40
    assert (found["eipctl_watch_queue"][()], found["eipctl_watch_working"][()]) == (3, 2)
    assert found["eipctl_watch_backoff_pods"] == {("EIP502",): 2, ("EIP607",): 1}
    assert (found["eipctl_watch_leader"][()], found["eipctl_watch_synced"][()]) == (1, 1)
    assert found["eipctl_pod_to_eip_seconds_count"][()] == 2
    assert found["eipctl_pod_to_eip_seconds_sum"][()] == 42.5
    assert found["eipctl_pod_to_eip_seconds_bucket"][("3.0",)] == 1
    assert found["process_resident_memory_bytes"][()] > 1_000_000


def test_a_standby_tells_no_pods(seen: Seen) -> None:
    """Two replicas that both did would count each Pod twice."""
    seen.watch.publish(standby())
    found = seen.samples()
    assert found["eipctl_watch_leader"][()] == 0
    assert "eipctl_pods" not in found
