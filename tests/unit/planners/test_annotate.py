"""The annotate planner: what is written, how many Pods restart, and which wishes are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain.facts import OwnerRef, Scaler
from eipctl.domain.plan import Verb
from eipctl.domain.settings import K8S, NETWORK
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.lints import BLOCKING, Target
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.settings import EipSettings
from eipctl.planners.annotate.surroundings import Actor, Acts, Surroundings
from tests.unit.planners.annotate_facts import AUTO, BY_ID, action, plan, refused, workload


def test_every_setting_has_its_key_under_the_prefix_that_terway_reads() -> None:
    """And every value is a string."""
    settings = EipSettings.of(
        eip="true",
        bandwidth="5",
        charge_type="PayByTraffic",
        isp="BGP",
        pool="pippool-1",
        resource_group="rg-1",
        name="web",
        release_strategy="10m",
        bandwidth_package="cbwp-1",
        instance_id="eip-bp1abc",
        description="games",
        tags='{"team": "games"}',
        security_protection="AntiDDoS_Enhanced",
    )
    assert dict(settings.pairs) == {
        K8S + "pod-with-eip": "true",
        K8S + "eip-bandwidth": "5",
        K8S + "pod-eip-instanceid": "eip-bp1abc",
        K8S + "eip-internet-charge-type": "PayByTraffic",
        K8S + "eip-charge-type": "PayByTraffic",
        K8S + "eip-isp": "BGP",
        K8S + "eip-common-bandwidth-package-id": "cbwp-1",
        K8S + "eip-public-ip-address-pool-id": "pippool-1",
        K8S + "eip-resource-group-id": "rg-1",
        K8S + "eip-name": "web",
        K8S + "pod-eip-release-strategy": "10m",
        K8S + "eip-description": "games",
        K8S + "eip-tags": '{"team": "games"}',
        K8S + "eip-security-protection-types": "AntiDDoS_Enhanced",
    }
    assert (settings.instance_id, EipSettings().instance_id) == ("eip-bp1abc", "")


def test_only_what_differs_is_written() -> None:
    """The write carries the version that was seen."""
    found = action(
        plan(workload(annotations={K8S + "pod-with-eip": "true"}), settings=EipSettings.of(eip="true", bandwidth="9"))
    )
    assert (found.set, found.remove, found.resource_version) == (((K8S + "eip-bandwidth", "9"),), (), "5")


def test_unchanged_is_an_empty_plan_that_says_so() -> None:
    """A note names the workload."""
    found = plan(workload(annotations={K8S + "pod-with-eip": "true"}))
    assert found.empty
    assert found.notes == ("deployment/default/web: has these annotations already",)


def test_remove_takes_off_what_annotate_can_set_and_nothing_else() -> None:
    """Both prefixes and the older keys; what is not about EIPs stays."""
    mine = {K8S + "pod-with-eip": "true", NETWORK + "eip-bandwidth": "5", K8S + "eci-with-eip": "true"}
    others = {"team": "games", K8S + "pod-ip-reservation": "true", K8S + "allocated-eipAddress": "47.1.2.3"}
    found = action(plan(workload(annotations={**mine, **others}), settings=EipSettings(), remove=True))
    assert set(found.remove) == set(mine)
    assert found.set == ()


RESTARTS = [
    (workload(), 2),
    (workload("StatefulSet", replicas=5), 5),
    (workload("StatefulSet", replicas=5, partition=3), 2),
    (workload("StatefulSet", replicas=5, strategy="OnDelete"), 0),
    (workload(paused=True), 0),
    (workload("CloneSet", replicas=3, strategy="InPlaceIfPossible"), 0),
    (workload("DaemonSet", replicas=None, pods=7), 7),
    (workload("ReplicaSet"), 0),
    (workload("CronJob", replicas=None), 0),
    (workload("Job", replicas=1, suspended=True), 0),
    (workload("Pod", template_path=(), replicas=None), 0),
    (workload("CloneSet", api_version="apps.kruise.io/v1alpha1", replicas=3), 3),
]


@pytest.mark.parametrize(("target", "count"), RESTARTS, ids=[row[0].workload.kind for row in RESTARTS])
def test_the_plan_says_how_many_pods_restart(target: Target, count: int) -> None:
    """None on live Pods, and none where only later Pods come from the template."""
    found = action(plan(target))
    assert found.restarts == count
    assert (f"{count} Pods restart" if count else "nothing restarts") in found.reason


def many_tags(count: int) -> str:
    return json.dumps({f"key-{number}": "value" for number in range(count)})


LINTS = [
    (workload(), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("StatefulSet"), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("CloneSet", replicas=None), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("CronJob", replicas=3), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("DaemonSet", replicas=None, pods=3), BY_ID, Code.ID_IN_DAEMONSET),
    (workload(replicas=1), BY_ID, Code.ID_ROLLING_UPDATE),
    (workload("Rollout", replicas=1, strategy="BlueGreen", surge=False), BY_ID, Code.ID_ROLLING_UPDATE),
    (workload("CloneSet", replicas=1, strategy="ReCreate", surge=True), BY_ID, Code.ID_ROLLING_UPDATE),
    (workload(), EipSettings.of(eip="true", bandwidth="fast"), Code.BANDWIDTH),
    (workload(), EipSettings.of(eip="true", bandwidth="0"), Code.BANDWIDTH),
    (workload(), EipSettings.of(eip="true", bandwidth="201"), Code.BANDWIDTH),
    (workload(), EipSettings.of(eip="true", bandwidth="501", charge_type="PayByBandwidth"), Code.BANDWIDTH),
    (workload(), EipSettings.of(eip="true", charge_type="Free"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", release_strategy="soon"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", bandwidth_package="foo"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", bandwidth_package="cbwp-"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", pool="cbwp-1"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", resource_group="default"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": "acs:games"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": "http://games"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", release_strategy="-5m"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", release_strategy="1d"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", release_strategy="never"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='["team"]'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": 1}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": "games"'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"eipctl-pod": "p"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"acs:team": "games"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": "acs:ops"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": "aliyun-ops"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"team": ""}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"wiki": "see http://wiki"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags='{"wiki": "https://wiki"}'), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", tags=many_tags(11)), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(eip="true", security_protection="A,B"), Code.ANNOTATION_VALUE),
    (workload(annotations={K8S + "eip-instance-charge-type": "PrePaid"}), AUTO, Code.ANNOTATION_VALUE),
    (workload(replicas=1), EipSettings.of(instance_id="47.1.2.3"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings.of(bandwidth="5"), Code.ANNOTATION_VALUE),
    (workload(host_network=True), AUTO, Code.HOST_NETWORK),
    (
        workload(annotations={NETWORK + "eip-bandwidth": "9"}),
        EipSettings.of(eip="true", bandwidth="5"),
        Code.ANNOTATION_CONFLICT,
    ),
]


@pytest.mark.parametrize(("target", "settings", "code"), LINTS)
def test_what_cannot_work_is_refused_with_its_code(target: Target, settings: EipSettings, code: Code) -> None:
    """The object is named, and --force with the code is offered."""
    error = refused(target, settings=settings)
    assert error.code is code
    assert error.object == f"{target.workload.kind.lower()}/default/web"
    assert f"--force {code.value}" in error.hint


FINE = [
    (workload(replicas=1, strategy="Recreate"), BY_ID),
    (workload("StatefulSet", replicas=1), BY_ID),
    (workload("CronJob", replicas=1), BY_ID),
    (workload("Pod", template_path=(), replicas=None), BY_ID),
    (workload(replicas=0, strategy="Recreate"), BY_ID),
    (workload(), EipSettings.of(eip="true", bandwidth="200")),
    (workload(), EipSettings.of(eip="true", bandwidth="500", charge_type="PayByBandwidth")),
    (workload(), EipSettings.of(eip="true", release_strategy="1h30m")),
    (workload(), EipSettings.of(eip="true", release_strategy="1.5h")),
    (workload(), EipSettings.of(eip="true", release_strategy="300ms")),
    (workload(), EipSettings.of(eip="true", name="web-1.prod_a", description="网页 of the game")),
    (workload(), EipSettings.of(eip="true", tags=many_tags(10), security_protection="AntiDDoS_Enhanced")),
    (workload(annotations={K8S + "eip-instance-charge-type": "PostPaid"}), AUTO),
    (workload(annotations={NETWORK + "eip-bandwidth": "5"}), EipSettings.of(eip="true", bandwidth="5")),
    (workload(replicas=1, surge=False), BY_ID),
    (workload("Rollout", replicas=1, strategy="Canary", surge=False), BY_ID),
    (workload("DaemonSet", replicas=None, pods=3), AUTO),
    (workload("CronJob", replicas=None), AUTO),
    (workload("CloneSet", replicas=1, strategy="ReCreate"), BY_ID),
    (workload("CloneSet", replicas=1, strategy="InPlaceIfPossible", surge=True), BY_ID),
    (workload(), EipSettings.of(eip="false")),
    (workload(annotations={K8S + "pod-with-eip": "true"}), EipSettings.of(bandwidth="5")),
]


@pytest.mark.parametrize(("target", "settings"), FINE)
def test_what_can_work_is_planned(target: Target, settings: EipSettings) -> None:
    """The passing neighbour of each lint."""
    assert not plan(target, settings=settings).empty


JOBS = [
    ({}, False),
    ({"suspended": True}, True),
    ({"suspended": True, "started": True}, False),
    ({"started": True}, False),
    ({"uid": ""}, True),
]


@pytest.mark.parametrize(("facts", "open_"), JOBS)
def test_a_job_may_be_annotated_until_it_first_starts(facts: dict[str, Any], open_: bool) -> None:
    """Suspended, or in a manifest; else it is told what can be done instead, and no --force that ends in 422."""
    target = workload("Job", **facts)
    if open_:
        assert not plan(target).empty
        return
    with pytest.raises(Refused) as raised:
        plan(target)
    assert raised.value.code is Code.WORKLOAD_KIND
    assert "--live-pods" in raised.value.hint
    assert "--force" not in raised.value.hint


def test_a_job_of_a_cronjob_is_annotated_where_it_comes_from() -> None:
    """Its owner is named."""
    error = refused(workload("Job", owner=OwnerRef("CronJob", "nightly", "c-uid")), settings=AUTO)
    assert "annotate cronjob/nightly" in error.hint


def test_a_suspended_job_says_when_its_pods_get_it() -> None:
    """Nothing restarts, for it has none."""
    found = action(plan(workload("Job", suspended=True)))
    assert found.reason == "nothing restarts; suspended: its Pods get the change when it is resumed"


def test_one_id_for_two_workloads_is_refused() -> None:
    """It can be bound to only one Pod."""
    targets = [workload(name=name, replicas=1, strategy="Recreate") for name in ("a", "b")]
    error = refused(*targets, settings=BY_ID)
    assert error.code is Code.ID_SHARED


def test_one_bad_workload_refuses_all() -> None:
    """Nothing of the plan is carried out by halves."""
    good, bad = workload(name="a"), workload(name="b", host_network=True)
    assert refused(good, bad, settings=AUTO).code is Code.HOST_NETWORK


def test_force_lifts_only_the_codes_it_names() -> None:
    """The rest still refuses; what is lifted becomes a note."""
    assert refused(workload(), settings=BY_ID).code is Code.ID_WITH_REPLICAS
    with pytest.raises(Refused) as raised:
        plan(workload(), settings=BY_ID, force=("EIP403",))
    assert raised.value.code is Code.ID_ROLLING_UPDATE
    found = plan(workload(), settings=BY_ID, force=("EIP403", "EIP404"))
    assert [note[-16:] for note in found.notes[:2]] == ["(--force EIP403)", "(--force EIP404)"]


def test_what_is_wrong_already_does_not_hinder_its_removal() -> None:
    """--remove is never linted, except where the template can't be changed at all."""
    annotations = {K8S + "pod-eip-instanceid": "eip-1", K8S + "eip-bandwidth": "fast"}
    assert not plan(workload(annotations=annotations), settings=EipSettings(), remove=True).empty


def test_the_plan_shows_a_diff_of_the_annotations() -> None:
    """What is there, what goes and what comes, as YAML shows it."""
    annotations = {K8S + "pod-with-eip": "true", K8S + "eip-bandwidth": "5", "team": "games"}
    found = action(plan(workload(annotations=annotations), settings=EipSettings.of(bandwidth="9")))
    assert found.diff == (
        "--- deployment/default/web",
        "+++ deployment/default/web",
        "@@ -1,3 +1,3 @@",
        " spec.template.metadata.annotations:",
        '-  k8s.aliyun.com/eip-bandwidth: "5"',
        '+  k8s.aliyun.com/eip-bandwidth: "9"',
        '   k8s.aliyun.com/pod-with-eip: "true"',
    )


def test_the_plan_tells_the_money() -> None:
    """Of every Pod that a template makes and that can have an EIP; one that is named has been bought already."""
    targets = [workload(name="a", replicas=3), workload("Pod", name="b", template_path=(), replicas=None)]
    both = plan_annotate(targets, Wish(settings=AUTO), Surroundings(region="cn-hangzhou"))
    one = plan_annotate(targets[1:], Wish(settings=AUTO), Surroundings(region="cn-hangzhou"))
    assert both.before == 0
    assert both.after == pytest.approx(4 * one.after)
    assert any("a month" in note for note in both.plan.notes)
    single = workload("StatefulSet", replicas=1)
    assert plan_annotate([single], Wish(settings=BY_ID), Surroundings()).cost["per_month_after"] == 0
    forced = Wish(settings=AUTO, lifted=frozenset({Code.HOST_NETWORK.value}))
    assert plan_annotate([workload(host_network=True)], forced, Surroundings()).cost["per_month_after"] == 0


WITH_EIP, BANDWIDTH = K8S + "pod-with-eip", K8S + "eip-bandwidth"


def test_fix_moves_misplaced_keys_to_the_template() -> None:
    """Where the template has the key already, its value stays: it is the one in force."""
    target = workload(own_annotations={WITH_EIP: "true", BANDWIDTH: "9", "team": "x"}, annotations={BANDWIDTH: "5"})
    found = action(plan(target, settings=EipSettings(), fix=True))
    assert dict(found.set) == {WITH_EIP: "true"}
    assert dict(found.own_remove) == {WITH_EIP: "true", BANDWIDTH: "9"}
    assert found.restarts == 2
    assert '-  k8s.aliyun.com/eip-bandwidth: "9"' in found.diff


def test_fix_without_anything_misplaced_is_an_empty_plan() -> None:
    """Nothing is written, and a Pod has no template to move to."""
    pod = workload("Pod", template_path=(), annotations={WITH_EIP: "true"}, own_annotations={WITH_EIP: "true"})
    assert plan(workload(annotations={WITH_EIP: "true"}), pod, settings=EipSettings(), fix=True).empty


def test_fix_with_remove_only_takes_off() -> None:
    """Both places are clean afterwards, and nothing is set."""
    target = workload(own_annotations={WITH_EIP: "true"}, annotations={BANDWIDTH: "5"})
    found = action(plan(target, settings=EipSettings(), fix=True, remove=True))
    assert (found.set, found.remove, dict(found.own_remove)) == ((), (BANDWIDTH,), {WITH_EIP: "true"})


def test_remove_never_advises_to_move_keys_to_the_template() -> None:
    """What is left on the workload's own metadata is taken off by --fix together with --remove."""
    target = workload(own_annotations={WITH_EIP: "true"})
    (note,) = [note for note in plan(target, settings=EipSettings(), remove=True).notes if "EIP412" in note]
    assert note.endswith("eipctl annotate deployment/web -n default --remove --fix")


def test_moving_what_the_template_has_restarts_nothing() -> None:
    """The template stays as it is."""
    target = workload(own_annotations={WITH_EIP: "true"}, annotations={WITH_EIP: "true"})
    found = action(plan(target, settings=EipSettings(), fix=True))
    assert (found.set, found.restarts) == ((), 0)
    assert "nothing restarts" in found.reason


def test_recreate_strategy_changes_it_in_the_same_plan() -> None:
    """The deadlock is gone, so its lint does not refuse; other kinds are left as they are."""
    found = action(plan(workload(replicas=1, surge=True), settings=BY_ID, recreate=True))
    assert found.recreate
    assert "+spec.strategy.type: Recreate" in found.diff
    assert not action(plan(workload("StatefulSet", replicas=1), settings=BY_ID, recreate=True)).recreate
    again = workload(replicas=1, strategy="Recreate", annotations={K8S + "pod-eip-instanceid": "eip-bp1abc"})
    assert plan(again, settings=BY_ID, recreate=True).empty


def test_no_deployment_is_stopped_in_between_that_names_no_eip() -> None:
    """--recreate-strategy is for those alone that would wait for theirs; it may stand beside a selector."""
    named = {K8S + "pod-eip-instanceid": "eip-bp1abc"}
    assert not action(plan(workload(), settings=AUTO, recreate=True)).recreate
    assert not action(plan(workload(annotations=named), settings=EipSettings(), recreate=True, remove=True)).recreate
    assert action(plan(workload(replicas=1, annotations=named), settings=EipSettings(), recreate=True)).recreate
    plain = plan(workload(), settings=EipSettings(), recreate=True)
    assert plain.notes == ("deployment/default/web: has nothing to change",)


WAITS = [
    (workload(), True),
    (workload("CronJob", replicas=None), False),
    (workload("Pod", template_path=(), replicas=None), True),
    (workload("StatefulSet", strategy="OnDelete"), False),
    (workload("StatefulSet", partition=2), False),
    (workload(paused=True), False),
    (workload("CloneSet", strategy="InPlaceIfPossible"), True),
    (workload("CloneSet", strategy="InPlaceIfPossible", paused=True), False),
    (workload(annotations={WITH_EIP: "true"}), False),
    (workload(annotations={WITH_EIP: "true"}, behind=("web-1",)), True),
]


@pytest.mark.parametrize(("target", "waits"), WAITS)
def test_wait_is_planned_only_where_pods_come_or_are_behind(target: Target, waits: bool) -> None:
    """A workload whose Pods have their EIPs leaves nothing to do, so that the plan is empty the second time."""
    found = plan(target, wait=True)
    assert (found.count(Verb.WAIT) == 1) is waits
    assert plan(target).count(Verb.WAIT) == 0


NEVER = [
    (workload(paused=True), "paused: its Pods"),
    (workload("StatefulSet", strategy="OnDelete"), "when they are deleted (OnDelete)"),
    (workload("CronJob"), "later Pods get the change"),
    (workload("Pod", template_path=(), replicas=None, node="a"), "nothing in this cluster gives a running Pod an EIP"),
]


@pytest.mark.parametrize(("target", "why"), NEVER)
def test_wait_says_what_it_does_not_wait_for(target: Target, why: str) -> None:
    """Before anything is written: Pods that do not follow by themselves."""
    around = Surroundings(actors=(Acts(Actor.TERWAY, frozenset("a")),))
    (note,) = [note for note in plan(target, wait=True, around=around).notes if "--wait does not wait" in note]
    assert note.startswith(f"{target.object}: --wait does not wait for its Pods: ")
    assert why in note


def cost(target: Target, *scalers: Scaler, **settings: Any) -> float:
    """USD per month after the plan, in Pods."""
    around = Surroundings(scalers=scalers, region="cn-hangzhou")
    one = plan_annotate([workload(replicas=1)], Wish(settings=AUTO), Surroundings(region="cn-hangzhou")).after
    return plan_annotate([target], Wish(settings=AUTO), around).after / one


def test_the_money_is_that_of_the_pods_the_rollout_makes() -> None:
    """Not of those that a partition, a pause or OnDelete leaves as they are; a note has what they will cost."""
    assert cost(workload("StatefulSet", replicas=5, partition=3)) == pytest.approx(2)
    assert cost(workload(replicas=4, paused=True)) == 0
    assert cost(workload("StatefulSet", replicas=4, strategy="OnDelete")) == 0
    notes = plan(workload("StatefulSet", replicas=5, partition=3)).notes
    assert any("leaves out USD 6.79 a month of 3 Pods (partition 3)" in note for note in notes)
    notes = plan(workload(replicas=4, paused=True)).notes
    assert any("of 4 Pods (paused" in note for note in notes)


def test_the_money_counts_as_many_pods_as_an_autoscaler_may_make() -> None:
    """Its maximum; KEDA's own default where a ScaledObject names none."""
    hpa = Scaler("HorizontalPodAutoscaler", "default", "web", "Deployment", "web", 7)
    keda = Scaler("ScaledObject", "default", "web", "Deployment", "web", None)
    other = Scaler("HorizontalPodAutoscaler", "default", "db", "Deployment", "db", 7)
    nearer = Scaler("HorizontalPodAutoscaler", "default", "web", "Deployment", "web", 9, place="b.yaml:1")
    assert cost(workload(replicas=2), other, nearer, hpa) == pytest.approx(7)
    assert cost(workload(replicas=2), keda) == pytest.approx(100)
    assert cost(workload(replicas=2), other) == pytest.approx(2)
    notes = plan(workload(), around=Surroundings(scalers=(hpa,))).notes
    assert "deployment/default/web: the cost counts 7 Pods, which HorizontalPodAutoscaler web may make" in notes


def test_workloads_of_two_manifests_are_two() -> None:
    """By file and line, where the kind, the namespace and the name are the same; each lint names its own."""
    dev, prod = (
        workload(replicas=1, strategy="Recreate", uid="", place=f"{name}/web.yaml:1") for name in ("dev", "prod")
    )
    error = refused(dev, prod, settings=BY_ID)
    assert (error.code, error.object) == (Code.ID_SHARED, "deployment/default/web")
    assert "dev/web.yaml:1 deployment/default/web, prod/web.yaml:1 deployment/default/web" in error.message
    many = workload(replicas=3, strategy="Recreate", uid="", place="prod/web.yaml:1")
    wish = Wish(settings=BY_ID, lifted=frozenset({Code.ID_SHARED.value}))
    with pytest.raises(Refused) as raised:
        plan_annotate([dev, many], wish, Surroundings())
    assert raised.value.message.startswith("prod/web.yaml:1 deployment/default/web: it has 3 replicas")
    (lint, *_) = plan_annotate([many], Wish(settings=BY_ID, lifted=BLOCKING), Surroundings()).lints
    assert lint.as_data()["place"] == "prod/web.yaml:1"
