"""The sandbox is killed under load: what it has acknowledged is there afterwards, and it all fits together.

``EIPCTL_CRASHES=50 pytest tests/sandbox/test_crash.py`` kills it 50 times.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from eipctl.base.errors import EipctlError
from eipctl.domain.settings import EipSpec
from eipctl.engine.session import Session, Settings
from eipctl.sandbox import files, lifecycle
from eipctl.sandbox.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eipctl.sandbox.files import Record

CRASHES = int(os.environ.get("EIPCTL_CRASHES", "3"))
WRITERS = 4
MAPS = "/api/v1/namespaces/default/configmaps"


@dataclass
class Acknowledged:
    """What the sandbox has said to have done."""

    eips: set[str] = field(default_factory=set)
    maps: dict[str, str] = field(default_factory=dict)
    version: int = 0


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A folder whose sandbox is stopped afterwards."""
    yield tmp_path / "sandbox"
    lifecycle.down(tmp_path / "sandbox")


def ask(record: Record, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One Kubernetes call; OSError when the sandbox dies meanwhile."""
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection("127.0.0.1", urlsplit(record.kube_url).port, context=context, timeout=10)
    headers = {"Authorization": f"Bearer {record.kube_token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    assert answer["kind"] != "Status", answer
    return answer


def write_until_it_dies(record: Record, environ: dict[str, str], done: Acknowledged, name: str) -> None:
    """Buy and tag EIPs, create and change ConfigMaps, and note what was acknowledged."""
    session = Session(
        Settings(kubeconfig=environ["KUBECONFIG"], environ=environ, endpoint_url=record.cloud_url, timeout=60.0)
    )
    writer = session.writers().vpc
    for number in range(10_000):
        try:
            allocation_id, _ = writer.allocate(EipSpec(), (("owner", name),), f"token-{name}-{number}")
            done.eips.add(allocation_id)
            key = f"{name}-{number}"
            made = ask(record, "POST", MAPS, {"metadata": {"name": key}, "data": {"k": "1"}})
            done.maps[key] = "1"
            changed = ask(record, "PUT", f"{MAPS}/{key}", {**made, "data": {"k": "2"}})
            done.maps[key] = "2"
            done.version = max(done.version, int(changed["metadata"]["resourceVersion"]))
        except (EipctlError, OSError, ValueError, http.client.HTTPException):
            return


def crash(record: Record, directory: Path, done: Acknowledged, round_number: int) -> None:
    """Kill it while several clients write."""
    environ = files.environment(directory, record)
    threads = [
        threading.Thread(target=write_until_it_dies, args=(record, environ, done, f"{round_number}-{number}"))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    before = len(done.eips)
    while len(done.eips) < before + 3 * WRITERS:
        assert any(thread.is_alive() for thread in threads)
        threads[0].join(0.01)
    os.kill(record.pid, signal.SIGKILL)
    for thread in threads:
        thread.join(60)


def test_no_acknowledged_write_is_lost(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """EIPs with their tags, ConfigMaps with their last data, and resourceVersions that never go back."""
    done = Acknowledged()
    record = lifecycle.up(directory, quota=100_000, speed=50.0)
    Client(record).limit({"apis": {"AllocateEipAddress": {"calls": 0}}})
    for number in range(CRASHES):
        crash(record, directory, done, number)
        record = lifecycle.up(directory)
        eips = {row["allocation_id"]: row for row in Client(record).eips()}
        maps = ask(record, "GET", MAPS)
        data = {item["metadata"]["name"]: item["data"]["k"] for item in maps["items"] if "k" in item.get("data", {})}
        assert done.eips <= eips.keys()
        assert all(["owner", eips[name]["tags"][0][1]] == eips[name]["tags"][0] for name in done.eips)
        assert all(data[key] >= acknowledged for key, acknowledged in done.maps.items())
        assert int(maps["metadata"]["resourceVersion"]) >= done.version
        addresses = [row["address"] for row in eips.values()]
        assert len(addresses) == len(set(addresses))
    with capsys.disabled():
        sys.stdout.write(f"{CRASHES} kills: {len(done.eips)} EIPs and {len(done.maps)} ConfigMaps acknowledged\n")


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_crash_on_purpose(directory: Path, when: str, made: int) -> None:
    """The process ends at the call, before or after its work; a new one has the state, the speed and the switches."""
    record = lifecycle.up(directory, speed=50.0)
    client = Client(record)
    client.switch(newest_first=False)
    client.add_fault({"do": "crash", "when": when, "api": "AllocateEipAddress"})
    environ = files.environment(directory, record)
    settings = Settings(kubeconfig=environ["KUBECONFIG"], environ=environ, endpoint_url=record.cloud_url, timeout=1.0)
    with pytest.raises(EipctlError):
        Session(settings).writers().vpc.allocate(EipSpec(), (), "token")
    assert lifecycle.running(directory) is None
    client = Client(lifecycle.up(directory))
    assert len(client.eips()) == made
    assert (client.info()["speed"], client.switch()["newest_first"], client.faults()) == (50.0, False, [])
