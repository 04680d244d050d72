"""`eipctl status`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.cli.flow import open_session
from eipctl.cli.options import AllNamespaces, ClusterId, Connected, Namespace, Selector, takes
from eipctl.errors import ExitCode
from eipctl.output.status_text import Listing


@takes(Connected)
def status(
    options: Connected,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    orphans: Annotated[bool, typer.Option("--orphans", help="Only EIPs that no Pod keeps.")] = False,
    cluster_id: ClusterId = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 if anything is not as asked for.")] = False,
    output: Annotated[
        Listing, typer.Option("--output", "-o", envvar="EIPCTL_OUTPUT", help="The answer's format.")
    ] = Listing.TABLE,
) -> None:
    """Which Pod has which EIP, what drifts, what is orphaned, what it costs. Changes nothing."""
    from eipctl.engine.status import StatusOptions, observe_status
    from eipctl.planners.census import census

    wanted = StatusOptions(
        namespace=namespace,
        all_namespaces=all_namespaces,
        selector=selector,
        orphans=orphans,
        cluster_id=cluster_id,
    )
    report = observe_status(open_session(options), wanted)
    options.record.census = census(report)
    code = ExitCode.PENDING if exit_code and report.drifted else ExitCode.OK
    console = options.console
    if output in (Listing.JSON, Listing.YAML):
        from eipctl.output.envelope import Format, envelope, render

        console.answer(render(envelope("status", code, report.as_data(), ()), Format(output.value)))
    else:
        from eipctl.output.console import Style
        from eipctl.output.status_text import status_text

        console.answer(status_text(report, output))
        console.say(*((("warning: ", Style.CAUTION), (text, Style.PLAIN)) for text in report.warnings))
    raise typer.Exit(int(code))
