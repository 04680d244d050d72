"""eipctl in this process on the shared sandbox, with a metrics file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from eipctl.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.stage import Stage

COMMON = {"command", "cluster"}


@dataclass(frozen=True)
class Lab:
    """A modern cluster, eipctl in this process, and the file that it writes."""

    stage: Stage
    path: Path

    def run(self, *words: str) -> int:
        """A command with the file."""
        return run([*words, "--metrics-file", str(self.path)])

    def bind(self, *words: str) -> int:
        """`eipctl bind -A --yes -q`."""
        return self.run("bind", "-A", "--yes", "-q", *words)

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Values of a metric by its own labels; those that all have are checked."""
        families = text_string_to_metric_families(self.path.read_text())
        samples = [sample for family in families if family.name == name for sample in family.samples]
        assert all(set(sample.labels) >= COMMON for sample in samples)
        return {
            tuple(value for label, value in sample.labels.items() if label not in COMMON): sample.value
            for sample in samples
        }

    def one(self, name: str) -> float:
        """The value of a metric without labels of its own."""
        return self.all(f"eipctl_{name}")[()]

    def money(self, name: str) -> float:
        """What something costs in a month, in the list's currency."""
        return self.all(f"eipctl_{name}_per_month")["USD",]

    def annotate(self, name: str, annotations: dict[str, str]) -> None:
        """Give a Pod these annotations and no others."""
        pod = self.stage.pod(name)
        assert pod is not None
        self.stage.objects.update("pods", {**pod, "metadata": {**pod["metadata"], "annotations": annotations}})

    def pods(self, **states: int) -> bool:
        """Whether so many Pods, and no others, are in these states."""
        found = {state: count for (_, state), count in self.all("eipctl_pods").items() if count}
        return found == states
