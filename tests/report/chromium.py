"""The system's Chromium, which reads what `eipctl report` writes.

    python -m tests.report.chromium

says which one it is. It is a test dependency: where CI is set it is never left out; elsewhere it is, with a warning, if
it is not installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = "apt-get install -y chromium"


def program() -> str | None:
    """Where it is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def lacking() -> str:
    """What is missing, and how to get it; "" for nothing."""
    if program() is None:
        return f"there is no Chromium here; get it with: {HOW}"
    return "" if importlib.util.find_spec("playwright") else "the package playwright is not installed"


def required() -> bool:
    """Whether the tests may not be left out."""
    return bool(os.environ.get("CI"))


if __name__ == "__main__":
    if lacking():
        sys.exit(lacking())
    sys.stdout.write(f"{program()}\n")
