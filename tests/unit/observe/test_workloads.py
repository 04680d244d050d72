"""Who is behind the annotations of a workload: what `annotate --wait` waits for, and what would never come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from eipctl.domain.facts import Pod
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.settings import K8S, RESULT
from eipctl.observe.workloads import behind
from tests.unit.planners.annotate_facts import workload

WITH_EIP = K8S + "pod-with-eip"
ASKS = {WITH_EIP: "true"}
BOUND = {**ASKS, RESULT: "47.1.2.3"}


def pods(*annotations: dict[str, str], ready: bool = True) -> list[Pod]:
    """``web-0``, ``web-1`` and so on."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Pod("default", f"web-{number}", f"u{number}", made, ready=ready, **annotation_fields(each))
        for number, each in enumerate(annotations)
    ]


CASES: list[tuple[dict[str, Any], list[Pod], bool, tuple[str, ...]]] = [
    ({"annotations": ASKS}, pods(BOUND, BOUND), False, ()),
    ({"annotations": ASKS}, pods({}, ASKS), False, ("web-0 (still as it was)", "web-1 (has no EIP yet)")),
    ({"annotations": ASKS}, pods(BOUND), False, ("1 more to come",)),
    ({"annotations": ASKS}, pods(BOUND, BOUND, ready=False), False, ("web-0 (not Ready)", "web-1 (not Ready)")),
    ({"annotations": ASKS, "replicas": 3, "partition": 2}, pods({}, {}, BOUND), False, ()),
    ({"annotations": ASKS, "replicas": 3, "partition": 1}, pods({}, {}, BOUND), False, ("web-1 (still as it was)",)),
    ({"annotations": ASKS, "strategy": "OnDelete"}, pods({}, BOUND), False, ()),
    ({"annotations": ASKS, "strategy": "OnDelete"}, pods({}, ASKS), False, ("web-1 (has no EIP yet)",)),
    ({"annotations": ASKS, "paused": True}, pods({}), False, ()),
    ({"annotations": ASKS, "kind": "CronJob"}, [], False, ()),
    ({"annotations": ASKS, "kind": "Job"}, [], False, ()),
    ({"annotations": {WITH_EIP: "false"}}, pods({WITH_EIP: "false"}, {WITH_EIP: "false"}), False, ()),
    ({"annotations": ASKS}, pods({}, {}, ready=False), True, ()),
    ({}, pods({}, BOUND, {RESULT: "47.1.2.3"}), True, ("web-1 (still as it was)", "web-2 (still has its EIP)")),
]


@pytest.mark.parametrize(("facts", "running", "removed", "late"), CASES)
def test_only_what_comes_by_itself_is_waited_for(
    facts: dict[str, Any], running: list[Pod], removed: bool, late: tuple[str, ...]
) -> None:
    """Each Pod with what it lacks; Pods that a partition, OnDelete or a pause holds back are nobody's to wait for."""
    kind = facts.pop("kind", "StatefulSet")
    assert behind(workload(kind, **facts).workload, running, removed=removed) == late


def test_a_partition_holds_the_first_ones_back() -> None:
    """Of web-2 and web-10 it is web-2, as the controller counts."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    running = [Pod("default", name, name, made) for name in ("web-10", "web-2")]
    found = workload("StatefulSet", annotations=ASKS, partition=1).workload
    assert behind(found, running, removed=False) == ("web-10 (still as it was)",)
