"""The corpus command on the manifests that are shipped: no edit is wrong, and a wrong one is seen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.corpus import oracle
from tests.corpus.__main__ import main
from tests.corpus.run import judged, manifests

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(manifests([ROOT / "examples", ROOT / "tests" / "unit" / "manifests" / "golden"]))


@pytest.mark.parametrize("path", SHIPPED, ids=[path.relative_to(ROOT).as_posix() for path in SHIPPED])
def test_no_manifest_of_ours_is_edited_wrong(path: Path) -> None:
    """Objects, templates, comments, and the bytes after removal."""
    result = judged(path)
    assert not result.what.startswith("wrong"), result.why


def test_the_table_counts_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By what became of it; the exit code is that of no wrong edit."""
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yaml").write_text("kind: ConfigMap\n")
    assert main([str(tmp_path)]) == 0
    assert ["with", "containers", "1"] in [line.split() for line in capsys.readouterr().out.splitlines()]


POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a # of a\nspec: {containers: [{name: m, image: n}]}\n"
RIGHT = POD.replace(
    "spec:", '  annotations:\n    k8s.aliyun.com/pod-with-eip: "true"\n    k8s.aliyun.com/eip-bandwidth: "5"\nspec:'
)
WRONG = [
    (RIGHT.replace("image: n", "image: x"), POD, "differ by more"),
    (RIGHT.replace('"5"', "'6'"), POD, "0 of 1 templates"),
    (RIGHT.replace(" # of a", ""), POD, "a comment is lost"),
    (RIGHT.replace("a # of a", "a").replace("spec:", "spec: # of a\n ", 1), POD, "a comment is lost"),
    (RIGHT, POD + "\n", "not the same text"),
    (RIGHT, POD, ""),
]


@pytest.mark.parametrize(("after", "removed", "says"), WRONG)
def test_the_judge_sees_what_is_wrong(after: str, removed: str, says: str) -> None:
    """One fault of each kind, and none."""
    found = oracle.wrong(POD, after, removed, 1)
    assert says in found
    assert bool(found) is bool(says)
    assert oracle.comments(POD) == Counter({(" of a", "name"): 1})
