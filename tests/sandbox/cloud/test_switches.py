"""Switches: written down, set from outside, remembered."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest
from typer.testing import CliRunner

from eipctl.cli.app import app
from eipctl.sandbox import lifecycle
from eipctl.sandbox.cloud.cloud import Cloud
from eipctl.sandbox.cloud.switches import Switches
from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.server import Sandbox
from eipctl.sandbox.store import Store
from eipctl.sandbox.world import scenario
from tests.answers import read

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock

README = Path(lifecycle.__file__).parent / "README.md"


def test_the_table_names_every_switch_and_its_default() -> None:
    """A new switch can't be left out, and no default can drift."""
    rows = re.findall(r"^\| (`[a-z_0-9`, ]+`) \| ([^|]+) \|", README.read_text("utf-8"), re.MULTILINE)
    told = {
        name: value.strip()
        for names, values in rows
        for name, value in zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=False)
    }
    wanted = {field.name: field.default for field in fields(Switches)}
    assert {name: told.get(name) for name in wanted} == {
        name: value if isinstance(value, str) else f"{value:g}" if not isinstance(value, bool) else str(value).lower()
        for name, value in wanted.items()
    }


def test_the_table_names_every_setting() -> None:
    """Both values of a switch that is on or off, all of one that has a choice."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", README.read_text("utf-8"), re.MULTILINE)
    kinds = {name: str(kind) for name, kind in get_type_hints(Switches).items()}
    for name, told in rows:
        options = get_args(get_type_hints(Switches)[name]) or (("true", "false") if "bool" in kinds[name] else ())
        assert not options or told.split(", ") == list(options), name
    assert len(rows) >= 25


def test_switches_and_limits_are_remembered(tmp_path: Path, clock: Clock) -> None:
    """A restart changes nothing."""
    store = Store(tmp_path / "state.db")
    before = Cloud(store, clock, "cn-hangzhou", "1")
    before.set_switches(hidden_describes=3, description_key="both")
    before.set_limit("AllocateEipAddress", 10, 60)
    before.set_quota(7)
    store.close()
    after = Cloud(Store(tmp_path / "state.db"), clock, "cn-hangzhou", "1")
    switches = after.state.switches
    assert (switches.hidden_describes, switches.description_key) == (3, "both")
    assert (after.state.settings.quota, after.limits.in_force()["AllocateEipAddress"]) == (7, (10, 60.0))


def test_they_are_set_from_the_command_line(tmp_path: Path) -> None:
    """switch and limit set what they are given and show what is in force; nonsense is refused."""
    directory = ["--dir", str(tmp_path / "sandbox")]
    run = CliRunner().invoke
    try:
        started = run(app, ["sandbox", "up", *directory])
        assert started.exit_code == 0
        assert f'eval "$(eipctl sandbox env {" ".join(directory)})"' in started.stderr
        shown = run(app, ["sandbox", "switch", "hidden_describes=2", "description_key=both", *directory]).output
        values = dict(line.split("=", 1) for line in shown.splitlines())
        assert (json.loads(values["hidden_describes"]), json.loads(values["description_key"])) == (2, "both")
        shown = run(app, ["sandbox", "limit", "AllocateEipAddress=10/30", "quota=5", *directory]).output
        assert {"quota=5", "AllocateEipAddress=10/30"} <= set(shown.splitlines())
        for words in (["switch", "nonsense=1"], ["switch", "hidden_describes"], ["limit", "quota=many"]):
            assert run(app, ["sandbox", *words, *directory]).exit_code != 0
    finally:
        run(app, ["sandbox", "down", *directory])


def test_what_a_sandbox_shows_is_for_programs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each listing as its schema says; and a scenario's file is the one beside whoever types its name."""
    at = ["--dir", str(tmp_path / "sandbox")]
    run = CliRunner().invoke
    here = tmp_path / "here"
    here.mkdir()
    (here / "mine.yaml").write_text("base: modern\nquota: 3\n")
    try:
        assert run(app, ["sandbox", "up", *at]).exit_code == 0
        monkeypatch.chdir(here)
        assert run(app, ["sandbox", "seed", "mine.yaml", *at]).exit_code == 0
        assert run(app, ["sandbox", "fault", "add", "do=throttle,api=ReleaseEipAddress", *at]).exit_code == 0
        told = {
            " ".join(words): read(run(app, ["sandbox", *words, *at, "-o", "json"]).stdout)["data"]
            for words in (["calls"], ["switch"], ["limit"], ["fault", "list"])
        }
        assert told["limit"]["quota"] == 3
        assert told["fault list"]["rules"][0]["api"] == "ReleaseEipAddress"
        assert {"name": "hidden_describes", "value": 0} in told["switch"]["switches"]
        assert "modern" in run(app, ["sandbox", "scenarios", "-o", "name"]).stdout.split()
    finally:
        run(app, ["sandbox", "down", *at])


STRANGE = """
base: legacy
quota: 3
switches: {hidden_describes: 2, description_key: both}
limits: {AllocateEipAddress: 1/30}
faults: [{do: throttle, api: ReleaseEipAddress, times: 0}]
packages: {cbwp-1: 200}
pools: [pippool-1]
resource_groups: [rg-2]
"""


def test_a_scenario_sets_them_too(tmp_path: Path) -> None:
    """Its switches, limits and rules, and what the account owns, are in force from the start and after each reset."""
    (tmp_path / "strange.yaml").write_text(STRANGE)
    with Sandbox(tmp_path / "sandbox", scenario=str(tmp_path / "strange.yaml")) as sandbox:
        for _ in range(2):
            state = sandbox.cloud.state
            assert (state.switches.hidden_describes, state.switches.description_key) == (2, "both")
            assert (state.settings.quota, sandbox.cloud.limits.in_force()["AllocateEipAddress"]) == (3, (1, 30.0))
            assert [(rule["do"], rule["times"]) for rule in sandbox.faults.listing()] == [("throttle", 0)]
            assert state.packages["cbwp-1"].bandwidth == 200
            assert (state.settings.pools, state.settings.resource_groups[1:]) == (("pippool-1",), ("rg-2",))
            sandbox.cloud.set_switches(hidden_describes=0)
            sandbox.faults.clear()
            sandbox.reset()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("switches: {colour: red}", "there is no switch colour"),
        ("switches: {hidden_describes: some}", "Expected `int`"),
        ("limits: {AllocateEipAddress: often}", "often is not a valid limit"),
        ("faults: [{do: explode}]", "'do' must be one of"),
    ],
)
def test_a_scenario_with_wrong_ones_is_refused(tmp_path: Path, line: str, said: str) -> None:
    """Before anything is forgotten, and the error names what is wrong."""
    (tmp_path / "wrong.yaml").write_text(f"base: legacy\n{line}\n")
    with pytest.raises(SandboxError, match=said):
        scenario.load(str(tmp_path / "wrong.yaml"))
