"""Every finding in a world that provokes it, none in a healthy one, and fixes that work when they are pasted."""

from __future__ import annotations

import copy
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.cli.app import run
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.check.run import CheckOptions, run_checks, wait_until_well
from eipctl.commands.manifest_pods import Worker, cron_job, deployment
from eipctl.commands.manifests import Place
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.domain.findings import Finding, Level
from eipctl.sandbox.cloud.cloud import ROOT
from tests.children import EIPCTL
from tests.e2e.narrow import Narrow
from tests.e2e.user import User
from tests.e2e.watching import started
from tests.faults.stage import AUTO, Stage, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.server import Sandbox

ROOM = Path(__file__).parents[2] / "eipctl"
KUBECTL = str(Path(sys.executable).with_name("kubectl"))
ID = "eip-bp1qwertyuiop12345678"
DENY = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "vpc:ReleaseEipAddress", "Resource": "*"}]}

Findings = dict[Code, Finding]
WRONG = (Level.WARNING, Level.ERROR)


def check(user: User, **options: Any) -> Findings:
    """The worst finding of each code."""
    order = list(Level)
    found = run_checks(user.session(), CheckOptions(**options))
    return {finding.code: finding for finding in sorted(found, key=lambda finding: order.index(finding.level))}


def set_up(user: User) -> None:
    user.done(lambda session: prepare_setup(session, SetupOptions()))


def bound(user: User) -> Stage:
    """A Pod with an EIP that bind gave it."""
    stage = Stage(user.sandbox)
    stage.add_pod("web", AUTO)
    user.done(lambda session: prepare_bind(session, BindOptions()))
    return stage


def edit(user: User, before: str, after: str) -> None:
    user.edit_eni_conf(lambda text: text.replace(before, after))


def flag(value: str) -> Callable[[User], None]:
    """enable_eip_pool with some value."""
    return lambda user: edit(user, '"ordered"', f'"ordered", {value}')


def wanting(user: User) -> None:
    Stage(user.sandbox).add_pod("web", AUTO)


def asking_for_a_pool(user: User) -> None:
    """To which nobody has lent an EIP."""
    Stage(user.sandbox).add_pod("web", {"eipctl.io/pool": "partners"})


def drifting(user: User) -> None:
    """Somebody changes the annotation of a Pod that has its EIP."""
    pod = bound(user).pod("web")
    assert pod is not None
    annotations = {**pod["metadata"]["annotations"], "k8s.aliyun.com/eip-bandwidth": "20"}
    user.objects.update("pods", {**pod, "metadata": {**pod["metadata"], "annotations": annotations}})


def left(user: User) -> None:
    """A Pod is gone, its EIP is still bound."""
    bound(user).delete_pod("web")


def taken_over(user: User) -> None:
    """Another Pod has the address of the gone one."""
    stage = bound(user)
    before = stage.pod("web")
    assert before is not None
    stage.delete_pod("web")
    stage.reuse_ip(before, "other", {})


def unbound(user: User) -> None:
    """A gone Pod's EIP that no address has any more."""
    left(user)
    user.done(lambda session: prepare_bind(session, BindOptions()))


def protected(user: User) -> None:
    """A gone Pod's EIP that may not be released."""
    unbound(user)
    row = user.cloud.eips()[0]
    user.cloud.call(
        ROOT, "vpc", "DeletionProtection", {"InstanceId": row.allocation_id, "Type": "EIP", "ProtectionEnable": "true"}
    )


def early(user: User) -> None:
    """A Pod that asks for an EIP and is older than setup."""
    Stage(user.sandbox).deploy("web", 1, AUTO)
    user.until(lambda: bool(user.pods()) and bool(user.pods()[0].get("status", {}).get("podIP")))
    set_up(user)


def refused(user: User) -> None:
    """An EIP is bought, and the cloud does not bind it."""
    wanting(user)
    code = "InvalidEniType.SlaveEni"
    user.sandbox.faults.add({"do": "error", "api": "AssociateEipAddress", "times": 0, "status": 400, "code": code})
    user.carry_out(lambda session: prepare_bind(session, BindOptions()))
    user.sandbox.faults.clear()


def bound_elsewhere(user: User) -> Stage:
    """A person binds a Pod's EIP to an ECS instance."""
    stage = bound(user)
    row = user.cloud.eips()[0]
    user.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": row.allocation_id})
    stage.until(lambda: user.cloud.eips()[0].status == "Available")
    target = {"InstanceType": "EcsInstance", "InstanceId": "i-bp1sandbox00000000001"}
    user.cloud.call(ROOT, "vpc", "AssociateEipAddress", {"AllocationId": row.allocation_id, **target})
    stage.until(lambda: user.cloud.eips()[0].status == "InUse")
    return stage


def moved(user: User) -> None:
    """And the Pod is deleted."""
    bound_elsewhere(user).delete_pod("web")


def by_hand(user: User) -> None:
    stage = Stage(user.sandbox)
    pod = stage.add_pod("web", AUTO)
    bought = user.cloud.call(ROOT, "vpc", "AllocateEipAddress", {"Bandwidth": "5"})["AllocationId"]
    stage.bind_by_hand(bought, pod["status"]["podIP"])


def deployed(replicas: int, annotations: dict[str, str], *names: str) -> Callable[[User], None]:
    def make(user: User) -> None:
        for name in names or ("web",):
            Stage(user.sandbox).deploy(name, replicas, annotations)

    return make


def daemon_set(user: User) -> None:
    labels = {"app": "web"}
    spec = {"containers": [{"name": "main", "image": "nginx"}], "nodeSelector": {"no": "node"}}
    template = {"metadata": {"labels": labels, "annotations": named(ID)}, "spec": spec}
    meta = {"name": "web", "namespace": "default"}
    body = {"selector": {"matchLabels": labels}, "template": template}
    user.objects.create("daemonsets", {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": meta, "spec": body})


def host_network(user: User) -> None:
    deployed(0, AUTO)(user)
    change(
        user, "deployments", "default", "web", lambda made: made["spec"]["template"]["spec"].update(hostNetwork=True)
    )


def misplaced(user: User) -> None:
    """As `kubectl annotate deployment` does it."""
    deployed(0, {})(user)
    change(user, "deployments", "default", "web", lambda made: made["metadata"].update(annotations=AUTO))


def change(user: User, plural: str, namespace: str, name: str, mend: Callable[[dict[str, Any]], object]) -> None:
    """As kubectl edit does it."""
    made = copy.deepcopy(user.objects.get(plural, namespace, name))
    assert made is not None
    mend(made)
    user.objects.update(plural, made)


def vpc_mode(user: User) -> None:
    """The DaemonSet of VPC mode, and its Pods, instead of the other one."""
    found = copy.deepcopy(user.objects.get("daemonsets", "kube-system", "terway-eniip"))
    assert found is not None
    user.objects.delete("daemonsets", "kube-system", "terway-eniip", now=True)
    user.until(lambda: not user.terway())
    labels = {"app": "terway"}
    found["metadata"] = {"name": "terway", "namespace": "kube-system", "labels": labels}
    found["spec"]["selector"] = {"matchLabels": labels}
    found["spec"]["template"]["metadata"]["labels"] = labels
    mode = ["/usr/bin/terwayd", "-daemon-mode", "VPC"]
    found["spec"]["template"]["spec"]["containers"][0]["command"] = mode
    user.objects.create("daemonsets", found)
    user.until(lambda: any("terway-" in pod["metadata"]["name"] for pod in user.objects.list("pods", "kube-system")))


def not_ready(user: User) -> None:
    """One of Terway's Pods is replaced, and the new image can't be pulled."""
    found = copy.deepcopy(user.objects.get("daemonsets", "kube-system", "terway-eniip"))
    assert found is not None
    found["spec"]["updateStrategy"] = {"type": "OnDelete"}
    found["spec"]["template"]["spec"]["containers"][0]["image"] = "acs/bad:v1.6.3"
    user.objects.update("daemonsets", found)
    pods = user.objects.list("pods", "kube-system")
    name = next(pod["metadata"]["name"] for pod in pods if pod["metadata"]["name"].startswith("terway"))
    user.objects.delete("pods", "kube-system", name)
    user.until(lambda: "ErrImagePull" in str(user.objects.list("pods", "kube-system")))


def lost_override(user: User) -> None:
    """A node's label names a ConfigMap that is not there."""
    node = user.objects.list("nodes")[0]
    labels = {**node["metadata"]["labels"], "terway-config": "gpu"}
    user.objects.update("nodes", {**node, "metadata": {**node["metadata"], "labels": labels}})


def by_hand_off(user: User) -> None:
    """The flag is taken out after Terway has read it."""
    set_up(user)
    user.edit_by_hand(lambda text: re.sub(r',\s*"enable_eip_pool": "true"', "", text))


def forgotten_by_terway(user: User) -> None:
    """And Terway is restarted while it holds an EIP, as the documentation restarts it."""
    set_up(user)
    wanting(user)
    user.until(lambda: "allocated-eipAddress" in str(user.pods()))
    edit(user, ',\n  "enable_eip_pool": "true"', "")
    before = set(user.terway().values())
    for pod in user.objects.list("pods", "kube-system"):
        if pod["metadata"]["uid"] in before:
            user.objects.delete("pods", "kube-system", pod["metadata"]["name"])
    user.until(lambda: len(set(user.terway().values()) - before) == 3)
    user.objects.patch_metadata("configmaps", "kube-system", "eni-config", {"eipctl.io/eni-config": None})


def no_terway(user: User) -> None:
    user.objects.delete("daemonsets", "kube-system", "terway-eniip", now=True)
    user.until(lambda: not user.terway())


def crash_looping(user: User) -> None:
    """A wrong type, and one of Terway's Pods restarted."""
    flag('"enable_eip_pool": true')(user)
    pods = user.objects.list("pods", "kube-system")
    name = next(pod["metadata"]["name"] for pod in pods if pod["metadata"]["name"].startswith("terway"))
    user.objects.delete("pods", "kube-system", name)
    user.until(lambda: "CrashLoopBackOff" in str(user.objects.list("pods", "kube-system")))


def override(user: User) -> None:
    node = user.objects.list("nodes")[0]
    labels = {**node["metadata"]["labels"], "terway-config": "gpu"}
    user.objects.update("nodes", {**node, "metadata": {**node["metadata"], "labels": labels}})
    meta = {"name": "gpu", "namespace": "kube-system"}
    data = {"eni_conf": '{"enable_eip_pool": "false"}'}
    user.objects.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})


def unread(user: User) -> None:
    user.sandbox.faults.add({"do": "error", "service": "kube", "api": "delete", "times": 0, "status": 403})
    user.carry_out(lambda session: prepare_setup(session, SetupOptions()))
    user.sandbox.faults.clear()


def denied(user: User) -> None:
    user.cloud.add_policy("denied", DENY)
    params = {"PolicyType": "Custom", "PolicyName": "denied", "RoleName": "AliyunCSManagedNetworkRole"}
    user.cloud.call(ROOT, "ram", "AttachPolicyToRole", params)


def controller(user: User) -> None:
    """ack-extend-network-controller, without a Pod of it."""
    labels = {"app": "ack"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "controller"}]}}
    meta = {"name": "ack-extend-network-controller", "namespace": "kube-system"}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    user.objects.create("deployments", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})


def nameless(user: User) -> None:
    edit(user, "ack.aliyun.com", "somebody.else")


def late(user: User) -> None:
    user.sandbox.clock.ahead = user.sandbox.cloud_clock.ahead = 1000.0


def on_the_host(user: User) -> None:
    """A Pod that asks for an EIP and uses the node's network."""
    spec = {"containers": [{"name": "main", "image": "nginx"}], "hostNetwork": True}
    meta = {"name": "web", "namespace": "default", "annotations": AUTO}
    user.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})


def installed(*kinds: str) -> Callable[[User], None]:
    """What `eipctl manifest` prints, applied; the Pods of the sandbox run nothing."""

    def make(user: User) -> None:
        place, worker = Place(), Worker("eipctl:1.0")
        user.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "eipctl"}})
        if "cronjob" in kinds:
            user.objects.create("cronjobs", cron_job(place, worker, "0 0 1 1 *", 240))
        if "deployment" in kinds:
            user.objects.create("deployments", deployment(place, worker)[0])

    return make


def crowded_pool(user: User) -> None:
    """Two Pods ask for the one EIP of a pool."""
    stage = Stage(user.sandbox)
    stage.cloud.add_eip(name="lent", tags=stage.consent("partners"))
    for name in ("first", "second"):
        stage.add_pod(name, {"eipctl.io/pool": "partners"})
    stage.clean_run()


BOTH = {**AUTO, "k8s.aliyun.com/eip-bandwidth": "5", "network.alibabacloud.com/eip-bandwidth": "9"}
WORLDS: list[tuple[Code, Level, str, Callable[[User], Any]]] = [
    (Code.CLOCK, Level.ERROR, "modern", late),
    (Code.CLUSTER_ID, Level.ERROR, "modern", nameless),
    (Code.TERWAY_MODE, Level.ERROR, "legacy", vpc_mode),
    (Code.TERWAY_NOT_FOUND, Level.ERROR, "legacy", no_terway),
    (Code.CANARY_FAILED, Level.ERROR, "legacy", crash_looping),
    (Code.FLAG_NOT_SET, Level.WARNING, "legacy", lambda _user: None),
    (Code.FLAG_TYPE, Level.ERROR, "legacy", flag('"enable_eip_pool": true')),
    (Code.MIGRATION_FLAG, Level.WARNING, "legacy", flag('"enable_eip_migrate": true')),
    (Code.NODE_OVERRIDE, Level.INFO, "legacy", override),
    (Code.NODE_OVERRIDE, Level.WARNING, "legacy", lost_override),
    (Code.RESTART_NEEDED, Level.WARNING, "legacy", unread),
    (Code.RESTART_NEEDED, Level.WARNING, "legacy", by_hand_off),
    (Code.TERWAY_NOT_READY, Level.ERROR, "legacy", not_ready),
    (Code.ENI_CONF_MALFORMED, Level.ERROR, "legacy", lambda user: edit(user, '_size": 5', '_size": "5"')),
    (Code.ROLE_LACKS_ACTIONS, Level.ERROR, "legacy", flag('"enable_eip_pool": "true"')),
    (Code.ROLE_DENIED, Level.ERROR, "legacy", denied),
    (Code.ACK_EXTEND, Level.INFO, "modern", controller),
    (Code.ID_WITH_REPLICAS, Level.WARNING, "modern", deployed(2, named(ID))),
    (Code.ID_ROLLING_UPDATE, Level.WARNING, "modern", deployed(1, named(ID))),
    (Code.ID_IN_DAEMONSET, Level.WARNING, "modern", daemon_set),
    (Code.ID_SHARED, Level.WARNING, "modern", deployed(1, named(ID), "one", "two")),
    (Code.HOST_NETWORK, Level.WARNING, "modern", host_network),
    (Code.MISPLACED_KEY, Level.WARNING, "modern", misplaced),
    (Code.BANDWIDTH, Level.WARNING, "modern", deployed(0, {**AUTO, "k8s.aliyun.com/eip-bandwidth": "much"})),
    (Code.ANNOTATION_VALUE, Level.WARNING, "modern", deployed(0, {"k8s.aliyun.com/pod-with-eip": "yes"})),
    (Code.ANNOTATION_CONFLICT, Level.ERROR, "modern", lambda user: Stage(user.sandbox).add_pod("web", BOTH)),
    (Code.POOL_UNKNOWN, Level.ERROR, "modern", asking_for_a_pool),
    (Code.POD_NOT_READY_FOR_EIP, Level.WARNING, "modern", wanting),
    (Code.POD_NOT_READY_FOR_EIP, Level.WARNING, "legacy", early),
    (Code.EIP_CHANGED, Level.WARNING, "modern", drifting),
    (Code.INELIGIBLE, Level.INFO, "modern", on_the_host),
    (Code.UNTAGGED_EIP, Level.INFO, "modern", by_hand),
    (Code.STALE_BINDING, Level.WARNING, "modern", left),
    (Code.STALE_BINDING, Level.ERROR, "modern", taken_over),
    (Code.ORPHANS, Level.WARNING, "modern", unbound),
    (Code.EIP_HELD_BACK, Level.WARNING, "modern", protected),
    (Code.UNBOUND, Level.WARNING, "modern", refused),
    (Code.FORGOTTEN, Level.WARNING, "legacy", forgotten_by_terway),
    (Code.POOL_FULL, Level.WARNING, "modern", crowded_pool),
    (Code.EIP_ELSEWHERE, Level.WARNING, "modern", moved),
    (Code.BINDER, Level.WARNING, "modern", installed("deployment")),
    (Code.BINDERS, Level.WARNING, "modern", installed("deployment", "cronjob")),
]
"""What each world is wrong in."""

OF_THEIR_OWN = {
    Code.KUBE_OK: "test_an_unreachable_cluster",
    Code.KUBE_FORBIDDEN: "test_a_right_that_is_missing",
    Code.IDENTITY: "test_an_unreachable_cluster",
    Code.WRONG_ACCOUNT: "test_another_region",
    Code.TERWAY_VERSION: "test_terway_per_version",
    Code.EIP_QUOTA: "test_the_quota",
    Code.SETUP: "test_before_installation",
    Code.PARTIAL_READ: "test_what_could_not_be_read",
}
"""The test that provokes each of the others."""


def user_of(request: pytest.FixtureRequest, scenario: str) -> User:
    found: User = request.getfixturevalue(scenario)
    return found


@pytest.mark.parametrize(
    ("code", "level", "scenario", "spoil"), WORLDS, ids=[f"{code.name}-{level.value}" for code, level, _, _ in WORLDS]
)
def test_what_is_wrong_is_found(
    code: Code, level: Level, scenario: str, spoil: Callable[[User], Any], request: pytest.FixtureRequest
) -> None:
    """With its level, and a command that mends it, or what is to be done."""
    user = user_of(request, scenario)
    spoil(user)
    found = check(user)
    assert code in found, {key.name: value.title for key, value in found.items()}
    assert found[code].level is level, found[code]
    assert level is Level.INFO or found[code].fix or found[code].detail


def test_no_finding_goes_without_a_world() -> None:
    """Each code that check reports has a test that provokes it."""
    sources = [*(ROOM / "planners" / "check").glob("*.py"), *(ROOM / "commands" / "check").glob("*.py")]
    text = "".join(path.read_text("utf-8") for path in sources)
    reported = {Code[name] for name in re.findall(r"Code\.([A-Z_]+)", text)} - {Code.ID_WITH_REPLICAS}
    assert reported <= {code for code, *_ in WORLDS} | set(OF_THEIR_OWN)
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parents[1].rglob("test_check*.py"))
    assert not [name for name in OF_THEIR_OWN.values() if f"def {name}" not in tests]


def test_nothing_is_wrong_in_a_healthy_cluster(legacy: User) -> None:
    """Of all these codes none is told there as anything but well."""
    set_up(legacy)
    found = check(legacy, eip_quota=20)
    assert {code.name: finding.title for code, finding in found.items() if finding.level is not Level.OK} == {}
    unexpected = {code for code, level, *_ in WORLDS if level is not Level.OK} & set(found)
    assert unexpected == {
        Code.CLOCK, Code.CLUSTER_ID, Code.ENI_CONF_MALFORMED, Code.FLAG_NOT_SET, Code.RESTART_NEEDED,
        Code.ROLE_LACKS_ACTIONS, Code.ORPHANS,
    }  # fmt: skip


def test_a_watching_run_is_seen_at_work(modern: User) -> None:
    """On which host, in a cluster without a workload that runs bind; afterwards, when it ended."""
    words = [*EIPCTL, "bind", "-A", "--watch", "--yes", "--listen", ":0"]
    with started(words, {**os.environ, **modern.sandbox.env()}) as watch:
        watch.until_it_leads()
        found = check(modern)[Code.BINDER]
        assert (found.level, found.title) == (Level.OK, f"a run on {socket.gethostname()} is in progress")
        assert watch.end() == 143
    found = check(modern)[Code.BINDER]
    assert (found.level, found.title[:18]) == (Level.OK, "the last run ended")
    assert Code.BINDERS not in check(modern)


def test_an_eip_that_is_bound_elsewhere_is_not_called_unbound(modern: User) -> None:
    """The Pod lives and is misplaced, which one finding says once."""
    bound_elsewhere(modern)
    found = check(modern)
    assert Code.UNBOUND not in found
    assert found[Code.STALE_BINDING].detail.count(modern.cloud.eips()[0].allocation_id) == 1


@pytest.mark.parametrize("scenario", ["acs", "ack-extend", "idle-ips", "mixed", "modern", "modern-crds", "trunk"])
def test_a_healthy_cluster_has_no_warning_after_what_check_says_is_done(scenario: str, sandbox: Sandbox) -> None:
    """Each warning names eipctl's own command, and it clears it: what others have to do is no warning."""
    sandbox.reset(scenario)
    user = User(sandbox)
    before = [finding for finding in run_checks(user.session(), CheckOptions()) if finding.level in WRONG]
    assert {finding.fix for finding in before} <= {"eipctl bind -A"}
    user.carry_out(lambda session: prepare_bind(session, BindOptions()))
    after = [finding for finding in run_checks(user.session(), CheckOptions()) if finding.level in WRONG]
    assert after == []


def test_another_region_is_an_error(modern: User) -> None:
    """Its nodes have no ENI there, and nothing is to be bought there."""
    found = {finding.code: finding for finding in run_checks(modern.session(region="cn-beijing"), CheckOptions())}
    assert found[Code.WRONG_ACCOUNT].level is Level.ERROR


def test_the_quota(modern: User) -> None:
    """What is left of it; unknown unless it is told."""
    bound(modern)
    assert check(modern)[Code.EIP_QUOTA].title == "1 EIP in region cn-hangzhou"
    told = check(modern, eip_quota=1)[Code.EIP_QUOTA]
    assert (told.level, told.title) == (Level.ERROR, "1 EIP in region cn-hangzhou, 0 more can be allocated")


def test_only_what_is_asked_for_is_told(legacy: User) -> None:
    """By code; before installation what setup is going to make is not missed."""
    assert set(check(legacy, codes=(Code.FLAG_NOT_SET,))) == {Code.FLAG_NOT_SET}
    assert not {Code.FLAG_NOT_SET, Code.ROLE_LACKS_ACTIONS} & set(check(legacy, pre=True))


def test_before_installation_setup_is_planned(legacy: User) -> None:
    """What it would do, and afterwards that it has nothing to do."""
    before = check(legacy, pre=True)[Code.SETUP]
    assert (before.level, before.title) == (Level.INFO, "setup can be carried out: 6 changes")
    set_up(legacy)
    assert check(legacy, pre=True)[Code.SETUP].level is Level.OK


def test_before_installation_what_setup_refuses_is_an_error(modern: User) -> None:
    """In setup's own words; for bind it is none."""
    assert check(modern, pre=True)[Code.TERWAY_VERSION].level is Level.ERROR
    assert check(modern, pre=True, commands=("bind",))[Code.TERWAY_VERSION].level is Level.INFO


def told(user: User, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and stdout of `eipctl check`."""
    for name, value in user.sandbox.env().items():
        environ.setenv(name, value)
    code = run(["check", *words])
    return code, capsys.readouterr().out


def test_the_command_line(modern: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 3 for an error that is asked for; details of what is well with -v; usage errors."""
    nameless(modern)
    code, text = told(modern, monkeypatch, capsys, "--code", "eip107", "--exit-code", "-o", "json")
    assert (code, [found["code"] for found in json.loads(text)["data"]["findings"]]) == (3, ["EIP107"])
    code, text = told(modern, monkeypatch, capsys, "--code", "EIP213", "--exit-code", "-v")
    assert (code, "user/operator" in text) == (0, True)
    assert told(modern, monkeypatch, capsys, "--code", "EIP000")[0] == 2
    assert told(modern, monkeypatch, capsys, "--for", "nothing")[0] == 2


def test_waiting_ends_when_nothing_is_wrong(modern: User) -> None:
    """A second look is taken, and it is the one that is told."""
    nameless(modern)
    seen = 0

    def session() -> Any:
        nonlocal seen
        seen += 1
        if seen == 2:
            edit(modern, "somebody.else", "ack.aliyun.com")
        return modern.session()

    found = wait_until_well(session, CheckOptions(), 60.0, poll=0.01)
    assert seen == 2
    assert not [finding for finding in found if finding.level is Level.ERROR]


def test_waiting_ends_when_patience_does(modern: User) -> None:
    """And the errors are told."""
    nameless(modern)
    found = wait_until_well(modern.session, CheckOptions(), 0.0)
    assert Code.CLUSTER_ID in {finding.code for finding in found if finding.level is Level.ERROR}


def paste(user: User, command: str, environ: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a shell does with it, where EIPCTL_YES answers."""
    for name, value in {**user.sandbox.env(), "EIPCTL_YES": "true"}.items():
        environ.setenv(name, value)
    text = ""
    for part in command.split(" | "):
        words = shlex.split(part)
        if words[0] == "eipctl":
            capsys.readouterr()
            assert run(words[1:]) == 0
            text = capsys.readouterr().out
        else:
            done = subprocess.run(
                [KUBECTL, *words[1:]], input=text, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr


OTHERWISE = {Code.CLOCK, Code.KUBE_FORBIDDEN}
"""Their fix needs another machine's administrator, or the cluster's (below)."""


@pytest.mark.parametrize(
    ("code", "scenario", "spoil"),
    [(code, scenario, spoil) for code, _, scenario, spoil in WORLDS if code not in OTHERWISE],
    ids=[f"{code.name}-{level.value}" for code, level, _, _ in WORLDS if code not in OTHERWISE],
)
def test_a_fix_works_when_it_is_pasted(
    code: Code,
    scenario: str,
    spoil: Callable[[User], Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Afterwards the finding is gone, or another one; where no command helps, none is printed."""
    user = user_of(request, scenario)
    spoil(user)
    found = check(user)[code]
    if not found.fix:
        assert found.detail
        return
    paste(user, found.fix, monkeypatch, capsys)

    def has_gone() -> bool:
        """A rollout takes its time."""
        after = check(user).get(code)
        return after is None or (after.level, after.title) != (found.level, found.title)

    Stage(user.sandbox).until(has_gone)


def test_a_right_that_is_missing_is_granted_by_its_fix(
    modern: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An administrator pastes it; then this very user may run bind."""
    narrow = Narrow(modern.sandbox)
    narrow.may((), ())
    found = check(narrow)[Code.KUBE_FORBIDDEN]
    assert found.level is Level.ERROR
    paste(modern, found.fix, monkeypatch, capsys)
    told = run_checks(narrow.session(), CheckOptions(codes=(Code.KUBE_FORBIDDEN,)))
    assert [finding.detail for finding in told if finding.level is Level.ERROR] == []
