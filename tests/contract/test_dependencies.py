"""What eipctl runs with is bounded, and the image is built from files that are known by their hashes."""

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
IN_CLUSTER = ROOT / "examples" / "in-cluster"
PIN = re.compile(r"([a-z0-9-]+)==([a-z0-9.]+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def pins(name: str) -> dict[str, str]:
    """The versions of a requirements file; every line of it must be a comment, or of a pin with its hashes."""
    text = re.sub(r"^#.*\n", "", (IN_CLUSTER / name).read_text(), flags=re.MULTILINE)
    assert PIN.sub("", text) == ""
    return {canonicalize_name(found[1]): found[2] for found in PIN.finditer(text)}


PINS, TOOLS = pins("requirements.txt"), pins("build-requirements.txt")


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


def test_everything_that_runs_is_pinned() -> None:
    """Nothing that eipctl brings in is free to change."""
    assert needed("eipctl", set()) - {"eipctl"} - set(PINS) == set()


def test_the_pins_keep_the_bounds() -> None:
    """What was tested is what pyproject.toml allows."""
    outside = [str(item) for item in REQUIRED if not item.specifier.contains(PINS[canonicalize_name(item.name)])]
    assert outside == []


def test_what_builds_is_pinned_too() -> None:
    """hatchling, setuptools for dependencies that come without a wheel, and no tool that also runs, twice."""
    assert {"hatchling", "setuptools"} <= set(TOOLS)
    assert {name: TOOLS[name] for name in TOOLS.keys() & PINS.keys()}.items() <= PINS.items()


def test_the_image_is_built_from_known_files_on_a_base_of_choice() -> None:
    """pip downloads nothing without a hash to compare; the base by digest is an argument."""
    text = (IN_CLUSTER / "Dockerfile").read_text()
    installs = re.findall(r"pip (?:install|wheel) [^\\\n]*", text)
    assert installs
    assert [line for line in installs if not re.search(r"--require-hashes|--no-index|--no-deps", line)] == []
    assert [line for line in installs if " wheel " in line and "--no-build-isolation" not in line] == []
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${BASE}", "${BASE}"]
