"""What it costs to start eipctl, beside a Typer program with two commands that prints its help.

python -m tests.bench.startup [ROUNDS]        15 by default

Processes run in turns, so that a busy machine is busy for all; the middle of their CPU times is compared.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

PROGRAM = """\
import typer

app = typer.Typer()


@app.command()
def one(name: str = "x") -> None:
    '''One.'''


@app.command()
def two(name: str = "x") -> None:
    '''Two.'''


app(["--help"])
"""
EIPCTL = (str(Path(sys.executable).with_name("eipctl")),)


def completion(line: str) -> dict[str, str]:
    """The variables with which bash asks for the last word of a line."""
    return {"_EIPCTL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}


RUNS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "two commands --help": ((sys.executable, "-c", PROGRAM), {}),
    "eipctl --help": ((*EIPCTL, "--help"), {}),
    "eipctl version": ((*EIPCTL, "version"), {}),
    "eipctl explain EIP206": ((*EIPCTL, "explain", "EIP206"), {}),
    "completion of a command": (EIPCTL, completion("eipctl st")),
    "completion of a code": (EIPCTL, completion("eipctl explain EIP41")),
    "completion of an option": (EIPCTL, completion("eipctl bind --max-")),
}


def seconds(words: tuple[str, ...], variables: dict[str, str]) -> float:
    """CPU, user and system, of one process."""
    # An installed eipctl is compiled; one in a checkout is after its first run, if Python may write that down.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | variables
    with subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """One line for each run: its middle CPU time, and how many times that of the first."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in RUNS}
    for number in range(rounds + 1):
        for name, (words, variables) in RUNS.items():
            spent = seconds(words, variables)
            if number:  # the first compiles
                times[name].append(spent)
    middles = {name: statistics.median(found) for name, found in times.items()}
    unit = next(iter(middles.values()))
    for name, middle in middles.items():
        sys.stdout.write(f"{name:<24} {middle * 1000:6.1f} ms CPU  {middle / unit:5.2f} times\n")


if __name__ == "__main__":
    main()
