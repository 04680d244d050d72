"""`eipctl completion`, and what kubectl asks for when it completes `kubectl eip`."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from enum import StrEnum
from typing import Annotated

import typer

from eipctl.cli.options import Common, takes

PLUGIN_SCRIPT = "# kubectl asks kubectl_complete-eip, which is installed with eipctl\n"
NO_FILES = ":4"
"""To kubectl, after the words: offer no files beside them."""
FILES = ":0"


class Shell(StrEnum):
    """Shells with a completion script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@takes(Common)
def completion(
    options: Common, shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="Shell to complete in.")]
) -> None:
    """
    Writes no file. Put the line for bash into ~/.bashrc; save the script for zsh or fish where the shell looks for
    completions.

    \b
    source <(eipctl completion bash)
    eipctl completion zsh > "${fpath[1]}/_eipctl"
    eipctl completion fish > ~/.config/fish/completions/eipctl.fish
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # a re-export

    from eipctl.cli.app import COMPLETE
    from eipctl.output.pasted import PROGRAM, program

    if program() != PROGRAM:
        load = "kubectl completion fish | source" if shell is Shell.FISH else f"source <(kubectl completion {shell})"
        options.console.answer(f"{PLUGIN_SCRIPT}{load}\n")
        return
    script = get_completion_script(prog_name=PROGRAM, complete_var=COMPLETE, shell=shell.value)
    options.console.answer(f"{script}\n")


def for_kubectl() -> int:
    """``kubectl_complete-eip WORD…``: what the last word can become, a line each, then what kubectl does with it."""
    from eipctl.cli.app import COMPLETE, run

    *before, last = sys.argv[1:] or [""]
    line = shlex.join(["eipctl", *before]) + " " + (shlex.quote(last) if last else "")
    os.environ |= {COMPLETE: "complete_fish", "_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
        run([])
    words = said.getvalue().strip()
    sys.stdout.write(f"{words}\n{NO_FILES}\n" if words else f"{FILES}\n")
    return 0
