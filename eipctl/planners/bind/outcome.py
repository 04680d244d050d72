"""What a run of bind has made of a World: its done steps, applied to what was observed before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from eipctl.domain.actions.eips import (
    Adopt,
    Allocate,
    AnnotatePod,
    Associate,
    BindAction,
    JoinPackage,
    LeavePackage,
    Lend,
    Modify,
    Recover,
    Release,
    Tag,
    Unassociate,
    Untag,
    Withdraw,
)
from eipctl.domain.facts import Eip, EipStatus
from eipctl.domain.ownership import tag_fields
from eipctl.domain.plan import StepState
from eipctl.domain.settings import BY_FIELD, OF_EIP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Pod
    from eipctl.domain.plan import Step
    from eipctl.planners.bind.world import World


def aftermath(world: World, steps: Iterable[Step]) -> World:
    """The World as the steps have left it, if nothing else has changed."""
    after = After({eip.allocation_id: eip for eip in world.eips}, {pod.uid: pod for pod in world.pods})
    for step in steps:
        after.apply(step)
    return replace(world, eips=tuple(after.eips.values()), pods=tuple(after.pods.values()))


@dataclass(slots=True)
class After:
    """EIPs by allocation ID and Pods by UID, kept up by the steps that are done with them."""

    eips: dict[str, Eip]
    pods: dict[str, Pod]
    bought: dict[str, str] = field(default_factory=dict)
    """Pod UID to the EIP that was bought for it, which its later steps don't name."""

    def apply(self, step: Step) -> str:
        """Learn from a step; the allocation ID that it was about, "" for none."""
        if step.state is not StepState.DONE or not isinstance(step.action, BindAction):
            return ""
        self._apply(step.action, dict(step.learned))
        return step.action.allocation_id or self.bought.get(step.action.uid, "")

    def _apply(self, action: BindAction, learned: dict[str, str]) -> None:
        if isinstance(action, Allocate | Recover):
            new = _bought(action, learned)
            self.bought[action.uid] = new.allocation_id
            self.eips[new.allocation_id] = new
            return
        name = action.allocation_id or self.bought.get(action.uid, "")
        if isinstance(action, Release):
            self.eips.pop(name, None)
        elif isinstance(action, AnnotatePod):
            if action.uid in self.pods:
                self.pods[action.uid] = annotated(self.pods[action.uid], action, self.eips.get(name))
        elif name in self.eips:
            self.eips[name] = _changed(self.eips[name], action, learned.get("note", ""))


def annotated(pod: Pod, action: AnnotatePod, eip: Eip | None) -> Pod:
    """The Pod after the address of this EIP was recorded on it, or taken off it."""
    address = "" if action.remove else action.eip_address or (eip.address if eip else "")
    condition = str(bool(address)) if action.gate else pod.eip_condition
    return replace(pod, recorded=address, eip_condition=condition)


def _bought(action: Allocate | Recover, learned: dict[str, str]) -> Eip:
    spec = action.spec.without(learned.get("without", "").split())
    values = ((each.shown, getattr(spec, each.field)) for each in OF_EIP if each.api and each.shown)
    bought: dict[str, Any] = {name: value for name, value in values if value}
    return Eip(
        learned["allocation_id"],
        learned["eip_address"],
        EipStatus.AVAILABLE,
        **bought,
        **tag_fields(dict(spec.tags) | dict(action.ownership)),
    )


def _changed(eip: Eip, action: BindAction, note: str = "") -> Eip:
    """An EIP after one step; with a note its cosmetic values were refused."""
    match action:
        case Associate():
            return replace(
                eip,
                status=EipStatus.IN_USE,
                instance_id=action.eni_id,
                instance_type="NetworkInterface",
                private_ip="" if action.primary else action.private_ip,
            )
        case Unassociate():
            return replace(eip, status=EipStatus.AVAILABLE, instance_id="", instance_type="", private_ip="")
        case Modify():
            made = ((name, value) for name, value in action.changes if not (note and BY_FIELD[name].cosmetic))
            return replace(eip, **{BY_FIELD[name].shown: value for name, value in made})
        case JoinPackage():
            return replace(eip, bandwidth_package_id=action.package_id)
        case LeavePackage():
            return replace(eip, bandwidth_package_id="")
        case Tag() | Adopt() | Lend():
            return replace(eip, **tag_fields({**eip.tags, **dict(action.tags)}))
        case Untag() | Withdraw():
            return replace(eip, **tag_fields({key: value for key, value in eip.tags.items() if key not in action.keys}))
    return eip
