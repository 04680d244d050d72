"""Terway in a cluster: its Pods, its configuration, and the record of what `setup` changed there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.base.text import from_json
from eipctl.domain.terway import eni_conf, image_version
from eipctl.domain.terway.eni_conf import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eipctl.domain.facts import Pod
    from eipctl.domain.ram.policy_edits import Edits
    from eipctl.domain.terway.eni_conf import CredentialSource, EniConf
    from eipctl.domain.terway.image_version import TerwayVersion

EXCLUSIVE_ENI = "terway-eni"
"""The DaemonSet that gives each Pod an ENI of its own."""
EIP_CAPABLE = ("terway-eniip", EXCLUSIVE_ENI)
"""The DaemonSets, by label app, whose daemon has Terway's EIP code."""
VPC_MODE = "terway"
"""The DaemonSet of VPC mode, which gives no Pod an EIP (Terway v1.6.4 daemon/daemon.go)."""
CRASH_LOOP = "CrashLoopBackOff"
RECORD_ANNOTATION = "eipctl.io/eni-config"
EDITS_ANNOTATION = "eipctl.io/edited-policies"
RECORD_VERSION = 1
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class TerwayPod:
    """Terway's Pod on one node; `version` is None when its image tag names none."""

    name: str
    uid: str
    node: str
    daemonset: str
    created: datetime
    ready: bool = True
    crash_looping: bool = False
    version: TerwayVersion | None = None

    @property
    def supports_eip(self) -> bool:
        """Whether this very Pod can give Pods an EIP itself."""
        return self.version is not None and image_version.supports_eip(self.version)


def terway_pod(pod: Pod) -> TerwayPod:
    """What a Pod of one of Terway's DaemonSets is."""
    return TerwayPod(
        name=pod.name,
        uid=pod.uid,
        node=pod.node,
        daemonset=pod.labels.get("app", ""),
        created=pod.created,
        ready=pod.ready and not pod.terminating,
        crash_looping=CRASH_LOOP in pod.waiting,
        version=version_of(pod.images),
    )


def version_of(images: Iterable[str]) -> TerwayVersion | None:
    """The version that Terway's own among these images name; None when none does."""
    versions = (image_version.parse(image) for image in images if _is_terway(image))
    return next((version for version in versions if version is not None), None)


def _is_terway(image: str) -> bool:
    return image.partition("@")[0].rpartition("/")[2].startswith("terway")


@dataclass(frozen=True, slots=True)
class Record:
    """What `setup` wrote into eni_conf. `previous` holds the JSON text of values it replaced, `added` the new keys.

    With nothing in either it says when `teardown` took the flags back: Terway reads them only when it starts.
    """

    sha256: str
    added: tuple[str, ...] = ()
    previous: Mapping[str, str] = field(default_factory=dict)
    written: datetime | None = None
    """To the second, UTC; None until it is written."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that are ours to take back."""
        return (*self.added, *self.previous)

    def text(self) -> str:
        """The annotation's value."""
        written = self.written.astimezone(UTC).strftime(_MOMENT) if self.written else ""
        data = {"version": RECORD_VERSION, "written": written, "sha256": self.sha256, "added": list(self.added)}
        return json.dumps({**data, "previous": dict(self.previous)}, separators=(",", ":"))

    def stamped(self, when: datetime) -> Record:
        """Written at `when`, unless it already says when."""
        return self if self.written else replace(self, written=when.replace(microsecond=0))


def parse_record(text: str) -> Record | None:
    """The record of an annotation; None when it is not one that this version can read."""
    try:
        data: Any = from_json(text)
        if data["version"] != RECORD_VERSION:
            return None
        written = datetime.strptime(data["written"], _MOMENT).replace(tzinfo=UTC) if data["written"] else None
        previous = {str(key): str(value) for key, value in data["previous"].items()}
        return Record(str(data["sha256"]), tuple(map(str, data["added"])), previous, written)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Override:
    """The ConfigMap that the label terway-config of some nodes names; it is merged over eni-config there."""

    config_map: str
    nodes: tuple[str, ...]
    conf: EniConf | None
    """None when there is no such ConfigMap or it has no eni_conf."""
    credentials: CredentialSource | None = None
    """Where Terway takes its credentials from on these nodes; None when that is not told here."""


@dataclass(frozen=True, slots=True)
class EniConfig:
    """ConfigMap kube-system/eni-config: the text of its key eni_conf, and our record."""

    text: str
    resource_version: str
    record: Record | None = None
    overrides: tuple[Override, ...] = ()
    edits: Edits = ()
    """What `setup --edit-policy` added to which policies."""

    @property
    def conf(self) -> EniConf:
        """What the text says; UsageError when it is malformed."""
        return eni_conf.read(self.text)

    @property
    def edited_since(self) -> bool:
        """Whether somebody edited eni_conf after what the record tells of."""
        return self.record is not None and self.record.sha256 != digest(self.text)


def stale(pods: Iterable[TerwayPod], record: Record | None) -> tuple[TerwayPod, ...]:
    """The Pods that started before what the record tells of, and so have not read it."""
    if record is None or record.written is None:
        return ()
    written = record.written
    return tuple(pod for pod in pods if pod.created <= written)
