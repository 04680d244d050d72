"""Each lint of annotate that is not about a value: an annotation that can't work, and its neighbour that can."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain import ownership
from eipctl.domain.facts import ClusterId, Eip, EipStatus, OwnerRef, Pod, Scaler
from eipctl.domain.findings import Level
from eipctl.domain.plan import Verb
from eipctl.domain.settings import K8S, NETWORK
from eipctl.domain.terway.image_version import TerwayVersion
from eipctl.domain.wish import Problem, wanted
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.lints import BLOCKING, correction, standing_lints
from eipctl.planners.annotate.listing import listing
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.settings import EipSettings
from eipctl.planners.annotate.surroundings import Actor, Acts, Surroundings, cluster_lints, ignored_by_terway
from eipctl.planners.annotate.terway_reads import terway_lints
from tests.unit.planners.annotate_facts import AUTO, BY_ID, workload

if TYPE_CHECKING:
    from eipctl.planners.annotate.lints import Lint, Target

WITH_EIP, EIP_ID = K8S + "pod-with-eip", K8S + "pod-eip-instanceid"
LEGACY = Surroundings(actors=(Acts(Actor.TERWAY, frozenset("abc"), TerwayVersion(1, 6, 3)),))
EARLY = Surroundings(actors=(Acts(Actor.TERWAY, frozenset("abc"), TerwayVersion(1, 2, 2)),))
VIRTUAL = Surroundings(virtual=frozenset({"vk-1"}))
BIND = Surroundings(actors=(Acts(Actor.BIND),))


def single(**facts: Any) -> Target:
    """A workload that may name an EIP."""
    return workload("StatefulSet", replicas=1, **facts)


def live(**facts: Any) -> Target:
    """A Pod that is annotated itself."""
    return workload("Pod", name="db-0", template_path=(), replicas=None, **facts)


def lints(target: Target, settings: EipSettings, around: Surroundings = BIND, **wish: Any) -> list[Lint]:
    """All of them, those that refuse as well."""
    asked = Wish(settings=settings, lifted=BLOCKING, **wish)
    return list(plan_annotate([target], asked, around).lints)


def eip(**facts: Any) -> Eip:
    return Eip(**{"allocation_id": "eip-bp1abc", "address": "47.1.2.3", "status": EipStatus.AVAILABLE, **facts})


def seen(found: Eip | None) -> Surroundings:
    return Surroundings(eips={"eip-bp1abc": found}, region="cn-hangzhou")


def scaled(most: int | None, **other: Any) -> Surroundings:
    facts = {"namespace": "default", "target_kind": "StatefulSet", "target": "web", **other}
    return Surroundings(scalers=(Scaler("HorizontalPodAutoscaler", name="web", most=most, **facts),))


OWNER = OwnerRef("StatefulSet", "web", "s-uid")
POD = Pod("default", "web-0", "p-uid", datetime(2026, 1, 1, tzinfo=UTC), owner=OWNER)
OURS = dict(ownership.tags_for(ClusterId("c1", "k1"), POD, ownership.Role.GIVEN))
BOUGHT = dict(ownership.tags_for(ClusterId("c1", "k1"), POD, ownership.Role.ALLOCATED))
BOUND = {"instance_id": "eni-1", "instance_type": "NetworkInterface", "private_ip": "10.0.0.9"}
ELSEWHERE = workload(name="db", annotations={EIP_ID: "eip-bp1abc"}).workload
SET = workload("StatefulSet", name="db", annotations={EIP_ID: "eip-bp1abc"}).workload
HASH = {"pod-template-hash": "5f"}
ARGO = {"argocd.argoproj.io/tracking-id": "web"}
LIKE = EipSettings.of(instance_id="eip-bp1abc", bandwidth="9", pool="pippool-1")
NEVER = EipSettings.of(eip="true", release_strategy="Never")

CASES = [
    (Code.VIRTUAL_NODE, workload(node_selector={"type": "virtual-kubelet"}), AUTO, BIND, Level.ERROR),
    (Code.VIRTUAL_NODE, workload(pod_labels={"alibabacloud.com/eci": "true"}), AUTO, BIND, Level.ERROR),
    (Code.VIRTUAL_NODE, workload(tolerations=("virtual-kubelet.io/provider",)), AUTO, BIND, Level.WARNING),
    (Code.VIRTUAL_NODE, live(node="vk-1"), AUTO, VIRTUAL, Level.ERROR),
    (Code.HOST_NETWORK, workload(pod_labels={"k8s.aliyun.com/ignore-by-terway": "true"}), AUTO, BIND, Level.ERROR),
    (Code.MISPLACED_KEY, workload(own_annotations={WITH_EIP: "true"}), AUTO, BIND, Level.WARNING),
    (Code.UNKNOWN_KEY, workload(annotations={K8S + "eip-bandwith": "5"}), AUTO, BIND, Level.WARNING),
    (Code.UNKNOWN_KEY, workload(annotations={NETWORK + "pod-with-eips": "true"}), AUTO, BIND, Level.WARNING),
    (Code.ALG_PORT, workload(ports=(("", 554),)), AUTO, BIND, Level.INFO),
    (Code.ALG_PORT, workload(ports=(("sip-udp", 15060),)), AUTO, BIND, Level.INFO),
    (Code.IGNORED_KEY, workload(), NEVER, BIND, Level.WARNING),
    (Code.IGNORED_KEY, workload(annotations={NETWORK + "eip-isp": "BGP"}), AUTO, BIND, Level.WARNING),
    (Code.IGNORED_KEY, workload(), EipSettings.of(eip="true", pool="pippool-1"), LEGACY, Level.WARNING),
    (Code.IGNORED_KEY, workload(), EipSettings.of(eip="true", isp="BGP"), EARLY, Level.WARNING),
    (Code.IGNORED_KEY, live(), AUTO, LEGACY, Level.WARNING),
    (Code.IGNORED_KEY, single(), LIKE, BIND, Level.WARNING),
    (Code.IGNORED_KEY, single(), LIKE, LEGACY, Level.WARNING),
    (
        Code.UNQUOTED_VALUE,
        workload(annotations={WITH_EIP: "yes"}, unquoted=((WITH_EIP, "yes"),)),
        AUTO,
        BIND,
        Level.INFO,
    ),
    (Code.UNQUOTED_VALUE, workload(annotations={"a": "1"}, unquoted=(("a", "1"),)), AUTO, BIND, Level.WARNING),
    (Code.MANAGED_ELSEWHERE, workload(own_annotations=ARGO), AUTO, BIND, Level.WARNING),
    (
        Code.MANAGED_ELSEWHERE,
        workload(own_labels={"app.kubernetes.io/managed-by": "Helm"}),
        AUTO,
        BIND,
        Level.WARNING,
    ),
    (Code.MANAGED_ELSEWHERE, workload("ReplicaSet", owner=OwnerRef("Deployment", "w", "u")), AUTO, BIND, Level.WARNING),
    (Code.FIELD_MANAGER, workload(managers={WITH_EIP: ("argocd-controller",)}), AUTO, BIND, Level.ERROR),
    (Code.ID_ROLLING_UPDATE, workload("Rollout", replicas=1, strategy="Canary"), BY_ID, BIND, Level.ERROR),
    (Code.ID_AUTOSCALED, single(), BY_ID, scaled(10), Level.ERROR),
    (Code.ID_AUTOSCALED, single(), BY_ID, scaled(None), Level.ERROR),
    (Code.ID_SHARED, single(), BY_ID, Surroundings(workloads=(ELSEWHERE,)), Level.ERROR),
    (Code.ID_SHARED, live(owner=None), BY_ID, Surroundings(workloads=(ELSEWHERE,)), Level.ERROR),
    (Code.EIP_NOT_FOUND, single(), BY_ID, seen(None), Level.ERROR),
    (Code.EIP_ELSEWHERE, single(), BY_ID, seen(eip(**BOUND)), Level.ERROR),
    (Code.EIP_ELSEWHERE, single(name="db"), BY_ID, seen(eip(**BOUND, **ownership.tag_fields(OURS))), Level.ERROR),
    (Code.EIP_ELSEWHERE, single(), BY_ID, seen(eip(instance_id="i-1", instance_type="EcsInstance")), Level.ERROR),
    (Code.EIP_ELSEWHERE, single(), BY_ID, seen(eip(**BOUND, **ownership.tag_fields(BOUGHT))), Level.ERROR),
    (Code.EIP_NOT_FOUND, single(), BY_ID, seen(eip(status=EipStatus.RELEASING)), Level.ERROR),
    (Code.EIP_HELD_BACK, single(), BY_ID, seen(eip(locked=True)), Level.ERROR),
    (Code.EIP_HELD_BACK, single(), BY_ID, seen(eip(service_managed=True)), Level.ERROR),
    (Code.EIP_HELD_BACK, single(), BY_ID, seen(eip(odd="its Status is 'Melting'")), Level.ERROR),
    (Code.ANNOTATION_VALUE, workload(), EipSettings.of(eip="true", name="game/web-0"), BIND, Level.WARNING),
    (Code.ANNOTATION_VALUE, workload(), EipSettings.of(eip="true", description="x"), BIND, Level.WARNING),
    (Code.IGNORED_KEY, workload(), EipSettings.of(eip="true", name="a\x07"), BIND, Level.WARNING),
]


@pytest.mark.parametrize(("code", "target", "settings", "around", "level"), CASES)
def test_what_does_not_work_is_told(
    code: Code, target: Target, settings: EipSettings, around: Surroundings, level: Level
) -> None:
    """With its code and level; an error refuses the plan unless its code is lifted, everything else is a note."""
    (found,) = [lint for lint in lints(target, settings, around) if lint.code is code]
    assert (found.level, found.object) == (level, target.object)
    wish = Wish(settings=settings, lifted=BLOCKING - {code.value})
    if level is Level.ERROR:
        with pytest.raises(Refused) as raised:
            plan_annotate([target], wish, around)
        assert raised.value.code is code
    else:
        assert any(note.startswith(code.value) for note in plan_annotate([target], wish, around).plan.notes)


FINE = [
    (workload(node_selector={"type": "ecs"}, pod_labels={"alibabacloud.com/eci": "false"}), AUTO, BIND),
    (workload(tolerations=("node.kubernetes.io/not-ready", "")), AUTO, BIND),
    (live(node="ecs-1"), AUTO, VIRTUAL),
    (live(), AUTO, BIND),
    (live(), AUTO, Surroundings(actors=(*LEGACY.actors, *BIND.actors))),
    (workload(own_annotations={"team": "games"}), AUTO, BIND),
    (workload(own_annotations=ARGO, uid=""), AUTO, BIND),
    (workload(annotations={K8S + "allocated-eipAddress": "47.1.2.3", "eip-bandwith": "5"}), AUTO, BIND),
    (workload(annotations={K8S + "pod-ips": "10.0.0.1"}), AUTO, BIND),
    (workload(ports=(("http", 80), ("", 8554))), AUTO, BIND),
    (workload("StatefulSet"), NEVER, BIND),
    (workload(annotations={K8S + "pod-ip-reservation": "true"}), NEVER, BIND),
    (workload(annotations={NETWORK + "pod-with-eip": "true"}), EipSettings(), BIND),
    (workload(), EipSettings.of(eip="true", isp="BGP"), LEGACY),
    (workload(), EipSettings.of(eip="true", pool="pippool-1"), BIND),
    (workload(own_labels={"app.kubernetes.io/managed-by": "kubectl"}), AUTO, BIND),
    (workload(managers={WITH_EIP: ("eipctl",), "team": ("helm",)}), AUTO, BIND),
    (workload(annotations={WITH_EIP: "true"}, managers={WITH_EIP: ("helm",)}), AUTO, BIND),
    (workload("Rollout", strategy="Canary"), AUTO, BIND),
    (single(), BY_ID, scaled(1)),
    (single(), BY_ID, scaled(10, target="db")),
    (single(), BY_ID, scaled(10, namespace="game")),
    (single(), BY_ID, scaled(10, target_kind="Deployment")),
    (single(annotations={EIP_ID: "eip-bp1abc"}), BY_ID, Surroundings(workloads=(single().workload,))),
    (live(owner=OwnerRef("StatefulSet", "db", "u")), BY_ID, Surroundings(workloads=(SET,))),
    (live(owner=OwnerRef("ReplicaSet", "db-5f", "u"), pod_labels=HASH), BY_ID, Surroundings(workloads=(ELSEWHERE,))),
    (single(), EipSettings.of(instance_id="eip-bp2"), Surroundings(workloads=(ELSEWHERE,))),
    (single(), BY_ID, seen(eip())),
    (single(ips=frozenset({"10.0.0.9"})), BY_ID, seen(eip(**BOUND))),
    (single(), BY_ID, seen(eip(**BOUND, **ownership.tag_fields(OURS)))),
]


@pytest.mark.parametrize(("target", "settings", "around"), FINE)
def test_what_works_is_not_complained_of(target: Target, settings: EipSettings, around: Surroundings) -> None:
    """The passing neighbour of each lint."""
    assert lints(target, settings, around) == []


def test_force_conflicts_takes_over_and_is_what_the_hint_says() -> None:
    """The manager is named; taking it over leaves a note."""
    target = workload(managers={WITH_EIP: ("kubectl-client-side-apply",)})
    with pytest.raises(Refused) as raised:
        plan_annotate([target], Wish(settings=AUTO), BIND)
    assert "kubectl-client-side-apply" in raised.value.message
    assert "--force-conflicts" in raised.value.hint
    assert "EIP416" not in raised.value.hint
    assert not plan_annotate([target], Wish(settings=AUTO, force_conflicts=True), BIND).plan.empty


@pytest.mark.parametrize(
    ("facts", "wish", "says"),
    [
        ({"own_managers": {WITH_EIP: ("helm",)}}, {"fix": True}, "pod-with-eip on its own metadata is 'true' as helm"),
        ({"strategy_managers": ("flux",)}, {"recreate": True}, "spec.strategy is 'RollingUpdate' as flux"),
    ],
)
def test_what_else_is_changed_may_be_declared_too(facts: dict[str, Any], wish: dict[str, Any], says: str) -> None:
    """A misplaced key that is moved, and the strategy: both would come back, and the deadlock with it."""
    target = workload(replicas=1, own_annotations={WITH_EIP: "true"}, **facts)
    with pytest.raises(Refused, match=says) as raised:
        plan_annotate([target], Wish(settings=BY_ID, lifted=frozenset({"EIP404"}), **wish), BIND)
    assert raised.value.code is Code.FIELD_MANAGER
    forced = Wish(settings=BY_ID, lifted=frozenset({"EIP404"}), force_conflicts=True, **wish)
    assert not plan_annotate([target], forced, BIND).plan.empty


OLD_KEY, ENI = K8S + "eci-with-eip", K8S + "pod-eni"
TERWAY_READS = [
    ({WITH_EIP: "TRUE"}, "accepts only the string 'true': its Pods get no EIP"),
    ({WITH_EIP: "1"}, "accepts only the string 'true': its Pods get no EIP"),
    ({OLD_KEY: "True"}, "accepts only the string 'true': its Pods get no EIP"),
    ({WITH_EIP: "false", OLD_KEY: "true"}, "gives an EIP if either of them is 'true'"),
    ({WITH_EIP: "true", ENI: "1"}, "ignores such Pods"),
    ({WITH_EIP: "true"}, ""),
    ({WITH_EIP: "TRUE", EIP_ID: "eip-1"}, ""),
    ({WITH_EIP: "true", ENI: "false"}, ""),
    ({WITH_EIP: "false"}, ""),
    ({ENI: "true"}, ""),
]


@pytest.mark.parametrize(("annotations", "says"), TERWAY_READS)
def test_terway_reads_the_exact_text_true_in_either_key(annotations: dict[str, str], says: str) -> None:
    """Where Terway gives the EIPs, and only there: what its own mode makes of a value that others take otherwise."""
    target = workload("StatefulSet", replicas=1, annotations=annotations)
    (terway,) = LEGACY.actors
    assert [lint.problem[-len(says) :] for lint in terway_lints(target, annotations, terway)] == (
        [says] if says else []
    )
    changed = {**annotations, "eip-changed": "x"}
    found = [lint.problem for lint in cluster_lints([(target, changed)], LEGACY)]
    assert any(problem.endswith(says) for problem in found) if says else not found
    assert not any("Terway v" in lint.problem for lint in cluster_lints([(target, changed)], BIND))
    (row,) = listing([target.workload], LEGACY.actors) if annotations.keys() - {ENI} else [None]
    if row is not None:
        asks = "true" in (annotations.get(WITH_EIP), annotations.get(OLD_KEY)) or EIP_ID in annotations
        assert (row.asks is not None) is asks
        assert any(lint.problem.endswith(says) for lint in row.lints) or not says


def test_annotate_mends_what_terway_does_not_read() -> None:
    """`--eip` writes the text that it reads."""
    target = workload(annotations={WITH_EIP: "TRUE"})
    (action,) = plan_annotate([target], Wish(settings=AUTO), LEGACY).plan.actions
    assert dict(action.as_data()["set"]) == {WITH_EIP: "true"}


CHARGE = EipSettings.of(charge_type="PayByBandwidth")
NEW_KEY, OLDER_KEY = K8S + "eip-internet-charge-type", K8S + "eip-charge-type"
BY = "PayByBandwidth"
CHARGED = [
    ({}, EARLY, {NEW_KEY, OLDER_KEY}),
    ({}, LEGACY, {NEW_KEY, OLDER_KEY}),
    ({NEW_KEY: BY}, EARLY, {OLDER_KEY}),
    ({NEW_KEY: BY}, LEGACY, set()),
    ({OLDER_KEY: BY}, LEGACY, set()),
    ({NEW_KEY: BY, OLDER_KEY: "PayByTraffic"}, LEGACY, {OLDER_KEY}),
]


@pytest.mark.parametrize(("there", "around", "written"), CHARGED)
def test_the_charge_type_is_written_under_both_keys(
    there: dict[str, str], around: Surroundings, written: set[str]
) -> None:
    """Terway before v1.2.3 reads only the older one; nothing restarts where the newer one is read and right."""
    annotated = plan_annotate([workload(annotations={WITH_EIP: "true", **there})], Wish(settings=CHARGE), around)
    assert {key for action in annotated.plan.actions for key, _ in action.as_data()["set"]} == written
    assert not [lint for lint in annotated.lints if lint.code is Code.IGNORED_KEY]


@pytest.mark.parametrize(("isp", "known"), [("BGP", True), ("ChinaTelecom_L2", True), ("XYZ", False)])
def test_a_line_type_that_is_not_published_is_a_warning(isp: str, known: bool) -> None:
    """The cloud may have a new one."""
    found = lints(workload(), EipSettings.of(eip="true", isp=isp))
    assert [(lint.code, lint.level) for lint in found] == ([] if known else [(Code.ANNOTATION_VALUE, Level.WARNING)])


BANDWIDTH = K8S + "eip-bandwidth"
APPLY = "kubectl-client-side-apply"
FIVE: dict[str, Any] = {"annotations": {WITH_EIP: "true", BANDWIDTH: "10"}, "declared": {BANDWIDTH: "5"}}
DECLARED = [
    ((APPLY,), "20", f"eip-bandwidth is '10' and {APPLY} declares '5'"),
    ((APPLY,), "5", ""),
    (("helm",), "20", "eip-bandwidth is '10' as helm declares it"),
    (("helm", APPLY), "20", f"eip-bandwidth is '10' as helm declares it, and {APPLY} declares '5'"),
    (("helm", APPLY), "5", "eip-bandwidth is '10' as helm declares it"),
]


@pytest.mark.parametrize(("managers", "value", "says"), DECLARED)
def test_a_conflict_tells_who_declares_which_value(managers: tuple[str, ...], value: str, says: str) -> None:
    """The value of kubectl's own record may be another one than today's; to set it is no conflict with kubectl."""
    target = workload(**FIVE, managers={BANDWIDTH: managers})
    found = [lint.problem for lint in lints(target, EipSettings.of(bandwidth=value)) if lint.code is Code.FIELD_MANAGER]
    assert [problem.removeprefix(K8S) for problem in found] == ([says] if says else [])


MANAGED = [
    ({"own_labels": {"argocd.argoproj.io/instance": "web"}}, "Argo CD manages it and"),
    ({"writers": ("argocd-controller",)}, "Argo CD manages it and"),
    ({"own_labels": {"app.kubernetes.io/instance": "web"}}, "Argo CD manages it if it tracks by the label"),
    ({"own_annotations": {"meta.helm.sh/release-name": "web"}}, "Helm"),
    ({"own_annotations": {"kapp.k14s.io/identity": "v1;/"}}, "kapp"),
    ({"own_annotations": {"configmanagement.gke.io/managed": "enabled"}}, "Config Sync"),
    ({"own_annotations": {"objectset.rio.cattle.io/id": "x"}}, "Fleet"),
    ({"own_labels": {"olm.owner": "csv"}}, "OLM"),
    ({"own_labels": {"operators.coreos.com/etcd.default": ""}}, "OLM"),
    ({"own_labels": {"app.oam.dev/component": "web"}}, "KubeVela"),
    ({"own_labels": {"addonmanager.kubernetes.io/mode": "Reconcile"}}, "the addon manager"),
    ({"own_labels": {"addonmanager.kubernetes.io/mode": "EnsureExists"}}, ""),
    ({"own_annotations": {"configmanagement.gke.io/managed": "disabled"}}, ""),
    ({"writers": ("kubectl",)}, ""),
]


@pytest.mark.parametrize(("marks", "says"), MANAGED)
def test_a_tool_that_owns_the_object_is_recognised(marks: dict[str, Any], says: str) -> None:
    """By the marks that the tool puts on its objects."""
    found = [lint.problem for lint in lints(workload(**marks), AUTO)]
    assert [problem[: len(says)] for problem in found] == ([says] if says else [])


OLDER = K8S + "eci-with-eip"
SAID = [
    ({NETWORK + "pod-with-eip": "true"}, BIND, True),
    ({NETWORK + "pod-with-eip": "true"}, LEGACY, False),
    ({NETWORK + "pod-with-eip": "true"}, Surroundings(), False),
    ({OLDER: "true"}, LEGACY, True),
    ({OLDER: "true"}, Surroundings(), True),
    ({OLDER: "false"}, BIND, False),
    ({OLDER: "false", NETWORK + "pod-with-eip": "true"}, BIND, False),
]


@pytest.mark.parametrize(("annotations", "around", "said"), SAID)
def test_nothing_restarts_to_say_a_second_time_what_is_read_here_already(
    annotations: dict[str, str], around: Surroundings, said: bool
) -> None:
    """An older key is read everywhere, the other prefix wherever Terway does not give the EIPs."""
    wish = Wish(settings=AUTO, lifted=BLOCKING)
    assert plan_annotate([workload(annotations=annotations)], wish, around).plan.empty is said


def test_the_same_tags_are_no_change_however_they_are_written() -> None:
    """Somebody's hand and eipctl order and space them in their own ways; what is no JSON is another text."""
    asked = EipSettings.of(tags='{"team": "games", "stage": "prod"}')
    for text, same in (('{"stage":"prod","team":"games"}', True), ('{"team":"games"}', False), ("{", False)):
        target = workload(annotations={WITH_EIP: "true", K8S + "eip-tags": text})
        assert plan_annotate([target], Wish(settings=asked), BIND).plan.empty is same


def test_nobody_waits_for_a_pod_that_terway_passes_by() -> None:
    """It gives EIPs to new Pods only, and bind leaves its nodes alone: the plan does not promise one."""
    alone = plan_annotate([live()], Wish(settings=AUTO, wait=True), LEGACY).plan
    assert [(action.verb, action.reason) for action in alone.actions] == [
        (Verb.ANNOTATE, "nothing restarts; nothing in this cluster acts on it")
    ]
    both = plan_annotate([live()], Wish(settings=AUTO, wait=True), BIND).plan
    assert [action.verb for action in both.actions] == [Verb.ANNOTATE, Verb.WAIT]


def test_in_the_midst_of_an_upgrade_the_node_of_a_pod_decides_who_acts_on_it() -> None:
    """Terway passes by the Pods of the nodes that are still its own, bind serves the others."""
    mixed = Surroundings(actors=(*LEGACY.actors, *BIND.actors))
    wish = Wish(settings=EipSettings.of(eip="true", pool="pippool-1"))
    found = plan_annotate([replace(live(), workload=replace(live().workload, node="a"))], wish, mixed)
    assert [action.reason for action in found.plan.actions] == ["nothing restarts; nothing in this cluster acts on it"]
    other = plan_annotate([replace(live(), workload=replace(live().workload, node="d"))], wish, mixed)
    assert [action.reason for action in other.plan.actions] == ["nothing restarts; eipctl bind gives the EIPs"]
    assert (found.lints[0].code, other.lints) == (Code.IGNORED_KEY, ())
    assert (found.after, other.after > 0) == (0, True)


def test_what_terway_gave_a_pod_stays_and_costs_until_the_pod_goes() -> None:
    """Annotations that are taken off a running Pod change neither; a third controller is not spoken for."""
    asks = replace(live(), workload=replace(live().workload, annotations={WITH_EIP: "true"}))
    found = plan_annotate([asks], Wish(remove=True), LEGACY)
    assert [action.reason for action in found.plan.actions] == [
        "nothing restarts; Terway removes its EIP when the Pod is deleted"
    ]
    assert found.before == found.after > 0
    other = Surroundings(actors=(Acts(Actor.ACK_EXTEND),))
    assert [action.reason for action in plan_annotate([live()], Wish(settings=AUTO), other).plan.actions] == [
        "nothing restarts; the rest depends on ack-extend-network-controller"
    ]


def test_the_advice_leads_away_from_an_id_that_is_there_already() -> None:
    """--eip alone leaves it where it is."""
    other = EipSettings.of(instance_id="eip-bp2")
    for now, advice in (
        ({}, "use --eip, or"),
        ({EIP_ID: "eip-bp1abc"}, "remove eip-bp1abc (--remove) and use --eip"),
    ):
        (found,) = [
            lint for lint in lints(workload(annotations=now), other, BIND) if lint.code is Code.ID_WITH_REPLICAS
        ]
        assert found.instead.startswith(advice)


def test_removal_is_linted_for_conflicts_only() -> None:
    """What is wrong already does not hinder its removal, but somebody else's declaration does."""
    target = workload(annotations={EIP_ID: "eip-1"}, host_network=True, managers={EIP_ID: ("helm",)})
    with pytest.raises(Refused) as raised:
        plan_annotate([target], Wish(remove=True), BIND)
    assert raised.value.code is Code.FIELD_MANAGER


def test_what_is_taken_off_need_not_be_a_string() -> None:
    """Nothing becomes a string then."""
    target = workload(annotations={WITH_EIP: "yes", "a": "1"}, unquoted=((WITH_EIP, "yes"), ("a", "1")))
    found = plan_annotate([target], Wish(remove=True), BIND).lints
    assert [(lint.code, lint.level, lint.instead) for lint in found] == [
        (Code.UNQUOTED_VALUE, Level.WARNING, "quote it")
    ]


def test_every_lint_that_refuses_can_be_lifted_and_no_other_code() -> None:
    """BLOCKING is exactly the errors of these tables and of the values."""
    errors = {code.value for code, *_, level in CASES if level is Level.ERROR}
    values = {f"EIP{number}" for number in (403, 405, 406, 408, 501)}
    assert errors | values == BLOCKING


def test_the_standing_lints_find_what_is_wrong_today() -> None:
    """Of all workloads at once: shared ids, misplaced keys and what can't work; those that ask nothing are fine."""
    found = [
        workload(name="a", replicas=1, strategy="Recreate", annotations={EIP_ID: "eip-bp1abc"}).workload,
        workload(name="b", replicas=1, strategy="Recreate", annotations={EIP_ID: "eip-bp1abc"}).workload,
        workload(name="c", own_annotations={WITH_EIP: "true"}).workload,
        workload(name="d", host_network=True).workload,
        workload(name="e", host_network=True, annotations={WITH_EIP: "true"}).workload,
    ]
    assert [(lint.code, lint.object.rpartition("/")[2]) for lint in standing_lints(found)] == [
        (Code.MISPLACED_KEY, "c"),
        (Code.HOST_NETWORK, "e"),
        (Code.ID_SHARED, "b"),
    ]


def test_every_key_of_ours_is_ignored_in_the_older_spelling() -> None:
    """Terway's own EIP mode reads k8s.aliyun.com/ alone; what is none of our keys it does not ignore."""
    assert ignored_by_terway(NETWORK + "pod-with-eip", None)
    assert not ignored_by_terway("team", None)
    assert ignored_by_terway(K8S + "eip-isp", TerwayVersion(1, 2, 2))


def test_a_lint_is_told_whole_in_json() -> None:
    """Code, level, object, problem and what to do instead."""
    (lint,) = lints(workload(host_network=True), AUTO)
    assert lint.as_data() == {
        "code": "EIP407",
        "level": "error",
        "object": "deployment/default/web",
        "problem": lint.problem,
        "instead": lint.instead,
    }


def test_one_workload_alone_shares_nothing() -> None:
    """What stands is found among all of them, and none is given twice."""
    alone = workload("StatefulSet", replicas=1, annotations={EIP_ID: "eip-1"}).workload
    assert list(standing_lints([alone])) == []


def test_two_prefixes_that_disagree_have_no_correction() -> None:
    """Nobody can guess which of the two values is meant."""
    found = wanted({K8S + "pod-with-eip": "true", K8S + "eip-bandwidth": "5", NETWORK + "eip-bandwidth": "9"})
    assert isinstance(found, Problem)
    assert correction(found, {}) == ""
