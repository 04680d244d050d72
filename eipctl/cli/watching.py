"""`eipctl bind --watch`: a run that ends by a signal, --timeout or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, UsageError
from eipctl.cli.flow import open_session
from eipctl.output.envelope import Format, envelope

if TYPE_CHECKING:
    from eipctl.cli.connection import Changing
    from eipctl.commands.bind import BindOptions


def go_on(
    options: Changing,
    wanted: BindOptions,
    *,
    resync: float,
    listen: str,
    lock_timeout: float | None,
    concurrency: int,
    **settings: Any,
) -> NoReturn:
    """Bind whenever something changes. `lock_timeout` None is no limit."""
    _check(options)
    from eipctl.commands.watch.watcher import FOR_EVER, Watcher, WatchOptions
    from eipctl.output.console import plain
    from eipctl.output.events import Events
    from eipctl.output.listen import Address
    from eipctl.output.watching import audience

    address = Address.parse(listen) if listen else None
    events = Events(options.console) if options.output.streamed is Format.JSONL else None
    session = open_session(options, **settings)
    asked = WatchOptions(
        bind=wanted,
        resync=resync,
        lock_timeout=FOR_EVER if lock_timeout is None else lock_timeout,
        concurrency=concurrency,
        audit_log=options.audit_log,
    )
    try:
        with audience(session, options.console, address, events, screen=options.audit_log != "-") as listener:
            Watcher(session, asked, (listener,)).run()
    except EipctlError as error:
        if events is None:
            if isinstance(error, Interrupted):
                options.console.say(plain("eipctl bind --watch ended by a signal; nothing is half-written"))
                raise typer.Exit(int(error.exit)) from error
            raise
        events.result(envelope("bind", error.exit, {}, [error]))
        raise typer.Exit(int(error.exit)) from error


def _check(options: Changing) -> None:
    """Refuse what a run without an end can't do."""
    output = options.output
    no_form = output.asked and not (output.for_people or output.streamed is Format.JSONL)
    given = (
        ("--dry-run", options.dry_run, ""),
        ("--out", options.out is not None, ""),
        ("--exit-code", options.exit_code, ""),
        ("--metrics-file", options.metrics_file is not None, "; use --listen for metrics"),
        (f"-o {output.format.value}", no_form, "; use -o jsonl for events"),
    )
    for name, is_given, instead in given:
        if is_given:
            message = f"--watch does not end, so it can't be used with {name}"
            raise UsageError(Code.USAGE, message, hint=f"omit {name}{instead}")
    if not options.yes:
        raise UsageError(
            Code.NO_TERMINAL,
            "eipctl bind --watch makes many plans and can't ask about each",
            hint="see the first one with --dry-run instead of --watch, then add --yes",
        )
