"""The simulated cloud as its neighbours inside the sandbox see it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import eips, policy, tokens
from eipctl.sandbox.cloud.api import ApiCall
from eipctl.sandbox.cloud.limits import Limits
from eipctl.sandbox.cloud.params import Params
from eipctl.sandbox.cloud.principal import ROOT, Principal
from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.regions import check_region
from eipctl.sandbox.cloud.rows import (
    ClusterRow,
    EipRow,
    EniRow,
    InstanceRow,
    KeyRow,
    PackageRow,
    PolicyRow,
    PolicyVersion,
    ProviderRow,
    RoleRow,
    UserRow,
    VSwitchRow,
)
from eipctl.sandbox.cloud.state import State
from eipctl.sandbox.cloud.switches import changed
from eipctl.sandbox.cloud.table import APIS, refusal
from eipctl.sandbox.cloud.table.checks import check

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.store import Store

__all__ = ["ROOT", "Cloud", "CloudRefusal", "EipRow", "Principal"]


class Cloud:
    """One account in one region. Everything is kept in the store; every method is safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock, region: str, account_id: str) -> None:
        self.state = State(store, clock, region, account_id)
        self.limits = Limits(self.state)
        self._store = store

    def call(
        self,
        principal: Principal,
        product: str,
        action: str,
        params: dict[str, str],
        spoilt: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """One API call as that caller: limited, authorised, carried out. CloudRefusal when the answer is an error."""
        product = product.lower()
        api = APIS.get((product, action))
        if api is None:
            raise refusal("InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
        with self._store.lock:
            now = self.state.clock.now()
            call = ApiCall(self.state, principal, product, action, api, Params(params, api), now, spoilt)
            self.limits.take(action, now)
            check_region(call)
            if not api.free:
                call.authorise(f"{product}:{action}", [arn for part in api.resources for arn in call.arns(part)])
            where = tokens.key(call) if api.token else ""
            reply = tokens.remembered(call, where)
            if reply is None:
                reply = self._carry_out(call, where)
        return {"RequestId": request_id(), **reply}

    def _carry_out(self, call: ApiCall, where: str) -> dict[str, Any]:
        try:
            check(call)
            with self._store.transaction():
                reply = call.api.handler(call)
                tokens.remember(call, where, reply)
                return reply
        except CloudRefusal as refused:
            tokens.remember_refusal(call, where, refused)
            raise

    def add_access_key(self, key_id: str, secret: str, *, user: str, policies: tuple[str, ...] = ()) -> None:
        """An AccessKey of a RAM user, who gets these policies (names); user ``root`` is the account itself."""
        with self._store.transaction():
            self.state.keys.put(key_id, KeyRow(key_id, secret, user=user))
            if policies or user not in self.state.users:
                self.state.users.put(user, UserRow(user, tuple(self._policy_key(name) for name in policies)))

    def add_role(self, name: str, trust: str = "", policies: tuple[str, ...] = ()) -> None:
        """A role with existing policies (names); without a trust policy everybody may take it."""
        with self._store.transaction():
            now = self.state.clock.now()
            attached = tuple((self._policy_key(policy), now) for policy in policies)
            role_id = str(3 * 10**17 + self.state.count("role"))
            self.state.roles.put(name, RoleRow(name, role_id, trust, policies=attached, created_at=now))

    def _policy_key(self, name: str) -> str:
        for key in (f"Custom/{name}", f"System/{name}"):
            if key in self.state.policies:
                return key
        raise KeyError(f"no policy is called {name}")

    def add_policy(self, name: str, document: dict[str, Any], *, system: bool = False) -> None:
        """A custom or a system policy with one version; ValueError if the document is none."""
        policy.parse(json.dumps(document))
        with self._store.transaction():
            now = self.state.clock.now()
            row = PolicyRow(name, system, (PolicyVersion("v1", json.dumps(document), now),), created_at=now)
            self.state.policies.put(row.key, row)

    def add_instance(self, instance_id: str, vpc_id: str, role: str = "") -> None:
        """An ECS instance."""
        with self._store.transaction():
            self.state.instances.put(instance_id, InstanceRow(instance_id, vpc_id, role))

    def add_eni(
        self,
        eni_id: str,
        *,
        vpc_id: str,
        vswitch_id: str,
        instance_id: str,
        primary_ip: str,
        secondary_ips: tuple[str, ...] = (),
        type: str = "Secondary",  # noqa: A002 - the API's name
        tags: dict[str, str] | None = None,
        prefixes: tuple[str, ...] = (),
    ) -> None:
        """An ENI; one that exists is replaced, and loses the EIPs of addresses it no longer has."""
        known = self.state.enis.get(eni_id)
        row = EniRow(
            eni_id,
            vpc_id,
            vswitch_id,
            instance_id,
            primary_ip,
            secondary_ips,
            type,
            tags=tuple((tags or {}).items()),
            created_at=known.created_at if known else self.state.clock.now(),
            prefixes=prefixes,
        )
        self.state.put_eni(row)

    def delete_eni(self, eni_id: str) -> None:
        """Delete an ENI; its EIPs become Available."""
        self.state.remove_eni(eni_id)

    def add_cluster(self, cluster_id: str, *, name: str, vpc_id: str, worker_role: str) -> None:
        """An ACK cluster, and the identity provider of its RRSA."""
        with self._store.transaction():
            row = ClusterRow(cluster_id, name, vpc_id, worker_role, self.state.clock.now())
            self.state.clusters.put(cluster_id, row)
            provider = ProviderRow(f"ack-rrsa-{cluster_id}", client_ids=("sts.aliyuncs.com",))
            self.state.providers.put(provider.name, provider)

    def add_oidc_provider(self, name: str, issuer: str = "", client_ids: tuple[str, ...] = ()) -> None:
        """An OIDC identity provider."""
        with self._store.transaction():
            self.state.providers.put(name, ProviderRow(name, issuer, client_ids))

    def add_names(self, *, resource_groups: tuple[str, ...] = (), pools: tuple[str, ...] = ()) -> None:
        """Resource groups and public IP address pools, which are names and no more."""
        with self._store.lock:
            held = self.state.settings
            self.state.settings = replace(
                held, resource_groups=(*held.resource_groups, *resource_groups), pools=(*held.pools, *pools)
            )

    def add_vswitch(self, vswitch_id: str, vpc_id: str, cidr: str) -> None:
        """A vSwitch in the region's first zone."""
        with self._store.transaction():
            row = VSwitchRow(vswitch_id, vpc_id, cidr, f"{self.state.region}-h")
            self.state.vswitches.put(vswitch_id, row)

    def add_bandwidth_package(self, package_id: str, bandwidth: int = 100) -> None:
        """An Internet shared bandwidth."""
        with self._store.transaction():
            self.state.packages.put(package_id, PackageRow(package_id, bandwidth))

    def add_eip(self, **fields: Any) -> str:
        """An EIP made by hand, with any fields of EipRow; its allocation id."""
        with self._store.transaction():
            allocation_id, address = eips.new_identity(self.state)
            made = EipRow(allocation_id, address, self.state.region, allocated_at=self.state.clock.now())
            if isinstance(fields.get("tags"), dict):
                fields["tags"] = tuple(fields["tags"].items())
            row = replace(made, **fields)
            self.state.put_eip(row)
            return row.allocation_id

    def eips(self) -> list[EipRow]:
        """All EIPs as they are by now, released ones not."""
        with self._store.lock:
            return self.state.all_eips()

    def role_principal(self, role: str) -> Principal:
        """The caller that a process with the role's credentials is."""
        return Principal("role", role, session="sandbox")

    def set_quota(self, quota: int) -> None:
        """How many EIPs the account may have."""
        self.state.settings = replace(self.state.settings, quota=quota)

    def set_limit(self, api: str, calls: int, seconds: float) -> None:
        """At most `calls` of an API in `seconds` of the real cloud; 0 calls for no limit."""
        with self._store.lock:
            others = tuple(limit for limit in self.state.settings.limits if limit[0] != api)
            self.state.settings = replace(self.state.settings, limits=(*others, (api, calls, seconds)))

    def set_switches(self, **changes: Any) -> None:
        """Change switches by name; ValueError for one that does not exist or a wrong value."""
        with self._store.lock:
            switches = changed(self.state.switches, changes)
            self.state.settings = replace(self.state.settings, switches=switches)

    def reset(self) -> None:
        """Forget everything: objects, identities, settings."""
        with self._store.lock:
            self.state.clear()
            self.limits.clear()

    def restored(self) -> None:
        """All rows were put back to what they once were."""
        with self._store.lock:
            self.state.restored()
            self.limits.clear()


_CHANCE = random.Random()  # noqa: S311 - an id to look for in logs, no secret; asking the system costs 0.1 ms


def request_id() -> str:
    """A new one, of the shape of a UUID 4."""
    bits = f"{_CHANCE.getrandbits(128):032X}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"
