"""Address pools: EIPs that people own and lend to workloads of one cluster, by a tag that `eipctl pool add` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.setting_values import OWN_TAG_PREFIX, POOL_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.facts import ClusterId

POOL = OWN_TAG_PREFIX + "pool"
"""The key of the tag: ``p-NAME.ACK_ID.KUBE_UID``. One tag, so that the consent is there in full or not at all."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool that an EIP is lent to, and the cluster whose Pods may have it."""

    name: str
    ack_id: str
    kube_uid: str

    @property
    def tag(self) -> tuple[str, str]:
        """What records the consent on an EIP."""
        return POOL, f"p-{self.name}.{self.ack_id}.{self.kube_uid}"

    def is_of(self, cluster: ClusterId) -> bool:
        """Whether the EIP is lent to Pods of this very cluster: both identities must agree."""
        return (self.ack_id, self.kube_uid) == (cluster.ack_id, cluster.kube_uid)


def pool_of(tags: Mapping[str, str]) -> Pool | None:
    """The pool that the tags of an EIP name; None when there is none, or none that can be understood."""
    name, _, rest = tags.get(POOL, "").removeprefix("p-").partition(".")
    ack_id, _, kube_uid = rest.rpartition(".")
    return Pool(name, ack_id, kube_uid) if POOL_NAME.fullmatch(name) and ack_id and kube_uid else None


def pool_in(cluster: ClusterId, name: str) -> Pool:
    """The pool of this name in a cluster."""
    return Pool(name, cluster.ack_id, cluster.kube_uid)
