"""Which clusters use eipctl's RAM policy: its description records them, for the policy and a role may serve several.

``The EIP actions of Terway, granted by eipctl setup; used by c1@AliyunCSManagedNetworkRole, c2@WorkerRole``
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ABOUT = "The EIP actions of Terway, granted by eipctl setup"
LONGEST = 1024
"""Characters of a policy's description."""

_USED, _OTHERS = "; used by ", "others"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A cluster whose Terway works under a role that has the policy."""

    cluster: str
    role: str


@dataclass(frozen=True, slots=True)
class Users:
    """All uses that the description records; `others` when there are more than it has room for."""

    uses: tuple[Use, ...] = ()
    others: bool = False

    def roles_of(self, cluster: str) -> tuple[str, ...]:
        """The roles of one cluster."""
        return tuple(use.role for use in self.uses if use.cluster == cluster)

    def besides(self, cluster: str, role: str = "") -> tuple[str, ...]:
        """The other clusters, of one role if it is given."""
        return tuple(
            dict.fromkeys(use.cluster for use in self.uses if use.cluster != cluster and role in ("", use.role))
        )

    def joined(self, cluster: str, roles: Iterable[str]) -> Users:
        """With a cluster and its roles added."""
        more = replace(self, uses=tuple(sorted({*self.uses, *(Use(cluster, role) for role in roles)})))
        return more if len(more.text()) <= LONGEST else replace(self, others=True)

    def left(self, cluster: str) -> Users:
        """Without a cluster."""
        return replace(self, uses=tuple(use for use in self.uses if use.cluster != cluster))

    def text(self) -> str:
        """The description."""
        told = [f"{use.cluster}@{use.role}" for use in self.uses] + ([_OTHERS] if self.others else [])
        return ABOUT + (_USED + ", ".join(told) if told else "")


def parse(description: str) -> Users | None:
    """The users that a description records; None for a description that eipctl did not write."""
    about, _, told = description.partition(_USED)
    if about != ABOUT:
        return None
    if not told:
        return Users()
    pairs = [item.partition("@") for item in told.split(", ")]
    uses = tuple(Use(cluster, role) for cluster, at, role in pairs if at)
    return Users(uses, others=any(not at for _, at, _ in pairs))
