"""A sandbox, eipctl as a process of its own that can be killed at any call, and the promises to hold it to."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.cloud import ROOT
from tests import forked
from tests.answers import read
from tests.forked import Ended
from tests.sandboxed import changes, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.rows import EipRow
    from eipctl.sandbox.server import Sandbox
    from tests.forked import Running

AUTO = {"k8s.aliyun.com/pod-with-eip": "true"}
GATE = "k8s.aliyun.com/eip"
BIND = ("bind", "-A", "--yes", "-o", "json")


def named(allocation_id: str) -> dict[str, str]:
    """The annotation of a Pod that names an EIP."""
    return {"k8s.aliyun.com/pod-eip-instanceid": allocation_id}


@dataclass(frozen=True)
class Run(Ended):
    """One ended eipctl process."""

    @property
    def data(self) -> dict[str, Any]:
        """`data` of the JSON envelope."""
        found: dict[str, Any] = read(self.out)["data"]
        return found


class Stage:
    """A modern cluster in a sandbox, run fast."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.cloud, self.objects = sandbox.cloud, sandbox.objects

    # the cluster

    def add_pod(self, name: str, annotations: dict[str, str], node: str = "", *, gate: bool = False) -> dict[str, Any]:
        """A bare Pod, running and with an IP; with `gate` its readiness waits for the EIP."""
        spec: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
        if node:
            spec["nodeName"] = node
        if gate:
            spec["readinessGates"] = [{"conditionType": GATE}]
        metadata = {"name": name, "namespace": "default", "annotations": annotations}
        self.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        self.until(lambda: (self.pod(name) or {}).get("status", {}).get("phase") == "Running")
        found = self.pod(name)
        assert found is not None
        return found

    def deploy(self, name: str, replicas: int, annotations: dict[str, str], kind: str = "Deployment") -> None:
        """A Deployment or StatefulSet whose Pods are all running."""
        labels = {"app": name}
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0},
            },
        }
        if kind == "StatefulSet":
            spec["serviceName"] = name
        metadata = {"name": name, "namespace": "default"}
        body = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}
        self.objects.create(f"{kind.lower()}s", body)
        self._await_replicas(name, replicas)

    def scale(self, name: str, replicas: int, kind: str = "Deployment") -> None:
        """Change the number of replicas and see them run, or gone."""
        plural = f"{kind.lower()}s"
        with self.sandbox.store.transaction():
            found = self.objects.get(plural, "default", name)
            assert found is not None
            self.objects.update(plural, {**found, "spec": {**found["spec"], "replicas": replicas}})
        self._await_replicas(name, replicas)

    def roll_out(self, name: str) -> None:
        """Replace all Pods of a Deployment by new ones and see the old ones gone."""
        before = set(self.pods_of(name))
        with self.sandbox.store.transaction():
            found = self.objects.get("deployments", "default", name)
            assert found is not None
            template = found["spec"]["template"]
            annotations = {**template["metadata"]["annotations"], "restarted": "now"}
            template = {**template, "metadata": {**template["metadata"], "annotations": annotations}}
            self.objects.update("deployments", {**found, "spec": {**found["spec"], "template": template}})
        replicas = found["spec"]["replicas"]
        self.until(lambda: len(self.pods_of(name)) == replicas and not before & set(self.pods_of(name)))
        self._await_replicas(name, replicas)

    def pods_of(self, name: str) -> list[str]:
        """Names of the Pods with label app."""
        pods = self.objects.list("pods", "default")
        return [pod["metadata"]["name"] for pod in pods if pod["metadata"].get("labels", {}).get("app") == name]

    def _await_replicas(self, name: str, replicas: int) -> None:
        def running() -> bool:
            pods = [self.pod(pod) or {} for pod in self.pods_of(name)]
            return [pod.get("status", {}).get("phase") for pod in pods] == ["Running"] * replicas

        self.until(running)

    def condition(self, name: str) -> str:
        """Status of the Pod's EIP condition."""
        conditions = (self.pod(name) or {})["status"]["conditions"]
        return str(next((item["status"] for item in conditions if item["type"] == GATE), ""))

    def spoil_condition(self, name: str) -> None:
        """Somebody sets the EIP condition to False."""
        with self.sandbox.store.transaction():
            pod = self.pod(name)
            assert pod is not None
            conditions = [
                {**item, "status": "False"} if item["type"] == GATE else item for item in pod["status"]["conditions"]
            ]
            status = {**pod["status"], "conditions": conditions}
            self.objects.update("pods", {**pod, "status": status}, status_only=True)

    def pod(self, name: str) -> dict[str, Any] | None:
        return self.objects.get("pods", "default", name)

    def delete_pod(self, name: str) -> None:
        """Delete a Pod and see it gone."""
        self.objects.delete("pods", "default", name)
        self.until(lambda: self.pod(name) is None)

    def replace_pod(self, name: str) -> None:
        """Delete a Pod of a StatefulSet and see its successor."""
        before = self.pod(name)
        assert before is not None
        self.objects.delete("pods", "default", name)
        self.until(lambda: (self.pod(name) or before)["metadata"]["uid"] != before["metadata"]["uid"])

    def reuse_ip(self, before: dict[str, Any], name: str, annotations: dict[str, str]) -> dict[str, Any]:
        """A new Pod on the node of a gone one, which gets its IP: the pool gives it out first."""
        node, ip = before["spec"]["nodeName"], before["status"]["podIP"]
        rows = self.sandbox.world.context.rows.nodes
        self.until(lambda: any(address.ip == ip for address in rows[node].free))
        with self.sandbox.store.transaction():
            free = sorted(rows[node].free, key=lambda address: address.ip != ip)
            rows.put(node, replace(rows[node], free=tuple(free)))
        return self.add_pod(name, annotations, node)

    def consent(self, pool: str) -> dict[str, str]:
        """The tag of an EIP whose owner lends it to a pool of this cluster."""
        system = self.objects.get("namespaces", "", "kube-system")
        assert system is not None
        return {"eipctl-pool": f"p-{pool}.{self.sandbox.cluster_id}.{system['metadata']['uid']}"}

    def bind_by_hand(self, allocation_id: str, ip: str) -> None:
        """What a person does in the console."""
        eni = next(row for row in self.cloud.state.enis.values() if ip in (row.primary_ip, *row.secondary_ips))
        params = {"AllocationId": allocation_id, "InstanceId": eni.eni_id, "InstanceType": "NetworkInterface"}
        self.cloud.call(ROOT, "vpc", "AssociateEipAddress", {**params, "PrivateIpAddress": ip})
        self.until(
            lambda: any(row.status == "InUse" for row in self.cloud.eips() if row.allocation_id == allocation_id)
        )

    def unbind_by_hand(self, row: EipRow) -> None:
        """What a person does in the console."""
        params = {"AllocationId": row.allocation_id, "InstanceId": row.instance_id, "InstanceType": "NetworkInterface"}
        self.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {**params, "PrivateIpAddress": row.private_ip})

    def release_by_hand(self, allocation_id: str) -> None:
        """What a person does in the console; it is gone a moment later."""
        self.cloud.call(ROOT, "vpc", "ReleaseEipAddress", {"AllocationId": allocation_id})
        self.until(lambda: all(row.allocation_id != allocation_id for row in self.cloud.eips()))

    def swap_ips(self, first: str, second: str) -> None:
        """Two Pods get each other's IP, as new sandboxes on their node might; each gives back the one that it has."""
        rows = self.sandbox.world.context.rows.pods
        with self.sandbox.store.transaction():
            pods = [pod for pod in (self.pod(first), self.pod(second)) if pod is not None]
            held = [rows[pod["metadata"]["uid"]] for pod in pods]
            for pod, row, other in zip(pods, held, reversed(held), strict=True):
                rows.put(row.uid, replace(row, eni_id=other.eni_id, ip=other.ip))
                status = {**pod["status"], "podIP": other.ip, "podIPs": [{"ip": other.ip}]}
                self.objects.update("pods", {**pod, "status": status}, status_only=True)

    def deny(self, action: str) -> None:
        """Take one right from the operator, by an explicit Deny."""
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        self.cloud.add_policy("denied", {"Version": "1", "Statement": [statement]})
        with self.sandbox.store.transaction():
            for name, user in self.cloud.state.users.items():
                self.cloud.state.users.put(name, replace(user, policies=(*user.policies, "Custom/denied")))

    def errors(self, run: Run) -> list[dict[str, str]]:
        """`errors` of the JSON envelope."""
        found: list[dict[str, str]] = read(run.out)["errors"]
        return found

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for the simulated world to get there."""
        until(happened)

    # eipctl

    def bind(self, *options: str, fault: dict[str, Any] | None = None) -> Run:
        """`eipctl bind -A --yes -o json`."""
        return self.eipctl(*BIND, *options, fault=fault)

    def eipctl(self, *arguments: str, fault: dict[str, Any] | None = None) -> Run:
        """One command as a process of its own; a fault's `pid` is this very process."""
        running = self._start(arguments, held=True)
        if fault is not None:
            self.sandbox.faults.add({**fault, **({"pid": running.pid} if fault["do"] == "kill" else {})})
        running.send_signal(signal.SIGCONT)
        run = Run(**vars(running.ended()))
        self.sandbox.faults.clear()
        return run

    def run(self, *words: str) -> Run:
        """`eipctl WORDS --yes -o json`."""
        return self.eipctl(*words, "--yes", "-o", "json")

    def start_bind(self, *options: str) -> Callable[[], Run]:
        """The same, without waiting: what is returned waits for the end."""
        running = self.last = self._start((*BIND, *options))
        return lambda: Run(**vars(running.ended()))

    def _start(self, arguments: tuple[str, ...], *, held: bool = False) -> Running:
        environ = {**os.environ, **self.sandbox.env(), "NO_COLOR": "1"}
        return forked.start(arguments, environ, Path.cwd(), held=held)

    def clean_run(self, *options: str) -> Run:
        """A run that must succeed."""
        run = self.bind(*options)
        assert run.code == 0, run.out + run.err
        return run

    def writes(self) -> list[str]:
        """The changing calls since the log was last cleared, in order."""
        return [change.api for change in changes(self.sandbox)]

    # what is true

    def own(self) -> list[EipRow]:
        """EIPs that carry this cluster's tags and are not being released."""
        kept = [row for row in self.cloud.eips() if row.status != "Releasing"]
        return [row for row in kept if dict(row.tags).get("eipctl-cluster") == self.sandbox.cluster_id]

    def bound_to(self, name: str) -> list[EipRow]:
        """EIPs that lead to a Pod, by what the cloud has bound to the Pod's IP."""
        pod = self.pod(name)
        assert pod is not None
        return [row for row in self.cloud.eips() if row.status == "InUse" and row.private_ip == pod["status"]["podIP"]]

    def holds_promises(self, *names: str) -> None:
        """Each of these Pods has exactly one EIP and tells it; no other own EIP exists (B1, B3, B6)."""
        for name in names:
            (row,) = self.bound_to(name)
            pod = self.pod(name)
            assert pod is not None
            assert pod["metadata"]["annotations"]["k8s.aliyun.com/allocated-eipAddress"] == row.address
            assert dict(row.tags)["eipctl-pod-uid"] == "u-" + pod["metadata"]["uid"]
        assert {row.allocation_id for row in self.own()} == {
            row.allocation_id for name in names for row in self.bound_to(name)
        }

    def nothing_left_to_do(self, *options: str) -> None:
        """B5: a further run writes nothing, neither to the cloud nor to the cluster."""
        self.sandbox.calls.clear()
        self.clean_run(*options)
        assert self.writes() == []
