"""What a shell completes a word to: names of the cluster, of the kubeconfig and of the aliyun CLI's profiles.

A shell waits for it at every Tab: it takes a second at most, says nothing when something is wrong, changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.engine.session import Session

BEGAN = time.monotonic()
CAP, LEAST = 0.75, 0.3
"""Seconds from then on, and for looking in any case: a busy machine takes longer to get so far."""
KINDS = ("deployment", "statefulset", "daemonset", "cronjob", "pod")


def namespaces(ctx: typer.Context, incomplete: str) -> list[str]:
    """Those of the cluster."""
    return _asked(ctx, incomplete, lambda session: session.kube.names("namespaces", None))


def workloads(ctx: typer.Context, incomplete: str) -> list[str]:
    """``deployment/`` and the like, then the names of that kind in the first namespace that is given."""
    return _named(ctx, incomplete, KINDS)


def pods(ctx: typer.Context, incomplete: str) -> list[str]:
    """``pod/``, then the names in the namespace that is given."""
    return _named(ctx, incomplete, ("pod",))


def _named(ctx: typer.Context, incomplete: str, kinds: tuple[str, ...]) -> list[str]:
    kind, slash, _ = incomplete.partition("/")
    if not slash:
        return [f"{known}/" for known in kinds if known.startswith(incomplete)]
    given = ctx.params.get("namespaces") or [None]

    def named(session: Session) -> Iterable[str]:
        return (f"{kind}/{name}" for name in session.kube.names(kind, given[0] or session.namespace))

    return _asked(ctx, incomplete, named)


def contexts(ctx: typer.Context, incomplete: str) -> list[str]:
    """Those of the kubeconfig."""
    from eipctl.engine.known_names import context_names

    return _found(incomplete, lambda: context_names(ctx.params.get("kubeconfig")))


def profiles(incomplete: str) -> list[str]:
    """Those of the aliyun CLI."""
    from eipctl.engine.known_names import profile_names

    return _found(incomplete, lambda: profile_names(os.environ))


def lints(incomplete: str) -> list[str]:
    """The codes that `annotate --force` lifts."""
    from eipctl.planners.annotate.lints import BLOCKING

    return [code for code in sorted(BLOCKING) if code.startswith(incomplete.upper())]


def guards(incomplete: str) -> list[str]:
    """What `bind --force` lifts."""
    from eipctl.domain.limits import GUARDS

    return [name for name in GUARDS if name.startswith(incomplete)]


def states(incomplete: str) -> list[str]:
    """Of Pods; several with commas between them."""
    from eipctl.planners.status.report import PodState

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{state}" for state in PodState if state.startswith(last)]


def sorts(incomplete: str) -> list[str]:
    """Fields of a status."""
    from eipctl.planners.status.order import Sort

    return [sort.value for sort in Sort if sort.value.startswith(incomplete.lower())]


def commands(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of commands, below those that are given."""
    from eipctl.cli.app import tree

    found = tree()
    for word in ctx.params.get("words") or ():
        found = getattr(found, "commands", {}).get(word)
    return [name for name in getattr(found, "commands", {}) if name.startswith(incomplete)]


def answering(ctx: typer.Context, incomplete: str) -> list[str]:
    """Commands and streams that have a schema, a word after the other."""
    from eipctl.commands.registry import ANSWERS
    from eipctl.commands.schemas import STREAMS

    given = [*(ctx.params.get("words") or ())]
    rest = [name.split()[len(given) :] for name in (*ANSWERS, *STREAMS) if name.split()[: len(given)] == given]
    return list(dict.fromkeys(words[0] for words in rest if words and words[0].startswith(incomplete)))


def formats(incomplete: str) -> list[str]:
    """Of -o."""
    from eipctl.output.answer import TEMPLATES
    from eipctl.output.envelope import Format

    names = [f"{form}=" if form in TEMPLATES else form.value for form in Format]
    return [name for name in names if name.startswith(incomplete)]


def scenarios(incomplete: str) -> list[str]:
    """Of the sandbox."""
    from eipctl.sandbox.world.scenario import names

    return [name for name in names() if name.startswith(incomplete)]


def _asked(ctx: typer.Context, incomplete: str, ask: Callable[[Session], Iterable[str]]) -> list[str]:
    """What the cluster knows; to import what asks it is no part of the look."""
    from eipctl.engine.known_names import load_readers

    load_readers()
    return _found(incomplete, lambda: ask(_session(ctx)))


def _session(ctx: typer.Context) -> Session:
    from eipctl.domain.impersonation import Impersonation
    from eipctl.engine.session import Session, Settings

    # It gives up before the shell is answered, to end what it has started, such as a login helper.
    patience = _left() - 0.1
    told = ctx.params.get
    acting = Impersonation.asked(told("as_user"), told("as_uid"), told("as_group"), told("as_user_extra"))
    return Session(Settings(kubeconfig=told("kubeconfig"), context=told("context"), acting=acting, timeout=patience))


def _left() -> float:
    return max(LEAST, CAP - (time.monotonic() - BEGAN))


def _found(incomplete: str, look: Callable[[], Iterable[str]]) -> list[str]:
    """What begins like the word; nothing when the cluster is slow, gone, or says no."""
    found: list[str] = []

    def run() -> None:
        with contextlib.suppress(BaseException):
            found.extend(name for name in look() if name.startswith(incomplete))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_left())
    return sorted(found)
