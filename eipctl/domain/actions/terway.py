"""What is done with Terway: its configuration and its Pods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from eipctl.domain.plan import Action, Verb
from eipctl.domain.terway import eni_conf_diff
from eipctl.domain.terway.eni_conf import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEniConfig(Action):
    """Replace `eni_conf` in the ConfigMap, if its resourceVersion is still this one; set or drop our record."""

    verb: ClassVar[Verb] = Verb.WRITE_ENI_CONFIG
    namespace: str = "kube-system"
    name: str = "eni-config"
    before: str
    after: str
    resource_version: str
    record: str | None
    """The value of the record annotation; None removes it."""

    @property
    def object(self) -> str:
        """The ConfigMap."""
        return f"configmap/{self.namespace}/{self.name}"

    @property
    def diff(self) -> tuple[str, ...]:
        """What changes, line by line, without secrets."""
        return eni_conf_diff.unified(self.before, self.after)

    def as_data(self) -> dict[str, Any]:
        """The difference and a hash of each text instead of the texts, which may hold an AccessKey."""
        return {
            "verb": self.verb.value,
            "object": self.object,
            "reason": self.reason,
            "resource_version": self.resource_version,
            "diff": list(self.diff),
            "before_sha256": digest(self.before),
            "after_sha256": digest(self.after),
            "record": self.record,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartTerway(Action):
    """Delete Terway's Pod on one node and wait for its replacement there to be Ready."""

    verb: ClassVar[Verb] = Verb.RESTART
    namespace: str = "kube-system"
    daemonset: str
    pod: str
    uid: str
    node: str
    canary: bool = False
    restore: WriteEniConfig | None = None
    """What puts eni-config back when the canary crash-loops."""

    @property
    def object(self) -> str:
        """Terway's Pod."""
        return f"pod/{self.namespace}/{self.pod}"

    def as_data(self) -> dict[str, Any]:
        """All fields; what would be restored as its own Action shows it."""
        data = Action.as_data(replace(self, restore=None))
        return {**data, "restore": self.restore.as_data() if self.restore else None}
