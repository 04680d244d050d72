"""`bind --watch` in this process while other things happen, until it has nothing left to do."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from eipctl.base.errors import Interrupted
from eipctl.commands.watch.watcher import Watcher, WatchOptions
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eipctl.commands.bind import BindOptions
    from tests.faults.lab import Lab

RESYNC = 0.5
"""Seconds between two full reads: what people do in the cloud is noticed by these only."""


def watch(lab: Lab, options: BindOptions, deeds: Sequence[Callable[[], object]]) -> None:
    """A watching run from its start to SIGTERM, in the main thread; `deeds` happen while it leads.

    It is stopped when a single run would find nothing to do. What goes wrong in either thread is raised here.
    """
    session = lab.session()
    watcher = Watcher(session, WatchOptions(bind=options, resync=RESYNC, concurrency=4))
    broken: list[BaseException] = []

    def others() -> None:
        try:
            until(lambda: watcher.reporter.state.synced, "the lead of the watching run")
            for deed in deeds:
                deed()
            until(lambda: not watcher.rounds.busy() and not lab.planned(options), "all that was to do")
        except BaseException as error:  # noqa: BLE001 - it would be lost with its thread
            broken.append(error)
        finally:
            session.stop.interrupt(signal.SIGTERM)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        watcher.run()
    except Interrupted:
        pass
    finally:
        thread.join()
    if broken:
        raise broken[0]
