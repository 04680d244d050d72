"""What bind tells Prometheus that it left is what a look afterwards finds, also when some of it failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.engine.run import carry_out
from eipctl.sandbox.server import Sandbox
from tests.faults.lab import PRUNE, Lab
from tests.faults.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.counts import Census

REFUSED = {"do": "error", "service": "cloud", "status": 400, "code": "Nope"}
CASES: list[tuple[BindOptions, str]] = [
    (replace(PRUNE, prune=False), ""),
    *((PRUNE, api) for api in ("", "Associate.*", "Release.*")),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One sandbox for all."""
    with Sandbox(tmp_path_factory.mktemp("census") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        yield Lab(sandbox)


def figures(census: Census) -> tuple[Any, ...]:
    """To be compared; money to the cent."""
    return (+census.pods, +census.orphans, round(census.per_month, 2), round(census.orphans_per_month, 2))


def left(lab: Lab, options: BindOptions) -> Census:
    """What a run says that it left."""
    session = lab.session()
    prepared = prepare_bind(session, options)
    assert prepared.census is not None
    return prepared.census(carry_out(session, prepared))


def found(lab: Lab, options: BindOptions) -> Census:
    """What is there."""
    prepared = prepare_bind(lab.session(), options)
    assert prepared.census is not None
    return prepared.census(None)


@pytest.mark.parametrize("world", WORLDS)
def test_bind_tells_what_it_left(lab: Lab, world: str) -> None:
    """In each world, with and without --prune, and with one call of a kind refused."""
    lab.sandbox.reset("modern")
    WORLDS[world](lab)
    lab.settle()
    lab.remember()
    for options, refused in CASES:
        lab.restore()
        if refused:
            lab.sandbox.faults.add({**REFUSED, "api": refused})
        told = left(lab, options)
        lab.sandbox.faults.clear()
        lab.settle()
        assert figures(told) == figures(found(lab, options)), (options, refused)
