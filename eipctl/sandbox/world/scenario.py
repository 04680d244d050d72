"""Scenarios: the cluster and account that a sandbox begins with, as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from eipctl.sandbox.errors import SandboxError

FOLDER = Path(__file__).parent.parent / "scenarios"


class Cluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ACK cluster."""

    id: str
    name: str
    vpc: str
    worker_role: str


class VSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vSwitch of the cluster's VPC."""

    id: str
    cidr: str


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node, its ECS instance and the IP of its primary ENI."""

    name: str
    instance: str
    ip: str
    vswitch: str
    labels: dict[str, str] = {}


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A RAM policy."""

    name: str
    document: dict[str, Any]
    system: bool = False


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A RAM role with policies from above."""

    name: str
    policies: tuple[str, ...] = ()


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An AccessKey of a RAM user; user ``root`` is the account."""

    id: str
    secret: str
    user: str
    policies: tuple[str, ...] = ()


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it; `operator` is the AccessKey id that users of the sandbox are given."""

    about: str
    cluster: Cluster
    vswitches: tuple[VSwitch, ...]
    nodes: tuple[Node, ...]
    keys: tuple[Key, ...]
    operator: str
    terway_image: str
    objects: tuple[dict[str, Any], ...]
    policies: tuple[Policy, ...] = ()
    roles: tuple[Role, ...] = ()
    quota: int | None = None

    @property
    def operator_key(self) -> Key:
        """The operator's AccessKey."""
        return next(key for key in self.keys if key.id == self.operator)


def names() -> list[str]:
    """The scenarios that come with the sandbox."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Scenario:
    """A scenario by its name, or from a file; SandboxError says what is wrong with it."""
    try:
        found = msgspec.convert(_document(name), Scenario)
    except msgspec.ValidationError as error:
        raise SandboxError(f"scenario {name} can't be used: {error}", "compare it with legacy.yaml") from None
    if found.operator not in (key.id for key in found.keys):
        raise SandboxError(f"scenario {name} can't be used: its operator {found.operator} is none of its keys")
    return found


def _document(name: str, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The document with its base beneath it: its top-level keys win."""
    import yaml

    path = _path(name)
    if path is None or name in seen:
        raise SandboxError(f"there is no scenario {name}", f"known are {', '.join(names())}, or give a YAML file")
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SandboxError(f"scenario {name} can't be read: {' '.join(str(error).split())}") from None
    if not isinstance(loaded, dict):
        raise SandboxError(f"scenario {name} can't be used: it is no YAML mapping")
    base = loaded.pop("base", None)
    return {**_document(str(base), (*seen, name)), **loaded} if base else loaded


def _path(name: str) -> Path | None:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    return FOLDER / f"{name}.yaml" if name in names() else None
