"""What is done with workloads, in a cluster or in files."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from eipctl.base.line_diff import line_diff
from eipctl.domain.plan import Action, Verb
from eipctl.domain.terway.eni_conf import digest
from eipctl.domain.workloads.templates import path_text

if TYPE_CHECKING:
    from eipctl.domain.plan import Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateWorkload(Action):
    """Set and remove annotations of a workload's Pod template, or of a Pod."""

    verb: ClassVar[Verb] = Verb.ANNOTATE
    api_version: str
    kind: str
    plural: str
    namespace: str
    name: str
    resource_version: str
    set: Pairs = ()
    remove: tuple[str, ...] = ()
    annotations_path: tuple[str | int, ...] = ("spec", "template", "metadata", "annotations")
    """Where the annotations are in the object."""
    before: Pairs = ()
    """The EIP annotations as they were seen."""
    own_remove: Pairs = ()
    """What is removed from the workload's own metadata, where it has no effect."""
    recreate: bool = False
    """Whether a Deployment's strategy becomes Recreate."""
    restarts: int = 0

    @property
    def diff(self) -> tuple[str, ...]:
        """A unified diff of what changes, as YAML shows it, with the EIP annotations around it."""
        kept = ((key, value) for key, value in self.before if key not in self.remove)
        after = tuple({**dict(kept), **dict(self.set)}.items())
        old = self._view(self.own_remove, self.before, "RollingUpdate")
        new = self._view((), after, "Recreate")
        return tuple(difflib.unified_diff(old, new, self.object, self.object, lineterm=""))

    def _view(self, own: Pairs, annotations: Pairs, strategy: str) -> list[str]:
        path = path_text(self.annotations_path)
        told = [f"spec.strategy.type: {strategy}"] if self.recreate else []
        return [*_section("metadata.annotations", own), *told, *_section(path, annotations)]

    def as_data(self) -> dict[str, Any]:
        """All fields and the difference."""
        return {**super(AnnotateWorkload, self).as_data(), "diff": list(self.diff)}

    @property
    def object(self) -> str:
        """``deployment/default/web``."""
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitPods(Action):
    """Wait until the Pods of a workload follow its annotations, EIP included (`removed`: until none has one)."""

    verb: ClassVar[Verb] = Verb.WAIT
    api_version: str
    kind: str
    plural: str
    namespace: str
    name: str
    removed: bool = False

    @property
    def object(self) -> str:
        """``deployment/default/web``."""
        return f"{self.kind.lower()}/{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditManifest(Action):
    """Rewrite a file of manifests; `before` and `after` are its whole text."""

    verb: ClassVar[Verb] = Verb.EDIT
    path: str
    before: str
    after: str

    @property
    def object(self) -> str:
        """The file."""
        return self.path

    @property
    def diff(self) -> tuple[str, ...]:
        """What changes, line by line, with what surrounds it."""
        return self._unified(3)

    def as_data(self) -> dict[str, Any]:
        """The changed lines alone, for those around may hold secrets, and a hash of each text."""
        return {
            "verb": self.verb.value,
            "object": self.object,
            "reason": self.reason,
            "diff": list(self._unified(0)),
            "before_sha256": digest(self.before),
            "after_sha256": digest(self.after),
        }

    def _unified(self, around: int) -> tuple[str, ...]:
        return line_diff(tuple(self.before.splitlines()), tuple(self.after.splitlines()), self.path, around)


def _section(title: str, annotations: Pairs) -> list[str]:
    lines = [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in sorted(annotations)]
    return [f"{title}:", *lines] if lines else []
