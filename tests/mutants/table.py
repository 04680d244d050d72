"""The mutants: each is the smallest change that brings a defect back, and the test that must fail then."""

from __future__ import annotations

from dataclasses import dataclass

PLANNER = "tests/unit/planners/test_bind.py"
DEFECTS = "tests/e2e/test_defects.py"


@dataclass(frozen=True)
class Mutant:
    """In `file`, `old` becomes `new`; `test` must then fail. `peer` says who has the defect."""

    name: str
    peer: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "T1",
        "Terway allocates without a tag: a lost reply leaves an EIP that nobody can tell from any other",
        "eipctl/aliyun/vpc.py",
        '"Tag": _tags(tuple({**dict(spec.tags), **dict(tags)}.items())),',
        '"Tag": [],',
        "tests/faults/test_kill.py::test_the_tags_alone_are_enough_when_the_cloud_forgets_client_tokens",
    ),
    Mutant(
        "T7",
        "Terway fails for ever on an EIP that was released by hand",
        "eipctl/act/eips.py",
        "            if eip is None or not eip.bound:\n                return NOTHING\n",
        "            assert eip is not None\n            if not eip.bound:\n                return NOTHING\n",
        f"{DEFECTS}::test_t7",
    ),
    Mutant(
        "T9",
        "Terway works with an EIP that a person bound as if it were its own",
        "eipctl/planners/bind/pods.py",
        "    if owner is None:\n        _satisfied(draft, pod, current, by_others=True)",
        "    if owner is None:\n        return False",
        f"{PLANNER}::test_an_eip_without_eipctl_tags_at_the_pod_satisfies_it_and_is_reported",
    ),
    Mutant(
        "T10",
        "Terway's allow_eip_rob takes a named EIP from whatever it is bound to",
        "eipctl/planners/bind/pods.py",
        "        taken = eip.bound and eip is not current\n",
        "        taken = False\n",
        f"{PLANNER}::test_a_named_eip_that_is_not_free_is_a_conflict",
    ),
    Mutant(
        "T17",
        "Terway and aws-pod-eip-controller know Pods by name, not by UID",
        "eipctl/planners/bind/draft.py",
        "        pod = self.alive.get(owner.pod_uid)\n",
        "        pod = next((pod for pod in self.alive.values() if pod.name == owner.pod), None)\n",
        f"{PLANNER}::test_a_later_pod_of_the_same_name_is_another_pod",
    ),
    Mutant(
        "T18",
        "Terway gives an IP to the next Pod while the EIP of the Pod before is bound to it",
        "eipctl/planners/bind/leftovers.py",
        "    elif eip.bound:\n        draft.unbind(eip, living=living, reason=whose)\n",
        "",
        f"{PLANNER}::test_a_reused_ip_does_not_keep_the_eip_of_the_pod_before_it",
    ),
    Mutant(
        "T20",
        "Terway silently takes 5 Mbit/s for a bandwidth it can't read",
        "eipctl/domain/setting_values.py",
        '        raise UnusableValue(f"a whole number of Mbit/s',
        '        return 5\n        raise UnusableValue(f"a whole number of Mbit/s',
        f"{PLANNER}::test_a_pod_that_cannot_have_an_eip_is_told_why",
    ),
    Mutant(
        "T22",
        "Terway says nothing of Pods that can't have an EIP",
        "eipctl/domain/eligibility.py",
        '        (pod.host_network, "it uses the node\'s network (hostNetwork)"),\n',
        "",
        f"{PLANNER}::test_a_pod_that_cannot_have_an_eip_is_told_why",
    ),
    Mutant(
        "aws-1",
        "aws-pod-eip-controller overlooks own EIPs that are not bound and buys another",
        "eipctl/planners/bind/pods.py",
        "if draft.owner(eip).role is Role.ALLOCATED]",
        "if draft.owner(eip).role is Role.ALLOCATED and eip.bound]",
        f"{PLANNER}::test_an_own_unbound_eip_is_bound_instead_of_buying_another",
    ),
    Mutant(
        "k8s-eip-operator-1",
        "two clusters of one name release each other's EIPs",
        "eipctl/domain/ownership.py",
        "(owner.cluster, owner.cluster_uid) == (cluster.ack_id, cluster.kube_uid)",
        "owner.cluster == cluster.ack_id",
        f"{PLANNER}::test_another_clusters_orphans_are_not_ours_to_release",
    ),
    Mutant(
        "external-dns-1",
        "an empty or partial list deletes everything",
        "eipctl/planners/bind/leftovers.py",
        "    if not draft.in_scope(owner) or not draft.world.complete:\n",
        "    if not draft.in_scope(owner):\n",
        f"{PLANNER}::test_on_a_partial_observation_nothing_is_unbound_marked_or_released",
    ),
    Mutant(
        "external-dns-2",
        "no threshold keeps a run from deleting most of what there is",
        "eipctl/domain/guards.py",
        "    if owned < SHARE_FROM or cut <= SHARE * owned:\n",
        "    if True:\n",
        "tests/unit/domain/test_guards.py::test_each_guard_trips_and_is_lifted_by_its_name",
    ),
    Mutant(
        "tke-1",
        "Pods that got each other's IP wait for each other for ever",
        "eipctl/planners/bind/pods.py",
        "    elif _leaves(draft, current):\n        return False\n",
        "    elif draft.gone(current):\n        return False\n",
        f"{PLANNER}::test_two_pods_that_swapped_their_ips_get_their_own_eips_back",
    ),
    Mutant(
        "ack-extend-1",
        "a patch meant for a Pod reaches a later Pod of the same name",
        "eipctl/kube/writer.py",
        '{"metadata": {"uid": uid, "annotations": dict(annotations)}}',
        '{"metadata": {"annotations": dict(annotations)}}',
        "tests/unit/kube/test_writer.py",
    ),
    Mutant(
        "T2",
        "what Terway's node file knew is lost with the node: an EIP that is not bound is nobody's",
        "eipctl/planners/bind/draft.py",
        "self.own = [eip for eip in eips if self.owned(eip) and",
        "self.own = [eip for eip in eips if self.owned(eip) and eip.bound and",
        f"{DEFECTS}::test_t2",
    ),
    Mutant(
        "T3",
        "Terway forgets an EIP before it is released",
        "eipctl/planners/bind/leftovers.py",
        "    if owner.role is Role.ALLOCATED:\n        _let_go(",
        "    if owner.role is Role.ALLOCATED and owner.orphan_since:\n        _let_go(",
        f"{DEFECTS}::test_t3",
    ),
    Mutant(
        "T4",
        "Terway's rollback forgets the EIP that the Pod had",
        "eipctl/planners/bind/pods.py",
        "    return min(mine, key=lambda eip: not eip.bound, default=None)",
        "    return None",
        f"{DEFECTS}::test_t4",
    ),
    Mutant(
        "T5",
        "Terway takes IncorrectEipStatus for unbound already",
        "eipctl/act/eips.py",
        "                continue\n"
        "            self._eips.wait(action.allocation_id, lambda seen: seen is None or not seen.bound)\n",
        "                return NOTHING\n"
        "            self._eips.wait(action.allocation_id, lambda seen: seen is None or not seen.bound)\n",
        f"{DEFECTS}::test_t5",
    ),
    Mutant(
        "T6",
        "Terway swallows what fails while it cleans up",
        "eipctl/engine/execute.py",
        "            self.errors.setdefault(key, error)\n",
        "            self.errors.setdefault(key, error) if action.verb is Verb.ALLOCATE else None\n",
        f"{DEFECTS}::test_t6",
    ),
    Mutant(
        "T8",
        "Terway reads the status of an EIP that is gone",
        "eipctl/act/attributes.py",
        "        if eip is None:\n            return NOTHING\n        self._proof.owned(eip, action.uid)\n"
        "        if ownership.CLUSTER",
        "        assert eip is not None\n        self._proof.owned(eip, action.uid)\n        if ownership.CLUSTER",
        f"{DEFECTS}::test_t8",
    ),
    Mutant(
        "T11",
        "Terway's named EIP and a rolling update wait for each other",
        "eipctl/planners/bind/pods.py",
        "    if owner.pod_uid != pod.uid and not draft.gone(eip):\n",
        "    if owner.pod_uid != pod.uid:\n",
        f"{DEFECTS}::test_t11",
    ),
    Mutant(
        "T12",
        "Terway's named EIP stays where a StatefulSet's Pod was",
        "eipctl/planners/bind/pods.py",
        "    if _stays_bound(eip) and not (its_own and eip is current):\n",
        "    if False:\n",
        f"{DEFECTS}::test_t12",
    ),
    Mutant(
        "T13",
        "Terway fails on Associating and Unassociating",
        "eipctl/act/settle.py",
        "        if eip is not None and eip.status in _IN_TRANSITION:\n",
        "        if False:\n",
        f"{DEFECTS}::test_t13",
    ),
    Mutant(
        "T14",
        "Terway does not try TaskConflict again",
        "eipctl/act/settle.py",
        "        if not again or attempt >= len(PAUSES):\n",
        "        if True:\n",
        f"{DEFECTS}::test_t14",
    ),
    Mutant(
        "T15",
        "of all passing refusals Terway tries only TaskConflict again",
        "eipctl/act/settle.py",
        "        again = also or (isinstance(error, CloudError) and error.reaction is Reaction.RETRY)\n",
        '        again = isinstance(error, CloudError) and error.cloud_code == "TaskConflict"\n',
        f"{DEFECTS}::test_t15",
    ),
    Mutant(
        "T16",
        "one busy EIP holds up all Pods of Terway's node",
        "eipctl/engine/execute.py",
        'self.halted or ("an earlier step failed" if stage.stop_on_failure else "")\n',
        '"an earlier step failed"\n',
        f"{DEFECTS}::test_t16",
    ),
    Mutant(
        "T19",
        "Terway asks ECS once per Pod",
        "eipctl/aliyun/vpc.py",
        "        for batch in _batches(private_ips, IPS_A_CALL):\n",
        "        for batch in _batches(private_ips, 1):\n",
        f"{DEFECTS}::test_t19",
    ),
    Mutant(
        "T21",
        "Terway reads the address pool and drops it",
        "eipctl/domain/settings.py",
        '        api="PublicIpAddressPoolId",\n',
        '        api="",\n',
        f"{DEFECTS}::test_t21",
    ),
    Mutant(
        "T24",
        "a flag of the wrong JSON type stops Terway on every node",
        "eipctl/planners/terway/eni_config.py",
        'dict.fromkeys(lacking, "true")',
        "dict.fromkeys(lacking, True)",
        "tests/unit/planners/test_eni_config.py",
    ),
    Mutant(
        "tke-2",
        "tke-extend-network-controller reads only the first page of a list",
        "eipctl/aliyun/vpc.py",
        "        self.ended = bool(self.why) or not page or self.number * EIPS_A_PAGE >= total\n",
        "        self.ended = True\n",
        f"{DEFECTS}::test_tke_2",
    ),
    Mutant(
        "tke-3",
        "tke-extend-network-controller takes an empty answer for success",
        "eipctl/aliyun/client.py",
        '    if not isinstance(answer, dict) or (not api.path and "RequestId" not in answer):\n',
        "    if not isinstance(answer, dict):\n",
        "tests/unit/aliyun/test_client.py::test_an_answer_that_is_not_the_clouds_is_none",
    ),
    Mutant(
        "ack-extend-2",
        "ack-extend-network-controller overwrites a Pod's other conditions",
        "eipctl/kube/writer.py",
        'self._client.write("PATCH", path, patch, patch=STRATEGIC_PATCH)',
        'self._client.write("PATCH", path, patch)',
        f"{DEFECTS}::test_ack_extend_2",
    ),
    Mutant(
        "race-1",
        "a named EIP that somebody binds before the tags arrive is taken for eipctl's",
        "eipctl/act/attributes.py",
        "            if owner is None and seen is not None and seen.bound:\n",
        "            if False:\n",
        "tests/faults/test_meanwhile.py::test_a_named_eip_that_somebody_binds_meanwhile_is_theirs",
    ),
)
