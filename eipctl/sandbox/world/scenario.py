"""Scenarios: the cluster and account that a sandbox begins with, as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from eipctl.sandbox import faults
from eipctl.sandbox.cloud import limits, switches
from eipctl.sandbox.errors import SandboxError

FOLDER = Path(__file__).parent.parent / "scenarios"


class Cluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ACK cluster."""

    id: str
    name: str
    vpc: str
    worker_role: str
    uid: str = ""
    """UID of namespace kube-system; "" for a new one."""


class VSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vSwitch, of the cluster's VPC unless another one is named."""

    id: str
    cidr: str
    vpc: str = ""


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


class Eni(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An ENI that no node of the cluster has."""

    id: str
    vpc: str
    vswitch: str
    instance: str
    ip: str
    secondary_ips: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class Eip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An EIP that is there already: on a Pod (``namespace/name``), on an ENI's IP, or free."""

    id: str
    address: str
    name: str = ""
    pod: str = ""
    eni: str = ""
    ip: str = ""
    bandwidth: int = 5
    internet_charge_type: str = "PayByTraffic"
    charge_type: str = "PostPaid"
    locks: tuple[str, ...] = ()
    protected: bool = False
    service_managed: bool = False
    tags: dict[str, str] = {}
    pod_eip: bool = False
    """Whether ack-extend-network-controller keeps a PodEIP for it, named as the Pod."""


class Upgrade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An upgrade of Terway that has come as far as `nodes`."""

    image: str
    nodes: tuple[str, ...]


class Fleet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Deployments of running Pods on as many nodes as they need."""

    pods: int
    per_deployment: int
    per_node: int
    annotations: dict[str, str] = {}


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
    switches: dict[str, Any] = {}
    """Switches of the cloud that are not as usual."""
    limits: dict[str, str] = {}
    """API to ``120/60``: so many calls in so many seconds."""
    faults: tuple[dict[str, Any], ...] = ()
    """Fault rules in force from the beginning."""
    eni_conf: dict[str, Any] = {}
    """Keys to set in eni_conf."""
    packages: dict[str, int] = {}
    """Internet shared bandwidths: id to Mbit/s."""
    pools: tuple[str, ...] = ()
    """Public IP address pools."""
    resource_groups: tuple[str, ...] = ()
    """Resource groups beside the default one."""
    other_clusters: tuple[Cluster, ...] = ()
    enis: tuple[Eni, ...] = ()
    eips: tuple[Eip, ...] = ()
    upgrade: Upgrade | None = None
    later: tuple[dict[str, Any], ...] = ()
    """Objects that are created after the upgrade."""
    fleet: Fleet | None = None

    @property
    def operator_key(self) -> Key:
        """The operator's AccessKey."""
        return next(key for key in self.keys if key.id == self.operator)


def names() -> list[str]:
    """The scenarios that come with the sandbox."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str, pods: int | None = None) -> Scenario:
    """A scenario by its name, or from a file, with so many Pods; SandboxError says what is wrong with it."""
    try:
        found = msgspec.convert(_document(name), Scenario)
        _check(found)
    except (msgspec.ValidationError, ValueError) as error:
        raise SandboxError(f"scenario {name} can't be used: {error}", "compare it with legacy.yaml") from None
    if found.operator not in (key.id for key in found.keys):
        raise SandboxError(f"scenario {name} can't be used: its operator {found.operator} is not one of its keys")
    return found if pods is None else _sized(name, found, pods)


def _check(found: Scenario) -> None:
    """ValueError says which switch, limit or fault rule is wrong."""
    switches.changed(switches.Switches(), found.switches)
    for text in found.limits.values():
        limits.parse(text)
    for rule in found.faults:
        faults.checked(rule)


def _sized(name: str, found: Scenario, pods: int) -> Scenario:
    if found.fleet is None:
        raise SandboxError(f"scenario {name} has no adjustable number of Pods", "--pods goes with --seed big")
    return msgspec.structs.replace(found, fleet=msgspec.structs.replace(found.fleet, pods=pods))


def account_only(scenario: Scenario) -> Scenario:
    """The account without a cluster's nodes: those of a followed one come by themselves."""
    return msgspec.structs.replace(scenario, nodes=(), enis=(), eips=(), fleet=None, upgrade=None)


def _document(name: str, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """The document with its base beneath it: a top-level key replaces the base's; with a + before it, it adds to it."""
    import yaml

    path = _path(name)
    if path is None or name in seen:
        raise SandboxError(f"there is no scenario {name}", f"use one of {', '.join(names())}, or a YAML file")
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SandboxError(f"scenario {name} can't be read: {' '.join(str(error).split())}") from None
    if not isinstance(loaded, dict):
        raise SandboxError(f"scenario {name} can't be used: it is not a YAML mapping")
    base = loaded.pop("base", None)
    return _over(_document(str(base), (*seen, name)), loaded) if base else loaded


def _over(base: dict[str, Any], loaded: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in loaded.items():
        known = key.removeprefix("+")
        merged[known] = value if known == key else [*base.get(known, ()), *value]
    return merged


def _path(name: str) -> Path | None:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    return FOLDER / f"{name}.yaml" if name in names() else None
