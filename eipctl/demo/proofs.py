"""When the sentences of the demo are true. Each returns why its sentence is not, "" if it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.errors import ExitCode

if TYPE_CHECKING:
    from eipctl.demo.truth import Truth

FLAG = '"enable_eip_pool": "true"'
KILLED = -9


def asks_for_nothing(_before: Truth, after: Truth) -> str:
    return _unless(len(after.pods) == 2 and not after.asking and not after.eips, "Pods ask for an EIP, or have one")


def two_things_are_missing(_before: Truth, after: Truth) -> str:
    both = "EIP305" in after.answer and "EIP206" in after.answer
    return _unless(
        both and "2 warning" in after.answer, "check found something else missing than the flag and the rights"
    )


def three_steps_are_done(before: Truth, after: Truth) -> str:
    policy = {"CreatePolicy", "AttachPolicyToRole"} <= set(after.calls)
    flag = FLAG not in before.eni_conf and FLAG in after.eni_conf
    return _unless(policy and flag and _all_new(before, after), "a step of setup is not done")


def terway_gives_each_pod_an_eip(before: Truth, after: Truth) -> str:
    served = _each_pod_is_reached(after) and before.pods.isdisjoint(after.pods) and not after.tagged
    return _unless(served and after.answer.count("terway") >= 2, "Terway has not given each new Pod an EIP")


def is_refused_and_nothing_changed(before: Truth, after: Truth) -> str:
    same = (before.eips, before.eni_conf, before.terway) == (after.eips, after.eni_conf, after.terway)
    return _unless(
        after.code == ExitCode.REFUSED and same and not after.calls, "it was not refused, or changed something"
    )


def terway_released_them(before: Truth, after: Truth) -> str:
    gone = before.pods.isdisjoint(after.pods) and not after.asking
    return _unless(
        len(before.eips) == 2 and not after.eips and gone, "Terway still holds EIPs, or the old Pods are there"
    )


def setup_is_taken_back(before: Truth, after: Truth) -> str:
    policy = {"DetachPolicyFromRole", "DeletePolicy"} <= set(after.calls)
    flag = FLAG in before.eni_conf and FLAG not in after.eni_conf
    return _unless(policy and flag and _all_new(before, after), "something of setup is left")


def pods_wait(_before: Truth, after: Truth) -> str:
    return _unless(
        len(after.pods) == 2 and after.asking == after.pods and not after.eips, "Pods do not wait for an EIP"
    )


def was_killed_in_between(before: Truth, after: Truth) -> str:
    bought = after.eips.keys() - before.eips.keys()
    between = bought and not after.reached and "AssociateEipAddress" not in after.calls
    return _unless(after.code == KILLED and between, "bind was not killed between allocating and associating an EIP")


def goes_on_with_what_is_there(before: Truth, after: Truth) -> str:
    named = before.tagged.keys() == before.eips.keys() and before.tagged.items() <= after.tagged.items()
    kept = before.eips.items() <= after.eips.items() and all(
        after.reached.get(name) == pod for name, pod in before.tagged.items()
    )
    return _unless(before.eips and named and kept and _each_pod_is_reached(after), "the allocated EIP was not used")


def nothing_is_done(before: Truth, after: Truth) -> str:
    same = (before.eips, before.reached) == (after.eips, after.reached) and "nothing to do" in after.answer
    return _unless(same and not after.calls, "something was done")


def successor_takes_over(before: Truth, after: Truth) -> str:
    gone, new = before.pods - after.pods, after.pods - before.pods
    freed = [name for name, pod in before.reached.items() if pod in gone]
    inherits = [after.reached.get(name) for name in freed] == list(new)
    same = before.eips == after.eips and not {"AllocateEipAddress", "ReleaseEipAddress"} & set(after.calls)
    return _unless(
        len(freed) == 1 and inherits and same, "the new Pod did not take over the address, or EIPs came or went"
    )


def both_are_released(before: Truth, after: Truth) -> str:
    released = after.calls.count("ReleaseEipAddress") == len(before.eips) == 2
    return _unless(released and not after.eips and not after.pods, "EIPs of the deleted Deployment are left")


def _all_new(before: Truth, after: Truth) -> bool:
    """Whether each node has another Pod of Terway's than before."""
    return len(before.terway) == len(after.terway) and before.terway.isdisjoint(after.terway)


def _each_pod_is_reached(seen: Truth) -> bool:
    """Under one EIP each, and no EIP leads elsewhere."""
    return len(seen.pods) == 2 and sorted(seen.reached.values()) == sorted(seen.pods) and len(seen.eips) == 2


def _unless(is_so: object, otherwise: str) -> str:
    return "" if is_so else otherwise
