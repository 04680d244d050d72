"""What users read is plain English: phrases that were found hard to understand do not come back."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BANNED = {
    r"\b(?:any|no) more\b(?! than| reason)": "no longer",
    r"\btells? the\b|\b(?:it|that|they|Pod) tells?\b|\bis told\b": "show, record, report, return, write",
    r"\bso long\b": "how long, this long",
    r"\bchanging (?:cloud )?calls?\b": "write calls",
    r"\b(?:some|no)body\b": "someone, or name what acts",
    r"\bfor ever\b": "forever",
    r"(?<![Tt]here )\bis no (?!longer\b)": "is not a",
    r"\bfor one\b(?! \w)": "such as",
    r"\bthe world has\b": "the cluster or the account has changed",
    r"\bexclude each other\b": "can't be used together",
    r"\bwithout a word\b": "silently",
    r"\b(?:set|look|read|write|plan|decide)s? (?:it )?a(?:new|fresh)\b": "again",
    r"\bby now\b": "now, already",
    r"\bmeanwhile\b(?! it\b)": "in the meantime",
    r"\ball the same\b|\bnevertheless\b": "anyway",
    r"\bOwn EIPs\b|\bown one\b": "EIPs that eipctl owns",
    r"\bleft as it is\b": "not changed",
}
"""Patterns and what to write instead."""


def strings(path: Path) -> list[tuple[int, str]]:
    """The texts of a module: no docstrings, and of f-strings the fixed parts."""
    tree = ast.parse(path.read_text("utf-8"))
    unseen = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            unseen |= {id(part) for part in node.values}
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            found.append((node.lineno, "".join(map(str, parts))))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            found.append((node.lineno, node.value))
    return found


@cache
def read_by_users() -> dict[str, str]:
    """Each text that a user can come to see, by where it is."""
    modules = [path for path in (ROOT / "eipctl").rglob("*.py") if "sandbox" not in path.relative_to(ROOT).parts]
    found = {
        f"{path.relative_to(ROOT)}:{line}": text
        for path in modules
        for line, text in strings(path)
        if " " in text.strip()
    }
    helps = sorted((Path(__file__).parent / "golden" / "help").glob("*.txt"))
    pages = [*helps, *sorted((ROOT / "eipctl" / "docs").glob("*.md"))]
    for page in pages:
        lines = page.read_text("utf-8").splitlines()
        found |= {f"{page.relative_to(ROOT)}:{number}": line for number, line in enumerate(lines, 1)}
    return found


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_has_a_banned_phrase(pattern: str) -> None:
    """Help, errors, reasons, explanations and pages use the plain word instead."""
    found = [f"{place}: {text}" for place, text in read_by_users().items() if re.search(pattern, text)]
    assert not found, f"write {BANNED[pattern]!r}:\n" + "\n".join(found)


def test_the_texts_are_found() -> None:
    """The lint reads errors, help and the fixed parts of f-strings."""
    texts = " ".join(read_by_users().values())
    assert "could not be read in full" in texts
    assert "Show the plan and change nothing." in texts


READ_BY_DEVELOPERS = ("cli", "output")
"""Packages whose docstrings are held to the same words, too."""
FOREIGN = r"\b(?:some|no)body\b|\banew\b|\b(?:is|are|be|was) told\b|\btells\b|\bhears? of\b|\bwhoever\b"


def docstrings(path: Path) -> list[str]:
    """Those of a module and of all in it."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    found = (
        ast.get_docstring(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)
    )
    return [text for text in found if text]


def test_docstrings_speak_plain_english_too() -> None:
    """What developers read is no translation: record, show, report, return instead of tell and hear."""
    modules = [path for name in READ_BY_DEVELOPERS for path in sorted((ROOT / "eipctl" / name).rglob("*.py"))]
    found = [f"{path.name}: {text}" for path in modules for text in docstrings(path) if re.search(FOREIGN, text, re.I)]
    assert found == []
