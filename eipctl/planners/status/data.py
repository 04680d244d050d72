"""The data of a status, as programs read it. The annotation of a field is its description in the schema."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from eipctl.domain.action_data import Data

PerMonth = Annotated[float, "A month, without traffic."]
Address = Annotated[str | None, "Public IP."]


class UnboundData(Data):
    """An EIP that is paid for and not bound to the Pod's address yet."""

    allocation_id: str
    eip_address: str
    status: Annotated[str, "Of the EIP, as the cloud has it."]
    age_seconds: Annotated[int | None, "Since it was bought."]
    cost_per_month: PerMonth
    error: Annotated[str | None, "Of the last attempt to bind it, as the Pod's Events record it."]


class PodData(Data):
    """A Pod that asks for an EIP or has one."""

    namespace: str
    name: str
    uid: str
    workload: Annotated[str, "What the Pod is a part of: Deployment/web."]
    node: str | None
    private_ip: str | None
    wanted: Annotated[
        str | None, "auto, pool/NAME, the allocation ID that it names, invalid, or null if it asks for none."
    ]
    eip_address: Address
    allocation_id: str | None
    eni_id: str | None
    bandwidth: Annotated[int | None, "Mbit/s."]
    managed_by: Annotated[str | None, "Who bound the EIP: eipctl, terway, ack-extend or user."]
    state: Annotated[str, "Misplaced, Conflict, Drifted, Pending, Ineligible, Bound; Unknown if unread."]
    reason: Annotated[str, "Why it is in this state; empty for Bound."]
    cost_per_month: PerMonth
    code: Annotated[str | None, "Of the reason; see eipctl explain CODE."]
    unbound: list[UnboundData]


class OrphanData(Data):
    """An EIP of eipctl that no Pod has."""

    allocation_id: str
    eip_address: str
    pod: Annotated[str, "NAMESPACE/NAME of the Pod that it was for."]
    workload: Annotated[str, "What that Pod was a part of."]
    since: Annotated[str | None, "Since when it is known to be an orphan, RFC 3339."]
    age_seconds: Annotated[int | None, "Since then."]
    cost_per_month: PerMonth
    reason: Annotated[str, "Why it can't be released, or is kept; empty if it can be released."]


class StatusCostData(Data):
    """What the EIPs shown cost."""

    currency: str
    per_month: PerMonth
    orphans_per_month: PerMonth
    prices_as_of: Annotated[str, "Date of the prices."]
    prices: Annotated[str, "Where the prices are from, and how old they are."]
    unpriced: Annotated[list[str], "EIPs that are in no sum, because no price is known."]


class TotalData(Data):
    """Sums of a namespace or a workload."""

    namespace: str
    workload: NotRequired[str]
    pods: int
    states: Annotated[dict[str, int], "Pods by state."]
    orphans: int
    per_month: PerMonth


class TotalsData(Data):
    """Sums, each EIP counted once."""

    namespaces: list[TotalData]
    workloads: list[TotalData]


class StoryEipData(Data):
    """An EIP in a Pod's story."""

    allocation_id: str
    eip_address: str
    how: Annotated[str, "How the Pod has it: bound, not bound, elsewhere (bound to something else) or left."]
    status: Annotated[str, "Of the EIP, as the cloud has it."]
    instance_id: str | None
    private_ip: str | None
    bandwidth: Annotated[int, "Mbit/s."]
    internet_charge_type: str
    cost_per_month: PerMonth


class PastData(Data):
    """Something that happened to a Pod's EIP."""

    when: Annotated[str, "RFC 3339."]
    source: Annotated[str, "event, or the command of a run."]
    what: str


class StoryData(Data):
    """All that is known of one Pod."""

    namespace: str
    name: str
    uid: str
    workload: str
    state: str
    reason: str
    next: Annotated[str | None, "A command that helps."]
    annotations: Annotated[dict[str, str], "Those about EIPs, as written."]
    wanted: str | None
    served_by: Annotated[str | None, "Who acts on it here."]
    managed_by: Annotated[str | None, "Who bound the EIP."]
    node: str | None
    private_ip: str | None
    eni_id: str | None
    eips: list[StoryEipData]
    cost_per_month: PerMonth
    past: list[PastData]


class PooledEipData(Data):
    """An EIP that is lent to a pool."""

    allocation_id: str
    eip_address: str
    state: Annotated[str, "used, free, leaving (its Pod is deleted) or unavailable."]
    pod: Annotated[str | None, "NAMESPACE/NAME of the Pod that has it, or had it last."]
    reason: str
    unused_since: Annotated[str | None, "RFC 3339."]


class PoolData(Data):
    """A pool of EIPs that people own."""

    name: str
    size: Annotated[int, "EIPs in it."]
    used: int
    free: int
    waiting: Annotated[list[str], "Pods that ask for an EIP of it and have none, NAMESPACE/NAME."]
    cost_per_month: PerMonth
    eips: list[PooledEipData]


class StatusData(Data):
    """What Pods ask for and have, what is left over, and the sums."""

    pods: list[PodData]
    orphans: Annotated[list[OrphanData], "Orphaned EIPs."]
    kept: Annotated[list[OrphanData], "EIPs of eipctl without a Pod that are not orphaned."]
    pools: Annotated[list[PoolData], "Pools of this cluster."]
    summary: Annotated[dict[str, int], "Pods in each state, orphans, kept and unbound EIPs."]
    cost: StatusCostData
    complete: Annotated[bool, "Whether everything was read; else there may be more orphans, cost and drift."]
    totals: TotalsData
    warnings: Annotated[list[str], "What could not be read, and what is missing therefore."]
    stories: NotRequired[Annotated[list[StoryData], "Of the Pods that are named."]]


class ChangeData(Data):
    """A row that is new, has changed or is gone. The row is under `pod`, `orphan` or `kept`."""

    time: Annotated[str, "RFC 3339, by the clock of the host."]
    event: Annotated[Literal["added", "changed", "gone"], "The first lines are all rows, as added."]
    pod: NotRequired[PodData]
    orphan: NotRequired[OrphanData]
    kept: NotRequired[OrphanData]
