"""`eipctl history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.options import Answering, takes
from eipctl.output.answer import CommandAnswer
from eipctl.output.envelope import Format

if TYPE_CHECKING:
    from eipctl.commands.history import PastRun


@takes(Answering)
def history(
    options: Answering,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Run ID, the start of one, or last.")] = None,
    audit_log: Annotated[
        str | None, typer.Option("--audit-log", envvar="EIPCTL_AUDIT_LOG", metavar="FILE", help="Audit log to read.")
    ] = None,
) -> None:
    """
    \b
    eipctl history --audit-log /var/log/eipctl/audit.jsonl
    eipctl history last --audit-log /var/log/eipctl/audit.jsonl
    """
    from eipctl.commands.history import read

    if audit_log in (None, "-"):
        message = "history needs an audit log file, and none is named; a run without --audit-log keeps none"
        hint = "name one with --audit-log FILE; to keep one from now on: export EIPCTL_AUDIT_LOG=FILE"
        raise UsageError(Code.USAGE, message, hint=hint)
    found = read(str(audit_log))
    one = found.run(run) if run is not None else None
    shown = [one] if one else list(found.runs)
    if options.output.for_people or options.output.format is Format.CSV:
        options.console.answer(_text(one, shown, options))
    else:
        data = {"runs": [each.as_data(whole=bool(one)) for each in shown], "broken": list(found.broken)}
        options.answer(CommandAnswer(command="history", data=data, rows="runs", named="run"))
    if not options.output.enveloped:
        for place in found.broken:
            options.console.warn(f"{place} is not an audit log entry and was skipped")


def _text(one: PastRun | None, shown: list[PastRun], options: Answering) -> str:
    """In columns that are worth a look."""
    from eipctl.output import history_text as text

    headers = not options.no_headers
    if options.output.format is Format.CSV:
        return text.run_csv(one, headers=headers) if one else text.runs_csv(shown, headers=headers)
    return text.run_text(one, headers=headers) if one else text.runs_text(shown, headers=headers)
