"""Workloads that run `bind` again and again: Deployments and CronJobs, by what their containers are told to run."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotation at run time
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.domain.binders import Binder
from eipctl.kube import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS, _OLD = ("Deployment", "CronJob"), "batch/v1beta1"


class _Container(wire.Wire):
    name: str | None = None
    image: str | None = None
    command: list[str] | None = None
    args: list[str] | None = None

    @property
    def binds(self) -> bool:
        """Whether it is eipctl, by its own name, its image's or its program's, and runs `bind`."""
        words = [*(self.command or ()), *(self.args or ())]
        names = (self.name, (self.image or "").rpartition("/")[2], *(word.rpartition("/")[2] for word in words))
        return "bind" in words and any((name or "").startswith("eipctl") for name in names)


class _PodSpec(wire.Wire):
    containers: list[_Container] | None = None


class _Template(wire.Wire):
    spec: _PodSpec | None = None


class _JobSpec(wire.Wire):
    template: _Template | None = None


class _JobTemplate(wire.Wire):
    spec: _JobSpec | None = None


class _Spec(wire.Wire):
    template: _Template | None = None
    job_template: _JobTemplate | None = None
    replicas: int | None = None
    suspend: bool | None = None


class _Status(wire.Wire):
    ready_replicas: int | None = None
    active: list[Any] | None = None
    last_schedule_time: datetime | None = None
    last_successful_time: datetime | None = None


class _Workload(wire.Wire):
    metadata: wire.Meta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status | None = None


def binder(item: Mapping[str, Any], api_version: str, kind: str) -> Binder | None:
    """What a workload shows about itself if it runs bind."""
    if kind not in _KINDS:
        return None
    try:
        found = msgspec.convert(item, _Workload)
    except msgspec.ValidationError:
        return None  # whatever it is, it does not run
    if api_version == _OLD:  # It does not say when a Job succeeded.
        found = msgspec.structs.replace(found, status=None)
    return _fact(found, kind) if any(each.binds for each in _containers(found)) else None


def _containers(item: _Workload) -> Iterator[_Container]:
    job = item.spec.job_template.spec if item.spec.job_template else None
    template = item.spec.template or (job.template if job else None)
    yield from (template.spec.containers or ()) if template and template.spec else ()


def _fact(item: _Workload, kind: str) -> Binder:
    spec, status = item.spec, item.status or _Status()
    return Binder(
        kind=kind,
        namespace=item.metadata.namespace or "",
        name=item.metadata.name,
        active=not spec.suspend and spec.replicas != 0,
        ready=status.ready_replicas or 0,
        failed=_failed(status),
        succeeded=status.last_successful_time,
    )


def _failed(status: _Status) -> bool:
    """Whether a Job was begun after the last one that succeeded, and is over. None is begun before the first time."""
    begun, ended = status.last_schedule_time, status.last_successful_time
    return begun is not None and not status.active and (ended is None or ended < begun)
