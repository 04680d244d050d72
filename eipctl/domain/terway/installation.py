"""Terway in a cluster: its Pods, its configuration, and the record of what `setup` changed there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from eipctl.base.text import from_json
from eipctl.domain.containers import Container
from eipctl.domain.terway import eni_conf, image_version
from eipctl.domain.terway.eni_conf import ENABLE_EIP_MIGRATE, FlagState, digest
from eipctl.domain.terway.eni_conf_types import is_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.facts import Pod, Written
    from eipctl.domain.ram.policy_edits import Edits
    from eipctl.domain.terway.eni_conf import CredentialSource, EniConf
    from eipctl.domain.terway.image_version import TerwayVersion

APPS = ("terway-eniip", "terway-eni", "terway", "terway-eniip-windows", "terway-eni-windows", "terway-windows")
"""Values of the label app of Terway's Pods, the last three on Windows nodes (v1.6.4 terway-windows-eniip.yml).

They do not tell the mode: the open-source manifest has "terway" for each.
"""
MULTI_IP, EXCLUSIVE_ENI, VPC_MODE = "ENIMultiIP", "ENIOnly", "VPC"
"""Values of -daemon-mode: shared ENIs, an ENI for each Pod, and addresses of the route table."""
EIP_MODES = (MULTI_IP, EXCLUSIVE_ENI)
"""The modes that have Terway's EIP code (v1.6.4 daemon/daemon.go)."""
DAEMON_MODE, BACKEND_TYPE = "daemon-mode", "BACKEND_TYPE"
"""Terway's argument, and the variable from which entrypoint.ps1 makes it on Windows."""
DAEMON = "terway"
"""The container that runs Terway's daemon, beside others such as "policy"."""
CRASH_LOOP = "CrashLoopBackOff"
RECORD_ANNOTATION = "eipctl.io/eni-config"
EDITS_ANNOTATION = "eipctl.io/edited-policies"
RECORD_VERSION = 1
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class TerwayPod:
    """Terway's Pod on one node; `version` is None if neither its image tag nor an option names it."""

    name: str
    uid: str
    node: str
    daemonset: str
    created: datetime
    ready: bool = True
    crash_looping: bool = False
    version: TerwayVersion | None = None
    mode: str = MULTI_IP
    image: str = ""

    @property
    def supports_eip(self) -> bool:
        """Whether this very Pod can give Pods an EIP itself."""
        return self.may_support_eip and self.version is not None

    @property
    def may_support_eip(self) -> bool:
        """The same, and of a version that is not known."""
        return self.mode in EIP_MODES and (self.version is None or image_version.supports_eip(self.version))

    @property
    def any_case(self) -> bool:
        """Whether it takes the keys of eni_conf in any case."""
        return self.version is not None and not self.version.case_sensitive


def terway_pod(pod: Pod, told: TerwayVersion | None = None) -> TerwayPod:
    """What a Pod of one of Terway's DaemonSets is; `told` is the version where its image names none."""
    daemon = daemon_of(pod.containers)
    return TerwayPod(
        name=pod.name,
        uid=pod.uid,
        node=pod.node,
        daemonset=pod.owner.name if pod.owner else pod.labels.get("app", ""),
        created=pod.created,
        ready=pod.ready and not pod.terminating,
        crash_looping=CRASH_LOOP in pod.waiting,
        version=image_version.parse(daemon.image) or told,
        mode=daemon_mode(daemon),
        image=daemon.image,
    )


def daemon_of(containers: Sequence[Container]) -> Container:
    """The one that runs Terway's daemon: by its name, else the first."""
    return next((one for one in containers if one.name == DAEMON), containers[0] if containers else Container())


def daemon_mode(daemon: Container) -> str:
    """The value of its last -daemon-mode, or what stands for it on Windows; VPC without one, as Terway has it."""
    split = [part for word in daemon.command_line for part in word.split()]
    mode = dict(daemon.env).get(BACKEND_TYPE, VPC_MODE)
    for word, following in pairwise([*split, ""]):
        name, _, value = word.lstrip("-").partition("=")
        if name == DAEMON_MODE and word.startswith("-"):
            mode = value or following
    return mode


@dataclass(frozen=True, slots=True)
class Record:
    """What `setup` wrote into eni_conf. `previous` holds the JSON text of values it replaced, `added` the new keys.

    With nothing in either it says when `teardown` took the flags back: Terway reads them only when it starts.
    """

    sha256: str
    added: tuple[str, ...] = ()
    previous: Mapping[str, str] = field(default_factory=dict)
    written: datetime | None = None
    """To the second, UTC; None until it is written. What started later has read the text."""
    since: datetime | None = None
    """The same of the text before setup's change, where it was known: it counts again once that is undone."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are ours to take back."""
        return (*self.added, *self.previous)

    def text(self) -> str:
        """The annotation's value."""
        head = {"version": RECORD_VERSION, "written": _stamp(self.written)}
        since = {"since": _stamp(self.since)} if self.since else {}
        data = {**head, **since, "sha256": self.sha256, "added": list(self.added), "previous": dict(self.previous)}
        return json.dumps(data, separators=(",", ":"))

    def stamped(self, when: datetime) -> Record:
        """Written at `when`, unless it already says when."""
        return self if self.written else replace(self, written=when.replace(microsecond=0))


def _stamp(when: datetime | None) -> str:
    return when.astimezone(UTC).strftime(_MOMENT) if when else ""


def _moment(text: str) -> datetime | None:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC) if text else None


def parse_record(text: str) -> Record | None:
    """The record of an annotation; None when it is not one that this version can read."""
    try:
        data: Any = from_json(text)
        if data["version"] != RECORD_VERSION:
            return None
        previous = {str(key): str(value) for key, value in data["previous"].items()}
        for value in previous.values():
            from_json(value)
        moments = _moment(data["written"]), _moment(data.get("since", ""))
        return Record(str(data["sha256"]), tuple(map(str, data["added"])), previous, *moments)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Override:
    """The ConfigMap that the label terway-config of some nodes names; it is merged over eni-config there."""

    config_map: str
    nodes: tuple[str, ...]
    text: str = ""
    """"" when there is no such ConfigMap or it has no eni_conf: the nodes have the default configuration."""
    credentials: CredentialSource | None = None
    """Where Terway takes its credentials from on these nodes; None if eni_conf does not say."""
    changed: datetime | None = None
    """When the text was written last; None when that is not known."""
    exists: bool = True
    """Whether there is a ConfigMap of that name with a key eni_conf."""
    malformed: str = ""
    """What keeps Terway from reading the text, at its next start."""

    @property
    def conf(self) -> EniConf | None:
        """What the text says; None when there is none, or it is malformed."""
        return eni_conf.read(self.text) if self.text and not self.malformed else None


@dataclass(frozen=True, slots=True)
class ConfText:
    """An eni_conf, and the Terway Pods that read it."""

    config_map: str
    text: str
    conf: EniConf
    readers: tuple[TerwayPod, ...]

    @property
    def object(self) -> str:
        """Its ConfigMap."""
        return f"configmap/kube-system/{self.config_map}"

    @property
    def migrates(self) -> bool:
        """Whether Terway hands its EIPs over: the flag is on, and a version reads it that knows it."""
        on = self.conf.enable_eip_migrate.state is FlagState.ON
        return on and any(is_read(ENABLE_EIP_MIGRATE, pod.version) for pod in self.readers)


@dataclass(frozen=True, slots=True)
class EniConfig:
    """ConfigMap kube-system/eni-config: the text of its key eni_conf, and our record."""

    text: str
    resource_version: str
    record: Record | None = None
    overrides: tuple[Override, ...] = ()
    edits: Edits = ()
    """What `setup --edit-policy` added to which policies."""
    written: Written | None = None
    """Who wrote the text last; None when that is not known."""
    immutable: bool = False
    damaged_record: bool = False
    """Whether there is an annotation in the place of the record that can't be read."""

    @property
    def conf(self) -> EniConf:
        """What the text says; UsageError when it is malformed."""
        return eni_conf.read(self.text)

    def texts(self, pods: Iterable[TerwayPod]) -> Iterator[ConfText]:
        """eni-config, which Terway reads on every node, and each override; one for nodes without Terway is for all."""
        everywhere = tuple(pods)
        yield ConfText("eni-config", self.text, self.conf, everywhere)
        for each in self.overrides:
            if each.conf is not None:
                there = tuple(pod for pod in everywhere if pod.node in each.nodes)
                yield ConfText(each.config_map, each.text, each.conf, there or everywhere)

    @property
    def edited_since(self) -> bool:
        """Whether eni_conf was edited after the recorded change."""
        return self.record is not None and self.record.sha256 != digest(self.text)
