"""`eipctl report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, UsageError
from eipctl.cli import complete
from eipctl.cli.connection import AllNamespaces, ClusterId, Connected
from eipctl.cli.flow import open_session
from eipctl.cli.options import TABLE, a_namespace, common_option, takes
from eipctl.output.answer import Output

STDOUT = "-"


class ReportFormat(StrEnum):
    """-o."""

    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet(Connected):
    """Several clusters, and no metrics of them together."""

    context: str | None = field(default=None, init=False)
    metrics_file: str | None = field(default=None, init=False)
    output: Output = field(default=TABLE, init=False)
    no_headers: bool = field(default=False, init=False)
    contexts: Annotated[
        list[str] | None,
        common_option(
            "A kubeconfig context; repeat it for each cluster of the report.",
            "--context",
            variable="CONTEXT",
            autocompletion=complete.contexts,
        ),
    ] = None


@takes(Fleet)
def report(
    options: Fleet,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to write the report; - is stdout.")],
    audit_log: Annotated[
        list[Path] | None,
        typer.Option(
            "--audit-log",
            envvar="EIPCTL_AUDIT_LOG",
            metavar="FILE",
            help="Show the runs that this audit log records; repeatable.",
        ),
    ] = None,
    namespaces: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAME",
            help="Namespace, repeatable (default: all).",
            autocompletion=complete.namespaces,
            callback=a_namespace,
        ),
    ] = None,
    all_namespaces: AllNamespaces = False,
    cluster_id: ClusterId = None,
    output: Annotated[
        ReportFormat | None,
        typer.Option("--output", "-o", help="Report format (default: markdown if FILE ends in .md, else html)."),
    ] = None,
) -> None:
    """
    \b
    eipctl report report.html
    eipctl report report.html --context hangzhou --context beijing
    eipctl report report.html --audit-log /var/log/eipctl/audit.jsonl
    eipctl report -n game -o markdown -          # one namespace, for a ticket
    """
    from eipctl.commands.report.fleet import ReportOptions, observe_fleet
    from eipctl.output.errors import tell
    from eipctl.output.report.render import render_html, render_markdown

    contexts = list(dict.fromkeys(options.contexts or ()))
    if cluster_id is not None and len(contexts) > 1:
        raise UsageError(
            Code.USAGE, "--cluster-id is the ID of one cluster, and several are named", hint="leave it out"
        )
    _check(file)
    sessions = [open_session(options, context=context) for context in (contexts or (None,))]
    chosen = options.namespaces_of(namespaces, every=all_namespaces or not namespaces)
    wanted = ReportOptions(namespaces=chosen, cluster_id=cluster_id, audit_logs=_logs(audit_log))
    found = observe_fleet(sessions, wanted)
    form = output or (ReportFormat.MARKDOWN if file.endswith(".md") else ReportFormat.HTML)
    render = render_html if form is ReportFormat.HTML else render_markdown
    _write(options, file, render(found, named=bool(contexts)))
    for error in found.errors:
        tell(options.console, error)
    raise typer.Exit(int(ExitCode.PARTIAL if found.errors else ExitCode.OK))


def _logs(given: list[Path] | None) -> tuple[str, ...]:
    """Without ``-``, which a variable may name for runs: stderr can't be read again."""
    return tuple(str(path) for path in given or () if str(path) != STDOUT)


def _check(name: str) -> None:
    """Before the clusters are asked."""
    from eipctl.base.files import may_replace

    if name != STDOUT:
        try:
            may_replace(Path(name))
        except OSError as error:
            raise _unwritable(name, error) from error


def _write(options: Connected, name: str, text: str) -> None:
    from eipctl.base.files import replace_file
    from eipctl.output.console import plain

    if name == STDOUT:
        options.console.document(text)
        return
    try:
        replace_file(Path(name), text, mode=0o644)
    except OSError as error:
        raise _unwritable(name, error) from error
    options.console.say(plain(f"report written to {name}"))


def _unwritable(name: str, error: OSError) -> UsageError:
    message = f"the report can't be written to {name}: {error.strerror}"
    return UsageError(Code.USAGE, message, hint="choose another FILE, or - for stdout", obj=name)
