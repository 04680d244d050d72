"""The HTTP side of the simulated cloud: one endpoint for all products."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from eipctl.sandbox.cloud import admin, xml
from eipctl.sandbox.cloud.authentication import Gate
from eipctl.sandbox.cloud.cloud import Cloud, request_id
from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.table import VERSIONS, missing, refusal
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Reply

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.store import Store

_CLUSTER = re.compile(r"/clusters/([^/]+)(/nodepools)?")
_XML = {"Content-Type": "text/xml;charset=utf-8"}
_OBJECTS = ("AllocationId", "PolicyName", "RoleName", "ResourceId.1", "IpInstanceId", "ClusterId")


class CloudService:
    """Serves the cloud's APIs and, with a bearer token, the sandbox's own paths in `admin`."""

    name = "cloud"
    throttled = (400, "Throttling.User", "Request was denied due to user flow control.", 0)

    def __init__(
        self,
        store: Store,
        clock: Clock,
        region: str = "cn-hangzhou",
        account_id: str = "1234567890123456",
        *,
        admin_token: str = "",
        faults: Faults | None = None,
        log: CallLog | None = None,
    ) -> None:
        self.cloud = Cloud(store, clock, region, account_id)
        self.admin = admin.registry(self.cloud, faults or Faults(), log or CallLog())
        self._admin_token = admin_token
        self._gate = Gate(self.cloud.state)
        self._last = threading.local()
        self.now = clock.now

    def describe(self, request: Request) -> tuple[str, str]:
        """(Action, what it is about)."""
        if request.path.startswith("/_sandbox/"):
            return request.path, ""
        params = self._parameters(request)
        about = (params[name] for name in _OBJECTS if params.get(name))
        return params.get("Action", ""), next(about, "")

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        if request.path.startswith("/_sandbox/"):
            return admin.serve(self.admin, self._admin_token, request)
        params = self._parameters(request)
        product = VERSIONS.get(params.get("Version", ""), "")
        try:
            answer = self._call(request, product, params)
        except CloudRefusal as refused:
            return self._refusal(refused, request, params, product)
        if _wants_xml(request, params):
            return Reply(200, xml.encode(f"{params['Action']}Response", answer), _XML)
        return Reply(200, msgspec.json.encode(answer))

    def _call(self, request: Request, product: str, params: dict[str, str]) -> dict[str, object]:
        action = params.get("Action")
        if request.method not in ("GET", "POST"):
            raise refusal("UnsupportedHTTPMethod", "This http method is not supported.")
        if not action:
            raise missing("Action")
        if not product:
            raise refusal("NoSuchVersion", "Specified parameter Version is not valid.")
        principal = self._gate.admit(request, params, action)
        if product == "ram" and not self.cloud.state.switches.ram_takes_forms:
            sent = dict(request.query)
            params = {name: value for name, value in params.items() if name in sent}
        return self.cloud.call(principal, product, action, params, request.spoilt)

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        """An error of the server itself, or of a fault rule, in the format that the call asked for."""
        last: tuple[Request | None, dict[str, str]] = getattr(self._last, "value", (None, {}))
        request, params = last
        product = VERSIONS.get(params.get("Version", ""), "")
        reply = self._refusal(CloudRefusal(code, message, status), request, params, product)
        headers = {**reply.headers, "Retry-After": str(retry_after)} if retry_after else reply.headers
        return replace(reply, headers=headers)

    def _refusal(self, refused: CloudRefusal, request: Request | None, params: dict[str, str], product: str) -> Reply:
        body = {
            "RequestId": request_id(),
            "HostId": request.headers.get("host", "") if request else "",
            "Code": refused.code,
            "Message": refused.message,
            "Recommend": f"https://api.alibabacloud.com/troubleshoot?q={refused.code}",
        }
        if product == "cs" and self.cloud.state.switches.lower_case_cs_errors:
            body = {"requestId": body["RequestId"], "code": refused.code, "message": refused.message}
        elif request is not None and _wants_xml(request, params):
            return Reply(refused.status, xml.encode("Error", body), _XML, code=refused.code)
        return Reply(refused.status, msgspec.json.encode(body), code=refused.code)

    def _parameters(self, request: Request) -> dict[str, str]:
        """Query and form parameters; Action and Version also from headers and path. Parsed once per request."""
        last: tuple[Request, dict[str, str]] | None = getattr(self._last, "value", None)
        if last is not None and last[0] is request:
            return last[1]
        params = _parse(request)
        self._last.value = (request, params)
        return params


def _parse(request: Request) -> dict[str, str]:
    params = dict(request.query)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params.update(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
    found = _CLUSTER.fullmatch(request.path)
    if found is not None and request.method == "GET":
        action = "DescribeClusterNodePools" if found.group(2) else "DescribeClusterDetail"
        return {**params, "Action": action, "Version": "2015-12-15", "ClusterId": found.group(1)}
    for name in ("Action", "Version"):
        if name not in params and f"x-acs-{name.lower()}" in request.headers:
            params[name] = request.headers[f"x-acs-{name.lower()}"]
    return params


def _wants_xml(request: Request, params: dict[str, str]) -> bool:
    """Format says so; without it calls that are signed in the oldest style get XML, the published default."""
    wanted = params.get("Format", "XML" if "SignatureVersion" in params else "JSON")
    return wanted.upper() == "XML" and "x-acs-action" not in request.headers
