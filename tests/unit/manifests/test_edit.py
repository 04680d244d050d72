"""Edits of manifests, each beside what must become of it, and the texts that are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.settings import K8S
from eipctl.manifests.edit import Edit, edited
from eipctl.manifests.find import contents

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*.before.*"))
WITH_EIP, BANDWIDTH = K8S + "pod-with-eip", K8S + "eip-bandwidth"
WANTED = ((WITH_EIP, "true"), (BANDWIDTH, "5"))


def annotate(text: str, *pairs: tuple[str, str], remove: tuple[str, ...] = ()) -> str:
    """Every workload of the text."""
    paths = [(found.part, (*found.path, *found.workload.where)) for found in contents(text, "a.yaml").workloads]
    assert paths
    return edited(text, [Edit(part, path, pairs, remove) for part, path in paths], "a.yaml")


def read(path: Path) -> str:
    return path.read_bytes().decode()


@pytest.mark.parametrize("before", CASES, ids=[case.name.partition(".")[0] for case in CASES])
def test_the_text_becomes_what_it_should(before: Path) -> None:
    """Byte for byte; the second time there is nothing to change."""
    after = before.with_name(before.name.replace("before", "after"))
    found = annotate(read(before), *WANTED)
    if os.environ.get("EIPCTL_GOLDEN") == "write":
        after.write_bytes(found.encode())
    assert found == read(after)
    assert annotate(found, *WANTED) == found


@pytest.mark.parametrize("before", CASES, ids=[case.name.partition(".")[0] for case in CASES])
def test_removal_leaves_nothing_of_ours(before: Path) -> None:
    """And every other line, but for an `annotations:` that has nothing left."""
    after = annotate(read(before), *WANTED)
    removed = annotate(after, remove=(WITH_EIP, BANDWIDTH))
    assert all(WITH_EIP not in found.workload.annotations for found in contents(removed, "a.yaml").workloads)
    lines = [line for line in after.splitlines() if "k8s.aliyun.com" not in line and "annotations" not in line]
    kept = [line.rstrip(",") for line in removed.splitlines()]
    single = len(kept) == 1
    assert single or all(
        line.rstrip(",") in kept or line.strip() in ("{", "},", "}", "metadata:", "some", "text") for line in lines
    )


POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"
REFUSED = [
    ("kind: {{ .Values.kind }}\n", Code.MANIFEST_TEMPLATE, "a.yaml:1"),
    (POD + '{{- include "labels" . | nindent 2 }}\n', Code.MANIFEST_TEMPLATE, "looks like a template"),
    (POD.replace("web", '"{{ .Release.Name }}-web"'), Code.MANIFEST_TEMPLATE, "a.yaml:1 looks like a template"),
    (POD + "  labels: {app: '{{ .Chart.Name }}'}\n", Code.MANIFEST_TEMPLATE, "looks like a template"),
    (POD + 'spec: {containers: [{image: "{{ .Values.image }}"}]}\n', Code.MANIFEST_TEMPLATE, "looks like a template"),
    (POD + "  name: again\n", Code.MANIFEST, "a.yaml:5 can't be read as a manifest: the key 'name' is given twice"),
    (POD + "\tspec: {}\n", Code.MANIFEST, "a.yaml:5"),
    (POD + "spec: [\n", Code.MANIFEST, "a.yaml:6"),
    (POD + "spec: *nowhere\n", Code.MANIFEST, "a.yaml:5"),
    (POD + "spec: &a {inner: *a}\n", Code.MANIFEST, "an anchor contains itself"),
    (POD + "? [a]\n: b\n", Code.MANIFEST, "a key is not a string"),
    (POD + 'spec: "\x07"\n', Code.MANIFEST, "a.yaml:5"),
    (POD.replace("metadata:", "metadata: &meta") + "other: *meta\n", Code.MANIFEST_LAYOUT, "shares"),
    ("base: &base {name: web}\n" + POD.replace("metadata:\n  name: web", "metadata: *base"), Code.MANIFEST_LAYOUT, ""),
    (f"x: &x {{annotations: {{a: b}}}}\n{POD}  <<: *x\n", Code.MANIFEST_LAYOUT, "a merge key brings the annotations"),
    (
        f"x: &x {{metadata: {{name: b}}}}\n{POD.partition('metadata')[0]}<<: *x\n",
        Code.MANIFEST_LAYOUT,
        "brings the meta",
    ),
    (POD.replace("metadata:\n  name: web\n", "metadata: [a]\n"), Code.MANIFEST_LAYOUT, "is not a mapping"),
    (POD + "  annotations: [a]\n", Code.MANIFEST_LAYOUT, "annotations is not a mapping"),
    (POD + "  annotations:\n    ? a\n    : b\n", Code.MANIFEST_LAYOUT, "its layout does not allow the change"),
    (POD.replace("metadata:\n", "metadata:\n  !!map\n"), Code.MANIFEST_LAYOUT, "its layout"),
    ((POD + "  annotations:\n    a: b\nspec: {}\n").replace("\n", "\r"), Code.MANIFEST_LAYOUT, "its layout"),
    (f"{POD}---\n{POD}  annotations:\n    ? a\n    : b\n", Code.MANIFEST_LAYOUT, "a.yaml:11 can't be edited"),
    (f"{POD}---\n{POD}spec: [\n", Code.MANIFEST, "a.yaml:11 can't be read"),
    (f'{POD}---\n{POD}spec: "\x07"\n', Code.MANIFEST, "a.yaml:10 can't be read"),
    (POD.replace("\n", "\r") + "---\r" + POD, Code.MANIFEST, "its documents are not separated by a line"),
]


@pytest.mark.parametrize(("text", "code", "says"), REFUSED)
def test_what_can_not_be_edited_is_refused(text: str, code: Code, says: str) -> None:
    """With file, line and reason; a template is called one."""
    with pytest.raises(UsageError) as raised:
        annotate(text, *WANTED)
    assert (raised.value.code, raised.value.object) == (code, "a.yaml")
    assert says in raised.value.message
    assert raised.value.hint


def test_what_a_merge_key_brings_can_not_be_taken_off() -> None:
    """It is in another place; to set a value of one's own is possible."""
    text = f"base: &base {{{WITH_EIP}: yes}}\n{POD}  annotations:\n    <<: *base\n"
    with pytest.raises(UsageError, match="a merge key brings the annotations"):
        annotate(text, remove=(WITH_EIP,))
    assert annotate(text, (WITH_EIP, "true")) == f'{text}    {WITH_EIP}: "true"\n'


def flow(metadata: str) -> str:
    """A Pod with this metadata."""
    return POD.replace("metadata:\n  name: web\n", f"metadata: {metadata}")


LOSING = [
    flow(f"{{name: web, annotations: {{{WITH_EIP}: 'true' # of ours\n }}}}"),
    flow(f"{{name: web, annotations: {{{WITH_EIP}: 'true', # of ours\n a: b}}}}"),
    flow(f"{{name: web, annotations: {{a: b, {WITH_EIP}: # of ours\n 'true', c: d}}}}"),
    flow(f"{{name: web, annotations: {{a: b, {WITH_EIP}: 'true' # of ours\n }}}}"),
    flow(f"{{name: web, annotations: {{a: b # of a\n , {WITH_EIP}: 'true'\n }}}}"),
    f'{POD}  annotations:\n    {WITH_EIP}: "true" # of ours\n',
    f"{POD}  annotations:\n    a: b\n    {WITH_EIP}: | # of ours\n      true\n",
]


@pytest.mark.parametrize("text", LOSING)
def test_nothing_is_taken_off_where_its_comment_would_get_lost(text: str) -> None:
    """Or stand beside another key; the same without comments can be done."""
    with pytest.raises(UsageError, match="would lose a comment") as raised:
        annotate(text, remove=(WITH_EIP,))
    assert raised.value.code is Code.MANIFEST_LAYOUT
    bare = "\n".join(line.partition("#")[0].rstrip() for line in text.splitlines())
    assert WITH_EIP not in annotate(bare, remove=(WITH_EIP,))


OURS = f"{WITH_EIP}: 'true'"
KEPT = [
    (
        flow(f"{{name: web, annotations: {{a: b, # of a\n {OURS}}}}}"),
        flow("{name: web, annotations: {a: b # of a\n }}"),
    ),
    (flow(f"{{name: web, annotations: {{ # none\n {OURS}\n }}}}"), flow("{name: web, annotations: { # none\n }}")),
    (flow(f"{{name: web, # of it\n annotations: {{{OURS}}}}}"), flow("{name: web # of it\n }")),
    (flow(f"{{annotations: {{{OURS}}}}}  # labels come"), flow("{}  # labels come")),
    (f"{POD}  annotations: # ask first\n    {OURS}\n", f"{POD}  annotations: # ask first\n"),
    (f"{POD}  annotations:\n    # ask first\n    {OURS}\n", f"{POD}  annotations:\n    # ask first\n"),
    (f"{POD}  annotations:\n    {OURS}\n    # a: b\n", f"{POD}  annotations:\n    # a: b\n"),
    (f"{POD}  annotations:\n    {OURS}\n  # labels:\n", f"{POD}  # labels:\n"),
    (f"{POD}  annotations: {{{OURS}}}\n", f"{POD}  annotations: {{}}\n"),
    (f"{POD}  annotations: {{ {OURS} }}\n", f"{POD}  annotations:\n"),
    (f"{POD}  annotations: {{         {OURS} }}\n", f"{POD}  annotations: {{}}\n"),
    (flow(f"{{name: web, annotations: {{{OURS}}}}}"), flow("{name: web}")),
    (flow(f"{{name: web, annotations: {{ {OURS} }}}}"), flow("{name: web, annotations: {}}")),
    (f"{POD}  annotations:\n    a: b\n    {OURS}", f"{POD}  annotations:\n    a: b"),
    (f"{POD}  annotations:\r\n    a: b\r\n    {OURS}", f"{POD}  annotations:\r\n    a: b"),
]


@pytest.mark.parametrize(("text", "removed"), KEPT)
def test_a_comment_keeps_its_owner_when_entries_go(text: str, removed: str) -> None:
    """The key that a comment is about stays, with nothing in it; so does a mapping that was empty before."""
    assert annotate(text, remove=(WITH_EIP,)) == removed


ADDED: list[tuple[str, str]] = [
    ("{\n      a: b # of a\n    }", f'{{\n      a: b, # of a\n      {WITH_EIP}: "true"\n    }}'),
    ("{\n      a: b, # of a\n    }", f'{{\n      a: b, # of a\n      {WITH_EIP}: "true",\n    }}'),
    ("{a: b # of a\n    }", f'{{a: b, # of a\n    {WITH_EIP}: "true"\n    }}'),
    ("\n    # of a\n    a: |\n      b\n", f'\n    # of a\n    a: |\n      b\n    {WITH_EIP}: "true"\n'),
    ("\n    a: |+\n      b\n\n", f'\n    a: |+\n      b\n\n    {WITH_EIP}: "true"\n'),
    ("\n    a: b\n    # of c\n    c: |\n      d", f'\n    a: b\n    {WITH_EIP}: "true"\n    # of c\n    c: |\n      d'),
    ("\n    # of c\n    c: |\n      d", f'\n    {WITH_EIP}: "true"\n    # of c\n    c: |\n      d'),
    ("{}", f'{{{WITH_EIP}: "true"}}'),
    ("", f' {{ {WITH_EIP}: "true" }}'),
    ("{ }", f'{{  {WITH_EIP}: "true" }}'),
    ("null # none yet", f'{{   {WITH_EIP}: "true" }} # none yet'),
    ("{ # none\n    }", f'{{ # none\n      {WITH_EIP}: "true"\n    }}'),
]


@pytest.mark.parametrize(("before", "after"), ADDED)
def test_a_comment_keeps_its_owner_when_entries_come(before: str, after: str) -> None:
    """They go behind the comment beside the last entry, and never between a comment and what it is above."""
    text, annotated = (f"{POD}  annotations:{' ' if each and each[0] != ' ' else ''}{each}" for each in (before, after))
    assert annotate(text, (WITH_EIP, "true")) == annotated
    assert annotate(annotated, remove=(WITH_EIP,)) == text


def test_a_text_that_means_too_much_is_refused() -> None:
    """A billion laughs in ten lines."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(UsageError, match="too large"):
        contents("\n".join(lines), "a.yaml")


@pytest.mark.parametrize("depth", [900, 50_000])
def test_a_deeply_nested_text_is_refused(depth: int) -> None:
    """Not a crash."""
    with pytest.raises(UsageError, match="nest"):
        contents("[" * depth + "]" * depth, "a.yaml")


def test_values_are_what_the_text_spells() -> None:
    """A number and a truth value are named, with their line; null is the empty text, as the API server has it."""
    text = f"# one\n---\n{POD}  annotations:\n    {BANDWIDTH}: 05\n    {WITH_EIP}: yes\n    empty:\n"
    (found,) = contents(text, "a.yaml").workloads
    assert found.workload.annotations == {BANDWIDTH: "05", WITH_EIP: "yes", "empty": ""}
    assert found.unquoted == ((BANDWIDTH, "05"), (WITH_EIP, "yes"))
    assert (found.line, found.part, found.workload.namespace, found.named) == (3, 0, "default", "")


def test_what_is_no_scalar_is_told_as_json() -> None:
    """Tags without their quotes are a mapping to YAML; an object of no kind is none."""
    tags, forgotten = K8S + "eip-tags", "{team: games, size: 5}"
    text = (
        f"{POD}  annotations:\n    {tags}: {forgotten} # ours\n---\nspec: {{template: {{spec: {{containers: []}}}}}}\n"
    )
    (found,) = contents(text, "a.yaml").workloads
    spelled = '{"team": "games", "size": "5"}'
    assert found.unquoted == ((tags, spelled),)
    assert annotate(text, *found.unquoted) == text.replace(forgotten, json.dumps(spelled))


@pytest.mark.parametrize("rows", [0, 1, 3, 4])
def test_a_new_line_ends_like_the_one_before_it(rows: int) -> None:
    """Where somebody's editor has mixed both kinds of ends, too."""
    text = POD.replace("\n", "\r\n", rows) + "spec: {}\n"
    before, after = text.splitlines(keepends=True), annotate(text, (WITH_EIP, "true")).splitlines(keepends=True)
    new = [line for line in after if line not in before]
    assert [line.endswith("\r\n") for line in new] == [rows >= 3] * 2
    assert [line for line in after if line in before] == before


def test_strings_are_quoted_so_that_both_languages_read_them() -> None:
    """Quotes, control characters, and what YAML does not print."""
    value = 'a "b" \\ \x7f \u2028 \U0001f600 é'
    (found,) = contents(annotate(POD, (WITH_EIP, value)), "a.yaml").workloads
    assert found.workload.annotations == {WITH_EIP: value}


def test_keys_are_taken_off_the_objects_own_metadata_too() -> None:
    """A mapping that stays is not reformatted; a strategy is made with what it needs."""
    text = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations: {a: b, c: d, e: f}\n"
        "spec:\n  strategy:\n    rollingUpdate:\n      maxSurge: 1\n    type: RollingUpdate\n  template: {}\n"
    )
    edits = [
        Edit(0, ("metadata", "annotations"), remove=("c", "e", "other")),
        Edit(0, ("spec", "strategy"), (("type", "Recreate"),), ("rollingUpdate",)),
    ]
    expected = text.replace("{a: b, c: d, e: f}", "{a: b}").replace("    rollingUpdate:\n      maxSurge: 1\n", "")
    assert edited(text, edits, "a.yaml") == expected.replace("RollingUpdate", '"Recreate"')
    assert edited(text, [Edit(0, ("metadata", "annotations"), remove=("a", "e"))], "a.yaml").count("{c: d}") == 1


def test_a_comment_beside_a_key_without_a_value_stays_beside_it() -> None:
    """It does not end up behind the last of the new entries."""
    before = f"{POD}  annotations: # none yet"
    after = annotate(before, (WITH_EIP, "true"))
    assert after == f'{before}\n    {WITH_EIP}: "true"'
    assert annotate(after, remove=(WITH_EIP,)) == before


def test_a_strategy_in_one_line_becomes_another() -> None:
    """Also one that holds nothing of what it becomes, as JSON may have it."""
    text = '{"kind":"Deployment","spec":{"strategy":{"rollingUpdate":{"maxSurge":1}},"replicas":1}}'
    edit = Edit(0, ("spec", "strategy"), (("type", "Recreate"),), ("rollingUpdate",))
    assert edited(text, [edit], "a.json") == text.replace('"rollingUpdate":{"maxSurge":1}', '"type":"Recreate"')
