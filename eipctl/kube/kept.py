"""Reads the cluster for a run that goes on: what changes is kept up by watches, what hardly does is asked now and then.

Single objects that prove something (a Pod, a Lease) are not read here: a proof is always fresh.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eipctl.base.errors import EipctlError, KubeError
from eipctl.domain.facts import ConfigMap, Node, Pod, PodListing
from eipctl.kube import listing, terway_objects, wire
from eipctl.kube.config_maps import ConfigMapObject
from eipctl.kube.discovery import object_path
from eipctl.kube.reader import KubeReader
from eipctl.kube.watch import Collection, ObjectWatch, as_pods, pods_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from eipctl.domain.pod_eips import PodEip
    from eipctl.domain.terway.eni_records import TerwayRecords
    from eipctl.kube.client import KubeClient

T = TypeVar("T")
PodTold = Callable[[Pod | None, Pod | None], None]
"""Gets a Pod before and after a change; None, None when any object of the cluster may have changed."""
LONG = 15.0
"""Seconds without a watch after which that is worth a word."""


class KeptReader(KubeReader):
    """`told` is called by threads of its own."""

    def __init__(self, client: KubeClient, told: PodTold) -> None:
        super().__init__(client)
        self._told = told
        self._lock = threading.Lock()
        self._watches: dict[Hashable, ObjectWatch[Any, Any]] = {}
        self._answers: dict[Hashable, Any] = {}

    @property
    def trouble(self) -> EipctlError | None:
        """Why something has not been kept up for a while."""
        return next((watch.error for watch in self._all() if watch.error and watch.down_for() > LONG), None)

    def refresh(self) -> None:
        """Read everything again: also what no watch reports, and what a watch has lost."""
        self._answers.clear()
        for watch in self._all():
            watch.relist()

    def close(self) -> None:
        """Hear of nothing more."""
        for watch in self._all():
            watch.close()

    def wrote(self, namespace: str | None, uid: str, change: Callable[[Pod], Pod]) -> None:
        """A Pod was just changed so; the watch will say the same a moment later."""
        for key, watch in list(self._watches.items()):
            if isinstance(key, tuple) and key[0] == "pods" and key[1] in (None, namespace):
                watch.assume(uid, change)

    def pods(self, namespace: str | None, *, label_selector: str = "", field_selector: str = "") -> PodListing:
        """From memory."""
        key = ("pods", namespace, label_selector, field_selector)
        what = pods_of(namespace, label_selector, field_selector)
        return as_pods(self._watch(key, what, self._told).listing())

    def nodes(self) -> tuple[Node, ...]:
        """From memory."""
        what = Collection(object_path("v1", "nodes", None), wire.NodeObject, wire.NodeObject.fact, _of_node)
        return self._all_of("nodes", what, self._anything)

    def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """From memory."""
        path, query = object_path("v1", "configmaps", namespace), {"fieldSelector": f"metadata.name={name}"}
        what = Collection(path, ConfigMapObject, ConfigMapObject.fact, _of_config_map, query)
        found = self._all_of(("configmaps", namespace, name), what, self._anything)
        return found[0] if found else None

    def terway_records(self) -> TerwayRecords:
        """From memory. They help to place a Pod and are never the only evidence: a change starts no plan."""
        return terway_objects.records_of(
            *(self._of_terway(plural, kind) for plural, kind in terway_objects.KINDS.items())
        )

    def namespace_uid(self, name: str) -> str:
        """As it was when everything was last read."""
        return self._asked(("namespace", name), lambda: super(KeptReader, self).namespace_uid(name))

    def deployment_exists(self, namespace: str, name: str) -> bool:
        """As it was when everything was last read."""
        key = ("deployment", namespace, name)
        return self._asked(key, lambda: super(KeptReader, self).deployment_exists(namespace, name))

    def pod_eips(self) -> tuple[PodEip, ...]:
        """As it was when everything was last read."""
        return self._asked("podeips", super().pod_eips)

    def _of_terway(self, plural: str, kind: type[Any]) -> tuple[Any, ...]:
        """Of a kind that is served and may be listed; else none until everything is read again."""
        if ("absent", plural) in self._answers:
            return ()
        what = Collection(terway_objects.path_of(plural), kind, lambda item: item, lambda _item: None)
        try:
            return self._all_of(("terway", plural), what, _nobody)
        except KubeError as error:
            if error.status not in terway_objects.ABSENT:
                raise
            self._answers["absent", plural] = True
            return ()

    def _all_of(self, key: Hashable, what: Collection[Any, T], told: Any) -> tuple[T, ...]:
        """Failed unless the list is complete."""
        return listing.complete(self._watch(key, what, told).listing(), what.path)

    def _watch(self, key: Hashable, what: Collection[Any, T], told: Any) -> ObjectWatch[Any, T]:
        with self._lock:
            watch = self._watches.get(key)
            if watch is None:
                watch = ObjectWatch(self._client, what, told, enduring=True)
                watch.start()
                self._watches[key] = watch
        return watch

    def _all(self) -> list[ObjectWatch[Any, Any]]:
        return list(self._watches.values())

    def _asked(self, key: Hashable, read: Callable[[], T]) -> T:
        if key not in self._answers:
            self._answers[key] = read()
        return cast("T", self._answers[key])

    def _anything(self, _before: object, _now: object) -> None:
        self._told(None, None)


def _nobody(_before: object, _now: object) -> None:
    """A change that starts no plan."""


def _of_node(node: Node) -> object:
    return (node.labels, node.instance_id, node.region)


def _of_config_map(found: ConfigMap) -> object:
    return (found.data, found.annotations)
