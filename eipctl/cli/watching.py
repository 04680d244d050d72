"""`eipctl bind --watch`: a run that ends by a signal, --timeout or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.flow import open_session

if TYPE_CHECKING:
    from eipctl.cli.connection import Changing
    from eipctl.commands.bind import BindOptions


def go_on(
    options: Changing,
    wanted: BindOptions,
    *,
    resync: float,
    lock_timeout: float | None,
    concurrency: int,
    **settings: Any,
) -> NoReturn:
    """Bind whenever something changes. `lock_timeout` None is no limit."""
    _check(options)
    from eipctl.commands.watch.watcher import FOR_EVER, Watcher, WatchOptions

    session = open_session(options, **settings)
    asked = WatchOptions(
        bind=wanted,
        resync=resync,
        lock_timeout=FOR_EVER if lock_timeout is None else lock_timeout,
        concurrency=concurrency,
        audit_log=options.audit_log,
    )
    Watcher(session, asked).run()


def _check(options: Changing) -> None:
    """Refuse what a run without an end can't do."""
    given = {"--dry-run": options.dry_run, "--out": options.out is not None, "--exit-code": options.exit_code}
    for name, is_given in given.items():
        if is_given:
            raise UsageError(Code.USAGE, f"--watch does not end, so it has no {name}", hint=f"leave {name} out")
    if not options.yes:
        raise UsageError(
            Code.NO_TERMINAL,
            "eipctl bind --watch makes many plans and can't ask about each",
            hint="see the first one with --dry-run instead of --watch, then add --yes",
        )
