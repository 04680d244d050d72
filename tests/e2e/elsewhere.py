"""The same tests on another cluster: its own API server, with a sandbox's cloud beside it (EIPCTL_E2E_KUBECONFIG)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from kubernetes import client, config

from tests.faults.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.sandbox.server import Sandbox

    Obj = dict[str, Any]

VARIABLE = "EIPCTL_E2E_KUBECONFIG"
_GROUPS = {"deployments": "/apis/apps/v1", "statefulsets": "/apis/apps/v1"}
_MERGE = "application/merge-patch+json"


def kubeconfig() -> str:
    """The other cluster's; "" when the tests use the sandbox's own."""
    return os.environ.get(VARIABLE, "")


class Objects:
    """What tests do with a sandbox's objects, asked of an API server. Only what was made here is ever deleted."""

    def __init__(self, path: Path) -> None:
        self._api: client.ApiClient = config.new_client_from_config(str(path))  # type: ignore[no-untyped-call]
        self._made: list[tuple[str, str, str]] = []

    def create(self, plural: str, obj: Obj) -> Obj:
        """POST."""
        namespace, name = obj["metadata"]["namespace"], obj["metadata"]["name"]
        self._made.append((plural, namespace, name))
        return self._ask("POST", _path(plural, namespace), obj)

    def get(self, plural: str, namespace: str, name: str) -> Obj | None:
        """GET; None for 404."""
        try:
            return self._ask("GET", _path(plural, namespace, name))
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def list(self, plural: str, namespace: str) -> list[Obj]:
        """GET of a namespace's."""
        items: list[Obj] = self._ask("GET", _path(plural, namespace))["items"]
        return items

    def update(self, plural: str, obj: Obj, *, status_only: bool = False) -> Obj:
        """PUT of the object, or of its status; whatever came between is overwritten."""
        path = _path(plural, obj["metadata"]["namespace"], obj["metadata"]["name"])
        given = {**obj, "metadata": {**obj["metadata"], "resourceVersion": None}}
        return self._ask("PUT", path + ("/status" if status_only else ""), given)

    def patch_metadata(self, plural: str, namespace: str, name: str, annotations: dict[str, str | None]) -> Obj:
        """Merge patch."""
        return self._ask("PATCH", _path(plural, namespace, name), {"metadata": {"annotations": annotations}})

    def delete(self, plural: str, namespace: str, name: str) -> None:
        """DELETE; it may be gone already."""
        try:
            self._ask("DELETE", _path(plural, namespace, name))
        except client.ApiException as error:
            if error.status != 404:
                raise

    def tidy(self) -> None:
        """Delete what was made, workloads before their Pods, and Events about any of it."""
        names = {name for _, _, name in self._made}
        for plural, namespace, name in self._made:
            self.delete(plural, namespace, name)
        for event in self.list("events", "default"):
            if event["involvedObject"]["name"] in names:
                self.delete("events", "default", event["metadata"]["name"])
        self._made.clear()

    def _ask(self, method: str, path: str, body: Obj | None = None) -> Obj:
        headers = {"Accept": "application/json", "Content-Type": _MERGE if method == "PATCH" else "application/json"}
        call = self._api.param_serialize(method, path, header_params=headers, body=body, auth_settings=["BearerToken"])
        answer = self._api.call_api(*call)
        content = answer.read()  # type: ignore[no-untyped-call]
        if answer.status >= 400:
            raise client.ApiException(status=answer.status, reason=content.decode())
        found: Obj = json.loads(content)
        return found


def _path(plural: str, namespace: str, name: str = "") -> str:
    return f"{_GROUPS.get(plural, '/api/v1')}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")


class Elsewhere:
    """A sandbox that follows, with the other cluster's objects in the place of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.followed, self.objects = sandbox, Objects(sandbox.kubeconfig)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.followed, name)

    def env(self) -> dict[str, str]:
        """The cluster has a name here whether or not it has an eni-config."""
        return {**self.followed.env(), "EIPCTL_CLUSTER_ID": self.followed.cluster_id}


class FarStage(Stage):
    """Waits for the cloud to have heard of Pods, too."""

    def add_pod(self, name: str, annotations: dict[str, str], node: str = "", *, gate: bool = False) -> Obj:
        """A bare Pod with an IP that an ENI has."""
        pod = super().add_pod(name, annotations, node, gate=gate)
        self.until(lambda: pod["metadata"]["uid"] in self._heard_of())
        return pod

    def delete_pod(self, name: str) -> None:
        """Delete a Pod and see it gone."""
        super().delete_pod(name)
        self.until(lambda: self._there() == self._heard_of())

    def _await_replicas(self, name: str, replicas: int) -> None:
        super()._await_replicas(name, replicas)
        self.until(lambda: self._there() == self._heard_of())

    def _heard_of(self) -> set[str]:
        return {row.uid for row in self.sandbox.world.pods() if row.namespace == "default"}

    def _there(self) -> set[str]:
        pods = self.objects.list("pods", "default")
        return {pod["metadata"]["uid"] for pod in pods if pod.get("status", {}).get("podIP")}
