"""Vpc: what an EIP may be asked to be, where one parameter depends on another, on the region or on the account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.rows import DEFAULT_GROUP

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow

BGP_PRO_REGIONS = (
    "cn-hongkong", "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ap-northeast-1",
)  # fmt: skip
_MOST_BANDWIDTH = {"PayByTraffic": 200, "PayByBandwidth": 500}
_MONTH = 30 * 86400.0
_MONTHS = {"Month": 1, "Year": 12}
_MOST_PERIODS = {"Month": 9, "Year": 5}
_LINKS = ("http://", "https://")
_STRICT = {"Name": re.compile(r"[^\W\d_][\w.\-]{0,127}"), "Description": re.compile(r"[^\W\d_].{1,255}", re.DOTALL)}


def wanted(call: ApiCall) -> dict[str, Any]:
    """What AllocateEipAddress says of the EIP: the fields of its row but its identity."""
    params = call.params
    internet, charge = params.get("InternetChargeType"), params.get("InstanceChargeType")
    expires = _expiry(call, internet) if charge == "PrePaid" else 0.0
    call.known_group()
    _check_isp(call)
    _check_place(call)
    protection = tuple(params.listing("SecurityProtectionTypes"))
    if protection and not call.state.switches.protection_opened:
        raise call.refusal("OperationDenied.NotOpenDdosOriginProtectService", "Open Anti-DDoS Origin first.")
    return {
        "region": call.region,
        "bandwidth": _bandwidth(call, 1000 if charge == "PrePaid" else _MOST_BANDWIDTH[internet]),
        "internet_charge_type": internet,
        "charge_type": charge,
        "isp": params.get("ISP"),
        "name": _words(call, "Name", "InvalidName.Malformed"),
        "description": _words(call, "Description", "InvalidDescription.Malformed"),
        "resource_group_id": params.get("ResourceGroupId", DEFAULT_GROUP),
        "pool_id": params.get("PublicIpAddressPoolId"),
        "security_protection": protection,
        "tags": tuple((key, value or "") for key, value in params.pairs("Tag")),
        "allocated_at": call.now,
        "expires_at": expires,
    }


def _expiry(call: ApiCall, internet: str) -> float:
    """When a subscription ends; it has its own rules."""
    params = call.params
    cycle, periods = params.get("PricingCycle"), params.number("Period")
    if internet != "PayByBandwidth":
        raise call.refusal("InvalidParameter", "A subscription EIP pays by bandwidth.")
    if not periods:
        raise call.refusal("MissingParameter", 'The input parameter "Period" is not supplied.')
    if periods > _MOST_PERIODS[cycle]:
        raise call.refusal("InvalidParameter", "The specified parameter Period is not valid.")
    if params.get("Name") or params.get("Description"):
        raise call.refusal("InvalidParameter", "A subscription EIP is named after it was bought.")
    return call.now + periods * _MONTHS[cycle] * _MONTH


def _check_isp(call: ApiCall) -> None:
    isp = call.params.get("ISP")
    if isp == "BGP_FinanceCloud" or (isp == "BGP_PRO" and call.region not in BGP_PRO_REGIONS):
        raise call.refusal("UnsupportedFeature.Isp", f"The line type {isp} is not supported in this region.")


def _check_place(call: ApiCall) -> None:
    """Pools, which the account must have, and zones, which only CloudBoxes have."""
    params = call.params
    pool, zone = params.get("PublicIpAddressPoolId"), params.get("Zone")
    if zone and pool:
        raise call.refusal("ExclusiveParam.ZoneAndPublicIpAddressPoolId", "Zone and pool exclude each other.")
    if zone and (params.get("IpAddress") or params.get("InstanceId")):
        raise call.refusal("ExclusiveParam.ZoneAndIpAddress", "Zone and IpAddress exclude each other.")
    if zone:
        known = re.fullmatch(re.escape(call.region) + "-[a-z]", zone)
        code = "UnsupportedFeature.AllocateEipAddressWithZone" if known else "IllegalParam.Zone"
        raise call.refusal(code, "EIPs can't be had in this zone.")
    if pool and pool not in call.state.settings.pools:
        raise call.refusal("ResourceNotFound.PublicIpAddressPool", "The specified pool is not found.")


def changes(call: ApiCall, row: EipRow) -> dict[str, Any]:
    """What ModifyEipAddressAttribute asks for."""
    found: dict[str, Any] = {}
    if call.params.get("Bandwidth"):
        if row.charge_type == "PrePaid":
            raise call.refusal("Forbidden.ChargeTypeIsPrepaid", "A subscription EIP keeps its bandwidth.")
        found["bandwidth"] = _bandwidth(
            call, _MOST_BANDWIDTH.get(row.internet_charge_type, _MOST_BANDWIDTH["PayByBandwidth"])
        )
    if call.params.get("Name"):
        found["name"] = _words(call, "Name", "InvalidEipAddressName.Malformed")
    if call.params.get("Description"):
        found["description"] = _words(call, "Description", "InvalidDescription.Malformed")
    return found


def _bandwidth(call: ApiCall, most: int) -> int:
    bandwidth = call.params.number("Bandwidth")
    if bandwidth > most:
        raise call.refusal("InvalidParameter", f"The specified parameter Bandwidth is not valid: 1 to {most}.")
    return bandwidth


def _words(call: ApiCall, name: str, code: str) -> str:
    text = call.params.get(name)
    strict = text and call.state.switches.strict_names and not _STRICT[name].fullmatch(text)
    if strict or text.startswith(_LINKS):
        raise call.refusal(code, f"The specified {name} is not valid.")
    return text
