"""A caller with just the rights of a generated manifest, in Kubernetes and in RAM."""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

import yaml

from eipctl.commands.manifests import Place, rbac
from eipctl.commands.ram_policy import PolicyScope, ram_policy
from tests.e2e.user import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from eipctl.domain.rights import Right
    from eipctl.engine.session import Session
    from eipctl.sandbox.server import Sandbox

PLACE = Place()
NOTHING = ("sts:GetCallerIdentity",)
"""A policy can't be empty; this is everybody's right anyway."""
EDITING = PolicyScope(edited=("custom",))
"""With the policy that `setup --edit-policy` is tried on."""
ACCOUNT = "system:serviceaccount:eipctl:eipctl"
GROUPS = ("system:serviceaccounts", "system:serviceaccounts:eipctl")
TOKEN, KEY, SECRET, POLICY = "narrow-token", "LTAInarrow", "narrow-secret", "narrow"


class Narrow(User):
    """Somebody who may do what the manifests say, and nothing else. `admin` may do everything."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.admin = User(sandbox)
        sandbox.put_token(TOKEN, ACCOUNT, GROUPS)
        self.kubeconfig = self._write_kubeconfig()
        self.cloud.add_policy(POLICY, ram_policy(NOTHING))
        self.cloud.add_access_key(KEY, SECRET, user="narrow", policies=(POLICY,))
        self._made: list[tuple[str, str, str]] = []

    def _write_kubeconfig(self) -> Path:
        """With the narrow token, and the CA in a file of its own, as a Pod has it."""
        found = yaml.safe_load(self.sandbox.kubeconfig.read_text())
        cluster, user = found["clusters"][0]["cluster"], found["users"][0]["user"]
        path = self.sandbox.kubeconfig.with_name("narrow-kubeconfig")
        authority = path.with_name("narrow-ca.crt")
        authority.write_bytes(base64.b64decode(cluster.pop("certificate-authority-data")))
        cluster["certificate-authority"], user["token"] = str(authority), TOKEN
        path.write_text(yaml.safe_dump(found))
        return path

    def environ(self) -> dict[str, str]:
        """What the caller has in its environment."""
        own = {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET}
        return {**self.sandbox.env(), **own, "KUBECONFIG": str(self.kubeconfig)}

    def session(self, **settings: Any) -> Session:
        """With the narrow rights."""
        return super().session(**{"environ": self.environ(), "kubeconfig": str(self.kubeconfig)} | settings)

    def may(self, rights: Iterable[Right], actions: Sequence[str]) -> None:
        """From now on these, as the manifests grant them."""
        self._grant(rbac(PLACE, rights))
        self.cloud.add_policy(POLICY, ram_policy(actions or NOTHING, EDITING))

    def _grant(self, objects: list[dict[str, Any]]) -> None:
        for plural, namespace, name in self._made:
            self.objects.delete(plural, namespace, name, now=True)
        self._made = []
        for made in objects:
            plural, meta = f"{made['kind'].lower()}s", made["metadata"]
            self.objects.create(plural, copy.deepcopy(made))
            self._made.append((plural, meta.get("namespace", ""), meta["name"]))
