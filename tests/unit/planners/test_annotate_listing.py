"""What `annotate --list` makes of annotations: each value in force, the key it is from, and who ignores it."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.domain.settings import K8S, NETWORK
from eipctl.domain.terway.image_version import TerwayVersion
from eipctl.planners.annotate.listing import effective, listing
from eipctl.planners.annotate.surroundings import Actor, Acts, who_gives
from tests.unit.planners.annotate_facts import workload

TERWAY = (Acts(Actor.TERWAY, frozenset("abc"), TerwayVersion(1, 6, 3)),)
BIND = (Acts(Actor.BIND),)
AUTO = {K8S + "pod-with-eip": "true"}


def in_force(annotations: dict[str, str], actors: tuple[Acts, ...] = BIND) -> dict[str, tuple[str, str, str]]:
    return {each.setting.name: (each.value, each.key, each.note) for each in effective(annotations, actors)}


def test_a_default_has_no_key() -> None:
    """What is not named is told all the same."""
    assert in_force(AUTO)["eip-bandwidth"] == ("5", "", "")


def test_the_own_key_goes_before_an_older_one_and_the_other_prefix() -> None:
    """As bind reads them."""
    found = in_force({**AUTO, K8S + "eip-charge-type": "PayByTraffic", NETWORK + "eip-isp": "BGP"})
    assert found["eip-internet-charge-type"] == ("PayByTraffic", K8S + "eip-charge-type", "")
    assert found["eip-isp"] == ("BGP", NETWORK + "eip-isp", "")
    both = in_force({**AUTO, K8S + "eip-charge-type": "A", K8S + "eip-internet-charge-type": "B"})
    assert both["eip-internet-charge-type"][:2] == ("B", K8S + "eip-internet-charge-type")


def test_what_terway_ignores_does_not_hold_where_it_alone_gives_eips() -> None:
    """The value in force is that of a key it reads, else the default, else none; a default is nobody's to ignore."""
    pool, isp, bandwidth = K8S + "eip-public-ip-address-pool-id", NETWORK + "eip-isp", NETWORK + "eip-bandwidth"
    annotations = {**AUTO, pool: "pippool-1", isp: "BGP", bandwidth: "9", NETWORK + "pod-with-eip": "true"}
    found = in_force(annotations, TERWAY)
    who = "Terway v1.6.3 on 3 nodes ignores "
    assert found["eip-public-ip-address-pool-id"] == ("", "", who + pool)
    assert found["eip-isp"] == ("", "", who + isp)
    assert found["eip-bandwidth"] == ("5", "", who + bandwidth)
    assert found["pod-with-eip"] == ("true", K8S + "pod-with-eip", who + NETWORK + "pod-with-eip")
    assert found["eip-internet-charge-type"] == ("PayByTraffic", "", "")


def test_what_terway_ignores_holds_on_the_nodes_of_another() -> None:
    """In the midst of an upgrade both act: the value is the other one's, and the note tells of Terway."""
    found = in_force({**AUTO, NETWORK + "eip-bandwidth": "9"}, TERWAY + BIND)
    assert found["eip-bandwidth"] == ("9", NETWORK + "eip-bandwidth", "Terway v1.6.3 on 3 nodes ignores it")


def test_of_an_eip_that_is_named_nothing_holds_that_says_what_it_is_like() -> None:
    """No default either; only of another controller nobody knows what it does."""
    annotations = {K8S + "pod-eip-instanceid": "eip-1", K8S + "eip-bandwidth": "9"}
    assert in_force(annotations) == {
        "pod-eip-instanceid": ("eip-1", K8S + "pod-eip-instanceid", ""),
        "eip-bandwidth": ("", K8S + "eip-bandwidth", "the named EIP is not changed"),
    }
    assert in_force(annotations, (Acts(Actor.ACK_EXTEND),))["eip-bandwidth"] == ("9", K8S + "eip-bandwidth", "")


def test_who_gives_the_eips_is_one_sentence() -> None:
    """Also in the midst of an upgrade; of nobody there is none."""
    assert who_gives([acts.text for acts in TERWAY]) == "Terway v1.6.3 on 3 nodes gives the EIPs"
    assert who_gives(["Terway", "eipctl bind"]) == "Terway and eipctl bind give the EIPs"
    assert who_gives([]) == ""


def test_only_annotated_workloads_are_listed_with_their_lints() -> None:
    """By name; those with misplaced keys too, and what can't be obeyed is invalid."""
    rows = listing(
        [
            workload(name="named", annotations={K8S + "pod-eip-instanceid": "eip-1"}, replicas=1).workload,
            workload(name="plain").workload,
            workload(name="lost", own_annotations=AUTO).workload,
            workload(name="auto", annotations=AUTO).workload,
            workload(name="wrong", annotations={K8S + "pod-with-eip": "maybe"}).workload,
        ],
        BIND,
    )
    found = {row.object.rpartition("/")[2]: row for row in rows}
    assert list(found) == ["auto", "lost", "named", "wrong"]
    assert {name: row.asks for name, row in found.items()} == {
        "auto": "auto",
        "lost": None,
        "named": "eip-1",
        "wrong": "invalid",
    }
    assert [lint.code for lint in found["lost"].lints] == [Code.MISPLACED_KEY]
    assert found["lost"].settings == ()
    data = found["auto"].as_data()
    assert data["settings"][0] == {"setting": "pod-with-eip", "value": "true", "key": K8S + "pod-with-eip", "note": ""}
