"""Re-create the defects of other controllers in a copy of eipctl, one at a time, and see the named test fail.

    python -m tests.mutants            all of them
    python -m tests.mutants T9 T18     some

Each mutant is the smallest change that brings the defect back. One that its test does not catch ends this with exit 1.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLANNER = "tests/unit/planners/test_bind.py"


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
        "eipctl/engine/bind_handlers.py",
        "            if eip is None or eip.status is EipStatus.RELEASING:\n                return NOTHING\n",
        "",
        "tests/e2e/test_bind.py::test_an_eip_released_by_hand_is_no_error",
    ),
    Mutant(
        "T9",
        "Terway works with an EIP that a person bound as if it were its own",
        "eipctl/planners/bind_pods.py",
        "    if owner is None:\n        _satisfied(draft, pod, current, by_others=True)",
        "    if owner is None:\n        return False",
        f"{PLANNER}::test_an_eip_without_eipctl_tags_at_the_pod_satisfies_it_and_is_reported",
    ),
    Mutant(
        "T10",
        "Terway's allow_eip_rob takes a named EIP from whatever it is bound to",
        "eipctl/planners/bind_pods.py",
        "        taken = eip.bound and eip is not current\n",
        "        taken = False\n",
        f"{PLANNER}::test_a_named_eip_that_is_not_free_is_a_conflict",
    ),
    Mutant(
        "T17",
        "Terway and aws-pod-eip-controller know Pods by name, not by UID",
        "eipctl/planners/bind_draft.py",
        "        pod = self.alive.get(owner.pod_uid)\n",
        "        pod = next((pod for pod in self.alive.values() if pod.name == owner.pod), None)\n",
        f"{PLANNER}::test_a_later_pod_of_the_same_name_is_another_pod",
    ),
    Mutant(
        "T18",
        "Terway gives an IP to the next Pod while the EIP of the Pod before is bound to it",
        "eipctl/planners/bind_leftovers.py",
        "    if eip.bound:\n        draft.unbind(eip, living=living, reason=whose)\n",
        "",
        f"{PLANNER}::test_a_reused_ip_does_not_keep_the_eip_of_the_pod_before_it",
    ),
    Mutant(
        "T20",
        "Terway silently takes 5 Mbit/s for a bandwidth it can't read",
        "eipctl/domain/annotations.py",
        "        raise _bad(Setting.BANDWIDTH, text,",
        "        return 5\n        raise _bad(Setting.BANDWIDTH, text,",
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
        "eipctl/planners/bind_pods.py",
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
        "eipctl/planners/bind_leftovers.py",
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
        "eipctl/planners/bind_pods.py",
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
)


def caught(mutant: Mutant, copy: Path) -> bool:
    """Whether the named test fails on the mutant, having passed without it."""
    target = copy / mutant.file
    text = target.read_text("utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: {mutant.file} no longer has exactly one place to change")
    target.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    try:
        return not passes(mutant.test, copy)
    finally:
        target.write_text(text, "utf-8")


def passes(test: str, copy: Path) -> bool:
    """Whether a test passes in the copy; SystemExit when there is no such test."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    code = subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode
    if code not in (0, 1):
        raise SystemExit(f"{test} can't be run (pytest ended with {code})")
    return code == 0


def main(names: list[str]) -> int:
    """Try the mutants; 1 when one survives."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache"))
        for mutant in chosen:
            dead = passes(mutant.test, copy) and caught(mutant, copy)
            survivors += not dead
            sys.stdout.write(f"{'caught  ' if dead else 'SURVIVES'}  {mutant.name:<20} {mutant.peer}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
