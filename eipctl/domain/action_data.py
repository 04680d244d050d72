"""What answers say of Actions: the fields that users may rely on. The audit log and saved plans hold all others too.

The annotation of a field is its description in the schema that `eipctl schema` prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Required, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Mapping


class Data(TypedDict):
    """What a program reads. Types of answers are made from it."""


State = Literal["planned", "done", "failed", "skipped"]
Object = Annotated[str, "As kubectl names it: pod/NAMESPACE/NAME; or an allocation ID, a policy, a file."]
Reason = Annotated[str, "Why, in a sentence."]
ErrorCode = Annotated[str, "See eipctl explain CODE."]
PodName = Annotated[str, "Name of the Pod."]
PodUid = Annotated[str, "UID of the Pod."]
PublicIp = Annotated[str, "Public IP."]


class EipSpecData(Data):
    """What an EIP is bought with; "" and [] leave it to the cloud."""

    bandwidth: Annotated[int, "Mbit/s."]
    internet_charge_type: Annotated[str, "PayByTraffic or PayByBandwidth."]
    isp: str
    bandwidth_package_id: str
    pool_id: Annotated[str, "Public IP address pool."]
    resource_group_id: str
    name: str
    description: str
    tags: Annotated[list[tuple[str, str]], "Key and value of each."]
    security_protection: list[str]


class ActionData(Data, total=False):
    """One Action, and what became of it. An Action has the fields that its verb needs."""

    verb: Required[Annotated[str, "What it does: allocate, associate, unassociate, release, modify, tag, …"]]
    object: Required[Object]
    reason: Required[Reason]
    state: State
    error: Annotated[str | None, "Why it failed or was skipped."]
    note: Annotated[str, "What was done otherwise than asked for, and why."]

    namespace: str
    pod: PodName
    uid: PodUid
    allocation_id: Annotated[str, "The EIP; empty until it is bought."]
    eip_address: PublicIp
    eni_id: str
    private_ip: str
    spec: Annotated[EipSpecData, "What is bought."]
    wanted: Annotated[str, "The EIP that is bought back: allocation ID or address."]
    living: Annotated[bool, "Whether a Pod that is alive loses its EIP."]
    moved_to: Annotated[str, "Private IP that the Pod has now, if it only moved."]
    bandwidth: Annotated[int, "New bandwidth in Mbit/s; 0: unchanged."]
    name: Annotated[str, "Of the workload; of an EIP the new name, empty: unchanged."]
    description: Annotated[str, "Of a policy; of an EIP the new one, empty: unchanged."]
    package_id: Annotated[str, "Common bandwidth package."]
    tags: Annotated[list[tuple[str, str]], "Tags that are written: key and value of each."]
    keys: Annotated[list[str], "Tags that are taken off."]
    pool: Annotated[str, "Value of the pool's tag."]
    moved_from: Annotated[str, "UID of the Pod from which the EIP is moved; empty if that Pod must be gone."]

    kind: Annotated[str, "Of the workload."]
    api_version: Annotated[str, "Of the workload."]
    set: Annotated[list[tuple[str, str]], "Annotations that are written: key and value of each."]
    remove: Annotated[list[str] | bool, "Annotations that are removed; of a Pod whether its result is."]
    recreate: Annotated[bool, "Whether the Deployment's strategy becomes Recreate."]
    restarts: Annotated[int, "Pods that restart."]
    diff: Annotated[list[str], "What changes, as a unified diff."]

    policy: Annotated[str, "RAM policy."]
    role: Annotated[str, "RAM role."]
    document: Annotated[str, "Policy document, JSON."]
    daemonset: Annotated[str, "DaemonSet of Terway."]
    node: Annotated[str, "Node of Terway's Pod."]
    canary: Annotated[bool, "Whether the other Pods wait for this one."]


class SkippedData(Data):
    """Something that was looked at and is left alone."""

    object: Object
    code: ErrorCode
    reason: Reason


class HeldBackData(Data):
    """Actions that are due and that guards hold back."""

    guards: Annotated[list[str], "Names of the guards, for --force."]
    reason: Reason
    counts: Annotated[dict[str, int], "Actions by verb."]
    per_month_change: Annotated[float, "By how much they would change the monthly cost, without traffic."]
    actions: list[ActionData]


class CostData(Data):
    """What the EIPs of eipctl cost a month, without traffic."""

    currency: str
    per_month_before: float
    per_month_after: float
    prices_as_of: Annotated[str, "Date of the prices."]


class EipCostData(CostData):
    """The same, and what is not in it."""

    unpriced: Annotated[list[str], "EIPs that are in no sum, because no price is known."]


_PUBLIC = frozenset(ActionData.__annotations__)


def public(fields: Mapping[str, Any]) -> ActionData:
    """Of an Action's fields those that answers have."""
    return cast("ActionData", {name: value for name, value in fields.items() if name in _PUBLIC})
