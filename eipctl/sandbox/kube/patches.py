"""The three kinds of patches: JSON merge patch (RFC 7396), JSON patch (RFC 6902), strategic merge patch."""

from __future__ import annotations

import copy
from typing import Any

from eipctl.sandbox.kube.statuses import ApiError, bad_request

MERGE_KEYS: dict[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "tolerations": "",
    "conditions": "type",
    "addresses": "type",
    "taints": "key",
    "ownerReferences": "uid",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "readinessGates": "",
    "containerStatuses": "",
}
"""Lists that strategic merge patches element by element, and the field that tells elements apart ("": replaced)."""

_SETS = frozenset({"finalizers"})
"""Lists of plain values that are merged as sets."""


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396; `target` is not changed."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(target: Any, patch: Any, field: str = "") -> Any:
    """Kubernetes' own: like merge, but known lists are merged by key; $patch directives are understood."""
    if isinstance(patch, dict):
        return _strategic_map(target if isinstance(target, dict) else {}, patch)
    if isinstance(patch, list) and isinstance(target, list):
        return _strategic_list(target, patch, field)
    return _without_directives(patch)


def _strategic_map(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    result = dict(target)
    for key, value in patch.items():
        if key == "$retainKeys":
            continue
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            result[name] = [item for item in result.get(name) or () if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = strategic(result.get(key), value, key)
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    return result


def _strategic_list(target: list[Any], patch: list[Any], field: str) -> list[Any]:
    if field in _SETS:
        return target + [item for item in patch if item not in target]
    key = merge_key(field, patch + target)
    if not key:
        return [_without_directives(item) for item in patch if not _is_directive(item)]
    if any(_is_directive(item) for item in patch):
        return [item for item in patch if not _is_directive(item)]
    result = list(target)
    for item in patch:
        if key not in item:
            raise ApiError(500, "", f"map: {item} does not contain declared merge key: {key}")
        at = next((index for index, have in enumerate(result) if have.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            if at is not None:
                del result[at]
        elif at is None:
            result.append(_without_directives(item))
        else:
            result[at] = strategic(result[at], item)
    return result


def merge_key(field: str, items: list[Any]) -> str:
    """The field that tells elements of a list apart; "" for a list that is replaced as a whole."""
    if not all(isinstance(item, dict) for item in items):
        return ""
    if field == "ports" and any("containerPort" not in item and "port" in item for item in items):
        return "port"
    return MERGE_KEYS.get(field, "")


def _is_directive(item: Any) -> bool:
    return isinstance(item, dict) and item.get("$patch") == "replace" and len(item) == 1


def _without_directives(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not key.startswith("$") and item is not None}
        return {key: _without_directives(item) for key, item in kept.items()}
    return [_without_directives(item) for item in value] if isinstance(value, list) else value


def json_patch(target: Any, operations: Any) -> Any:
    """RFC 6902; `target` is not changed. 422 when a test fails or a path does not exist."""
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    document = copy.deepcopy(target)
    for operation in operations:
        document = _operate(document, operation)
    return document


def _operate(document: Any, operation: dict[str, Any]) -> Any:
    op, path = operation.get("op"), _pointer(operation.get("path", ""))
    if op == "test":
        if _get(document, path) != operation.get("value"):
            raise _unprocessable(f"testing path {operation.get('path')} value failed")
        return document
    if op in ("move", "copy"):
        source = _pointer(operation["from"])
        value = copy.deepcopy(_get(document, source))
        if op == "move":
            document = _remove(document, source)
        return _add(document, path, value)
    if op == "add":
        return _add(document, path, operation.get("value"))
    if op == "replace":
        return _add(_remove(document, path), path, operation.get("value"))
    if op == "remove":
        return _remove(document, path)
    raise _unprocessable(f"Unexpected kind: {op}")


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _get(document: Any, path: list[str]) -> Any:
    for part in path:
        try:
            document = document[int(part)] if isinstance(document, list) else document[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise _unprocessable(f"path /{'/'.join(path)} does not exist") from None
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        at = len(parent) if path[-1] == "-" else _index(path[-1])
        if at > len(parent):
            raise _unprocessable(f"{at} is beyond the end of the list")
        parent.insert(at, value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise _unprocessable(f"path /{'/'.join(path)} does not exist")
    return document


def _remove(document: Any, path: list[str]) -> Any:
    _get(document, path)
    parent = _get(document, path[:-1])
    del parent[_index(path[-1]) if isinstance(parent, list) else path[-1]]
    return document


def _index(text: str) -> int:
    if not text.isdigit():
        raise _unprocessable(f"{text!r} is no index")
    return int(text)


def _unprocessable(why: str) -> ApiError:
    return ApiError(422, "Invalid", f"the server rejected our request due to an error in our request: {why}", {})
