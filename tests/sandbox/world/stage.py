"""The world without threads, sockets or real time: time passes when a test says so."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.store import Store
from eipctl.sandbox.world import scenario, seed
from eipctl.sandbox.world.world import World
from tests.sandbox.held_clock import HeldClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.rows import EipRow

Obj = dict[str, Any]
AUTO = {"k8s.aliyun.com/pod-with-eip": "true"}
EIP_ACTIONS = (
    "vpc:DescribeVSwitches",
    "vpc:AllocateEipAddress",
    "vpc:DescribeEipAddresses",
    "vpc:AssociateEipAddress",
    "vpc:UnassociateEipAddress",
    "vpc:ReleaseEipAddress",
)


class Stage:
    """A scenario's cluster and account."""

    def __init__(self, name: str) -> None:
        self.clock, self.store = HeldClock(), Store()
        self.cloud = CloudService(self.store, self.clock).cloud
        self.objects = KubeService(self.store, self.clock).objects
        self.faults = Faults()
        self.world = World(self.store, self.clock, self.objects, self.cloud, faults=self.faults)
        found = scenario.load(name)
        seed.account(self.cloud, found)
        seed.cluster(self.objects, self.clock, self.cloud.state.region, found)
        self.world.settle()

    def play(self, seconds: float = 60.0, each: Callable[[], None] = lambda: None) -> None:
        """Let time pass; `each` is called after every pass that changed something."""
        end = self.clock.moment + seconds
        while True:
            before = self.store.changes
            due = self.world.step()
            each()
            if self.store.changes != before:
                continue
            if due is None or due > end:
                self.clock.moment = end
                return
            self.clock.moment = max(self.clock.moment, due)

    # the cluster

    def apply(self, plural: str, manifest: Obj) -> Obj:
        return self.objects.create(plural, manifest)

    def edit(self, plural: str, name: str, change: Callable[[Obj], None], namespace: str = "default") -> None:
        """Change an object as a user does."""
        obj = copy.deepcopy(self.get(plural, name, namespace))
        change(obj)
        self.objects.update(plural, obj)

    def get(self, plural: str, name: str, namespace: str = "default") -> Obj:
        found = self.objects.get(plural, namespace, name)
        assert found is not None, f"{plural}/{name} is not there"
        return found

    def pods(self, namespace: str = "default") -> list[Obj]:
        return [pod for pod in self.objects.list("pods", namespace) if not pod["metadata"].get("deletionTimestamp")]

    def pod(self, name: str = "p", annotations: dict[str, str] | None = None, **spec: Any) -> Obj:
        """Create a bare Pod and give it a minute."""
        self.apply("pods", bare_pod(name, annotations, **spec))
        self.play()
        return self.get("pods", name)

    def delete_pod(self, name: str = "p") -> None:
        """Delete a Pod and give it a minute."""
        self.objects.delete("pods", "default", name)
        self.play()
        assert self.objects.get("pods", "default", name) is None

    def events(self, reason: str) -> list[str]:
        return [event["message"] for event in self.objects.list("events") if event["reason"] == reason]

    # the three steps

    def grant(self, *actions: str, role: str = "AliyunCSManagedNetworkRole") -> None:
        """Attach a policy to a role."""
        name = f"more-{len(self.cloud.state.policies)}"
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        self.cloud.add_policy(name, {"Version": "1", "Statement": [statement]})
        with self.store.transaction():
            row = self.cloud.state.roles[role]
        policies = tuple(key.partition("/")[2] for key, _ in row.policies)
        self.cloud.add_role(role, policies=(*policies, name))

    def configure(self, **settings: Any) -> None:
        """Set keys of eni_conf."""

        def change(config_map: Obj) -> None:
            conf = {**json.loads(config_map["data"]["eni_conf"]), **settings}
            config_map["data"]["eni_conf"] = json.dumps(conf)

        self.edit("configmaps", "eni-config", change, "kube-system")

    def restart(self) -> None:
        """Delete Terway's Pods and wait for the new ones."""
        for pod in self.pods("kube-system"):
            self.objects.delete("pods", "kube-system", pod["metadata"]["name"])
        self.play()

    def set_up(self) -> None:
        """All three steps, as the documentation has them."""
        self.grant(*EIP_ACTIONS)
        self.configure(enable_eip_pool="true")
        self.restart()

    def spoil(self, api: str, do: str = "error", **rule: Any) -> None:
        """Spoil a call of Terway's own."""
        self.faults.add({"service": "terway", "api": api, "do": do, **rule})

    # the cloud

    def eips(self) -> list[EipRow]:
        return self.cloud.eips()

    def bound(self, pod: Obj) -> list[EipRow]:
        """The EIPs on the Pod's IP."""
        return [row for row in self.eips() if row.status == "InUse" and row.private_ip == pod["status"]["podIP"]]


def bare_pod(name: str, annotations: dict[str, str] | None = None, **spec: Any) -> Obj:
    """A Pod without a controller."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations or {}},
        "spec": {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 1, **spec},
    }


def workload(kind: str, replicas: int = 3, *, image: str = "nginx", **spec: Any) -> Obj:
    """A workload called web."""
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "main", "image": image}], "terminationGracePeriodSeconds": 1},
    }
    counted = {} if kind == "DaemonSet" else {"replicas": replicas}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {**counted, "selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
        "status": {},
    }


def set_image(image: str) -> Callable[[Obj], None]:
    """A change of the Pod template."""

    def change(obj: Obj) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return change


def scale(replicas: int) -> Callable[[Obj], None]:
    """A change of spec.replicas."""

    def change(obj: Obj) -> None:
        obj["spec"]["replicas"] = replicas

    return change


def images(pods: list[Obj]) -> list[str]:
    return sorted(pod["spec"]["containers"][0]["image"] for pod in pods)


def ready(pods: list[Obj]) -> list[Obj]:
    """Those that are Ready."""
    return [
        pod
        for pod in pods
        if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
    ]
