"""Each sentence of the demo has a proof that holds for what it says, and fails for each way in which it is not so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.demo import proofs
from eipctl.demo.story import SCENES_WITH_BIND, SCENES_WITH_TERWAY
from eipctl.demo.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    Proof = Callable[[Truth, Truth], str]

OFF, ON = "{}", f"{{{proofs.FLAG}}}"
EIPS = {"eip-1": "198.18.0.2", "eip-2": "198.18.0.3"}
NOTHING = Truth(
    eips={},
    reached={},
    tagged={},
    pods=frozenset({"a", "b"}),
    asking=frozenset(),
    terway=frozenset({"t1", "t2"}),
    eni_conf=OFF,
    calls=(),
)
WAITING = replace(NOTHING, asking=frozenset({"a", "b"}))
NEW_TERWAY = frozenset({"t3", "t4"})
SERVED = replace(WAITING, eips=EIPS, reached={"eip-1": "a", "eip-2": "b"}, tagged={"eip-1": "a", "eip-2": "b"})
BY_TERWAY = replace(SERVED, tagged={}, eni_conf=ON, answer="terway terway")
KILLED = replace(WAITING, eips={"eip-1": "198.18.0.2"}, tagged={"eip-1": "a"}, code=-9, calls=("AllocateEipAddress",))
GRANT, REVOKE = ("CreatePolicy", "AttachPolicyToRole"), ("DetachPolicyFromRole", "DeletePolicy")
OTHERS = frozenset({"c", "d"})
SUCCESSOR = replace(SERVED, pods=frozenset({"b", "c"}), reached={"eip-1": "c", "eip-2": "b"}, calls=("TagResources",))

CASES: dict[Proof, tuple[Truth, Truth, tuple[dict[str, Any], ...]]] = {
    proofs.asks_for_nothing: (
        replace(NOTHING, pods=frozenset()),
        NOTHING,
        ({"pods": frozenset({"a"})}, {"asking": frozenset({"a"})}, {"eips": EIPS}),
    ),
    proofs.two_things_are_missing: (
        NOTHING,
        replace(NOTHING, answer="EIP305 EIP206 2 warning"),
        ({"answer": "EIP305 1 warning"}, {"answer": "EIP206 1 warning"}, {"answer": "EIP305 EIP206 EIP507 3 warning"}),
    ),
    proofs.three_steps_are_done: (
        NOTHING,
        replace(NOTHING, eni_conf=ON, terway=NEW_TERWAY, calls=GRANT),
        ({"eni_conf": OFF}, {"terway": frozenset({"t1", "t4"})}, {"calls": GRANT[:1]}, {"calls": GRANT[1:]}),
    ),
    proofs.terway_gives_each_pod_an_eip: (
        replace(NOTHING, pods=OTHERS),
        BY_TERWAY,
        (
            {"reached": {"eip-1": "a"}},
            {"reached": {"eip-1": "a", "eip-2": "a"}},
            {"eips": {**EIPS, "eip-3": "198.18.0.4"}},
            {"pods": frozenset({"a", "c"})},
            {"tagged": {"eip-1": "a"}},
            {"answer": "eipctl eipctl"},
        ),
    ),
    proofs.is_refused_and_nothing_changed: (
        BY_TERWAY,
        replace(BY_TERWAY, code=5),
        ({"code": 0}, {"eips": {}}, {"eni_conf": OFF}, {"terway": NEW_TERWAY}, {"calls": ("DeletePolicy",)}),
    ),
    proofs.terway_released_them: (
        BY_TERWAY,
        replace(NOTHING, pods=OTHERS),
        ({"eips": {"eip-1": "198.18.0.2"}}, {"pods": frozenset({"a", "c"})}, {"asking": frozenset({"c"})}),
    ),
    proofs.setup_is_taken_back: (
        replace(NOTHING, eni_conf=ON),
        replace(NOTHING, terway=NEW_TERWAY, calls=REVOKE),
        ({"eni_conf": ON}, {"terway": NOTHING.terway}, {"calls": REVOKE[:1]}, {"calls": REVOKE[1:]}),
    ),
    proofs.pods_wait: (NOTHING, WAITING, ({"asking": frozenset({"a"})}, {"eips": EIPS}, {"pods": frozenset({"a"})})),
    proofs.was_killed_in_between: (
        WAITING,
        KILLED,
        (
            {"code": 0},
            {"eips": {}},
            {"reached": {"eip-1": "a"}},
            {"calls": ("AllocateEipAddress", "AssociateEipAddress")},
        ),
    ),
    proofs.goes_on_with_what_is_there: (
        KILLED,
        SERVED,
        (
            {"eips": {"eip-2": "198.18.0.3", "eip-3": "198.18.0.4"}},
            {"reached": {"eip-1": "b", "eip-2": "a"}},
            {"reached": {"eip-1": "a"}},
            {"tagged": {"eip-1": "b", "eip-2": "a"}},
        ),
    ),
    proofs.nothing_is_done: (
        SERVED,
        replace(SERVED, answer="nothing to do"),
        ({"answer": "1 to do"}, {"calls": ("TagResources",)}, {"reached": {}}, {"eips": {}}),
    ),
    proofs.successor_takes_over: (
        SERVED,
        SUCCESSOR,
        (
            {"calls": ("ReleaseEipAddress",)},
            {"calls": ("AllocateEipAddress",)},
            {"reached": {"eip-2": "b"}},
            {"reached": {"eip-1": "b", "eip-2": "c"}},
            {"eips": {**EIPS, "eip-3": "198.18.0.4"}},
        ),
    ),
    proofs.both_are_released: (
        SUCCESSOR,
        replace(NOTHING, pods=frozenset(), calls=("ReleaseEipAddress",) * 2),
        ({"calls": ("ReleaseEipAddress",)}, {"eips": {"eip-1": "198.18.0.2"}}, {"pods": frozenset({"a"})}),
    ),
}


def test_every_sentence_has_its_cases() -> None:
    """Also those that are told twice."""
    assert {scene.proof for scene in (*SCENES_WITH_TERWAY, *SCENES_WITH_BIND)} == CASES.keys()


@pytest.mark.parametrize("proof", CASES, ids=lambda proof: proof.__name__)
def test_a_proof_holds_for_what_is_said_and_fails_for_anything_else(proof: Proof) -> None:
    """With a reason."""
    before, after, wrong = CASES[proof]
    assert proof(before, after) == ""
    for change in wrong:
        assert proof(before, replace(after, **change)), change
