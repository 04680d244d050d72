"""Carrying out `eipctl annotate`: write only what is still as it was seen, and wait for the Pods."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, OutcomeUnknown, TimedOut
from eipctl.observe.workloads import behind, pods_of
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.actions.workloads import AnnotateWorkload, AwaitPods
    from eipctl.domain.facts import Workload
    from eipctl.engine.execute import LaneMemory
    from eipctl.engine.session import Session, Writers
    from eipctl.planners.annotate.draft import Wish

TRIES = 5
PAUSE = 0.2
POLL = 1.0


def _kind(action: AnnotateWorkload | AwaitPods) -> str:
    """``deployments.apps``: the one name that no other group's kind shares."""
    group, slash, _version = action.api_version.partition("/")
    return f"{action.plural}.{group}" if slash else action.plural


class Annotator:
    """Made for one run: remembers what was wished, and how each workload's annotations were when the plan was made."""

    def __init__(self, session: Session, writers: Writers, seen: Sequence[Workload], wish: Wish) -> None:
        self._session, self._write, self._wish = session, writers.kube, wish
        self._seen = {(each.api_version, each.plural, each.namespace, each.name): each for each in seen}

    def annotate(self, action: AnnotateWorkload, _memory: LaneMemory) -> Mapping[str, str]:
        """Write; when only other parts of the object have changed meanwhile, write to the new version of it.

        Refused when a lint does not allow it any more.
        """
        for attempt in range(TRIES):
            try:
                self._write.annotate_workload(action)
            except (KubeError, OutcomeUnknown) as error:
                conflict = isinstance(error, OutcomeUnknown) or error.status == 409
                if not conflict or attempt == TRIES - 1:
                    raise
                path = action.annotations_path
                now = self._session.kube.workload(_kind(action), action.namespace, action.name, path)
                if self._is_done(action, now):
                    return {}
                if self._moved(action, now):
                    raise
                plan_annotate([Target(now)], self._wish, Surroundings())
                action = replace(action, resource_version=now.resource_version)
                self._session.stop.wait(PAUSE)
            else:
                return {}
        return {}

    @staticmethod
    def _is_done(action: AnnotateWorkload, now: Workload) -> bool:
        is_set = all(now.annotations.get(key) == value for key, value in action.set)
        is_gone = not any(key in now.annotations for key in action.remove)
        is_moved = not any(key in now.own_annotations for key, _ in action.own_remove)
        return is_set and is_gone and is_moved and not (action.recreate and now.surges)

    def _moved(self, action: AnnotateWorkload, now: Workload) -> bool:
        """Whether somebody else changed one of the very keys, or another object has the name."""
        seen = self._seen[action.api_version, action.plural, action.namespace, action.name]
        keys = (*dict(action.set), *action.remove)
        own = any(seen.own_annotations.get(key) != now.own_annotations.get(key) for key, _ in action.own_remove)
        changed = any(seen.annotations.get(key) != now.annotations.get(key) for key in keys)
        return own or changed or seen.uid != now.uid


class Waiter:
    """Looks at the Pods until they are as their workload says; --timeout and signals end it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._late: dict[str, tuple[str, ...]] = {}

    def told(self) -> str:
        """``waiting for web-0 (has no EIP yet) and 4 more``: short, for it stands beside the bar."""
        late = [pod for pods in list(self._late.values()) for pod in pods]
        return f"waiting for {_some(late, 1)}" if late else ""

    def wait(self, action: AwaitPods, _memory: LaneMemory) -> Mapping[str, str]:
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

    def _look(self, action: AwaitPods) -> tuple[str, ...]:
        workload = self._session.kube.workload(_kind(action), action.namespace, action.name)
        late = behind(workload, pods_of(self._session, workload), removed=action.removed)
        if late and workload.stuck:
            message = f"{action.object} is given up by its controller ({workload.stuck}): {_some(late)}"
            hint = f"see: kubectl describe pods -n {action.namespace}"
            raise Failed(Code.ROLLOUT_STUCK, message, hint=hint, obj=action.object)
        return late


def _some(late: Sequence[str], most: int = 3) -> str:
    return f"{', '.join(late[:most])}{f' and {len(late) - most} more' if len(late) > most else ''}"
