"""Vpc: the life of an EIP from AllocateEipAddress to ReleaseEipAddress."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import spec
from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid, missing, unsupported_value
from eipctl.sandbox.cloud.state import RECOVERY_SECONDS

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow, EniRow
    from eipctl.sandbox.cloud.state import State
    from eipctl.sandbox.cloud.switches import Switches

INSTANCE_TYPES = ("EcsInstance", "NetworkInterface", "SlbInstance", "Nat", "HaVip", "IpAddress")
_FIRST_ADDRESS = int(ipaddress.IPv4Address("198.18.0.1"))  # the benchmarking range: nobody's real address


def find(call: ApiCall) -> EipRow:
    """The EIP that AllocationId names, in the region asked for."""
    row = call.state.eip(call.params.need("AllocationId"))
    if row is None or row.region != call.region:
        raise CloudRefusal("InvalidAllocationId.NotFound", "Specified allocation ID is not found", 404)
    return row


def new_identity(state: State) -> tuple[str, str]:
    """(allocation id, address) never given before."""
    return state.new_id("eip-bp1"), str(ipaddress.IPv4Address(_FIRST_ADDRESS + state.count("address")))


def allocate(call: ApiCall) -> dict[str, Any]:
    """AllocateEipAddress."""
    state = call.state
    wanted = spec.wanted(call)
    if wanted.tags and state.switches.allocate_needs_tag_right:
        call.authorise("vpc:TagResources", call.arns("eip/*"))
    state.purge()
    _may_buy(state)
    recovered = _recovered(call)
    allocation_id, address = recovered or new_identity(state)
    state.put_eip(replace(wanted, allocation_id=allocation_id, address=address))
    reply = {"AllocationId": allocation_id, "EipAddress": address, "ResourceGroupId": wanted.resource_group_id}
    return {**reply, "OrderId": str(10**14 + state.count("order"))} if wanted.charge_type == "PrePaid" else reply


def _may_buy(state: State) -> None:
    settings = state.settings
    if len(state.eips) + len(state.releasing) >= settings.quota:
        raise CloudRefusal("QuotaExceeded.Eip", "Elastic IP address quota exceeded")
    bought = state.count("purchases")
    if settings.switches.frequent_purchase_after and bought > settings.switches.frequent_purchase_after:
        raise CloudRefusal("FrequentPurchase.EIP", "eip frequent purchase")


def _recovered(call: ApiCall) -> tuple[str, str] | None:
    """The identity of the released EIP that is asked for by id or address; None if none is asked for."""
    state, allocation_id, address = call.state, call.params.get("InstanceId"), call.params.get("IpAddress")
    if not allocation_id and not address:
        return None
    oldest = call.now - RECOVERY_SECONDS / state.clock.speed
    for row in state.released.values():
        if (allocation_id in ("", row.allocation_id)) and (address in ("", row.address)) and row.settles_at >= oldest:
            if not state.switches.released_recoverable:
                break
            state.released.delete(row.allocation_id)
            return row.allocation_id, row.address
    raise CloudRefusal("ReserveIpFail", "Reserve eip failed.")


def associate(call: ApiCall) -> dict[str, Any]:
    """AssociateEipAddress."""
    state, params = call.state, call.params
    row = find(call)
    instance_id, kind = params.need("InstanceId"), params.get("InstanceType", "EcsInstance")
    if kind not in INSTANCE_TYPES:
        raise unsupported_value("InvalidInstanceType", "InstanceType")
    _changeable(row, "Available")
    target = _target(call, instance_id, kind, row)
    _no_conflict(state, target.instance_id, row)
    _free(state, target)
    state.put_eip(replace(target, status="Associating", settles_at=state.clock.after(state.switches.associate_seconds)))
    return {}


def _target(call: ApiCall, instance_id: str, kind: str, row: EipRow) -> EipRow:
    """The EIP as it will be bound."""
    state, ip, mode = call.state, call.params.get("PrivateIpAddress"), call.params.get("Mode", "NAT")
    if mode not in ("NAT", "MULTI_BINDED", "BINDED"):
        raise invalid("Mode")
    bound = replace(row, instance_id=instance_id, instance_type=kind, mode=mode)
    instance = state.instances.get(instance_id) if kind == "EcsInstance" else None
    if instance is not None:
        return replace(bound, primary=True, vpc_id=instance.vpc_id)
    eni = state.enis.get(instance_id) if kind == "NetworkInterface" else None
    if eni is None or row.region != state.region:
        raise CloudRefusal("InvalidInstanId.NotFound", "The specified instance is not found.", 404)
    if not ip and state.switches.private_ip_required:
        raise missing("PrivateIpAddress")
    ip = ip or eni.primary_ip
    _usable(eni, ip, mode, state.switches)
    return replace(bound, private_ip=ip, primary=ip == eni.primary_ip, vpc_id=eni.vpc_id)


def _usable(eni: EniRow, ip: str, mode: str, switches: Switches) -> None:
    if ip not in (eni.primary_ip, *eni.secondary_ips) and not (switches.prefix_ips_bindable and eni.holds(ip)):
        raise CloudRefusal("InvalidParams.NotFound", "The specified PrivateIpAddress is not found on the instance.")
    primary_only = eni.type == "Primary" and not switches.primary_eni_takes_many
    if ip != eni.primary_ip and (mode == "BINDED" or primary_only):
        raise CloudRefusal("OperationDenied", "Only the primary private IP can be associated here.")
    if eni.status != "InUse":
        raise CloudRefusal("IncorrectInstanceStatus", "Current instance status does not support this operation.")


def _free(state: State, target: EipRow) -> None:
    """An ENI takes one NAT-mode EIP per private IP, or one in cut-through mode; anything else takes one."""
    for other in state.bound_to(target.instance_id):
        alone = "BINDED" in (other.mode, target.mode) or target.instance_type != "NetworkInterface"
        if alone or other.private_ip == target.private_ip:
            raise CloudRefusal("InvalidAssociation.Duplicated", "Specified instance already is associated another EIP.")


def unassociate(call: ApiCall) -> dict[str, Any]:
    """UnassociateEipAddress."""
    state, row = call.state, find(call)
    kind = call.params.get("InstanceType")
    if kind and kind not in INSTANCE_TYPES:
        raise unsupported_value("InvalidInstanceType", "InstanceType")
    _changeable(row, "InUse")
    if state.switches.unassociate_checks_binding:
        _same_binding(call, row)
    _no_conflict(state, row.instance_id, row)
    state.change(row, status="Unassociating", settles_at=state.clock.after(state.switches.unassociate_seconds))
    return {}


def _same_binding(call: ApiCall, row: EipRow) -> None:
    instance_id, ip = call.params.get("InstanceId"), call.params.get("PrivateIpAddress")
    if instance_id not in ("", row.instance_id):
        raise CloudRefusal("InvalidInstanceId.NotFound", "The EIP is not bound to the specified InstanceId.", 404)
    if ip not in ("", row.private_ip):
        raise CloudRefusal("InvalidBindingStatus", "The EIP is not bound to the specified PrivateIpAddress.")


def release(call: ApiCall) -> dict[str, Any]:
    """ReleaseEipAddress."""
    state, row = call.state, find(call)
    _may_go(row)
    _changeable(row, "Available")
    if row.bandwidth_package_id and not state.switches.release_inside_package:
        raise CloudRefusal("IncorrectStatus.Eip", "The EIP is in an Internet shared bandwidth; remove it first.")
    state.purge()
    state.change(
        row, status="Releasing", settles_at=state.clock.after(state.switches.release_seconds), bandwidth_package_id=""
    )
    return {}


def _may_go(row: EipRow) -> None:
    if row.protected:
        raise CloudRefusal("InvalidOperation.DeletionProtection", "Deletion protection is enabled for the EIP.")
    if row.charge_type == "PrePaid":
        raise CloudRefusal("Forbidden.ChargeTypeIsPrepaid", "A subscription EIP cannot be released.")
    if row.segment_id:
        raise CloudRefusal("OperationUnsupported.EipSegment", "An EIP of a contiguous group is released with it.")


def protect(call: ApiCall) -> dict[str, Any]:
    """DeletionProtection of an EIP."""
    if call.params.need("Type") != "EIP":
        raise invalid("Type")
    row = call.state.eip(call.params.need("InstanceId"))
    if row is None or row.region != call.region:
        raise CloudRefusal("InvalidInstanceId.NotFound", "The specified InstanceId is not found.", 404)
    call.params.need("ProtectionEnable")
    call.state.change(row, protected=call.params.flag("ProtectionEnable"))
    return {}


def modify(call: ApiCall) -> dict[str, Any]:
    """ModifyEipAddressAttribute."""
    row = find(call)
    changes = spec.changes(call, row)
    _changeable(row, row.status if not row.settles_at else "")
    if "bandwidth" in changes and row.bandwidth_package_id:
        raise CloudRefusal("OperationUnsupported.EipInCbwp", "The EIP is in an Internet shared bandwidth.")
    call.state.change(row, **changes)
    return {}


def _changeable(row: EipRow, status: str) -> None:
    """Refuse what is managed, locked, or not in `status`."""
    if row.service_managed:
        raise CloudRefusal("OperationUnsupported.ServiceManaged", "The EIP is managed by a cloud service.")
    if row.locks:
        raise CloudRefusal("OperationDenied", f"The EIP is locked: {', '.join(row.locks)}.")
    if row.status != status:
        raise CloudRefusal("IncorrectEipStatus", "Current elastic IP status does not support this operation.")


def _no_conflict(state: State, instance_id: str, row: EipRow) -> None:
    """One operation at a time on one target."""
    others = (other for other in state.bound_to(instance_id) if other.allocation_id != row.allocation_id)
    if state.switches.eni_conflicts and any(other.settles_at for other in others):
        raise CloudRefusal("TaskConflict", "The operation is too frequent, please wait a moment and try again.")
