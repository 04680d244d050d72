"""The status join: state, manager and reason of each Pod, and what counts as an orphan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eipctl.domain import ownership
from eipctl.domain.cost import Rates, list_rates
from eipctl.domain.facts import Eip, EipStatus, EniAddress, Node, OwnerRef, Pod
from eipctl.domain.ownership import ORPHAN_SINCE, Role, moment
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.settings import NETWORK, RESULT
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.status.join import report
from eipctl.planners.status.order import Sort, sorted_by
from eipctl.planners.status.partial import UNSEEN, Seen, glance
from eipctl.planners.status.report import Manager, PodRow, PodState, Remedy, StatusReport
from eipctl.planners.status.totals import by_namespace
from tests.unit.planners.bind_facts import AUTO, NAMES_X, NOW, OTHER, eip, ours, pod, world

REGION = "cn-hangzhou"
PRICE = 0.0031 * 730


def tagged(found: Eip, key: str, value: str) -> Eip:
    return replace(found, **ownership.tag_fields({**found.tags, key: value}))


def view(pods: list[Pod], eips: list[Eip], **facts: Any) -> StatusReport:
    seen = world(pods, eips, **facts)
    return report(seen, plan_bind(seen, Knobs()).plan, list_rates(REGION))


def row(one: Pod, *eips: Eip, **facts: Any) -> PodRow:
    (only,) = view([one], list(eips), **facts).pods
    return only


def told(one: Pod, address: str) -> Pod:
    return replace(one, recorded=address)


def test_a_pod_that_asks_for_nothing_and_has_nothing_is_not_listed() -> None:
    """Nor one that has ended."""
    assert view([pod(annotations={}), pod("b", ip="10.0.0.11", phase="Succeeded")], []).pods == ()


def test_a_pod_that_waits_for_bind_is_pending() -> None:
    """With what bind would do as the reason."""
    found = row(pod())
    assert (found.state, found.managed_by, found.wanted) == (PodState.PENDING, None, "auto")
    assert "eipctl bind" in found.reason


def test_a_pod_with_its_own_eip_is_bound() -> None:
    """By eipctl."""
    a = told(pod(), "47.1.5.1")
    found = row(a, ours(eip(at=a.ip), a))
    assert (found.state, found.managed_by, found.reason) == (PodState.BOUND, Manager.EIPCTL, "")
    assert found.as_data()["eni_id"] == "eni-10.0.0.10"


def test_a_wrong_result_annotation_is_drift() -> None:
    """bind would mend it."""
    a = told(pod(), "1.2.3.4")
    assert row(a, ours(eip(at=a.ip), a)).state is PodState.DRIFTED


def test_an_eip_that_is_still_being_bound_is_pending() -> None:
    """Not Bound before the cloud says so."""
    a = told(pod(), "47.1.5.1")
    assert row(a, ours(eip(at=a.ip, status=EipStatus.ASSOCIATING), a)).state is PodState.PENDING


def test_an_untagged_eip_at_its_ip_is_the_users_unless_the_pod_tells_it() -> None:
    """Terway and the controller write the address into the Pod, a person does not."""
    a = pod()
    assert row(a, eip(at=a.ip)).managed_by is Manager.USER
    assert row(told(a, "47.1.5.1"), eip(at=a.ip)).managed_by is Manager.TERWAY


def test_on_a_node_in_eip_mode_terway_is_waited_for() -> None:
    """While a Pod has no IP it comes by itself; afterwards only a new Pod gets one."""
    native = frozenset({"n1"})
    assert "while the Pod is being created" in row(pod(ip=""), native_nodes=native).reason
    late = row(pod(), native_nodes=native)
    assert (late.state, "delete this Pod" in late.reason) == (PodState.PENDING, True)
    undecided = row(pod(), native_nodes=native, undecided_nodes=native)
    assert (undecided.state, "--force-restart" in undecided.reason) == (PodState.PENDING, True)
    a = told(pod(), "47.1.5.1")
    bound = row(a, eip(at=a.ip), native_nodes=native)
    assert (bound.state, bound.managed_by) == (PodState.BOUND, Manager.TERWAY)


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ({"k8s.aliyun.com/pod-with-eip": "TRUE"}, "k8s.aliyun.com/pod-with-eip is 'TRUE', but Terway accepts only"),
        ({"k8s.aliyun.com/eci-with-eip": "1"}, "k8s.aliyun.com/eci-with-eip is '1', but Terway accepts only"),
        ({"network.alibabacloud.com/pod-with-eip": "true"}, "but Terway accepts only the string 'true'"),
        ({**AUTO, "k8s.aliyun.com/pod-eni": "True"}, "its own ENI on a trunk"),
    ],
)
def test_where_terway_gives_the_eips_a_pod_that_it_passes_over_is_not_waiting(
    annotations: dict[str, str], why: str
) -> None:
    """The reason is told, and no advice that can't help; where bind gives them, the same Pod waits for bind."""
    found = row(pod(annotations=annotations), native_nodes=frozenset({"n1"}))
    assert (found.state, why in found.reason) == (PodState.INELIGIBLE, True)
    assert "delete this Pod" not in found.reason
    assert row(pod(annotations=annotations)).state is PodState.PENDING


def test_an_eip_that_terway_gives_against_the_other_key_is_told_so() -> None:
    """pod-with-eip says no, eci-with-eip says yes: Terway listens to either."""
    a = pod(annotations={"k8s.aliyun.com/pod-with-eip": "false", "k8s.aliyun.com/eci-with-eip": "true"})
    assert "Terway gives it an EIP" in row(a, eip(at=a.ip), native_nodes=frozenset({"n1"})).reason
    assert "asks for no EIP" in row(a, eip(at=a.ip)).reason


def test_where_the_controller_works_it_is_the_manager() -> None:
    """eipctl leaves its Pods alone."""
    a = pod()
    assert row(a, ack_extend=True).state is PodState.PENDING
    assert row(a, eip(at=a.ip), ack_extend=True).managed_by is Manager.ACK_EXTEND


def test_a_pod_that_can_never_have_one_is_ineligible() -> None:
    """With the reason."""
    found = row(pod(host_network=True))
    assert (found.state, "hostNetwork" in found.reason) == (PodState.INELIGIBLE, True)


def test_a_pod_of_an_agent_sandbox_is_acs_own() -> None:
    """ACS serves Pods with its label, also those on a node that looks like any other."""
    found = row(pod(labels={"alibabacloud.com/acs": "true"}))
    assert (found.state, "the Pod runs on ACS" in found.reason) == (PodState.INELIGIBLE, True)


def test_annotations_that_cannot_be_obeyed_are_a_conflict() -> None:
    """Two prefixes that differ, a value out of range."""
    found = row(pod(annotations={**AUTO, NETWORK + "pod-with-eip": "false"}))
    assert (found.state, found.wanted) == (PodState.CONFLICT, "invalid")


def test_another_eip_in_the_way_is_a_conflict() -> None:
    """It names X and has Y; or the Pod's IP already has another cluster's."""
    a = pod(annotations=NAMES_X)
    found = row(a, eip(at=a.ip), eip("eip-x"))
    assert (found.state, found.wanted) == (PodState.CONFLICT, "eip-x")
    b = pod()
    assert row(b, ours(eip(at=b.ip), b, cluster=OTHER)).state is PodState.CONFLICT


def test_an_eip_that_is_asked_for_no_more_is_drift() -> None:
    """The Pod is alive and bind would unbind it."""
    a = pod(annotations={})
    found = row(a, ours(eip(at=a.ip), a))
    assert (found.state, found.wanted, found.managed_by) == (PodState.DRIFTED, None, Manager.EIPCTL)


def test_a_pod_under_the_eip_of_a_gone_pod_is_misplaced() -> None:
    """Traffic for the gone Pod reaches this one until the next bind, whether it asks for an EIP, can't, or does not."""
    for asked in ({}, AUTO, {**AUTO, "k8s.aliyun.com/eip-bandwidth": "much"}):
        found = row(pod(annotations=asked), ours(eip(at="10.0.0.10"), pod("gone")))
        assert (found.state, found.remedy) == (PodState.MISPLACED, Remedy.BIND)
        assert (
            found.reason
            == "reachable under eip-1, which belongs to pod/default/gone (deleted); eipctl bind corrects this"
        )


def test_a_pod_under_the_eip_of_a_living_pod_is_misplaced_and_says_what_is_in_the_way() -> None:
    """bind takes it from no living Pod, so a person has to: no remedy, and counted as unserved."""
    a, b = pod(), pod("b", ip="10.0.0.11")
    found = {each.pod.name: each for each in view([a, b], [ours(eip(at=a.ip), replace(b, ip=a.ip))]).pods}
    assert found["a"].state is PodState.MISPLACED
    assert "which belongs to pod/default/b" in found["a"].reason
    assert "deleted" not in found["a"].reason


def test_a_pod_whose_eip_leads_elsewhere_is_misplaced() -> None:
    """Somebody has bound it to another address; a second EIP at the Pod's own address would be found there."""
    a = pod()
    moved = replace(ours(eip(at=a.ip), a), instance_id="i-1", instance_type="EcsInstance", private_ip="")
    found = row(a, moved)
    assert found.state is PodState.MISPLACED
    assert found.reason == "its EIP eip-1 is bound to i-1 instead; eipctl did not bind it there and leaves it alone"
    assert found.unserved


def test_where_a_pod_is_has_to_be_known_before_its_eip_is_called_misplaced() -> None:
    """bind looks for no place of a Pod that asks for nothing: its EIP may well be there."""
    a = pod(annotations={})
    assert row(a, ours(eip(at=a.ip), a), enis={}).state is PodState.DRIFTED


def test_states_come_in_the_order_of_their_harm() -> None:
    """The worst first, in the data as in the table."""
    assert [state.value for state in PodState if state is not PodState.UNKNOWN] == [
        "Misplaced", "Conflict", "Drifted", "Pending", "Ineligible", "Bound",
    ]  # fmt: skip
    assert list(view([], []).summary)[1:7] == ["misplaced", "conflict", "drifted", "pending", "unknown", "ineligible"]


def test_a_users_eip_on_a_pod_that_did_not_ask_is_shown() -> None:
    """Somebody bound it by hand."""
    a = pod(annotations={})
    found = row(a, eip(at=a.ip))
    assert (found.state, found.managed_by, found.reason) == (PodState.BOUND, Manager.USER, "the Pod asks for no EIP")


def test_a_leaving_pod_that_keeps_its_eip_is_bound() -> None:
    """Until its object is gone."""
    a = told(pod(terminating=True), "47.1.5.1")
    assert row(a, ours(eip(at=a.ip), a)).state is PodState.BOUND


# orphans


def test_an_own_eip_of_a_gone_pod_is_an_orphan() -> None:
    """With the Pod, since when, and the price."""
    since = NOW - timedelta(hours=1)
    marked = tagged(ours(eip("eip-22"), pod("b")), ORPHAN_SINCE, moment(since))
    found = view([], [ours(eip(), pod("a")), marked])
    assert [(one.eip.allocation_id, one.pod, one.since) for one in found.orphans] == [
        ("eip-1", "default/a", None),
        ("eip-22", "default/b", since),
    ]
    assert found.as_data()["cost"]["orphans_per_month"] == round(2 * PRICE, 2)
    assert found.drifted


def test_a_second_eip_of_a_living_pod_is_an_orphan() -> None:
    """Only one is its own."""
    a = told(pod(), "47.1.5.1")
    found = view([a], [ours(eip(at=a.ip), a), ours(eip("eip-22"), a)])
    assert [one.eip.allocation_id for one in found.orphans] == ["eip-22"]
    assert found.pods[0].state is PodState.BOUND


def test_what_is_kept_given_or_anothers_is_no_orphan() -> None:
    """A Never strategy, an EIP that was only lent, one of another cluster, one without tags."""
    gone = pod("gone", owner=OwnerRef("StatefulSet", "gone", "u"))
    kept = tagged(ours(eip("eip-1"), gone), ownership.STRATEGY, "s-Never")
    others = [ours(eip("eip-22"), gone, role=Role.GIVEN), ours(eip("eip-333"), gone, cluster=OTHER), eip("eip-4444")]
    assert view([], [kept, *others]).orphans == ()


def test_what_can_not_go_is_told_with_its_reason_and_price() -> None:
    """Kept by its strategy, or locked before it was seen to be an orphan: no orphan, but money."""
    gone = pod("gone", owner=OwnerRef("StatefulSet", "gone", "u"))
    never = tagged(ours(eip("eip-1"), gone), ownership.STRATEGY, "s-Never")
    locked = ours(eip("eip-22", locked=True), gone)
    protected = ours(eip("eip-333", protected=True), gone)
    found = view([], [never, locked, protected])
    assert [(one.eip.allocation_id, one.reason) for one in found.kept] == [
        ("eip-1", "kept: the release strategy is Never"),
        ("eip-22", "locked by the cloud; it can't be changed"),
    ]
    assert [one.reason for one in found.orphans] == ["can't be released: deletion protection is on"]
    assert round(found.per_month, 4) == round(3 * PRICE, 4)
    assert by_namespace(found)[0].per_month == found.per_month
    assert not replace(found, orphans=()).drifted


def test_a_pod_that_is_back_has_no_orphan() -> None:
    """The mark goes with the next bind."""
    a = told(pod(), "47.1.5.1")
    assert view([a], [tagged(ours(eip(at=a.ip), a), ORPHAN_SINCE, moment(NOW))]).orphans == ()


def test_orphans_of_other_namespaces_are_not_judged() -> None:
    """With -n, absence means nothing elsewhere."""
    elsewhere = ours(eip(), pod("a", namespace="games"))
    marked = tagged(elsewhere, ORPHAN_SINCE, moment(NOW))
    assert view([], [elsewhere], namespaces=frozenset({"default"})).orphans == ()
    assert view([], [marked], namespaces=frozenset({"default"})).orphans == ()


def test_on_a_partial_observation_nothing_new_is_called_an_orphan() -> None:
    """Absence is not proven; what is marked already stays listed."""
    marked = tagged(ours(eip("eip-22"), pod("b")), ORPHAN_SINCE, moment(NOW))
    found = view([], [ours(eip(), pod("a")), marked], complete=False)
    assert [one.eip.allocation_id for one in found.orphans] == ["eip-22"]


# what is paid for and not bound


def test_an_eip_that_could_not_be_bound_is_on_its_pods_row() -> None:
    """With its id, age and price, in the sums as well, and the error of the last attempt once that is known."""
    a = pod()
    bought = replace(ours(eip(), a), allocated_at=NOW - timedelta(minutes=25))
    found = view([a], [bought])
    (only,) = found.pods
    assert (only.state, only.reason) == (PodState.PENDING, "eip-1 is paid for and not bound; eipctl bind corrects this")
    assert round(found.per_month, 4) == round(only.per_month, 4) == round(PRICE, 4)
    data = found.with_errors({a.uid: "no", "uid-z": "not its"}).as_data()
    assert (data["cost"]["per_month"], data["summary"]["unbound"]) == (2.26, 1)
    shown = data["pods"][0]
    assert (shown["allocation_id"], shown["eip_address"], shown["cost_per_month"]) == ("eip-1", bought.address, 2.26)
    assert shown["reason"] == "eip-1 is paid for and not bound; eipctl bind corrects this; last attempt: no"
    assert shown["unbound"] == [
        {
            "allocation_id": "eip-1",
            "eip_address": bought.address,
            "status": "Available",
            "age_seconds": 1500,
            "cost_per_month": 2.26,
            "error": "no",
        }
    ]


@pytest.mark.parametrize("status", [EipStatus.ASSOCIATING, EipStatus.UNASSOCIATING, EipStatus.IN_USE])
def test_an_eip_that_is_at_another_address_than_its_pods_is_on_its_pods_row(status: EipStatus) -> None:
    """Whatever its state: it is paid for, and its Pod is not reached under it."""
    a = pod()
    found = view([a], [ours(eip(at="10.0.0.99", status=status), a)])
    assert [one.eip.allocation_id for one in found.pods[0].unbound] == ["eip-1"]
    assert found.pods[0].state is (PodState.MISPLACED if status is EipStatus.IN_USE else PodState.PENDING)
    assert round(found.per_month, 4) == round(PRICE, 4)


def test_what_is_paid_for_is_listed_although_its_pod_is_not() -> None:
    """One that is being released, and on a partial observation one whose Pod may be gone or asks for none."""
    a = pod()
    leaving = view([a], [ours(eip(status=EipStatus.RELEASING), a)])
    assert [(row.eip.allocation_id, row.reason) for row in leaving.kept] == [
        ("eip-1", "the EIP is Releasing; eipctl leaves it alone")
    ]
    unknown = view([], [ours(eip(), a), ours(eip("eip-22"), a, role=Role.GIVEN)], complete=False)
    assert [row.eip.allocation_id for row in unknown.kept] == ["eip-1"]
    unasked = view([pod(annotations={})], [ours(eip(), a)], complete=False)
    assert unasked.pods[0].state is PodState.DRIFTED
    for found in (leaving, unknown, unasked):
        assert round(found.per_month, 4) == round(PRICE, 4)


def test_the_eips_of_pods_that_were_not_chosen_are_not_shown() -> None:
    """A selector chooses whose money is looked at."""
    a, b = pod(), pod("b", ip="10.0.0.11")
    found = view([a, b], [ours(eip(), a), ours(eip("eip-22"), b)], selected=frozenset({b.uid}))
    assert [row.pod.name for row in found.pods] == ["b"]
    assert round(found.per_month, 4) == round(PRICE, 4)


def test_a_pod_that_left_and_the_next_one_at_its_address_share_one_price() -> None:
    """It is in the row of the Pod that the tags name."""
    a, b = pod(terminating=True), pod("b")
    for holder in (a, b):
        found = view([a, b], [ours(eip(at=a.ip), holder)])
        assert [row.pod.name for row in found.pods if row.per_month] == [holder.name]
        assert round(sum(row.per_month for row in found.pods), 4) == round(PRICE, 4)


def test_without_all_rights_what_is_paid_for_and_not_bound_is_shown_too() -> None:
    """Its tags name the Pod's UID."""
    a = pod()
    seen = Seen(now=NOW, pods=(a,), eips=(ours(eip(), a),), enis={}, nodes={}, rates=Rates())
    (only,) = glance(seen, ()).pods
    assert [one.eip.allocation_id for one in only.unbound] == ["eip-1"]
    assert round(only.per_month, 4) == round(PRICE, 4)


# the whole


def test_the_data_has_exactly_the_promised_keys() -> None:
    """Fields may be added, never renamed."""
    a = pod()
    data = view([a], [ours(eip("eip-22"), pod("gone"))]).as_data()
    assert list(data) == ["pods", "orphans", "kept", "pools", "summary", "cost", "complete", "totals", "warnings"]
    assert list(data["pods"][0]) == [
        "namespace",
        "name",
        "uid",
        "workload",
        "node",
        "private_ip",
        "wanted",
        "eip_address",
        "allocation_id",
        "eni_id",
        "bandwidth",
        "managed_by",
        "state",
        "reason",
        "cost_per_month",
        "code",
        "unbound",
    ]
    assert list(data["orphans"][0]) == [
        "allocation_id",
        "eip_address",
        "pod",
        "workload",
        "since",
        "age_seconds",
        "cost_per_month",
        "reason",
    ]
    assert data["summary"] == {
        "pods": 1,
        "misplaced": 0,
        "conflict": 0,
        "drifted": 0,
        "pending": 1,
        "unknown": 0,
        "ineligible": 0,
        "bound": 0,
        "orphans": 1,
        "kept": 0,
        "unbound": 0,
    }


def test_rows_are_sorted_and_an_eip_is_priced_once() -> None:
    """By namespace and name, whatever the order of the lists."""
    a, b = told(pod("a"), "47.1.5.1"), pod("b", ip="10.0.0.11")
    found = view([b, a], [ours(eip(at=a.ip), a)])
    assert [item.pod.name for item in found.pods] == ["a", "b"]
    assert round(found.per_month, 4) == round(PRICE, 4)


def test_every_key_that_tells_a_result_names_its_writer() -> None:
    """Terway writes under its own prefix, the controller also under the other: an address or an id."""
    a = pod()
    found = eip("eip-1", at=a.ip)
    for key, value, manager in (
        (RESULT, found.address, Manager.TERWAY),
        (NETWORK + "allocated-eipAddress", found.address, Manager.ACK_EXTEND),
        (NETWORK + "allocated-eip-address", found.address, Manager.ACK_EXTEND),
        (NETWORK + "allocated-eip-id", "eip-1", Manager.ACK_EXTEND),
        (NETWORK + "allocated-eip-id", "eip-2", Manager.USER),
    ):
        assert row(replace(a, **annotation_fields({**AUTO, key: value})), found).managed_by is manager


def test_totals_count_each_eip_once() -> None:
    """By namespace and by workload, with the orphans of its Pods; what is bound and orphaned at once costs once."""
    owner = OwnerRef("StatefulSet", "db", "s-1")
    a, b = pod("db-0", owner=owner), pod("db-1", ip="10.0.0.11", owner=owner)
    c = pod("web", ip="10.0.0.12", namespace="game")
    gone = pod("old", ip="", namespace="game")
    found = view([a, b, c], [ours(eip("eip-a", at=a.ip), a), ours(eip("eip-o"), gone)], namespaces=None)
    totals = found.as_data()["totals"]
    assert [(each["namespace"], each["pods"], each["orphans"], each["per_month"]) for each in totals["namespaces"]] == [
        ("default", 2, 0, round(PRICE, 2)),
        ("game", 1, 1, round(PRICE, 2)),
    ]
    assert [(each["workload"], each["states"], each["orphans"]) for each in totals["workloads"]] == [
        ("StatefulSet/db", {"Drifted": 1, "Pending": 1}, 0),
        ("Pod/old", {}, 1),
        ("Pod/web", {"Pending": 1}, 0),
    ]
    assert sum(each["per_month"] for each in totals["workloads"]) == 2 * round(PRICE, 2)
    taken_off = pod("a", annotations={})
    both = view([taken_off], [ours(eip(at=taken_off.ip), taken_off)])
    assert sum(each.per_month for each in by_namespace(both)) == PRICE


def test_an_orphan_has_an_age() -> None:
    """Since it was first seen to be one, by its tag."""
    gone = pod("old", ip="")
    found = view([], [tagged(ours(eip("eip-o"), gone), ORPHAN_SINCE, moment(NOW - timedelta(hours=30)))])
    (orphan,) = found.as_data()["orphans"]
    assert orphan["age_seconds"] == 30 * 3600


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (Sort.NAMESPACE, ["c", "a", "b"]),
        (Sort.NAME, ["a", "b", "c"]),
        (Sort.WORKLOAD, ["c", "a", "b"]),
        (Sort.STATE, ["b", "c", "a"]),
        (Sort.EIP, ["b", "a", "c"]),
        (Sort.BANDWIDTH, ["c", "a", "b"]),
        (Sort.BY, ["b", "a", "c"]),
        (Sort.NODE, ["b", "c", "a"]),
        (Sort.COST, ["c", "a", "b"]),
        (Sort.AGE, ["b", "c", "a"]),
        (Sort.PRIVATE_IP, ["a", "b", "c"]),
        (Sort.ID, ["b", "a", "c"]),
        (Sort.ENI, ["a", "b", "c"]),
    ],
)
def test_rows_are_sorted_by_what_is_asked(by: Sort, names: list[str]) -> None:
    """Addresses as numbers, the most bandwidth and money first, the oldest Pod first, then by namespace and name."""
    a = told(pod("a", node="n3"), "47.1.10.1")
    b = replace(pod("b", ip="10.0.0.11", node="n1"), created=NOW - timedelta(days=2))
    c = replace(pod("c", ip="10.0.0.12", node="n2", namespace="an"), created=NOW - timedelta(days=1))
    has_a = replace(ours(eip("eip-a", at=a.ip), a), address="47.1.10.1", bandwidth=5)
    has_c = replace(eip("eip-c", at=c.ip), address="47.1.100.1", bandwidth=20, internet_charge_type="PayByBandwidth")
    found = view([a, b, c], [has_a, has_c], namespaces=None, nodes={name: Node(name) for name in ("n1", "n2", "n3")})
    assert [each.pod.name for each in sorted_by(found.pods, by)] == names


def test_every_field_of_a_row_can_be_sorted_by() -> None:
    """By the JSON's name and by the table's, in braces or after a dot as well; nothing else."""
    a = told(pod(), "47.1.5.1")
    found = view([a], [ours(eip(at=a.ip), a)])
    assert all(Sort.named(name) for name in found.as_data()["pods"][0])
    assert Sort.named("{.metadata.creationTimestamp}") is Sort.AGE
    assert Sort.named(".eip_address") is Sort.named("EIP") is Sort.EIP
    assert Sort.named("spice") is Sort.named("") is None


def look(*pods: Pod, eips: tuple[Eip, ...] = (), **facts: Any) -> list[tuple[str, str | None, str]]:
    seen = Seen(
        now=NOW, pods=pods, eips=eips, enis=facts.pop("enis", {}), nodes={"n1": Node("n1")}, rates=list_rates(REGION)
    )
    found = glance(seen, ("not filled: ENI",))
    assert found.warnings == ("not filled: ENI",)
    return [(each.state.value, each.eip.allocation_id if each.eip else None, each.reason) for each in found.pods]


def test_without_all_rights_only_what_is_certain_is_shown() -> None:
    """An EIP is a Pod's when it is bound to its IP and one side names the other; the IP alone proves nothing."""
    a = pod()
    certain = ("Bound", "eip-1", "not checked for drift")
    assert look(a, eips=(ours(eip(at=a.ip), a),)) == [certain]
    assert look(told(a, "47.1.5.1"), eips=(eip(at=a.ip),)) == [certain]
    assert look(a, eips=(eip(at=a.ip),)) == [("Unknown", None, UNSEEN)]
    assert look(a, eips=(ours(eip(at=a.ip), pod("other")),)) == [("Unknown", None, UNSEEN)]
    assert look(told(a, "47.1.9.1"))[0][2] == "the Pod shows 47.1.9.1, which was not compared with the cloud"
    assert look(pod(annotations={}), pod("b", phase="Succeeded"), pod("c", ip="", annotations={})) == []
    assert look(replace(a, **annotation_fields({RESULT: "47.1.5.1"})), eips=(eip(at=a.ip),))[0][0] == "Unknown"
    assert look(
        replace(told(a, "47.1.5.1"), **annotation_fields({**NAMES_X, RESULT: "47.1.5.1"})), eips=(eip(at=a.ip),)
    ) == [("Unknown", "eip-1", "the Pod has another EIP than the one it names")]
    assert look(pod(host_network=True))[0][0] == "Ineligible"
    assert look(pod(annotations={**AUTO, NETWORK + "pod-with-eip": "false"}))[0][0] == "Conflict"


def test_what_is_bound_to_the_enis_of_pods_is_theirs() -> None:
    """Whoever bound it and whether they asked; one that eipctl bound there for another Pod is misplaced."""
    a, b, c = pod(), pod("b", ip="10.0.0.11", annotations={}), pod("c", ip="10.0.0.12")
    places = {each.uid: EniAddress(f"eni-{each.ip}", each.ip, primary=False, vpc_id="vpc-1") for each in (a, b, c)}
    eips = (eip(at=a.ip), eip("eip-22", at=b.ip), ours(eip("eip-333", at=c.ip), pod("before")))
    rows = glance(Seen(now=NOW, pods=(a, b, c), eips=eips, enis=places, nodes={}, rates=Rates()), ()).pods
    assert [(row.state.value, row.eip.allocation_id if row.eip else None, row.reason) for row in rows] == [
        ("Bound", "eip-1", "not checked for drift"),
        ("Unknown", "eip-22", "the Pod asks for no EIP"),
        ("Misplaced", None, "reachable under eip-333, which belongs to pod/default/before"),
    ]


def test_an_eni_is_shown_where_it_is_known() -> None:
    """From the cluster, or from the EIP."""
    a = pod()
    place = EniAddress("eni-9", a.ip, primary=False, vpc_id="vpc-1")
    for enis, shown in (({a.uid: place}, "eni-9"), ({}, "eni-10.0.0.10")):
        seen = Seen(now=NOW, pods=(a,), eips=(ours(eip(at=a.ip), a),), enis=enis, nodes={}, rates=Rates())
        assert glance(seen, ()).pods[0].eni_id == shown


def test_a_world_says_what_each_pod_is_a_part_of() -> None:
    """Plans group Pods by it; a single Pod is its own."""
    owner = OwnerRef("ReplicaSet", "web-5d", "u")
    single, replica = pod("a"), pod("web-5d-x", owner=owner, labels={"pod-template-hash": "5d"})
    assert world([single, replica], []).workloads() == {single.uid: "Pod/a", replica.uid: "Deployment/web"}


def test_an_eip_that_is_bound_elsewhere_is_not_counted_as_unbound() -> None:
    """It is paid for and in its Pod's row, but it is in use; only what is bound to nothing is idle."""
    a = pod()
    moved = view([a], [ours(eip(at="10.0.0.99"), a)])
    assert moved.pods[0].state is PodState.MISPLACED
    assert (moved.summary["unbound"], moved.pods[0].idle) == (0, ())
    bought = view([a], [ours(eip(), a)])
    assert (bought.summary["unbound"], len(bought.pods[0].idle)) == (1, 1)


def test_a_pod_that_waits_shows_why_the_last_attempt_failed() -> None:
    """Also when no EIP could be bought for it; a Pod that has its EIP does not."""
    a = pod()
    waiting = view([a], []).with_errors({a.uid: "the account's balance is too low"}).pods[0]
    assert waiting.reason.endswith("; eipctl bind corrects this; last attempt: the account's balance is too low")
    served = view([a], [ours(eip(at=a.ip), a)])
    assert served.with_errors({a.uid: "late"}).pods[0].reason == served.pods[0].reason


def test_an_eip_that_the_next_run_gives_to_another_pod_says_so() -> None:
    """It is kept for that Pod, not left alone."""
    gone, heir = pod("web", uid="uid-old"), pod("web", ip="10.0.0.11")
    found = view([heir], [ours(eip(at="10.0.0.10"), gone)])
    assert [row.reason for row in found.kept] == ["eipctl bind gives it to pod/default/web"]
