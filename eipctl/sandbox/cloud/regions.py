"""Which regions exist. The sandbox's network is in one of them; EIPs can be had in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall

_CODES = ("Forbidden.RegionNotFound", "Forbidden.RegionId", "InvalidRegionId.NotFound", "InvalidParameter")
REGIONS = frozenset(
    {
        "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-shenzhen",
        "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-qingdao", "cn-nanjing", "cn-fuzhou", "cn-hongkong",
        "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ap-northeast-1",
        "ap-northeast-2", "eu-central-1", "eu-west-1", "us-east-1", "us-west-1", "na-south-1", "me-east-1",
        "me-central-1",
    }
)  # fmt: skip


def check_region(call: ApiCall) -> None:
    """Refuse a region that does not exist, with the code that is published for this API."""
    if call.product not in ("vpc", "ecs") or call.region == call.state.region or call.region in REGIONS:
        return
    code = next((code for code in _CODES if code in call.api.usual), _CODES[-1])
    raise call.refusal(code, "The specified RegionId does not exist.")


def describe(call: ApiCall) -> dict[str, Any]:
    """DescribeRegions, of Vpc and Ecs."""
    shown = [
        {"RegionId": name, "LocalName": name, "RegionEndpoint": f"{call.product}.{name}.aliyuncs.com"}
        for name in sorted(REGIONS)
    ]
    return {"Regions": {"Region": shown}}
