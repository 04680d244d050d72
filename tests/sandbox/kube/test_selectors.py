"""Selectors, as functions."""

from __future__ import annotations

from typing import Any

import pytest

from eipctl.sandbox.kube import selectors
from eipctl.sandbox.kube.resources import BUILT_IN
from eipctl.sandbox.kube.statuses import ApiError

KINDS = {(resource.group, resource.plural): resource for resource in BUILT_IN}
LABELS = {"app": "web", "tier": "front", "k8s.io/part": "x"}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("app=web", True),
        ("app==web", True),
        ("app=api", False),
        ("app!=api", True),
        ("nope!=x", True),
        ("app in (web,api)", True),
        ("app notin (web)", False),
        ("nope notin (web)", True),
        ("app", True),
        ("!app", False),
        ("!nope", True),
        ("app=web,tier in (front, back),!nope", True),
        ("app=web,tier=back", False),
        ("k8s.io/part=x", True),
        ("nope=", False),
    ],
)
def test_label_selectors(text: str, chosen: bool) -> None:
    """Every form of a label selector chooses what it says."""
    test = selectors.labels(text)
    assert test is not None
    assert test({"metadata": {"labels": LABELS}}) is chosen


@pytest.mark.parametrize("text", ["a b", "a in x", "=x", "a=b=c", "in (a)"])
def test_wrong_label_selectors(text: str) -> None:
    """What is no selector is a bad request."""
    with pytest.raises(ApiError) as refused:
        selectors.labels(text)
    assert refused.value.code == 400


POD: dict[str, Any] = {
    "metadata": {"name": "p", "namespace": "shop"},
    "spec": {"nodeName": "n1"},
    "status": {"phase": "Running", "podIP": "10.0.0.1"},
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("metadata.name=p", True),
        ("metadata.namespace!=shop", False),
        ("spec.nodeName=n1,status.phase=Running", True),
        ("status.phase!=Running", False),
        ("status.podIP==10.0.0.1", True),
        ("status.nominatedNodeName=", True),
        ("spec.hostNetwork=false", True),
    ],
)
def test_field_selectors(text: str, chosen: bool) -> None:
    """Field selectors compare the fields a kind allows; a missing field is empty."""
    test = selectors.fields(text, KINDS["", "pods"])
    assert test is not None
    assert test(POD) is chosen


@pytest.mark.parametrize(
    ("text", "plural"), [("spec.nodeName=n", "configmaps"), ("status.podIPs=x", "pods"), ("x", "pods")]
)
def test_fields_that_a_kind_does_not_select_by(text: str, plural: str) -> None:
    """A field that this kind can't be selected by is a bad request."""
    with pytest.raises(ApiError) as refused:
        selectors.fields(text, KINDS["", plural])
    assert refused.value.code == 400


def test_events_are_selected_by_either_groups_names() -> None:
    """An Event's object is named involvedObject in v1 and regarding in events.k8s.io/v1."""
    event = {"metadata": {}, "involvedObject": {"name": "p"}}
    for text, group in (("involvedObject.name=p", ""), ("regarding.name=p", "events.k8s.io")):
        test = selectors.fields(text, KINDS[group, "events"])
        assert test is not None
        assert test(event)


def test_no_selector() -> None:
    """An empty selector is none."""
    assert selectors.labels(" ") is None
    assert selectors.fields("", KINDS["", "pods"]) is None
