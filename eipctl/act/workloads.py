"""Carrying out `eipctl annotate`: write only what is still as it was seen, and wait for the Pods."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.act.converge import Change, converge
from eipctl.base.codes import Code
from eipctl.base.errors import Failed, TimedOut
from eipctl.base.text import first_few
from eipctl.domain.facts import Workload
from eipctl.observe.workloads import behind, pods_of
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.actions.workloads import AnnotateWorkload, AwaitPods
    from eipctl.engine.execute import LaneMemory
    from eipctl.engine.session import Session, Writers
    from eipctl.planners.annotate.draft import Wish

POLL = 1.0


def _kind(action: AnnotateWorkload | AwaitPods) -> str:
    """``deployments.apps``: the one name that no other group's kind shares."""
    group, slash, _version = action.api_version.partition("/")
    return f"{action.plural}.{group}" if slash else action.plural


def _key(named: AnnotateWorkload | Workload) -> tuple[str, str, str, str]:
    return named.api_version, named.plural, named.namespace, named.name


def _changed(action: AnnotateWorkload) -> Failed:
    return Failed(
        Code.KUBE_CONFLICT,
        f"someone else changed {action.object} in the meantime",
        hint="run the same command again",
        obj=action.object,
    )


class Annotator:
    """Made for one run: remembers what was wished, and how each workload's annotations were when the plan was made."""

    def __init__(self, session: Session, writers: Writers, seen: Sequence[Workload], wish: Wish) -> None:
        self._session, self._write, self._wish = session, writers.kube, wish
        self._seen = {_key(each): each for each in seen}

    def annotate(self, action: AnnotateWorkload, _memory: LaneMemory) -> Mapping[str, str]:
        """Write; when only other parts of the object have changed meanwhile, write to the new version of it.

        Refused when a lint does not allow it any more.
        """

        def proof(now: Workload) -> None:
            if self._moved(action, now):
                raise _changed(action)
            plan_annotate([Target(now)], self._wish, Surroundings())

        converge(
            Change[Workload](
                first=lambda: self._seen[_key(action)],
                look=lambda: self._session.kube.workload(
                    _kind(action), action.namespace, action.name, action.annotations_path
                ),
                done=lambda now: self._is_done(action, now),
                proof=proof,
                write=lambda now: self._write.annotate_workload(replace(action, resource_version=now.resource_version)),
            ),
            self._session.stop,
        )
        return {}

    @staticmethod
    def _is_done(action: AnnotateWorkload, now: Workload) -> bool:
        is_set = all(now.annotations.get(key) == value for key, value in action.set)
        is_gone = not any(key in now.annotations for key in action.remove)
        is_moved = not any(key in now.own_annotations for key, _ in action.own_remove)
        return is_set and is_gone and is_moved and not (action.recreate and now.surges)

    def _moved(self, action: AnnotateWorkload, now: Workload) -> bool:
        """Whether someone else changed one of these keys, or another object has the name."""
        seen = self._seen[_key(action)]
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
        return f"waiting for {first_few(late, 1)}" if late else ""

    def wait(self, action: AwaitPods, _memory: LaneMemory) -> Mapping[str, str]:
        """TimedOut names the Pods that are still behind."""
        try:
            while late := self._look(action):
                self._late[action.object] = late
                self._session.stop.wait(POLL)
        except TimedOut as error:
            hint = "see: eipctl status; where Terway does not give EIPs, run eipctl bind"
            late = self._late.get(action.object, ("all",))
            raise TimedOut(
                error.code, f"{error.message}: {first_few(late, 3)}", hint=hint, obj=action.object
            ) from error
        finally:
            self._late.pop(action.object, None)
        return {}

    def _look(self, action: AwaitPods) -> tuple[str, ...]:
        workload = self._session.kube.workload(_kind(action), action.namespace, action.name)
        late = behind(workload, pods_of(self._session, workload), removed=action.removed)
        if late and workload.stuck:
            message = f"{action.object} has a failed rollout ({workload.stuck}): {first_few(late, 3)}"
            hint = f"see: kubectl describe pods -n {action.namespace}"
            raise Failed(Code.ROLLOUT_STUCK, message, hint=hint, obj=action.object)
        return late
