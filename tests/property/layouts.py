"""Manifests in random layouts, written by hand as people write them: with comments wherever YAML allows one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
FLAG: st.SearchStrategy[bool] = st.booleans()
RARELY: st.SearchStrategy[bool] = st.sampled_from([False, False, False, True])
WORDS = ["note", "not paged at night", "k: v", "ask the network team", "{}", '"quoted"', "# twice", "é"]
VALUES = ["shop", '"5"', "'yes'", "a b", '"# none"', "null-ish", "{x: y}", "[1, 2]", "*shared", "|", "|-", "|+", ">-"]
SCALARS = [value for value in VALUES if value[0] not in "|>*"]
KEYS = ["owner", "tier", '"prometheus.io/scrape"', "'a.b/c'", "team-x"]


class Writer:
    """One document; `step` columns an inner mapping, comments by chance."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.step = draw(st.sampled_from([2, 2, 2, 3, 4]))
        self.commented = draw(st.sampled_from([RARELY, st.just(False), FLAG]))

    def beside(self) -> str:
        """At the end of a line."""
        return f"{self.draw(st.sampled_from([' ', '  ']))}# {self.word()}" if self.draw(self.commented) else ""

    def word(self) -> str:
        return str(self.draw(st.sampled_from(WORDS)))

    def line(self, column: int, text: str, *, comment: bool = True) -> list[str]:
        """With comments and blank lines above, and perhaps one beside."""
        above = []
        while self.draw(self.commented):
            indent = self.draw(st.sampled_from([" " * column, " " * column, ""]))
            above.append(self.draw(st.sampled_from([f"{indent}# {self.word()}", ""])))
        return [*above, f"{' ' * column}{text}{self.beside() if comment else ''}"]

    def entry(self, column: int, key: str) -> list[str]:
        """One annotation in block style."""
        value = self.draw(st.sampled_from(VALUES))
        if value[0] not in "|>":
            return self.line(column, f"{key}: {value}")
        inner = " " * (column + self.step)
        body = [f"{inner}one: 1", f"{inner}# not a comment", f"{inner}two"]
        body += [""] * self.draw(st.sampled_from([0, 0, 1, 2]))
        return [*self.line(column, f"{key}: {value}"), *body]

    def flow(self, column: int) -> str:
        """A flow mapping of annotations, on one line or several, with comments on their own lines and beside."""
        keys = self.draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True))
        if self.draw(FLAG):
            pad = self.draw(st.sampled_from(["", " "]))
            last = self.draw(st.sampled_from(["", ","])) if keys else ""
            return f"{{{pad}{', '.join(f'{key}: {self.draw(st.sampled_from(SCALARS))}' for key in keys)}{last}{pad}}}"
        inner, lines = " " * (column + self.step), []
        for number, key in enumerate(keys):
            more = number + 1 < len(keys) or self.draw(FLAG)
            lines += self.line(0, f"{inner}{key}: {self.draw(st.sampled_from(SCALARS))}{',' if more else ''}")
        lines += [f"{inner}# {self.word()}"] if self.draw(self.commented) or not keys else []
        return "\n".join(["{" + self.beside(), *lines, " " * column + "}"])

    def annotations(self, column: int) -> list[str]:
        """Absent, empty, or some."""
        match self.draw(st.sampled_from(["absent", "absent", "empty", "flow", "block", "block", "comments"])):
            case "empty":
                return self.line(
                    column, f"annotations: {self.draw(st.sampled_from(['{}', '{}', '{ }', '', 'null', '~']))}"
                )
            case "flow":
                return self.line(column, f"annotations: {self.flow(column)}")
            case "block":
                lines = self.line(column, "annotations:")
                for key in self.draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True)):
                    lines += self.entry(column + self.step, key)
                return lines
            case "comments":
                return [*self.line(column, "annotations:"), f"{' ' * (column + self.step)}# {self.word()}"]
        return []

    def meta(self, column: int, name: str) -> list[str]:
        """Of a Pod (with a name) or a template."""
        if not name:
            match self.draw(st.sampled_from(["absent", "empty", "flow", "some", "some", "some"])):
                case "absent":
                    return []
                case "empty":
                    return self.line(
                        column, self.draw(st.sampled_from(["metadata: {}", "metadata: null", "metadata:"]))
                    )
                case "flow":
                    inner = self.draw(st.sampled_from(["labels: {a: b}", "annotations: {}", "annotations: {a: b}"]))
                    pad = self.draw(st.sampled_from(["", " "]))
                    return self.line(column, f"metadata: {{{pad}{inner}{pad}}}")
        parts = [self.annotations(column + self.step), self.line(column + self.step, "labels: {app: web}")]
        parts += [self.line(column + self.step, f"name: {name}")] if name else []
        return [*self.line(column, "metadata:"), *(line for part in self.draw(st.permutations(parts)) for line in part)]

    def template(self, column: int, name: str = "") -> list[str]:
        """The entries of a Pod template, in any order."""
        spec = self.line(column, "spec: {containers: [{name: main, image: nginx}]}")
        parts = self.draw(st.permutations([self.meta(column, name), spec]))
        return [line for part in parts for line in part]

    def document(self) -> list[str]:
        """A Pod, a Deployment, or a kind that has its templates in a list."""
        anchor = ["# the file", "x-shared: &shared text"] if self.draw(FLAG) else ["x-shared: &shared text"]
        kind = self.draw(st.sampled_from(["Pod", "Deployment", "Deployment", "RayCluster"]))
        head = [*anchor, *self.line(0, "apiVersion: v1" if kind == "Pod" else "apiVersion: a.io/v1"), f"kind: {kind}"]
        if kind == "Pod":
            return [*head, *self.template(0, "web")]
        lines = [*head, "metadata: {name: web}", "spec:"]
        if kind == "Deployment":
            return [*lines, *self.line(self.step, "template:"), *self.template(2 * self.step)]
        lines += [f"{' ' * self.step}groups:"]
        for number in range(self.draw(st.sampled_from([1, 2]))):
            inner = self.step + 2
            lines += [f"{' ' * self.step}- name: g{number}{self.beside()}"]
            lines += [*self.line(inner, "template:"), *self.template(inner + self.step)]
        return lines


@st.composite
def layouts(draw: Draw) -> str:
    """One document or two, with any line ends, perhaps without the last one."""
    lines = Writer(draw).document()
    if draw(RARELY):
        lines += ["---", *Writer(draw).document()]
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "\n", "\n\n", ""]))
    return str(text.replace("\n", "\r\n") if draw(RARELY) else text)


@st.composite
def json_layouts(draw: Draw) -> str:
    """Objects one after the other, in any indentation."""
    found = []
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        meta = draw(
            st.sampled_from(
                [
                    None,
                    {},
                    {"annotations": {}},
                    {"annotations": None},
                    {"annotations": {"a": "b"}},
                    {"labels": {"a": "b"}},
                ]
            )
        )
        template = {"spec": {"containers": [{"name": "main", "image": "nginx"}]}}
        template = template if meta is None else {"metadata": meta, **template}
        whole = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
        how = {"indent": draw(st.sampled_from([None, 1, 2, 4, "\t"]))}
        if how["indent"] is None:
            how["separators"] = draw(st.sampled_from([None, (",", ":")]))
        found.append(json.dumps({**whole, "spec": {"template": template}}, **how))
    return str(draw(st.sampled_from(["\n", ""])).join(found) + draw(st.sampled_from(["\n", ""])))
