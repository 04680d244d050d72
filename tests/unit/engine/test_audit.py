"""The audit log where the disk is full or the file moves: what can't be recorded in full is not done."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from eipctl.base.errors import UsageError
from eipctl.base.stop import Stop
from eipctl.domain.actions.eips import Release
from eipctl.engine.audit import Audit
from eipctl.engine.audit_file import LARGEST, AuditFile
from eipctl.engine.calls import Call, Service

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


def events(log: Path) -> list[str]:
    """What each line is."""
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_a_file_that_was_put_aside_is_followed(tmp_path: Path) -> None:
    """The next line is in a new file of the old name and mode, as logrotate's `nocreate` expects it."""
    log = tmp_path / "audit.jsonl"
    audit = Audit(str(log), Stop())
    audit.begin(RELEASE)
    log.rename(tmp_path / "audit.jsonl-20261130")
    audit.begin(RELEASE)
    audit.begin(RELEASE)
    assert events(log) == ["begin", "begin"]
    assert events(tmp_path / "audit.jsonl-20261130") == ["begin"]
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_replaced_is_followed(tmp_path: Path) -> None:
    """logrotate's `create` makes the new one itself."""
    log, new = tmp_path / "audit.jsonl", tmp_path / "new"
    audit = Audit(str(log), Stop())
    new.touch(mode=0o600)
    new.rename(log)
    audit.begin(RELEASE)
    assert events(log) == ["begin"]


def test_a_file_put_aside_is_let_go_without_a_line_to_write(tmp_path: Path) -> None:
    """Its space is free once logrotate has removed it, also while nothing is changed."""
    log = tmp_path / "audit.jsonl"
    audit = Audit(str(log), Stop())
    log.unlink()
    audit.refresh()
    assert log.exists()
    held = [path.resolve() for path in Path("/proc/self/fd").iterdir() if path.exists()]
    assert log in held
    audit.close()


def test_a_long_run_puts_its_own_log_aside(tmp_path: Path) -> None:
    """Not only the next run does: it may last for months."""
    log = tmp_path / "audit.jsonl"
    audit = Audit(str(log), Stop())
    log.write_bytes(b"x" * LARGEST + b"\n")
    audit.begin(RELEASE)
    assert events(log) == ["begin"]
    assert (tmp_path / "audit.jsonl.1").stat().st_size == LARGEST + 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that belongs to another user")
def test_a_run_does_not_follow_to_another_users_file(tmp_path: Path) -> None:
    """Whoever can put the log aside in a shared folder does not get the lines that follow; nothing more is done."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    log = folder / "audit.jsonl"
    audit = Audit(str(log), Stop())
    log.rename(folder / "aside")
    planted = folder / "planted"
    planted.touch()
    log.symlink_to(planted)
    os.lchown(log, 12345, 12345)
    with pytest.raises(UsageError, match="another user"):
        audit.begin(RELEASE)
    assert planted.read_bytes() == b""


def test_lines_of_many_threads_stay_whole_while_the_file_moves(tmp_path: Path) -> None:
    """None is lost, none is written to what another file has become of its descriptor."""
    log = tmp_path / "audit.jsonl"
    audit = Audit(str(log), Stop())

    def work() -> None:
        for _ in range(200):
            audit.begin(RELEASE)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        with suppress(FileNotFoundError):
            log.rename(tmp_path / f"audit-{number}")
        audit.refresh()
    for thread in threads:
        thread.join()
    audit.begin(RELEASE)
    assert sum(len(events(path)) for path in tmp_path.iterdir()) == 801


FULL = """
import os, resource, signal, sys
from tests.unit.engine.test_audit import Audit, RELEASE, Stop
from eipctl.base.errors import UsageError
from eipctl.domain.plan import Step, StepState
from eipctl.engine.audit import resume
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log, stop = sys.argv[1], Stop()
audit = Audit(log, stop)
audit.begin(RELEASE)
def room(bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, resource.RLIM_INFINITY))
def lost(work):
    try:
        work()
    except UsageError as error:
        return error
room(os.stat(log).st_size + 40)
audit.end(Step(RELEASE, StepState.DONE))
first = lost(stop.check)
print(first.code.value, lost(lambda: audit.begin(RELEASE)).code.value, lost(lambda: resume(log, first)).code.value)
room(resource.RLIM_INFINITY)
resume(log, first)
audit.begin(RELEASE)
"""


def test_a_run_that_could_not_record_goes_on_only_when_it_can(tmp_path: Path) -> None:
    """While the disk is full nothing may be changed; then a line says that it was, and the cut line is alone."""
    log = tmp_path / "audit.jsonl"
    ended = subprocess.run([sys.executable, "-c", FULL, str(log)], text=True, capture_output=True, check=False)
    assert ended.stdout.splitlines() == ["EIP906 EIP906 EIP906"], ended.stderr
    begin, *cut, resumed, last = log.read_text().splitlines()
    assert [json.loads(line)["event"] for line in (begin, resumed, last)] == ["begin", "resumed", "begin"]
    assert "can't be written: File too large" in json.loads(resumed)["after"]
    assert cut


HANGUP = """
import os, signal
from eipctl.engine.audit import ignoring_hangup
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with ignoring_hangup():
    os.kill(os.getpid(), signal.SIGHUP)
print("went on", flush=True)
os.kill(os.getpid(), signal.SIGHUP)
"""


def test_sighup_ends_no_run_that_lasts(tmp_path: Path) -> None:
    """As logrotate's postrotate sends it; otherwise it ends the process, as always."""
    words = [sys.executable, "-c", HANGUP, str(tmp_path / "audit.jsonl")]
    ended = subprocess.run(words, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (ended.stdout, ended.returncode) == ("went on\n", -signal.SIGHUP), ended.stderr


def test_a_log_that_somebody_has_locked_holds_no_run_up(tmp_path: Path) -> None:
    """As `flock audit.log eipctl …` has it: lines are written all the same, and the file is put aside later."""
    log = tmp_path / "audit.log"
    with log.open("wb") as held:
        held.truncate(LARGEST + 1)
        fcntl.flock(held, fcntl.LOCK_EX)
        with closing(AuditFile(str(log))) as audit:
            audit.append(b"while locked\n")
    assert log.read_bytes().endswith(b"while locked\n")
    with closing(AuditFile(str(log))) as audit:
        audit.append(b"afterwards\n")
    assert log.read_bytes() == b"afterwards\n"


def test_a_pipe_without_a_reader_can_not_be_the_log(tmp_path: Path) -> None:
    """What is written there is recorded nowhere, and a full one would hold the run up for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="can't be written"):
        Audit(str(tmp_path / "pipe"), Stop())


def test_a_pipe_whose_reader_is_stuck_is_given_up(tmp_path: Path) -> None:
    """It has some time to make room; what does not fit then is not recorded, and so not done."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    long = b"x" * (1 << 20)
    with closing(AuditFile(str(tmp_path / "pipe"), reader_seconds=0.05)) as audit:
        audit.append(b"a line\n")
        assert os.read(reader, 100) == b"a line\n"
        with pytest.raises(BlockingIOError):
            audit.append(long)
    os.close(reader)
