"""The audit log where the disk is full: what can't be recorded in full is not done."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from eipctl.base.stop import Stop
from eipctl.domain.actions.eips import Release
from eipctl.engine.audit import LARGEST, Audit
from eipctl.engine.calls import Call, Service

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = Release(
    namespace="default",
    pod="web-0",
    uid="u-1",
    allocation_id="eip-1",
    eip_address="47.1.2.3",
    eni_id="",
    private_ip="",
    reason="the Pod is gone",
)
BEGIN = """
import sys
from tests.unit.engine.test_audit import Audit, RELEASE, Stop
Audit(sys.argv[1], Stop()).begin(RELEASE)
"""


def begun(log: Path, *, room: int | None = None) -> subprocess.CompletedProcess[str]:
    """Another process records that it begins; its files may have `room` bytes."""

    def limit() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    words = [sys.executable, "-c", BEGIN, str(log)]
    return subprocess.run(words, text=True, capture_output=True, check=False, preexec_fn=limit)


def test_a_line_that_the_disk_takes_a_part_of_is_not_recorded(tmp_path: Path) -> None:
    """The system tells of a full disk only when there is no room at all; before that it writes less."""
    ended = begun(tmp_path / "audit.jsonl", room=40)
    assert ended.returncode != 0
    assert "can't be written: File too large" in ended.stderr


def test_the_next_run_begins_on_a_line_of_its_own(tmp_path: Path) -> None:
    """Behind what a full disk has cut; its first line would be lost to readers with it."""
    log = tmp_path / "audit.jsonl"
    begun(log, room=40)
    assert begun(log).returncode == 0
    cut, whole = log.read_text().splitlines()
    assert (len(cut), json.loads(whole)["event"]) == (40, "begin")


def test_whole_lines_follow_each_other(tmp_path: Path) -> None:
    """There is no empty line between two runs."""
    log = tmp_path / "audit.jsonl"
    for _ in range(2):
        Audit(str(log), Stop()).begin(RELEASE)
    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == ["begin", "begin"]


def test_a_large_log_that_can_not_be_put_aside_grows_on(tmp_path: Path) -> None:
    """What can be recorded is done: a file may be writable in a folder that is not."""
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"x" * LARGEST + b"\n")
    (tmp_path / "audit.jsonl.4").mkdir()
    (tmp_path / "audit.jsonl.5" / "not empty").mkdir(parents=True)
    Audit(str(log), Stop()).begin(RELEASE)
    assert json.loads(log.read_bytes()[LARGEST:])["event"] == "begin"


def test_a_pod_may_be_named_as_the_lease_is(tmp_path: Path) -> None:
    """Only calls about Leases are left out."""
    log = tmp_path / "audit.jsonl"
    audit = Audit(str(log), Stop())
    pod = "/k8s/c-1/api/v1/namespaces/leases/pods/leases-0"
    for path in (pod, "/k8s/c-1/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/eipctl"):
        audit.sent(Call(service=Service.KUBERNETES, api="PATCH", object=path))
    assert [json.loads(line)["target"] for line in log.read_text().splitlines()] == [pod]
