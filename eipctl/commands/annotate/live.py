"""`eipctl annotate`: find the workloads and what surrounds them, and plan."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.act.workloads import Annotator, Waiter
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.commands.plan_data import plan_data
from eipctl.domain.actions.workloads import AnnotateWorkload, AwaitPods
from eipctl.domain.rights import SYSTEM
from eipctl.engine.prepared import Prepared
from eipctl.observe import workloads
from eipctl.observe.surroundings import surroundings
from eipctl.observe.workloads import Scope, as_workload, behind, pods_of
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.lints import BLOCKING, Target
from eipctl.planners.annotate.plan import Annotated, plan_annotate
from eipctl.planners.annotate.settings import EipSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.commands.annotate.data import AnnotateData
    from eipctl.domain.facts import Workload
    from eipctl.engine.execute import Result
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateOptions:
    """Which objects (`scope`), what to write, and what to do about problems; `force` are codes of lints."""

    scope: Scope
    files: tuple[str, ...] = ()
    """Manifests to edit instead of objects of a cluster."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and folders that are left out of directories."""
    settings: EipSettings = field(default_factory=EipSettings)
    remove: bool = False
    fix: bool = False
    live_pods: bool = False
    recreate_strategy: bool = False
    force_conflicts: bool = False
    wait: bool = False
    force: tuple[str, ...] = ()

    @property
    def wish(self) -> Wish:
        """For the planner."""
        return Wish(
            settings=self.settings,
            remove=self.remove,
            fix=self.fix,
            recreate=self.recreate_strategy,
            force_conflicts=self.force_conflicts,
            lifted=frozenset(self.force),
            wait=self.wait,
        )


NO_SYSTEM = f"namespace {SYSTEM} is skipped: name it with -n {SYSTEM}"


def prepare_annotate(session: Session, options: AnnotateOptions) -> Prepared:
    """Read the workloads and plan. Refused on lints, Failed for a workload that is not there."""
    check_options(options)
    if options.files:
        from eipctl.commands.annotate.files import prepare_files

        return prepare_files(session, options)
    workloads.check(options.scope)
    wish = options.wish
    found = workloads.find(session, options.scope, every=wish.remove or not wish.settings.pairs)
    idle = [NO_SYSTEM] if options.scope.every and options.scope.namespaces is None else []
    if options.live_pods:
        found, without = _running(session, found)
        idle += without
    around = surroundings(session, found, wish)
    annotated = plan_annotate(_targets(session, found, options, named=bool(around.eips)), wish, around)
    annotated = replace(annotated, plan=replace(annotated.plan, notes=(*idle, *annotated.plan.notes)))
    waiter = Waiter(session)
    return Prepared(
        plan=annotated.plan,
        handlers=lambda writers: {
            AnnotateWorkload: Annotator(session, writers, found, wish).annotate,
            AwaitPods: waiter.wait,
        },
        data=lambda result: _data(annotated, result),
        target=(("context", session.kube.context()),),
        awaits=waiter.told,
    )


def _running(session: Session, workloads: Iterable[Workload]) -> tuple[tuple[Workload, ...], list[str]]:
    """Their Pods, each once, as workloads of their own; and a note on each that has none."""
    pods: dict[str, Workload] = {}
    idle = []
    for workload in workloads:
        own = {pod.uid: as_workload(pod) for pod in pods_of(session, workload)}
        pods.update(own)
        idle += [] if own else [f"{Target(workload).object}: no Pod of it is running"]
    return tuple(pods.values()), idle


def check_options(options: AnnotateOptions) -> None:
    """UsageError for options that say nothing or contradict each other."""
    asks = bool(options.settings.pairs)
    if options.remove and asks:
        raise UsageError(
            Code.USAGE, "--remove can't be combined with settings", hint="remove first, then annotate again"
        )
    if not (options.remove or asks or options.fix or options.recreate_strategy):
        raise UsageError(Code.USAGE, "nothing to annotate", hint="add --eip, --instance-id eip-… or --remove")
    if options.live_pods and (options.fix or options.recreate_strategy):
        raise UsageError(
            Code.USAGE,
            "--live-pods changes Pods only; --fix and --recreate-strategy change workloads",
            hint="run them one after the other",
        )
    for code in options.force:
        if code not in BLOCKING:
            near = difflib.get_close_matches(code, sorted(BLOCKING), n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {' '.join(sorted(BLOCKING))}"
            raise UsageError(Code.USAGE, f"{code} is not a lint that --force can override", hint=hint)


def _targets(session: Session, found: Iterable[Workload], options: AnnotateOptions, *, named: bool) -> list[Target]:
    """With the Pods of a DaemonSet, which its object does not count, and all of them where they matter."""
    targets = []
    for workload in found:
        pods = pods_of(session, workload) if named or options.wait or workload.kind == "DaemonSet" else []
        late = behind(workload, pods, removed=options.remove) if options.wait else ()
        targets.append(Target(workload, len(pods), frozenset(pod.ip for pod in pods if pod.ip), late))
    return targets


def _data(annotated: Annotated, result: Result | None) -> AnnotateData:
    return {
        **plan_data(annotated.plan, result),
        "lints": [lint.as_data() for lint in annotated.lints],
        "cost": annotated.cost,
    }
