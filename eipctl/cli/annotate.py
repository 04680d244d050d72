"""`eipctl annotate`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.annotate_settings import takes_settings
from eipctl.cli.command_line import with_kind
from eipctl.cli.connection import AllNamespaces, Changing, Namespaces, Selector
from eipctl.cli.flow import change, open_session
from eipctl.cli.options import takes
from eipctl.output.answer import CommandAnswer

HOW = "How"


def _how(help_text: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel=HOW, **more)


@takes(Changing)
@takes_settings
def annotate(
    options: Changing,
    workloads: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KIND/NAME",
            autocompletion=complete.workloads,
            help="Workloads or Pods; with -l or --all only a KIND, or nothing.",
        ),
    ] = None,
    namespaces: Namespaces = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--filename",
            "-f",
            metavar="FILE|DIR|-",
            help="Edit manifest files instead of a cluster; repeatable. Needs no credentials.",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="PATTERN", help="Files or folders in -f DIR to skip; repeatable."),
    ] = None,
    templates: Annotated[
        list[str] | None,
        typer.Option(
            "--template",
            metavar="PATH",
            help="Pod template of an object that has several, such as spec.headGroupSpec.template; repeatable.",
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Write the changes back to the files of -f instead of stdout.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Select all workloads in the namespace, or all of a KIND.")
    ] = False,
    list_only: Annotated[bool, typer.Option("--list", help="Show the annotations in effect.")] = False,
    settings: Any = None,
    remove: Annotated[bool, _how("Remove the EIP annotations.", "--remove")] = False,
    fix: Annotated[bool, _how("Move EIP keys from the workload's own metadata to its Pod template.", "--fix")] = False,
    live_pods: Annotated[bool, _how("Annotate only the running Pods; nothing restarts.", "--live-pods")] = False,
    recreate_strategy: Annotated[
        bool, _how("Set a Deployment that names an EIP to strategy Recreate.", "--recreate-strategy")
    ] = False,
    wait: Annotated[bool, _how("Wait until the Pods have their EIPs (see --timeout).", "--wait")] = False,
    force: Annotated[
        list[str] | None,
        _how("Override the lint with this code.", "--force", metavar="CODE", autocompletion=complete.lints),
    ] = None,
    force_conflicts: Annotated[
        bool, _how("Also change keys that kubectl apply or another tool owns.", "--force-conflicts")
    ] = False,
) -> None:
    """
    \b
    eipctl annotate deployment/web --eip --bandwidth 5
    eipctl annotate deployment/web sts/db -n game --eip --wait --timeout 5m
    eipctl annotate statefulset -l app=game --eip --release-strategy Never
    eipctl annotate deployment/web --live-pods --eip     # without a restart
    eipctl annotate deployment/web --remove
    eipctl annotate -f deploy/ --eip --in-place          # manifests, for GitOps
    eipctl annotate --list -A                            # the annotations in effect
    """
    from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
    from eipctl.observe.workloads import Scope

    scope = Scope(
        words=tuple((workloads or ()) if selector or every else with_kind(workloads)),
        namespaces=_namespaces(options, namespaces, files, every=all_namespaces),
        selector=selector,
        every=every,
        templates=tuple(templates or ()),
    )
    wanted = AnnotateOptions(
        scope=scope,
        files=tuple(files or ()),
        exclude=tuple(exclude or ()),
        settings=settings,
        remove=remove,
        fix=fix,
        live_pods=live_pods,
        recreate_strategy=recreate_strategy,
        force_conflicts=force_conflicts,
        wait=wait,
        force=tuple(force or ()),
    )
    if list_only:
        _list(options, wanted, writes=in_place or options.out is not None)
    elif files:
        from eipctl.cli.annotate_files import annotate_files

        annotate_files(options, wanted, in_place=in_place)
    elif in_place:
        raise UsageError(Code.USAGE, "--in-place needs files, but -f is missing", hint="eipctl annotate -f FILE")
    else:
        change("annotate", options, prepare_annotate, wanted)


def _namespaces(
    options: Changing, given: list[str] | None, files: list[str] | None, *, every: bool
) -> tuple[str, ...] | None:
    """Manifests name theirs themselves."""
    return () if files and not (given or every) else options.namespaces_of(given, every=every)


def _list(options: Changing, wanted: Any, *, writes: bool) -> None:
    """--list: changes nothing, so it takes nothing of what changes something."""
    from eipctl.commands.annotate.listing import list_annotations
    from eipctl.commands.annotate.live import AnnotateOptions

    if wanted.files:
        raise UsageError(
            Code.USAGE, "--list shows annotations in a cluster, but -f names files", hint="omit one of them"
        )
    if writes or wanted != AnnotateOptions(scope=wanted.scope):
        raise UsageError(
            Code.USAGE,
            "--list changes nothing and can't be combined with options that change something",
            hint="omit one of them",
        )
    listed = list_annotations(open_session(options), wanted.scope)
    if not options.output.for_people:
        options.answer(CommandAnswer(command="annotate", data=listed.as_data(), rows="workloads", named="object"))
        return
    from eipctl.output.annotations import listed_lines

    for text in listed.warnings:
        options.console.warn(text)
    options.console.answer_lines(listed_lines(listed, headers=not options.no_headers))
