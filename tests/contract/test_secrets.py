"""A secret appears in no stream, log, saved plan, audit line, metric, envelope or traceback, wherever it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.contract.bad_input.secrets import KEY_ID, SENTINEL, SOURCES, Source, forms
from tests.contract.bad_input.world import World
from tests.forked import Ended

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = ("-vv", "--metrics-file", "written/metrics.prom")
SOON, LATER = ("--timeout", "500ms"), ("--timeout", "20s")
"""What never works ends soon; what may work on a busy machine has time."""
LOG = ("--log-format", "json")
CHANGING = (*RECORDED, "--yes", "--audit-log", "written/audit")
Runs = tuple[tuple[tuple[str, ...], dict[str, Any] | None], ...]

PLANNED = ("setup", *CHANGING, *LATER, "--out", "written/plan.json")
RUNS: Runs = (
    (("check", *RECORDED, *LATER), None),
    (("status", "-A", *RECORDED, *SOON, "-o", "json", *LOG), {"do": "truncate", "service": "cloud", "times": 0}),
    (PLANNED, None),
)
MORE_RUNS: Runs = (
    (
        ("setup", *CHANGING, *SOON, "-o", "jsonl"),
        {"do": "error", "api": "CreatePolicy", "status": 403, "code": "NoPermission"},
    ),
    (("setup", *CHANGING, *SOON, *LOG), {"do": "reset", "api": "AttachPolicyToRole", "times": 0}),
    (("bind", "-A", *CHANGING, *SOON, "-o", "yaml"), {"do": "error", "service": "kube", "status": 500, "times": 0}),
)
"""Where the credentials work, so that there is more to tell."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all."""
    folder = tmp_path_factory.mktemp("world")
    with Sandbox(folder / "sandbox", scenario="legacy", speed=50.0) as sandbox:
        yield World(sandbox, folder)


def told(world: World, ended: Ended) -> list[str]:
    """Where the sentinel, another secret of the cloud or a whole AccessKey id is told."""
    secrets = {form for key in world.sandbox.cloud.state.keys.values() for form in (key.secret, key.token) if form}
    secrets |= {*forms(SENTINEL), *forms(world.sandbox.record.kube_token), KEY_ID}
    places = {"stdout": ended.out, "stderr": ended.err}
    places |= {path.name: path.read_text("utf-8") for path in (world.home / "written").iterdir()}
    return [f"{name}: {secret}" for name, text in places.items() for secret in secrets if secret in text]


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_no_secret_is_told(world: World, source: Source) -> None:
    """Neither when the work is done nor when it fails, not even with -vv."""
    environ = world.reset()
    world.sandbox.cloud.add_role("sentinel")
    (world.home / "written").mkdir()
    source.puts(world, environ)
    codes = {}
    for words, fault in RUNS + (MORE_RUNS if source.works else ()):
        world.sandbox.faults.clear()
        if fault is not None:
            world.sandbox.faults.add(fault)
        ended = world.run(words, environ)
        codes[words] = ended.code
        assert told(world, ended) == [], words
        assert "EIP901" not in ended.err + ended.out
    assert (codes[PLANNED] == 0) is source.works


def test_a_secret_that_is_told_would_be_seen(world: World) -> None:
    """In the forms in which it would be, and in the files too."""
    world.reset()
    (world.home / "written").mkdir()
    for form in forms(SENTINEL):
        assert told(world, Ended(0, f"a {form} b", ""))
        assert told(world, Ended(0, "", f"a {form} b"))
    world.write("written/audit", SENTINEL)
    assert told(world, Ended(0, "", ""))
