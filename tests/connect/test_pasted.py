"""Every fix that check offers goes to the cluster that was checked, wherever it is pasted, and changes the finding."""

from __future__ import annotations

import json
import shlex
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from eipctl.sandbox.world.scenario import names
from tests import forked
from tests.connect.place import KUBECTL
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "eipctl-sandbox"
SCENARIOS = [name for name in names() if name != "big"]
OFFERING = 5
"""Scenarios that have something to mend, at least: else this test proves nothing."""


class Elsewhere:
    """A person whose current context leads nowhere, and who names the sandbox's."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self._folder = sandbox, folder
        config = json.loads(sandbox.kubeconfig.read_text("utf-8"))
        config["clusters"].append({"name": "elsewhere", "cluster": {"server": "https://127.0.0.1:9"}})
        config["users"].append({"name": "elsewhere", "user": {"token": "x"}})
        config["contexts"].append({"name": "production", "context": {"cluster": "elsewhere", "user": "elsewhere"}})
        config["current-context"] = "production"
        path = folder / "two contexts.json"
        path.write_text(json.dumps(config), "utf-8")
        ours = {name: value for name, value in sandbox.env().items() if name != "KUBECONFIG"}
        self._environ = {"PATH": "/bin:/usr/bin", "HOME": str(folder), **ours, "EIPCTL_YES": "true"}
        self._where = ("--kubeconfig", str(path), "--context", HERE)

    def check(self) -> list[dict[str, Any]]:
        """The findings."""
        ended = forked.run(("check", *self._where, "-o", "json"), self._environ)
        found: list[dict[str, Any]] = json.loads(ended.out)["data"]["findings"]
        return found

    def paste(self, command: str) -> None:
        """Each part of a pipe; it must succeed."""
        text = ""
        for part in command.split(" | "):
            words = shlex.split(part)
            assert HERE in words or words[1] in ("manifest", "explain"), command
            if words[0] == "eipctl":
                ended = forked.run(words[1:], self._environ)
                assert ended.code == 0, (command, ended.err)
                text = ended.out
            else:
                done = subprocess.run(
                    [KUBECTL, *words[1:]], input=text, env=self._environ, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, (command, done.stderr)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """In one sandbox for all scenarios."""
    folder = tmp_path_factory.mktemp("pasted")
    with Sandbox(folder / "sandbox", scenario="modern", speed=50.0) as sandbox:
        yield Elsewhere(sandbox, folder)


def fixes(person: Elsewhere, scenario: str) -> list[dict[str, Any]]:
    """What check offers in a scenario that begins anew."""
    person.sandbox.reset(scenario)
    return [finding for finding in person.check() if finding["fix"]]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_fix_is_pasted(person: Elsewhere, scenario: str) -> None:
    """Alone, in the scenario as it was: the finding is then gone, or another one."""
    for finding in fixes(person, scenario):
        person.sandbox.reset(scenario)
        person.paste(finding["fix"])
        Stage(person.sandbox).until(partial(gone, person, finding))


def gone(person: Elsewhere, finding: dict[str, Any]) -> bool:
    """Whether check says something else now."""
    told = [(each["code"], each["title"], each["detail"]) for each in person.check()]
    return (finding["code"], finding["title"], finding["detail"]) not in told


def test_there_is_something_to_paste(person: Elsewhere) -> None:
    """In most scenarios."""
    assert sum(bool(fixes(person, scenario)) for scenario in SCENARIOS) >= OFFERING
