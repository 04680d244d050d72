"""Who is calling, and with which rights; and whether the clocks agree."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.domain.rights import Right
from eipctl.planners.check.wording import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


PATCH_PODS = Right("patch", "pods")
API_SERVER, CLOUD = "the API server's", "Alibaba Cloud's"
NOTICED, REFUSED = 30, 900
"""Seconds that clocks may differ: unnoticed, and before Alibaba Cloud refuses a signature (15 minutes)."""


def rights(lacking: Mapping[str, Sequence[Right]], wanted: Collection[str], user: str) -> Iterator[Finding]:
    """What the current user may run. A lack matters only for the commands that are `wanted`."""
    able = [command for command, missing in lacking.items() if not _needed(missing)]
    if able:
        yield Finding(Code.KUBE_FORBIDDEN, Level.OK, f"the current user has the Kubernetes rights for {_and(able)}")
    for command, missing in lacking.items():
        needed = _needed(missing)
        if needed:
            level = Level.ERROR if command in wanted else Level.INFO
            title = f"the current user lacks {count(len(needed), 'right')} in Kubernetes that {command} needs"
            yield Finding(Code.KUBE_FORBIDDEN, level, title, ", ".join(map(told, needed)), grant(command, user))
        elif missing and command in wanted:
            title = f"{command} works, but the current user lacks {count(len(missing), 'right')} in Kubernetes"
            detail = "; ".join(f"without {told(right)} {right.without}" for right in missing)
            yield Finding(Code.KUBE_FORBIDDEN, Level.INFO, title, detail, grant(command, user))


def surplus(lacking: Mapping[str, Sequence[Right]], wanted: Collection[str]) -> Iterator[Finding]:
    """The right to patch Pods, which `bind` does not use, of a user who can't `annotate` anyway."""
    unable = lacking.get("annotate", ())
    if "bind" in wanted and "annotate" not in wanted and _needed(unable) and PATCH_PODS not in unable:
        title = "the current user has a right in Kubernetes that bind does not need"
        detail = f"{told(PATCH_PODS)}: bind writes pods/status alone"
        yield Finding(Code.KUBE_FORBIDDEN, Level.INFO, title, detail, "eipctl manifest rbac --for bind")


def _needed(missing: Sequence[Right]) -> list[Right]:
    return [right for right in missing if not right.without]


def told(right: Right) -> str:
    """``patch configmaps/eni-config in kube-system``."""
    where = f" in {right.namespace}" if right.namespace else ""
    return f"{right.verb} {right.full}{f'/{right.name}' if right.name else ''}{where}"


def grant(command: str, user: str) -> str:
    """For an administrator; a name of its own, so that it takes nothing from other users."""
    name = f"eipctl-{command}:{user}".replace("/", "_").replace("%", "_")
    words = ["eipctl", "manifest", "rbac", "--for", command, "--user", user, "--name", name]
    return f"{shlex.join(words)} | kubectl apply -f -"


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def clock(ahead: Mapping[str, timedelta]) -> Finding:
    """By how much the clocks of servers, by name, are ahead of this host's; the one that is furthest off counts."""
    server = max(ahead, key=lambda name: abs(ahead[name]))
    seconds = round(abs(ahead[server].total_seconds()))
    if seconds <= NOTICED:
        return Finding(Code.CLOCK, Level.OK, f"this host's clock agrees with {' and '.join(ahead)}")
    title = f"this host's clock is {seconds} s {'behind' if ahead[server] > timedelta() else 'ahead of'} {server}"
    fatal = CLOUD in ahead and abs(ahead[CLOUD].total_seconds()) >= REFUSED
    detail = (
        "Alibaba Cloud refuses calls signed with such a time"
        if fatal
        else "ages and grace periods count by the servers' clocks; times in logs are off by as much"
    )
    return Finding(Code.CLOCK, Level.ERROR if fatal else Level.WARNING, title, detail, "timedatectl set-ntp true")
