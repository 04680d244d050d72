"""The command that gives a user's credentials ("exec" of a kubeconfig), run as kubectl does.

Not by the official client: that waits for ever, and shows what the command says, which may be a token.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.programs import TooMuch, output_of
from eipctl.kube.login import Credential
from eipctl.kube.tls import Certificate

if TYPE_CHECKING:
    from eipctl.base.stop import Stop
    from eipctl.kube.kubeconfig_file import Cluster, Exec

API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_EXTENSION = "client.authentication.k8s.io/exec"
_MOST_SAID = 300
_SECRETS = re.compile(
    r"eyJ[\w-]+(?:\.[\w-]*)+|(?i:bearer\s+|token[\"']?\s*[=:]\s*[\"']?|secret[\"']?\s*[=:]\s*[\"']?)\S+"
)


_KEYLIKE = re.compile(r"(?<![\w/:.])(?=\S*[a-z])(?=\S*[A-Z])(?=\S*[0-9])[A-Za-z0-9+=_-][A-Za-z0-9+/=_-]{15,}")
"""Long words of letters of both cases and digits: keys look so, and names and paths seldom do."""


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _Answer(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """`section` is the user's "exec", `cluster` the cluster's entry, `command` what to run, `whose` the context."""

    section: Exec
    cluster: Cluster
    command: str
    whose: str
    kubectl: str
    stop: Stop

    def credential(self) -> Credential:
        """What it gives. UsageError for nothing usable, TimedOut when --timeout is reached before."""
        status = self._status(self._output())
        token, chain, key = status.token or "", status.client_certificate_data or "", status.client_key_data or ""
        if not token and not chain and not key:
            raise self._unusable("its answer contains neither a token nor a certificate with its key", self._by_hand)
        if bool(chain) is not bool(key):
            raise self._unusable("its answer contains a certificate or a key, but not both", self._by_hand)
        certificate = Certificate(chain.encode(), key.encode(), f"from {self.section.command!r}") if chain else None
        return Credential(f"Bearer {token}" if token else "", certificate, self._time(status.expiration_timestamp))

    def _status(self, output: bytes) -> _Status:
        try:
            answer = msgspec.json.decode(output, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._unusable("its answer is not an ExecCredential", self._by_hand) from None
        if answer.kind != "ExecCredential" or answer.status is None:
            raise self._unusable("its answer is not an ExecCredential with a status", self._by_hand)
        if answer.api_version != self.section.api_version:
            why = f"it answers with {answer.api_version!r}, but the kubeconfig expects {self.section.api_version!r}"
            raise self._unusable(why, self._by_hand)
        return answer.status

    def _time(self, text: str | None) -> datetime | None:
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise self._unusable("its answer's expirationTimestamp is not a time", self._by_hand) from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def _output(self) -> bytes:
        terminal = sys.stdin.isatty() and self.section.interactive_mode != "Never"
        if self.section.interactive_mode == "Always" and not terminal:
            raise self._unusable("it needs a terminal (interactiveMode: Always), and there is none", "")
        try:
            child = subprocess.Popen(  # noqa: S603 - the user's own kubeconfig names it
                [self.command, *self.section.args],
                stdin=None if terminal else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={
                    **os.environ,
                    **{variable.name: variable.value for variable in self.section.env},
                    "KUBERNETES_EXEC_INFO": self._info(terminal=terminal),
                },
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "its environment is malformed"
            install = " ".join(self.section.install_hint.split())
            raise self._unusable(f"{why}", install or "install it, or correct the kubeconfig") from None
        try:
            found = output_of(child, self.stop, _to_terminal if sys.stderr.isatty() else _nowhere)
        except TooMuch as error:
            raise self._unusable(str(error), self._by_hand) from None
        if found.code:
            ended = f"it ended with exit code {found.code}"
            raise self._unusable(f"{ended}: {_shown(found.err)}" if found.err.strip() else ended, self._by_hand)
        return found.out

    def _info(self, *, terminal: bool) -> str:
        """What the command may know (KUBERNETES_EXEC_INFO)."""
        spec: dict[str, Any] = {"interactive": terminal}
        if self.section.provide_cluster_info:
            cluster = {key: value for key, value in msgspec.to_builtins(self.cluster).items() if value}
            extensions = cluster.pop("extensions", ())
            config = next((item["extension"] for item in extensions if item["name"] == _EXTENSION), None)
            spec["cluster"] = {**cluster, **({} if config is None else {"config": config})}
        return json.dumps({"apiVersion": self.section.api_version, "kind": "ExecCredential", "spec": spec})

    @property
    def _by_hand(self) -> str:
        return f"see its output: {self.kubectl} auth whoami"

    def _unusable(self, why: str, hint: str) -> UsageError:
        command = self.section.command
        named = f"the command {command!r}" if command else "the command"
        message = f"{named} that gives {self.whose} its credentials failed: {why}"
        return UsageError(Code.KUBECONFIG, message, hint=hint or self._by_hand)


def _to_terminal(part: bytes) -> None:
    sys.stderr.buffer.write(part)
    sys.stderr.buffer.flush()


def _nowhere(_part: bytes) -> None:
    """Only the end of what is said is shown, and only if the command fails."""


def _shown(said: bytes) -> str:
    """The end of what it said, in a line, without what looks like a token."""
    text = " ".join(said.decode("utf-8", "replace").split())
    kept = "".join(char for char in _KEYLIKE.sub("****", _SECRETS.sub("****", text)) if char.isprintable())
    return kept if len(kept) <= _MOST_SAID else f"…{kept[-_MOST_SAID:]}"
