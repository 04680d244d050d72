"""Who else acts in the account and the cluster, and what must be true of what eipctl did meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.commands.bind import prepare_bind
from eipctl.sandbox.cloud.cloud import ROOT, CloudRefusal
from tests.faults.lab import PRUNE
from tests.faults.stage import AUTO, named
from tests.faults.worlds import NEVER, OF_POOL, POOL, RESULT, WIDE, annotate, asks

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.rows import EipRow
    from tests.faults.lab import Lab

NAMES = ("a", "b", "c", "d")
LENT = 2
POOLED = 2
OVERFLOWS = OF_POOL | {"eipctl.io/pool-overflow": "buy"}
WISHES: tuple[dict[str, str] | str, ...] = (
    AUTO,
    AUTO,
    WIDE,
    NEVER,
    "lent-0",
    "lent-1",
    {},
    OF_POOL,
    OF_POOL,
    OVERFLOWS,
)
"""Annotations of a new Pod, or which EIP it names."""
DEEDS = (
    "delete",
    "return",
    "reuse",
    "swap",
    "want",
    "bind by hand",
    "unbind by hand",
    "release by hand",
    "take away",
    "take away",
    "other cluster",
    "terway",
    "lend",
    "take back",
)
IN_CLUSTER = ("create", "create", "delete", "return", "reuse", "swap", "want")
"""What the API server reports to whoever watches it."""
BINDS = {"bind by hand", "take away"}
ELSEWHERE = (("i-bp1sandbox00000000001", "EcsInstance"), ("ngw-of-somebody", "Nat"), ("lb-of-somebody", "SlbInstance"))
ALLOWED = {"TagResources", "UnTagResources", "AssociateEipAddress", "UnassociateEipAddress"}
"""What eipctl may do with an EIP that is only given to it."""


class People:
    """Acts, and remembers what must not be touched."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.stage, self.cloud = lab, lab.stage, lab.sandbox.cloud
        self.lent = [self.cloud.add_eip(name=f"lent-{n}", tags={"team": "games"}) for n in range(LENT)]
        self.pooled = [self.cloud.add_eip(name=f"pooled-{n}", tags={"team": "games"}) for n in range(POOLED)]
        self.foreign = {*self.lent, *self.pooled}
        self.held: dict[str, tuple[str, str]] = {}
        """EIPs that somebody else has bound, whosever they are, and the instance and private IP where."""
        self.named: set[str] = set(self.pooled)
        self.freed: list[dict[str, Any]] = []

    # what happens

    def create(self, name: int, wish: int, node: str = "") -> None:
        """A Pod that asks for something, if there is none of that name."""
        if self.stage.pod(NAMES[name % len(NAMES)]) is None:
            self._new(NAMES[name % len(NAMES)], wish, node)

    _create = create

    def _new(self, name: str, wish: int, node: str) -> None:
        metadata = {"name": name, "namespace": "default", "annotations": self._wish(wish)}
        spec: dict[str, Any] = {
            "containers": [{"name": "main", "image": "nginx"}],
            "terminationGracePeriodSeconds": 0,
            **({"nodeName": node} if node else {}),
        }
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        self.lab.sandbox.objects.create("pods", body)
        self.lab.settle()

    def _wish(self, wish: int) -> dict[str, str]:
        found = WISHES[wish % len(WISHES)]
        if not isinstance(found, str):
            return dict(found)
        allocation_id = self.lent[int(found[-1])]
        self.named.add(allocation_id)
        return named(allocation_id)

    def do(self, deed: str, one: int, two: int, *, between_calls: bool = False) -> None:
        """One deed, if it is possible just now.

        What is bound by hand between eipctl's look and its call can only be told apart by a cloud that compares.
        """
        if between_calls and deed in BINDS and not self.cloud.state.switches.unassociate_checks_binding:
            return
        try:
            getattr(self, "_" + deed.replace(" ", "_"))(one, two)
        except CloudRefusal:
            return
        self.lab.settle()

    def _pods(self) -> list[dict[str, Any]]:
        found = (self.stage.pod(name) for name in NAMES)
        return [pod for pod in found if pod is not None and pod["status"].get("podIP")]

    def _some_pod(self, number: int) -> dict[str, Any] | None:
        pods = self._pods()
        return pods[number % len(pods)] if pods else None

    def _delete(self, one: int, _two: int) -> None:
        pod = self._some_pod(one)
        if pod is not None:
            self.lab.sandbox.objects.delete("pods", "default", pod["metadata"]["name"])
            self.lab.settle()
            self.freed.append(pod)

    def _return(self, one: int, wish: int) -> None:
        """A Pod goes and another of its name comes."""
        pod = self._some_pod(one)
        if pod is not None:
            self._delete(one, 0)
            self._new(pod["metadata"]["name"], wish, pod["spec"]["nodeName"])

    def _reuse(self, one: int, wish: int) -> None:
        """A new Pod gets the IP of one that is gone."""
        name = next((name for name in NAMES if self.stage.pod(name) is None), "")
        if not self.freed or not name:
            return
        before = self.freed[one % len(self.freed)]
        node, ip = before["spec"]["nodeName"], before["status"]["podIP"]
        rows = self.lab.sandbox.world.context.rows.nodes
        with self.lab.sandbox.store.transaction():
            free = sorted(rows[node].free, key=lambda address: address.ip != ip)
            rows.put(node, replace(rows[node], free=tuple(free)))
        self._new(name, wish, node)

    def _swap(self, one: int, two: int) -> None:
        first, second = self._some_pod(one), self._some_pod(two)
        if first and second and first["spec"]["nodeName"] == second["spec"]["nodeName"] and first != second:
            self.stage.swap_ips(first["metadata"]["name"], second["metadata"]["name"])

    def _want(self, one: int, wish: int) -> None:
        """Somebody changes what a living Pod asks for."""
        pod = self._some_pod(one)
        if pod is not None:
            none = dict.fromkeys((*AUTO, *NEVER, *WIDE, *OVERFLOWS, *named("")))
            annotate(self.lab, pod["metadata"]["name"], {**none, **self._wish(wish)})

    def _lend(self, one: int, _two: int) -> None:
        """A person lends an EIP to the pool that Pods ask for."""
        ((key, value),) = self.stage.consent("partners").items()
        self._tags("TagResources", one, {"Tag.1.Key": key, "Tag.1.Value": value})

    def _take_back(self, one: int, _two: int) -> None:
        """And takes it back in the console."""
        self._tags("UnTagResources", one, {"TagKey.1": POOL})

    def _tags(self, api: str, one: int, tag: dict[str, str]) -> None:
        which = {"ResourceType": "EIP", "ResourceId.1": self.pooled[one % POOLED]}
        self.cloud.call(ROOT, "vpc", api, {**which, **tag})

    def _bind_by_hand(self, one: int, two: int) -> None:
        """A person binds an EIP of theirs to a Pod's IP."""
        pod, lent = self._some_pod(one), self.lent[two % LENT]
        if pod is not None:
            self._bind(lent, pod["status"]["podIP"])

    def _bind(self, allocation_id: str, ip: str) -> None:
        eni = next(row for row in self.cloud.state.enis.values() if ip in (row.primary_ip, *row.secondary_ips))
        params = {"AllocationId": allocation_id, "InstanceId": eni.eni_id, "InstanceType": "NetworkInterface"}
        self.cloud.call(ROOT, "vpc", "AssociateEipAddress", {**params, "PrivateIpAddress": ip})
        self._wait(allocation_id)
        self._hold(allocation_id)

    def _take_away(self, one: int, two: int) -> None:
        """A person binds any EIP to an instance, a NAT gateway, a load balancer, or another Pod's IP."""
        rows = [row for row in self.cloud.eips() if row.status in ("InUse", "Available") and self._is_ours(row)]
        if not rows:
            return
        row = rows[one % len(rows)]
        if row.status == "InUse":
            self.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": row.allocation_id})
            self._wait(row.allocation_id)
        self.held.pop(row.allocation_id, None)
        pod = self._some_pod(two)
        if two >= len(ELSEWHERE):
            if pod is not None:
                self._bind(row.allocation_id, pod["status"]["podIP"])
            return
        instance_id, kind = ELSEWHERE[two]
        if kind == "EcsInstance":
            target = {"InstanceId": instance_id, "InstanceType": kind}
            self.cloud.call(ROOT, "vpc", "AssociateEipAddress", {"AllocationId": row.allocation_id, **target})
            self._wait(row.allocation_id)
        else:
            with self.lab.sandbox.store.transaction():
                held = replace(self._row(row.allocation_id), status="InUse", private_ip="", mode="NAT")
                self.cloud.state.put_eip(replace(held, instance_id=instance_id, instance_type=kind, primary=False))
        self._hold(row.allocation_id)

    def _hold(self, allocation_id: str) -> None:
        """Remember what a person bound, unless it is where eipctl recorded that it binds it: nobody can tell that."""
        row = self._row(allocation_id)
        if dict(row.tags).get("eipctl-binding", "")[2:] != f"{row.instance_id}.{row.private_ip}":
            self.held[allocation_id] = (row.instance_id, row.private_ip)

    def _unbind_by_hand(self, one: int, _two: int) -> None:
        """A person unbinds any EIP."""
        bound = [row for row in self.cloud.eips() if row.status == "InUse"]
        if bound:
            row = bound[one % len(bound)]
            self.held.pop(row.allocation_id, None)
            self.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": row.allocation_id})
            self._wait(row.allocation_id)

    def _release_by_hand(self, one: int, _two: int) -> None:
        """A person releases an EIP of eipctl's."""
        free = [row for row in self.cloud.eips() if row.status == "Available" and row.allocation_id not in self.foreign]
        if free:
            self.cloud.call(ROOT, "vpc", "ReleaseEipAddress", {"AllocationId": free[one % len(free)].allocation_id})

    def _other_cluster(self, one: int, two: int) -> None:
        """Another cluster's eipctl buys an EIP, and binds it where this cluster's Pod is."""
        tags = {"eipctl-cluster": "c-other", "eipctl-cluster-uid": "u-other", "eipctl-namespace": "n-default"}
        tags |= {"eipctl-pod": "p-a", "eipctl-pod-uid": f"u-{one}", "eipctl-role": "allocated"}
        self._add(tags, one, bind=two % 2 == 0)

    def _terway(self, one: int, _two: int) -> None:
        """Terway gives a Pod an EIP, without a tag."""
        self._add({}, one, bind=True)

    def _add(self, tags: dict[str, str], one: int, *, bind: bool) -> None:
        pod = self._some_pod(one)
        if len(self.foreign) < 6:
            allocation_id = self.cloud.add_eip(tags=tags)
            self.foreign.add(allocation_id)
            if bind and pod is not None:
                self._bind(allocation_id, pod["status"]["podIP"])

    def _wait(self, allocation_id: str) -> None:
        self.stage.until(lambda: not self._row(allocation_id).settles_at)

    def _row(self, allocation_id: str) -> EipRow:
        return next(row for row in self.cloud.eips() if row.allocation_id == allocation_id)

    # what must be true

    def _is_ours(self, row: EipRow) -> bool:
        return dict(row.tags).get("eipctl-cluster") == self.lab.sandbox.cluster_id

    def nothing_was_taken(self, *, pruned: bool) -> None:
        """B2, B7 by the calls of the runs since the log was cleared, and by what is bound now."""
        calls = [call for call in self.lab.sandbox.calls.listing() if call["service"] == "cloud"]
        changed = {(call["object"], call["api"]) for call in calls if not call["api"].startswith(("Describe", "Get"))}
        taken = {(name, api) for name, api in changed if name in self.foreign}
        assert {name for name, _ in taken} <= self.named, f"B2: {taken}"
        assert {api for _, api in taken} <= ALLOWED, f"B2: {taken}"
        assert pruned or "ReleaseEipAddress" not in {api for _, api in changed}, f"B7: {changed}"
        rows = {row.allocation_id: row for row in self.cloud.eips()}
        assert self.foreign <= rows.keys(), "B2: a foreign EIP is gone"
        for allocation_id, place in self.held.items():
            row = rows.get(allocation_id)
            assert row is not None, f"B2: {allocation_id} was released, and somebody had bound it to {place}"
            assert (row.instance_id, row.private_ip) == place, f"B2: {row} was bound to {place} by somebody else"

    def calm_down(self) -> None:
        """Nothing happens any more: some clean runs, and all is as promised."""
        self.lab.catch_up()
        self.lab.lease_runs_out()
        self.lab.settle()
        self.lab.sandbox.calls.clear()
        self.lab.complete(most=3 + len(NAMES))
        self.nothing_was_taken(pruned=True)
        self.judge()

    def judge(self) -> None:
        """Whoever is not served is told why."""
        plan = prepare_bind(self.lab.session(), PRUNE).plan
        self.all_as_promised({skip.object: skip.reason for skip in plan.skips})

    def all_as_promised(self, told: dict[str, str]) -> None:
        """Every Pod is served or told why not; every own EIP is its Pod's, or told."""
        rows = [row for row in self.cloud.eips() if row.status != "Releasing"]
        pods = {"u-" + pod["metadata"]["uid"]: pod for pod in self._pods()}
        for uid, pod in pods.items():
            if asks(pod) and f"pod/default/{pod['metadata']['name']}" not in told:
                self._is_served(uid, pod, [row for row in rows if row.allocation_id not in told])
        for row in rows:
            if self._is_ours(row) and row.allocation_id not in told:
                holder = pods.get(dict(row.tags)["eipctl-pod-uid"])
                if holder is None and self._is_unused(row):
                    continue
                assert holder is not None, f"B1: nobody has {row}, and nobody is told"
                excused = f"pod/default/{holder['metadata']['name']}" in told
                at_home = row.status == "InUse" and row.private_ip == holder["status"]["podIP"]
                assert at_home or excused, f"B4: {row} of {holder['metadata']['name']} {holder['status']['podIP']}"

    def _is_unused(self, row: EipRow) -> bool:
        """Whether it waits in its pool."""
        tags = dict(row.tags)
        return tags["eipctl-role"] == "pooled" and POOL in tags and row.status == "Available"

    def _is_served(self, uid: str, pod: dict[str, Any], rows: list[EipRow]) -> None:
        name, ip = pod["metadata"]["name"], pod["status"]["podIP"]
        own = [row for row in rows if self._is_ours(row) and dict(row.tags)["eipctl-pod-uid"] == uid]
        assert [row.private_ip for row in own] == [ip], f"B3: {name} at {ip} has {own}"
        told = pod["metadata"]["annotations"].get(RESULT)
        assert told == own[0].address, f"B6: {name} tells {told} and has {own[0].address}"
