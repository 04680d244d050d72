"""One manifest through the product's own editor, and the judge's verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError
from eipctl.commands.annotate.files import edit_manifests
from eipctl.commands.annotate.live import AnnotateOptions
from eipctl.commands.annotate.reading import ENDINGS, Files, Manifest, decoded
from eipctl.domain.cost import Rates
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.lints import BLOCKING
from eipctl.planners.annotate.settings import EipSettings
from tests.corpus import oracle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ALL = Scope(namespaces=(), templates=("*",))
ADD = AnnotateOptions(
    scope=ALL, files=("-",), settings=EipSettings.of(eip="true", bandwidth="5"), force=tuple(BLOCKING)
)
REMOVE = AnnotateOptions(scope=ALL, files=("-",), remove=True)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a file, for the table, and the sentence that says why."""

    what: str
    why: str = ""

    NO_PODS: ClassVar[str] = "no Pod template"
    NO_YAML: ClassVar[str] = "not readable for the judge either"


def manifests(folders: Iterable[Path]) -> Iterator[Path]:
    """Every file that may be one, in order."""
    for folder in folders:
        found = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
        yield from (path for path in found if path.suffix.lower() in ENDINGS and path.is_file())


def judged(path: Path) -> Judged:
    """Annotate all templates of a file, take the annotations off again, and compare."""
    try:
        text = path.read_bytes().decode("utf-8")
        found = [each for item in oracle.objects(text) for each in oracle.templates(item)]
        if not found and "containers" not in text and "image:" not in text:
            return Judged(Judged.NO_PODS)
        if any(key in text for key in oracle.SET):
            text = edited(text, REMOVE)[0]
    except (UnicodeDecodeError, oracle.Unreadable) as error:
        return _unreadable(path, error)
    except EipctlError as error:
        return Judged(f"refused: {error.code}", error.message)
    return _judged(text, len(found))


def _judged(text: str, found: int) -> Judged:
    try:
        once, count, notes = edited(text, ADD)
        twice, _, _ = edited(once, ADD)
        removed, _, _ = edited(twice, REMOVE)
    except EipctlError as error:
        if error.code in (Code.WORKLOAD_NOT_FOUND, Code.WORKLOAD_KIND) and not found:
            return Judged(Judged.NO_PODS)
        told = "left out" if "left out" in error.message or error.code is Code.WORKLOAD_NOT_FOUND else "refused"
        return Judged(f"{told}: {error.code}", error.message)
    if once != twice:
        return Judged("wrong", "the second time there is something to change")
    why = oracle.wrong(text, once, removed, count)
    if why:
        return Judged("wrong", why)
    if count < found:
        return Judged("edited, with templates left out", f"{found - count} of {found}: {'; '.join(notes)}")
    return Judged("edited")


def edited(text: str, options: AnnotateOptions) -> tuple[str, int, tuple[str, ...]]:
    """The text, how many templates changed, and what was said of the others."""
    found = edit_manifests(Files([Manifest("a.yaml", text)]), options, Rates())
    (manifest,) = found.manifests
    notes = tuple(note for note in found.annotated.plan.notes if "left out" in note or "is a patch" in note)
    return manifest.after, len(manifest.objects), notes


def _unreadable(path: Path, error: Exception) -> Judged:
    """What the editor says of a file that the judge can't read: it may not edit it blindly."""
    try:
        edit_manifests(Files([Manifest("a.yaml", decoded(path.read_bytes(), "a.yaml"))]), ADD, Rates())
    except EipctlError:
        return Judged(Judged.NO_YAML, str(error))
    return Judged("edited, though the judge can't read it", str(error))
