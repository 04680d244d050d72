"""Asks a Kubernetes API the questions of ``data/questions.jsonl`` in namespace "asked", one after another.

A line is a request with what to show of its answer: `pick` names fields of a good one, `show` another view of it. A
line with `until` is repeated until that status is answered or that field is there; a line without a name only prepares.
In bodies ``{"repeat": [text, times]}`` stands for a long text and ``{node}`` for the name of a node.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import urllib3

Obj = dict[str, Any]
Answer = Any
DATA = Path(__file__).parent / "data"
_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
_FORMS = {
    form: f"application/json;as={form};g=meta.k8s.io;v=v1" for form in ("Table", "PartialObjectMetadata")
}  # fmt: skip
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
PATIENCE = 60.0


def questions() -> list[Obj]:
    """All lines."""
    return [json.loads(line) for line in (DATA / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def real_answers() -> dict[str, Answer]:
    """Those of kube-apiserver 1.36.2, without the texts of messages, for most questions."""
    found = json.loads((DATA / "kube-apiserver-1.36.json").read_text(encoding="utf-8"))
    return {name: _once(answer) for name, answer in found.items()}


def _once(answer: Any) -> Any:
    """A cause that is told again, as after a second round of validation, tells nothing new."""
    if isinstance(answer, list) and len(answer) > 1 and isinstance(answer[1], dict):
        details = answer[1].get("details") or {}
        if "causes" in details:
            details["causes"] = [one for at, one in enumerate(details["causes"]) if one not in details["causes"][:at]]
    return answer


class Asker:
    """Asks one server; `answers` grows by each question's name."""

    def __init__(self, pool: urllib3.PoolManager, url: str, token: str, node: str) -> None:
        self._pool, self._url = pool, url
        self._tokens = {"": token, "wrong": "wrong", "nobody": "", "poor": ""}
        self._known = {"{node}": node}
        self.answers: dict[str, Answer] = {}

    def ask_all(self) -> None:
        """Every question in its order."""
        for line in questions():
            self._ask(line)

    def _ask(self, line: Obj) -> None:
        if line.get("until"):
            self._wait(line)
            return
        shown = line.get("show", "")
        if shown == "versions":
            self.answers[line["name"]] = self._versions(line["path"])
            return
        status, headers, body = self._request(line)
        if shown in _VIEWS:
            for name, answer in _VIEWS[shown](line, body):
                self.answers[name] = answer
        elif shown == "old version":
            self._known["{old version of p1}"] = body["metadata"]["resourceVersion"]
            self._known["{uid of p1}"] = body["metadata"]["uid"]
        elif shown == "token":
            self._tokens["poor"] = body["status"]["token"]
            self.answers[line["name"]] = bool(self._tokens["poor"])
        elif "name" in line:
            self.answers[line["name"]] = _plain(_shown(line, status, headers, body))

    def _wait(self, line: Obj) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            status, _, body = self._request(line)
            if status == line["until"] or (isinstance(line["until"], str) and dig(body, line["until"])):
                return
            assert time.monotonic() < deadline, f"{line} was in vain: {status} {body}"
            time.sleep(0.02)

    def _versions(self, path: str) -> Answer:
        """Whether a change changes resourceVersion, and whether a change to what is there keeps it."""
        change = {"method": "PATCH", "path": path, "type": "merge", "body": {"metadata": {"annotations": {"b": "1"}}}}
        first, second = (self._request(change)[2]["metadata"]["resourceVersion"] for _ in range(2))
        return [first != self._known["{old version of p1}"], first == second]

    def _request(self, line: Obj) -> tuple[int, Any, Obj]:
        kind: str = line.get("type", "application/json")
        accept: str = line.get("accept", "application/json")
        headers: dict[str, str] = {"Content-Type": _TYPES.get(kind, kind), "Accept": _FORMS.get(accept, accept)}
        headers["User-Agent"] = "python-urllib3/2"
        if token := self._tokens[line.get("as", "")]:
            headers["Authorization"] = f"Bearer {token}"
        reply = self._pool.request(
            line.get("method", "GET"), self._url + line["path"], self._body(line), headers=headers
        )
        try:
            return reply.status, reply.headers, json.loads(reply.data)
        except ValueError:
            return reply.status, reply.headers, {"raw": reply.data[:200].decode("utf-8", "replace")}

    def _body(self, line: Obj) -> bytes | None:
        if "text" in line:
            text: str = line["text"]
        elif "body" in line:
            text = json.dumps(_stretched(line["body"]))
        else:
            return None
        for name, value in self._known.items():
            text = text.replace(name, value)
        return text.encode()


def _stretched(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"repeat"}:
        text, times = value["repeat"]
        return text * times
    if isinstance(value, dict):
        return {key: _stretched(item) for key, item in value.items()}
    return [_stretched(item) for item in value] if isinstance(value, list) else value


def dig(value: Any, path: str) -> Any:
    """What is at ``spec/containers/0/image``; None for nothing."""
    for part in path.split("/"):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _shown(line: Obj, status: int, headers: Any, body: Obj) -> Answer:
    """[status, picked fields of a good answer or the Status of a bad one, how many warnings or items]."""
    if status < 300 and body.get("kind") != "Status":
        answer: Answer = [status, {path: dig(body, path) for path in line.get("pick", ())}]
    else:
        parts = ("status", "reason", "details", "raw")
        answer = [status, {part: body[part] for part in parts if body.get(part) is not None}]
        for cause in (body.get("details") or {}).get("causes") or ():
            cause.pop("message", None)
    if headers.get("Warning"):
        answer.append({"warnings": len(headers.getlist("Warning"))})
    if line.get("show", "").startswith("count"):
        names = [item["metadata"]["name"] for item in body.get("items") or ()]
        short = line["show"] == "count of eN"
        answer.append({"warnings": len([name for name in names if not short or re.fullmatch(r"e\d", name)])})
    return answer


def _plain(answer: Answer) -> Answer:
    """Without what differs from time to time."""
    text = _UID.sub("UID", json.dumps(answer))
    plain: Answer = _once(json.loads(_TIME.sub("TIME", text)))
    return plain


def _resources(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    for one in body["resources"]:
        names = [one.get("singularName"), sorted(one.get("shortNames") or ()), sorted(one["verbs"])]
        categories = sorted(one.get("categories") or ())
        yield f"discovery {line['path']} {one['name']}", [one["kind"], one["namespaced"], *names, categories]


_GROUPS = (
    "apps", "batch", "coordination.k8s.io", "events.k8s.io", "autoscaling", "policy", "authorization.k8s.io",
    "authentication.k8s.io", "rbac.authorization.k8s.io", "apiextensions.k8s.io",
)  # fmt: skip


def _groups(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    found = {group["name"]: group["preferredVersion"]["version"] for group in body["groups"]}
    yield line["name"], sorted(f"{name}:{found[name]}" for name in _GROUPS if name in found)


def _columns(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    yield line["name"], [[one["name"], one["type"], one["priority"]] for one in body["columnDefinitions"]]


def _table(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    cells = [row["cells"][:2] for row in body["rows"]]
    yield line["name"], [[one["name"] for one in body["columnDefinitions"]], cells]


def _managers(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    """Who owns which annotations of the Pod template."""
    found = []
    for entry in body["metadata"]["managedFields"]:
        if entry["manager"] in ("one", "two", "hand"):
            owned = dig(entry["fieldsV1"], "f:spec/f:template/f:metadata/f:annotations") or {}
            found.append([entry["manager"], entry["operation"], entry.get("subresource", ""), sorted(owned)])
    yield line["name"], sorted(found)


def _update_managers(line: Obj, body: Obj) -> Iterator[tuple[str, Answer]]:
    entries = body["metadata"]["managedFields"]
    found = {(one["manager"].partition("/")[0], one["operation"], one.get("subresource", "")) for one in entries}
    yield line["name"], [list(one) for one in sorted(found)]


_VIEWS: dict[str, Callable[[Obj, Obj], Iterator[tuple[str, Answer]]]] = {
    "resources": _resources,
    "groups": _groups,
    "columns": _columns,
    "table": _table,
    "managers": _managers,
    "update managers": _update_managers,
}
