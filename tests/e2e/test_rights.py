"""The tables of rights are exact: with them each command works, and without any one of them it says which is missing.

A command is taken through a story. Each step is tried without one right after the other, and must complain of it; then
with all that are needed, and must succeed. What failed is left as it is: the next try goes on from there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import EipctlError, KubeError
from eipctl.commands.adopt import AdoptOptions, prepare_adopt
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.commands.apply import ApplyOptions, prepare_apply, saved_text
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.check.run import CheckOptions, run_checks
from eipctl.commands.pod_eips import PodEipOptions, prepare_pod_eips
from eipctl.commands.registry import BY_NAME, RECIPES, command_of, ram_actions_of
from eipctl.commands.release import ReleaseOptions, UndoOptions, prepare_release, prepare_undo
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.status.report import StatusOptions, observe_allowed
from eipctl.commands.status.watch import reports
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.findings import Level
from eipctl.domain.ram.policy_users import ABOUT
from eipctl.engine.run import carry_out
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from eipctl.sandbox.cloud.cloud import ROOT
from tests.e2e.narrow import Narrow
from tests.faults.stage import AUTO, Stage, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.rights import Right
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User

READ = (
    "get namespaces",
    "get configmaps",
    "list pods",
    "list nodes",
    "get deployments.apps",
    "list podeips.alibabacloud.com",
    "vpc:DescribeEipAddresses",
    "ecs:DescribeNetworkInterfaces",
)
"""What every command needs that looks at Pods and EIPs."""
LOCK = ("get leases.coordination.k8s.io", "create leases.coordination.k8s.io")
RENEW = "patch leases.coordination.k8s.io"


def crd(kind: str, group: str, version: str) -> dict[str, Any]:
    """A kind that is known, without any object."""
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": {}}}],
        },
    }


POD_EIPS = crd("PodEIP", "alibabacloud.com", "v1beta1")
ROLE_READS = ("ram:GetRole", "ram:ListPoliciesForRole", "ram:GetPolicy")
EITHER = ("cs:DescribeClusterDetail", "ecs:DescribeInstanceRamRole")
"""Two ways to the worker nodes' role, of which one is enough."""
MINE = "KubernetesWorkerRole-mine"
DESCRIBE, NEW_VERSION = "UpdatePolicyDescription", "CreatePolicyVersion"
NEWER = ("ram:ListPolicyVersions", "ram:CreatePolicyVersion")
OF_ANOTHER = f"{ABOUT}; used by another@AliyunCSManagedNetworkRole"
UNRECORDED = {"PolicyName": "eipctl-terway-eip", "NewDescription": OF_ANOTHER}
OTHER_RIGHTS = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["ecs:*"], "Resource": "*"}]}
FEWER = json.dumps(OTHER_RIGHTS).replace("ecs:*", "vpc:DescribeVSwitches")
CUT_DOWN = {"PolicyName": "eipctl-terway-eip", "PolicyDocument": FEWER, "SetAsDefault": "true"}

Told = list[str]
GONE = ("EIP502",)
"""Lifted for a workload of no Pod that names an EIP which is not there."""


@dataclass(frozen=True)
class Step:
    """One run of a command, and the rights without which it must fail; `before` makes the world it meets."""

    run: Callable[[Session], Told]
    rights: tuple[str, ...]
    before: Callable[[], object] = lambda: None


class Trial:
    """One command, its tables, and what was found to be needed."""

    def __init__(self, narrow: Narrow, command: str, apart: tuple[str, ...] = (), *, packages: bool = False) -> None:
        self.narrow = narrow
        self.rights, self.actions = BY_NAME[command].kubernetes, ram_actions_of([command], packages=packages)
        self.needed: set[str] = set(apart)

    def go_through(self, *steps: Step) -> None:
        """The story; at its end every right that the tables call needed has been missed once."""
        for step in steps:
            step.before()
            self.go_without(step)
        assert self.needed == self.all

    def go_without(self, step: Step) -> None:
        """One step, without one of its rights after the other and then with all that are needed."""
        for right in step.rights:
            assert right in self.all, right
            self.without(right)
            told = self.told(step)
            assert any(right in text for text in told), (right, told)
        self.needed |= set(step.rights)
        self.narrow.may([right for right in self.rights if not right.without], self.actions)
        assert self.told(step) == [], step

    @property
    def all(self) -> set[str]:
        """What the tables say is needed."""
        return {name(right) for right in self.rights if not right.without} | set(self.actions)

    def without(self, *missing: str) -> None:
        """From now on all rights but these."""
        rights = [right for right in self.rights if name(right) not in missing]
        self.narrow.may(rights, [action for action in self.actions if action not in missing])

    def told(self, step: Step) -> Told:
        """What it complains of."""
        try:
            return step.run(self.narrow.session())
        except EipctlError as error:
            return [error.message]


def name(right: Right) -> str:
    """``patch pods``."""
    return f"{right.verb} {right.full}"


def changing(prepare: Callable[[Session], Prepared]) -> Callable[[Session], Told]:
    """A command that changes something, and its complaints."""

    def run(session: Session) -> Told:
        prepared = prepare(session)
        result = carry_out(session, prepared)
        return [error.message for error in (*prepared.problems, *result.errors)]

    return run


def bind(**options: Any) -> Callable[[Session], Told]:
    return changing(lambda session: prepare_bind(session, BindOptions(**options)))


def release(**options: Any) -> Callable[[Session], Told]:
    return changing(lambda session: prepare_release(session, ReleaseOptions(**options)))


def annotate(*words: str, selector: str = "", **options: Any) -> Callable[[Session], Told]:
    asked = to_annotate(Scope(words=words, selector=selector), **options)
    return changing(lambda session: prepare_annotate(session, asked))


def to_annotate(scope: Scope, **options: Any) -> AnnotateOptions:
    return AnnotateOptions(scope=scope, **{"settings": EipSettings.of(eip="true"), **options})


BY_ID = EipSettings.of(instance_id="eip-none")


def overlooked(session: Session, asked: EipSettings = BY_ID) -> Told:
    """What annotate says it did not look at, when asked to name an EIP, or for something else."""
    options = to_annotate(Scope(words=("statefulset/web",)), settings=asked, force=GONE)
    return [note for note in prepare_annotate(session, options).plan.notes if note.startswith("not checked")]


def status(session: Session) -> Told:
    return list(observe_allowed(session, StatusOptions()).warnings)


def check(session: Session) -> Told:
    findings = run_checks(session, CheckOptions(commands=("check",)))
    return [f"{finding.title} {finding.detail}" for finding in findings if finding.level is Level.ERROR]


@pytest.fixture
def narrow(modern: User) -> Narrow:
    """Terway v1.13; the kind of ack-extend-network-controller is known there, and has no object.

    The cloud asks for every right that it might ask for: that of tagging, too, where an EIP is bought with tags.
    """
    modern.objects.create("customresourcedefinitions", POD_EIPS)
    modern.cloud.set_switches(allocate_needs_tag_right=True)
    return Narrow(modern.sandbox)


@pytest.fixture
def native(legacy: User) -> Narrow:
    """Terway v1.6.3, to be set up."""
    legacy.objects.create("customresourcedefinitions", POD_EIPS)
    return Narrow(legacy.sandbox)


@pytest.fixture
def ack_extend(modern: User) -> Narrow:
    """ack-extend-network-controller was uninstalled; its PodEIP and the EIP are there."""
    modern.sandbox.reset("ack-extend")
    modern.objects.delete("deployments", "kube-system", "ack-extend-network-controller", now=True)
    modern.until(lambda: "ack-extend" not in str(modern.objects.list("pods", "kube-system")))
    return Narrow(modern.sandbox)


def ask_for(narrow: Narrow, bandwidth: str) -> None:
    """Somebody changes the annotation on the Pods."""
    for pod in narrow.objects.list("pods", "default"):
        meta = pod["metadata"]
        annotations = {**meta["annotations"], "k8s.aliyun.com/eip-bandwidth": bandwidth}
        narrow.objects.update("pods", {**pod, "metadata": {**meta, "annotations": annotations}})


def lend(narrow: Narrow, *gone: str) -> None:
    """A Pod that names somebody's EIP, and has it; others go before."""
    stage = Stage(narrow.sandbox)
    for pod in gone:
        stage.delete_pod(pod)
    lent = narrow.cloud.call(ROOT, "vpc", "AllocateEipAddress", {"Bandwidth": "5"})["AllocationId"]
    stage.add_pod("lent", named(lent))
    narrow.admin.done(lambda session: prepare_bind(session, BindOptions()))


def lend_and_leave(narrow: Narrow) -> None:
    """The same, and that Pod goes."""
    lend(narrow)
    Stage(narrow.sandbox).delete_pod("lent")


def test_bind(narrow: Narrow) -> None:
    """Buying, binding, correcting, unbinding, reusing and releasing."""
    stage = Stage(narrow.sandbox)
    changes = ("get pods", "vpc:AllocateEipAddress", "vpc:TagResources", "vpc:AssociateEipAddress", "patch pods/status")
    trial = Trial(narrow, "bind")
    trial.go_through(
        Step(bind(), (*READ, *LOCK, *changes), lambda: stage.deploy("web", 1, AUTO)),
        Step(bind(), (RENEW, "vpc:ModifyEipAddressAttribute"), lambda: ask_for(narrow, "20")),
        Step(bind(), ("vpc:UnassociateEipAddress",), lambda: stage.scale("web", 0)),
        Step(bind(prune=True, grace=0.0), ("vpc:ReleaseEipAddress",)),
        Step(bind(), ("vpc:UnTagResources",), lambda: lend_and_leave(narrow)),
    )


PACKAGE = {**AUTO, "k8s.aliyun.com/eip-common-bandwidth-package-id": "cbwp-1"}
JOIN, LEAVE = "vpc:AddCommonBandwidthPackageIp", "vpc:RemoveCommonBandwidthPackageIp"


def test_bandwidth_packages(narrow: Narrow) -> None:
    """Only Pods that name one need the two rights that `--with bandwidth-package` adds."""
    stage = Stage(narrow.sandbox)
    narrow.cloud.add_bandwidth_package("cbwp-1")
    assert set(ram_actions_of(["bind"], packages=True)) - set(ram_actions_of(["bind"])) == {JOIN, LEAVE}
    trial = Trial(narrow, "bind", packages=True)
    stage.add_pod("web", PACKAGE)
    trial.go_without(Step(bind(), (JOIN,)))
    stage.delete_pod("web")
    trial.go_without(Step(bind(prune=True, grace=0.0), (LEAVE,)))
    assert {row.status for row in narrow.cloud.eips()} <= {"Releasing"}


def events(narrow: Narrow) -> list[str]:
    """The reasons of eipctl's own Events."""
    found = narrow.objects.list("events", "default")
    return [event["reason"] for event in found if event.get("source", {}).get("component") == "eipctl"]


def test_what_can_be_done_without_is_only_missed(narrow: Narrow) -> None:
    """Events: with the right they are there, without it the Pod still has its EIP, and its readiness is told."""
    stage = Stage(narrow.sandbox)
    trial = Trial(narrow, "bind")
    stage.add_pod("poor", AUTO, gate=True)
    trial.without("create events")
    assert trial.told(Step(bind(), ())) == []
    assert [row.status for row in narrow.cloud.eips()] == ["InUse"]
    assert not events(narrow)
    trial.without()
    stage.add_pod("rich", AUTO, gate=True)
    assert trial.told(Step(bind(), ())) == []
    assert [stage.condition(name) for name in ("poor", "rich")] == ["True", "True"]
    assert events(narrow)


def test_release(narrow: Narrow) -> None:
    """Taking from a living Pod, giving back what was lent, buying back."""
    stage = Stage(narrow.sandbox)
    stage.add_pod("web", AUTO)
    narrow.admin.done(lambda session: prepare_bind(session, BindOptions()))
    narrow.objects.delete("leases", "kube-system", "eipctl", now=True)
    (row,) = narrow.cloud.eips()
    undo = changing(lambda session: prepare_undo(session, UndoOptions(wanted=row.allocation_id)))
    trial = Trial(narrow, "release")

    trial.go_through(
        Step(release(everything=True), (*READ, *LOCK, "vpc:UnassociateEipAddress", "patch pods/status")),
        Step(undo, (RENEW, "vpc:AllocateEipAddress", "vpc:TagResources")),
        Step(release(orphans=True), ("vpc:ReleaseEipAddress",)),
        Step(release(names=("pod/default/lent",)), ("vpc:UnTagResources",), lambda: lend(narrow, "web")),
    )


def test_adopt(native: Narrow) -> None:
    """Terway's EIPs are tagged, the flag goes, Terway is restarted."""
    native.admin.done(lambda session: prepare_setup(session, SetupOptions()))
    Stage(native.sandbox).add_pod("web", AUTO)
    native.until(lambda: [row.status for row in native.cloud.eips()] == ["InUse"])
    run = changing(lambda session: prepare_adopt(session, AdoptOptions()))
    trial = Trial(native, "adopt")
    changes = ("get pods", "vpc:TagResources", "patch configmaps", "delete pods")
    trial.go_through(Step(run, (*READ, *LOCK, *changes)), Step(run, (RENEW,)))


def test_adopt_from_ack_extend(ack_extend: Narrow) -> None:
    """Tagging needs nothing of Terway's; a removal that lacks one of its rights is refused before the first write."""
    trial = Trial(ack_extend, "adopt", apart=("patch configmaps", "delete pods"))
    changes = ("get pods", "vpc:TagResources")
    trial.go_through(Step(take_over(), (*READ, *LOCK, *changes)), Step(take_over(), (RENEW,)))
    removal = Step(take_over(remove=True), ())
    for right in ("get podeips", "patch podeips", "delete podeips"):
        trial.without(f"{right}.alibabacloud.com")
        assert any(right in text for text in trial.told(removal)), right
        assert ack_extend.objects.list("podeips.alibabacloud.com", "default")
    trial.without()
    assert trial.told(removal) == []
    assert ack_extend.objects.list("podeips.alibabacloud.com", "default") == []


def take_over(**options: Any) -> Callable[[Session], Told]:
    return changing(lambda session: prepare_pod_eips(session, PodEipOptions(**options)))


def test_status(narrow: Narrow) -> None:
    """It only needs to list Pods; a warning names any other right that it lacks, also in the cloud."""
    Stage(narrow.sandbox).add_pod("web", AUTO)
    trial = Trial(narrow, "status")
    assert [name(right) for right in trial.rights if not right.without] == ["list pods"]
    trial.without()
    assert trial.told(Step(status, ())) == []
    for missing in READ:
        trial.without(missing)
        told = [text for text in trial.told(Step(status, ())) if missing in text]
        assert told
        assert missing == "list pods" or all(re.match("not filled: .*orphans(,| and)", text) for text in told)


def test_a_watch_needs_its_own_right(narrow: Narrow) -> None:
    """Without it the first view is shown, and the error names it."""
    trial = Trial(narrow, "status")
    trial.without("watch pods")
    session = narrow.session()
    views = reports(session, StatusOptions())
    assert next(views).pods == ()
    with pytest.raises(KubeError, match="watch pods"):
        next(views)


def test_check(native: Narrow) -> None:
    """What can't be read is an error of its own, and the rest is still told."""
    Stage(native.sandbox).add_pod("web", AUTO)
    trial = Trial(native, "check", apart=EITHER)
    trial.go_through(Step(check, (*READ, *ROLE_READS)))


KINDS = {
    "deployments.apps": "Deployment",
    "statefulsets.apps": "StatefulSet",
    "daemonsets.apps": "DaemonSet",
    "replicasets.apps": "ReplicaSet",
    "cronjobs.batch": "CronJob",
}


def workload(plural: str) -> dict[str, Any]:
    """One of a kind, called web, without any Pod."""
    labels = {"app": "web"}
    pod: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}], "restartPolicy": "Always"}
    spec: dict[str, Any] = {"template": {"metadata": {"labels": labels}, "spec": pod}}
    if plural.endswith("apps"):
        spec |= {"selector": {"matchLabels": labels}, "replicas": 0, "serviceName": "web"}
    if plural == "daemonsets.apps":
        pod["nodeSelector"] = {"no": "node"}
    if plural == "cronjobs.batch":
        pod["restartPolicy"] = "Never"
        spec = {"schedule": "* * * * *", "suspend": True, "jobTemplate": {"spec": {"template": spec["template"]}}}
    group = plural.partition(".")[2]
    meta = {"name": "web", "namespace": "default", "labels": labels}
    return {"apiVersion": f"{group}/v1", "kind": KINDS[plural], "metadata": meta, "spec": spec}


def test_annotate(narrow: Narrow) -> None:
    """Each built-in kind, by name and by label."""
    steps = []
    for plural in KINDS:
        narrow.objects.create(plural.partition(".")[0], workload(plural))
        steps.append(Step(annotate(f"{plural}/web"), (f"get {plural}", f"patch {plural}")))
        steps.append(Step(annotate(plural, selector="app=web"), (f"list {plural}",)))
    Stage(narrow.sandbox).add_pod("bare", {})
    steps.append(Step(annotate("pod/bare"), ("get pods", "patch pods")))
    steps.append(Step(annotate("pod", selector="!app"), ("list pods",)))
    steps.append(Step(annotate("cronjob/web", live_pods=True), ("list jobs.batch",)))
    trial = Trial(narrow, "annotate", apart=("vpc:DescribeEipAddresses",))
    trial.go_through(*steps)


READS_ENI_CONF, READS_CLUSTER = "get configmaps", "get namespaces"


def test_what_annotate_can_not_look_at_is_told(narrow: Narrow) -> None:
    """Each right that it can do without, and the one in the cloud: a note names it, and the plan is made."""
    narrow.objects.create("statefulsets", workload("statefulsets.apps"))
    narrow.objects.create("customresourcedefinitions", crd("ScaledObject", "keda.sh", "v1alpha1"))
    trial = Trial(narrow, "annotate")
    trial.without()
    assert overlooked(narrow.session()) == []
    for missing in ("vpc:DescribeEipAddresses", *(name(right) for right in trial.rights if right.without)):
        trial.without(missing)
        unread = missing in (READS_ENI_CONF, READS_CLUSTER)
        assert any(missing in note for note in overlooked(narrow.session())) is not unread, missing


def test_only_a_pool_makes_annotate_read_which_cluster_this_is(narrow: Narrow) -> None:
    """The consent of an EIP's owner names the cluster."""
    narrow.objects.create("statefulsets", workload("statefulsets.apps"))
    Trial(narrow, "annotate").without(READS_CLUSTER)
    pool = EipSettings.of(pool_of_eips="partners")
    assert any(READS_CLUSTER in note for note in overlooked(narrow.session(), pool))


def test_only_a_terway_with_eip_code_makes_annotate_read_its_configuration(native: Narrow) -> None:
    """With any other who gives the EIPs does not depend on it."""
    native.objects.create("statefulsets", workload("statefulsets.apps"))
    trial = Trial(native, "annotate")
    trial.without(READS_ENI_CONF)
    assert any(READS_ENI_CONF in note for note in overlooked(native.session()))


def test_setup(native: Narrow) -> None:
    """RAM, eni-config and the restart; then a policy that was cut down, and one that another cluster uses."""
    run = changing(lambda session: prepare_setup(session, SetupOptions()))
    writes = ("ram:CreatePolicy", "ram:AttachPolicyToRole", "patch configmaps", "delete pods")
    edit = changing(lambda session: prepare_setup(session, SetupOptions(roles=(MINE,), edit_policy="custom")))

    def custom() -> None:
        native.cloud.add_policy("custom", OTHER_RIGHTS)
        native.cloud.add_role(MINE, policies=("custom",))

    trial = Trial(native, "setup", apart=EITHER)
    trial.go_through(
        Step(run, (*READ, "get daemonsets.apps", *ROLE_READS, *writes)),
        Step(run, NEWER, lambda: native.cloud.call(ROOT, "ram", NEW_VERSION, CUT_DOWN)),
        Step(run, ("ram:UpdatePolicyDescription",), lambda: native.cloud.call(ROOT, "ram", DESCRIBE, UNRECORDED)),
        Step(edit, ("ram:GetPolicyVersion",), custom),
    )


def test_one_way_to_the_worker_role_is_enough(native: Narrow) -> None:
    """By Container Service, or by the nodes' instances; without both it is an error that names both."""
    native.edit_eni_conf(lambda text: text.replace("credential_path", "no_path"))

    def plan(session: Session) -> Told:
        return [problem.message for problem in prepare_setup(session, SetupOptions()).problems]

    trial = Trial(native, "setup")
    for missing in EITHER:
        trial.without(missing)
        assert trial.told(Step(plan, ())) == []
    trial.without(*EITHER)
    (told,) = trial.told(Step(plan, ()))
    assert all(action in told for action in EITHER)


def test_teardown(native: Narrow) -> None:
    """The flag, the restart and the policy: shared with another cluster, then our own, then one that was edited."""
    stage = Stage(native.sandbox)
    stage.add_pod("web", AUTO)
    native.cloud.add_policy("custom", OTHER_RIGHTS)
    native.cloud.add_role(MINE, policies=("custom",))
    run = changing(lambda session: prepare_teardown(session, TeardownOptions()))

    def set_up(**options: Any) -> None:
        native.admin.done(lambda session: prepare_setup(session, SetupOptions(**options)))

    def shared() -> None:
        set_up()
        said = native.cloud.state.policies["Custom/eipctl-terway-eip"].description
        more = {"PolicyName": "eipctl-terway-eip", "NewDescription": f"{said}, another@Role"}
        native.cloud.call(ROOT, "ram", DESCRIBE, more)

    def versioned() -> None:
        native.cloud.call(ROOT, "ram", DESCRIBE, {"PolicyName": "eipctl-terway-eip", "NewDescription": ABOUT})
        set_up(steps=frozenset({"ram"}))
        native.cloud.call(ROOT, "ram", NEW_VERSION, CUT_DOWN)
        set_up(steps=frozenset({"ram"}))

    def edited() -> None:
        set_up(steps=frozenset({"ram"}), roles=(MINE,), edit_policy="custom")

    def edited_and_changed() -> None:
        edited()
        text = native.cloud.state.policies["Custom/custom"].document.replace("ecs:*", "oss:*")
        changed = {"PolicyName": "custom", "PolicyDocument": text, "SetAsDefault": "true"}
        native.cloud.call(ROOT, "ram", NEW_VERSION, changed)

    reads = ("get configmaps", "list pods", "list nodes", *READ[-2:], "ram:GetRole", "ram:ListPoliciesForRole")
    writes = ("patch configmaps", "delete pods", "ram:DetachPolicyFromRole", "ram:UpdatePolicyDescription")
    deletes = ("ram:ListPolicyVersions", "ram:DeletePolicyVersion", "ram:DeletePolicy")
    trial = Trial(native, "teardown")
    trial.go_through(
        Step(run, (*reads, "ram:GetPolicy", *LOCK, *writes), shared),
        Step(run, (RENEW, *deletes), versioned),
        Step(run, ("ram:GetPolicyVersion", "ram:SetDefaultPolicyVersion", "ram:DeletePolicyVersion"), edited),
        Step(run, ("ram:CreatePolicyVersion",), edited_and_changed),
    )


PLANNED: dict[str, Any] = {
    "bind": BindOptions(),
    "annotate": to_annotate(Scope(words=("pod/web",)), settings=EipSettings.of(bandwidth="7")),
    "setup": SetupOptions(),
}
DUE = {
    "bind": (*READ, "get leases.coordination.k8s.io"),
    "annotate": ("get pods", "patch pods"),
    "setup": ("get configmaps", "get daemonsets.apps", *ROLE_READS, "ram:CreatePolicy"),
}
"""Rights without which the saved plan can't be carried out."""


def applied(name: str, text: str) -> Callable[[Session], Told]:
    """`eipctl apply` of a plan's text."""
    return changing(lambda session: prepare_apply(session, ApplyOptions(text=text, name=name)))


@pytest.mark.parametrize("command", ["bind", "annotate", "setup"])
def test_apply_needs_what_made_its_plan(command: str, legacy: User) -> None:
    """With just those rights it saves and applies; without any of those that are needed for it, it complains."""
    legacy.objects.create("customresourcedefinitions", POD_EIPS)
    narrow, wanted = Narrow(legacy.sandbox), PLANNED[command]
    Stage(narrow.sandbox).add_pod("web", AUTO)
    trial = Trial(narrow, command)
    trial.without()
    text = saved_text(RECIPES[command_of(wanted)].run(narrow.session(), wanted), wanted)
    for missing in (*(name(right) for right in trial.rights if not right.without), *trial.actions):
        if missing in DUE[command]:
            trial.without(missing)
            assert any(missing in told for told in trial.told(Step(applied(command, text), ()))), missing
    trial.without()
    assert trial.told(Step(applied(command, text), ())) == []
