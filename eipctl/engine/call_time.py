"""How long a plan takes at least, for the cloud admits so many calls a minute and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.domain.plan import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.engine.pacing import Pacer

API_OF = {
    Verb.ALLOCATE: "AllocateEipAddress",
    Verb.ASSOCIATE: "AssociateEipAddress",
    Verb.UNASSOCIATE: "UnassociateEipAddress",
    Verb.RELEASE: "ReleaseEipAddress",
    Verb.MODIFY: "ModifyEipAddressAttribute",
    Verb.TAG: "TagResources",
    Verb.UNTAG: "UnTagResources",
}
"""The changing call of each verb that is paced."""


def seconds_left(pacer: Pacer, counts: Mapping[Verb, int]) -> float:
    """Until the last of so many Actions may begin; each kind has a window of its own."""
    return max((pacer.wait_for(API_OF[verb], count) for verb, count in counts.items() if verb in API_OF), default=0.0)
