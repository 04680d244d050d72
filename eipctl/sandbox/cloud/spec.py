"""Vpc: what an EIP may be asked to be: bandwidth, charge types, name, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid, unsupported_value
from eipctl.sandbox.cloud.rows import EipRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import Pairs
    from eipctl.sandbox.cloud.switches import Switches

ISPS = (
    "BGP", "BGP_PRO", "ChinaTelecom", "ChinaUnicom", "ChinaMobile",
    "ChinaTelecom_L2", "ChinaUnicom_L2", "ChinaMobile_L2", "BGP_FinanceCloud", "BGP_International",
)  # fmt: skip
BGP_PRO_REGIONS = (
    "cn-hongkong", "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ap-northeast-1",
)  # fmt: skip
MOST_TAGS = 20
_MOST_BANDWIDTH = {"PayByTraffic": 200, "PayByBandwidth": 500}
_NAME = re.compile(r"[^\W\d_][\w.\-]{0,127}")
_STRICT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{0,63}")


def wanted(call: ApiCall) -> EipRow:
    """The EIP that AllocateEipAddress describes, without identity."""
    params = call.params
    internet = params.get("InternetChargeType", "PayByBandwidth")
    charge = params.get("InstanceChargeType", "PostPaid")
    if internet not in _MOST_BANDWIDTH:
        raise unsupported_value("InvalidInternetChargeType", "InternetChargeType")
    if charge not in ("PostPaid", "PrePaid"):
        raise unsupported_value("InvalidInstanceChargeType", "InstanceChargeType")
    return EipRow(
        allocation_id="",
        address="",
        region=call.region,
        bandwidth=_bandwidth(call, internet, charge, 5),
        internet_charge_type=internet,
        charge_type=charge,
        isp=_isp(call),
        netmode=params.get("Netmode", "public"),
        name=name(call),
        description=description(call),
        resource_group_id=_resource_group(call),
        pool_id=params.get("PublicIpAddressPoolId"),
        zone=params.get("Zone"),
        security_protection=_protection(call),
        tags=tags(call.params.pairs("Tag"), call.state.switches),
        allocated_at=call.now,
    )


def changes(call: ApiCall, row: EipRow) -> dict[str, Any]:
    """What ModifyEipAddressAttribute asks for."""
    found: dict[str, Any] = {}
    if call.params.get("Bandwidth"):
        found["bandwidth"] = _bandwidth(call, row.internet_charge_type, row.charge_type, row.bandwidth)
    if call.params.get("Name"):
        found["name"] = name(call)
    if call.params.get("Description"):
        found["description"] = description(call)
    return found


def _bandwidth(call: ApiCall, internet: str, charge: str, default: int) -> int:
    most = 1000 if charge == "PrePaid" else _MOST_BANDWIDTH[internet]
    return call.params.number("Bandwidth", default, 1, most)


def _isp(call: ApiCall) -> str:
    isp = call.params.get("ISP", "BGP")
    if isp not in ISPS or (isp == "BGP_PRO" and call.region not in BGP_PRO_REGIONS):
        raise invalid("ISP")
    return isp


def _resource_group(call: ApiCall) -> str:
    group = call.params.get("ResourceGroupId", "rg-acfmxdefault0")
    if not group.startswith("rg-"):
        raise CloudRefusal("InvalidResourceGroupId", "The specified ResourceGroupId does not exist.")
    return group


def _protection(call: ApiCall) -> tuple[str, ...]:
    types = tuple(call.params.listing("SecurityProtectionTypes"))
    if types not in ((), ("AntiDDoS_Enhanced",)):
        raise invalid("SecurityProtectionTypes")
    return types


def name(call: ApiCall) -> str:
    """Parameter Name, checked."""
    text = call.params.get("Name")
    if text and call.state.switches.strict_names and not _NAME.fullmatch(text):
        raise invalid("Name", "1 to 128 letters, digits, '.', '_' and '-', starting with a letter")
    if len(text) > 128 or text.startswith(("http://", "https://")):
        raise invalid("Name")
    return text


def description(call: ApiCall) -> str:
    """Parameter Description, checked."""
    text = call.params.get("Description")
    if text and (not 2 <= len(text) <= 256 or not text[0].isalpha() or text.startswith(("http://", "https://"))):
        raise invalid("Description", "2 to 256 characters, starting with a letter")
    return text


def tags(pairs: list[tuple[str, str | None]], switches: Switches) -> Pairs:
    """Tag.N, checked."""
    if len(pairs) > MOST_TAGS:
        raise CloudRefusal("NumberExceed.Tags", "The maximum number of tags is exceeded.")
    for key, value in pairs:
        check_tag_key(key, switches)
        if len(value or "") > 128 or "://" in (value or ""):
            raise CloudRefusal("InvalidTagValue", "The tag value is invalid.")
    if len({key for key, _ in pairs}) < len(pairs):
        raise CloudRefusal("Duplicate.TagKey", "The tag keys are duplicated.")
    return tuple((key, value or "") for key, value in pairs)


def check_tag_key(key: str, switches: Switches) -> None:
    """Refuse a key that can't be one."""
    bad = not key or len(key) > 128 or key.lower().startswith(("aliyun", "acs:")) or "://" in key
    if bad or (switches.strict_tag_keys and not _STRICT_KEY.fullmatch(key)):
        raise CloudRefusal("InvalidTagKey", "The tag key is invalid.")
