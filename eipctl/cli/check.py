"""`eipctl check`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from eipctl.base.errors import ExitCode
from eipctl.cli.connection import Connected
from eipctl.cli.explain import code_of, codes_from
from eipctl.cli.flow import open_session
from eipctl.cli.manifest import For, commands_of
from eipctl.cli.options import duration, takes
from eipctl.cli.setup import TerwayVersion
from eipctl.output.answer import CommandAnswer


@takes(Connected)
def check(
    options: Connected,
    pre: Annotated[bool, typer.Option("--pre", help="Check whether setup could run.")] = False,
    commands: For = None,
    codes: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="Show only findings with this code.", autocompletion=codes_from),
    ] = None,
    eip_quota: Annotated[
        int | None, typer.Option("--eip-quota", min=0, help="EIP quota of the account in the region, if known.")
    ] = None,
    terway_version: TerwayVersion = "",
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            help="Repeat the checks until none has an error, at most this long.",
            parser=duration,
            metavar="DURATION",
        ),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 if any check has an error.")] = False,
) -> None:
    """
    \b
    eipctl check                         # every check
    eipctl check --pre                   # before setup: could it run?
    eipctl check --for status            # for a user who only runs status
    eipctl check --wait 5m --exit-code   # in a pipeline, after setup
    eipctl explain EIP206                # what a code means
    """
    from eipctl.commands.check.run import CheckOptions, wait_until_well
    from eipctl.domain.findings import Level
    from eipctl.output.pasted import aimed

    asked = CheckOptions(
        pre=pre,
        commands=commands_of(commands),
        codes=tuple(code_of(text) for text in codes or ()),
        eip_quota=eip_quota,
        terway_version=terway_version,
    )
    found = wait_until_well(lambda: open_session(options), asked, wait or 0.0)
    findings = tuple(replace(finding, detail=aimed(finding.detail), fix=aimed(finding.fix)) for finding in found)
    options.record.findings = findings
    bad = any(finding.level is Level.ERROR for finding in findings)
    code = ExitCode.PENDING if exit_code and bad else ExitCode.OK
    if options.output.for_people:
        from eipctl.output.findings import finding_lines

        lines = finding_lines(findings, verbose=options.verbose > 0, exit_code=exit_code, codes=asked.codes)
        options.console.answer_lines(lines)
    else:
        data = {"findings": [finding.as_data() for finding in findings]}
        options.answer(CommandAnswer(command="check", code=code, data=data, rows="findings", named="code"))
    raise typer.Exit(int(code))
