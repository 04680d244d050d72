"""The vendor's SDKs for Node, installed once into the user's cache.

    python -m tests.sandbox.sdks.npm

installs them and says where. They are test dependencies: where CI is set they are never left out; elsewhere they are,
with a warning, if there is no Node.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs

FOLDER = Path(__file__).with_name("node")
PROGRAMS = ("node", "npm")


def lacking() -> list[str]:
    """The programs that are not here."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def required() -> bool:
    """Whether the tests may not be left out."""
    return bool(os.environ.get("CI"))


def modules() -> Path:
    """Where the packages of package.json are; RuntimeError if they can't be had."""
    if lacking():
        raise RuntimeError(f"the tests of the vendor's SDKs for Node need {' and '.join(lacking())}")
    wanted = (FOLDER / "package.json").read_bytes()
    place = platformdirs.user_cache_path("eipctl-tests") / f"npm-{hashlib.sha256(wanted).hexdigest()[:12]}"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            (place / "package.json").write_bytes(wanted)
            command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                raise RuntimeError(f"npm install: {done.stdout}{done.stderr}")
            (place / "complete").touch()
    return place / "node_modules"


if __name__ == "__main__":
    sys.stdout.write(f"{modules()}\n")
