"""Fields by their path: ``spec.template.spec.containers[].image`` names that field of every container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Obj = dict[str, Any]


def places(obj: Obj, path: str) -> Iterator[tuple[str, Obj, str]]:
    """(path, the mapping, its key) of every such field, there or not, whose mapping is there."""
    yield from _places(obj, path, "")


def mappings(obj: Obj, path: str) -> list[Obj]:
    """Every mapping at a path ("" for the object itself), made where it is missing."""
    found = [obj]
    for name in path.split(".") if path else ():
        if name.endswith("[]"):
            found = [item for holder in found for item in holder.get(name[:-2]) or ()]
        else:
            found = [_demanded(holder, name) for holder in found]
    return found


def _demanded(holder: Obj, name: str) -> Obj:
    inner: Obj | None = holder.get(name)
    if not inner:
        inner = holder[name] = {}
    return inner


def values(obj: Obj, path: str) -> Iterator[tuple[str, Any]]:
    """(path, value) of every such field that is there."""
    for where, holder, key in places(obj, path):
        if holder.get(key) is not None:
            yield where, holder[key]


def at(obj: Obj, path: str) -> Any:
    """The value at a path without lists; None for nothing."""
    found: Any = obj
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _places(value: Any, path: str, before: str) -> Iterator[tuple[str, Obj, str]]:
    if not isinstance(value, dict):
        return
    name, _, rest = path.partition(".")
    if not rest:
        yield before + name, value, name
    elif name.endswith("[]"):
        for number, item in enumerate(value.get(name[:-2]) or ()):
            yield from _places(item, rest, f"{before}{name[:-2]}[{number}].")
    else:
        yield from _places(value.get(name), rest, f"{before}{name}.")
