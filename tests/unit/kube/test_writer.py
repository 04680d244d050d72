"""Every change says which very object it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from eipctl.base.errors import KubeError, OutcomeUnknown
from eipctl.domain.actions.workloads import AnnotateWorkload
from eipctl.domain.facts import ConfigMap, Pod
from eipctl.kube.writer import EipCondition, KubeWriter
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted

OK = Answer(body={"metadata": {"resourceVersion": "8"}})
CONFLICT = Answer(409, {"kind": "Status", "reason": "Conflict", "message": "the UID is another"})


@pytest.fixture
def writer(client: KubeClient) -> KubeWriter:
    """The writer, as the engine sees it."""
    return KubeWriter(client)


def workload(api_version: str, plural: str, *template_path: str) -> AnnotateWorkload:
    """An Action that sets one annotation and removes another."""
    return AnnotateWorkload(
        reason="",
        api_version=api_version,
        kind="X",
        plural=plural,
        namespace="shop",
        name="web",
        resource_version="5",
        set=(("a", "1"),),
        remove=("b",),
        annotations_path=(*template_path, "metadata", "annotations"),
    )


def test_a_pod_is_told_by_uid_in_one_write(api: Scripted, writer: KubeWriter) -> None:
    """The patch of its status carries the UID, the annotations, and the condition where its readiness waits."""
    api.plan(OK, OK)
    writer.record_eip("shop", "web-0", "u-1", {"a": "1", "b": None}, None)
    writer.record_eip("shop", "web-0", "u-1", {}, EipCondition(bound=True, message="m"))
    plain, gated = api.seen
    assert (plain.method, plain.path) == ("PATCH", "/api/v1/namespaces/shop/pods/web-0/status")
    assert plain.body == {"metadata": {"uid": "u-1", "annotations": {"a": "1", "b": None}}}
    assert plain.query == {"fieldManager": "eipctl"}
    (condition,) = gated.body["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("k8s.aliyun.com/eip", "True")


SET = {"a": "1", "b": None}


@pytest.mark.parametrize(
    ("action", "path", "body"),
    [
        (
            workload("apps/v1", "deployments", "spec", "template"),
            "/apis/apps/v1/namespaces/shop/deployments/web",
            {"metadata": {"resourceVersion": "5"}, "spec": {"template": {"metadata": {"annotations": SET}}}},
        ),
        (
            workload("batch/v1", "cronjobs", "spec", "jobTemplate", "spec", "template"),
            "/apis/batch/v1/namespaces/shop/cronjobs/web",
            {
                "metadata": {"resourceVersion": "5"},
                "spec": {"jobTemplate": {"spec": {"template": {"metadata": {"annotations": SET}}}}},
            },
        ),
        (
            workload("v1", "pods"),
            "/api/v1/namespaces/shop/pods/web",
            {"metadata": {"resourceVersion": "5", "annotations": SET}},
        ),
    ],
)
def test_a_workload_is_annotated_by_resource_version(
    api: Scripted, writer: KubeWriter, action: AnnotateWorkload, path: str, body: object
) -> None:
    """The template's annotations are patched where the kind has its template."""
    api.plan(OK)
    writer.annotate_workload(action)
    assert (api.seen[0].path, api.seen[0].body) == (path, body)


CONFIG = ConfigMap("kube-system", "eni-config", "7", {"eni_conf": "{}", "other": "x"})


def test_one_key_of_a_config_map(api: Scripted, writer: KubeWriter) -> None:
    """Only the key and the annotations given are sent, with the resourceVersion; the new one comes back."""
    api.plan(OK)
    assert writer.replace_config_key(CONFIG, "eni_conf", '{"a":1}', {"record": None}) == "8"
    assert api.seen[0].body == {
        "metadata": {"resourceVersion": "7", "annotations": {"record": None}},
        "data": {"eni_conf": '{"a":1}'},
    }


def test_a_written_config_map_whose_answer_is_unreadable(api: Scripted, writer: KubeWriter) -> None:
    """An answer that isn't an object leaves the outcome unknown."""
    api.plan(Answer(body=b"<html>"))
    with pytest.raises(OutcomeUnknown):
        writer.replace_config_key(CONFIG, "eni_conf", "{}", {})


def test_a_pod_is_deleted_by_uid(api: Scripted, writer: KubeWriter) -> None:
    """The deletion carries the UID as a precondition; an absent Pod is done."""
    api.plan(OK)
    writer.delete_pod("kube-system", "terway-x", "u-1")
    writer.delete_pod("kube-system", "terway-gone", "u-2")
    assert (api.seen[0].method, api.seen[0].body["preconditions"]) == ("DELETE", {"uid": "u-1"})
    assert len(api.seen) == 2


def test_somebody_else_was_faster(api: Scripted, writer: KubeWriter) -> None:
    """Another object under the name is a conflict for every kind of change."""
    api.plan(CONFLICT, CONFLICT, CONFLICT, CONFLICT)
    with pytest.raises(KubeError, match="the UID is another"):
        writer.record_eip("shop", "web-0", "u-1", {}, None)
    with pytest.raises(KubeError):
        writer.annotate_workload(workload("v1", "pods"))
    with pytest.raises(KubeError):
        writer.replace_config_key(CONFIG, "eni_conf", "", {})
    with pytest.raises(KubeError) as raised:
        writer.delete_pod("shop", "web-0", "u-1")
    assert raised.value.status == 409


def test_a_refusal_that_is_written_already_stays_as_it_is(api: Scripted, writer: KubeWriter) -> None:
    """Nothing has changed, so nothing is written: it is not even counted."""
    api.plan(CONFLICT)
    writer.refusal(Pod("shop", "web-0", "u-1", datetime(2026, 11, 23, tzinfo=UTC)), "no")
    (only,) = api.seen
    assert (only.method, only.body["reason"], only.body["involvedObject"]["uid"]) == ("POST", "EIPRefused", "u-1")
