"""ENIs for nodes and Pods of a followed cluster: whatever IP a Pod has, an ENI of its node has it too."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.world.rows import NodeRow, PodRow, Stage

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.cloud.rows import EniRow
    from eipctl.sandbox.store import Store
    from eipctl.sandbox.world.rows import Rows
    from eipctl.sandbox.world.scenario import Cluster

    Obj = dict[str, Any]

ADDRESSES = 10
"""Private IPs of an ENI, as on the simulated nodes."""
_FINISHED = ("Succeeded", "Failed")


class Places:
    """Keeps the cloud's ENIs and the table of Pods in step. A freed IP stays on its ENI, as in Terway's pool."""

    def __init__(self, store: Store, cloud: Cloud, rows: Rows, cluster: Cluster, vswitch: str) -> None:
        self._store, self._cloud, self._rows = store, cloud, rows
        self._cluster, self._vswitch = cluster, vswitch

    def keep_only(self, plural: str, keys: set[str]) -> None:
        """Nodes (names) or Pods (UIDs) that are not among these are gone."""
        table, gone = (self._rows.nodes, self.no_node) if plural == "nodes" else (self._rows.pods, self.no_pod)
        with self._store.transaction():
            for key in table.keys():  # noqa: SIM118 - a Table is no dict
                if key not in keys:
                    gone(key)

    def node(self, node: Obj) -> None:
        """A node is there: its instance, and its primary ENI with the node's IP."""
        name = node["metadata"]["name"]
        with self._store.transaction():
            if self._rows.nodes.get(name) is not None:
                return
            instance = instance_of(node)
            self._cloud.add_instance(instance, self._cluster.vpc, role=self._cluster.worker_role)
            self._add_eni(instance.replace("i-", "eni-", 1), instance, internal_ip(node), (), "Primary")
            self._rows.nodes.put(name, NodeRow(name, instance))

    def no_node(self, name: str) -> None:
        """A node is gone, and its ENIs with it."""
        with self._store.transaction():
            row = self._rows.nodes.get(name)
            if row is not None:
                for eni in self._cloud.state.enis.values():
                    if eni.instance_id == row.instance_id:
                        self._cloud.delete_eni(eni.eni_id)
                self._rows.nodes.delete(name)

    def pod(self, pod: Obj) -> bool:
        """A Pod is there; False if its node is not known yet."""
        node, ip = pod["spec"].get("nodeName", ""), (pod.get("status") or {}).get("podIP", "")
        host = bool(pod["spec"].get("hostNetwork"))
        if not ip or host or pod["status"].get("phase") in _FINISHED or ":" in ip:
            self.no_pod(pod["metadata"]["uid"])
            return True
        with self._store.transaction():
            if self._rows.nodes.get(node) is None:
                return False
            self._put(pod, node, ip)
            return True

    def _put(self, pod: Obj, node: str, ip: str) -> None:
        meta = pod["metadata"]
        known = self._rows.pods.get(meta["uid"])
        if known is None or (known.node, known.ip) != (node, ip):
            eni_id = self._eni_with(self._rows.nodes[node], ip)
            row = PodRow(meta["namespace"], meta["name"], meta["uid"], node, Stage.RUNNING, eni_id=eni_id, ip=ip)
            self._rows.pods.put(row.uid, row)

    def no_pod(self, uid: str) -> None:
        """A Pod is gone; its IP and what is bound to it stay."""
        with self._store.transaction():
            self._rows.pods.delete(uid)

    def _eni_with(self, node: NodeRow, ip: str) -> str:
        """The node's ENI that has the IP; one of another node loses it."""
        for eni in self._enis():
            if ip in eni.secondary_ips:
                if eni.eni_id in node.enis:
                    return eni.eni_id
                self._set_ips(eni, tuple(other for other in eni.secondary_ips if other != ip))
        for eni in self._enis():
            if eni.eni_id in node.enis and len(eni.secondary_ips) < ADDRESSES - 1:
                self._set_ips(eni, (*eni.secondary_ips, ip))
                return eni.eni_id
        return self._attach(node, ip)

    def _enis(self) -> list[EniRow]:
        return [eni for eni in self._cloud.state.enis.values() if eni.type != "Primary"]

    def _attach(self, node: NodeRow, ip: str) -> str:
        eni_id = self._cloud.state.new_id("eni-bp1")
        self._add_eni(eni_id, node.instance_id, self._own_ip(), (ip,), "Secondary")
        self._rows.nodes.put(node.name, replace(node, enis=(*node.enis, eni_id)))
        return eni_id

    def _own_ip(self) -> str:
        """A primary IP for an ENI, which no Pod of that cluster gets: from the vSwitch."""
        network = ipaddress.ip_network(self._cloud.state.vswitches[self._vswitch].cidr)
        return str(network[network.num_addresses - 4 - self._cloud.state.count("followed-eni")])

    def _set_ips(self, eni: EniRow, ips: tuple[str, ...]) -> None:
        self._add_eni(eni.eni_id, eni.instance_id, eni.primary_ip, ips, eni.type)

    def _add_eni(self, eni_id: str, instance: str, ip: str, secondary: tuple[str, ...], kind: str) -> None:
        self._cloud.add_eni(
            eni_id,
            vpc_id=self._cluster.vpc,
            vswitch_id=self._vswitch,
            instance_id=instance,
            primary_ip=ip,
            secondary_ips=secondary,
            type=kind,
            tags={"ack.aliyun.com": self._cluster.id},
        )


def instance_of(node: Obj) -> str:
    """The ECS instance of spec.providerID ``<region>.<instance>``; else one made up from the node's UID."""
    provider: str = node["spec"].get("providerID", "").rpartition(".")[2]
    if provider.startswith("i-"):
        return provider
    return "i-bp1" + hashlib.sha256(node["metadata"]["uid"].encode()).hexdigest()[:17]


def internal_ip(node: Obj) -> str:
    """Its InternalIP."""
    addresses = (node.get("status") or {}).get("addresses") or ()
    return next((address["address"] for address in addresses if address["type"] == "InternalIP"), "")
