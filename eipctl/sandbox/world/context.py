"""What controllers, kubelets and Terway work with."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import Obj, annotations_of, name_of, uid_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.faults import Faults
    from eipctl.sandbox.http import CallLog
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.store import Store
    from eipctl.sandbox.world.events import Events
    from eipctl.sandbox.world.rows import Rows


@dataclass(frozen=True, slots=True)
class Context:
    """The simulated cluster and cloud, and the world's own rows. Writes re-read: a pass may have looked earlier."""

    store: Store
    clock: Clock
    objects: Objects
    cloud: Cloud
    rows: Rows
    events: Events
    calls: CallLog
    faults: Faults

    def change(self, plural: str, obj: Obj, edit: Callable[[Obj], None], *, status: bool = False) -> None:
        """Edit the object as it is now, if it is still the same one."""
        with self.store.transaction():
            current = self.objects.get(plural, *name_of(obj))
            if current is None or uid_of(current) != uid_of(obj):
                return
            edited = copy.deepcopy(current)
            edit(edited)
            if edited != current:
                self.objects.update(plural, edited, status_only=status)

    def set_status(self, plural: str, obj: Obj, **fields: object) -> None:
        """Set fields of the status; None removes one."""

        def edit(current: Obj) -> None:
            status = current.setdefault("status", {})
            for name, value in fields.items():
                if value is None:
                    status.pop(name, None)
                else:
                    status[name] = value

        wanted = obj.get("status") or {}
        if any(wanted.get(name) != value for name, value in fields.items()):
            self.change(plural, obj, edit, status=True)

    def annotate(self, plural: str, obj: Obj, name: str, value: str) -> None:
        """Set an annotation."""

        def edit(current: Obj) -> None:
            current["metadata"]["annotations"] = {**annotations_of(current), name: value}

        self.change(plural, obj, edit)

    def delete(self, plural: str, obj: Obj, *, now: bool = False) -> None:
        """Delete the object, if it is still the same one; `now` without the Pod's grace."""
        with self.store.transaction():
            current = self.objects.get(plural, *name_of(obj))
            if current is not None and uid_of(current) == uid_of(obj):
                self.objects.delete(plural, *name_of(obj), now=now)
