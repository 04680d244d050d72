"""For any manifest: an edit changes what it should, keeps every other line, and can be taken back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from eipctl.base.errors import UsageError
from eipctl.domain.settings import K8S
from eipctl.manifests.edit import Edit, edited
from eipctl.manifests.find import contents
from eipctl.manifests.parts import Part, parts
from tests.property.layouts import json_layouts, layouts

EXAMPLES = int(os.environ.get("EIPCTL_EXAMPLES", "100"))
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
ROOT = Path(__file__).parents[2]
REAL = [path.read_text() for path in sorted((ROOT / "examples").rglob("*.yaml"))]
OURS = (K8S + "pod-with-eip", K8S + "eip-bandwidth")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\ufffe\uffff"))
PLAIN = TEXTS.filter(lambda text: "{{" not in text)  # where it would be a template's
KEYS = st.from_regex(r"[a-z][a-z.\-]{0,8}/?[a-z]{1,5}", fullmatch=True)
ANNOTATIONS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, TEXTS, max_size=3)
LABELS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, PLAIN, max_size=3)
FLAG: st.SearchStrategy[Any] = st.booleans()
VALUE: st.SearchStrategy[Any] = st.sampled_from(["5", "true", 5, True, None, "x: y # z"])
OURS_THERE: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.sampled_from(OURS), VALUE)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """A workload of some kind, in some state of having annotations."""
    meta: dict[str, Any] = {}
    if draw(FLAG):
        meta["labels"] = draw(LABELS)
    if draw(FLAG):
        meta["annotations"] = {**draw(ANNOTATIONS), **draw(OURS_THERE)}
    pod = {"containers": [{"name": "main", "image": draw(PLAIN)}]}
    own = {"name": "web", "annotations": {"note": draw(TEXTS)}}
    if draw(FLAG):
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, **own}, "spec": pod}
    template = {"metadata": meta, "spec": pod} if meta or draw(FLAG) else {"spec": pod}
    kind = draw(st.sampled_from(["Deployment", "CloneSet"]))
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": own, "spec": {"template": template}}


def _yaml(found: dict[str, Any], indent: int, flow: bool | None, style: str | None, width: int, keep: bool) -> str:
    return yaml.safe_dump(
        found,
        indent=indent,
        default_flow_style=flow,
        default_style=style,
        width=width,
        sort_keys=keep,
        allow_unicode=keep,
    )


Layout = Callable[[dict[str, Any]], str]


def as_yaml(*how: Any) -> Layout:
    return lambda found: _yaml(found, *how)


def as_json(indent: int | str | None, separators: tuple[str, str] | None) -> Layout:
    return lambda found: json.dumps(found, indent=indent, separators=separators)


LAYOUTS: st.SearchStrategy[Layout] = st.builds(
    as_yaml,
    st.sampled_from([2, 3, 4]),
    st.sampled_from([None, False, False, True]),
    st.sampled_from([None, None, None, '"', "'", "|"]),
    st.sampled_from([20, 80, 1000]),
    st.booleans(),
) | st.builds(as_json, st.sampled_from([None, 1, 2, 4, "\t"]), st.sampled_from([None, (",", ":")]))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """One or several documents, with comments, a List, other ends of lines."""
    found: list[dict[str, Any]] = draw(st.lists(objects(), min_size=1, max_size=3))
    layout = draw(LAYOUTS)
    if draw(FLAG):
        found = [{"kind": "List", "items": found, "apiVersion": "v1"}]
    written = [layout(each) for each in found]
    if any(text.lstrip().startswith("{") for text in written):
        return written[0]
    text = "".join(f"---\n{each}" for each in written)
    if draw(FLAG):
        text = "".join(f"{line}\n" + ("# note\n" if draw(FLAG) else "") for line in text.splitlines())
    if draw(FLAG):
        text = text.rstrip("\n")
    assume(means(text, found))
    return text.replace("\n", "\r\n") if draw(FLAG) and "\r" not in text else text


def parsed(text: str) -> list[Any]:
    """As another reader sees it."""
    if text.startswith("{") and "\t" in text:
        return [json.loads(text)]
    return [found for found in yaml.safe_load_all(text) if found is not None]


def means(text: str, found: list[Any]) -> bool:
    """A comment in a block of text is none, and changes it."""
    try:
        return parsed(text) == found
    except yaml.YAMLError:
        return False


def annotate(text: str, *pairs: tuple[str, str], remove: tuple[str, ...] = ()) -> str:
    paths = [(found.part, (*found.path, *found.workload.where)) for found in contents(text, "a.yaml").workloads]
    return edited(text, [Edit(part, path, pairs, remove) for part, path in paths], "a.yaml")


def seen(text: str) -> list[dict[str, str]]:
    return [dict(found.workload.annotations) for found in contents(text, "a.yaml").workloads]


def others(text: str) -> list[str]:
    """The lines that an edit must keep: not those of our keys and of the mappings that they need."""
    ours = ("k8s.aliyun.com", "annotations", "metadata")
    return [line for line in text.splitlines() if not any(part in line for part in ours)]


def comments(text: str) -> int:
    return sum(line == "# note" for line in text.splitlines())


@settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(layouts() | json_layouts())
def test_what_is_put_on_twice_and_taken_off_leaves_the_very_bytes(text: str) -> None:
    """Comments, blank lines, empty mappings and the missing last newline included, in whatever layout."""
    once = annotate(text, (OURS[0], "true"))
    twice = annotate(once, (OURS[0], "true"), (OURS[1], "5"))
    assert all({OURS[0]: "true", OURS[1]: "5"}.items() <= each.items() for each in seen(twice))
    assert comments_of(twice) == comments_of(text)
    assert annotate(twice, remove=OURS) == text


def comments_of(text: str) -> list[tuple[str, str]]:
    """Each comment with the key beside or below it, as a reader sees it who knows nothing of the editor."""
    lines = [line for line in text.splitlines() if line.strip(' "').partition("k8s.aliyun.com")[0]]
    found = []
    for number, line in enumerate(lines):
        before, mark, comment = line.replace('"# none"', "").partition("# ")
        if mark:
            owner = before.strip() or next(
                (each for each in lines[number + 1 :] if not each.lstrip().startswith("#")), ""
            )
            found.append((comment, owner.strip().partition(":")[0]))
    return found


VALUES = st.tuples(TEXTS, TEXTS).map(lambda values: tuple(zip(OURS, values, strict=True)))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(texts(), VALUES)
def test_an_edit_sets_its_keys_and_changes_nothing_else(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """The objects differ by these keys alone, for another reader too; done again it changes nothing."""
    before = seen(text)
    after = annotate(text, *pairs)
    assert seen(after) == [{**each, **dict(pairs)} for each in before]
    assert annotate(after, *pairs) == after
    assert without(parsed(after)) == without(parsed(text))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(texts(), VALUES)
def test_what_was_set_can_be_taken_off(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """What was there before is there again, byte for byte where there were other annotations."""
    assume(not any(key in each for each in seen(text) for key in OURS))
    removed = annotate(annotate(text, *pairs), remove=OURS)
    assert without(parsed(removed)) == without(parsed(text))
    if all(seen(text)):
        assert removed == text


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(texts(), VALUES)
def test_no_comment_gets_lost(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """Those on lines of their own, whatever is set or taken off around them."""
    notes = comments(text)
    assert comments(annotate(text, *pairs)) == notes
    assert comments(annotate(text, remove=OURS)) == notes


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(st.sampled_from(REAL), VALUES)
def test_the_lines_of_real_manifests_stay(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """Each line of the examples, in its order, but for those with annotations."""
    after = annotate(text, *pairs)
    assert others(after) == others(text)
    assert after.count("\n") - text.count("\n") <= 4 * len(seen(text))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(st.text(st.sampled_from("ab:-{}[]#&*!|>'\"%@`,? \n\t\\") | st.characters(codec="utf-8"), max_size=80))
def test_no_text_makes_it_crash(text: str) -> None:
    """It is read, or refused in a sentence that names a line."""
    try:
        said = f"a.yaml:{len(contents(text, 'a.yaml').workloads)}"
    except UsageError as error:
        said = error.message
    assert said.startswith("a.yaml:")


MARKERS = ["---", "--- # c", "--- a", "---a", "  ---", "...", "... # c", "....", "  ...", "%YAML 1.1", "# c", ""]
OPEN = ["a: b", "- c", "t: |", "'", "d: 'e", 'f: "g', "h:", "\tx", "{i: j,", "k: l}"]
LINES = st.sampled_from(MARKERS) | st.sampled_from(OPEN)
ENDS = st.sampled_from(["\n", "\n", "\r\n", ""])


@settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(st.lists(st.tuples(LINES, ENDS), max_size=12).map(lambda lines: "".join(map("".join, lines))))
def test_a_text_is_cut_where_a_reader_sees_its_documents_end(text: str) -> None:
    """The parts are the text, with their lines; what one reader reads as a whole, another reads in parts."""
    cut = list(parts(text))
    assert "".join(part.text for part in cut) == text
    assert [part.line for part in cut] == [text[: text.index(part.text, at)].count("\n") for part, at in starts(cut)]
    try:
        whole = [root for root in yaml.compose_all(text, Loader=yaml.SafeLoader) if root.value]
    except yaml.YAMLError:
        return
    found = [next(yaml.compose_all(part.text, Loader=yaml.SafeLoader), None) for part in cut]
    assert [yaml.serialize(root) for root in found if root and root.value] == [yaml.serialize(root) for root in whole]


def starts(cut: list[Part]) -> list[tuple[Part, int]]:
    return [(part, sum(len(before.text) for before in cut[:number])) for number, part in enumerate(cut)]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(texts(), VALUES)
def test_both_parsers_lead_to_the_same_edit(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """libyaml's, and PyYAML's own, which half a character brings on."""
    assume("\t" not in text)
    half = "# \\ud83d\n"
    assert annotate(half + text, *pairs).removeprefix(half) == annotate(text, *pairs)


def without(found: list[Any]) -> list[Any]:
    """The objects without our keys, and without mappings that are empty."""
    return [_without(each) for each in found]


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _without(each) for key, each in value.items() if key not in OURS}
    return {key: each for key, each in kept.items() if key not in ("annotations", "metadata") or each not in ({}, None)}
