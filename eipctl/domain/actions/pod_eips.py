"""What is done with the PodEIP objects that ack-extend-network-controller left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eipctl.domain.plan import Action, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePodEip(Action):
    """Take the controller's finalizer off a PodEIP and delete it, if its EIP is eipctl's, or gone."""

    verb: ClassVar[Verb] = Verb.DELETE
    namespace: str
    pod: str
    pod_eip_uid: str
    allocation_id: str

    @property
    def object(self) -> str:
        """The PodEIP."""
        return f"podeip/{self.namespace}/{self.pod}"
