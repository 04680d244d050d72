"""The commands: parse, call, hand the result to output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.cli import (
    adopt,
    annotate,
    apply,
    bind,
    check,
    demo,
    explain,
    history,
    manifest,
    release,
    sandbox,
    setup,
    status,
    teardown,
    version,
)

if TYPE_CHECKING:
    import typer


CLUSTER, WORK, LOOK, LEARN = "The cluster", "EIPs of Pods", "Running and looking", "Trying and learning"


def register(app: typer.Typer) -> None:
    """Put the commands into the tree, in groups."""
    app.command("check", rich_help_panel=CLUSTER)(check.check)
    app.add_typer(setup.setup, name="setup", rich_help_panel=CLUSTER)
    app.command("adopt", rich_help_panel=CLUSTER)(adopt.adopt)
    app.command("teardown", rich_help_panel=CLUSTER)(teardown.teardown)
    app.command("annotate", rich_help_panel=WORK)(annotate.annotate)
    app.command("bind", rich_help_panel=WORK)(bind.bind)
    app.command("release", rich_help_panel=WORK)(release.release)
    app.command("apply", rich_help_panel=WORK)(apply.apply)
    app.command("status", rich_help_panel=LOOK)(status.status)
    app.command("history", rich_help_panel=LOOK)(history.history)
    app.add_typer(manifest.manifest, name="manifest", rich_help_panel=LOOK)
    app.add_typer(sandbox.sandbox, name="sandbox", rich_help_panel=LEARN)
    app.command("demo", rich_help_panel=LEARN)(demo.demo)
    app.command("explain", rich_help_panel=LEARN)(explain.explain)
    app.command("version", rich_help_panel=LEARN)(version.version)
