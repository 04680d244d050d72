"""Which function prepares which command's plan, so that a saved plan can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session


@dataclass(frozen=True, slots=True)
class Recipe:
    """`module` has the dataclass `options` and the function `prepare`."""

    command: str
    module: str
    options: str
    prepare: str

    def type(self) -> type[Any]:
        """The dataclass of the options."""
        found: type[Any] = getattr(import_module(self.module), self.options)
        return found

    def run(self, session: Session, options: object) -> Prepared:
        """Observe and plan."""
        prepared: Prepared = getattr(import_module(self.module), self.prepare)(session, options)
        return prepared


RECIPES = (
    Recipe("setup", "eipctl.commands.setup", "SetupOptions", "prepare_setup"),
    Recipe("annotate", "eipctl.commands.annotate.live", "AnnotateOptions", "prepare_annotate"),
    Recipe("bind", "eipctl.commands.bind", "BindOptions", "prepare_bind"),
    Recipe("release", "eipctl.commands.release", "ReleaseOptions", "prepare_release"),
    Recipe("release --undo", "eipctl.commands.release", "UndoOptions", "prepare_undo"),
    Recipe("adopt", "eipctl.commands.adopt", "AdoptOptions", "prepare_adopt"),
    Recipe("teardown", "eipctl.commands.teardown", "TeardownOptions", "prepare_teardown"),
)


def recipe_of(options: object) -> Recipe:
    """By the options' type."""
    return next(recipe for recipe in RECIPES if recipe.options == type(options).__name__)


def recipe_for(command: str) -> Recipe | None:
    """By the command's name; None for one that this version doesn't know."""
    return next((recipe for recipe in RECIPES if recipe.command == command), None)
