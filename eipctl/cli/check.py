"""`eipctl check`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.cli.flow import open_session
from eipctl.cli.options import Connected, takes
from eipctl.errors import ExitCode
from eipctl.output.envelope import Format


@takes(Connected)
def check(
    options: Connected,
    pre: Annotated[bool, typer.Option("--pre", help='Before setup: "may I install?"')] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 if a check has an error.")] = False,
    output: Annotated[
        Format | None, typer.Option("--output", "-o", envvar="EIPCTL_OUTPUT", help="The answer's format.")
    ] = None,
) -> None:
    """Preflight and health: coded findings, each with its fix as a command to paste. Changes nothing."""
    from eipctl.domain.findings import Level
    from eipctl.engine.check import CheckOptions, run_checks

    findings = run_checks(open_session(options), CheckOptions(pre=pre))
    bad = any(finding.level is Level.ERROR for finding in findings)
    code = ExitCode.PENDING if exit_code and bad else ExitCode.OK
    if output is not None:
        from eipctl.output.envelope import envelope, render

        data = {"findings": [finding.as_data() for finding in findings]}
        options.console.answer(render(envelope("check", code, data, ()), output))
    else:
        from eipctl.output.findings import finding_lines

        options.console.answer_lines(finding_lines(findings))
    raise typer.Exit(int(code))
