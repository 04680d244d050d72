"""`eval "$(eipctl sandbox env)"` in every shell that is here: it leads there, marks the prompt, and is taken back."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from eipctl.sandbox.shell import BEFORE, ENTERED, enter, leave

SHELLS = [shell for shell in ("sh", "bash", "zsh", "fish") if shutil.which(shell)]
THERE = {"KUBECONFIG": "/it's a folder/kubeconfig", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "made-up"}
NAMES = (*THERE, "EIPCTL_SANDBOX_METADATA_URL")
SECRET = 'my "own" $HOME `key`'
MINE = {"KUBECONFIG": "/a:/b", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET, "EIPCTL_CONTEXT": "production"}
NOTHING: dict[str, str] = {}
STRICT = {"sh": ["-eu"], "bash": ["-eu"], "zsh": ["-feu"], "fish": ["-N"]}
PROMPT = {"fish": "fish_prompt; echo"}
"""How the prompt is shown; elsewhere it is a variable."""


def evaluated(shell: str, lines: list[str], environ: dict[str, str], then: str = "env -0") -> str:
    """What the shell says after it, as strict as shells can be."""
    start = [] if shell == "fish" else ["PS1='$ '"]
    script = "\n".join([*start, *lines, then])
    own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environ}
    command = [shell, *STRICT[shell], "-c", script]
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def environment(shell: str, lines: list[str], environ: dict[str, str]) -> dict[str, str]:
    """What the next command would have, of what this is about."""
    pairs = dict(line.partition("=")[::2] for line in evaluated(shell, lines, environ).split("\0") if line)
    return {name: value for name, value in pairs.items() if name in NAMES or name.startswith("EIPCTL_")}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("mine", [NOTHING, MINE], ids=["nothing", "mine"])
def test_a_shell_is_led_there_and_back(shell: str, mine: dict[str, str]) -> None:
    """Nothing that was set before leads elsewhere meanwhile, and all of it is back afterwards."""
    within = environment(shell, enter(THERE, "/sandbox", mine), mine)
    assert {name: within.get(name) for name in (*THERE, "EIPCTL_CONTEXT", ENTERED)} == {
        **THERE,
        "EIPCTL_CONTEXT": None,
        ENTERED: "/sandbox",
    }
    assert environment(shell, leave(NAMES, within), within) == mine


@pytest.mark.parametrize("shell", SHELLS)
def test_the_way_back_is_not_lost_in_a_second_sandbox(shell: str) -> None:
    """It leads to where the first one was entered from."""
    first = environment(shell, enter(THERE, "/sandbox", MINE), MINE)
    second = environment(shell, enter({**THERE, "KUBECONFIG": "/other"}, "/other", first), first)
    assert (second["KUBECONFIG"], second[ENTERED]) == ("/other", "/other")
    assert environment(shell, leave(NAMES, second), second) == MINE


@pytest.mark.parametrize("shell", SHELLS)
def test_the_prompt_is_marked_once(shell: str) -> None:
    """And looks as before afterwards."""
    show = PROMPT.get(shell, 'printf "%s\\n" "$PS1"')
    there = enter(THERE, "/sandbox", NOTHING)
    back = leave(NAMES, {ENTERED: "/sandbox", **THERE})
    before, marked, again, after = (
        evaluated(shell, lines, NOTHING, show) for lines in ([], there, [*there, *there], [*there, *back])
    )
    assert marked == again == f"(eipctl-sandbox) {before}"
    assert after == before


def test_no_value_of_the_users_is_printed() -> None:
    """The shell copies it; a terminal and a log do not see it."""
    within = {**THERE, ENTERED: "/sandbox", **{BEFORE + name: value for name, value in MINE.items()}}
    lines = [*enter(THERE, "/sandbox", MINE), *leave(NAMES, within)]
    assert not [line for line in lines if SECRET in line or "production" in line]


def test_there_is_no_way_back_from_where_nobody_is() -> None:
    """A shell in no sandbox keeps its own variables."""
    assert leave(NAMES, MINE) == []
