"""`eipctl status`."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, UsageError
from eipctl.cli import complete
from eipctl.cli.command_line import with_kind
from eipctl.cli.connection import AllNamespaces, ClusterId, Connected, Namespaces, Selector
from eipctl.cli.flow import open_session
from eipctl.cli.options import takes
from eipctl.output.answer import CommandAnswer
from eipctl.output.envelope import Format
from eipctl.planners.status.order import Sort
from eipctl.planners.status.totals import By

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.commands.status.report import StatusOptions
    from eipctl.planners.status.data import StatusData
    from eipctl.planners.status.report import PodState, StatusReport


@takes(Connected)
def status(
    options: Connected,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND/NAME",
            help="Show everything about these Pods, or the Pods of these workloads.",
            autocompletion=complete.pods,
        ),
    ] = None,
    namespaces: Namespaces = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    field_selector: Annotated[str, typer.Option("--field-selector", help="Field selector, as in kubectl.")] = "",
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            autocompletion=complete.states,
            help="Show only Pods in these states, such as Pending,Conflict, or '!Bound' for all others.",
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
    ] = Sort.STATE.value,
    by: Annotated[By | None, typer.Option("--by", help="Show totals by namespace or workload instead of Pods.")] = None,
    audit_log: Annotated[
        str | None,
        typer.Option(
            "--audit-log",
            envvar="EIPCTL_AUDIT_LOG",
            metavar="FILE",
            help="With KIND/NAME: audit log to read what runs did.",
        ),
    ] = None,
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
) -> None:
    """
    \b
    eipctl status -A
    eipctl status pod/web-0 deployment/api    # why does this Pod have no EIP?
    eipctl status -n game -n shop --state '!Bound'
    eipctl status -A --by workload
    eipctl status -A -o wide                  # with ENIs, nodes, and totals by workload
    eipctl status -n game --watch
    eipctl status -A --orphans -o json
    """
    from eipctl.commands.status.report import StatusOptions, chosen, observe_allowed
    from eipctl.planners.status.counts import census

    wanted = StatusOptions(
        namespaces=options.namespaces_of(namespaces, every=all_namespaces),
        selector=selector,
        field_selector=field_selector,
        orphans=orphans,
        cluster_id=cluster_id,
        states=_states(state or []),
        sort_by=_sort(sort_by),
    )
    if orphans and state:
        raise UsageError(Code.USAGE, "--orphans shows no Pods, but --state selects Pods", hint="use one")
    if by is not None and options.output.format is Format.NAME:
        raise UsageError(Code.USAGE, "-o name lists objects, but --by shows totals", hint="leave one out")
    if names:
        if watch or orphans or by or selector or field_selector:
            message = "KIND/NAME can't be used with -l, --field-selector, --by, --orphans or --watch"
            raise UsageError(Code.USAGE, message, hint="leave one out")
        _tell(options, wanted, with_kind(names), audit_log, exit_code=exit_code)
        return
    if watch:
        if by is not None:
            raise UsageError(Code.USAGE, "--watch can't be used with --by", hint="leave one out")
        _watch(options, wanted, exit_code=exit_code)
        return
    found = observe_allowed(open_session(options), wanted)
    options.record.census = census(found)
    report = chosen(found, wanted)
    code = ExitCode.PENDING if exit_code and report.drifted else ExitCode.OK
    _answer(options, report, code, by)


def _answer(options: Connected, report: StatusReport, code: ExitCode, by: By | None = None) -> NoReturn:
    """In columns that are worth a look, or as data."""
    from eipctl.output.status_text import OWN, status_text

    if options.output.format in OWN:
        screen = options.console.screen()
        text = status_text(report, options.output.format, screen, by, headers=not options.no_headers)
        options.console.answer(text)
        if options.output.for_people and by is None:
            _offer(options, report)
        _warn(options, report.warnings)
    else:
        _for_program(options, report.as_data(), code, "orphans" if report.only_orphans else "pods")
    raise typer.Exit(int(code))


def _offer(options: Connected, report: StatusReport) -> None:
    """Commands that help at least some of the Pods shown, or say more about the worst."""
    from eipctl.output.console import Style
    from eipctl.output.pasted import aimed
    from eipctl.planners.status.next_step import for_all

    for command in for_all(report):
        options.console.say((("do: ", Style.QUIET), (aimed(command), Style.COMMAND)))


def _for_program(options: Connected, data: StatusData, code: ExitCode, rows: str) -> None:
    options.answer(CommandAnswer(command="status", code=code, data=data, rows=rows))
    if not options.output.enveloped:
        _warn(options, data["warnings"])


def _tell(
    options: Connected, wanted: StatusOptions, names: list[str], audit_log: str | None, *, exit_code: bool
) -> NoReturn:
    """One story for each Pod that is meant; the other formats have their rows."""
    from eipctl.commands.status.report import chosen, observe_allowed
    from eipctl.commands.status.story import chosen_by_name, subjects, told

    meant = subjects(names, wanted.namespaces)
    reach = tuple(dict.fromkeys(namespace for subject in meant for namespace in subject.namespaces))
    wanted = replace(wanted, namespaces=reach)
    session = open_session(options)
    report = chosen(chosen_by_name(observe_allowed(session, wanted), meant), wanted)
    code = ExitCode.PENDING if exit_code and report.drifted else ExitCode.OK
    if options.output.format in (Format.WIDE, Format.CSV, Format.NAME):
        _answer(options, report, code)
    stories, unread = told(session, report, audit_log)
    warnings = (*report.warnings, *unread)
    if options.output.for_people:
        from eipctl.output.story_text import story_lines

        options.console.answer_lines(story_lines(stories, report.currency, options.console.screen().width))
        _warn(options, warnings)
    else:
        data = report.as_data()
        data |= {"stories": [story.as_data() for story in stories], "warnings": list(warnings)}
        _for_program(options, data, code, "stories")
    raise typer.Exit(int(code))


def _warn(options: Connected, warnings: Iterable[str]) -> None:
    for text in warnings:
        options.console.warn(text)


def _states(texts: list[str]) -> frozenset[PodState]:
    """Those that are named, or all but those that are named with ``!``."""
    from eipctl.planners.status.report import PodState

    known = {state.value.lower(): state for state in PodState}
    asked = [part.strip().lower() for text in texts for part in text.split(",")]
    wrong = next((part for part in asked if part.removeprefix("!") not in known), None)
    if wrong is not None:
        raise _unknown("--state", wrong, "state of a Pod", [state.value for state in PodState])
    without = frozenset(known[part[1:]] for part in asked if part.startswith("!"))
    named = frozenset(known[part] for part in asked if not part.startswith("!"))
    return (named or (frozenset(PodState) if without else named)) - without


def _sort(text: str) -> Sort:
    found = Sort.named(text)
    if found is None:
        raise _unknown("--sort-by", text, "field of a row", [sort.value for sort in Sort])
    return found


def _unknown(option: str, wrong: str, what: str, names: list[str]) -> UsageError:
    known = {name.lower(): name for name in names}
    near = difflib.get_close_matches(wrong.lower(), known, n=1)
    hint = f"{f'did you mean {known[near[0]]}? ' if near else ''}One of {', '.join(names)}"
    return UsageError(Code.USAGE, f"{option} {wrong!r} is not a {what}", hint=hint)


def _watch(options: Connected, wanted: StatusOptions, *, exit_code: bool) -> None:
    """Until a signal or --timeout ends it."""
    from eipctl.commands.status.watch import reports
    from eipctl.output.status_stream import FORMS, Stream

    output = options.output.streamed
    output = output if options.output.asked or output in FORMS else Format.TABLE
    if output not in FORMS or exit_code:
        what = "--exit-code" if exit_code else f"-o {output.value}"
        hint = f"it can show -o {', '.join(form.value for form in FORMS)}"
        raise UsageError(Code.USAGE, f"--watch does not end, so it can't be used with {what}", hint=hint)
    options.record.endless = output is not Format.JSONL
    stream = Stream(options.console, output)
    for report in reports(open_session(options), wanted, stream.idle):
        stream.show(report)
