"""PodEIP: what ack-extend-network-controller records of the EIP of one Pod."""

from __future__ import annotations

from dataclasses import dataclass

from eipctl.domain.strategy import FOLLOW, Strategy

FINALIZER = "podeip-controller.alibabacloud.com/finalizer"
"""The controller takes it off when it has released the EIP; without the controller nobody does."""
AUTO = "Auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodEip:
    """One object, named as its Pod; `uid` is its own. "" for what it does not contain."""

    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
    finalizers: tuple[str, ...] = ()
    leaving: bool = False
    """Whether it is deleted, and only finalizers keep it."""
    allocation_id: str = ""
    allocation_type: str = ""
    """``Auto``: the controller bought the EIP; ``Static``: it was named by ID."""
    strategy: Strategy = FOLLOW
    eni_id: str = ""
    private_ip: str = ""
    address: str = ""

    @property
    def key(self) -> str:
        """``namespace/name``, also of its Pod."""
        return f"{self.namespace}/{self.name}"

    @property
    def bought(self) -> bool:
        """Whether the controller bought the EIP, in so many words."""
        return self.allocation_type == AUTO
