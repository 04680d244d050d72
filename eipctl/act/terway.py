"""Carrying out what is planned for Terway: editing eni-config, and restarting Terway node by node."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from eipctl.act.converge import Change, converge
from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, RolledBack
from eipctl.domain.facts import ConfigMap
from eipctl.domain.ram import policy_edits
from eipctl.domain.terway.installation import (
    EDITS_ANNOTATION,
    RECORD_ANNOTATION,
    TerwayPod,
    parse_record,
    terway_pod,
)
from eipctl.observe.cluster import KEY, NAMESPACE
from eipctl.observe.terway import OBJECT, SELECTOR, config_map, terway_pods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.actions.policies import RecordEdits
    from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
    from eipctl.engine.execute import LaneMemory
    from eipctl.engine.session import Session, Writers

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0


class TerwayHandlers:
    """Edits eni-config and restarts Terway; `patience` is how long a new Pod may take, in seconds."""

    def __init__(self, session: Session, writers: Writers, patience: float) -> None:
        self._session, self._stop = session, session.stop
        self._write = writers.kube
        self._patience = patience

    # eni-config

    def write(self, action: WriteEniConfig, _memory: LaneMemory) -> Mapping[str, str]:
        """Replace eni_conf if it still is what the plan saw; other edits of the ConfigMap don't matter."""

        def proof(before: ConfigMap) -> None:
            if before.data[KEY] != action.before:
                raise Failed(
                    Code.KUBE_CONFLICT,
                    "eni_conf has been edited since the plan was made; nothing was written",
                    hint="run the same command again",
                    obj=OBJECT,
                )

        def write(before: ConfigMap) -> None:
            record = parse_record(action.record or "")
            text = record.stamped(self._moment()).text() if record else None
            self._write.replace_config_key(before, KEY, action.after, {RECORD_ANNOTATION: text})

        converge(
            Change[ConfigMap](
                look=lambda: config_map(self._session),
                done=lambda now: self._is_done(action, now),
                proof=proof,
                write=write,
            ),
            self._stop,
        )
        return {}

    def record_edits(self, action: RecordEdits, _memory: LaneMemory) -> Mapping[str, str]:
        """Record these edits in the annotation; without any, remove it."""
        text = policy_edits.text(action.edits) if action.edits else None
        converge(
            Change[ConfigMap](
                look=lambda: config_map(self._session),
                done=lambda now: now.annotations.get(EDITS_ANNOTATION) == text,
                write=lambda now: self._write.replace_config_key(now, KEY, now.data[KEY], {EDITS_ANNOTATION: text}),
            ),
            self._stop,
        )
        return {}

    def _let_age(self) -> None:
        """A Pod's age is known to the second: none that is made after this may look as old as the change."""
        found = config_map(self._session)
        record, written = parse_record(found.annotations.get(RECORD_ANNOTATION, "")), found.written.get(KEY)
        moments = [record.written if record else None, written.when if written else None]
        for moment in filter(None, moments):
            late = (moment + timedelta(seconds=1) - self._session.kube.now()).total_seconds()
            self._stop.wait(min(1.0, max(0.0, late)))

    def _moment(self) -> datetime:
        """Now, by the clock that Pods' ages come from, and never before a Terway Pod that exists."""
        newest = max((pod.created for pod in terway_pods(self._session)), default=None)
        now = self._session.kube.now().replace(microsecond=0)
        return max(now, newest) if newest else now

    @staticmethod
    def _is_done(action: WriteEniConfig, now: ConfigMap) -> bool:
        there = parse_record(now.annotations.get(RECORD_ANNOTATION, ""))
        wanted = parse_record(action.record or "")
        if now.data[KEY] != action.after or (there is None) != (wanted is None):
            return False
        same = there is None or wanted is None or (there.sha256, there.keys) == (wanted.sha256, wanted.keys)
        return same and (wanted is not None or RECORD_ANNOTATION not in now.annotations)

    # restart

    def restart(self, action: RestartTerway, memory: LaneMemory) -> Mapping[str, str]:
        """Delete the Pod and wait for another one, Ready, on the same node; there is none if the node has left."""
        self._let_age()
        self._delete(action.pod, action.uid)
        pod = self._await(action, {action.uid})
        if pod is not None and pod.ready:
            return {"pod": pod.name}
        if pod is None and self._has_left(action.node):
            if action.canary:
                raise _left(action.node)
            return {}
        failed = self._failed(action, pod)
        if action.restore is not None:
            self._put_back(action, action.restore, pod, failed, memory)
        raise failed

    def _failed(self, action: RestartTerway, pod: TerwayPod | None) -> Failed:
        """What is wrong with the replacement, and where to look."""
        name = pod.name if pod else ""
        if pod is not None and pod.crash_looping:
            return Failed(
                Code.CANARY_FAILED,
                f"Terway crash-loops on node {action.node}; no other Terway Pod was restarted",
                hint=f"see: kubectl -n {NAMESPACE} logs {name} -c terway",
                obj=f"pod/{NAMESPACE}/{name}",
            )
        return Failed(
            Code.RESTART_TIMEOUT,
            f"Terway on node {action.node} is not Ready after {self._patience:g} s; no other was restarted",
            hint=f"see: kubectl -n {NAMESPACE} describe pod {name}".rstrip()
            + "; then run the same command again: it begins with this node",
            obj=f"node/{action.node}",
        )

    def _delete(self, name: str, uid: str) -> None:
        """Until this Pod, known by its UID, is deleted or terminating."""
        change = Change[bool](
            first=lambda: True,
            look=lambda: self._is_there(name, uid),
            done=lambda there: not there,
            write=lambda _there: self._write.delete_pod(NAMESPACE, name, uid),
        )
        converge(change, self._stop)

    def _is_there(self, name: str, uid: str) -> bool:
        named = self._session.kube.pods(NAMESPACE, field_selector=f"metadata.name={name}")
        return not named.complete or any(pod.uid == uid and not pod.terminating for pod in named.pods)

    def _await(self, action: RestartTerway, gone: set[str]) -> TerwayPod | None:
        """The replacement once it is Ready or crash-loops; whatever is there when patience ends."""
        until, pause = time.monotonic() + self._patience, FIRST_PAUSE
        while True:
            pod = self._replacement(action, gone)
            if (pod is not None and (pod.ready or pod.crash_looping)) or time.monotonic() >= until:
                return pod
            if pod is None and pause >= LONGEST_PAUSE and self._has_left(action.node):
                return None
            self._stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _has_left(self, node: str) -> bool:
        return all(one.name != node for one in self._session.kube.nodes())

    def _replacement(self, action: RestartTerway, gone: set[str]) -> TerwayPod | None:
        listing = self._session.kube.pods(
            NAMESPACE, label_selector=SELECTOR, field_selector=f"spec.nodeName={action.node}"
        )
        there = [pod for pod in listing.pods if pod.uid not in gone and not pod.terminating]
        pods = [pod for pod in map(terway_pod, there) if pod.daemonset == action.daemonset]
        return max(pods, key=lambda pod: pod.created, default=None)

    def _put_back(
        self, action: RestartTerway, restore: WriteEniConfig, pod: TerwayPod | None, failed: Failed, memory: LaneMemory
    ) -> NoReturn:
        """Undo a canary's change, and restart that one Pod."""
        what = failed.message.partition(";")[0]
        self._undo(restore, f"{what} with the change", memory)
        gone = {action.uid}
        if pod is not None:
            self._let_age()
            self._delete(pod.name, pod.uid)
            gone.add(pod.uid)
        again = self._await(action, gone)
        well = again is not None and again.ready
        outcome = "Terway is Ready there again" if well else "Terway does not start there without the change either"
        look = f"kubectl -n {NAMESPACE} describe pods --field-selector spec.nodeName={action.node}"
        if again is not None and again.crash_looping:
            look = f"kubectl -n {NAMESPACE} logs {again.name} -c terway"
        raise RolledBack(
            failed.code,
            f"{what} with the change; eni-config is as before, {outcome}, and no other node was touched",
            hint=f"see the cause: {look}; the next run begins with this node",
            obj=f"node/{action.node}",
        )

    def _undo(self, restore: WriteEniConfig, what: str, memory: LaneMemory) -> None:
        try:
            self.write(restore, memory)
        except EipctlError as error:
            raise Failed(
                Code.CANARY_FAILED,
                f"{what}, and eni-config could not be restored: {error.message}",
                hint="remove the flags by hand: kubectl -n kube-system edit configmap eni-config",
                obj=OBJECT,
            ) from error


def _left(node: str) -> Failed:
    """Of the first node: nothing has shown that Terway starts with the change."""
    return Failed(
        Code.RESTART_TIMEOUT,
        f"node {node} has left the cluster before Terway was Ready there; no other Terway Pod was restarted",
        hint="run the same command again: it begins with another node",
        obj=f"node/{node}",
    )
