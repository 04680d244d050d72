"""How many cloud calls a second the sandbox answers, beside a bare HTTP server in the same run.

    python -m tests.bench.cloud_calls

Clients are processes of their own with keep-alive connections; their requests are signed beforehand. The sandbox's CPU
time per call is what a busy machine changes least: with a core of its own it answers one call in it.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aliyunsdkcore.request import RpcRequest

from eipctl.sandbox import lifecycle
from eipctl.sandbox.client import Client

CALLS, CLIENTS = 3_000, 2
ANSWER = b'{"RequestId":"x","TotalCount":0,"PageNumber":1,"PageSize":10,"EipAddresses":{"EipAddress":[]}}'


def signed(key: str, secret: str, action: str, count: int, **params: str) -> list[str]:
    """Paths of signed calls, each with a nonce of its own."""
    found = []
    for number in range(count):
        request = RpcRequest("Vpc", "2016-04-28", action)
        for name, value in params.items():
            request.add_query_param(name, value.format(number=number))
        found.append(str(request.get_url("cn-hangzhou", key, secret)))
    return found


def send(port: int, paths: list[str], ready: object, went: object) -> None:
    """Send them one after the other over one connection."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths]
    with socket.create_connection(("127.0.0.1", port)) as connection:
        ready.release()  # type: ignore[attr-defined]
        went.wait()  # type: ignore[attr-defined]
        for request in requests:
            connection.sendall(request)
            answer = connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            assert head.startswith(b"HTTP/1.1 200"), body


def calls_a_second(port: int, paths: list[str]) -> float:
    """With CLIENTS processes at once."""
    ready, went = multiprocessing.Semaphore(0), multiprocessing.Event()
    share = len(paths) // CLIENTS
    clients = [
        multiprocessing.Process(target=send, args=(port, paths[at * share : (at + 1) * share], ready, went))
        for at in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for _ in clients:
        ready.acquire()
    started = time.perf_counter()
    went.set()
    for client in clients:
        client.join()
    return share * CLIENTS / (time.perf_counter() - started)


class Bare(BaseHTTPRequestHandler):
    """Answers the same bytes to everything."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """One answer."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def bare(port: object) -> None:
    """A process that serves Bare."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    port.put(server.server_address[1])  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=False).start()


def processor_seconds(pid: int) -> float:
    """What the process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tell(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")


def main() -> None:
    """Print calls a second and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        record = lifecycle.up(Path(folder) / "sandbox", quota=100_000, speed=50.0)
        client = Client(record)
        none = {"calls": 0}
        client.limit({"apis": {"DescribeEipAddresses": none, "AllocateEipAddress": none, "TagResources": none}})
        key, secret = record.access_key_id, record.access_key_secret
        port: multiprocessing.Queue[int] = multiprocessing.Queue()
        other = multiprocessing.Process(target=bare, args=(port,), daemon=True)
        other.start()
        reads = signed(key, secret, "DescribeEipAddresses", CALLS, AllocationId="eip-none")
        floor = calls_a_second(port.get(), reads)
        tell(f"a bare http.server           {floor:8.0f} calls/s")
        for name, paths in (
            ("DescribeEipAddresses by id", reads),
            ("AllocateEipAddress", signed(key, secret, "AllocateEipAddress", CALLS, ClientToken="t-{number}")),
        ):
            used = processor_seconds(record.pid)
            rate = calls_a_second(record.cloud_port, paths)
            each = (processor_seconds(record.pid) - used) / len(paths)
            share = f"{rate / floor:.2f} of the bare server"
            tell(
                f"{name:28} {rate:8.0f} calls/s  {share}  {each * 1e6:4.0f} us CPU, {1 / each:5.0f} a second of a core"
            )
        tell(f"EIPs made: {len(client.eips())}")
        other.terminate()
        lifecycle.down(Path(folder) / "sandbox")


if __name__ == "__main__":
    main()
