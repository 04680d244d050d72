"""Vpc: the life of an EIP from AllocateEipAddress to ReleaseEipAddress."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import spec
from eipctl.sandbox.cloud.locks import refuse_locked
from eipctl.sandbox.cloud.rows import EipRow
from eipctl.sandbox.cloud.state import RECOVERY_SECONDS

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.refusal import CloudRefusal
    from eipctl.sandbox.cloud.rows import EniRow
    from eipctl.sandbox.cloud.state import State

_PREFIX = "eip-bp1"
_FIRST_ADDRESS = int(ipaddress.IPv4Address("198.18.0.1"))  # the benchmarking range: nobody's real address


def find(call: ApiCall) -> EipRow:
    """The EIP that AllocationId names, in the region asked for."""
    row = call.state.eip(call.params.get("AllocationId"))
    if row is None or row.region != call.region:
        raise call.refusal("InvalidAllocationId.NotFound", "Specified allocation ID is not found")
    return row


def new_identity(state: State) -> tuple[str, str]:
    """(allocation id, address) never given before."""
    allocation_id = state.new_id(_PREFIX)
    number = _FIRST_ADDRESS + state.counters[_PREFIX]
    return allocation_id, ".".join([str(number >> shift & 255) for shift in (24, 16, 8, 0)])


def allocate(call: ApiCall) -> dict[str, Any]:
    """AllocateEipAddress; of a subscription the answer tells the order, not the address."""
    state = call.state
    wanted = spec.wanted(call)
    if wanted["tags"] and state.switches.allocate_needs_tag_right:
        call.authorise("vpc:TagResources", call.arns("eip/*"))
    state.purge()
    _may_buy(call)
    allocation_id, address = _recovered(call) or new_identity(state)
    state.put_eip(EipRow(allocation_id, address, **wanted))
    if wanted["charge_type"] == "PrePaid":
        return {"AllocationId": allocation_id, "OrderId": 10**14 + state.count("order")}
    return {"AllocationId": allocation_id, "EipAddress": address, "ResourceGroupId": wanted["resource_group_id"]}


def _may_buy(call: ApiCall) -> None:
    state, settings = call.state, call.state.settings
    if len(state.eips) + len(state.releasing) >= settings.quota:
        raise call.refusal("QuotaExceeded.Eip", "Elastic IP address quota exceeded")
    most = settings.switches.frequent_purchase_after
    if most and state.count("purchases") > most:
        raise call.refusal("FrequentPurchase.EIP", "eip frequent purchase")


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
    raise _not_to_be_had(call, allocation_id, address)


def _not_to_be_had(call: ApiCall, allocation_id: str, address: str) -> CloudRefusal:
    for row in call.state.all_eips():
        if row.allocation_id == allocation_id or row.address == address:
            code = "IncorrectStatus.Ip" if row.status == "Releasing" else "Ip.Allocated"
            return call.refusal(code, "The address is in use.")
    for row in call.state.released.values():
        if row.allocation_id == allocation_id or row.address == address:
            return call.refusal("ReserveIpFail", "Reserve eip failed.")
    return call.refusal("OperationFailed.AllocateUnfamiliarIp", "The address was not the account's in the last 7 days.")


def associate(call: ApiCall) -> dict[str, Any]:
    """AssociateEipAddress."""
    state, row = call.state, find(call)
    instance_id, kind = call.params.get("InstanceId"), call.params.get("InstanceType")
    if kind == "IpAddress" and not call.params.get("VpcId"):
        raise call.refusal("MissingParameter", 'The input parameter "VpcId" is not supplied.')
    _changeable(call, row, "Available")
    if row.modified_until > call.now:
        raise call.refusal("InvalidAction.Denied", "The modification of the EIP is not finished.")
    target = _target(call, instance_id, kind, row)
    _no_conflict(call, target.instance_id, row)
    _free(call, target)
    state.put_eip(replace(target, status="Associating", settles_at=state.clock.after(state.switches.associate_seconds)))
    return {}


def _target(call: ApiCall, instance_id: str, kind: str, row: EipRow) -> EipRow:
    """The EIP as it will be bound."""
    state, ip, mode = call.state, call.params.get("PrivateIpAddress"), call.params.get("Mode")
    bound = replace(row, instance_id=instance_id, instance_type=kind, mode=mode)
    if kind == "EcsInstance" and instance_id in state.instances:
        return replace(bound, primary=True)
    eni = state.enis.get(instance_id) if kind == "NetworkInterface" else None
    if eni is None or row.region != state.region:
        raise call.refusal("InvalidInstanId.NotFound", "The specified instance is not found.")
    if not ip and state.switches.private_ip_required:
        raise call.refusal("MissingParameter", 'The input parameter "PrivateIpAddress" is not supplied.')
    ip = ip or eni.primary_ip
    _usable(call, eni, ip, mode)
    return replace(bound, private_ip=ip, primary=ip == eni.primary_ip)


def _usable(call: ApiCall, eni: EniRow, ip: str, mode: str) -> None:
    switches = call.state.switches
    if ip not in (eni.primary_ip, *eni.secondary_ips) and not (switches.prefix_ips_bindable and eni.holds(ip)):
        raise call.refusal("OperationFailed.PrivateIpAddressNotExist", "The ENI has no such PrivateIpAddress.")
    primary_only = eni.type == "Primary" and not switches.primary_eni_takes_many
    if ip != eni.primary_ip and (mode == "BINDED" or primary_only):
        raise call.refusal("OperationDenied", "Only the primary private IP can be associated here.")
    if eni.status != "InUse":
        raise call.refusal("IncorrectInstanceStatus", "Current instance status does not support this operation.")


def _free(call: ApiCall, target: EipRow) -> None:
    """An ENI takes EIPs of one mode: one per private IP, or a single one in cut-through mode; an instance takes one."""
    for other in call.state.bound_to(target.instance_id):
        if target.instance_type == "NetworkInterface" and other.mode != target.mode:
            both = {other.mode, target.mode}
            code = "OperationFailed.EipBindModeConflict" if "BINDED" in both else "Mode.Conflict"
            raise call.refusal(code, "The ENI has an EIP in another mode.")
        alone = target.mode == "BINDED" or target.instance_type != "NetworkInterface"
        if alone or other.private_ip == target.private_ip:
            code = "InvalidAssociation.Duplicated"
            raise call.refusal(code, "Specified instance already is associated another EIP.")


def unassociate(call: ApiCall) -> dict[str, Any]:
    """UnassociateEipAddress."""
    state, row = call.state, find(call)
    _changeable(call, row, "InUse")
    if state.switches.unassociate_checks_binding:
        _same_binding(call, row)
    _no_conflict(call, row.instance_id, row)
    state.change(row, status="Unassociating", settles_at=state.clock.after(state.switches.unassociate_seconds))
    return {}


def _same_binding(call: ApiCall, row: EipRow) -> None:
    instance_id, ip = call.params.get("InstanceId"), call.params.get("PrivateIpAddress")
    if instance_id not in ("", row.instance_id):
        raise call.refusal("InvalidInstanceId.NotFound", "The EIP is not bound to the specified InstanceId.")
    if ip not in ("", row.private_ip):
        raise call.refusal("InvalidBindingStatus", "The EIP is not bound to the specified PrivateIpAddress.")


def release(call: ApiCall) -> dict[str, Any]:
    """ReleaseEipAddress."""
    state, row = call.state, find(call)
    _may_go(call, row)
    if row.locks or row.status != "Available":
        raise _wrong_status(call)
    if row.bandwidth_package_id and not state.switches.release_inside_package:
        raise _wrong_status(call)
    state.purge()
    state.change(
        row, status="Releasing", settles_at=state.clock.after(state.switches.release_seconds), bandwidth_package_id=""
    )
    return {}


def _may_go(call: ApiCall, row: EipRow) -> None:
    if row.protected:
        raise call.refusal("InvalidOperation.DeletionProtection", "Deletion protection is enabled for the EIP.")
    if row.charge_type == "PrePaid":
        raise call.refusal("Forbidden.ChargeTypeIsPrepaid", "A subscription EIP cannot be released.")
    if row.segment_id:
        raise call.refusal("Forbidden.ReleaseSegmentEip", "An EIP of a contiguous group is released with it.")
    if row.service_managed:
        raise _wrong_status(call)


def protect(call: ApiCall) -> dict[str, Any]:
    """DeletionProtection of an EIP or a bandwidth package; there are no NAT gateways."""
    name, on = call.params.get("InstanceId"), call.params.flag("ProtectionEnable")
    package = call.state.packages.get(name)
    if call.params.get("Type") == "CBWP" and package is not None:
        _not_yet(call, on=on, before=package.protected)
        call.state.packages.put(name, replace(package, protected=on))
        return {}
    if call.params.get("Type") != "EIP":
        raise call.refusal("DeletionProtection.ResourceNotExist", "The specified resource does not exist.")
    row = call.state.eip(name)
    if row is None or row.region != call.region:
        raise call.refusal("InvalidAllocationId.NotFound", "Specified allocation ID is not found")
    if row.charge_type == "PrePaid":
        raise call.refusal("DeletionProtection.PrePaidNotSupport", "A subscription EIP can't be protected.")
    _not_yet(call, on=on, before=row.protected)
    call.state.change(row, protected=on)
    return {}


def _not_yet(call: ApiCall, *, on: bool, before: bool) -> None:
    if on and before:
        raise call.refusal("DeletionProtection.AlreadyEnabled", "Deletion protection is enabled already.")


def modify(call: ApiCall) -> dict[str, Any]:
    """ModifyEipAddressAttribute."""
    state, row = call.state, find(call)
    changes = spec.changes(call, row)
    _changeable(call, row, row.status if not row.settles_at else "")
    if row.modified_until > call.now:
        raise call.refusal("IncorrectStatus.ResourceStatus", "The modification before is not finished.")
    if "bandwidth" in changes:
        if row.bandwidth_package_id:
            raise call.refusal("Forbidden.InCommonBandwidthPackage", "The EIP is in an Internet shared bandwidth.")
        if row.segment_id:
            raise call.refusal("InvalidParameter", "The EIPs of a contiguous group keep their bandwidth.")
        seconds = state.switches.modify_seconds
        changes["modified_until"] = state.clock.after(seconds) if seconds else 0.0
    state.change(row, **changes)
    return {}


def _changeable(call: ApiCall, row: EipRow, status: str) -> None:
    """Refuse what is managed, locked, or not in `status`."""
    if row.service_managed:
        code = "OperationDenied" if "OperationDenied" in call.api.usual else "IncorrectEipStatus"
        raise call.refusal(code, "The EIP is managed by a cloud service.")
    refuse_locked(call, row)
    if row.status != status:
        raise _wrong_status(call)


def _wrong_status(call: ApiCall) -> CloudRefusal:
    return call.refusal("IncorrectEipStatus", "Current elastic IP status does not support this operation.")


def _no_conflict(call: ApiCall, instance_id: str, row: EipRow) -> None:
    """One operation at a time on one target."""
    others = (other for other in call.state.bound_to(instance_id) if other.allocation_id != row.allocation_id)
    if call.state.switches.eni_conflicts and any(other.settles_at for other in others):
        raise call.refusal("TaskConflict", "The operation is too frequent, please wait a moment and try again.")
