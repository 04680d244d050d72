"""`eipctl annotate -f`: manifests in place, or one of them to stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.flow import change, open_session

if TYPE_CHECKING:
    from eipctl.cli.connection import Changing
    from eipctl.commands.annotate.live import AnnotateOptions

STDIN = "-"


def annotate_files(options: Changing, wanted: AnnotateOptions, *, in_place: bool) -> None:
    """Edit the files after asking; or print the one there is, edited, and change nothing."""
    from eipctl.commands.annotate.live import prepare_annotate

    _check(wanted)
    if STDIN in wanted.files and (in_place or options.only_plans or len(wanted.files) > 1):
        message = "-f - reads standard input, whose result is printed and can't be written back or combined with files"
        raise UsageError(Code.USAGE, message, hint="omit --in-place, --dry-run and the other files")
    if in_place or options.only_plans:
        change("annotate", options, prepare_annotate, wanted)
    else:
        _print(options, wanted)


def _check(wanted: AnnotateOptions) -> None:
    """UsageError for what only a cluster has."""
    live = {
        "-l": wanted.scope.selector,
        "--all": wanted.scope.every,
        "--live-pods": wanted.live_pods,
        "--wait": wanted.wait,
        "--force-conflicts": wanted.force_conflicts,
    }
    for option, given in live.items():
        if given:
            raise UsageError(
                Code.USAGE, f"{option} selects objects in a cluster, but -f names files", hint="omit one of them"
            )


def _print(options: Changing, wanted: AnnotateOptions) -> None:
    from eipctl.commands.annotate.files import edit_manifests
    from eipctl.commands.annotate.live import check_options
    from eipctl.commands.annotate.reading import Files, Manifest, decoded, read
    from eipctl.output.console import plain

    check_options(wanted)
    if options.output.asked and not options.output.for_people:
        raise UsageError(Code.USAGE, "-o formats a plan, but stdout receives the manifest", hint="add --dry-run")
    if wanted.files == (STDIN,):
        given = sys.stdin.buffer.read() if sys.stdin else b""
        files = Files([Manifest("standard input", decoded(given, "standard input"))])
    else:
        files = read(wanted.files, wanted.exclude)
    if len(files.manifests) > 1:
        message = f"stdout takes one manifest, but there are {len(files.manifests)} files"
        hint = "add --in-place to edit them, or --dry-run to see the changes"
        raise UsageError(Code.USAGE, message, hint=hint)
    session = open_session(options)
    found = edit_manifests(files, wanted, session.rates_of(session.told_region))
    options.console.say(*(plain(f"note: {note}") for note in found.annotated.plan.notes))
    options.console.document(found.manifests[0].after)
