"""What is done with EIPs, and what the Pod records of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from eipctl.domain.plan import Action, Verb
from eipctl.domain.settings import MODIFIABLE, EipSpec

if TYPE_CHECKING:
    from eipctl.domain.plan import Named, Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAction(Action):
    """An Action of `bind`. Empty `allocation_id`: the one that this Lane allocates."""

    namespace: str
    pod: str
    uid: str
    allocation_id: str = ""
    eip_address: str = ""
    eni_id: str = ""
    private_ip: str = ""

    @property
    def object(self) -> str:
        """The Pod; the EIP where no Pod is known."""
        return f"pod/{self.namespace}/{self.pod}" if self.pod else self.allocation_id

    @property
    def needs(self) -> str:
        """The EIP: one that could not be unbound is no other Action's."""
        return self.allocation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocate(BindAction):
    """Buy an EIP for a Pod, tagged as ours by the very call."""

    verb: ClassVar[Verb] = Verb.ALLOCATE
    spec: EipSpec
    ownership: Pairs

    @property
    def named(self) -> Named:
        """Line, pool, resource group, protection and tags that it asks for."""
        return self.spec.named


@dataclass(frozen=True, slots=True, kw_only=True)
class Associate(BindAction):
    """Bind an EIP to (ENI, private IP) of a Pod; `primary` when it is the ENI's primary IP."""

    verb: ClassVar[Verb] = Verb.ASSOCIATE
    primary: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """The Pod's."""
        return self.eni_id, self.private_ip


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """The Pod that gets an EIP which another one loses for it."""

    namespace: str
    pod: str
    uid: str
    private_ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassociate(BindAction):
    """Unbind an own EIP from (ENI, private IP).

    `living` when a Pod that is alive loses it; `moved_to` is the IP that its Pod has now, if it only moved; `asked`
    when a person wants it, whatever the Pod needs; `heir` is the Pod for whose sake that is, and which must be there.
    """

    verb: ClassVar[Verb] = Verb.UNASSOCIATE
    asked: bool = False
    living: bool = False
    moved_to: str = ""
    heir: Heir | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Where the EIP is."""
        return self.eni_id, self.private_ip

    @property
    def frees(self) -> str:
        """The EIP."""
        return self.allocation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(BindAction):
    """Give an own, unbound EIP back to the cloud: its Pod is gone, or (`asked`) a person wants it."""

    verb: ClassVar[Verb] = Verb.RELEASE
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover(BindAction):
    """Buy back the EIP `wanted` (an allocation id or an address), which was released; as ours, by the very call."""

    verb: ClassVar[Verb] = Verb.ALLOCATE
    wanted: str
    spec: EipSpec
    ownership: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Modify(BindAction):
    """Change attributes of an own EIP: fields of an :class:`EipSpec` with their new values."""

    verb: ClassVar[Verb] = Verb.MODIFY
    changes: tuple[tuple[str, Any], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Each attribute that can be changed by its name; 0 and "" are those that stay as they are."""
        data, unchanged = Action.as_data(self), EipSpec()
        del data["changes"]
        empty = {setting.field: type(getattr(unchanged, setting.field))() for setting in MODIFIABLE}
        return {**data, **empty, **dict(self.changes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPackage(BindAction):
    """Put an own EIP into a common bandwidth package."""

    verb: ClassVar[Verb] = Verb.MODIFY
    package_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePackage(BindAction):
    """Take an own EIP out of a common bandwidth package; inside one it can't be released."""

    verb: ClassVar[Verb] = Verb.MODIFY
    package_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(BindAction):
    """Write eipctl tags on an EIP."""

    verb: ClassVar[Verb] = Verb.TAG
    tags: Pairs
    moved_from: str = ""
    """UID of the Pod, alive or gone, from which a person moves it; "" where the Pod before must be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt(BindAction):
    """Write eipctl's tags on an EIP that Terway bound, if it still is at this Pod's address."""

    verb: ClassVar[Verb] = Verb.TAG
    primary: bool
    tags: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Untag(BindAction):
    """Take eipctl tags off an EIP."""

    verb: ClassVar[Verb] = Verb.UNTAG
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lend(BindAction):
    """Write a pool's tag on an EIP of a person: the consent to bind it to Pods of this cluster."""

    verb: ClassVar[Verb] = Verb.TAG
    tags: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(BindAction):
    """Take a pool's tag off an EIP, and eipctl's other tags with it if no Pod has the EIP."""

    verb: ClassVar[Verb] = Verb.UNTAG
    pool: str
    """The value of the pool's tag."""
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatePod(BindAction):
    """Record the address in the Pod's result annotation (with `remove`, remove it), and in its condition if `gate`."""

    verb: ClassVar[Verb] = Verb.ANNOTATE
    remove: bool = False
    gate: bool = False
    lost: bool = False
    """Whether someone else has bound the Pod's EIP to something else; an Event on the Pod then says so."""
