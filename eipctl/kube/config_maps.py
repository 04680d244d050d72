"""ConfigMaps, with who wrote which key when."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads annotations at run time
from typing import TYPE_CHECKING, ClassVar

import msgspec

from eipctl.domain import facts
from eipctl.kube import wire

if TYPE_CHECKING:
    from collections.abc import Iterable


class ManagedFields(wire.Wire):
    """metadata.managedFields[]."""

    manager: str | None = None
    time: datetime | None = None
    fields: dict[str, object] | None = msgspec.field(default=None, name="fieldsV1")

    def written(self) -> tuple[str, ...]:
        """The keys of `data` that this manager wrote last."""
        data = (self.fields or {}).get("f:data")
        return tuple(key.removeprefix("f:") for key in data) if isinstance(data, dict) else ()


class ConfigMapMeta(wire.Meta):
    """metadata of a ConfigMap."""

    managed_fields: list[ManagedFields] | None = None


class ConfigMapObject(wire.Wire):
    """v1 ConfigMap."""

    KIND: ClassVar[str] = "ConfigMap"
    metadata: ConfigMapMeta
    kind: str = ""
    data: dict[str, str | None] | None = None
    immutable: bool | None = None

    def fact(self) -> facts.ConfigMap:
        """What eipctl calls a ConfigMap."""
        meta = self.metadata
        return facts.ConfigMap(
            namespace=meta.namespace or "",
            name=meta.name,
            resource_version=meta.resource_version or "",
            data=wire.texts(self.data),
            annotations=wire.texts(meta.annotations),
            written=_written(meta.managed_fields or ()),
            immutable=bool(self.immutable),
        )


def _written(entries: Iterable[ManagedFields]) -> dict[str, facts.Written]:
    """Of each key the latest moment of a manager that has it."""
    found = [
        (key, facts.Written(entry.time, entry.manager == wire.FIELD_MANAGER))
        for entry in entries
        if entry.time
        for key in entry.written()
    ]
    return dict(sorted(found, key=lambda each: each[1].when))
