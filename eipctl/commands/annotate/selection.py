"""Which Pod templates of manifests are annotated, and what is said of those that are not."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, UsageError
from eipctl.domain.workloads.templates import chosen, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.manifests.find import Found, LeftOut
    from eipctl.observe.workloads import Scope

SHORT = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "rs": "replicaset", "cj": "cronjob"}
SHORT |= {"po": "pod", "rc": "replicationcontroller"}


@dataclass(slots=True)
class Selection:
    """The templates to annotate, as (file, template), and a note on each object that is left out."""

    chosen: list[tuple[str, Found]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def select(
    found: Sequence[tuple[str, Found]],
    left_out: Sequence[tuple[str, LeftOut]],
    scope: Scope,
    where: str,
    *,
    every: bool,
) -> Selection:
    """By words, namespaces and --template; `every`: all templates of an object (to take off what may be in each).

    Failed or UsageError when nothing is left, or when a word means nothing in these files (`where`).
    """
    result = Selection()
    here = [each for each in found if _in_namespace(each[1].named, scope)]
    hidden = [each for each in found if not _in_namespace(each[1].named, scope) and _wanted(each[1], scope)]
    for _, group in groupby(here, key=lambda each: (each[0], each[1].part, each[1].path)):
        own = [each for each in group if _wanted(each[1], scope)]
        _choose(own, scope, result, every=every)
    for name, each in left_out:
        if _in_namespace(each.namespace, scope) and (not scope.words or _named_any(each, scope)):
            result.notes.append(f"{name}:{each.line} {each.words} is skipped: {each.why}")
    if hidden and result.chosen:
        result.notes.append(_hidden(hidden, scope))
    missing = [word for word in scope.words if not any(_means(word, each) for _, each in result.chosen)]
    if missing or not result.chosen:
        word = missing[0] if missing else ""
        names = sorted({each.words for _, each in found})
        out = [each for each in hidden if not word or _means(word, each[1])]
        raise _hidden_error(word, out, scope) or _left_out_error(word, result.notes) or _not_found(word, names, where)
    return result


def named(word: str, kind: str, api_version: str, name: str) -> bool:
    """Whether KIND/NAME, or KIND, of the command line means this object."""
    wanted, _, wanted_name = word.partition("/")
    wanted, _, group = wanted.lower().partition(".")
    own, own_group = kind.lower(), api_version.rpartition("/")[0]
    plurals = (own, f"{own}s", f"{own}es", f"{own.removesuffix('y')}ies")
    same_group = group in ("", own_group, own_group.partition(".")[0])
    return SHORT.get(wanted, wanted) in plurals and same_group and wanted_name in ("", name)


def _choose(own: list[tuple[str, Found]], scope: Scope, result: Selection, *, every: bool) -> None:
    paths = [each.workload.template_path for _, each in own]
    picked = list(range(len(own))) if every and not scope.templates else chosen(paths, scope.templates)
    if picked is None or (own and not picked):
        name, first = own[0]
        result.notes.append(f"{name}:{first.line} {first.words} is skipped: {several(paths)}")
    else:
        result.chosen += [own[number] for number in picked]


def _in_namespace(own: str, scope: Scope) -> bool:
    return not (scope.namespaces and own and own not in scope.namespaces)


def _wanted(found: Found, scope: Scope) -> bool:
    item = found.workload
    return not scope.words or any(named(word, item.kind, item.api_version, item.name) for word in scope.words)


def _named_any(each: LeftOut, scope: Scope) -> bool:
    return any(named(word, each.kind, each.api_version, each.name) for word in scope.words)


def _hidden(hidden: Sequence[tuple[str, Found]], scope: Scope) -> str:
    counts = Counter(each.named for _, each in hidden)
    told = ", ".join(f"{count} of namespace {name}" for name, count in sorted(counts.items()))
    return f"-n {' '.join(scope.namespaces or ())} skips {len(hidden)} Pod templates: {told}"


def _means(word: str, found: Found) -> bool:
    return named(word, found.workload.kind, found.workload.api_version, found.workload.name)


def _what(word: str) -> str:
    return f"no {word}" if word else "no workload"


def _hidden_error(word: str, out: Sequence[tuple[str, Found]], scope: Scope) -> EipctlError | None:
    if not out:
        return None
    message = f"there is {_what(word)} in namespace {' or '.join(scope.namespaces or ())}; {_hidden(out, scope)}"
    hint = "omit -n, or name the namespace of the manifest"
    return Failed(Code.WORKLOAD_NOT_FOUND, message, hint=hint)


def _left_out_error(word: str, notes: Sequence[str]) -> EipctlError | None:
    note = next((note for note in notes if not word or word.partition("/")[2] in note), None)
    if note and "--template" in note:
        return UsageError(Code.WORKLOAD_KIND, note, hint="--template '*' takes all of them")
    hint = "annotate the object that creates its Pods, or the Pods themselves: eipctl annotate pod -l … --eip"
    return Failed(Code.WORKLOAD_KIND, note, hint=hint) if note else None


def _not_found(word: str, names: Sequence[str], where: str) -> EipctlError:
    alike = difflib.get_close_matches(word.partition("/")[2], [each.partition("/")[2] for each in names], n=3)
    near = [each for each in names if each.partition("/")[2] in alike]
    hint = "a workload has a Pod template with containers; for a kustomize patch, annotate the patched object"
    hint = f"did you mean {', '.join(near)}?" if near else hint
    return Failed(Code.WORKLOAD_NOT_FOUND, f"there is {_what(word)} in {where}", hint=hint)
