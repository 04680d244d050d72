"""examples/cron and examples/systemd: what they run is run here, as cron and systemd would run it."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.contract.test_readme import options
from tests.e2e.watching import started
from tests.faults.stage import AUTO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.lab import Lab

ROOT = Path(__file__).parents[2]
CRON, SYSTEMD = ROOT / "examples" / "cron", ROOT / "examples" / "systemd"
WATCH = SYSTEMD / "eipctl-watch.service"
SERVICES = sorted(SYSTEMD.glob("*.service"))
RUNS = [service for service in SERVICES if service != WATCH]
"""Those that end by themselves."""
UNITS = [path.name for kind in ("service", "timer") for path in sorted(SYSTEMD.glob(f"*.{kind}"))]
SAME = ["bind", "-A", "--prune", "--yes", "-q", "--lock-timeout", "1m"]
ASSIGNMENT = re.compile(r"([A-Za-z_]+)=(.*)")
SECRET = re.compile(r"(?i)secret|token|password|access_key")


@dataclass(frozen=True)
class Host:
    """A host with eipctl installed, whose folders are elsewhere."""

    lab: Lab
    folder: Path

    def here(self, text: str) -> str:
        """A text with this host's paths."""
        places = {
            "/etc/eipctl/kubeconfig": self.lab.stage.sandbox.env()["KUBECONFIG"],
            "/var/lib/prometheus/node-exporter": str(self.folder),
            "/var/log/eipctl": str(self.folder),
            "/usr/local/bin": str(self.folder),
        }
        for there, here in places.items():
            text = text.replace(there, here)
        return text

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """An environment with this host's paths, and how the cloud is reached."""
        cloud = {name: value for name, value in self.lab.stage.sandbox.env().items() if name != "KUBECONFIG"}
        return cloud | {name: self.here(value) for name, value in environ.items()}

    def run(self, command: list[str], environ: Mapping[str, str]) -> tuple[int, str]:
        """Exit code and all output; the environment has what is given and how the cloud is reached."""
        ran = subprocess.run(
            [self.here(word) for word in command],
            env=self.environ(environ),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return ran.returncode, ran.stdout


@pytest.fixture
def host(lab: Lab, tmp_path: Path) -> Host:
    """eipctl is on its PATH; one Pod of the cluster asks for an EIP."""
    folder = tmp_path / "host"
    folder.mkdir()
    program = folder / "eipctl"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -m eipctl "$@"\n')
    program.chmod(0o755)
    lab.stage.add_pod("web", AUTO)
    return Host(lab, folder)


def variables(path: Path) -> dict[str, str]:
    """NAME=value lines."""
    found = (ASSIGNMENT.fullmatch(line) for line in path.read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def jobs() -> dict[str, str]:
    """The crontab's commands by eipctl's command; each has five fields of time and the user before it."""
    found = {}
    for line in (CRON / "eipctl").read_text().splitlines():
        if line and not line.startswith("#") and not ASSIGNMENT.fullmatch(line):
            *when, user, command = line.split(None, 6)
            assert all(re.fullmatch(r"[\d*,/-]+", part) for part in when)
            assert (len(when), user) == (5, "eipctl")
            name = re.search(r"eipctl (\w+)", command)
            assert name
            found[name[1]] = command
    return found


def by_cron(host: Host, job: str) -> str:
    """What cron would mail."""
    environ = variables(CRON / "eipctl")
    command = jobs()[job]
    assert "%" not in command, "cron makes a line end of it"
    return host.run([environ["SHELL"], "-c", command], environ)[1]


def words_of(service: Path) -> list[str]:
    """What ExecStart= runs, its variables replaced as systemd does it."""
    (line,) = re.findall(r"^ExecStart=(.*)$", service.read_text(), re.MULTILINE)
    known = variables(SYSTEMD / "eipctl.env")
    return shlex.split(re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], line))


def test_cron_mails_only_what_went_wrong(host: Host) -> None:
    """Green runs print nothing and leave metrics and an audit log; a red one prints why."""
    assert by_cron(host, "bind") == ""
    assert [row.status for row in host.lab.stage.cloud.eips()] == ["InUse"]
    assert by_cron(host, "check") == ""
    assert {path.name for path in host.folder.iterdir()} >= {"eipctl-bind.prom", "eipctl-check.prom", "audit.jsonl"}
    host.lab.stage.deny("vpc:DescribeEipAddresses")
    assert "EIP203" in by_cron(host, "bind")
    assert "EIP203" in by_cron(host, "check")


@pytest.mark.parametrize("service", RUNS, ids=lambda path: path.stem)
def test_a_service_runs(host: Host, service: Path) -> None:
    """With its environment file and nothing else, it succeeds and leaves its metrics."""
    code, said = host.run(words_of(service), variables(SYSTEMD / "eipctl.env"))
    assert code == 0, said
    assert (host.folder / f"{service.stem}.prom").exists()


def test_the_service_that_lasts_serves_and_follows_its_log(host: Host) -> None:
    """It leads, serves a Pod, writes to the new file once logrotate has moved the old one, and survives a reload."""
    log = host.folder / "audit.jsonl"
    command = [host.here(word).replace(":9090", ":0") for word in words_of(WATCH)]
    with started(command, host.environ(variables(SYSTEMD / "eipctl.env")), host.folder) as watch:
        watch.until_it_leads()
        watch.until(lambda: [row.status for row in host.lab.stage.cloud.eips()] == ["InUse"])
        watch.until(lambda: '"verb": "annotate"' in log.read_text().splitlines()[-1])
        old = log.rename(host.folder / "audit.jsonl-20261130")
        before = old.read_text()
        watch.process.send_signal(signal.SIGHUP)
        watch.until(log.exists)
        host.lab.stage.add_pod("late", AUTO)
        watch.until(lambda: "pod/default/late" in log.read_text())
        assert watch.end() == 143
    assert (old.read_text(), log.stat().st_mode & 0o777) == (before, 0o600)


@pytest.mark.parametrize(
    "words",
    [
        *(words_of(service) for service in SERVICES),
        *(shlex.split(re.sub(r"[()$]", " ", job)) for job in jobs().values()),
    ],
    ids=" ".join,
)
def test_the_options_exist(words: list[str]) -> None:
    """Each command and option is one that --help offers."""
    at = next(at for at, word in enumerate(words) if word.endswith("eipctl"))
    command = words[at + 1]
    assert {word for word in words[at + 2 :] if word.startswith("-")} <= options()[command]


def test_all_run_the_same() -> None:
    """cron, systemd and the CronJob differ in where they write, and in nothing that they do."""
    job = yaml.safe_load_all((ROOT / "examples" / "in-cluster" / "cronjob.yaml").read_text())
    (pod,) = (found["spec"]["jobTemplate"]["spec"]["template"]["spec"] for found in job if found["kind"] == "CronJob")
    for words in (shlex.split(jobs()["bind"])[1:], words_of(SYSTEMD / "eipctl-bind.service")[1:]):
        assert words[: len(SAME)] == SAME == pod["containers"][0]["args"][: len(SAME)]


@pytest.mark.parametrize("path", [CRON / "eipctl", SYSTEMD / "eipctl.env"], ids=lambda path: path.name)
def test_the_configuration_is_no_secret(path: Path) -> None:
    """Everybody may read these files."""
    assert not [name for name in variables(path) if SECRET.search(name)]


def settings(path: Path) -> dict[str, str]:
    """Name=value lines of a unit."""
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))


def test_a_run_ends_before_systemd_gives_it_up() -> None:
    """--timeout is shorter than TimeoutStartSec=, which is no longer than the time between two runs."""
    for service in RUNS:
        assert (settings(service)["Type"], settings(service)["TimeoutStartSec"]) == ("oneshot", "5min")
        words = words_of(service)
        assert words[words.index("--timeout") + 1] == "4m"
    assert "OnCalendar=*:0/5\n" in (SYSTEMD / "eipctl-bind.timer").read_text()


def test_the_service_that_lasts_is_started_again_and_excludes_the_timer() -> None:
    """However it ends; SIGHUP reloads, and it has a minute to end between two calls."""
    found = settings(WATCH)
    assert (found["Type"], found["Restart"], found["TimeoutStopSec"]) == ("exec", "always", "60s")
    assert found["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert set(found["Conflicts"].split()) == {"eipctl-bind.timer", "eipctl-bind.service"}
    assert words_of(WATCH)[1:5] == SAME[:4]
    assert "Type" not in settings(SYSTEMD / "eipctl-.service.d" / "common.conf")


def test_the_other_runs_on_a_host_can_be_seen() -> None:
    """The holder of a Lease that can't be seen would be taken for dead."""
    assert not {"ProtectProc", "ProcSubset", "PrivatePIDs"} & set(
        settings(SYSTEMD / "eipctl-.service.d" / "common.conf")
    )


def test_the_readme_names_each_file() -> None:
    """Nothing is there that is not told."""
    text = (SYSTEMD / "README.md").read_text()
    files = [path for path in SYSTEMD.rglob("*") if path.is_file() and path.name != "README.md"]
    assert all(f"`{path.relative_to(SYSTEMD)}`" in text for path in files)


def analyzes(*words: str) -> bool:
    """Whether systemd-analyze is here and knows this."""
    program = shutil.which("systemd-analyze")
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout if program else ""
    return bool(told) and all(word in told for word in words)


@pytest.fixture
def units(host: Host) -> dict[str, str]:
    """The units installed where eipctl is; the environment in which systemd-analyze finds them."""
    folder = host.folder / "units"
    shutil.copytree(SYSTEMD, folder)
    for path in folder.rglob("*.service"):
        path.write_text(host.here(path.read_text()))
    return {"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"}


@pytest.mark.skipif(not analyzes("verify"), reason="no systemd here to ask; the tests above read the units")
def test_systemd_accepts_the_units(host: Host, units: dict[str, str]) -> None:
    """`systemd-analyze verify` has nothing to say."""
    assert host.run(["systemd-analyze", "verify", *UNITS], units) == (0, "")


@pytest.mark.skipif(not analyzes("security", "--offline", "--threshold"), reason="no systemd here that rates files")
@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_systemd_rates_the_exposure_as_low(host: Host, units: dict[str, str], service: Path) -> None:
    """2.0 at most, of 10."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", service.name]
    code, said = host.run(command, units)
    assert code == 0, said
