"""annotate on living clusters, as kubectl sees it: before and after, other kinds, other managers, waits and lists."""

from __future__ import annotations

import difflib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed, KubeError, Refused, TimedOut, UsageError
from eipctl.cli.app import run
from eipctl.commands.annotate.listing import list_annotations
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.engine.run import carry_out
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from eipctl.sandbox.cloud.cloud import ROOT
from tests.e2e.user import EXAMPLE, NGINX, RESULT
from tests.faults.lab import session_in
from tests.faults.stage import AUTO, Stage
from tests.sandbox.conftest import Kubectl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User

WORKLOAD = f"deployment/{NGINX}"
WITH_EIP, EIP_ID = "k8s.aliyun.com/pod-with-eip", "k8s.aliyun.com/pod-eip-instanceid"
EIP = EipSettings.of(eip="true")


@pytest.fixture
def user(modern: User) -> User:
    """With the documentation's Deployment."""
    modern.apply_example()
    return modern


@pytest.fixture
def kubectl_of(tmp_path: Path) -> Callable[[User], Kubectl]:
    return lambda user: Kubectl(user.sandbox.kubeconfig, tmp_path)


@pytest.fixture
def kubectl(modern: User, kubectl_of: Callable[[User], Kubectl]) -> Kubectl:
    return kubectl_of(modern)


def annotate(session: Session, *words: str, **options: Any) -> Prepared:
    scope = options.pop("scope", None) or Scope(words=words or (WORKLOAD,))
    return prepare_annotate(session, AnnotateOptions(scope=scope, **{"settings": EIP, **options}))


def asking(**options: Any) -> Any:
    return partial(annotate, **options)


def crd(kind: str, group: str, version: str) -> dict[str, Any]:
    names = {"kind": kind, "plural": f"{kind.lower()}s", "singular": kind.lower(), "listKind": f"{kind}List"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": version, "served": True, "storage": True, "schema": schema}]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": versions},
    }


def manifest(kind: str, name: str, api_version: str = "apps/v1", **spec: Any) -> str:
    """Of a workload with one Pod."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}
    whole = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template, **spec}
    if kind == "StatefulSet":
        whole["serviceName"] = name
    meta = {"name": name, "labels": labels}
    return json.dumps({"apiVersion": api_version, "kind": kind, "metadata": meta, "spec": whole})


def autoscaler(name: str, most: int) -> str:
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": most}
    body = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": name}, "spec": spec}
    return json.dumps(body)


def bought(user: User) -> str:
    """An EIP that is nobody's yet."""
    eip: str = user.cloud.call(ROOT, "vpc", "AllocateEipAddress", {"Bandwidth": "5"})["AllocationId"]
    return eip


def spec_of(kubectl: Kubectl, what: str) -> list[str]:
    """Lines of `kubectl get -o yaml`, without what the cluster itself tells."""
    found = yaml.safe_load(kubectl("get", what, "-o", "yaml"))
    return yaml.safe_dump({"spec": found["spec"], "annotations": found["metadata"].get("annotations")}).splitlines()


def changed(before: list[str], after: list[str]) -> list[str]:
    """The lines that are new (+) and that went (-)."""
    marks = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    return [f"{line[0]}{line[2:].strip()}" for line in marks]


def test_kubectl_sees_the_lines_of_the_plan_and_no_other(user: User, kubectl: Kubectl) -> None:
    """`kubectl get -o yaml` before and after differs by the keys of the plan; removal undoes it."""
    kubectl("annotate", WORKLOAD, "deployment.kubernetes.io/revision-", "--overwrite")
    before = spec_of(kubectl, WORKLOAD)
    (action,) = annotate(user.session(), settings=EipSettings.of(eip="true", bandwidth="5")).plan.actions
    user.done(asking(settings=EipSettings.of(eip="true", bandwidth="5")))
    after = [line for line in spec_of(kubectl, WORKLOAD) if "kubernetes.io/revision" not in line]
    new = [line[1:] for line in changed(before, after) if line[0] == "+" and "annotations:" not in line]
    assert new == ["k8s.aliyun.com/eip-bandwidth: '5'", f"{WITH_EIP}: 'true'"]
    shown = [line[1:].strip() for line in action.as_data()["diff"] if line.startswith("+ ")]
    assert yaml.safe_load("\n".join(shown)) == yaml.safe_load("\n".join(new))
    user.done(asking(settings=EipSettings(), remove=True))
    assert kubectl("get", WORKLOAD, "-o", "jsonpath={.spec.template.metadata.annotations}") == ""


def test_the_field_manager_is_eipctl(user: User, kubectl: Kubectl) -> None:
    """So that others see whose keys these are."""
    user.done(asking())
    fields = kubectl.json("get", WORKLOAD, "--show-managed-fields")["metadata"]["managedFields"]
    own = [entry for entry in fields if entry["manager"] == "eipctl"]
    assert [WITH_EIP in json.dumps(entry) for entry in own] == [True]


@pytest.mark.parametrize(
    ("kind", "api_version"),
    [("CloneSet", "apps.kruise.io/v1alpha1"), ("Rollout", "argoproj.io/v1alpha1")],
)
def test_kinds_of_other_controllers_are_found_through_discovery(
    modern: User, kubectl: Kubectl, kind: str, api_version: str
) -> None:
    """OpenKruise and Argo: by name, and by the kind with a selector."""
    group, _, version = api_version.partition("/")
    kubectl("create", "-f", "-", text=json.dumps(crd(kind, group, version)))
    kubectl("create", "-f", "-", text=manifest(kind, "web", api_version, strategy={"canary": {}}))
    modern.done(lambda session: annotate(session, f"{kind.lower()}/web"))
    plural = f"{kind.lower()}s.{group}"
    assert kubectl.json("get", plural, "web")["spec"]["template"]["metadata"]["annotations"] == {WITH_EIP: "true"}
    every = Scope(words=(plural,), every=True)
    modern.done(lambda session: annotate(session, scope=every, settings=EipSettings(), remove=True))
    assert not kubectl.json("get", plural, "web")["spec"]["template"]["metadata"].get("annotations")


def test_one_run_takes_many_workloads_of_several_namespaces(modern: User, kubectl: Kubectl) -> None:
    """Names, a selector or all of them; what a namespace lacks is only an error by name."""
    kubectl("create", "namespace", "game")
    for namespace in ("default", "game"):
        kubectl("create", "-n", namespace, "-f", "-", text=manifest("Deployment", "web"))
        kubectl("create", "-n", namespace, "-f", "-", text=manifest("StatefulSet", "db"))
    both = ("default", "game")

    def objects(scope: Scope) -> list[str]:
        return [action.object for action in annotate(modern.session(), scope=scope).plan.actions]

    pairs = [f"{kind}/{namespace}" for kind in ("deployment", "statefulset") for namespace in both]
    all_four = [f"{pair}/{'web' if pair.startswith('deploy') else 'db'}" for pair in pairs]
    assert objects(Scope(words=("deployment/web", "sts/db"), namespaces=both)) == all_four
    assert objects(Scope(every=True, namespaces=both)) == all_four
    assert objects(Scope(selector="app in (db)", namespaces=both)) == all_four[2:]
    assert objects(Scope(words=("sts,deploy",), selector="app", namespaces=("game",))) == all_four[1::2]
    everywhere = objects(Scope(words=("deployment",), every=True, namespaces=None))
    assert everywhere == all_four[:2]
    with pytest.raises(Failed, match="'api'"):
        objects(Scope(words=("deployment/web", "deployment/api"), namespaces=both))


def test_live_pods_are_annotated_and_nothing_restarts(user: User) -> None:
    """The template stays as it is; bind then gives the very Pods their EIPs."""
    before = [pod["metadata"]["uid"] for pod in user.pods()]
    prepared = annotate(user.session(), live_pods=True)
    assert [action.as_data()["restarts"] for action in prepared.plan.actions] == [0, 0]
    user.done(asking(live_pods=True))
    assert WITH_EIP not in str(user.deployment()["spec"]["template"])
    user.done(lambda session: prepare_bind(session, BindOptions()))
    after = [pod["metadata"] for pod in user.pods()]
    assert [meta["uid"] for meta in after] == before
    assert all(meta["annotations"][RESULT] for meta in after)


def test_live_pods_that_still_lack_their_eips_are_waited_for(user: User) -> None:
    """Also when an earlier run has annotated them: there is nothing left to do only once bind has given the EIPs."""
    user.done(asking(live_pods=True))
    waits = list(annotate(user.session(), live_pods=True, wait=True).plan.actions)
    assert [(action.verb.value, action.reason) for action in waits] == [("wait", "until it has its EIP")] * 2
    user.done(lambda session: prepare_bind(session, BindOptions()))
    assert annotate(user.session(), live_pods=True, wait=True).plan.empty


def test_live_pods_of_nothing_are_none(user: User, kubectl: Kubectl) -> None:
    """A workload that is scaled to nothing has no Pod to annotate, and that is said; a Pod found twice is one."""
    every = Scope(words=("deployment,pod",), every=True)
    assert len(list(annotate(user.session(), scope=every, live_pods=True).plan.actions)) == 2
    kubectl("scale", WORKLOAD, "--replicas=0")
    user.until(lambda: not user.pods())
    idle = annotate(user.session(), live_pods=True)
    assert idle.plan.empty
    assert idle.data(None)["notes"] == [f"deployment/default/{NGINX}: no Pod of it is running"]


def test_misplaced_keys_are_found_and_moved(user: User, kubectl: Kubectl) -> None:
    """The classic mistake, `kubectl annotate deployment`: a warning with the way out, and --fix takes it."""
    kubectl("annotate", WORKLOAD, f"{WITH_EIP}=true", "team=games")
    notes = annotate(user.session(), settings=EipSettings.of(bandwidth="5"), force=("EIP408",)).plan.notes
    assert any(
        note.startswith(Code.MISPLACED_KEY) and f"annotate {WORKLOAD} -n default --fix" in note for note in notes
    )
    user.done(asking(settings=EipSettings(), fix=True))
    found = kubectl.json("get", WORKLOAD)
    assert found["spec"]["template"]["metadata"]["annotations"] == {WITH_EIP: "true"}
    assert found["metadata"]["annotations"]["team"] == "games"
    assert WITH_EIP not in found["metadata"]["annotations"]
    assert annotate(user.session(), settings=EipSettings(), fix=True).plan.empty


def test_the_strategy_changes_in_the_same_plan(modern: User, kubectl: Kubectl) -> None:
    """An EIP that is named would wait for ever under RollingUpdate; --recreate-strategy takes the deadlock out."""
    kubectl("create", "-f", "-", text=manifest("Deployment", "web"))
    eip = bought(modern)
    named = EipSettings.of(instance_id=eip)
    with pytest.raises(Refused) as raised:
        annotate(modern.session(), "deployment/web", settings=named)
    assert (raised.value.code, "--recreate-strategy" in raised.value.hint) == (Code.ID_ROLLING_UPDATE, True)
    modern.done(lambda session: annotate(session, "deployment/web", settings=named, recreate_strategy=True))
    spec = kubectl.json("get", "deployment", "web")["spec"]
    assert (spec["strategy"], spec["template"]["metadata"]["annotations"]) == ({"type": "Recreate"}, {EIP_ID: eip})


@pytest.mark.parametrize("server_side", [(), ("--server-side",)])
def test_what_others_apply_is_taken_over_only_when_asked(
    modern: User, kubectl: Kubectl, server_side: tuple[str, ...]
) -> None:
    """A key in the applied manifest comes back with the next apply: the manager is named, nothing is written."""
    manifest_text = EXAMPLE.read_text().replace("      labels:\n        app: nginx\n", APPLIED)
    kubectl("apply", *server_side, "-f", "-", text=manifest_text)
    bandwidth = EipSettings.of(bandwidth="20")
    modern.sandbox.calls.clear()
    with pytest.raises(Refused, match="kubectl") as raised:
        annotate(modern.session(), settings=bandwidth)
    assert (raised.value.code, modern.writes()) == (Code.FIELD_MANAGER, [])
    modern.done(asking(settings=bandwidth, force_conflicts=True))
    on_template = kubectl.json("get", WORKLOAD)["spec"]["template"]["metadata"]["annotations"]
    assert on_template == {WITH_EIP: "true", "k8s.aliyun.com/eip-bandwidth": "20"}


@pytest.mark.parametrize("strategy", [{"type": "RollingUpdate"}, {"rollingUpdate": {"maxSurge": 1}}], ids=str)
@pytest.mark.parametrize("server_side", [(), ("--server-side",)])
def test_what_others_apply_beside_the_template_is_theirs_too(
    modern: User, kubectl: Kubectl, server_side: tuple[str, ...], strategy: dict[str, Any]
) -> None:
    """A misplaced key and a strategy of an applied manifest come back with the next apply as well.

    A maxSurge beside Recreate would not even be taken: the next apply would fail.
    """
    applied = json.loads(manifest("Deployment", "web", strategy=strategy))
    applied["metadata"]["annotations"] = {WITH_EIP: "true"}
    kubectl("apply", *server_side, "-f", "-", text=json.dumps(applied))
    nothing, named = EipSettings(), EipSettings.of(instance_id=bought(modern))
    changes = ({"settings": nothing, "fix": True}, {"settings": named, "recreate_strategy": True})
    for change in changes:
        with pytest.raises(Refused, match="kubectl") as raised:
            annotate(modern.session(), "deployment/web", **change)
        assert raised.value.code is Code.FIELD_MANAGER
        assert not annotate(modern.session(), "deployment/web", force_conflicts=True, **change).plan.empty


APPLIED = f"""      labels:
        app: nginx
      annotations:
        {WITH_EIP}: "true"
        k8s.aliyun.com/eip-bandwidth: "5"
"""


def test_an_autoscaler_and_another_workload_are_seen(modern: User, kubectl: Kubectl) -> None:
    """Two things of the cluster that make a named EIP impossible; each refuses with its code."""
    eip = bought(modern)
    for name in ("db", "cache"):
        kubectl("create", "-f", "-", text=manifest("StatefulSet", name))
    named = EipSettings.of(instance_id=eip)
    assert not annotate(modern.session(), "sts/db", settings=named).plan.empty
    kubectl("create", "-f", "-", text=autoscaler("db", 3))
    with pytest.raises(Refused, match="HorizontalPodAutoscaler db") as raised:
        annotate(modern.session(), "sts/db", settings=named)
    assert raised.value.code is Code.ID_AUTOSCALED
    kubectl("create", "namespace", "game")
    modern.done(lambda session: annotate(session, "sts/cache", settings=named))
    kubectl("create", "-n", "game", "-f", "-", text=manifest("StatefulSet", "db"))
    with pytest.raises(Refused, match="statefulset/default/cache") as raised:
        annotate(modern.session(), scope=Scope(words=("sts/db",), namespaces=("game",)), settings=named)
    assert raised.value.code is Code.ID_SHARED


def owned(name: str, kind: str, owner: str, eip: str) -> str:
    """A Pod that names an EIP, of a controller that the usual lists do not show."""
    reference = {"apiVersion": "x/v1", "kind": kind, "name": owner, "uid": f"uid-{owner}", "controller": True}
    meta = {"name": name, "annotations": {EIP_ID: eip}, "ownerReferences": [reference]}
    containers = [{"name": "main", "image": "nginx"}]
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers}})


def test_pods_of_any_kind_that_name_the_eip_are_seen(modern: User, kubectl: Kubectl) -> None:
    """A CloneSet's too, though its kind is not looked for; those of the workload itself are no second claim."""
    eip = bought(modern)
    named = EipSettings.of(instance_id=eip)
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "db", updateStrategy={"type": "OnDelete"}))
    modern.until(lambda: len(modern.pods()) == 1)
    modern.done(lambda session: annotate(session, "sts/db", settings=named))
    modern.done(lambda session: annotate(session, "sts/db", settings=named, live_pods=True))
    modern.done(lambda session: annotate(session, "sts/db", settings=EipSettings.of(description="of db")))
    modern.done(lambda session: annotate(session, "sts/db", settings=EipSettings(), remove=True))
    kubectl("delete", "pod", "db-0")
    kubectl("create", "cronjob", "nightly", "--image=nginx", "--schedule=0 0 1 1 *")
    kubectl("create", "-f", "-", text=owned("nightly-1-x", "Job", "nightly-29000001", eip))
    assert not annotate(modern.session(), "cronjob/nightly", settings=named).plan.empty
    kubectl("create", "-f", "-", text=owned("web-x", "CloneSet", "web", eip))
    with pytest.raises(Refused, match="cloneset/default/web") as raised:
        annotate(modern.session(), "cronjob/nightly", settings=named)
    assert raised.value.code is Code.ID_SHARED


def test_a_pod_on_a_virtual_node_is_refused(modern: User, kubectl: Kubectl) -> None:
    """Where it runs is looked up; beside it one on an ECS node is fine."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "vk", "labels": {"type": "virtual-kubelet"}}}
    kubectl("create", "-f", "-", text=json.dumps(node))
    for name, overrides in (("far", {"nodeName": "vk"}), ("near", {})):
        kubectl("run", name, "--image=nginx", "--overrides", json.dumps({"spec": overrides}))
    assert not annotate(modern.session(), "pod/near").plan.empty
    with pytest.raises(Refused, match="pod/default/far: the Pod runs on a virtual node") as raised:
        annotate(modern.session(), "pod/near", "pod/far")
    assert raised.value.code is Code.VIRTUAL_NODE


def test_a_keda_object_counts_as_an_autoscaler(modern: User, kubectl: Kubectl) -> None:
    """Without a maximum it may have a hundred replicas."""
    kubectl("create", "-f", "-", text=json.dumps(crd("ScaledObject", "keda.sh", "v1alpha1")))
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "db"))
    target = {"scaleTargetRef": {"name": "db", "kind": "StatefulSet"}}
    body = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "db-scaler"}, "spec": target}
    kubectl("create", "-f", "-", text=json.dumps(body))
    eip = bought(modern)
    with pytest.raises(Refused, match="ScaledObject db-scaler") as raised:
        annotate(modern.session(), "sts/db", settings=EipSettings.of(instance_id=eip))
    assert raised.value.code is Code.ID_AUTOSCALED


def test_an_eip_of_another_pod_is_not_named(user: User) -> None:
    """It is bound elsewhere and never taken from there; one that was never bought is not there."""
    stage = Stage(user.sandbox)
    stage.add_pod("one", AUTO)
    user.done(lambda session: prepare_bind(session, BindOptions()))
    (row,) = user.cloud.eips()
    stage.add_pod("two", {})
    for named, code in ((row.allocation_id, Code.EIP_ELSEWHERE), ("eip-nowhere", Code.EIP_NOT_FOUND)):
        with pytest.raises(Refused) as raised:
            annotate(user.session(), "pod/two", settings=EipSettings.of(instance_id=named))
        assert raised.value.code is code


def test_wait_ends_when_terway_has_given_every_pod_its_eip(legacy: User) -> None:
    """The rollout first, then the EIPs: afterwards each new Pod has its address."""
    legacy.apply_example()
    legacy.done(lambda session: prepare_setup(session, SetupOptions()))
    verbs = legacy.done(asking(wait=True))
    assert verbs[-1] == "wait"
    living = [pod["metadata"] for pod in legacy.pods() if "deletionTimestamp" not in pod["metadata"]]
    assert len(living) == 2
    assert all(meta["annotations"][RESULT] for meta in living)
    assert annotate(legacy.session(), wait=True).plan.empty


def test_nobody_waits_for_terway_to_take_an_eip_from_a_running_pod(legacy: User) -> None:
    """It does so only as the Pod goes: taken off running Pods, the annotations change nothing more."""
    legacy.apply_example()
    legacy.done(lambda session: prepare_setup(session, SetupOptions()))
    legacy.done(asking(wait=True))
    taken_off = {"settings": EipSettings(), "remove": True, "live_pods": True, "wait": True}
    told = {action.reason for action in annotate(legacy.session(), **{**taken_off, "wait": False}).plan.actions}
    assert told == {"nothing restarts; Terway removes its EIP when the Pod is deleted"}
    assert legacy.done(asking(**taken_off)) == ["annotate"] * 2


def test_wait_ends_where_some_pods_are_held_back(legacy: User, kubectl_of: Callable[[User], Kubectl]) -> None:
    """A partition keeps three of five as they are: the two others get their EIPs, and that is all there is to wait for.

    Where nothing follows by itself, there is nothing to wait for.
    """
    kubectl = kubectl_of(legacy)
    legacy.done(lambda session: prepare_setup(session, SetupOptions()))
    held = {"type": "RollingUpdate", "rollingUpdate": {"partition": 3}}
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "db", replicas=5, updateStrategy=held))
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "cache", updateStrategy={"type": "OnDelete"}))
    kubectl("create", "-f", "-", text=manifest("Deployment", "web", paused=True))
    legacy.until(lambda: len(legacy.pods()) == 6)
    assert legacy.done(lambda session: annotate(session, "sts/db", wait=True)) == ["annotate", "wait"]
    told = {meta["name"] for pod in legacy.pods() if RESULT in ((meta := pod["metadata"]).get("annotations") or {})}
    assert told == {"db-3", "db-4"}
    assert annotate(legacy.session(), "sts/db", wait=True).plan.empty
    assert legacy.done(lambda session: annotate(session, "sts/cache", "deploy/web", wait=True)) == ["annotate"] * 2


def test_wait_gives_up_in_time_and_names_who_is_behind(user: User) -> None:
    """Nobody binds here: exit 124 with the Pods and the way on; the annotations stay."""
    session = user.session(timeout=3.0)
    prepared = annotate(session, wait=True)
    told: set[str] = set()
    over = Event()

    def watch() -> None:
        while not over.wait(0.1):
            told.add(prepared.awaits())

    with ThreadPoolExecutor() as pool:
        pool.submit(watch)
        result = carry_out(session, prepared)
        over.set()
    assert any(text.startswith("waiting for nginx-") and "(" in text for text in told)
    assert prepared.awaits() == ""
    assert result.exit is ExitCode.TIMED_OUT
    (error,) = result.errors
    assert isinstance(error, TimedOut)
    assert f"{NGINX}-" in error.message
    assert "(has no EIP yet)" in error.message
    assert "eipctl bind" in error.hint
    assert user.deployment()["spec"]["template"]["metadata"]["annotations"] == {WITH_EIP: "true"}


def test_wait_does_not_outlast_what_its_controller_has_given_up(user: User, kubectl: Kubectl) -> None:
    """A rollout past its progressDeadlineSeconds ends it, if that is about the template as it is now."""
    kind = crd("Rollout", "argoproj.io", "v1alpha1")
    kind["spec"]["versions"][0]["subresources"] = {"status": {}}
    kubectl("create", "-f", "-", text=json.dumps(kind))
    kubectl("create", "-f", "-", text=manifest("Rollout", "web", "argoproj.io/v1alpha1"))
    given_up = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too late"}

    def told(generation: str) -> None:
        status = {"observedGeneration": generation, "conditions": [given_up]}
        body = json.dumps({"status": status})
        kubectl("patch", "rollout/web", "--subresource=status", "--type=merge", "-p", body)

    def fails() -> None:
        user.until(lambda: kubectl("get", "rollout/web", "-o", "jsonpath={.metadata.generation}") == "2")
        told("2")

    told("1")
    with ThreadPoolExecutor() as pool:
        later = pool.submit(fails)
        (error,) = user.carry_out(lambda session: annotate(session, "rollout/web", wait=True)).errors
        assert later.result() is None
    assert (error.code, error.message) == (
        Code.ROLLOUT_STUCK,
        "rollout/default/web has a failed rollout (too late): 1 more to come",
    )


def test_the_list_tells_each_value_and_where_it_is_from(user: User, kubectl: Kubectl) -> None:
    """Effective settings with their keys, defaults, what can't work, and who acts."""
    kubectl("annotate", WORKLOAD, f"{WITH_EIP}=true")
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "db"))
    user.done(lambda session: annotate(session, "sts/db", settings=EipSettings.of(eip="true", bandwidth="8")))
    listed = list_annotations(user.session(), Scope(namespaces=None)).as_data()
    first, second = listed["workloads"]
    assert (first["object"], first["asks"]) == (f"deployment/default/{NGINX}", None)
    assert [lint["code"] for lint in first["lints"]] == [Code.MISPLACED_KEY]
    found = {setting["setting"]: (setting["value"], setting["key"]) for setting in second["settings"]}
    assert found["eip-bandwidth"] == ("8", "k8s.aliyun.com/eip-bandwidth")
    assert found["eip-internet-charge-type"][1] == ""
    assert listed["actors"] == ["eipctl bind"]


def test_the_list_shows_pods_that_ask_for_something_of_their_own(user: User, kubectl: Kubectl) -> None:
    """After --live-pods the template says nothing, and a CloneSet shows by its Pods; who follows is not told twice."""
    user.done(asking(live_pods=True))
    kubectl("create", "-f", "-", text=owned("clone-x", "CloneSet", "clone", "eip-bp1abc"))
    kubectl("create", "-f", "-", text=manifest("StatefulSet", "db"))
    user.done(lambda session: annotate(session, "sts/db"))
    user.until(lambda: any(WITH_EIP in str(pod) for pod in user.pods() if pod["metadata"]["name"] == "db-0"))
    names = sorted(pod["metadata"]["name"] for pod in user.pods() if pod["metadata"]["name"].startswith(NGINX))
    listed = {each.object: each for each in list_annotations(user.session(), Scope()).workloads}
    expected = ["cloneset/default/clone", *(f"pod/default/{name}" for name in names), "statefulset/default/db"]
    assert list(listed) == expected
    assert (listed["cloneset/default/clone"].asks, listed["cloneset/default/clone"].lints) == ("eip-bp1abc", ())


def test_the_list_shows_what_may_be_read(user: User, kubectl: Kubectl) -> None:
    """With a part of its rights it says what is missing; with none it fails."""
    kubectl("run", "single", "--image=nginx", f"--annotations={WITH_EIP}=true")
    rule = {"do": "error", "service": "kube", "api": "list", "status": 403, "times": 50}
    user.sandbox.faults.add({**rule, "object": "(statefulsets|nodes).*"})
    listed = list_annotations(user.session(), Scope())
    assert [each.object for each in listed.workloads] == ["pod/default/single"]
    assert [text.partition(":")[0] for text in listed.warnings] == [
        "not listed",
        "unknown which component gives the EIPs here",
    ]
    user.sandbox.faults.clear()
    user.sandbox.faults.add({**rule, "object": "pods.*"})
    assert list_annotations(user.session(), Scope()).warnings[0].startswith("not listed: ")
    user.sandbox.faults.add({**rule, "object": ".*"})
    with pytest.raises(KubeError):
        list_annotations(user.session(), Scope())


def test_a_sweep_takes_single_pods_with_it(user: User, kubectl: Kubectl) -> None:
    """Those that no controller makes; finished ones get nothing any more."""
    kubectl("run", "single", "--image=nginx", "--labels=app=nginx")
    kubectl("run", "over", "--image=nginx", "--labels=app=nginx")
    done = {"status": {"phase": "Succeeded"}}
    kubectl("patch", "pod", "over", "--subresource=status", "--type=merge", "-p", json.dumps(done))
    prepared = annotate(user.session(), scope=Scope(selector="app=nginx"))
    assert [action.object for action in prepared.plan.actions] == [f"deployment/default/{NGINX}", "pod/default/single"]
    assert [action.as_data()["restarts"] for action in prepared.plan.actions] == [2, 0]


def test_a_conflict_that_never_ends_is_told(user: User) -> None:
    """Somebody writes the object all the time: after some tries it is an error, and nothing of theirs is lost."""
    session = session_in(user.sandbox.env(), lambda: None, None)
    prepared = annotate(session)
    rule = {"do": "error", "service": "kube", "api": "patch", "object": "deployments/.*", "status": 409}
    user.sandbox.faults.add({**rule, "times": 50})
    result = carry_out(session, prepared)
    (error,) = result.errors
    assert isinstance(error, KubeError)
    assert error.code is Code.KUBE_CONFLICT


def test_the_command_line_asks_with_all_of_its_options(
    user: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each option becomes its annotation; the list shows them again."""
    for name, value in user.sandbox.env().items():
        monkeypatch.setenv(name, value)
    words = ["--eip", "--bandwidth", "8", "--charge-type", "PayByTraffic", "--isp", "BGP", "--name", "web"]
    words += ["--description", "the web", "--tag", "team=games", "--tag", "cost=1", "--resource-group", "rg-1"]
    words += ["--bandwidth-package", "cbwp-1", "--pool", "pippool-1", "--security-protection", "AntiDDoS_Enhanced"]
    assert run(["annotate", WORKLOAD, *words, "--release-strategy", "10m", "--yes", "-q"]) == 0
    capsys.readouterr()
    assert run(["annotate", "--list", "-o", "json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["data"]["workloads"]
    values = {setting["setting"]: setting["value"] for setting in listed["settings"]}
    assert json.loads(values.pop("eip-tags")) == {"team": "games", "cost": "1"}
    assert {"8", "PayByTraffic", "BGP", "web", "the web", "rg-1", "cbwp-1", "pippool-1", "10m"} <= set(values.values())
    assert run(["annotate", "--list"]) == 0
    assert "k8s.aliyun.com/eip-bandwidth" in capsys.readouterr().out


def test_a_template_in_a_list_is_changed_by_its_index(modern: User, kubectl: Kubectl) -> None:
    """One of several, chosen by its path; the other templates, and all else, stay as they are."""
    kubectl("create", "-f", "-", text=json.dumps(crd("RayCluster", "ray.io", "v1")))
    group = {"template": {"spec": {"containers": [{"name": "main", "image": "nginx"}]}}}
    spec = {"headGroupSpec": group, "workerGroupSpecs": [group, group]}
    body = {"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": {"name": "ray"}, "spec": spec}
    kubectl("create", "-f", "-", text=json.dumps(body))
    with pytest.raises(UsageError, match="3 Pod templates"):
        annotate(modern.session(), "raycluster/ray")
    chosen = Scope(words=("raycluster/ray",), templates=("spec.workerGroupSpecs[1].template",))
    modern.done(lambda session: annotate(session, scope=chosen))
    workers = kubectl.json("get", "raycluster", "ray")["spec"]["workerGroupSpecs"]
    assert [each["template"].get("metadata") for each in workers] == [None, {"annotations": {WITH_EIP: "true"}}]
    modern.done(lambda session: annotate(session, "raycluster/ray", settings=EipSettings(), remove=True))
    assert WITH_EIP not in json.dumps(kubectl.json("get", "raycluster", "ray")["spec"])


def test_a_schema_that_drops_the_annotation_is_a_refusal(modern: User, kubectl: Kubectl) -> None:
    """As Kubeflow's Notebook has it: nothing is written that would not be there afterwards."""
    definition = crd("Notebook", "a.io", "v1")
    pod_spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    inner = {"type": "object", "properties": {"template": {"type": "object", "properties": {"spec": pod_spec}}}}
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = {"type": "object", "properties": {"spec": inner}}
    kubectl("create", "-f", "-", text=json.dumps(definition))
    spec = {"template": {"spec": {"containers": [{"name": "main", "image": "nginx"}]}}}
    body = {"apiVersion": "a.io/v1", "kind": "Notebook", "metadata": {"name": "x"}, "spec": spec}
    kubectl("create", "-f", "-", text=json.dumps(body))
    with pytest.raises(Failed, match="reach no Pod: its CustomResourceDefinition does not declare the field") as raised:
        annotate(modern.session(), "notebook/x")
    assert raised.value.code is Code.WORKLOAD_KIND


def test_all_of_all_namespaces_leaves_out_the_clusters_own(user: User) -> None:
    """kube-system is taken only by its name; a note says so."""
    prepared = annotate(user.session(), scope=Scope(every=True, namespaces=None))
    assert not [action for action in prepared.plan.actions if "/kube-system/" in action.object]
    assert any("kube-system is skipped" in note for note in prepared.plan.notes)
