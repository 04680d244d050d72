"""`eipctl annotate -f`: the same plan for manifests, without a cluster and without credentials."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Refused, UsageError
from eipctl.base.files import replace_file
from eipctl.commands.annotate.reading import KUSTOMIZATIONS, closed, decoded, read
from eipctl.commands.annotate.selection import named, select
from eipctl.commands.plan_data import plan_data
from eipctl.domain.actions.workloads import EditManifest
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.workloads.templates import USUAL, path_text
from eipctl.engine.prepared import Prepared
from eipctl.manifests.edit import Edit, edited
from eipctl.manifests.find import contents
from eipctl.planners.annotate.draft import action_for
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.plan import Annotated, plan_annotate
from eipctl.planners.annotate.settings import OURS
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eipctl.commands.annotate.data import AnnotateData
    from eipctl.commands.annotate.live import AnnotateOptions
    from eipctl.commands.annotate.reading import Files, Manifest
    from eipctl.domain.actions.workloads import AnnotateWorkload
    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Scaler
    from eipctl.engine.execute import LaneMemory, Result
    from eipctl.engine.session import Session
    from eipctl.manifests.find import Contents, Found, LeftOut
    from eipctl.observe.workloads import Scope


@dataclass(frozen=True, slots=True)
class EditedManifest:
    """What becomes of a manifest, and the workloads that change in it."""

    manifest: Manifest
    after: str
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """All manifests, also those that stay as they are, and what the planner says of them."""

    manifests: tuple[EditedManifest, ...]
    annotated: Annotated


def prepare_files(session: Session, options: AnnotateOptions) -> Prepared:
    """Read the files and plan their edits. Refused on lints, UsageError for a file that is no manifest."""
    files = read(options.files, options.exclude)
    found = edit_manifests(files, options, session.rates_of(session.told_region))
    changed = [each for each in found.manifests if each.after != each.manifest.text]
    actions = [
        EditManifest(
            path=each.manifest.name, before=each.manifest.text, after=each.after, reason=_counted(each.objects)
        )
        for each in changed
    ]
    stages = (Stage("edit the manifests", tuple(Lane((action,)) for action in actions)),) if actions else ()
    plan = Plan("annotate", stages, notes=found.annotated.plan.notes)
    return Prepared(
        plan=plan, handlers=lambda _writers: {EditManifest: _write}, data=lambda result: _data(plan, found, result)
    )


def edit_manifests(files: Files, options: AnnotateOptions, rates: Rates) -> Edited:
    """Lint the selected workloads of all manifests together, and edit each text."""
    known, wish, notes = _Known(files), options.wish, [*files.notes]
    where = files.manifests[0].name if len(files.manifests) == 1 else f"{len(files.manifests)} files"
    every = wish.remove or (wish.fix and not wish.settings.pairs)
    selection = select(known.found, known.left_out, options.scope, where, every=every)
    targets = [Target(each.workload, unquoted=each.unquoted) for _, each in selection.chosen]
    around = Surroundings(
        workloads=tuple(each.workload for _, each in known.found),
        scalers=tuple(known.scalers_of(selection.chosen)),
        rates=rates,
    )
    annotated = plan_annotate(targets, wish, around)
    notes += [*annotated.plan.notes, *selection.notes, *known.notes(options.scope)]
    annotated = replace(annotated, plan=replace(annotated.plan, notes=tuple(notes)))
    edits: dict[str, list[tuple[Found, AnnotateWorkload]]] = defaultdict(list)
    for (name, each), target in zip(selection.chosen, targets, strict=True):
        edits[name].append((each, action_for(target, wish)))
    return Edited(tuple(_edited(manifest, edits[manifest.name]) for manifest in files.manifests), annotated)


class _Known:
    """What the manifests hold, each workload with its file and line."""

    def __init__(self, files: Files) -> None:
        self.found: list[tuple[str, Found]] = []
        self.left_out: list[tuple[str, LeftOut]] = []
        self._scalers: list[tuple[str, Scaler]] = []
        self._patches: list[tuple[str, Found]] = []
        self._skipped: list[str] = []
        inside = [(manifest.name, each) for manifest in files.manifests if (each := self._contents(manifest))]
        named = _patch_files(inside)
        for name, each in inside:
            is_patch = os.path.realpath(name) in named
            own = [replace(one, workload=replace(one.workload, place=f"{name}:{one.line}")) for one in each.workloads]
            self.found += [(name, one) for one in own if not is_patch]
            self._patches += [(name, one) for one in [*(own if is_patch else ()), *each.patches]]
            self.left_out += [(name, one) for one in each.left_out if not is_patch]
            self._scalers += [(name, scaler) for scaler in each.scalers]
        self.found = [(name, self._with_patches(name, one)) for name, one in self.found]

    def _contents(self, manifest: Manifest) -> Contents | None:
        """None for a Helm template that was not named: a note says so."""
        try:
            return contents(manifest.text, manifest.name)
        except UsageError as error:
            if not (manifest.listed and error.code is Code.MANIFEST_TEMPLATE):
                raise
            self._skipped.append(f"{error.message}; it is skipped")
            return None

    def _with_patches(self, name: str, found: Found) -> Found:
        """With the replicas that a patch beside it sets: the two are one workload."""
        item = found.workload
        for path, patch in self._patches:
            same = (patch.workload.kind, patch.workload.name) == (item.kind, item.name)
            if same and patch.replicas is not None and Path(path).parent == Path(name).parent:
                item = replace(item, replicas=max(item.replicas or 0, patch.replicas))
        return replace(found, workload=item)

    def scalers_of(self, chosen: Sequence[tuple[str, Found]]) -> Iterator[Scaler]:
        """For each workload the scalers in the file or folder nearest to it that has any."""
        for name, each in chosen:
            item = each.workload
            own = (item.namespace, item.kind, item.name)
            near = [
                (len(os.path.commonpath([os.path.realpath(name), os.path.realpath(path)])), scaler)
                for path, scaler in self._scalers
                if (scaler.namespace, scaler.target_kind, scaler.target) == own
            ]
            nearest = max((distance for distance, _ in near), default=0)
            yield from (replace(scaler, place=item.place) for distance, scaler in near if distance == nearest)

    def notes(self, scope: Scope) -> Iterator[str]:
        """On templates, and on patches that the scope means: they are nothing to lint or edit by themselves."""
        yield from self._skipped
        for name, each in self._patches:
            item = each.workload
            if scope.words and not any(named(word, item.kind, item.api_version, item.name) for word in scope.words):
                continue
            keys = [key for key in OURS if key in item.annotations]
            sets = f"; it sets {', '.join(keys)}" if keys else ""
            if keys or item.template_path:
                yield f"{name}:{each.line} {each.words} is a patch and is not edited{sets}"


def _patch_files(inside: Sequence[tuple[str, Contents]]) -> frozenset[str]:
    """What the kustomizations among the files, and in their folders, name as patches."""
    known = {os.path.realpath(name) for name, _ in inside}
    named = [(Path(name).parent, each.patch_files) for name, each in inside]
    for folder in {Path(name).parent for name, _ in inside}:
        for file in (folder / each for each in KUSTOMIZATIONS):
            if os.path.realpath(file) not in known and file.is_file():
                with suppress(OSError, UsageError, Failed):
                    named.append((folder, contents(decoded(file.read_bytes(), str(file)), str(file)).patch_files))
    return frozenset(os.path.realpath(folder / path) for folder, paths in named for path in paths)


def _edited(manifest: Manifest, changes: Sequence[tuple[Found, AnnotateWorkload]]) -> EditedManifest:
    edits = [edit for found, action in changes for edit in _edits(found, action)]
    text = edited(manifest.text, edits, manifest.name) if edits else manifest.text
    objects = tuple(_told(found, action) for found, action in changes if _edits(found, action))
    return EditedManifest(manifest, text, objects)


def _told(found: Found, action: AnnotateWorkload) -> str:
    """``deployment/default/web``; with the path of a template that is not where it usually is."""
    path = found.workload.template_path
    return action.object if path in USUAL else f"{action.object} at {path_text(path)}"


def _edits(found: Found, action: AnnotateWorkload) -> list[Edit]:
    where = (*found.path, *action.annotations_path)
    edits = [Edit(found.part, where, action.set, action.remove)] if action.set or action.remove else []
    if action.own_remove:
        own = (*found.path, "metadata", "annotations")
        edits.append(Edit(found.part, own, remove=tuple(dict(action.own_remove))))
    if action.recreate:
        strategy = (*found.path, "spec", "strategy")
        edits.append(Edit(found.part, strategy, (("type", "Recreate"),), ("rollingUpdate",)))
    return edits


def _counted(objects: Sequence[str]) -> str:
    return objects[0] if len(objects) == 1 else f"{len(objects)} workloads"


def _data(plan: Plan, found: Edited, result: Result | None) -> AnnotateData:
    lints = [lint.as_data() for lint in found.annotated.lints]
    return {**plan_data(plan, result), "lints": lints, "cost": found.annotated.cost}


def _write(action: EditManifest, _memory: LaneMemory) -> Mapping[str, str]:
    """Refused if the file has changed since."""
    path = Path(action.path)
    if not path.is_file():
        message = f"{action.path} can't be written: it is not a regular file"
        raise UsageError(Code.MANIFEST, message, hint="name a file, or omit --in-place", obj=action.path)
    try:
        if decoded(path.read_bytes(), action.path) != action.before:
            raise Refused(
                Code.STALE_PLAN,
                f"{action.path} has changed since the plan was made",
                hint="run it again",
                obj=action.path,
            )
        now = path.stat()
        replace_file(path, action.after, mode=now.st_mode & 0o7777, owner=(now.st_uid, now.st_gid))
    except OSError as error:
        raise closed(action.path, error, what="written") from error
    return {}
