"""Which regions exist. The sandbox's network is in one of them; EIPs can be had in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.cloud.refusal import CloudRefusal

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall

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
    """Refuse a region that does not exist."""
    if call.product not in ("vpc", "ecs") or call.region == call.state.region or call.region in REGIONS:
        return
    code = "Forbidden.RegionNotFound" if call.product == "vpc" else "InvalidRegionId.NotFound"
    raise CloudRefusal(code, "The specified RegionId does not exist.", 404)
