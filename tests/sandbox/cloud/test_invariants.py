"""Whatever is called in whatever order, the simulated cloud contradicts itself nowhere."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from eipctl.sandbox.clock import Clock
from eipctl.sandbox.cloud.cloud import ROOT, Cloud, CloudRefusal
from eipctl.sandbox.store import Store

ENIS = {"eni-1": ("10.0.0.1", "10.0.0.2"), "eni-2": ("10.0.0.3",)}
QUOTA = 4

picks = st.integers(0, QUOTA)
enis = st.sampled_from([*ENIS, "eni-x"])
ips = st.sampled_from(["", "10.0.0.1", "10.0.0.2", "10.0.0.3"])


class _Stepped(Clock):
    moment = 1_700_000_000.0

    def now(self) -> float:
        return self.moment


class CloudMachine(RuleBasedStateMachine):
    """Random calls, some of them wrong, and time that passes."""

    @initialize()
    def start(self) -> None:
        """An empty account with two ENIs."""
        self.clock = _Stepped()
        self.cloud = Cloud(Store(), self.clock, "cn-hangzhou", "1")
        self.cloud.set_quota(QUOTA)
        self.cloud.set_limit("DescribeEipAddresses", 0, 60)
        for eni_id in ENIS:
            self._add_eni(eni_id)

    def _add_eni(self, eni_id: str) -> None:
        primary, *others = ENIS[eni_id]
        self.cloud.add_eni(
            eni_id, vpc_id="v", vswitch_id="s", instance_id="i", primary_ip=primary, secondary_ips=tuple(others)
        )

    def _call(self, action: str, **params: str) -> None:
        before = self.cloud.eips()
        try:
            self.cloud.call(ROOT, "Vpc", action, params)
        except CloudRefusal:
            assert self.cloud.eips() == before

    def _id(self, pick: int) -> str:
        rows = self.cloud.eips()
        return rows[pick].allocation_id if pick < len(rows) else "eip-x"

    @rule(token=st.sampled_from(["", "a", "b"]), bandwidth=st.sampled_from(["5", "6"]))
    def allocate(self, token: str, bandwidth: str) -> None:
        """Buy."""
        self._call("AllocateEipAddress", ClientToken=token, Bandwidth=bandwidth)

    @rule(pick=picks, eni=enis, ip=ips, token=st.sampled_from(["", "a"]))
    def associate(self, pick: int, eni: str, ip: str, token: str) -> None:
        """Bind."""
        target = {"InstanceId": eni, "InstanceType": "NetworkInterface", "PrivateIpAddress": ip}
        self._call("AssociateEipAddress", AllocationId=self._id(pick), ClientToken=token, **target)

    @rule(pick=picks, ip=ips)
    def unassociate(self, pick: int, ip: str) -> None:
        """Unbind."""
        self._call("UnassociateEipAddress", AllocationId=self._id(pick), PrivateIpAddress=ip)

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        """Give back."""
        self._call("ReleaseEipAddress", AllocationId=self._id(pick))

    @rule(eni=st.sampled_from([*ENIS]))
    def delete_eni(self, eni: str) -> None:
        """Take an ENI away."""
        self.cloud.delete_eni(eni)

    @rule(eni=st.sampled_from([*ENIS]))
    def add_eni(self, eni: str) -> None:
        """Bring an ENI back."""
        self._add_eni(eni)

    @rule(seconds=st.sampled_from([0.5, 1.0, 30.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.moment += seconds

    @invariant()
    def bindings_are_sound(self) -> None:
        """Bound means a living ENI that has the address, and an address carries one EIP."""
        rows = self.cloud.eips()
        bound = [row for row in rows if row.instance_id]
        assert len({(row.instance_id, row.private_ip) for row in bound}) == len(bound)
        for row in rows:
            assert bool(row.instance_id) == (row.status in ("Associating", "InUse", "Unassociating"))
            assert bool(row.settles_at) == (row.status in ("Associating", "Unassociating", "Releasing"))
        for row in bound:
            assert row.private_ip in ENIS[row.instance_id]
            assert row.primary == (row.private_ip == ENIS[row.instance_id][0])

    @invariant()
    def account_is_sound(self) -> None:
        """No more EIPs than the quota, no id and no address twice."""
        rows = self.cloud.eips()
        assert len(rows) <= QUOTA
        assert len({row.allocation_id for row in rows}) == len({row.address for row in rows}) == len(rows)

    @invariant()
    def apis_agree(self) -> None:
        """Both Describe APIs tell the same bindings."""
        answer: dict[str, Any] = self.cloud.call(ROOT, "Ecs", "DescribeNetworkInterfaces", {})
        by_eni = {
            (
                eni["NetworkInterfaceId"],
                "" if ip["Primary"] else ip["PrivateIpAddress"],
                ip["AssociatedPublicIp"]["PublicIpAddress"],
            )
            for eni in answer["NetworkInterfaceSets"]["NetworkInterfaceSet"]
            for ip in eni["PrivateIpSets"]["PrivateIpSet"]
            if "AssociatedPublicIp" in ip
        }
        answer = self.cloud.call(ROOT, "Vpc", "DescribeEipAddresses", {"PageSize": "100"})
        listed = answer["EipAddresses"]["EipAddress"]
        assert answer["TotalCount"] == len(listed) == len(self.cloud.eips())
        by_eip = {(eip["InstanceId"], eip["PrivateIpAddress"], eip["IpAddress"]) for eip in listed if eip["InstanceId"]}
        assert by_eip == by_eni


CloudMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCloud = CloudMachine.TestCase
