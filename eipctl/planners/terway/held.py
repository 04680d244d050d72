"""EIPs that Terway holds: they leak when it starts without its flag, for then it forgets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.cost import LIST_CURRENCY, amount
from eipctl.domain.facts import EipStatus

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from eipctl.domain.facts import Eip, Pod

SHOWN = 20
GONE = "a deleted Pod"


@dataclass(frozen=True, slots=True)
class Held:
    """An EIP that Terway holds, the Pod it is for, and its price per month."""

    eip: Eip
    pod: str
    per_month: float
    currency: str = LIST_CURRENCY


def held_by_terway(
    eips: Iterable[Eip],
    results: Mapping[str, Pod],
    asking: Mapping[tuple[str, str], Pod],
    idle: Container[tuple[str, str]] = (),
) -> tuple[tuple[Eip, Pod | None], ...]:
    """EIPs that Terway bound: without eipctl tags, on an ENI, and recorded on a Pod or at the address of one that asks.

    `results` are Pods by the address in their result annotation, `asking` Pods by (ENI id, private IP). At an address
    of Terway's pool that no Pod has (`idle`) it is the EIP of a gone Pod, which Terway releases within two rounds of
    its garbage collection, some ten minutes (v1.6.4, daemon/daemon.go); None stands for that Pod.
    """
    found: list[tuple[Eip, Pod | None]] = []
    for eip in sorted(eips, key=lambda eip: eip.allocation_id):
        if eip.instance_type != "NetworkInterface" or eip.tagged or eip.status is EipStatus.RELEASING:
            continue
        place = (eip.instance_id, eip.private_ip)
        pod = results.get(eip.address) or asking.get(place)
        if pod is not None or place in idle:
            found.append((eip, pod))
    return tuple(found)


def holds(held: tuple[Held, ...]) -> Refused:
    """The refusal: which EIPs, what they cost, and the way out."""
    shown = first_few([f"{one.eip.allocation_id} {one.eip.address} ({one.pod})" for one in held], SHOWN)
    price = amount(sum(one.per_month for one in held), held[0].currency)
    count = "1 EIP" if len(held) == 1 else f"{len(held)} EIPs"
    return Refused(
        Code.TERWAY_HOLDS_EIPS,
        f"Terway holds {count} ({price} a month), which nothing would release afterwards: {shown}",
        hint="let Terway release them (eipctl annotate KIND/NAME --remove for each workload, then wait for the "
        f"rollout; those of {GONE} go within ten minutes), or keep them and their addresses: eipctl adopt",
    )
