"""status on the command line: choosing, sorting, watching, and what is left without rights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import termios
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.registry import rights_of
from eipctl.commands.status.report import StatusOptions, observe_allowed
from eipctl.commands.status.watch import reports
from eipctl.domain.rights import Right
from tests.answers import read_lines
from tests.children import EIPCTL, child, output
from tests.e2e.narrow import Narrow
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.user import User

WATCH = (*EIPCTL, "status", "--watch")
ONLY_PODS = (Right("list", "pods"),)
RESULT = "k8s.aliyun.com/allocated-eipAddress"


@pytest.fixture
def stage(modern: User, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Two Pods with an EIP and one that waits; eipctl in this process leads there."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    for name in ("a", "b"):
        stage.add_pod(name, AUTO)
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    stage.add_pod("waits", AUTO)
    return stage


def shown(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """stdout of `eipctl status`."""
    assert run(["status", *words]) == code
    return capsys.readouterr().out


@pytest.mark.usefixtures("stage")
def test_states_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """In any case, several at once; sums are of what is shown, and --exit-code tells whether there is any."""

    def names(*words: str, code: int = 0) -> list[str]:
        return shown(capsys, "-o", "name", *words, code=code).split()

    assert names("--state", "pending") == ["pod/waits"]
    assert names("--state", "!bound") == names("--state", "!Bound,!Misplaced") == ["pod/waits"]
    assert names("--state", "Bound,Pending", "--state", "!Bound") == ["pod/waits"]
    assert names("--field-selector", "metadata.name=a") == ["pod/a"]
    assert names("--state", "Bound,Pending") == names("--state", "Bound", "--state", "Pending") == names()
    assert names("--state", "Drifted", "--exit-code") == []
    assert names("--state", "Pending", "--exit-code", code=3) == ["pod/waits"]
    data = json.loads(shown(capsys, "--state", "Pending", "-o", "json"))["data"]
    assert (data["summary"]["pods"], data["cost"]["per_month"]) == (1, 0.0)


@pytest.mark.usefixtures("stage")
def test_the_order_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """The worst state first; by age, the oldest first; by namespace, as it says."""
    assert shown(capsys, "-o", "name").split() == ["pod/waits", "pod/a", "pod/b"]
    assert shown(capsys, "-o", "name", "--sort-by", "namespace").split() == ["pod/a", "pod/b", "pod/waits"]
    assert shown(capsys, "-o", "name", "--sort-by", "age").split()[-1] == "pod/waits"
    for name in ("cost", "cost_per_month", "USD/MONTH", "MBIT/S", "pod", ".metadata.name"):
        assert shown(capsys, "-o", "name", "--sort-by", name).split()[-1] == "pod/waits"


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--state", "Bund"], "did you mean Bound?"),
        (["--state", "x"], "one of Misplaced, Conflict"),
        (["--state", "!Bund"], "did you mean Bound?"),
        (["--by", "workload", "-o", "name"], "leave one out"),
        (["--by", "workload", "--watch"], "leave one out"),
        (["pod/a", "--watch"], "can't be used with -l"),
        (["web"], "write it like pod/web-0"),
        (["-A", "pod/a"], "write pod/NAMESPACE/a"),
        (["--sort-by", "spice"], "one of namespace, name"),
        (["--sort-by", "band_width"], "did you mean bandwidth?"),
        (["--orphans", "--state", "Bound"], "use one"),
        (["--watch", "--exit-code"], "can't be used with --exit-code"),
        (["--watch", "-o", "csv"], "can't be used with -o csv"),
    ],
)
def test_wrong_choices_are_told(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, with what there is."""
    assert run(["status", *words]) == 2
    assert says in capsys.readouterr().err


def test_orphans_alone_are_listed_and_summed(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """In every form, and their names are what `eipctl release` takes."""
    stage.delete_pod("a")
    (orphan,) = json.loads(shown(capsys, "--orphans", "-o", "json"))["data"]["orphans"]
    assert shown(capsys, "--orphans", "-o", "name") == f"{orphan['allocation_id']}\n"
    header, row = shown(capsys, "--orphans", "-o", "csv").splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["orphan"] == orphan["allocation_id"]
    assert shown(capsys, "--orphans").splitlines()[0] == "1 orphaned; USD 2.26 a month without traffic"
    assert run(["release", orphan["allocation_id"], "--yes", "-q"]) == 0


@pytest.mark.usefixtures("stage")
def test_wide_has_totals(capsys: pytest.CaptureFixture[str]) -> None:
    """By namespace and by workload, with their money."""
    text = shown(capsys, "-o", "wide")
    blocks = [block.splitlines() for block in text.split("\n\n")[1:]]
    assert [block[0].split()[:2] for block in blocks[1:3]] == [["NAMESPACE", "PODS"], ["NAMESPACE", "WORKLOAD"]]
    assert blocks[1][1].split() == ["default", "3", "2", "0", "4.53"]
    assert ["default", "Pod/a", "1", "1", "0", "2.26"] in [line.split() for line in blocks[2]]


def test_with_rights_on_pods_and_eips_alone_it_shows_what_is_certain(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bound where tags and place agree, Unknown otherwise; each column that could not be filled is named on stderr."""
    narrow = Narrow(stage.sandbox)
    narrow.may(ONLY_PODS, ["vpc:DescribeEipAddresses"])
    for name, value in narrow.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou")
    assert run(["status"]) == 0
    told = capsys.readouterr()
    rows = {line.split()[1]: line.split()[2:4] for line in told.out.splitlines()[1:] if line.startswith("default")}
    addresses = sorted(row.address for row in stage.cloud.eips())
    assert sorted(address for state, address in rows.values() if state == "Bound") == addresses
    assert rows["waits"] == ["Unknown", "-"]
    assert "not filled: orphans and drift, because" in told.err
    assert "may not list nodes" in told.err


def test_without_the_right_to_eips_nothing_is_called_pending(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the Pods tell of themselves is told as that."""
    narrow = Narrow(stage.sandbox)
    narrow.may(ONLY_PODS, [])
    for name, value in narrow.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou")
    assert run(["status", "-o", "json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert {pod["state"] for pod in data["pods"]} == {"Unknown"}
    (told,) = [text for text in data["warnings"] if "vpc:DescribeEipAddresses" in text]
    assert told.startswith("not filled: EIP, ID, MBIT/S, BY, orphans, drift and money")
    assert "not compared with the cloud" in data["pods"][0]["reason"]


def test_what_could_not_be_read_is_not_told_as_well(
    stage: Stage, modern: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to nodes all Pods may be well, and nobody knows of orphans: no sum is final, and 3 the exit."""
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    stage.delete_pod("waits")
    narrow = Narrow(stage.sandbox)
    narrow.may([right for right in rights_of("status") if right.resource != "nodes"], ["vpc:DescribeEipAddresses"])
    for name, value in narrow.environ().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou")
    text = shown(capsys, "--exit-code", code=3)
    first = text.splitlines()[0]
    assert first.endswith("2 bound; orphans could not be read in full; at least USD 4.53 a month without traffic")
    assert shown(capsys, "--orphans", "--exit-code", code=3).startswith("orphans could not be read in full; ")
    assert json.loads(shown(capsys, "-o", "json"))["data"]["complete"] is False


def test_with_few_rights_a_partial_list_is_told_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns are named for what did not come, as they are for what may not be read."""
    monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou")
    narrow = Narrow(stage.sandbox)
    narrow.may(ONLY_PODS, ["vpc:DescribeEipAddresses"])
    for _ in range(100):
        stage.cloud.add_eip()
    stage.sandbox.faults.add({"do": "shift", "api": "DescribeEipAddresses", "times": 0})
    warnings = observe_allowed(narrow.session(), StatusOptions()).warnings
    (told,) = [text for text in warnings if "partial read" in text]
    assert told.startswith("not filled: EIP, ID, MBIT/S, BY and money of some Pods, because")


class Watching:
    """`eipctl status --watch` as a process, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def ended(self) -> int:
        """Its exit code."""
        return self.process.wait(120)


@pytest.fixture
def watching(stage: Stage) -> Iterator[Watching]:
    """It is ended at the end."""
    with child(
        [*WATCH, "-o", "json"], env=environment(stage), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as one:
        yield Watching(one)


def environment(stage: Stage, **more: str) -> dict[str, str]:
    """What leads a process there."""
    return {**os.environ, **stage.sandbox.env(), **more}


def events(watching: Watching) -> list[tuple[str, str, str]]:
    found = read_lines("changes", "".join(list(watching.lines)))
    return [(each["event"], each["pod"]["name"], each["pod"]["state"]) for each in found if "pod" in each]


def test_a_watch_tells_each_change_once(stage: Stage, modern: User, watching: Watching) -> None:
    """What there is, then what bind did, then what went; and it does not list the Pods again and again."""
    modern.until(lambda: len(watching.lines) == 3)
    assert {name: state for _, name, state in events(watching)} == {"a": "Bound", "b": "Bound", "waits": "Pending"}
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    modern.until(lambda: ("changed", "waits", "Bound") in events(watching))
    stage.delete_pod("a")
    modern.until(lambda: any(event[:2] == ("gone", "a") for event in events(watching)))
    calls = stage.sandbox.calls.listing()
    assert any("watch=true" in json.dumps(call) or call["api"] == "watch" for call in calls)
    watching.process.terminate()
    assert watching.ended() == 143
    modern.until(lambda: "exit_code" in watching.lines[-1])
    assert json.loads(watching.lines[-1])["exit_code"] == 143


def test_a_watch_outlives_failures_that_pass(stage: Stage, modern: User) -> None:
    """It shows what it knew with a warning, and what is new once the API server answers again."""
    views = reports(modern.session(), StatusOptions())
    assert len(next(views).pods) == 3
    modern.sandbox.faults.add({"do": "error", "service": "kube", "api": "list", "times": 0})
    stage.add_pod("late", AUTO)
    blind = next(views)
    assert ([row.pod.name for row in blind.pods], len(blind.warnings)) == (["waits", "a", "b"], 1)
    assert blind.warnings[0].startswith("not up to date: ")
    modern.sandbox.faults.clear()
    stage.delete_pod("a")
    seen = next(views)
    assert ([row.pod.name for row in seen.pods], seen.warnings) == (["late", "waits", "b"], ())


@contextmanager
def screen(drawn: bytearray) -> Iterator[tuple[int, Callable[[str], bool]]]:
    """A terminal: where to write, and whether a text has come so far; all that has come is added to `drawn`."""
    terminal, end = os.openpty()
    os.set_blocking(terminal, False)

    def shows(text: str) -> bool:
        with suppress(BlockingIOError):
            drawn.extend(os.read(terminal, 65536))
        return text.encode() in drawn

    try:
        yield end, shows
    finally:
        os.close(end)
        os.close(terminal)


@pytest.mark.parametrize(
    ("term", "begins"), [("xterm", "\x1b[H\x1b[2J3 Pods: … 1 pending"), ("dumb", "3 Pods: … 1 pending")]
)
def test_on_a_terminal_a_watch_redraws(stage: Stage, modern: User, term: str, begins: str) -> None:
    """Over what it drew, and what was on the screen before stays to be scrolled back to; a dumb one gets a stream."""
    drawn = bytearray()
    with screen(drawn) as (end, shows), child(WATCH, env=environment(stage, TERM=term), stdout=end) as watching:
        modern.until(lambda: shows("waits"))
        watching.terminate()
        assert watching.wait(120) == 143
    assert drawn.decode().startswith(begins)
    assert b"\x1b[3J" not in drawn


def test_a_watch_fits_a_screen_that_changes_its_size(stage: Stage, modern: User) -> None:
    """At once, though no Pod has changed."""
    environ = environment(stage, TERM="xterm")
    for name in ("COLUMNS", "LINES"):
        environ.pop(name, None)
    with screen(bytearray()) as (end, shows):
        termios.tcsetwinsize(end, (24, 200))
        with child(WATCH, env=environ, stdout=end, stderr=subprocess.DEVNULL):
            modern.until(lambda: shows("3 Pods"))
            assert not shows("lines more")
            termios.tcsetwinsize(end, (4, 200))
            modern.until(lambda: shows("lines more"))


def test_a_watch_ends_in_time(stage: Stage) -> None:
    """Exit 124; a table has all rows before the changes. A busy machine needs more time for them."""
    for seconds in (2, 8, 32):
        code, out, _ = output([*WATCH, "--timeout", f"{seconds}s"], env=environment(stage))
        assert code == 124
        if out:
            break
    assert [line.split()[1] for line in out.splitlines()[3:6]] == ["waits", "a", "b"]


def test_a_closed_pipe_is_no_error(stage: Stage) -> None:
    """`eipctl status --watch | head -1` ends when head has read enough."""
    command = f"{sys.executable} -m eipctl status --watch -o json | head -1"
    code, out, err = output(["bash", "-o", "pipefail", "-c", command], env=environment(stage))
    assert (code, err) == (0, "")
    assert json.loads(out)["event"] == "added"


def test_rows_reach_head_and_awk_whole(stage: Stage) -> None:
    """A pipe is neither cut nor coloured, and columns stay columns with hostile names in annotations."""
    hostile = "[/red]\x1b[31m\n\tx"
    stage.objects.patch_metadata("pods", "default", "waits", {RESULT: hostile, "k8s.aliyun.com/eip-bandwidth": hostile})
    command = f"{sys.executable} -m eipctl status | awk '/^default/ {{print NF, $3}}'"
    code, out, _ = output(["bash", "-o", "pipefail", "-c", command], env=environment(stage, COLUMNS="20"))
    assert code == 0
    assert out.splitlines()[0].endswith("Conflict")
    assert out.splitlines()[1:] == ["6 Bound", "6 Bound"]
    assert "\x1b" not in out
