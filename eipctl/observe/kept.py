"""What a run that goes on looks at: the cluster kept up by watches, EIPs by what the run itself does to them.

EIPs are read in full when :meth:`KeptEips.read` is called; in between, each step that is done changes them here as it
has changed them in the cloud. Nothing of this is a proof: `act` looks afresh right before each harm.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from eipctl.aliyun.vpc import VpcReader
from eipctl.base.lazy import lazy
from eipctl.domain.actions.eips import AnnotatePod
from eipctl.domain.facts import EipListing
from eipctl.kube.kept import KeptReader
from eipctl.observe.snapshot import Snapshot
from eipctl.planners.bind.outcome import After, annotated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eipctl.aliyun.client import CloudClient
    from eipctl.aliyun.identity import IdentityReader
    from eipctl.domain.facts import Eip, EniAddress
    from eipctl.domain.plan import Step
    from eipctl.engine.session import Session
    from eipctl.kube.kept import PodTold
    from eipctl.kube.reader import KubeReader

LAG = 300.0
"""Seconds during which a list may lack an EIP that was just bought (EIP FAQ: 3 to 5 minutes)."""


class KeptEips(VpcReader):
    """EIPs in memory; of ENIs, the VPCs in which they are."""

    def __init__(self, client: CloudClient) -> None:
        super().__init__(client)
        self._lock, self._one_read = threading.Lock(), threading.Lock()
        self._eips: dict[str, Eip] | None = None
        self._complete, self._why = True, ""
        self._touched: dict[str, float] = {}
        """Allocation ID to when it was last changed, or read by itself, in monotonic seconds."""
        self._vpcs: dict[str, str] = {}

    @property
    def complete(self) -> bool:
        """Whether they were read at all, and in full."""
        return self._eips is not None and self._complete

    def read(self) -> None:
        """Read all of them. What is done with one meanwhile is newer than what the list says of it."""
        with self._one_read:
            began = time.monotonic()
            self._vpcs.clear()
            found = super().list_eips()
            with self._lock:
                eips = {eip.allocation_id: eip for eip in found.eips}
                self._touched = {name: at for name, at in self._touched.items() if at > began - LAG}
                for name, at in self._touched.items():
                    if at >= began or name not in eips:
                        _put(eips, name, (self._eips or {}).get(name))
                self._eips, self._complete, self._why = eips, found.complete, found.why

    def read_again(self, names: Iterable[str]) -> None:
        """Read these by their allocation IDs."""
        asked = sorted(set(names))
        found = super().eips_by_id(asked)
        with self._lock:
            for name in asked:
                self._touched[name] = time.monotonic()
                _put(self._eips or {}, name, found.get(name))

    def learn(self, step: Step, bought: dict[str, str]) -> str:
        """Apply a step; the allocation ID that it was about. `bought` is what the plan has bought, by Pod UID."""
        with self._lock:
            name = After(self._eips if self._eips is not None else {}, {}, bought).apply(step)
            if name:
                self._touched[name] = time.monotonic()
        return name

    def get(self, name: str) -> Eip | None:
        """One of them."""
        return (self._eips or {}).get(name)

    def list_eips(self) -> EipListing:
        """From memory; the first time read in full."""
        if self._eips is None:
            self.read()
        with self._lock:
            return EipListing(tuple((self._eips or {}).values()), self._complete, self._why)

    def vpc_of_instance(self, instance_id: str) -> str:
        """As it was when everything was last read."""
        if not self._vpcs.get(instance_id):
            self._vpcs[instance_id] = super().vpc_of_instance(instance_id)
        return self._vpcs[instance_id]

    def vpcs_of_enis(self, eni_ids: Sequence[str]) -> Mapping[str, str]:
        """As it was when everything was last read."""
        unknown = [name for name in eni_ids if name not in self._vpcs]
        if unknown:
            self._vpcs |= super().vpcs_of_enis(unknown)
        return {name: self._vpcs[name] for name in eni_ids if name in self._vpcs}


def _put(eips: dict[str, Eip], name: str, eip: Eip | None) -> None:
    if eip is None:
        eips.pop(name, None)
    else:
        eips[name] = eip


class Kept:
    """Everything that is kept up to date while the process runs. `told` is called with Pods that have changed."""

    def __init__(self, session: Session, told: PodTold) -> None:
        self.session = session
        self.kube = KeptReader(session.kube_client, told)
        self.places: dict[tuple[str, str], EniAddress] = {}
        self._identity: Any = None

    @lazy
    def eips(self) -> KeptEips:
        """Those of the region, which has to be known by now."""
        return KeptEips(self.session.cloud_client)

    def look(self) -> KeptSnapshot:
        """A snapshot of what is known now."""
        return KeptSnapshot(self)

    def read(self) -> None:
        """Read everything again: EIPs first, then Pods (a Pod exists before its EIP)."""
        self._identity = None
        _ = self.look().region
        self.eips.read()
        self.kube.refresh()
        self.places.clear()

    def learn(self, step: Step, bought: dict[str, str]) -> str:
        """Apply a step that has ended to what is kept; the allocation ID that it was about."""
        name, action = self.eips.learn(step, bought), step.action
        if name and isinstance(action, AnnotatePod):
            eip = self.eips.get(name)
            self.kube.wrote(action.namespace, action.uid, lambda pod: annotated(pod, action, eip))
        return name

    def forget(self, uids: Iterable[str]) -> None:
        """Where the IPs of these Pods are may be wrong."""
        lost = set(uids)
        for key in [key for key in list(self.places) if key[0] in lost]:
            self.places.pop(key, None)

    def identity(self, made: Callable[[], IdentityReader]) -> IdentityReader:
        """Asked once until everything is read again."""
        if self._identity is None:
            self._identity = made()
        found: IdentityReader = self._identity
        return found


class KeptSnapshot(Snapshot):
    """A look at what is kept: it costs no call unless something is asked that was never asked before."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.session)
        self._kept = kept
        self.places = kept.places

    @lazy
    def kube(self) -> KubeReader:
        """The cluster."""
        return self._once(self._kept.kube)

    @lazy
    def vpc(self) -> VpcReader:
        """EIPs and ENIs."""
        self._in_region()
        return self._once(self._kept.eips)

    @lazy
    def identity(self) -> IdentityReader:
        """Who is calling."""
        return self._kept.identity(lambda: self._once(self._in_region().identity))
