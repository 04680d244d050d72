"""One consistent look at the cluster, from which a pass decides."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, controller_of, name_of, uid_of

if TYPE_CHECKING:
    from eipctl.sandbox.kube.objects import Objects


class View:
    """Nodes and Pods as they were when the pass began; treat them as immutable."""

    def __init__(self, objects: Objects) -> None:
        self.nodes = {name_of(node)[1]: node for node in objects.list("nodes")}
        self.pods = objects.list("pods")
        self.by_uid = {uid_of(pod): pod for pod in self.pods}
        self._owned: dict[str, list[Obj]] = defaultdict(list)
        for pod in self.pods:
            owner = controller_of(pod)
            if owner is not None:
                self._owned[owner["uid"]].append(pod)

    def pods_of(self, owner: Obj) -> list[Obj]:
        """The Pods that `owner` controls, oldest first."""
        return self._owned.get(uid_of(owner), [])
