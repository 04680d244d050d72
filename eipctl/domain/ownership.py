"""Who an EIP belongs to, written in its tags by the very call that allocates it.

Values start with a letter and stay within 128 characters: the narrowest of the documented rules for EIP tags.
A readable Pod name may be cut; its UID is what identifies it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

from eipctl.domain.pools import POOL, Pool, pool_of
from eipctl.domain.setting_values import OWN_TAG_PREFIX
from eipctl.domain.strategy import FOLLOW, Strategy, parse_strategy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.facts import ClusterId, Eip, EniAddress, OwnerRef, Pod
    from eipctl.domain.plan import Pairs
    from eipctl.domain.settings import EipSpec

CLUSTER = OWN_TAG_PREFIX + "cluster"
CLUSTER_UID = OWN_TAG_PREFIX + "cluster-uid"
NAMESPACE = OWN_TAG_PREFIX + "namespace"
POD = OWN_TAG_PREFIX + "pod"
POD_UID = OWN_TAG_PREFIX + "pod-uid"
ROLE = OWN_TAG_PREFIX + "role"
STRATEGY = OWN_TAG_PREFIX + "strategy"
ORPHAN_SINCE = OWN_TAG_PREFIX + "orphan-since"
WORKLOAD = OWN_TAG_PREFIX + "workload"
OWNER_UID = OWN_TAG_PREFIX + "owner-uid"
BINDING = OWN_TAG_PREFIX + "binding"

MAX_TAGS = 20
"""Of one EIP (TagResources)."""
ALL_KEYS = (CLUSTER, CLUSTER_UID, NAMESPACE, POD, POD_UID, ROLE, STRATEGY, ORPHAN_SINCE, WORKLOAD, OWNER_UID, BINDING)

ENI = "NetworkInterface"
"""DescribeEipAddresses.InstanceType of an EIP that is bound to an ENI."""

_LONGEST = 128
DISTINCT = 4096
"""As many different tag values are remembered."""

LONGEST_NAME = _LONGEST - 2
"""A Pod name of so many characters may have been cut."""
_MOMENT = "t-%Y%m%dT%H%M%SZ"


class Role(StrEnum):
    """How an EIP came to us: bought by eipctl, named by a Pod and only lent, or lent to a pool."""

    ALLOCATED = "allocated"
    GIVEN = "given"
    POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Owner:
    """What the eipctl tags of an EIP say. `pod` may be cut at 126 characters; `workload` is as :func:`workload_of`."""

    cluster: str
    cluster_uid: str
    namespace: str
    pod: str
    pod_uid: str
    role: Role
    strategy: Strategy = FOLLOW
    orphan_since: datetime | None = None
    workload: str = ""
    owner_uid: str = ""
    binding: str = ""
    """Where eipctl binds the EIP for this Pod, as :func:`binding_tag` writes it; "" before it was ever to be bound."""

    @property
    def key(self) -> str:
        """``namespace/name`` of the Pod."""
        return f"{self.namespace}/{self.pod}"

    @property
    def kind(self) -> str:
        """The kind of the workload."""
        return self.workload.partition(".")[0]


_ROLES = {role: (ROLE, role.value) for role in Role}
_KNOWN_ROLES = {role.value: role for role in Role}

TEMPLATE_HASHES = {"pod-template-hash": "Deployment", "rollouts-pod-template-hash": "Rollout"}
"""Labels that ReplicaSets add, and whose ReplicaSets they are: those have new ones with every rollout."""


def workload_of(pod: Pod) -> str:
    """``Deployment.web``: what the Pod is a part of over rollouts; ``Pod.web`` on its own. At most 126 characters."""
    return workload_key(*controller_of(pod.owner, pod.labels) or ("Pod", pod.name))


def controller_of(owner: OwnerRef | None, labels: Mapping[str, str]) -> tuple[str, str] | None:
    """Kind and name of what makes a Pod with this owner and these labels, over rollouts; None for one on its own."""
    if owner is None:
        return None
    for label, kind in TEMPLATE_HASHES.items():
        suffix = "-" + labels.get(label, "")
        if owner.kind == "ReplicaSet" and len(suffix) > 1 and owner.name.endswith(suffix):
            return kind, owner.name.removesuffix(suffix)
    return owner.kind, owner.name


def workload_key(kind: str, name: str) -> str:
    """``Deployment.web``, at most 126 characters."""
    text = f"{kind}.{name}"
    if len(text) <= LONGEST_NAME:
        return text
    return text[: LONGEST_NAME - 11] + "." + hashlib.sha256(text.encode()).hexdigest()[:10]


def workload_title(key: str) -> str:
    """``Deployment/web``, as people name it; "" for none."""
    kind, _, name = key.partition(".")
    return f"{kind}/{name}" if name else key


def tags_for(cluster: ClusterId, pod: Pod, role: Role, strategy: Strategy = FOLLOW) -> Pairs:
    """The tags that make an EIP `pod`'s."""
    return (
        (CLUSTER, cluster.ack_id),
        (CLUSTER_UID, "u-" + cluster.kube_uid),
        (NAMESPACE, "n-" + pod.namespace),
        (POD, ("p-" + pod.name)[:_LONGEST]),
        (POD_UID, "u-" + pod.uid),
        _ROLES[role],
        (STRATEGY, "s-" + strategy.text),
        (WORKLOAD, "w-" + workload_of(pod)),
        (OWNER_UID, "u-" + (pod.owner.uid if pod.owner else pod.uid)),
    )


def due_tags(eip: Eip, tags: Pairs) -> Pairs:
    """Those that an EIP lacks; all of them when it becomes another Pod's, so that two owners are never mixed in it."""
    lacking = eip.lacks(tags)
    return tags if POD_UID in dict(lacking) else lacking


def binding_tag(address: EniAddress) -> tuple[str, str]:
    """The record of where eipctl binds an EIP: written before it is bound there, ``s-eni-bp1x.10.0.0.5``.

    The first letter is ``p`` for the primary IP of an ENI, which the cloud may show as "" and in full.
    """
    return BINDING, f"{'p' if address.primary else 's'}-{address.eni_id}.{address.private_ip}"


def held_elsewhere(eip: Eip) -> bool:
    """Whether an EIP with an owner is bound by someone else: not where eipctl recorded that it binds it.

    Without a record, an EIP that eipctl bought may be unbound from an ENI: a stale binding leads to the wrong Pod. One
    that a person lent stays: its owner may have bound it.
    """
    return eip.bound and not _is_as_recorded(eip)


def _is_as_recorded(eip: Eip) -> bool:
    record = eip.owner.binding if eip.owner else ""
    if eip.instance_type != ENI:
        return False
    if not record:
        return eip.owner is not None and eip.owner.role is Role.ALLOCATED
    if not eip.private_ip:
        return record.startswith(f"p-{eip.instance_id}.")
    return record[:2] in ("p-", "s-") and record[2:] == f"{eip.instance_id}.{eip.private_ip}"


class TagFields(TypedDict):
    """The fields of an :class:`~eipctl.domain.facts.Eip` that its tags give."""

    tags: Mapping[str, str]
    owner: Owner | None
    tagged: bool
    pool: Pool | None


def tag_fields(tags: Mapping[str, str]) -> TagFields:
    """The tags, the owner and the pool that eipctl's name, and whether any of eipctl's but the pool's is there."""
    owner = owner_of(tags)
    tagged = owner is not None or any(key.startswith(OWN_TAG_PREFIX) and key != POOL for key in tags)
    return TagFields(tags=tags, owner=owner, tagged=tagged, pool=pool_of(tags) if POOL in tags else None)


def crowded(tags: Mapping[str, str], role: Role) -> str:
    """Why an EIP can't be tagged as a Pod's; "" while it has room for all of eipctl's tags.

    One of a pool needs that of the pool, too; a given one is never marked as an orphan.
    """
    others = sum(key not in (*ALL_KEYS, POOL) for key in tags)
    needed = len(ALL_KEYS) + {Role.POOLED: 1, Role.GIVEN: -1}.get(role, 0)
    if others + needed <= MAX_TAGS:
        return ""
    return f"has {others} tags, and eipctl needs {needed} of the {MAX_TAGS} that an EIP may have"


def own_keys(eip: Eip) -> tuple[str, ...]:
    """The keys of eipctl's tags on it."""
    return tuple(key for key in ALL_KEYS if key in eip.tags)


def owner_of(tags: Mapping[str, str]) -> Owner | None:
    """The owner that eipctl tags name; None when there are none, or too few to mean anything.

    An orphan without a Pod is being handed on: the tags of its last Pod are off, and the new ones are not on yet.
    """
    cluster, uid = tags.get(CLUSTER), tags.get(POD_UID, "" if ORPHAN_SINCE in tags else None)
    if cluster is None or uid is None:
        return None
    return Owner(
        cluster=cluster,
        cluster_uid=_rest(tags.get(CLUSTER_UID, "")),
        namespace=_rest(tags.get(NAMESPACE, "")),
        pod=tags.get(POD, "")[2:],
        pod_uid=uid[2:],
        # An unreadable role is the one under which nothing is ever released.
        role=_KNOWN_ROLES.get(tags.get(ROLE, ""), Role.GIVEN),
        strategy=_strategy(tags.get(STRATEGY, "s-Follow")),
        orphan_since=parse_moment(tags[ORPHAN_SINCE]) if ORPHAN_SINCE in tags else None,
        workload=_rest(tags.get(WORKLOAD, "")),
        owner_uid=_rest(tags.get(OWNER_UID, "")),
        binding=tags.get(BINDING, ""),
    )


@lru_cache(DISTINCT)
def _rest(value: str) -> str:
    """A tag's value without its letter; one text for the many EIPs of a workload."""
    return value[2:]


@lru_cache(DISTINCT)
def _strategy(value: str) -> Strategy:
    return parse_strategy(value[2:]) or Strategy(None)


def belongs_to(owner: Owner | None, cluster: ClusterId) -> bool:
    """Whether the owner is a Pod of this very cluster: both identities must agree."""
    return owner is not None and (owner.cluster, owner.cluster_uid) == (cluster.ack_id, cluster.kube_uid)


def moment(when: datetime) -> str:
    """A moment as a tag value, to the second, UTC."""
    return when.astimezone(UTC).strftime(_MOMENT)


def parse_moment(text: str) -> datetime | None:
    """The moment of a tag value; None when it is not one."""
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def client_token(cluster: ClusterId, pod_uid: str, spec: EipSpec, ownership: Pairs, attempt: int) -> str:
    """The ClientToken of an allocation: the same for the same wish, so that a repeated call buys nothing twice.

    ASCII, at most 64 characters (VPC API idempotence). `attempt` counts definitive refusals.
    """
    wish = [cluster.ack_id, cluster.kube_uid, pod_uid, spec.identity, ownership, attempt]
    digest = hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).digest()
    return "ec-" + base64.b32encode(digest).decode().rstrip("=").lower()
