"""Re-create defects, most of them other controllers', in a copy of eipctl, one at a time; see the named test fail.

    python -m tests.mutants            all of them
    python -m tests.mutants T9 T18     some

Each mutant is the smallest change that brings the defect back. One that its test does not catch ends this with exit 1.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutants import table, watching

if TYPE_CHECKING:
    from tests.mutants.table import Mutant

ROOT = Path(__file__).parents[2]
MUTANTS = (*table.MUTANTS, *watching.MUTANTS)


def caught(mutant: Mutant, copy: Path) -> bool:
    """Whether the named test fails on the mutant, having passed without it."""
    target = copy / mutant.file
    text = target.read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: {mutant.file} no longer has exactly one place to change")
    target.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        return not passes(mutant.test, copy)
    finally:
        target.write_text(text, "utf-8")


def passes(test: str, copy: Path) -> bool:
    """Whether a test passes in the copy as it is now; SystemExit when there is no such test."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    code = subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode
    if code not in (0, 1):
        raise SystemExit(f"{test} can't be run (pytest ended with {code})")
    return code == 0


def main(names: list[str]) -> int:
    """Try the mutants; 1 when one survives."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        for test in dict.fromkeys(mutant.test for mutant in chosen):
            if not passes(test, copy):
                raise SystemExit(f"{test} fails without any mutant")
        for mutant in chosen:
            dead = caught(mutant, copy)
            survivors += not dead
            sys.stdout.write(f"{'caught  ' if dead else 'SURVIVES'}  {mutant.name:<20} {mutant.peer}\n")
            sys.stdout.flush()
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
