"""Nothing is lost by a restart, and the sandbox's own paths need its token."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.cloud.cloud import ROOT, Cloud
from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.faults import Faults
from eipctl.sandbox.http import CallLog, Reply, Server
from eipctl.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.sandbox.clock import Clock

    Advance = Callable[[float], None]


def _everything(cloud: Cloud) -> dict[str, Any]:
    tables = {
        name: value for name, value in vars(cloud.state).items() if hasattr(value, "items") and hasattr(value, "put")
    }
    return {name: table.items() for name, table in tables.items()}


def test_restart(tmp_path: Path, clock: Clock, advance: Advance) -> None:
    """A cloud on the same file has the same objects, settings and tokens, and states go on settling."""
    first = Store(tmp_path / "state.db")
    cloud = Cloud(first, clock, "cn-hangzhou", "1")
    cloud.add_policy("p", {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    cloud.add_role("worker", policies=("p",))
    cloud.add_access_key("k", "s", user="ops", policies=("p",))
    cloud.add_instance("i-1", "vpc-1", "worker")
    cloud.add_vswitch("vsw-1", "vpc-1", "10.0.0.0/24")
    cloud.add_cluster("c1", name="n", vpc_id="vpc-1", worker_role="worker")
    cloud.add_bandwidth_package("cbwp-1")
    cloud.add_eni(
        "eni-1", vpc_id="vpc-1", vswitch_id="vsw-1", instance_id="i-1", primary_ip="10.0.0.1", tags={"a": "b"}
    )
    cloud.set_quota(7)
    cloud.set_limit("DescribeEipAddresses", 5, 10)
    cloud.set_switches(strict_names=False)
    made = cloud.call(ROOT, "Vpc", "AllocateEipAddress", {"ClientToken": "t"})
    target = {"InstanceId": "eni-1", "InstanceType": "NetworkInterface", "PrivateIpAddress": "10.0.0.1"}
    cloud.call(ROOT, "Vpc", "AssociateEipAddress", {"AllocationId": made["AllocationId"], **target})
    going = cloud.call(ROOT, "Vpc", "AllocateEipAddress", {})
    cloud.call(ROOT, "Vpc", "ReleaseEipAddress", {"AllocationId": going["AllocationId"]})
    before = _everything(cloud)
    first.close()

    cloud = Cloud(Store(tmp_path / "state.db"), clock, "cn-hangzhou", "1")
    assert _everything(cloud) == before
    assert cloud.call(ROOT, "Vpc", "AllocateEipAddress", {"ClientToken": "t"})["AllocationId"] == made["AllocationId"]
    advance(1)
    assert [(row.allocation_id, row.status) for row in cloud.eips()] == [(made["AllocationId"], "InUse")]
    assert cloud.call(ROOT, "Vpc", "AllocateEipAddress", {})["AllocationId"] not in (
        made["AllocationId"],
        going["AllocationId"],
    )


def test_eips_wake_nobody(cloud: Cloud) -> None:
    """What waits for changes (the cluster's controllers) is not woken by EIPs and tokens, but by rights and ENIs."""
    store = cloud.state.store
    before = store.changes
    made = cloud.call(ROOT, "Vpc", "AllocateEipAddress", {"ClientToken": "t"})["AllocationId"]
    cloud.call(ROOT, "Vpc", "ReleaseEipAddress", {"AllocationId": made})
    assert store.changes == before
    cloud.add_role("worker")
    assert store.changes > before


def test_reset(cloud: Cloud, clock: Clock) -> None:
    """After a reset nothing is left, neither objects nor keys nor settings."""
    cloud.add_eip()
    cloud.set_quota(7)
    cloud.reset()
    assert {name: rows for name, rows in _everything(cloud).items() if rows} == {}
    assert cloud.state.settings.quota == 20


def _ask(url: str, method: str, path: str, body: Any = None, token: str = "let-me-in") -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{url}/_sandbox/{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_token_is_needed(url: str) -> None:
    """Without the right token the sandbox's own paths are closed."""
    assert _ask(url, "GET", "eips", token="guess")[0] == 401
    assert _ask(url, "GET", "eips", token="")[0] == 401
    assert _ask(url, "GET", "eips")[0] == 200


def test_without_a_token_nobody_is_let_in(clock: Clock) -> None:
    """A service made without a token has no open admin paths."""
    server = Server(CloudService(Store(), clock), Faults(), CallLog())
    server.start()
    assert _ask(f"http://127.0.0.1:{server.port}", "GET", "eips", token="")[0] == 401
    server.stop()


def test_switches_and_limits(url: str, cloud: Cloud) -> None:
    """Switches, quota and limits are read and changed; unknown names and wrong types are refused."""
    status, switches = _ask(url, "PATCH", "switches", {"hidden_describes": 3})
    assert (status, switches["hidden_describes"], cloud.state.switches.hidden_describes) == (200, 3, 3)
    assert _ask(url, "PATCH", "switches", {"no_such_switch": 3})[0] == 400
    assert _ask(url, "PATCH", "switches", {"hidden_describes": "three"})[0] == 400
    assert _ask(url, "PATCH", "switches", [1])[0] == 400
    assert _ask(url, "GET", "switches")[1]["hidden_describes"] == 3
    _, limits = _ask(url, "PATCH", "limits", {"quota": 9, "apis": {"AllocateEipAddress": {"calls": 3, "seconds": 6}}})
    assert (limits["quota"], limits["apis"]["AllocateEipAddress"]) == (9, {"calls": 3, "seconds": 6.0})
    assert limits["apis"]["DescribeEipAddresses"] == {"calls": 600, "seconds": 60.0}


def test_faults_and_calls(clock: Clock) -> None:
    """A rule put in force over HTTP spoils the call it names; the call log tells it; both can be cleared."""
    faults, log = Faults(), CallLog()
    service = CloudService(Store(), clock, admin_token="let-me-in", faults=faults, log=log)
    server = Server(service, faults, log)
    server.start()
    url = f"http://127.0.0.1:{server.port}"
    _, added = _ask(url, "POST", "faults", {"do": "error", "api": "AllocateEipAddress", "status": 503, "code": "Busy"})
    assert _ask(url, "GET", "faults")[1][0]["id"] == added["id"]
    assert _ask(url, "POST", "faults", {"do": "explode"})[0] == 400
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/?Action=AllocateEipAddress&AllocationId=eip-1")
    assert (caught.value.code, json.load(caught.value)["Code"]) == (503, "Busy")
    (call,) = _ask(url, "GET", "calls")[1]
    assert (call["service"], call["api"], call["object"], call["fault"]) == (
        "cloud",
        "AllocateEipAddress",
        "eip-1",
        "error",
    )
    assert _ask(url, "DELETE", "calls")[0] == 200
    assert _ask(url, "DELETE", "faults")[0] == 200
    assert (log.listing(), faults.listing()) == ([], [])
    server.stop()


def test_others_add_their_paths(url: str, service: CloudService, cloud: Cloud) -> None:
    """A path that is put into the registry is served; EIPs are listed; an unknown path is 404."""
    service.admin["GET", "/_sandbox/hello"] = lambda request: Reply(200, b'"hello"')
    assert _ask(url, "GET", "hello") == (200, "hello")
    made = cloud.add_eip(name="web")
    assert [(row["allocation_id"], row["name"]) for row in _ask(url, "GET", "eips")[1]] == [(made, "web")]
    assert _ask(url, "GET", "nothing")[0] == 404
