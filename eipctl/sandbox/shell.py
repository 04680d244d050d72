"""What a shell evaluates to enter a sandbox and to leave it again: the same lines for sh, bash, zsh and fish.

Entering keeps what the variables held before, also those that would lead eipctl elsewhere, and marks the prompt;
leaving puts all of it back. No value of the user's is ever printed: the shell itself copies it.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENTERED = "EIPCTL_SANDBOX"
"""Holds the folder of the sandbox that the shell is in."""
BEFORE = "EIPCTL_BEFORE_"
ELSEWHERE = (
    "EIPCTL_KUBECONFIG",
    "EIPCTL_CONTEXT",
    "EIPCTL_PROFILE",
    "EIPCTL_REGION",
    "EIPCTL_CLUSTER_ID",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)
"""They win over what a sandbox exports."""

_FISH = "functions -q export 2>/dev/null"
_ENTER = """case ${PS1-} in ""|"(eipctl-sandbox) "*) ;; *) PS1="(eipctl-sandbox) $PS1";; esac"""
_LEAVE = """case ${PS1-} in "(eipctl-sandbox) "*) PS1=${PS1#"(eipctl-sandbox) "};; esac"""
_FISH_ENTER = (
    "functions -q _eipctl_prompt; or begin; functions -c fish_prompt _eipctl_prompt; function fish_prompt; "
    'printf "(eipctl-sandbox) %s" (_eipctl_prompt | string collect); end; end'
)
_FISH_LEAVE = (
    "functions -q _eipctl_prompt; and begin; functions -e fish_prompt; "
    "functions -c _eipctl_prompt fish_prompt; functions -e _eipctl_prompt; end"
)


def enter(values: Mapping[str, str], folder: str, environ: Mapping[str, str]) -> list[str]:
    """Export `values`; a shell that is in a sandbox already goes on knowing what was before that one."""
    lines = []
    if ENTERED not in environ:
        lines = [f'export {BEFORE}{name}="${name}"' for name in (*values, *ELSEWHERE) if name in environ]
    lines += _unset(name for name in ELSEWHERE if name in environ)
    lines += [f"export {name}={shlex.quote(value)}" for name, value in {**values, ENTERED: folder}.items()]
    return [*lines, *_prompt(_ENTER, _FISH_ENTER)]


def leave(names: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """Put back what was before; nothing for a shell that is in no sandbox."""
    if ENTERED not in environ:
        return []
    before = [name for name in (*names, *ELSEWHERE) if BEFORE + name in environ]
    back = [f'export {name}="${BEFORE}{name}"' for name in before]
    gone = [name for name in names if name not in before and name in environ]
    return [*back, *_unset((*gone, *(BEFORE + name for name in before), ENTERED)), *_prompt(_LEAVE, _FISH_LEAVE)]


def _unset(names: Iterable[str]) -> list[str]:
    """fish has no unset, and to all others ``set -e`` is something else."""
    words = " ".join(names)
    return [f"{_FISH} && set -e {words}", f"{_FISH} || unset {words}"] if words else []


def _prompt(others: str, fish: str) -> list[str]:
    return [f"{_FISH} && eval '{fish}'", f"{_FISH} || eval '{others}'"]
