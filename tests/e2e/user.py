"""eipctl's engine connected to a sandbox over HTTP, as the command line connects it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from eipctl.domain.plan import StepState
from eipctl.engine.run import carry_out
from eipctl.engine.session import Session, Settings
from tests.sandboxed import changes, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.engine.execute import Result
    from eipctl.engine.prepared import Prepared
    from eipctl.sandbox.server import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "workloads" / "nginx-deployment-basic.yaml"
NGINX = "nginx-deployment-basic"
RESULT = "k8s.aliyun.com/allocated-eipAddress"


class User:
    """Somebody whose environment leads to one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.cloud, self.objects = sandbox.cloud, sandbox.objects

    def session(self, **settings: Any) -> Session:
        """A fresh one, as each command has."""
        environ = self.sandbox.env()
        known: dict[str, Any] = {
            "kubeconfig": environ["KUBECONFIG"],
            "endpoint_url": environ["EIPCTL_ENDPOINT_URL"],
            "environ": environ,
        }
        return Session(Settings(**known | settings))

    def carry_out(self, prepare: Callable[[Session], Prepared]) -> Result:
        """Plan and do it."""
        session = self.session()
        return carry_out(session, prepare(session))

    def done(self, prepare: Callable[[Session], Prepared]) -> list[str]:
        """Plan and do it; all of it must succeed. The verbs, in order."""
        result = self.carry_out(prepare)
        assert not result.errors, [error.message for error in result.errors]
        assert all(step.state is StepState.DONE for step in result.steps)
        return [step.action.verb.value for step in result.steps]

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for the simulated world to get there."""
        until(happened, seconds=120.0)

    def writes(self) -> list[str]:
        """The changing calls of clients since the log was last cleared, in order."""
        return [change.api for change in changes(self.sandbox)]

    # the cluster

    def eni_conf(self) -> str:
        text: str = self.config_map()["data"]["eni_conf"]
        return text

    def config_map(self) -> dict[str, Any]:
        found: dict[str, Any] | None = self.objects.get("configmaps", "kube-system", "eni-config")
        assert found is not None
        return found

    def edit_eni_conf(self, change: Callable[[str], str]) -> None:
        """As if it had been so when Terway started."""
        found = copy.deepcopy(self.config_map())
        found["data"]["eni_conf"] = change(found["data"]["eni_conf"])
        self.objects.update("configmaps", found)

    def edit_by_hand(self, change: Callable[[str], str]) -> None:
        """As kubectl edit does it: managedFields say who and when."""
        patch = {"data": {"eni_conf": change(self.eni_conf())}}
        path = "/api/v1/namespaces/kube-system/configmaps/eni-config"
        self.session().kube_client.write("PATCH", path, patch, manager="kubectl-edit")

    def terway(self) -> dict[str, str]:
        """UID of Terway's Pod by node."""
        return {
            pod["spec"]["nodeName"]: pod["metadata"]["uid"]
            for pod in self.objects.list("pods", "kube-system")
            if (pod["metadata"].get("labels") or {}).get("app") == "terway-eniip"
            and "deletionTimestamp" not in pod["metadata"]
        }

    def apply_example(self) -> None:
        """The documentation's Deployment, and its two Pods running."""
        deployment = yaml.safe_load(EXAMPLE.read_text())
        deployment["metadata"]["namespace"] = "default"
        self.objects.create("deployments", deployment)
        self.until(self.rolled_out)

    def pods(self, namespace: str = "default") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.objects.list("pods", namespace)
        return found

    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] | None = self.objects.get("deployments", "default", NGINX)
        assert found is not None
        return found

    def rolled_out(self) -> bool:
        """Whether both Pods of the example run, none is leaving, and all are of the present template."""
        deployment = self.deployment()
        status = deployment.get("status") or {}
        current = status.get("observedGeneration") == deployment["metadata"]["generation"]
        return current and status.get("updatedReplicas") == status.get("readyReplicas") == 2 and len(self.pods()) == 2
