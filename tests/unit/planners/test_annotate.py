"""The annotate planner: what is written, how many Pods restart, and which wishes are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.domain.actions import AnnotateWorkload
from eipctl.domain.annotations import K8S, NETWORK
from eipctl.domain.codes import Code
from eipctl.domain.facts import Workload
from eipctl.errors import Refused
from eipctl.planners.annotate import EipSettings, Target, plan_annotate

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan

AUTO = EipSettings(eip="true")
BY_ID = EipSettings(instance_id="eip-bp1abc")


def workload(kind: str = "Deployment", **facts: Any) -> Target:
    pods = facts.pop("pods", 0)
    known: dict[str, Any] = {
        "api_version": "apps/v1",
        "kind": kind,
        "plural": kind.lower() + "s",
        "namespace": "default",
        "name": "web",
        "resource_version": "5",
        "annotations": {},
        "own_annotations": {},
        "template_path": ("spec", "template"),
        "replicas": 2,
        "strategy": "RollingUpdate",
    }
    return Target(Workload(**known | facts), pods)


def plan(*targets: Target, settings: EipSettings = AUTO, remove: bool = False, force: tuple[str, ...] = ()) -> Plan:
    return plan_annotate(targets, settings, remove=remove, lifted=frozenset(force))


def action(found: Plan) -> AnnotateWorkload:
    (only,) = found.actions
    assert isinstance(only, AnnotateWorkload)
    return only


def refused(*targets: Target, settings: EipSettings) -> Refused:
    with pytest.raises(Refused) as raised:
        plan(*targets, settings=settings)
    return raised.value


def test_every_setting_has_its_key_under_the_prefix_that_terway_reads() -> None:
    """And every value is a string."""
    settings = EipSettings(
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
    )
    assert dict(settings.pairs) == {
        K8S + "pod-with-eip": "true",
        K8S + "eip-bandwidth": "5",
        K8S + "pod-eip-instanceid": "eip-bp1abc",
        K8S + "eip-internet-charge-type": "PayByTraffic",
        K8S + "eip-isp": "BGP",
        K8S + "eip-common-bandwidth-package-id": "cbwp-1",
        K8S + "eip-public-ip-address-pool-id": "pippool-1",
        K8S + "eip-resource-group-id": "rg-1",
        K8S + "eip-name": "web",
        K8S + "pod-eip-release-strategy": "10m",
    }


def test_only_what_differs_is_written() -> None:
    """The write carries the version that was seen."""
    found = action(
        plan(workload(annotations={K8S + "pod-with-eip": "true"}), settings=EipSettings(eip="true", bandwidth="9"))
    )
    assert (found.set, found.remove, found.resource_version) == (((K8S + "eip-bandwidth", "9"),), (), "5")


def test_unchanged_is_an_empty_plan_that_says_so() -> None:
    """A note names the workload."""
    found = plan(workload(annotations={K8S + "pod-with-eip": "true"}))
    assert found.empty
    assert found.notes == ("deployment/default/web: has these annotations already",)


def test_remove_takes_off_what_annotate_can_set_and_nothing_else() -> None:
    """Both prefixes; a description, tags and others' keys stay."""
    mine = {K8S + "pod-with-eip": "true", NETWORK + "eip-bandwidth": "5", K8S + "pod-eip-release-strategy": "Never"}
    others = {K8S + "eip-description": "kept", "team": "games", K8S + "pod-ip-reservation": "true"}
    found = action(plan(workload(annotations={**mine, **others}), settings=EipSettings(), remove=True))
    assert set(found.remove) == set(mine)
    assert found.set == ()


def test_remove_tells_of_an_older_key_that_still_asks() -> None:
    """It is not one that annotate sets, so it stays."""
    annotations = {K8S + "pod-with-eip": "true", K8S + "eci-with-eip": "true"}
    (note,) = plan(workload(annotations=annotations), settings=EipSettings(), remove=True).notes
    assert "eci-with-eip" in note


RESTARTS = [
    (workload(), 2),
    (workload("StatefulSet", replicas=5), 5),
    (workload("DaemonSet", replicas=None, pods=7), 7),
    (workload("ReplicaSet"), 0),
    (workload("CronJob", replicas=None), 0),
    (workload("Pod", template_path=(), replicas=None), 0),
    (workload("CloneSet", api_version="apps.kruise.io/v1alpha1", replicas=3), 3),
]


@pytest.mark.parametrize(("target", "count"), RESTARTS, ids=[row[0].workload.kind for row in RESTARTS])
def test_the_plan_says_how_many_pods_restart(target: Target, count: int) -> None:
    """None on live Pods, and none where only later Pods come from the template."""
    found = action(plan(target))
    assert found.restarts == count
    assert (f"{count} Pods restart" if count else "nothing restarts") in found.reason


LINTS = [
    (workload(), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("StatefulSet"), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("CloneSet", replicas=None), BY_ID, Code.ID_WITH_REPLICAS),
    (workload("DaemonSet", replicas=None, pods=3), BY_ID, Code.ID_IN_DAEMONSET),
    (workload(replicas=1), BY_ID, Code.ID_ROLLING_UPDATE),
    (workload(), EipSettings(eip="true", bandwidth="fast"), Code.BANDWIDTH),
    (workload(), EipSettings(eip="true", bandwidth="0"), Code.BANDWIDTH),
    (workload(), EipSettings(eip="true", bandwidth="201"), Code.BANDWIDTH),
    (workload(), EipSettings(eip="true", bandwidth="501", charge_type="PayByBandwidth"), Code.BANDWIDTH),
    (workload(), EipSettings(eip="true", charge_type="Free"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings(eip="true", release_strategy="soon"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings(eip="true", name="1"), Code.ANNOTATION_VALUE),
    (workload(replicas=1), EipSettings(instance_id="47.1.2.3"), Code.ANNOTATION_VALUE),
    (workload(), EipSettings(bandwidth="5"), Code.ANNOTATION_VALUE),
    (workload(host_network=True), AUTO, Code.HOST_NETWORK),
    (workload("Job"), AUTO, Code.WORKLOAD_KIND),
    (
        workload(annotations={NETWORK + "eip-bandwidth": "9"}),
        EipSettings(eip="true", bandwidth="5"),
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
    (workload("Pod", template_path=(), replicas=None), BY_ID),
    (workload(replicas=0, strategy="Recreate"), BY_ID),
    (workload(), EipSettings(eip="true", bandwidth="200")),
    (workload(), EipSettings(eip="true", bandwidth="500", charge_type="PayByBandwidth")),
    (workload(), EipSettings(eip="true", release_strategy="1h30m")),
    (workload(), EipSettings(eip="false")),
    (workload(annotations={K8S + "pod-with-eip": "true"}), EipSettings(bandwidth="5")),
]


@pytest.mark.parametrize(("target", "settings"), FINE)
def test_what_can_work_is_planned(target: Target, settings: EipSettings) -> None:
    """The passing neighbour of each lint."""
    assert not plan(target, settings=settings).empty


def test_one_id_for_two_workloads_is_refused() -> None:
    """It can be bound to one Pod only."""
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
    assert [note.rpartition("(")[2] for note in found.notes] == ["--force EIP403)", "--force EIP404)"]


def test_what_is_wrong_already_does_not_hinder_its_removal() -> None:
    """--remove is never linted, except where the template can't be changed at all."""
    annotations = {K8S + "pod-eip-instanceid": "eip-1", K8S + "eip-bandwidth": "fast"}
    assert not plan(workload(annotations=annotations), settings=EipSettings(), remove=True).empty


def test_mixed_prefixes_are_told() -> None:
    """Terway reads one of them only."""
    (note,) = plan(workload(annotations={NETWORK + "eip-isp": "BGP"})).notes
    assert "both prefixes" in note
