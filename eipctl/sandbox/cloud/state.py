"""All tables of the simulated cloud, and EIPs as they are by now.

Nothing runs in the background: a state that takes time carries the moment when it is over, and whoever looks later
sees it settled.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from eipctl.sandbox.cloud.rows import (
    ClusterRow,
    EipRow,
    EniRow,
    InstanceRow,
    KeyRow,
    PackageRow,
    PolicyRow,
    ProviderRow,
    RoleRow,
    Settings,
    TokenRow,
    UserRow,
    VSwitchRow,
)

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.switches import Switches
    from eipctl.sandbox.store import Store, Table

V = TypeVar("V")

RECOVERY_SECONDS = 7 * 86400.0
_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"
_SETTINGS = "settings"
_DEFAULTS = Settings()


class State:
    """The tables; read and changed under the store's lock only."""

    def __init__(self, store: Store, clock: Clock, region: str, account_id: str) -> None:
        self.store, self.clock, self.region, self.account_id = store, clock, region, account_id
        self.eips = self._table("eips", EipRow, quiet=True)
        self.releasing = self._table("releasing", EipRow, quiet=True)
        self.released = self._table("released", EipRow, quiet=True)
        self.bindings: Table[tuple[str, ...]] = self._table("bindings", tuple[str, ...], quiet=True)
        """Instance id to the EIPs bound there, and perhaps some that were."""
        self.enis = self._table("enis", EniRow)
        self.instances = self._table("instances", InstanceRow)
        self.vswitches = self._table("vswitches", VSwitchRow)
        self.packages = self._table("packages", PackageRow)
        self.users = self._table("users", UserRow)
        self.keys = self._table("keys", KeyRow)
        self.roles = self._table("roles", RoleRow)
        self.policies = self._table("policies", PolicyRow)
        self.providers = self._table("providers", ProviderRow)
        self.clusters = self._table("clusters", ClusterRow)
        self.tokens = self._table("tokens", TokenRow, quiet=True)
        self.counters = self._table("counters", int, quiet=True)
        self._settings = self._table("settings", Settings)
        self.describes = 0
        self._late: dict[str, tuple[int, EipRow | None]] = {}
        self._views: dict[str, tuple[EipRow, EipRow]] = {}
        self.rendered: dict[str, tuple[EipRow, Switches, dict[str, Any]]] = {}
        """What DescribeEipAddresses last answered for an EIP."""

    def _table(self, name: str, kind: type[V], *, quiet: bool = False) -> Table[V]:
        return self.store.table(f"cloud.{name}", msgspec.json.encode, msgspec.json.Decoder(kind).decode, quiet=quiet)

    @property
    def settings(self) -> Settings:
        """Quota, limits, switches."""
        return self._settings.get(_SETTINGS) or _DEFAULTS

    @settings.setter
    def settings(self, settings: Settings) -> None:
        with self.store.transaction():
            self._settings.put(_SETTINGS, settings)

    @property
    def switches(self) -> Switches:
        """The switches in force."""
        return self.settings.switches

    def clear(self) -> None:
        """Forget everything."""
        tables: tuple[Table[object], ...] = (
            self.eips, self.releasing, self.released, self.bindings, self.enis, self.instances, self.vswitches,
            self.packages, self.users, self.keys, self.roles, self.policies, self.providers, self.clusters, self.tokens,
            self.counters, self._settings,
        )  # type: ignore[assignment]  # fmt: skip
        with self.store.transaction():
            for table in tables:
                table.clear()
        self.restored()

    def restored(self) -> None:
        """All rows are others now: nothing that was worked out from them holds."""
        self._late.clear()
        self._views.clear()
        self.rendered.clear()

    def count(self, name: str) -> int:
        """Add one to a counter; how far it is."""
        value = (self.counters.get(name) or 0) + 1
        self.counters.put(name, value)
        return value

    def new_id(self, prefix: str) -> str:
        """An id that was never given before, of the usual shape: ``eip-bp1…``."""
        serial = f"{self.account_id}/{prefix}/{self.count(prefix)}"
        digest = hashlib.sha256(serial.encode()).digest()
        return prefix + "".join(_DIGITS[byte % len(_DIGITS)] for byte in digest[:17])

    def eip(self, allocation_id: str) -> EipRow | None:
        """The EIP as it is by now."""
        row = self.eips.get(allocation_id) or self.releasing.get(allocation_id)
        return None if row is None else self.settled(row)

    def settled(self, row: EipRow, now: float | None = None) -> EipRow | None:
        """What a stored EIP has become by now."""
        if not row.settles_at:
            return row
        known = self._views.get(row.allocation_id)
        if known is not None and known[0] is row:
            return known[1]
        by_now = row.settled(self.clock.now() if now is None else now)
        if by_now is not row and by_now is not None:
            self._views[row.allocation_id] = (row, by_now)
        return by_now

    def all_eips(self) -> list[EipRow]:
        """All EIPs as they are by now, oldest first, those being released last."""
        now = self.clock.now()
        rows = (self.settled(row, now) for row in (*self.eips.values(), *self.releasing.values()))
        return [row for row in rows if row is not None]

    def put_eip(self, row: EipRow) -> None:
        """Store an EIP, and let lists lag behind as the switches say."""
        before, switches = self.eip(row.allocation_id), self.switches
        lag = switches.hidden_describes if before is None else switches.stale_describes
        if lag:
            self._late[row.allocation_id] = (self.describes + lag, before)
        if row.status == "Releasing":
            self.eips.delete(row.allocation_id)
            self.releasing.put(row.allocation_id, row)
            return
        self.eips.put(row.allocation_id, row)
        if row.instance_id:
            others = [other.allocation_id for other in self.bound_to(row.instance_id)]
            self.bindings.put(row.instance_id, tuple(dict.fromkeys((*others, row.allocation_id))))

    @property
    def lagging(self) -> bool:
        """Whether some EIP is listed late."""
        return bool(self._late)

    def shown(self, row: EipRow) -> EipRow | None:
        """How DescribeEipAddresses sees an EIP: perhaps late."""
        late = self._late.get(row.allocation_id)
        if late is None:
            return row
        if self.describes <= late[0]:
            return late[1]
        del self._late[row.allocation_id]
        return row

    def bound_to(self, instance_id: str) -> list[EipRow]:
        """The EIPs bound to an ENI or instance, or on their way there or away."""
        rows = (self.eip(allocation_id) for allocation_id in self.bindings.get(instance_id) or ())
        return [row for row in rows if row is not None and row.instance_id == instance_id]

    def purge(self) -> None:
        """Move EIPs whose release is over to where they can be recovered from."""
        now = self.clock.now()
        for allocation_id, row in self.releasing.items():
            if row.settled(now) is None:
                self.releasing.delete(allocation_id)
                self.released.put(allocation_id, row)
                self.rendered.pop(allocation_id, None)
                self._views.pop(allocation_id, None)

    def put_eni(self, row: EniRow) -> None:
        """Store an ENI; what becomes of EIPs of addresses that it no longer has is a switch."""
        with self.store.transaction():
            self.enis.put(row.eni_id, row)
            for eip in self.bound_to(row.eni_id) if self.switches.unassigned_ip == "unbinds" else ():
                if eip.private_ip not in (row.primary_ip, *row.secondary_ips) and not row.holds(eip.private_ip):
                    self.put_eip(eip.unbound())

    def remove_eni(self, eni_id: str) -> None:
        """Delete an ENI; what was bound to it becomes Available."""
        with self.store.transaction():
            for row in self.bound_to(eni_id):
                self.put_eip(row.unbound())
            self.bindings.delete(eni_id)
            self.enis.delete(eni_id)

    def change(self, row: EipRow, **changes: object) -> EipRow:
        """Store the EIP with some fields changed."""
        changed = replace(row, **changes)  # type: ignore[arg-type]
        self.put_eip(changed)
        return changed
