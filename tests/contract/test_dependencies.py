"""What eipctl runs with is bounded, and the constraints file names all of it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
REQUIRED = [
    Requirement(text) for text in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
]
LINES = [
    line
    for line in (ROOT / "examples" / "in-cluster" / "constraints.txt").read_text().splitlines()
    if not line.startswith("#")
]
PINS = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in LINES}


def needed(name: str, known: set[str]) -> set[str]:
    """A distribution and all that it needs here, without extras."""
    found = canonicalize_name(name)
    if found not in known:
        known.add(found)
        for text in distribution(name).requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name, known)
    return known


@pytest.mark.parametrize("requirement", REQUIRED, ids=lambda requirement: requirement.name)
def test_a_dependency_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    """A release that breaks a promise of its last major version does not reach users first."""
    operators = {part.operator for part in requirement.specifier}
    assert {">=", "<"} <= operators


def test_the_constraints_are_exact_and_name_no_index() -> None:
    """One version a line, so that any index serves them."""
    assert [line for line in LINES if not re.fullmatch(r"[a-z0-9-]+==[a-z0-9.]+", line)] == []


def test_the_constraints_name_all_that_runs() -> None:
    """Nothing that eipctl brings in is free to change."""
    assert needed("eipctl", set()) - {"eipctl"} - set(PINS) == set()


def test_the_constraints_keep_the_bounds() -> None:
    """What was tested is what pyproject.toml allows."""
    outside = [str(item) for item in REQUIRED if not item.specifier.contains(PINS[canonicalize_name(item.name)])]
    assert outside == []


def test_the_image_is_built_with_the_constraints_from_a_base_of_choice() -> None:
    """The base by digest is an argument."""
    text = (ROOT / "examples" / "in-cluster" / "Dockerfile").read_text()
    assert "-c /src/constraints.txt" in text
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${BASE}", "${BASE}"]
