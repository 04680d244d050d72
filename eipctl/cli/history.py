"""`eipctl history`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, UsageError
from eipctl.cli.options import Common, takes
from eipctl.output.listing import ListingFormat


@takes(Common)
def history(
    options: Common,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Run ID, the start of one, or last.")] = None,
    audit_log: Annotated[
        str | None, typer.Option("--audit-log", envvar="EIPCTL_AUDIT_LOG", metavar="FILE", help="Audit log to read.")
    ] = None,
    output: Annotated[
        ListingFormat, typer.Option("--output", "-o", envvar="EIPCTL_OUTPUT", help="Output format.")
    ] = ListingFormat.TABLE,
) -> None:
    """
    \b
    eipctl history --audit-log /var/log/eipctl/audit.jsonl
    eipctl history last --audit-log /var/log/eipctl/audit.jsonl
    """
    from eipctl.commands.history import read

    if audit_log in (None, "-"):
        message = "history needs an audit log file, and none is named"
        raise UsageError(Code.USAGE, message, hint="give it with --audit-log FILE, or set EIPCTL_AUDIT_LOG")
    found = read(str(audit_log))
    one = found.run(run) if run is not None else None
    console = options.console
    if output in (ListingFormat.JSON, ListingFormat.YAML):
        from eipctl.output.envelope import Format, envelope, render

        shown = [one] if one else found.runs
        data = {"runs": [each.as_data(whole=bool(one)) for each in shown], "broken": list(found.broken)}
        console.answer(render(envelope("history", ExitCode.OK, data, ()), Format(output.value)))
        return
    from eipctl.output import history_text as text

    if output is ListingFormat.NAME:
        console.answer("".join(f"{each.id}\n" for each in ([one] if one else found.runs)))
    elif output is ListingFormat.CSV:
        console.answer(text.run_csv(one) if one else text.runs_csv(found.runs))
    else:
        console.answer(text.run_text(one) if one else text.runs_text(found.runs))
    for place in found.broken:
        console.warn(f"{place} is not an audit log entry and was skipped")
