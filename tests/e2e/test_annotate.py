"""annotate against the sandbox: what is written, what restarts, and what is refused before anything is written."""

from __future__ import annotations

import copy
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, ExitCode, Failed, Refused, UsageError
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.engine.run import carry_out
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from eipctl.sandbox.cloud.cloud import ROOT
from tests.e2e.user import NGINX

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User

WORKLOAD = f"deployment/{NGINX}"
WITH_EIP, BANDWIDTH = "k8s.aliyun.com/pod-with-eip", "k8s.aliyun.com/eip-bandwidth"
ASKED: dict[str, Any] = {"eip": "true", "bandwidth": "5"}


def annotate(session: Session, *workloads: str, remove: bool = False, **settings: Any) -> Prepared:
    options = AnnotateOptions(
        scope=Scope(words=workloads or (WORKLOAD,)), settings=EipSettings.of(**settings), remove=remove
    )
    return prepare_annotate(session, options)


def on_template(user: User) -> dict[str, str]:
    found: dict[str, str] = user.deployment()["spec"]["template"]["metadata"].get("annotations") or {}
    return found


def edit(user: User, **spec: Any) -> None:
    changed = copy.deepcopy(user.deployment())
    changed["spec"].update(spec)
    user.objects.update("deployments", changed)


@pytest.fixture
def user(modern: User) -> User:
    """With the documentation's Deployment."""
    modern.apply_example()
    return modern


def test_the_template_gets_strings_and_the_pods_are_replaced(user: User) -> None:
    """The plan says how many Pods restart, and they do; the Deployment's own metadata stays as it is."""
    before = {pod["metadata"]["uid"] for pod in user.pods()}
    prepared = annotate(user.session(), **ASKED)
    assert [action.as_data()["restarts"] for action in prepared.plan.actions] == [2]
    user.done(partial(annotate, **ASKED))
    assert on_template(user) == {WITH_EIP: "true", BANDWIDTH: "5"}
    assert WITH_EIP not in (user.deployment()["metadata"].get("annotations") or {})
    user.until(user.rolled_out)
    pods = user.pods()
    assert not before & {pod["metadata"]["uid"] for pod in pods}
    assert all(pod["metadata"]["annotations"][BANDWIDTH] == "5" for pod in pods)


def test_unchanged_means_no_call(user: User) -> None:
    """The second plan is empty and writes nothing."""
    user.done(partial(annotate, **ASKED))
    user.sandbox.calls.clear()
    prepared = annotate(user.session(), **ASKED)
    assert prepared.plan.empty
    assert user.writes() == []


def test_remove_takes_off_exactly_our_keys_under_both_prefixes(user: User) -> None:
    """Other annotations of the template stay."""
    changed = copy.deepcopy(user.deployment())
    mine = {WITH_EIP: "true", "network.alibabacloud.com/eip-bandwidth": "7"}
    changed["spec"]["template"]["metadata"]["annotations"] = {**mine, "team": "games"}
    user.objects.update("deployments", changed)
    user.done(partial(annotate, remove=True))
    assert on_template(user) == {"team": "games"}
    assert annotate(user.session(), remove=True).plan.empty


def test_a_live_pod_is_annotated_without_restart(user: User) -> None:
    """Its UID stays, and bind does the rest."""
    pod = user.pods()[0]["metadata"]
    prepared = annotate(user.session(), f"pod/{pod['name']}", **ASKED)
    assert [action.as_data()["restarts"] for action in prepared.plan.actions] == [0]
    user.done(lambda session: annotate(session, f"pod/{pod['name']}", **ASKED))
    after = next(item["metadata"] for item in user.pods() if item["metadata"]["name"] == pod["name"])
    assert (after["uid"], after["annotations"][WITH_EIP]) == (pod["uid"], "true")


def test_a_selector_finds_all_of_a_kind(user: User) -> None:
    """-l with the kind."""
    options = AnnotateOptions(scope=Scope(words=("deploy",), selector="app=nginx"), settings=EipSettings.of(eip="true"))
    prepared = prepare_annotate(user.session(), options)
    assert [action.object for action in prepared.plan.actions] == [f"deployment/default/{NGINX}"]


def test_lints_refuse_the_whole_plan_before_anything_is_written(user: User) -> None:
    """One EIP for two replicas can't work: exit 5, and --force names the code."""
    user.sandbox.calls.clear()
    with pytest.raises(Refused) as raised:
        annotate(user.session(), instance_id="eip-bp1abc")
    assert raised.value.code is Code.ID_WITH_REPLICAS
    assert "--force EIP403" in raised.value.hint
    assert user.writes() == []


def test_force_lifts_the_lints_that_it_names(user: User) -> None:
    """The plan goes on and the problem is a note."""
    codes = ("EIP403", "EIP404", "EIP502")
    settings = EipSettings.of(instance_id="eip-bp1abc")
    options = AnnotateOptions(scope=Scope(words=(WORKLOAD,)), settings=settings, force=codes)
    prepared = prepare_annotate(user.session(), options)
    assert not prepared.plan.empty
    assert [note[:6] for note in prepared.plan.notes if "--force" in note] == [*codes]


def test_a_change_of_other_parts_meanwhile_does_not_hinder(user: User) -> None:
    """A controller's status update or a scale between plan and write is no conflict."""
    session = user.session()
    prepared = annotate(session, **ASKED)
    edit(user, replicas=3)
    result = carry_out(session, prepared)
    assert result.exit is ExitCode.OK
    assert on_template(user)[BANDWIDTH] == "5"
    assert user.deployment()["spec"]["replicas"] == 3


def test_a_change_meanwhile_that_a_lint_forbids_hinders(user: User) -> None:
    """An EIP by id is for one Pod: scaled up between plan and write, the Deployment does not get it."""
    edit(user, replicas=1, strategy={"type": "Recreate"})
    eip = user.cloud.call(ROOT, "vpc", "AllocateEipAddress", {"Bandwidth": "5"})["AllocationId"]
    session = user.session()
    prepared = annotate(session, instance_id=eip)
    edit(user, replicas=3)
    (error,) = carry_out(session, prepared).errors
    assert isinstance(error, Refused)
    assert error.code is Code.ID_WITH_REPLICAS
    assert on_template(user) == {}


def test_somebody_elses_value_for_the_same_key_is_not_overwritten(user: User) -> None:
    """The plan was made from another value: it says so and writes nothing."""
    session = user.session()
    prepared = annotate(session, **ASKED)
    template = copy.deepcopy(user.deployment()["spec"]["template"])
    template["metadata"]["annotations"] = {BANDWIDTH: "9"}
    edit(user, template=template)
    result = carry_out(session, prepared)
    (error,) = result.errors
    assert error.code is Code.KUBE_CONFLICT
    assert error.message == "someone else changed deployment/default/nginx-deployment-basic in the meantime"
    assert on_template(user) == {BANDWIDTH: "9"}


@pytest.mark.parametrize("fault", ["lose", "reset"])
def test_a_lost_answer_is_looked_up(user: User, fault: str) -> None:
    """Written or not, in the end it is written once."""
    user.sandbox.faults.add({"do": fault, "service": "kube", "api": "patch", "object": "deployments/.*"})
    user.done(partial(annotate, **ASKED))
    assert on_template(user) == {WITH_EIP: "true", BANDWIDTH: "5"}


def test_an_unknown_workload_is_named_with_the_nearest(user: User) -> None:
    """Exit 1 and a suggestion; nothing is written."""
    with pytest.raises(Failed, match="no Deployment 'nginx-deployment'") as raised:
        annotate(user.session(), "deployment/nginx-deployment", eip="true")
    assert raised.value.code is Code.WORKLOAD_NOT_FOUND
    assert NGINX in raised.value.hint


@pytest.mark.parametrize(
    ("workloads", "settings"),
    [(("web",), ASKED), (("deployment/",), ASKED), (("deployment/a/b",), ASKED), ((WORKLOAD,), {})],
)
def test_what_names_nothing_is_a_usage_error(user: User, workloads: tuple[str, ...], settings: dict[str, Any]) -> None:
    """Exit 2, with how to write it."""
    with pytest.raises(UsageError) as raised:
        annotate(user.session(), *workloads, **settings)
    assert raised.value.exit is ExitCode.USAGE


def test_a_daemonset_says_how_many_pods_restart(legacy: User) -> None:
    """Its object names no number; its Pods are counted."""
    session = legacy.session()
    options = AnnotateOptions(
        scope=Scope(words=("ds/terway-eniip",), namespaces=("kube-system",)),
        settings=EipSettings.of(eip="true"),
        force=("EIP407",),
    )
    (action,) = prepare_annotate(session, options).plan.actions
    assert action.as_data()["restarts"] == 3


def test_annotate_needs_no_cloud_credentials(user: User) -> None:
    """It plans and writes with a kubeconfig alone."""
    session = user.session(environ={"KUBECONFIG": user.sandbox.env()["KUBECONFIG"]}, endpoint_url=None)
    assert carry_out(session, annotate(session, **ASKED)).exit is ExitCode.OK
    assert on_template(user) == {WITH_EIP: "true", BANDWIDTH: "5"}


def test_an_unreachable_cluster_is_one_sentence(user: User, tmp_path: Path) -> None:
    """No traceback, no hang."""
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", user.sandbox.kubeconfig.read_text()))
    with pytest.raises(EipctlError) as raised:
        annotate(user.session(kubeconfig=str(nowhere)), **ASKED)
    assert raised.value.code is Code.KUBE_UNREACHABLE
