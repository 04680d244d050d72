"""As much of PromQL as our alert rules use, evaluated over one scrape: selectors, sum and max by, absent, - and >."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
NOTHING: Labels = frozenset()
AGGREGATES: dict[str, Callable[[list[float]], float]] = {"sum": sum, "max": max}


@dataclass(frozen=True)
class Scrape:
    """The samples of some files, read at one moment."""

    samples: tuple[tuple[str, dict[str, str], float], ...]
    at: float

    @classmethod
    def of(cls, *texts: str, at: float) -> Scrape:
        """Of what the files say: no sample twice, and each metric explained in one way, else they aren't collected."""
        families = [family for text in texts for family in text_string_to_metric_families(text)]
        samples = [sample for family in families for sample in family.samples]
        assert len(samples) == len({(sample.name, *sorted(sample.labels.items())) for sample in samples})
        assert len(dict(names := {(family.name, family.documentation) for family in families})) == len(names)
        return cls(tuple((sample.name, sample.labels, sample.value) for sample in samples), at)

    def selected(self, selector: promql.VectorSelector) -> Vector:
        """The samples that a selector finds."""
        wanted = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
        assert all(matcher.op == promql.MatchOp.Equal for matcher in selector.matchers.matchers)
        return {
            frozenset(labels.items()): value
            for name, labels, value in self.samples
            if name == selector.name and wanted.items() <= labels.items()
        }

    def value(self, node: promql.Expr) -> Vector:
        """What an expression evaluates to; a scalar has no labels."""
        match node:
            case promql.NumberLiteral():
                return {NOTHING: node.val}
            case promql.VectorSelector():
                return self.selected(node)
            case promql.AggregateExpr():
                return self._aggregated(node)
            case promql.Call() if node.func.name == "time":
                return {NOTHING: self.at}
            case promql.Call() if node.func.name == "absent":
                return {} if self.value(node.args[0]) else {NOTHING: 1.0}
            case promql.BinaryExpr():
                return self._computed(node)
        raise NotImplementedError(node.prettify())

    def _aggregated(self, node: promql.AggregateExpr) -> Vector:
        by = kept(node)
        groups: dict[Labels, list[float]] = {}
        for labels, value in self.value(node.expr).items():
            groups.setdefault(frozenset(pair for pair in labels if pair[0] in by), []).append(value)
        return {labels: AGGREGATES[str(node.op)](values) for labels, values in groups.items()}

    def _computed(self, node: promql.BinaryExpr) -> Vector:
        left, right = self.value(node.lhs), self.value(node.rhs)
        pairs = [(one | two, a, b) for one, a in left.items() for two, b in right.items() if not (one and two)]
        if str(node.op) == "-":
            return {labels: a - b for labels, a, b in pairs}
        assert str(node.op) == ">"
        return {labels: a for labels, a, b in pairs if a > b}


def kept(node: promql.AggregateExpr) -> list[str]:
    """The labels that an aggregation keeps."""
    assert node.modifier is not None
    assert node.modifier.type == promql.AggModifierType.By
    return list(node.modifier.labels)


def nodes(node: promql.Expr) -> Iterator[promql.Expr]:
    """An expression and all its parts."""
    yield node
    for part in ("expr", "lhs", "rhs"):
        if hasattr(node, part):
            yield from nodes(getattr(node, part))
    for argument in getattr(node, "args", ()):
        yield from nodes(argument)
