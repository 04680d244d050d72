"""The four kinds of patches, as functions."""

from __future__ import annotations

from typing import Any

import pytest

from eipctl.sandbox.kube.apply import apply, note_update
from eipctl.sandbox.kube.patches import json_patch, merge, strategic
from eipctl.sandbox.kube.statuses import ApiError

Obj = dict[str, Any]
AT = "2026-11-23T00:00:00Z"


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"a": [1]}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({}, {"a": None}, {}),
        ({"a": 1}, 7, 7),
    ],
)
def test_merge_patch(target: Obj, patch: Any, result: Any) -> None:
    """A JSON merge patch does what RFC 7396 says."""
    assert merge(target, patch) == result


def _spec(*containers: Obj, **more: Any) -> Obj:
    return {"spec": {"containers": list(containers), **more}}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        (
            _spec({"name": "a", "image": "1"}, {"name": "b", "image": "1"}),
            _spec({"name": "b", "image": "2"}),
            _spec({"name": "a", "image": "1"}, {"name": "b", "image": "2"}),
        ),
        (_spec({"name": "a"}), _spec({"name": "c"}), _spec({"name": "a"}, {"name": "c"})),
        (_spec({"name": "a"}, {"name": "b"}), _spec({"name": "a", "$patch": "delete"}), _spec({"name": "b"})),
        (_spec({"name": "a"}), _spec({"$patch": "replace"}, {"name": "z"}), _spec({"name": "z"})),
        (
            _spec({"name": "a", "env": [{"name": "X", "value": "1"}]}),
            _spec({"name": "a", "env": [{"name": "Y", "value": "2"}]}),
            _spec({"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]}),
        ),
        (
            _spec({"name": "a", "ports": [{"containerPort": 80, "name": "x"}]}),
            _spec({"name": "a", "ports": [{"containerPort": 80, "name": "y"}]}),
            _spec({"name": "a", "ports": [{"containerPort": 80, "name": "y"}]}),
        ),
        (
            _spec(volumes=[{"name": "v", "emptyDir": {}}]),
            _spec(volumes=[{"name": "w"}]),
            _spec(volumes=[{"name": "v", "emptyDir": {}}, {"name": "w"}]),
        ),
        (
            _spec({"name": "a", "args": ["1", "2"]}),
            _spec({"name": "a", "args": ["3"]}),
            _spec({"name": "a", "args": ["3"]}),
        ),
        (_spec(tolerations=[{"key": "a"}]), _spec(tolerations=[{"key": "b"}]), _spec(tolerations=[{"key": "b"}])),
        (
            {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
            {"status": {"conditions": [{"type": "x/eip", "status": "True"}, {"type": "Ready", "status": "True"}]}},
            {"status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "x/eip", "status": "True"}]}},
        ),
        (
            {"metadata": {"finalizers": ["a", "b"]}},
            {"metadata": {"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}},
            {"metadata": {"finalizers": ["b", "c"]}},
        ),
        (
            {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}},
            {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
            {"spec": {"strategy": {"type": "Recreate"}}},
        ),
        (
            {"metadata": {"labels": {"a": "1", "b": "2"}}},
            {"metadata": {"labels": {"$patch": "replace", "c": "3"}}},
            {"metadata": {"labels": {"c": "3"}}},
        ),
        (
            {"metadata": {"annotations": {"a": "1"}}},
            {"metadata": {"annotations": {"a": None}}},
            {"metadata": {"annotations": {}}},
        ),
    ],
)
def test_strategic_merge_patch(target: Obj, patch: Obj, result: Obj) -> None:
    """A strategic merge patch merges the known lists by key, replaces the others, and follows $patch directives."""
    patched = strategic(target, patch)
    for container in (patched.get("spec") or {}).get("containers") or ():
        container.pop("$patch", None)
    assert patched == result


@pytest.mark.parametrize(
    ("operations", "result"),
    [
        ([{"op": "add", "path": "/b", "value": 2}], {"a": [1, 2], "x/y": 1, "b": 2}),
        ([{"op": "add", "path": "/a/1", "value": 9}], {"a": [1, 9, 2], "x/y": 1}),
        ([{"op": "add", "path": "/a/-", "value": 9}], {"a": [1, 2, 9], "x/y": 1}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2], "x/y": 1}),
        ([{"op": "replace", "path": "/a/0", "value": 7}], {"a": [7, 2], "x/y": 1}),
        ([{"op": "replace", "path": "/x~1y", "value": 7}], {"a": [1, 2], "x/y": 7}),
        ([{"op": "move", "from": "/a/0", "path": "/c"}], {"a": [2], "x/y": 1, "c": 1}),
        ([{"op": "copy", "from": "/a", "path": "/c"}], {"a": [1, 2], "x/y": 1, "c": [1, 2]}),
        ([{"op": "test", "path": "/a", "value": [1, 2]}], {"a": [1, 2], "x/y": 1}),
    ],
)
def test_json_patch(operations: list[Obj], result: Obj) -> None:
    """A JSON patch does what RFC 6902 says, and leaves its target as it was."""
    target = {"a": [1, 2], "x/y": 1}
    assert json_patch(target, operations) == result
    assert target == {"a": [1, 2], "x/y": 1}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/a", "value": 2},
        {"op": "remove", "path": "/b"},
        {"op": "replace", "path": "/b/c", "value": 1},
        {"op": "add", "path": "/l/5", "value": 1},
        {"op": "add", "path": "/l/x", "value": 1},
    ],
)
def test_json_patch_that_does_not_fit(operation: Obj) -> None:
    """A failed test or a path that isn't there is refused with 422."""
    with pytest.raises(ApiError) as refused:
        json_patch({"a": 1, "l": [1]}, [operation])
    assert refused.value.code == 422


def _workload(**spec: Any) -> Obj:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def test_apply_keeps_what_others_own() -> None:
    """Applying sets and takes away one's own fields only."""
    made = apply(None, _workload(replicas=1, paused=True), "me", AT, force=False)
    made = note_update(made, {**made, "spec": {**made["spec"], "minReadySeconds": 5}}, "other", AT)
    made = apply(made, _workload(replicas=2), "me", AT, force=False)
    assert made["spec"] == {"replicas": 2, "minReadySeconds": 5}


def test_apply_of_a_field_that_another_owns_conflicts() -> None:
    """Another's field is only taken with force, and the refusal names field and owner."""
    made = apply(None, _workload(replicas=1), "me", AT, force=False)
    made = note_update(made, {**made, "spec": {"replicas": 3}}, "kubectl", AT)
    with pytest.raises(ApiError) as refused:
        apply(made, _workload(replicas=1), "me", AT, force=False)
    assert refused.value.message == (
        'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas'
    )
    forced = apply(made, _workload(replicas=1), "me", AT, force=True)
    assert [entry["manager"] for entry in forced["metadata"]["managedFields"]] == ["me"]


def test_conflicts_are_told_by_owner() -> None:
    """Several conflicts are listed under their owners, elements of lists by their key."""
    container = {"containers": [{"name": "web", "image": "a"}]}
    made = apply(None, _workload(replicas=1, template={"spec": container}), "me", AT, force=False)
    other = _workload(replicas=2, template={"spec": {"containers": [{"name": "web", "image": "b"}]}})
    with pytest.raises(ApiError) as refused:
        apply(made, other, "you", AT, force=False)
    assert refused.value.message == (
        'Apply failed with 2 conflicts: conflicts with "me":\n- .spec.replicas\n'
        '- .spec.template.spec.containers[name="web"].image'
    )


def test_the_same_value_is_shared() -> None:
    """Two managers that want the same own the field together, and neither's leaving removes it."""
    made = apply(None, _workload(replicas=1), "me", AT, force=False)
    made = apply(made, _workload(replicas=1), "you", AT, force=False)
    made = apply(made, _workload(), "me", AT, force=False)
    assert made["spec"] == {"replicas": 1}


def test_applying_the_same_again_changes_nothing() -> None:
    """A second apply of the same leaves even the time of the entry as it is."""
    made = apply(None, _workload(replicas=1), "me", AT, force=False)
    assert apply(made, _workload(replicas=1), "me", "2027-01-01T00:00:00Z", force=False) == made
