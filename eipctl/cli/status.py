"""`eipctl status`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, UsageError
from eipctl.cli import complete
from eipctl.cli.connection import AllNamespaces, ClusterId, Connected, Namespace, Selector
from eipctl.cli.flow import open_session
from eipctl.cli.options import takes
from eipctl.output.listing import ListingFormat
from eipctl.planners.status.order import Sort

if TYPE_CHECKING:
    from eipctl.commands.status.report import StatusOptions
    from eipctl.planners.status.report import PodState, StatusReport


@takes(Connected)
def status(
    options: Connected,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state", autocompletion=complete.states, help="Show only Pods in these states, such as Pending,Conflict."
        ),
    ] = None,
    orphans: Annotated[bool, typer.Option("--orphans", help="Show only orphaned EIPs.")] = False,
    cluster_id: ClusterId = None,
    sort_by: Annotated[
        str,
        typer.Option(
            "--sort-by",
            metavar="FIELD",
            autocompletion=complete.sorts,
            help=f"Sort order of the Pods: {', '.join(Sort)}.",
        ),
    ] = Sort.NAMESPACE.value,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            "-w",
            help="Keep watching: redraw on a terminal, else print a line per change. EIPs are read when a Pod"
            " changes, and every 30 s.",
        ),
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 if anything drifts or is unknown.")] = False,
    output: Annotated[
        ListingFormat, typer.Option("--output", "-o", envvar="EIPCTL_OUTPUT", help="Output format.")
    ] = ListingFormat.TABLE,
) -> None:
    """
    \b
    eipctl status -A
    eipctl status -n game --state Pending,Drifted --sort-by age
    eipctl status -A -o wide                  with ENIs, nodes, and totals by workload
    eipctl status -n game --watch
    eipctl status -A --orphans -o json
    """
    from eipctl.commands.status.report import StatusOptions, chosen, observe_allowed
    from eipctl.planners.status.counts import census

    wanted = StatusOptions(
        namespace=None if all_namespaces else options.namespace_of(namespace),
        selector=selector,
        orphans=orphans,
        cluster_id=cluster_id,
        states=_states(state or []),
        sort_by=_sort(sort_by),
    )
    if orphans and state:
        raise UsageError(Code.USAGE, "--orphans shows no Pods, but --state selects Pods", hint="use one")
    if watch:
        _watch(options, wanted, output, exit_code=exit_code)
        return
    found = observe_allowed(open_session(options), wanted)
    options.record.census = census(found)
    report = chosen(found, wanted)
    _answer(options, report, output, ExitCode.PENDING if exit_code and report.drifted else ExitCode.OK)


def _states(texts: list[str]) -> frozenset[PodState]:
    from eipctl.planners.status.report import PodState

    known = {state.value.lower(): state for state in PodState}
    asked = [part.strip().lower() for text in texts for part in text.split(",")]
    wrong = next((part for part in asked if part not in known), None)
    if wrong is not None:
        raise _unknown("--state", wrong, "state of a Pod", [state.value for state in PodState])
    return frozenset(known[part] for part in asked)


def _sort(text: str) -> Sort:
    found = Sort.named(text)
    if found is None:
        raise _unknown("--sort-by", text, "field of a row", [sort.value for sort in Sort])
    return found


def _unknown(option: str, wrong: str, what: str, names: list[str]) -> UsageError:
    known = {name.lower(): name for name in names}
    near = difflib.get_close_matches(wrong.lower(), known, n=1)
    hint = f"did you mean {known[near[0]]}?" if near else f"one of {', '.join(names)}"
    return UsageError(Code.USAGE, f"{option} {wrong!r} is not a {what}", hint=hint)


def _answer(options: Connected, report: StatusReport, output: ListingFormat, code: ExitCode) -> None:
    console = options.console
    if output in (ListingFormat.JSON, ListingFormat.YAML):
        from eipctl.output.envelope import Format, envelope, render

        console.answer(render(envelope("status", code, report.as_data(), ()), Format(output.value)))
    else:
        from eipctl.output.status_text import status_text

        console.answer(status_text(report, output))
        for text in report.warnings:
            console.warn(text)
    raise typer.Exit(int(code))


def _watch(options: Connected, wanted: StatusOptions, output: ListingFormat, *, exit_code: bool) -> None:
    """Until a signal or --timeout ends it."""
    from eipctl.commands.status.watch import reports
    from eipctl.output.status_stream import FORMS, Stream

    if output not in FORMS or exit_code:
        what = "--exit-code" if exit_code else f"-o {output.value}"
        hint = f"it can show -o {', '.join(form.value for form in FORMS)}"
        raise UsageError(Code.USAGE, f"--watch does not end, so it can't be used with {what}", hint=hint)
    stream = Stream(options.console, output)
    for report in reports(open_session(options), wanted, stream.idle):
        stream.show(report)
