"""Correcting an own allocated EIP: what an annotation names and the cloud can change; the rest is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions import JoinPackage, LeavePackage, Modify, Tag
from eipctl.domain.ownership import Role
from eipctl.domain.settings import Setting
from eipctl.planners.bind.draft import ref, role_tags, strategy_of

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, EniAddress, Pod
    from eipctl.domain.plan import Action
    from eipctl.domain.settings import Wanted
    from eipctl.planners.bind.draft import Draft


def corrections(
    draft: Draft, pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None = None
) -> tuple[Action, ...]:
    """The steps that make the EIP what the annotations name, its tags included."""
    if eip.locked:
        return ()
    fields = ref(pod, address, eip)
    owed = {**dict(wish.spec.tags), **dict(role_tags(draft, pod, Role.ALLOCATED, strategy_of(draft, pod, wish)))}
    lacking = tuple((key, value) for key, value in owed.items() if eip.tags.get(key) != value)
    steps: list[Action] = []
    if lacking:
        steps.append(Tag(**fields, tags=lacking, reason=_why_tags(eip, dict(lacking))))
    return (*steps, *_attributes(pod, wish, eip, address), *_package(pod, wish, eip, address))


def _why_tags(eip: Eip, lacking: dict[str, str]) -> str:
    if ownership.POD_UID in lacking:
        return f"it takes over the EIP of {eip.tags.get(ownership.POD, '')[2:] or 'a Pod'}, which is gone"
    if ownership.STRATEGY in lacking:
        return "its release strategy has changed"
    return "its tags are not what they should be"


def _attributes(pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None) -> tuple[Action, ...]:
    spec, named = wish.spec, wish.named
    bandwidth = Setting.BANDWIDTH in named and spec.bandwidth != eip.bandwidth and not packaged(wish, eip)
    name = Setting.NAME in named and spec.name != eip.name
    description = Setting.DESCRIPTION in named and spec.description != eip.description
    told = (
        (bandwidth, f"asks for {spec.bandwidth} Mbit/s and has {eip.bandwidth}"),
        (name, f"is to be called {spec.name!r}"),
        (description, "has another description"),
    )
    reasons = [reason for differs, reason in told if differs]
    if not reasons:
        return ()
    return (
        Modify(
            **ref(pod, address, eip),
            bandwidth=spec.bandwidth if bandwidth else 0,
            name=spec.name if name else "",
            description=spec.description if description else "",
            reason="it " + " and ".join(reasons),
        ),
    )


def packaged(wish: Wanted, eip: Eip) -> bool:
    """Whether a package's bandwidth is in force, or will be, instead of the EIP's own."""
    return bool(eip.bandwidth_package_id or wish.spec.bandwidth_package_id)


def _package(pod: Pod, wish: Wanted, eip: Eip, address: EniAddress | None) -> tuple[Action, ...]:
    wanted, has = wish.spec.bandwidth_package_id, eip.bandwidth_package_id
    if not wanted or wanted == has:
        return ()
    fields = ref(pod, address, eip)
    join = JoinPackage(**fields, package_id=wanted, reason="its annotation names this bandwidth package")
    leave = LeavePackage(**fields, package_id=has, reason="its annotation names another bandwidth package")
    return (leave, join) if has else (join,)


def report_fixed(draft: Draft, pod: Pod, wish: Wanted, eip: Eip) -> None:
    """Say what an annotation names and nobody can change on a living EIP."""
    for setting, asked, has in fixed(wish, eip):
        if setting in wish.named and asked != has:
            reason = f"{setting} is {has or 'none'} and can't be changed to {asked}; a new Pod gets a new EIP"
            draft.skip(pod, Code.IMMUTABLE_DRIFT, reason)


def fixed(wish: Wanted, eip: Eip) -> tuple[tuple[Setting, str, str], ...]:
    """Attributes that are settled when an EIP is bought: setting, what is asked for, what it has."""
    spec = wish.spec
    return (
        (Setting.CHARGE_TYPE, spec.internet_charge_type, eip.internet_charge_type),
        (Setting.ISP, spec.isp or "BGP", eip.isp),
        (Setting.POOL, spec.pool_id, eip.pool_id),
        (Setting.RESOURCE_GROUP, spec.resource_group_id or eip.resource_group_id, eip.resource_group_id),
    )
