"""Server-side apply: fields are owned by managers, and taking another's field is a conflict."""

from __future__ import annotations

import copy
import json
from typing import Any

from eipctl.sandbox.kube.patches import merge_key
from eipctl.sandbox.kube.statuses import ApiError

Obj = dict[str, Any]
Path = tuple[str, ...]
_ATOMIC = ("selector", "nodeSelector")
"""Maps that are owned as a whole."""
_IGNORED = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}


def apply(current: Obj | None, wanted: Obj, manager: str, at: str, *, force: bool) -> Obj:
    """`current` with `wanted` applied by `manager`; ApiError 409 when others own what it wants to change."""
    wanted = {**wanted, "metadata": {k: v for k, v in wanted["metadata"].items() if k != "managedFields"}}
    entries = list((current or {}).get("metadata", {}).get("managedFields") or ())
    owned: dict[tuple[str, str], set[Path]] = {}
    for entry in entries:
        owned.setdefault((entry["manager"], entry["operation"]), set()).update(leaves_of(entry["fieldsV1"]))
    mine = set(leaves(wanted)) - _IGNORED
    if current is not None and not force:
        _check(current, wanted, mine, owned, manager)
    result: Obj = copy.deepcopy(current) if current else {}
    for path in owned.get((manager, "Apply"), set()) - mine:
        if not any(path in theirs for who, theirs in owned.items() if who != (manager, "Apply")):
            _drop(result, path)
    result = dict(_merged(result, wanted))
    result["metadata"].pop("managedFields", None)
    kept = [entry for entry in entries if not _is(entry, manager, "Apply")]
    if force:
        kept = [left for entry in kept if (left := _without(entry, mine))["fieldsV1"]]
    mark = record(manager, "Apply", wanted["apiVersion"], mine, at)
    before = next((entry for entry in entries if _is(entry, manager, "Apply")), None)
    if before and before["fieldsV1"] == mark["fieldsV1"] and current and _bare(current) == _bare(result):
        mark = before
    result["metadata"]["managedFields"] = [*kept, mark]
    return result


def _bare(obj: Obj) -> Obj:
    meta = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return {**obj, "metadata": meta}


def note_update(before: Obj | None, after: Obj, manager: str, at: str, subresource: str = "") -> Obj:
    """`after` with its managedFields telling that `manager` changed what differs from `before`."""
    old = leaves(before or {})
    changed = {path for path, value in leaves(after).items() if old.get(path, _MISSING) != value}
    changed = {path for path in changed - _IGNORED if not _is_bookkeeping(path, subresource)}
    if not changed:
        return after
    entries = list((before or {}).get("metadata", {}).get("managedFields") or ())
    mine = {path for one in entries if _is(one, manager, "Update", subresource) for path in leaves_of(one["fieldsV1"])}
    kept = [_without(entry, changed) for entry in entries if not _is(entry, manager, "Update", subresource)]
    kept = [entry for entry in kept if entry["fieldsV1"]]
    mark = record(manager, "Update", after["apiVersion"], mine | changed, at)
    meta = {**after["metadata"]}
    meta["managedFields"] = [*kept, {**mark, **({"subresource": subresource} if subresource else {})}]
    return {**after, "metadata": meta}


_MISSING = object()


def _is(entry: Obj, manager: str, operation: str, subresource: str = "") -> bool:
    wanted = (manager, operation, subresource)
    return (entry["manager"], entry["operation"], entry.get("subresource", "")) == wanted


def _is_bookkeeping(path: Path, subresource: str) -> bool:
    own = ("annotations", "labels", "finalizers", "ownerReferences")
    return (path[0] == "status" and subresource != "status") or (path[0] == "metadata" and path[1] not in own)


def record(manager: str, operation: str, api_version: str, paths: set[Path], at: str) -> Obj:
    """One entry of managedFields."""
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": _tree(paths),
    }


def leaves(value: Any, path: Path = (), field: str = "") -> dict[Path, Any]:
    """Every leaf of an object by its path; elements of merged lists are told apart by key."""
    if isinstance(value, dict) and value and field not in _ATOMIC:
        found: dict[Path, Any] = {}
        for key, item in value.items():
            found |= leaves(item, (*path, key), key)
        return found
    if isinstance(value, list) and (key := merge_key(field, value)) and value:
        found = {}
        for item in value:
            found |= leaves(item, (*path, _element(key, item)))
        return found
    return {path: value}


def _element(key: str, item: Obj) -> str:
    """An element of a merged list, as fieldsV1 names it: ``k:{"name":"web"}``."""
    return "k:" + json.dumps({key: item.get(key)}, separators=(",", ":"))


def _tree(paths: set[Path]) -> Obj:
    tree: Obj = {}
    for path in sorted(paths):
        node = tree
        for part in path:
            node = node.setdefault(part if part.startswith("k:") else f"f:{part}", {})
    return tree


def leaves_of(tree: Obj, path: Path = ()) -> set[Path]:
    """The paths in a fieldsV1."""
    found: set[Path] = set()
    for key, below in tree.items():
        part = key if key.startswith("k:") else key[2:]
        found |= leaves_of(below, (*path, part)) if below else {(*path, part)}
    return found


def _check(current: Obj, wanted: Obj, mine: set[Path], owned: dict[tuple[str, str], set[Path]], manager: str) -> None:
    """ApiError 409 when another manager owns a field that would get another value."""
    now, then = leaves(current), leaves(wanted)
    taken: dict[str, list[str]] = {}
    for (who, how), theirs in owned.items():
        fields = [_told(path) for path in sorted(theirs & mine) if _differ(now.get(path), then.get(path))]
        if fields and (who, how) != (manager, "Apply"):
            name = f'"{who}"' + ("" if how == "Apply" else f" using {current['apiVersion']}")
            taken.setdefault(name, []).extend(fields)
    if taken:
        raise _conflict(taken)


def _differ(one: Any, other: Any) -> bool:
    """An empty map or list is as good as none."""
    return one != other and not (one in (None, {}, []) and other in (None, {}, []))


def _conflict(taken: dict[str, list[str]]) -> ApiError:
    pairs = [(who, field) for who in sorted(taken) for field in taken[who]]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field} for who, field in pairs
    ]
    if len(pairs) == 1:
        message = f"Apply failed with 1 conflict: conflict with {pairs[0][0]}: {pairs[0][1]}"
    else:
        blocks = [
            "\n".join((f"conflicts with {who}:", *(f"- {field}" for field in taken[who]))) for who in sorted(taken)
        ]
        message = f"Apply failed with {len(pairs)} conflicts: " + "\n".join(blocks)
    return ApiError(409, "Conflict", message, {"causes": causes})


def _told(path: Path) -> str:
    """``.spec.containers[name="web"].image``."""
    text = ""
    for part in path:
        if part.startswith("k:"):
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(part[2:]).items()) + "]"
        else:
            text += f".{part}"
    return text


def _without(entry: Obj, paths: set[Path]) -> Obj:
    return {**entry, "fieldsV1": _tree(leaves_of(entry["fieldsV1"]) - paths)}


def _merged(target: Any, wanted: Any, field: str = "") -> Any:
    if isinstance(wanted, dict):
        result = dict(target) if isinstance(target, dict) else {}
        for key, value in wanted.items():
            result[key] = _merged(result.get(key), value, key)
        return result
    if isinstance(wanted, list) and isinstance(target, list) and (key := merge_key(field, wanted + target)):
        result_list = list(target)
        for item in wanted:
            at = next((index for index, have in enumerate(result_list) if have.get(key) == item.get(key)), None)
            if at is None:
                result_list.append(copy.deepcopy(item))
            else:
                result_list[at] = _merged(result_list[at], item)
        return result_list
    return copy.deepcopy(wanted)


def _drop(obj: Obj, path: Path) -> None:
    node: Any = obj
    for part in path[:-1]:
        node = _step(node, part)
        if node is None:
            return
    if isinstance(node, dict):
        node.pop(path[-1], None)


def _step(node: Any, part: str) -> Any:
    if part.startswith("k:") and isinstance(node, list):
        ((key, value),) = json.loads(part[2:]).items()
        return next((item for item in node if item.get(key) == value), None)
    return node.get(part) if isinstance(node, dict) else None
