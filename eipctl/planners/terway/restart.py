"""Restarting Terway: a canary alone, then the others a few at a time; Terway reads eni_conf only when it starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.actions.terway import RestartTerway
from eipctl.domain.plan import Lane, Skip, Stage

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from eipctl.domain.actions.terway import WriteEniConfig
    from eipctl.domain.terway.installation import TerwayPod


@dataclass(frozen=True, slots=True)
class Pace:
    """How many nodes may be without a Ready Terway Pod at once: a number or a share of all, such as ``25%``."""

    max_unavailable: str = "1"
    all_at_once: bool = False

    def width(self, total: int) -> int:
        """Nodes at once, rounded down, at least one; UsageError when it can't be read."""
        match = re.fullmatch(r"(\d{1,9})(%?)", self.max_unavailable.strip(), re.ASCII)
        number = int(match[1]) if match else 0
        if match is None or number == 0 or (match[2] and number > 100):
            raise UsageError(
                Code.USAGE,
                f"--max-unavailable {self.max_unavailable!r} is neither a number nor a share of nodes",
                hint="give a number of nodes such as 2, or a share such as 25%",
            )
        return max(1, number * total // 100 if match[2] else number)


@dataclass(frozen=True, slots=True)
class Rollout:
    """Pods to restart. `restore` undoes the change with which the canary does not become Ready."""

    pods: tuple[TerwayPod, ...]
    reason: str
    restore: WriteEniConfig | None = None
    suspects: frozenset[str] = frozenset()
    """UIDs of Pods that are not Ready and have read the change: they show first whether it is good."""


def restart_stages(rollout: Rollout, total: int, pace: Pace) -> tuple[Stage, ...]:
    """Stages that restart Pods of `total`: suspects first, then others that are not Ready, then those that are.

    A Pod that is not Ready is a node without Terway already: as long as `pace` allows no more of them, none that
    works is touched.
    """
    width, reason = pace.width(total), rollout.reason
    ordered = sorted(rollout.pods, key=lambda pod: (pod.uid not in rollout.suspects, pod.ready, pod.node, pod.name))
    if not ordered:
        return ()
    if pace.all_at_once:
        lanes = tuple(_lane(pod, reason) for pod in ordered)
        return (Stage("restart Terway on all nodes at once", lanes, width=len(lanes), stop_on_failure=True),)
    first, *others = ordered
    canary = _lane(first, reason, canary=True, restore=rollout.restore)
    stages = [Stage(f"restart Terway on {first.node} first", (canary,), width=1, stop_on_failure=True)]
    if others:
        title = f"restart Terway on the other nodes, {min(width, len(others))} at a time"
        stages.append(Stage(title, tuple(_lane(pod, reason) for pod in others), width=width, stop_on_failure=True))
    return tuple(stages)


def reachable(
    pods: Iterable[TerwayPod], silent: Container[str], command: str
) -> tuple[tuple[TerwayPod, ...], tuple[Skip, ...]]:
    """Those that can be restarted, and a Skip for each on a node whose kubelet has stopped reporting.

    There no Pod ends or begins: waiting for one would hold up all the other nodes.
    """
    found = tuple(pods)
    return tuple(pod for pod in found if pod.node not in silent), tuple(
        Skip(
            f"pod/kube-system/{pod.name}",
            Code.RESTART_NEEDED,
            f"node {pod.node} does not report, so no Pod can be restarted there; run {command} when it is back",
        )
        for pod in found
        if pod.node in silent
    )


def _lane(pod: TerwayPod, reason: str, *, canary: bool = False, restore: WriteEniConfig | None = None) -> Lane:
    action = RestartTerway(
        reason=reason,
        daemonset=pod.daemonset,
        pod=pod.name,
        uid=pod.uid,
        node=pod.node,
        canary=canary,
        restore=restore,
    )
    return Lane((action,))
