"""How fast a list of 10,000 Pods leaves the sandbox, beside the same bytes from a bare HTTP server; and its decoding.

python -m tests.bench.pod_list [PODS]
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.kube import wire
from eipctl.sandbox import lifecycle
from eipctl.sandbox.tls import server_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.files import Record

ROUNDS = 5
PATH = "/api/v1/pods"


def best(work: Callable[[], Any]) -> float:
    """Seconds of the fastest of some rounds."""
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def fetch(port: int, token: str, context: ssl.SSLContext) -> bytes:
    """The whole list, one page."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    connection.request("GET", PATH, headers={"Authorization": f"Bearer {token}"})
    raw = connection.getresponse().read()
    connection.close()
    return raw


def bare(raw: bytes, folder: Path) -> int:
    """The port of a server that sends these bytes to everybody."""

    class Handler(BaseHTTPRequestHandler):
        """One answer."""

        def do_GET(self) -> None:
            """The bytes."""
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context, _ = server_context(folder)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def tell(name: str, seconds: float, floor: float) -> None:
    """One line of the answer."""
    sys.stdout.write(f"{name:<42}{seconds * 1000:9.1f} ms  {seconds / floor:6.2f}\n")


def measure(record: Record, folder: Path) -> None:
    """Print the lines."""
    context = ssl._create_unverified_context()
    raw = fetch(record.kube_port, record.kube_token, context)
    count = len(json.loads(raw)["items"])
    sys.stdout.write(f"{count} Pods, {len(raw) / 1e6:.1f} MB\n")
    port = bare(raw, folder)
    floor = best(lambda: fetch(port, "", context))
    tell("the same bytes from a bare server", floor, floor)
    tell("the sandbox", best(lambda: fetch(record.kube_port, record.kube_token, context)), floor)
    loads = best(lambda: json.loads(raw))
    tell("json.loads of it", loads, loads)
    tell("only the fields that eipctl reads", best(lambda: wire.decode(raw, wire.Page[wire.PodObject])), loads)


def main() -> None:
    """Start a sandbox with many Pods, and measure."""
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "sandbox"
        record = lifecycle.up(directory, seed="big", pods=pods)
        try:
            measure(record, Path(folder))
        finally:
            lifecycle.down(directory)


if __name__ == "__main__":
    main()
