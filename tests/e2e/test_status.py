"""status against the sandbox: one view, whoever bound the EIPs, and nothing is changed by looking."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.status.report import StatusOptions, chosen, observe_status
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from tests.e2e.user import NGINX

if TYPE_CHECKING:
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User


def bind(session: Session) -> Prepared:
    return prepare_bind(session, BindOptions(namespaces=None))


def setup(session: Session) -> Prepared:
    return prepare_setup(session, SetupOptions())


def annotate(session: Session, *, remove: bool = False, workload: str = f"deployment/{NGINX}") -> Prepared:
    settings = EipSettings() if remove else EipSettings.of(eip="true")
    return prepare_annotate(session, AnnotateOptions(scope=Scope(words=(workload,)), settings=settings, remove=remove))


def status(user: User, **options: Any) -> dict[str, Any]:
    wanted = StatusOptions(**options)
    return {**chosen(observe_status(Snapshot(user.session()), wanted), wanted).as_data()}


def states(data: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(pod["state"], pod["managed_by"]) for pod in data["pods"]]


def ask(user: User) -> None:
    """The documentation's Deployment, whose Pods ask for an EIP each."""
    user.apply_example()
    user.done(annotate)
    user.until(user.rolled_out)


def test_pods_that_wait_for_bind_are_pending_and_then_bound(modern: User) -> None:
    """Each row then tells the Pod's own EIP as the cloud has it, and the price of all."""
    ask(modern)
    assert states(status(modern)) == [("Pending", None)] * 2
    modern.done(bind)
    data = status(modern)
    assert states(data) == [("Bound", "eipctl")] * 2
    bound = {row.allocation_id: (row.address, row.private_ip, row.instance_id) for row in modern.cloud.eips()}
    assert {
        pod["allocation_id"]: (pod["eip_address"], pod["private_ip"], pod["eni_id"]) for pod in data["pods"]
    } == bound
    assert data["summary"] == {
        "pods": 2,
        "misplaced": 0,
        "conflict": 0,
        "drifted": 0,
        "pending": 0,
        "unknown": 0,
        "ineligible": 0,
        "bound": 2,
        "orphans": 0,
        "kept": 0,
        "unbound": 0,
    }
    assert data["cost"]["per_month"] == 4.53


def test_terways_eips_are_told_apart(legacy: User) -> None:
    """What Terway bound is Bound, managed by terway."""
    legacy.done(setup)
    ask(legacy)
    assert states(status(legacy)) == [("Bound", "terway")] * 2


def test_a_pod_older_than_setup_is_told_to_be_recreated(legacy: User) -> None:
    """Terway gives EIPs to new Pods only."""
    legacy.apply_example()
    legacy.done(setup)
    pod = legacy.pods()[0]["metadata"]["name"]
    legacy.done(partial(annotate, workload=f"pod/{pod}"))
    (row,) = status(legacy)["pods"]
    assert (row["name"], row["state"]) == (pod, "Pending")
    assert "delete this Pod" in row["reason"]


def test_an_eip_bound_by_hand_is_the_users(modern: User) -> None:
    """Also for a Pod that asks for none."""
    modern.apply_example()
    pod = modern.pods()[0]
    ip = pod["status"]["podIP"]
    eni = next(row for row in modern.cloud.state.enis.values() if ip in (row.primary_ip, *row.secondary_ips))
    private_ip = "" if ip == eni.primary_ip else ip
    modern.cloud.add_eip(
        status="InUse",
        instance_id=eni.eni_id,
        instance_type="NetworkInterface",
        private_ip=private_ip or ip,
    )
    (row,) = status(modern)["pods"]
    assert (row["name"], row["state"], row["managed_by"], row["wanted"]) == (
        pod["metadata"]["name"],
        "Bound",
        "user",
        None,
    )


def test_an_eip_of_a_gone_pod_is_an_orphan_with_its_price(modern: User) -> None:
    """Before the next bind marks it, and after; with the Pod it was for."""
    ask(modern)
    modern.done(bind)
    gone = {pod["metadata"]["name"] for pod in modern.pods()}
    modern.done(partial(annotate, remove=True))
    modern.until(modern.rolled_out)
    data = status(modern)
    assert {orphan["pod"] for orphan in data["orphans"]} == {f"default/{name}" for name in gone}
    assert [orphan["since"] for orphan in data["orphans"]] == [None, None]
    assert data["cost"]["orphans_per_month"] == 4.53
    modern.done(bind)
    after = status(modern)["orphans"]
    assert [orphan["allocation_id"] for orphan in after] == [orphan["allocation_id"] for orphan in data["orphans"]]
    assert all(orphan["since"] for orphan in after)


def test_an_annotation_taken_off_a_live_pod_is_drift(modern: User) -> None:
    """It has an EIP that it asks for no more."""
    ask(modern)
    modern.done(bind)
    name = modern.pods()[0]["metadata"]["name"]
    modern.done(partial(annotate, workload=f"pod/{name}", remove=True))
    assert {pod["name"]: pod["state"] for pod in status(modern)["pods"]}[name] == "Drifted"


def test_a_wrong_value_is_a_conflict_that_says_why(modern: User) -> None:
    """And never silently nothing."""
    modern.apply_example()
    name = modern.pods()[0]["metadata"]["name"]
    modern.objects.patch_metadata("pods", "default", name, {"k8s.aliyun.com/pod-with-eip": "yes please"})
    (row,) = status(modern)["pods"]
    assert (row["state"], row["wanted"]) == ("Conflict", "invalid")
    assert "yes please" in row["reason"]


def test_a_selector_limits_the_rows_but_not_what_counts_as_alive(modern: User) -> None:
    """A living Pod outside the selection has no orphan."""
    ask(modern)
    modern.done(bind)
    data = status(modern, selector="app=other")
    assert (data["pods"], data["orphans"]) == ([], [])
    assert status(modern, orphans=True)["pods"] == []


def test_a_namespace_is_looked_at_alone(modern: User) -> None:
    """And all of them where none is named."""
    ask(modern)
    assert status(modern, namespaces=("kube-system",))["pods"] == []
    assert len(status(modern)["pods"]) == 2


def test_looking_changes_nothing(modern: User) -> None:
    """No write, neither to the cloud nor to the cluster."""
    ask(modern)
    modern.sandbox.calls.clear()
    status(modern)
    assert modern.writes() == []
