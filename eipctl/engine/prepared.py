"""What every command that changes something hands to the command line: a plan and how to carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.base.errors import EipctlError
    from eipctl.domain.counts import Census
    from eipctl.domain.plan import Plan
    from eipctl.engine.execute import Handlers, Result
    from eipctl.engine.session import Writers
    from eipctl.planners.bind.unserved import Unserved


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to be shown, asked about and carried out.

    `target` is shown with the plan so that nobody mistakes one cluster for another: (name, value) pairs of context,
    cluster, account, region. `problems` were found while planning (a tripped guard, a Pod in conflict): the rest of
    the plan is still carried out, and they decide the exit code together with the result.
    """

    plan: Plan
    handlers: Callable[[Writers], Handlers]
    data: Callable[[Result | None], Mapping[str, object]]
    """The envelope's `data`: of a plan that is only shown (None), or carried out."""
    target: tuple[tuple[str, str], ...] = ()
    problems: tuple[EipctlError, ...] = ()
    settled: frozenset[str] = frozenset()
    """Objects that ask for something and have it."""
    rounds: int = 1
    """How many plans a run carries out at most until nothing is left: others may add work meanwhile."""
    exclusive: bool = False
    """Whether it is carried out under the cluster's Lease."""
    census: Callable[[Result | None], Census] | None = None
    """How many Pods are in which state, before (None) or after; of commands that look at all of them."""
    unserved: tuple[Unserved, ...] = ()
    """Pods that can't be given what they ask for: reported once per cause, and each by an Event."""
    unwritten: Callable[[], tuple[Unserved, ...]] = tuple
    """Those of them that have no such Event yet; reads Events when there are any."""
    workloads: Callable[[], Mapping[str, str]] = dict
    """By UID what each Pod is a part of, ``Deployment/web``; of plans about EIPs of Pods."""
    awaits: Callable[[], str] = str
    """What a long step waits for right now, for the progress; "" for nothing."""
