"""Vpc: TagResources, UnTagResources, ListTagResources, for EIPs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.table.shared import MOST_TAGS

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow


def tag(call: ApiCall) -> dict[str, Any]:
    """TagResources: adds tags, overwriting those of the same key."""
    pairs = {key: value or "" for key, value in call.params.pairs("Tag")}
    for row in _resources(call):
        if not call.state.switches.tags_overwrite and dict(row.tags).keys() & pairs.keys():
            raise call.refusal("Forbidden.TagKey.Duplicated", "The resource has a tag of that key.")
        tags = tuple({**dict(row.tags), **pairs}.items())
        if len(tags) > MOST_TAGS:
            raise call.refusal("QuotaExceeded.TagNum", "A resource has at most 20 tags.")
        call.state.change(row, tags=tags)
    return {}


def untag(call: ApiCall) -> dict[str, Any]:
    """UnTagResources: removes TagKey.N, or with All and no keys every tag."""
    keys = call.params.listing("TagKey")
    everything = call.params.flag("All") and not keys
    if not keys and not everything:
        raise call.refusal("MissingParam", "Name tag keys, or all of them.")
    for row in _resources(call):
        left = () if everything else tuple(pair for pair in row.tags if pair[0] not in keys)
        call.state.change(row, tags=left)
    return {}


def listing(call: ApiCall) -> dict[str, Any]:
    """ListTagResources: by ResourceId.N or by Tag.N, MaxResults tags at a time."""
    most = call.params.number("MaxResults")
    wanted = call.params.pairs("Tag")
    if not call.params.listing("ResourceId") and not wanted:
        raise call.refusal("BothEmpty.TagsAndResources", "Name resources or tags.")
    rows = _resources(call) if call.params.listing("ResourceId") else call.state.all_eips()
    found = [
        {"ResourceId": row.allocation_id, "ResourceType": "EIP", "TagKey": key, "TagValue": value}
        for row in rows
        if all(any(key == own and value in (None, "", held) for own, held in row.tags) for key, value in wanted)
        for key, value in row.tags
    ]
    token = call.params.get("NextToken", "0")
    if not token.isdecimal():
        raise call.refusal("InvalidParameter", "The specified NextToken is not valid.")
    start = int(token)
    more = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {"TagResources": {"TagResource": found[start : start + most]}, **more}


def _resources(call: ApiCall) -> list[EipRow]:
    """The EIPs that ResourceId.N names; all of them must exist."""
    ids = call.params.listing("ResourceId")
    known = call.params.get("ResourceType").upper() == "EIP"
    rows = [call.state.eip(allocation_id) for allocation_id in ids if known]
    found = [row for row in rows if row is not None and row.region == call.region]
    if len(found) < len(ids):
        raise call.refusal("InvalidInstanceIds.NotFound", "The specified InstanceIds are not found.")
    return found
