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


def register(app: typer.Typer) -> None:
    """Put the commands into the tree in the order in which they are used."""
    app.command("check")(check.check)
    app.add_typer(setup.setup, name="setup")
    app.command("annotate")(annotate.annotate)
    app.command("bind")(bind.bind)
    app.command("release")(release.release)
    app.command("adopt")(adopt.adopt)
    app.command("apply")(apply.apply)
    app.command("status")(status.status)
    app.command("history")(history.history)
    app.command("teardown")(teardown.teardown)
    app.add_typer(manifest.manifest, name="manifest")
    app.add_typer(sandbox.sandbox, name="sandbox")
    app.command("demo")(demo.demo)
    app.command("explain")(explain.explain)
    app.command("version")(version.version)
