"""The world that a case of bad input breaks, and what such a case is made of."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests import forked
from tests.sandboxed import changes

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.sandbox.server import Sandbox
    from tests.forked import Ended, Running


class World:
    """A sandbox, reset for each case; `home` is its operator's home and working directory, empty at first."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self._folder = sandbox, folder
        self._homes = itertools.count()
        self._servers: list[ThreadingHTTPServer] = []
        self.home = folder

    def reset(self, scenario: str = "legacy") -> dict[str, str]:
        """As new; the environment of its operator."""
        self.sandbox.reset(scenario)
        self.sandbox.faults.clear()
        self.home = self._folder / f"home-{next(self._homes)}"
        self.home.mkdir()
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH")}
        return {**kept, "HOME": str(self.home), **self.sandbox.env()}

    def run(self, words: tuple[str, ...], environ: dict[str, str]) -> Ended:
        """eipctl without a terminal."""
        return forked.run(words, environ, self.home)

    def start(self, words: tuple[str, ...], environ: dict[str, str]) -> Running:
        """The same, without waiting."""
        return forked.start(words, environ, self.home)

    def told(self, environ: dict[str, str], ended: Ended) -> list[str]:
        """Names of the secrets that a stream tells."""
        names = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_ID")
        secrets = {name: environ[name] for name in names if name in environ}
        tokens = {name: f"{name}s-token" for name in ("bob", "nobody")}
        tokens |= {"token": self.sandbox.record.kube_token, "carol": "carols-secret"}
        streams = ended.out + ended.err
        return [name for name, secret in {**secrets, **tokens}.items() if secret in streams]

    def changes(self) -> list[str]:
        """Changing calls that were carried out since the log was cleared."""
        return [
            f"{change.service} {change.api} {change.object}" for change in changes(self.sandbox) if change.status < 400
        ]

    # breaking it

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the home directory."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def kubeconfig(self, environ: dict[str, str], text: str | bytes) -> None:
        """Have this one instead."""
        environ["KUBECONFIG"] = str(self.write("other-kubeconfig", text))

    def edited_kubeconfig(self, environ: dict[str, str], old: str, new: str) -> None:
        """Have the sandbox's with another word in it."""
        text = self.sandbox.kubeconfig.read_text("utf-8")
        assert old in text
        self.kubeconfig(environ, text.replace(old, new))

    def answering(self, status: int, kind: str, body: bytes) -> str:
        """The URL of a server that answers everything so."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST  # noqa: N815 - as the base class asks for it

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self._servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def change(self, plural: str, namespace: str, name: str, **parts: Any) -> None:
        """Replace parts of an object of the cluster."""
        found = self.sandbox.objects.get(plural, namespace, name)
        assert found is not None
        self.sandbox.objects.update(plural, {**found, **parts})


def dead_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


Break = Callable[[World, dict[str, str]], None]


def nothing(_world: World, _environ: dict[str, str]) -> None:
    """The command line is what is wrong."""


@dataclass(frozen=True)
class Case:
    """A command in a broken world, the exit code, what its sentence and its hint say."""

    name: str
    words: tuple[str, ...]
    code: int
    says: str
    hint: str
    breaks: Break = nothing
    formless: bool = False
    """Whether the very output format is what is wrong: then -o json can't be tried."""


def setting(**variables: str) -> Break:
    """Set these variables."""

    def put(_world: World, environ: dict[str, str]) -> None:
        environ.update(variables)

    return put


BIND = ("bind", "-A", "--yes")
SETUP = ("setup", "--yes")
TEARDOWN = ("teardown", "--yes")
ANNOTATE = ("annotate", "deployment/web", "--eip", "--yes")
STATUS = ("status", "-A")
