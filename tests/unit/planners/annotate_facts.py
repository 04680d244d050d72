"""Workloads for the tables of what annotate plans about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import Refused
from eipctl.domain.actions.workloads import AnnotateWorkload
from eipctl.domain.facts import Workload
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.settings import EipSettings
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan

AUTO = EipSettings.of(eip="true")
BY_ID = EipSettings.of(instance_id="eip-bp1abc")


def workload(kind: str = "Deployment", **facts: Any) -> Target:
    more = {name: facts.pop(name) for name in ("pods", "ips", "behind", "unquoted") if name in facts}
    known: dict[str, Any] = {
        "api_version": "apps/v1",
        "kind": kind,
        "plural": kind.lower() + "s",
        "namespace": "default",
        "name": "web",
        "resource_version": "5",
        "uid": "w-uid",
        "annotations": {},
        "own_annotations": {},
        "template_path": ("spec", "template"),
        "replicas": 2,
        "strategy": "RollingUpdate",
    }
    return Target(Workload(**known | facts), **more)


def plan(*targets: Target, force: tuple[str, ...] = (), around: Surroundings | None = None, **wish: Any) -> Plan:
    asked = Wish(**{"settings": AUTO, "lifted": frozenset(force), **wish})
    return plan_annotate(targets, asked, around or Surroundings()).plan


def action(found: Plan) -> AnnotateWorkload:
    (only,) = found.actions
    assert isinstance(only, AnnotateWorkload)
    return only


def refused(*targets: Target, settings: EipSettings) -> Refused:
    with pytest.raises(Refused) as raised:
        plan(*targets, settings=settings)
    return raised.value
