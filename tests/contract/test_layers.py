"""The rules of the house, checked by a machine."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "eipctl"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400

ONLY_IN = {
    "aliyunsdkcore": "aliyun",
    "aliyunsdkvpc": "aliyun",
    "aliyunsdkram": "aliyun",
    "alibabacloud_credentials": "aliyun",
    "kubernetes": "kube",
    "rich": "output",
    "prometheus_client": "output",
    "jinja2": "output",
    "typer": "cli",
    "click": "nowhere",
}
"""Each of these packages is imported by one room only."""

PURE = ("domain", "planners")
IMPURE = frozenset({"time", "random", "logging", "uuid", "secrets", "os", "sys", "socket", "subprocess", "threading"})


def imports(path: Path) -> Iterator[str]:
    """Every name that a file imports, in full, also inside functions and for type checking."""
    yield from imports_in(path.read_text("utf-8"), path)


def imports_in(text: str, path: Path) -> Iterator[str]:
    """The same, for a text that is, or could be, in this file."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{origin(path, node)}.{alias.name}" for alias in node.names)


def origin(path: Path, node: ast.ImportFrom) -> str:
    """The module that names are imported from; a relative one in full."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).parts[: -node.level]
    return ".".join((*package, *filter(None, [node.module])))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_foreign_packages_are_imported_by_one_room_each(path: Path) -> None:
    """Whoever replaces an SDK has one room to change."""
    for name in imports(path):
        owner = ONLY_IN.get(name.partition(".")[0])
        assert owner in (None, room(path)), f"{name} may be imported in eipctl/{owner} only"


@pytest.mark.parametrize("path", [path for path in MODULES if room(path) in PURE], ids=lambda path: path.name)
def test_domain_and_planners_are_pure(path: Path) -> None:
    """Standard library and each other; no clock, no randomness, no logging, nothing of the system."""
    for name in imports(path):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or name.startswith(("eipctl.base", "eipctl.domain", "eipctl.planners"))
        assert top not in IMPURE, name
    attributes = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute))
    clocks = {ast.unparse(node) for node in attributes if node.attr in ("now", "today", "utcnow")}
    assert not {clock for clock in clocks if clock.startswith(("datetime", "date"))}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room(path) == "sandbox"], ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_sandbox_shares_no_code_with_what_it_tests(path: Path) -> None:
    """A fake that shares code with its client proves nothing."""
    own = [name for name in imports(path) if name.partition(".")[0] == "eipctl"]
    assert all(name == "eipctl.__version__" or name.startswith("eipctl.sandbox.") for name in own), own


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from eipctl import domain", "eipctl.domain"),
        ("from ..base import codes", "eipctl.base.codes"),
        ("from . import store", "eipctl.sandbox.store"),
        ("def late():\n    import eipctl.kube", "eipctl.kube"),
    ],
)
def test_no_way_to_write_an_import_hides_it(text: str, name: str) -> None:
    """From the package, relative, or inside a function: the rules above see the full name."""
    assert list(imports_in(text, PACKAGE / "sandbox" / "clock.py")) == [name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_short(path: Path) -> None:
    """None is longer than 400 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_a_name_means_one_thing() -> None:
    """No two classes outside the sandbox have the same name."""
    names = Counter(
        node.name
        for path in MODULES
        if room(path) != "sandbox"
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, number in names.items() if number > 1} == set()


def test_layers_are_kept() -> None:
    """Nobody imports upwards, from the command line down to the ground (import-linter)."""
    linter = Path(sys.executable).parent / "lint-imports"
    ended = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("words", [["--help"], ["bind", "--help"], ["setup", "--help"], ["bind", "--no-such-option"]])
def test_help_and_usage_errors_load_no_sdk(words: list[str]) -> None:
    """They answer at once: neither the SDKs, nor rich's tables, nor YAML are loaded."""
    code = f"import sys; from eipctl.cli.app import run; run({words!r}); print(*sorted(sys.modules), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.splitlines()[-1].split())
    heavy = {
        "kubernetes",
        "aliyunsdkcore",
        "rich.table",
        "yaml",
        "msgspec",
        "cryptography",
        "prometheus_client",
        "jinja2",
    }
    assert not loaded & heavy


PARSERS = {
    "eipctl.domain.wish.wanted": (
        "planners/annotate",
        "commands/annotate",
        "observe/workloads",
        "observe/surroundings",
    ),
    "eipctl.domain.pod_annotations.annotation_fields": ("kube",),
    "eipctl.domain.ownership.tag_fields": ("aliyun", "planners/bind/outcome"),
    "eipctl.domain.ownership.owner_of": (),
}
"""What makes facts of annotations and tags, and who may use it: the doors; `annotate`, whose matter is the annotations
themselves, of Pod templates too; and what says how tags look once a plan has been carried out."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_annotations_and_tags_are_parsed_at_the_door(path: Path) -> None:
    """Behind it a Pod has its wish and an EIP its owner; `domain` itself holds the parsers."""
    place = str(path.relative_to(PACKAGE))
    for name in imports(path):
        if room(path) != "domain" and name in PARSERS:
            assert place.startswith(PARSERS[name]), f"{place} uses {name}"
