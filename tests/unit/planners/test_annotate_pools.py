"""What annotate says about a workload that asks for EIPs of a pool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.domain.facts import Eip, EipStatus, Scaler
from eipctl.domain.findings import Level
from eipctl.planners.annotate.draft import Wish
from eipctl.planners.annotate.plan import plan_annotate
from eipctl.planners.annotate.settings import EipSettings
from eipctl.planners.annotate.surroundings import Surroundings
from tests.unit.planners.annotate_facts import action, plan, refused, workload

if TYPE_CHECKING:
    from eipctl.planners.annotate.lints import Lint, Target

POOL = EipSettings.of(pool_of_eips="partners")
BUYS = EipSettings.of(pool_of_eips="partners", pool_overflow="buy")
ASKS = {"eipctl.io/pool": "partners"}


def eips(count: int, locked: int = 0) -> tuple[Eip, ...]:
    return tuple(Eip(f"eip-{n}", f"203.0.113.{n}", EipStatus.AVAILABLE, locked=n < locked) for n in range(count))


def lints(*targets: Target, settings: EipSettings = POOL, **around: Any) -> tuple[Lint, ...]:
    return plan_annotate(targets, Wish(settings=settings), Surroundings(**around)).lints


def test_the_pool_is_asked_for_by_its_own_key_and_costs_nothing() -> None:
    """No other key is written, and no EIP is bought."""
    assert dict(action(plan(workload(), settings=POOL)).set) == ASKS
    found = plan_annotate([workload()], Wish(settings=POOL), Surroundings(region="cn-hangzhou"))
    assert found.cost["per_month_after"] == 0
    assert found.lints == ()
    assert (POOL.pool, POOL.instance_id) == ("partners", "")


@pytest.mark.parametrize(
    ("target", "scalers", "has", "needs"),
    [
        (workload(replicas=3, surge=False), (), 3, ""),
        (workload(replicas=3, surge=False), (), 2, "the workload has 3 Pods"),
        (workload(replicas=3, surge=True), (), 3, "and 1 more during a rolling update"),
        (workload(replicas=3, surge=True), (), 4, ""),
        (workload("StatefulSet", replicas=3), (), 3, ""),
        (
            workload(replicas=1, surge=False),
            (Scaler("HorizontalPodAutoscaler", "default", "web", "Deployment", "web", most=5),),
            4,
            "HorizontalPodAutoscaler web may scale the workload to 5 Pods",
        ),
        (workload(replicas=0, surge=True), (), 1, ""),
    ],
)
def test_a_pool_needs_an_eip_for_each_pod_and_one_for_a_surge(
    target: Target, scalers: tuple[Scaler, ...], has: int, needs: str
) -> None:
    """A warning that says why; none when Pods may have EIPs of their own."""
    found = lints(target, pools={"partners": eips(has)}, scalers=scalers)
    assert [(lint.code, lint.level) for lint in found] == ([(Code.POOL_FULL, Level.WARNING)] if needs else [])
    assert needs in "".join(lint.problem for lint in found)
    assert lints(target, settings=BUYS, pools={"partners": eips(has)}, scalers=scalers) == ()


def test_a_pool_that_has_no_eip_is_a_warning_where_one_could_look() -> None:
    """It may be filled later; without a look nothing is said."""
    (found,) = lints(workload(), pools={"others": eips(9)})
    assert (found.code, found.level) == (Code.POOL_UNKNOWN, Level.WARNING)
    assert found.instead == "eipctl pool add partners EIP…"
    assert lints(workload(), pools=None) == ()


def test_locked_eips_are_named_and_do_not_count() -> None:
    """Five EIPs of which three are locked are two."""
    found = lints(workload(replicas=3, surge=False), pools={"partners": eips(5, locked=3)})
    assert [lint.code for lint in found] == [Code.EIP_HELD_BACK, Code.POOL_FULL]
    assert re.search(r"3 of the 5 .*eip-0 is locked", found[0].problem)
    assert "has 2 usable EIPs" in found[1].problem


def test_workloads_that_share_a_pool_are_told() -> None:
    """It is allowed: an information that names the others."""
    other = workload(name="shop", annotations=ASKS).workload
    stranger = workload(name="api", annotations={"eipctl.io/pool": "others"}).workload
    (found,) = lints(workload(surge=False), pools={"partners": eips(9)}, workloads=(other, stranger))
    assert (found.code, found.level) == (Code.ID_SHARED, Level.INFO)
    assert found.problem == "deployment/default/shop and this workload share the EIPs of pool partners"


def test_a_pool_and_an_eip_by_id_are_a_conflict() -> None:
    """Nobody can tell which is meant."""
    both = EipSettings.of(pool_of_eips="partners", instance_id="eip-bp1abc")
    assert refused(workload(replicas=1, strategy="Recreate"), settings=both).code is Code.ANNOTATION_CONFLICT


@pytest.mark.parametrize("name", ["Partners", "-a", "a.b", "x" * 41])
def test_a_pool_name_that_no_tag_can_hold_is_refused(name: str) -> None:
    """By the annotation's value."""
    found = refused(workload(), settings=EipSettings.of(pool_of_eips=name))
    assert found.code is Code.ANNOTATION_VALUE


@pytest.mark.parametrize(
    ("surge", "replicas", "needs"),
    [
        (None, 8, 10),
        ("25%", 3, 4),
        ("50%", 5, 8),
        ("100%", 5, 10),
        (2, 5, 7),
        ("3", 5, 8),
        (0, 5, 5),
        ("0%", 5, 5),
        ("odd", 5, 6),
    ],
)
def test_a_pool_must_hold_all_pods_that_a_rolling_update_adds(surge: Any, replicas: int, needs: int) -> None:
    """maxSurge is a number, or a share of the replicas that is rounded up; 25% where a Deployment does not say."""
    target = workload(replicas=replicas, surge=surge)
    assert lints(target, pools={"partners": eips(needs)}) == ()
    (short,) = lints(target, pools={"partners": eips(needs - 1)})
    assert short.code is Code.POOL_FULL
    assert ("with maxSurge: 0 the pool is enough" in short.instead) is (needs > replicas)


def test_keys_that_a_pool_makes_void_are_named() -> None:
    """And those that are void without one."""
    beside = {"k8s.aliyun.com/pod-with-eip": "true"}
    (found,) = lints(workload(annotations=beside))
    assert (found.code, "no effect beside eipctl.io/pool" in found.problem) == (Code.IGNORED_KEY, True)
    (found,) = lints(workload(), settings=EipSettings.of(eip="true", pool_overflow="buy"))
    assert "pool-overflow has no effect without eipctl.io/pool" in found.problem
    wide = EipSettings.of(pool_of_eips="partners", bandwidth="50")
    assert [lint.code for lint in lints(workload(), settings=wide)] == [Code.IGNORED_KEY]
    assert (
        lints(workload(), settings=EipSettings.of(pool_of_eips="partners", pool_overflow="buy", bandwidth="50")) == ()
    )


def test_the_other_kind_of_pool_is_told_apart() -> None:
    """--pool is a public IP address pool of the cloud."""
    problem = refused(workload(), settings=EipSettings.of(eip="true", pool="partners"))
    assert "annotate --pool-of-eips" in str(problem)
