"""Vpc: TagResources, UnTagResources, ListTagResources, for EIPs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import spec
from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid, missing

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow


def tag(call: ApiCall) -> dict[str, Any]:
    """TagResources: adds tags, overwriting those of the same key."""
    pairs = spec.tags(call.params.pairs("Tag"), call.state.switches)
    if not pairs:
        raise missing("Tag")
    for row in _resources(call):
        if not call.state.switches.tags_overwrite and dict(row.tags).keys() & dict(pairs).keys():
            raise CloudRefusal("Duplicate.TagKey", "The resource has a tag of that key.")
        tags = tuple({**dict(row.tags), **dict(pairs)}.items())
        if len(tags) > spec.MOST_TAGS:
            raise CloudRefusal("QuotaExceeded.TagsPerResource", "A resource has at most 20 tags.")
        call.state.change(row, tags=tags)
    return {}


def untag(call: ApiCall) -> dict[str, Any]:
    """UnTagResources: removes TagKey.N, or with All and no keys every tag."""
    keys = call.params.listing("TagKey")
    everything = call.params.flag("All") and not keys
    if not keys and not everything:
        raise missing("TagKey")
    if len(keys) > spec.MOST_TAGS:
        raise CloudRefusal("NumberExceed.Tags", "The maximum number of tags is exceeded.")
    for row in _resources(call):
        left = () if everything else tuple(pair for pair in row.tags if pair[0] not in keys)
        call.state.change(row, tags=left)
    return {}


def listing(call: ApiCall) -> dict[str, Any]:
    """ListTagResources: by ResourceId.N or by Tag.N, MaxResults tags at a time."""
    most = call.params.number("MaxResults", 50, 1, 50)
    wanted = call.params.pairs("Tag")
    if not call.params.listing("ResourceId") and not wanted:
        raise missing("ResourceId")
    rows = _resources(call) if call.params.listing("ResourceId") else call.state.all_eips()
    found = [
        {"ResourceId": row.allocation_id, "ResourceType": "EIP", "TagKey": key, "TagValue": value}
        for row in rows
        if all(any(key == own and value in (None, "", held) for own, held in row.tags) for key, value in wanted)
        for key, value in row.tags
    ]
    start = call.params.number("NextToken", 0, 0, 10**9)
    more = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {"TagResources": {"TagResource": found[start : start + most]}, **more}


def _resources(call: ApiCall) -> list[EipRow]:
    """The EIPs that ResourceId.N names; all of them must exist."""
    if call.params.need("ResourceType").upper() != "EIP":
        raise invalid("ResourceType")
    ids = call.params.listing("ResourceId")
    if not ids:
        raise missing("ResourceId")
    if len(ids) > 20:
        raise CloudRefusal("NumberExceed.ResourceIds", "The maximum number of ResourceIds is exceeded.")
    rows = [call.state.eip(allocation_id) for allocation_id in ids]
    found = [row for row in rows if row is not None and row.region == call.region]
    if len(found) < len(ids):
        raise CloudRefusal("InvalidResourceId.NotFound", "The specified ResourceIds are not found.", 404)
    return found
