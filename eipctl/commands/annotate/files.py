"""`eipctl annotate -f`: the same plan for manifests, without a cluster and without credentials."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Refused, UsageError
from eipctl.base.files import replace_file
from eipctl.commands.plan_data import plan_data
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.workload_actions import EditManifest
from eipctl.engine.prepared import Prepared
from eipctl.manifests.edit import Edit, edited
from eipctl.manifests.find import Found, contents
from eipctl.planners.annotate.draft import Wish, action_for
from eipctl.planners.annotate.lints import Target
from eipctl.planners.annotate.plan import Annotated, plan_annotate
from eipctl.planners.annotate.settings import OURS
from eipctl.planners.annotate.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eipctl.commands.annotate.live import AnnotateOptions
    from eipctl.domain.cost import Rates
    from eipctl.domain.workload_actions import AnnotateWorkload
    from eipctl.engine.execute import LaneMemory, Result
    from eipctl.engine.session import Session
    from eipctl.observe.workloads import Scope

ENDINGS = (".yaml", ".yml", ".json")
SHORT = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "rs": "replicaset", "cj": "cronjob"}
SHORT |= {"po": "pod", "rc": "replicationcontroller"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file, or standard input, with its text."""

    name: str
    text: str


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
    found = edit_manifests(tuple(read(options.files)), options, session.rates_of(session.told_region))
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


def read(names: Sequence[str]) -> Iterator[Manifest]:
    """The files, and those in directories at any depth, each once. UsageError for one that can't be read."""
    found: dict[str, str] = {}
    for path in (path for given in names for path in _expand(given)):
        found.setdefault(os.path.realpath(path), path)
    for name in found.values():
        try:
            yield Manifest(name, decoded(Path(name).read_bytes(), name))
        except OSError as error:
            raise _unreadable(name, error.strerror or str(error)) from error


def decoded(content: bytes, name: str) -> str:
    """UTF-8, with its line ends and byte order mark as they are."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(name, f"it is no UTF-8 at byte {error.start}") from error


def _expand(given: str) -> Iterator[str]:
    path = Path(given)
    if not _is_folder(path):
        yield given
        return
    inside = [Path(folder, name) for folder, _, names in os.walk(path, onerror=_closed) for name in names]
    manifests = sorted(each for each in inside if each.suffix.lower() in ENDINGS and each.is_file())
    if not manifests:
        raise _unreadable(given, f"it has no file that ends in {', '.join(ENDINGS)}")
    yield from map(str, manifests)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _closed(error: OSError) -> None:
    raise _unreadable(str(error.filename), error.strerror or str(error)) from error


def edit_manifests(manifests: Sequence[Manifest], options: AnnotateOptions, rates: Rates) -> Edited:
    """Lint the selected workloads of all manifests together, and edit each text."""
    read = [(manifest, contents(manifest.text, manifest.name)) for manifest in manifests]
    found = [(manifest, each) for manifest, inside in read for each in inside.workloads]
    chosen = [(manifest, each) for manifest, each in found if _matches(each, options.scope)]
    _check_found(chosen, manifests, options.scope)
    targets = [Target(each.workload, unquoted=each.unquoted) for _, each in chosen]
    around = Surroundings(
        workloads=tuple(each.workload for _, each in found),
        scalers=tuple(scaler for _, inside in read for scaler in inside.scalers),
        rates=rates,
    )
    patches = [(manifest, each) for manifest, inside in read for each in inside.patches]
    annotated = _planned(chosen, targets, options.wish, around)
    notes = (*annotated.plan.notes, *_patches(patches, options.scope))
    annotated = replace(annotated, plan=replace(annotated.plan, notes=notes))
    edits: dict[str, list[tuple[Found, AnnotateWorkload]]] = defaultdict(list)
    for (manifest, each), target in zip(chosen, targets, strict=True):
        edits[manifest.name].append((each, action_for(target, options.wish)))
    return Edited(tuple(_edited(manifest, edits[manifest.name]) for manifest in manifests), annotated)


def _planned(
    chosen: Sequence[tuple[Manifest, Found]], targets: Sequence[Target], wish: Wish, around: Surroundings
) -> Annotated:
    """Refused with the file and the line of the workload that is refused."""
    try:
        return plan_annotate(targets, wish, around)
    except Refused as error:
        places = (found for found, target in zip(chosen, targets, strict=True) if target.object == error.object)
        message = next((f"{manifest.name}:{each.line} {error.message}" for manifest, each in places), error.message)
        raise Refused(error.code, message, hint=error.hint, obj=error.object) from error


def _patches(patches: Sequence[tuple[Manifest, Found]], scope: Scope) -> Iterator[str]:
    """What else decides about EIPs, and is nothing to lint or edit by itself."""
    for manifest, each in patches:
        keys = [key for key in OURS if key in each.workload.annotations]
        if keys and _matches(each, scope):
            what = f"{manifest.name}:{each.line} {each.workload.kind.lower()}/{each.workload.name}"
            yield f"{what}: a patch (it has no containers), left as it is; it sets {', '.join(keys)}"


def _edited(manifest: Manifest, changes: Sequence[tuple[Found, AnnotateWorkload]]) -> EditedManifest:
    edits = [edit for found, action in changes for edit in _edits(found, action)]
    text = edited(manifest.text, edits, manifest.name) if edits else manifest.text
    return EditedManifest(manifest, text, tuple(action.object for found, action in changes if _edits(found, action)))


def _edits(found: Found, action: AnnotateWorkload) -> list[Edit]:
    template = (*found.path, *action.template_path, "metadata", "annotations")
    edits = [Edit(found.part, template, action.set, action.remove)] if action.set or action.remove else []
    if action.own_remove:
        own = (*found.path, "metadata", "annotations")
        edits.append(Edit(found.part, own, remove=tuple(dict(action.own_remove))))
    if action.recreate:
        strategy = (*found.path, "spec", "strategy")
        edits.append(Edit(found.part, strategy, (("type", "Recreate"),), ("rollingUpdate",)))
    return edits


def _matches(found: Found, scope: Scope) -> bool:
    if scope.namespaces and found.named and found.named not in scope.namespaces:
        return False
    return not scope.words or any(_named(word, found) for word in scope.words)


def _named(word: str, found: Found) -> bool:
    kind, _, name = word.partition("/")
    kind, _, group = kind.lower().partition(".")
    own, own_group = found.workload.kind.lower(), found.workload.api_version.rpartition("/")[0].partition("/")[0]
    same_kind = SHORT.get(kind, kind) in (own, f"{own}s")
    return same_kind and group in ("", own_group) and name in ("", found.workload.name)


def _check_found(chosen: Sequence[tuple[Manifest, Found]], manifests: Sequence[Manifest], scope: Scope) -> None:
    missing = [word for word in scope.words if not any(_named(word, found) for _, found in chosen)]
    where = manifests[0].name if len(manifests) == 1 else f"{len(manifests)} files"
    if missing or not chosen:
        what = f"no {missing[0]}" if missing else "no workload"
        hint = "a workload has a Pod template with containers; of a kustomize patch, annotate what it patches"
        raise Failed(Code.WORKLOAD_NOT_FOUND, f"there is {what} in {where}", hint=hint)


def _counted(objects: Sequence[str]) -> str:
    return objects[0] if len(objects) == 1 else f"{len(objects)} workloads"


def _data(plan: Plan, found: Edited, result: Result | None) -> dict[str, Any]:
    lints = [lint.as_data() for lint in found.annotated.lints]
    return {**plan_data(plan, result), "lints": lints, "cost": found.annotated.cost}


def _write(action: EditManifest, _memory: LaneMemory) -> Mapping[str, str]:
    """Refused when somebody has changed the file since."""
    path = Path(action.path)
    if not path.is_file():
        raise _unreadable(action.path, "it is no regular file")
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
        raise _unreadable(action.path, error.strerror or str(error)) from error
    return {}


def _unreadable(name: str, why: str) -> UsageError:
    hint = "give a file, a directory or - for standard input"
    return UsageError(Code.MANIFEST, f"{name} can't be read or written: {why}", hint=hint, obj=name)
