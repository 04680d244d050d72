"""The command that gives a user's credentials ("exec" of a kubeconfig), run as kubectl does.

Not by the official client: that waits for ever, and shows what the command says, which may be a token.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.base.stop import Stop

_EXTENSION = "client.authentication.k8s.io/exec"
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A token, else a certificate and its key (PEM), and until when; None for ever."""

    token: str
    certificate: str
    key: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """`section` is the user's "exec", `cluster` the cluster's entry, `folder` that of the kubeconfig."""

    section: Mapping[str, Any]
    cluster: Mapping[str, Any]
    folder: str
    whose: str
    kubectl: str
    stop: Stop

    def credential(self) -> Credential:
        """What it gives. UsageError for nothing usable, TimedOut when --timeout is reached before."""
        status = _status(self._output())
        if status is None:
            raise self._unusable("its answer is no ExecCredential", self._by_hand)
        names = ("token", "clientCertificateData", "clientKeyData")
        token, certificate, key = (str(status.get(name) or "") for name in names)
        if not token and not (certificate and key):
            raise self._unusable("its answer holds neither a token nor a certificate with its key", self._by_hand)
        expires = status.get("expirationTimestamp")
        try:
            return Credential(token, certificate, key, datetime.fromisoformat(str(expires)) if expires else None)
        except ValueError:
            raise self._unusable("its answer's expirationTimestamp is no time", self._by_hand) from None

    def _output(self) -> bytes:
        arguments = [str(self.section.get("command") or ""), *map(str, self.section.get("args") or ())]
        if not arguments[0]:
            raise self._unusable("the kubeconfig names no command", "compare: kubectl config view")
        terminal = sys.stdin.isatty() and self.section.get("interactiveMode") != "Never"
        try:
            child = subprocess.Popen(  # noqa: S603 - the user's own kubeconfig names it
                arguments,
                stdin=None if terminal else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=None if sys.stderr.isatty() else subprocess.DEVNULL,
                cwd=self.folder or None,
                env={
                    **os.environ,
                    **self._environ(),
                    "KUBERNETES_EXEC_INFO": self._info(terminal=terminal),
                },
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "its environment is malformed"
            install = " ".join(str(self.section.get("installHint") or "").split())
            raise self._unusable(f"{why}", install or "install it, or correct the kubeconfig") from None
        with child:
            output = self._awaited(child)
        if child.returncode:
            raise self._unusable(f"it ended with exit code {child.returncode}", self._by_hand)
        return output

    def _awaited(self, child: subprocess.Popen[bytes]) -> bytes:
        """What it prints; it is killed when the run must stop."""
        try:
            while True:
                self.stop.check()
                with suppress(subprocess.TimeoutExpired):
                    return child.communicate(timeout=_LOOK_SECONDS)[0]
        except BaseException:
            child.kill()
            raise

    def _environ(self) -> dict[str, str]:
        return {str(item["name"]): str(item["value"]) for item in self.section.get("env") or ()}

    def _info(self, *, terminal: bool) -> str:
        """What the command may know (KUBERNETES_EXEC_INFO)."""
        spec: dict[str, Any] = {"interactive": terminal}
        if self.section.get("provideClusterInfo"):
            extensions = self.cluster.get("extensions") or ()
            config = next((item["extension"] for item in extensions if item.get("name") == _EXTENSION), None)
            spec["cluster"] = {**self.cluster, **({} if config is None else {"config": config})}
        return json.dumps({"apiVersion": self.section.get("apiVersion"), "kind": "ExecCredential", "spec": spec})

    @property
    def _by_hand(self) -> str:
        return f"see what it says: {self.kubectl} auth whoami"

    def _unusable(self, why: str, hint: str) -> UsageError:
        command = self.section.get("command")
        named = f"the command {command!r}" if command else "the command"
        return UsageError(Code.KUBECONFIG, f"{named} that gives {self.whose} its credentials failed: {why}", hint=hint)


def _status(output: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(output)
    except ValueError:
        return None
    status = answer.get("status") if isinstance(answer, dict) and answer.get("kind") == "ExecCredential" else None
    return status if isinstance(status, dict) else None
