"""A server between eipctl and the sandbox that answers some calls otherwise: what the sandbox does not do.

A rule is a JSON object; the first one that fits a call counts. Of the cloud:

    {"action": A, "when": {PARAMETER: VALUE}, "status": N, "code": C, "message": M}    refuse the call
    {"action": A, "instead_of": CODE, "status": N, "code": C}    another refusal than the sandbox's CODE
    {"action": "DescribeEipAddresses", "row": {FIELD: VALUE}, "set": {FIELD: VALUE}, "drop": [FIELD]}    change EIPs

Of the cluster:

    {"path": PREFIX, "swap": {TEXT: TEXT}}    other texts in the answer

Of both: {…, "drip": true} sends a byte a second, for ever, instead of an answer.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from contextlib import ExitStack, closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Rule = dict[str, Any]
_HOP = {"host", "content-length", "connection", "transfer-encoding", "date", "server", "accept-encoding"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, rules: Sequence[Rule], connect: Callable[[], http.client.HTTPConnection]) -> None:
        super().__init__(("127.0.0.1", 0), _Front)
        self.rules, self.connect = rules, connect
        self.over = threading.Event()


class _Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        params = dict(parse_qsl(parts.query) + parse_qsl(sent.decode("utf-8", "replace")))
        rule = next((rule for rule in self.server.rules if _fits(rule, parts.path, params)), {})
        if rule.get("drip"):
            self._drip()
            return
        if "code" in rule and "instead_of" not in rule:
            self._refuse(rule)
            return
        status, headers, body = self._asked(sent)
        if "instead_of" in rule and status != 200 and rule["instead_of"].encode() in body:
            self._refuse(rule)
            return
        self._reply(status, headers, _changed(rule, status, body))

    def _asked(self, sent: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the sandbox says."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        with closing(self.server.connect()) as behind:
            behind.request(self.command, self.path, sent or None, headers)
            response = behind.getresponse()
            return response.status, response.getheaders(), response.read()

    def _drip(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not self.server.over.wait(1.0):
                self.wfile.write(b"a")

    def _refuse(self, rule: Rule) -> None:
        said = {"RequestId": "FRONT-1", "HostId": "front", "Code": rule["code"], "Message": rule.get("message", "No.")}
        self._reply(rule["status"], [("Content-Type", "application/json")], json.dumps(said).encode())

    def _reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - as http.server calls them


def _fits(rule: Rule, path: str, params: Mapping[str, str]) -> bool:
    if "path" in rule:
        return path.startswith(rule["path"])
    wanted = {"Action": rule["action"], **rule.get("when", {})}
    return all(params.get(name) == value for name, value in wanted.items())


def _changed(rule: Rule, status: int, body: bytes) -> bytes:
    for old, new in rule.get("swap", {}).items():
        body = body.replace(old.encode(), new.encode())
    if status != 200 or not ("set" in rule or "drop" in rule):
        return body
    answer = json.loads(body)
    for row in answer["EipAddresses"]["EipAddress"]:
        if all(row.get(name) == value for name, value in rule.get("row", {}).items()):
            row.update(rule.get("set", {}))
            for name in rule.get("drop", []):
                row.pop(name, None)
    return json.dumps(answer).encode()


@contextmanager
def front(environ: Mapping[str, str], rules: Sequence[Rule], folder: Path) -> Iterator[dict[str, str]]:
    """Serve for as long as the block lasts; the environment that leads through it. `folder` takes its kubeconfig."""
    config = json.loads(Path(environ["KUBECONFIG"]).read_text("utf-8"))  # the sandbox writes it as JSON
    cluster = config["clusters"][0]["cluster"]
    trust = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    kube, cloud = urlsplit(cluster["server"]).netloc, urlsplit(environ["EIPCTL_ENDPOINT_URL"]).netloc
    with ExitStack() as stack:
        cluster["server"] = stack.enter_context(
            _serving(
                [rule for rule in rules if "path" in rule], lambda: http.client.HTTPSConnection(kube, context=trust)
            )
        )
        endpoint = stack.enter_context(
            _serving([rule for rule in rules if "action" in rule], lambda: http.client.HTTPConnection(cloud))
        )
        path = folder / "front.kubeconfig"
        path.write_text(json.dumps(config), "utf-8")
        yield {**environ, "EIPCTL_ENDPOINT_URL": endpoint, "KUBECONFIG": str(path)}


@contextmanager
def _serving(rules: Sequence[Rule], connect: Callable[[], http.client.HTTPConnection]) -> Iterator[str]:
    with _Server(rules, connect) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.over.set()
            server.shutdown()
