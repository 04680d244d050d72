"""Where Pods' IPs are, as Terway's objects tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from eipctl.domain.facts import EniAddress, Pod
from eipctl.domain.terway.eni_records import AddressRecord, TerwayRecords, in_prefix, recorded

MADE = datetime(2026, 11, 23, 8, tzinfo=UTC)
POD = Pod("shop", "web", "u-web", MADE, ip="10.0.0.2")
BY_UID = AddressRecord(eni_id="eni-1", private_ip="10.0.0.2", primary=False, pod="shop/web", pod_uid="u-web")
BY_NAME = replace(BY_UID, eni_id="eni-2", pod_uid="", synced=MADE)


def where(*records: AddressRecord) -> dict[str, EniAddress]:
    """What these records tell of the Pod."""
    return recorded([POD], TerwayRecords(records), "vpc-1")


def test_a_record_for_this_very_pod_counts() -> None:
    """A record that names the UID gives ENI, IP and whether the IP is the primary one."""
    assert where(BY_UID) == {"u-web": EniAddress("eni-1", "10.0.0.2", primary=False, vpc_id="vpc-1")}
    assert where(replace(BY_UID, primary=True))["u-web"].binding == ("eni-1", "")


def test_a_record_of_an_earlier_pod_does_not_count() -> None:
    """Another UID, another IP, or only the name and older than the Pod: none of them tells of this Pod."""
    assert where(replace(BY_UID, pod_uid="u-before")) == {}
    assert where(replace(BY_UID, private_ip="10.0.0.3")) == {}
    assert where(replace(BY_NAME, synced=MADE - timedelta(seconds=1))) == {}
    assert where(replace(BY_NAME, synced=None)) == {}


def test_a_fresh_record_by_name_counts() -> None:
    """Compared with the cloud after the Pod was made, a record by name counts; the first that counts is taken."""
    assert where(BY_NAME)["u-web"].eni_id == "eni-2"
    assert where(replace(BY_UID, pod_uid="u-before"), BY_NAME, BY_UID)["u-web"].eni_id == "eni-2"


def test_prefixes() -> None:
    """A Pod's IP is in a prefix or not; one without an IP is in none."""
    assert in_prefix(POD, ["10.0.1.0/28", "10.0.0.0/28"])
    assert not in_prefix(POD, ["10.0.1.0/28"])
    assert not in_prefix(replace(POD, ip=""), ["10.0.0.0/28"])
