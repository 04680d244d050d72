"""A process on a node gets the node's role from the sandbox's metadata service, and is that role in the cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_credentials.http import HttpOptions
from alibabacloud_credentials.provider.ecs_ram_role import EcsRamRoleCredentialsProvider

from eipctl.sandbox.cloud.service import CloudService
from eipctl.sandbox.http import Request
from eipctl.sandbox.metadata import MetadataService
from eipctl.sandbox.server import Sandbox
from eipctl.sandbox.store import Store
from tests.children import EIPCTL
from tests.sandbox.cloud.conftest import HeldClock
from tests.sandbox.sdks.newer import described, refused, vpc_client
from tests.sandbox.sdks.stage import FAST, INSTANCE, WORKER_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, LIFE = "X-aliyun-ecs-metadata-token", "X-aliyun-ecs-metadata-token-ttl-seconds"
DATA, ROLES = "/latest/meta-data/", "/latest/meta-data/ram/security-credentials/"
ON_A_NODE = """
import os, sys
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_tea_openapi.utils_models import Config
from alibabacloud_vpc20160428 import client, models

keys = Credentials().get_credential()
del os.environ["http_proxy"]  # the SDK would ask it for the endpoint too, whatever no_proxy says
config = Config(
    access_key_id=keys.access_key_id,
    access_key_secret=keys.access_key_secret,
    security_token=keys.security_token,
    region_id="cn-hangzhou",
    protocol="http",
    endpoint=sys.argv[1],
)
request = models.DescribeEipAddressesRequest(region_id="cn-hangzhou")
print(keys.access_key_id, client.Client(config).describe_eip_addresses(request).body.total_count)
"""
LOOKS = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["vpc:DescribeEipAddresses"], "Resource": "*"}]}


def _ask(sandbox: Sandbox, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(sandbox.metadata_url + path, method=method, headers=named)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _proven(sandbox: Sandbox, path: str) -> tuple[int, str]:
    status, token = _ask(sandbox, "/latest/api/token", "PUT", **{LIFE: "21600"})
    assert status == 200
    return _ask(sandbox, path, **{TOKEN: token})


@pytest.fixture
def granted(sandbox: Sandbox) -> Iterator[None]:
    """The worker role may look at EIPs for as long as this lasts."""
    sandbox.cloud.add_policy("imds-looks", LOOKS)
    before = sandbox.cloud.state.roles[WORKER_ROLE]
    sandbox.cloud.add_role(WORKER_ROLE, policies=("imds-looks",))
    yield
    with sandbox.store.transaction():
        sandbox.cloud.state.roles.put(WORKER_ROLE, before)


@pytest.fixture
def only_v2(sandbox: Sandbox) -> Iterator[None]:
    """Requests without a token are refused."""
    sandbox.cloud.set_switches(imds_v1=False)
    yield
    sandbox.cloud.set_switches(imds_v1=True)


def test_who_am_i(sandbox: Sandbox) -> None:
    """With a token the service tells region, instance and role, and lists what it has."""
    assert _proven(sandbox, f"{DATA}region-id") == (200, "cn-hangzhou")
    assert _proven(sandbox, f"{DATA}instance-id") == (200, INSTANCE)
    assert _proven(sandbox, ROLES) == (200, WORKER_ROLE)
    assert {"region-id", "instance-id", "ram/"} <= set(_proven(sandbox, DATA)[1].split())
    assert _proven(sandbox, f"{DATA}no-such-thing")[0] == 404
    assert _proven(sandbox, f"{ROLES}AnotherRole")[0] == 404
    assert _proven(sandbox, "/")[0] == 404


def test_tokens(sandbox: Sandbox) -> None:
    """A token needs a life of 1 to 21600 seconds and a PUT, and one that was never given is refused."""
    for life in ("0", "21601", "long", "-1", "", "１"):
        assert _ask(sandbox, "/latest/api/token", "PUT", **{LIFE: life.encode().decode("latin-1")})[0] == 400
    assert _ask(sandbox, "/latest/api/token", "PUT")[0] == 400
    assert _ask(sandbox, "/latest/api/token")[0] == 405
    assert _ask(sandbox, f"{DATA}region-id", "PUT")[0] == 405
    assert _ask(sandbox, f"{DATA}region-id", **{TOKEN: "never-given"})[0] == 401


def test_without_a_token(sandbox: Sandbox) -> None:
    """Version 1, without a token, works as on instances that do not insist on version 2."""
    assert _ask(sandbox, f"{DATA}region-id") == (200, "cn-hangzhou")


@pytest.mark.usefixtures("only_v2")
def test_without_a_token_where_one_is_needed(sandbox: Sandbox) -> None:
    """With the switch off, only version 2 works."""
    assert _ask(sandbox, f"{DATA}region-id")[0] == 403
    assert _proven(sandbox, f"{DATA}region-id")[0] == 200


def _keys(sandbox: Sandbox) -> dict[str, str]:
    status, text = _proven(sandbox, ROLES + WORKER_ROLE)
    assert status == 200
    found: dict[str, str] = json.loads(text)
    return found


def _worker(sandbox: Sandbox) -> Any:
    keys = _keys(sandbox)
    return vpc_client(sandbox.cloud_url, (keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"]))


def test_keys_are_kept_for_hours(sandbox: Sandbox) -> None:
    """Whoever asks again soon gets the same keys."""
    first = _keys(sandbox)
    assert first["Code"] == "Success"
    assert first["AccessKeyId"].startswith("STS.")
    assert _keys(sandbox) == first
    assert first["LastUpdated"] < first["Expiration"]


@pytest.mark.usefixtures("granted")
def test_worker_may_what_its_role_may(sandbox: Sandbox) -> None:
    """With the keys from there a process is the worker role: what a policy grants works."""
    assert described(_worker(sandbox)) is not None


def test_worker_may_nothing_else(sandbox: Sandbox) -> None:
    """Without a grant the worker role is refused, and the token is needed with the keys."""
    assert refused(lambda: described(_worker(sandbox))) == (403, "Forbidden.RAM")
    keys = _keys(sandbox)
    bare = vpc_client(sandbox.cloud_url, (keys["AccessKeyId"], keys["AccessKeySecret"]))
    assert refused(lambda: described(bare)) == (400, "MissingSecurityToken")


# alibabacloud-credentials has 100.100.100.200 built in and no option for another host, but honours an HTTP proxy.
@pytest.mark.usefixtures("granted", "only_v2")
@pytest.mark.parametrize("role", [WORKER_ROLE, ""])
def test_vendor_provider(sandbox: Sandbox, role: str) -> None:
    """The vendor's ecs_ram_role provider gets keys with version 2, whether it is told the role or not."""
    provider = EcsRamRoleCredentialsProvider(
        role_name=role,
        disable_imds_v1=True,
        http_options=HttpOptions(proxy=sandbox.metadata_url),
        async_update_enabled=False,
    )
    keys = provider.get_credentials()
    key = (keys.get_access_key_id(), keys.get_access_key_secret(), keys.get_security_token())
    assert key[0] == _keys(sandbox)["AccessKeyId"]
    assert described(vpc_client(sandbox.cloud_url, key)) is not None


@pytest.mark.usefixtures("granted")
def test_process_on_a_node(sandbox: Sandbox) -> None:
    """A process that has no AccessKey but the metadata service acts as the worker role."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
    own = {"http_proxy": sandbox.metadata_url, "HOME": str(sandbox.directory)}
    done = subprocess.run(
        [sys.executable, "-c", ON_A_NODE, sandbox.cloud_url.removeprefix("http://")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**clean, **own},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [_keys(sandbox)["AccessKeyId"], str(len(sandbox.cloud.eips()))]


@pytest.mark.usefixtures("granted")
def test_eipctl_on_a_node(sandbox: Sandbox) -> None:
    """eipctl without an AccessKey asks the cloud as the worker role."""
    sandbox.calls.clear()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_CLOUD_")}
    led = {name: value for name, value in sandbox.env().items() if "ACCESS_KEY" not in name}
    done = subprocess.run(
        [*EIPCTL, "status"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**clean, **led, "http_proxy": sandbox.metadata_url, "HOME": str(sandbox.directory)},
    )
    assert done.returncode == 0, done.stderr
    calls = [(call["service"], call["status"]) for call in sandbox.calls.listing() if call["service"] != "kube"]
    assert set(calls) == {("metadata", 200), ("cloud", 200)}


def test_restart_and_reset(tmp_path: Path) -> None:
    """A sandbox that goes on keeps its port and the keys it gave; one that is reset gives keys that work again."""
    with Sandbox(tmp_path / "again", speed=FAST) as first:
        url, keys = first.metadata_url, _keys(first)
    with Sandbox(tmp_path / "again", scenario=None, speed=FAST) as second:
        assert second.metadata_url == url
        key = (keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"])
        assert refused(lambda: described(vpc_client(second.cloud_url, key))) == (403, "Forbidden.RAM")
        assert _keys(second)["Code"] == "Success"
        second.reset()
        assert refused(lambda: described(vpc_client(second.cloud_url, key))) == (404, "InvalidAccessKeyId.NotFound")
        assert refused(lambda: described(_worker(second))) == (403, "Forbidden.RAM")


def test_time_passes() -> None:
    """A token ends with its life, and keys are renewed half an hour before they end."""
    clock = HeldClock()
    cloud = CloudService(Store(), clock).cloud
    cloud.add_role("worker")
    cloud.add_instance("i-1", "vpc-1", role="worker")
    service = MetadataService(cloud.state)

    def ask(method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        reply = service.handle(Request(method, path, (), headers, b""))
        return reply.status, reply.body.decode()

    def token() -> dict[str, str]:
        return {TOKEN.lower(): ask("PUT", "/latest/api/token", {LIFE.lower(): "60"})[1]}

    held = token()
    first = ask("GET", f"{ROLES}worker", held)
    clock.moment += 61
    assert ask("GET", f"{ROLES}worker", held)[0] == 401
    assert ask("GET", f"{ROLES}worker", token()) == first
    clock.moment += 5.5 * 3600
    renewed = ask("GET", f"{ROLES}worker", token())
    assert renewed[0] == 200
    assert renewed != first


def test_faults_reach_it(sandbox: Sandbox) -> None:
    """A fault rule spoils what a node asks for once."""
    sandbox.faults.add({"do": "error", "service": "metadata", "api": f"GET {DATA}region-id", "status": 503})
    assert _proven(sandbox, f"{DATA}region-id")[0] == 503
    assert _proven(sandbox, f"{DATA}region-id")[0] == 200
