"""Under whatever nobody could verify about the real cloud, a whole life ends with every Pod served.

The switches are read from the sandbox itself: one that no life runs under fails here.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest

from eipctl.commands.adopt import AdoptOptions, prepare_adopt
from eipctl.commands.bind import BindOptions
from eipctl.commands.release import ReleaseOptions, prepare_release
from eipctl.engine.run import carry_out
from eipctl.sandbox.cloud.switches import Switches
from eipctl.sandbox.server import Sandbox
from tests.faults.lab import PRUNE, Lab
from tests.faults.stage import AUTO, named
from tests.faults.worlds import NEVER, PACKAGE, RESULT, WIDE, annotate, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session

KEEP = BindOptions()
NUMBERS: dict[str, tuple[float | int, ...]] = {
    "associate_seconds": (0.0, 30.0),
    "unassociate_seconds": (0.0, 30.0),
    "release_seconds": (0.0, 30.0),
    "package_seconds": (5.0,),
    "modify_seconds": (5.0,),
    "attach_seconds": (30.0,),
    "policies_per_role": (1,),
    "longest_policy": (2048,),
    "token_seconds": (0.0,),
    "hidden_describes": (3,),
    "stale_describes": (2,),
    "frequent_purchase_after": (100,),
}
"""Values to try of the switches that are numbers."""


def settings() -> Iterator[tuple[str, Any]]:
    """Every switch with every other value than the one it has by default."""
    kinds, default = get_type_hints(Switches), Switches()
    for field in fields(Switches):
        usual = getattr(default, field.name)
        values = (not usual,) if isinstance(usual, bool) else get_args(kinds[field.name]) or NUMBERS.get(field.name, ())
        yield from ((field.name, value) for value in values if value != usual)


LIVES = list(settings())


def test_a_life_runs_under_every_switch() -> None:
    """A switch that is new to the sandbox needs values here."""
    assert {field.name for field in fields(Switches)} == {name for name, _ in LIVES}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One sandbox for all lives."""
    with Sandbox(tmp_path_factory.mktemp("lives") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        found = Lab(sandbox)
        found.settle()
        found.remember()
        yield found


@pytest.mark.parametrize(("name", "value"), LIVES, ids=[f"{name}={value}" for name, value in LIVES])
def test_a_whole_life_ends_with_every_pod_served(lab: Lab, name: str, value: Any) -> None:
    """Bind, roll out, scale, change, keep, hand on, prune: no Pod waits for ever, and no EIP is left behind."""
    lab.restore()
    stage, cloud = lab.stage, lab.sandbox.cloud
    cloud.add_bandwidth_package(PACKAGE)
    cloud.set_switches(**{name: value})
    lab.lent = lent = [cloud.add_eip(name="lent", tags={"team": "games"})]
    stage.deploy("web", 2, AUTO)
    stage.deploy("db", 1, NEVER, kind="StatefulSet")
    stage.add_pod("given", named(lent[0]))
    adopted = adopt(lab, "old")
    lab.complete(options=KEEP)
    stage.roll_out("web")
    stage.replace_pod("db-0")
    stage.delete_pod("given")
    lab.complete(options=KEEP)
    stage.scale("web", 3)
    annotate(lab, "db-0", WIDE | NEVER)
    stage.add_pod("given", named(lent[0]))
    lab.complete(options=KEEP)
    stage.scale("web", 1)
    stage.delete_pod("given")
    lab.complete(options=PRUNE)
    assert list(broken(lab)) == []
    assert len(stage.own()) == 3
    assert [row.allocation_id for row in stage.bound_to("old")] == [adopted]
    session = lab.session()
    assert carried_out(prepare_release(session, ReleaseOptions(everything=True)), session) == []
    lab.complete(options=PRUNE)
    assert list(broken(lab)) == []
    assert len(stage.own()) == 3


def adopt(lab: Lab, name: str) -> str:
    """A Pod to which Terway gave an EIP, which eipctl takes over."""
    pod = lab.stage.add_pod(name, AUTO)
    allocation_id = lab.sandbox.cloud.add_eip()
    lab.stage.bind_by_hand(allocation_id, pod["status"]["podIP"])
    lab.sandbox.cloud.state._late.clear()
    (row,) = lab.stage.bound_to(name)
    annotate(lab, name, {RESULT: row.address})
    session = lab.session()
    assert carried_out(prepare_adopt(session, AdoptOptions()), session) == []
    return allocation_id


def carried_out(prepared: Prepared, session: Session) -> list[str]:
    """What the run complains about."""
    return [error.message for error in carry_out(session, prepared).errors]
