"""`eipctl annotate`: find the workloads, plan, and write only what is still as it was seen."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eipctl.domain import annotate_actions as actions
from eipctl.domain.codes import Code
from eipctl.engine import annotate_find
from eipctl.engine.annotate_around import surroundings
from eipctl.engine.annotate_find import Scope, as_workload, behind, pods_of
from eipctl.engine.plan_data import plan_data
from eipctl.engine.prepared import Prepared
from eipctl.errors import KubeError, OutcomeUnknown, TimedOut, UsageError
from eipctl.planners.annotate.lints import BLOCKING, Target
from eipctl.planners.annotate.plan import Annotated, Wish, plan_annotate
from eipctl.planners.annotate.settings import EipSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eipctl.domain.facts import Workload
    from eipctl.engine.execute import LaneMemory, Result
    from eipctl.engine.session import Session, Writers

TRIES = 5
PAUSE = 0.2
POLL = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateOptions:
    """Which objects (`scope`), what to write, and what to do about problems; `force` are codes of lints."""

    scope: Scope
    files: tuple[str, ...] = ()
    """Manifests to edit instead of objects of a cluster."""
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


def prepare_annotate(session: Session, options: AnnotateOptions) -> Prepared:
    """Read the workloads and plan. Refused on lints, Failed for a workload that is not there."""
    check_options(options)
    if options.files:
        from eipctl.engine.annotate_files import prepare_files

        return prepare_files(session, options)
    annotate_find.check(options.scope)
    found = annotate_find.find(session, options.scope)
    idle: list[str] = []
    if options.live_pods:
        found, idle = _running(session, found)
    wish = options.wish
    around = surroundings(session, found, wish)
    annotated = plan_annotate(_targets(session, found, options, named=bool(around.eips)), wish, around)
    annotated = replace(annotated, plan=replace(annotated.plan, notes=(*idle, *annotated.plan.notes)))
    waiter = _Waiter(session)
    return Prepared(
        plan=annotated.plan,
        handlers=lambda writers: {
            actions.AnnotateWorkload: _Annotator(session, writers, found).annotate,
            actions.AwaitPods: waiter.wait,
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
        raise UsageError(Code.USAGE, "--remove takes no settings with it", hint="remove first, then annotate anew")
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
            raise UsageError(Code.USAGE, f"--force {code} lifts nothing: no lint that refuses has this code", hint=hint)


def _targets(session: Session, found: Iterable[Workload], options: AnnotateOptions, *, named: bool) -> list[Target]:
    """With the Pods of a DaemonSet, which its object does not count, and all of them where they matter."""
    targets = []
    for workload in found:
        pods = pods_of(session, workload) if named or options.wait or workload.kind == "DaemonSet" else []
        late = behind(workload, pods, removed=options.remove) if options.wait and not options.live_pods else ()
        targets.append(Target(workload, len(pods), frozenset(pod.ip for pod in pods if pod.ip), late))
    return targets


def _data(annotated: Annotated, result: Result | None) -> dict[str, Any]:
    return {
        **plan_data(annotated.plan, result),
        "lints": [lint.as_data() for lint in annotated.lints],
        "cost": annotated.cost,
    }


def _kind(action: actions.AnnotateWorkload | actions.AwaitPods) -> str:
    """``deployments.apps``: the one name that no other group's kind shares."""
    group, slash, _version = action.api_version.partition("/")
    return f"{action.plural}.{group}" if slash else action.plural


class _Annotator:
    """Made for one run: remembers how each workload's annotations were when the plan was made."""

    def __init__(self, session: Session, writers: Writers, seen: Sequence[Workload]) -> None:
        self._session, self._write = session, writers.kube
        self._seen = {(workload.plural, workload.namespace, workload.name): workload for workload in seen}

    def annotate(self, action: actions.AnnotateWorkload, _memory: LaneMemory) -> Mapping[str, str]:
        """Write; when only other parts of the object have changed meanwhile, write to the new version of it."""
        for attempt in range(TRIES):
            try:
                self._write.annotate_workload(action)
            except (KubeError, OutcomeUnknown) as error:
                conflict = isinstance(error, OutcomeUnknown) or error.status == 409
                if not conflict or attempt == TRIES - 1:
                    raise
                now = self._session.kube.workload(_kind(action), action.namespace, action.name)
                if self._is_done(action, now):
                    return {}
                if self._moved(action, now):
                    raise
                action = replace(action, resource_version=now.resource_version)
                self._session.stop.wait(PAUSE)
            else:
                return {}
        return {}

    @staticmethod
    def _is_done(action: actions.AnnotateWorkload, now: Workload) -> bool:
        is_set = all(now.annotations.get(key) == value for key, value in action.set)
        is_gone = not any(key in now.annotations for key in action.remove)
        is_moved = not any(key in now.own_annotations for key, _ in action.own_remove)
        return is_set and is_gone and is_moved and not (action.recreate and now.surges)

    def _moved(self, action: actions.AnnotateWorkload, now: Workload) -> bool:
        """Whether somebody else changed one of the very keys, or another object has the name."""
        seen = self._seen[action.plural, action.namespace, action.name]
        keys = (*dict(action.set), *action.remove)
        own = any(seen.own_annotations.get(key) != now.own_annotations.get(key) for key, _ in action.own_remove)
        changed = any(seen.annotations.get(key) != now.annotations.get(key) for key in keys)
        return own or changed or seen.uid != now.uid


class _Waiter:
    """Looks at the Pods until they are as their workload says; --timeout and signals end it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._late: dict[str, tuple[str, ...]] = {}

    def told(self) -> str:
        """``waiting for web-0 (has no EIP yet) and 4 more``: short, for it stands beside the bar."""
        late = [pod for pods in list(self._late.values()) for pod in pods]
        return f"waiting for {_some(late, 1)}" if late else ""

    def wait(self, action: actions.AwaitPods, _memory: LaneMemory) -> Mapping[str, str]:
        """TimedOut names the Pods that are still behind."""
        try:
            while late := self._look(action):
                self._late[action.object] = late
                self._session.stop.wait(POLL)
        except TimedOut as error:
            hint = "see: eipctl status; where Terway gives no EIPs, eipctl bind must run"
            late = self._late.get(action.object, ("all",))
            raise TimedOut(error.code, f"{error.message}: {_some(late)}", hint=hint, obj=action.object) from error
        finally:
            self._late.pop(action.object, None)
        return {}

    def _look(self, action: actions.AwaitPods) -> tuple[str, ...]:
        workload = self._session.kube.workload(_kind(action), action.namespace, action.name)
        return behind(workload, pods_of(self._session, workload), removed=action.removed)


def _some(late: Sequence[str], most: int = 3) -> str:
    return f"{', '.join(late[:most])}{f' and {len(late) - most} more' if len(late) > most else ''}"
