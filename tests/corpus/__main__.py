"""``python -m tests.corpus DIR...``: annotate every manifest in the directories, judge each edit, print the table.

Nothing is written. Files without a Pod template are counted and left alone; exit code 1 when an edit is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tests.corpus.run import Judged, judged, manifests


def main(folders: list[str]) -> int:
    """Print the table and every wrong edit."""
    table: Counter[str] = Counter()
    shown: dict[str, list[str]] = {}
    for path in manifests([Path(folder) for folder in folders]):
        result = judged(path)
        table[result.what] += 1
        if result.what.startswith(("wrong", "refused", "left out")):
            shown.setdefault(result.what, []).append(f"{path}: {result.why}")
    sys.stdout.write("\n".join(lines(table, shown)) + "\n")
    return 1 if any(what.startswith("wrong") for what in table) else 0


def lines(table: Counter[str], shown: dict[str, list[str]]) -> list[str]:
    """Most frequent first, then the files of what was not edited right."""
    width = max((len(what) for what in table), default=0)
    told = [f"{what:<{width}}  {count:>6,}" for what, count in sorted(table.items(), key=lambda each: -each[1])]
    with_pods = sum(count for what, count in table.items() if what not in (Judged.NO_PODS, Judged.NO_YAML))
    told.append(f"{'with containers':<{width}}  {with_pods:>6,}")
    return [*told, *(f"{what}: {each}" for what in sorted(shown) for each in shown[what][:40])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
