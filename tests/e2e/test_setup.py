"""setup and teardown against the sandbox: proven by what Terway then does, not by what was written."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed, Refused, UsageError
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.plan import StepState
from eipctl.domain.terway.installation import RECORD_ANNOTATION, parse_record
from eipctl.engine.run import carry_out
from eipctl.observe.workloads import Scope
from eipctl.output.plan_text import plan_lines
from eipctl.planners.annotate.settings import EipSettings
from tests.e2e.user import NGINX, RESULT

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User

ROLE = "AliyunCSManagedNetworkRole"
POLICY = "eipctl-terway-eip"
ALL_STEPS = ["create-policy", "attach-policy", "write-eni-config", "restart", "restart", "restart"]


def setup(session: Session, **options: Any) -> Prepared:
    return prepare_setup(session, SetupOptions(**options))


def teardown(session: Session, **options: Any) -> Prepared:
    return prepare_teardown(session, TeardownOptions(**options))


def annotate(session: Session, *, remove: bool = False) -> Prepared:
    settings = EipSettings() if remove else EipSettings.of(eip="true")
    return prepare_annotate(
        session, AnnotateOptions(scope=Scope(words=(f"deployment/{NGINX}",)), settings=settings, remove=remove)
    )


def attached(user: User, role: str = ROLE) -> list[str]:
    return [policy.name for policy in user.session().ram.policies_of_role(role)]


def give_eips(user: User) -> None:
    """The documentation's Deployment, annotated, rolled out, and its Pods told their addresses."""
    user.apply_example()
    user.done(annotate)
    user.until(user.rolled_out)
    assert all(RESULT in pod["metadata"]["annotations"] for pod in user.pods())


def test_setup_makes_terway_give_eips(legacy: User) -> None:
    """After the three steps an annotated Pod gets an EIP that the cloud shows at its IP; before, it does not."""
    legacy.apply_example()
    assert legacy.done(setup) == ALL_STEPS
    legacy.done(annotate)
    legacy.until(legacy.rolled_out)
    bound = {row.address: row.private_ip for row in legacy.cloud.eips() if row.status == "InUse"}
    told = {pod["metadata"]["annotations"][RESULT]: pod["status"]["podIP"] for pod in legacy.pods()}
    assert len(told) == 2
    assert bound == told


def test_a_second_setup_changes_nothing(legacy: User) -> None:
    """The second plan is empty, and planning it writes nothing anywhere."""
    legacy.done(setup)
    legacy.sandbox.calls.clear()
    assert setup(legacy.session()).plan.empty
    assert legacy.writes() == []


def test_eni_conf_gains_one_line_and_no_other_byte_changes(legacy: User) -> None:
    """Taking the added member out again gives the text that was there."""
    before = legacy.eni_conf()
    legacy.done(setup)
    after = legacy.eni_conf()
    assert json.loads(after) == {**json.loads(before), "enable_eip_pool": "true"}
    assert after.replace(',\n  "enable_eip_pool": "true"', "") == before


def test_every_terway_pod_is_replaced(legacy: User) -> None:
    """Terway reads eni_conf only when it starts."""
    before = legacy.terway()
    legacy.done(setup)
    after = legacy.terway()
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


def test_setup_refuses_a_terway_without_eip_support(modern: User) -> None:
    """Since v1.7.0 there is none: exit 5, the nodes and the version named, bind recommended, nothing written."""
    modern.sandbox.calls.clear()
    with pytest.raises(Refused) as raised:
        setup(modern.session())
    assert raised.value.code is Code.TERWAY_VERSION
    assert raised.value.exit is ExitCode.REFUSED
    assert "v1.13.0" in raised.value.message
    assert "cn-hangzhou.10.0.0.11" in raised.value.message
    assert "eipctl bind" in raised.value.hint
    assert modern.writes() == []


def test_setup_refuses_to_restart_into_an_upgrade(legacy: User) -> None:
    """Pods of v1.6.3 run, but the DaemonSet would replace them by v1.13: nothing is written, RAM alone may be."""
    daemon_set = json.loads(json.dumps(legacy.objects.get("daemonsets", "kube-system", "terway-eniip")))
    daemon_set["spec"]["updateStrategy"] = {"type": "OnDelete"}
    for container in daemon_set["spec"]["template"]["spec"]["containers"]:
        container["image"] = container["image"].replace("v1.6.3", "v1.13.0")
    legacy.objects.update("daemonsets", daemon_set)
    legacy.sandbox.calls.clear()
    with pytest.raises(Refused, match="a restart would bring another Terway") as raised:
        setup(legacy.session())
    assert "v1.13.0" in raised.value.message
    assert legacy.writes() == []
    assert not setup(legacy.session(), steps=frozenset({"ram"})).plan.empty


def test_a_setup_that_broke_off_is_continued_by_the_next(legacy: User) -> None:
    """A failed restart keeps what is done; the next run restarts only what has not read the change."""
    nodes = sorted(legacy.terway())
    second = legacy.objects.list("pods", "kube-system")
    name = next(
        pod["metadata"]["name"]
        for pod in second
        if pod["spec"].get("nodeName") == nodes[1] and pod["metadata"]["labels"].get("app") == "terway-eniip"
    )
    legacy.sandbox.faults.add(
        {"do": "error", "service": "kube", "api": "delete", "object": f".*{name}", "times": 0, "status": 403}
    )
    result = legacy.carry_out(setup)
    assert result.exit is ExitCode.PARTIAL
    assert result.steps[-1].state is StepState.SKIPPED
    legacy.sandbox.faults.clear()
    assert next(action.object for action in setup(legacy.session()).plan.actions) == f"pod/kube-system/{name}"
    assert legacy.done(setup) == ["restart", "restart"]
    assert setup(legacy.session()).plan.empty


@pytest.mark.parametrize("fault", ["lose", "reset", "truncate"])
def test_a_lost_answer_of_the_configmap_write_is_looked_up(legacy: User, fault: str) -> None:
    """The write is found done, or made again; the plan goes on either way."""
    legacy.sandbox.faults.add({"do": fault, "service": "kube", "api": "patch", "object": "configmaps/.*"})
    assert legacy.done(setup) == ALL_STEPS
    assert json.loads(legacy.eni_conf())["enable_eip_pool"] == "true"


MUTATING = [
    ("cloud", "CreatePolicy"),
    ("cloud", "AttachPolicyToRole"),
    ("kube", "patch"),
    ("kube", "delete"),
]


@pytest.mark.parametrize("fault", [{"do": "error", "status": 403}, {"do": "lose", "times": 0}])
@pytest.mark.parametrize(("service", "api"), MUTATING)
def test_whatever_call_fails_the_next_setup_completes_it(
    legacy: User, service: str, api: str, fault: dict[str, Any]
) -> None:
    """Refused before the work, or its answer lost after the work: Terway never sees invalid JSON, the rest follows."""
    legacy.sandbox.faults.add({**fault, "service": service, "api": api})
    legacy.carry_out(setup)
    json.loads(legacy.eni_conf())
    legacy.sandbox.faults.clear()
    legacy.done(setup)
    assert setup(legacy.session()).plan.empty
    give_eips(legacy)


TAKING_BACK = [("kube", "patch"), ("kube", "delete"), ("cloud", "DetachPolicyFromRole"), ("cloud", "DeletePolicy")]


@pytest.mark.parametrize("fault", [{"do": "error", "status": 403}, {"do": "lose", "times": 0}])
@pytest.mark.parametrize(("service", "api"), TAKING_BACK)
def test_whatever_call_fails_the_next_teardown_completes_it(
    legacy: User, service: str, api: str, fault: dict[str, Any]
) -> None:
    """In the end the cluster is as before setup."""
    before, policies = legacy.config_map(), attached(legacy)
    legacy.done(setup)
    legacy.sandbox.faults.add({**fault, "service": service, "api": api, "object": "(?!leases).*"})
    legacy.carry_out(teardown)
    legacy.sandbox.faults.clear()
    legacy.done(teardown)
    after = legacy.config_map()
    assert (after["data"], after["metadata"].get("annotations") or {}) == (before["data"], {})
    assert attached(legacy) == policies
    assert teardown(legacy.session()).plan.empty


@pytest.mark.parametrize("ahead", [-600.0, 600.0])
def test_the_clocks_need_not_agree(legacy: User, ahead: float) -> None:
    """What has read eni-config is told by the API server's clock alone: nothing is restarted twice, or not at all."""
    legacy.sandbox.clock.ahead = ahead
    legacy.sandbox.reset("legacy")
    legacy.done(partial(setup, steps=frozenset({"eni-config"})))
    planned = [action.verb.value for action in setup(legacy.session()).plan.actions]
    assert planned.count("restart") == 3
    legacy.done(setup)
    assert setup(legacy.session()).plan.empty


def test_a_terway_pod_that_is_younger_than_the_api_servers_clock_counts_as_older(legacy: User) -> None:
    """The clocks of several API servers may differ: what exists when eni-config is written has not read it."""
    pod = next(
        pod for pod in legacy.objects.list("pods", "kube-system") if pod["metadata"]["uid"] in legacy.terway().values()
    )
    younger = json.loads(json.dumps(pod))
    younger["metadata"]["creationTimestamp"] = "2099-01-01T00:00:00Z"
    legacy.objects.update("pods", younger)
    legacy.done(partial(setup, steps=frozenset({"eni-config"})))
    planned = [action.object for action in setup(legacy.session(), steps=frozenset({"restart"})).plan.actions]
    assert f"pod/kube-system/{pod['metadata']['name']}" in planned


def test_setup_is_refused_while_eipctl_owns_eips_here(legacy: User) -> None:
    """Terway would take them for its own; RAM alone harms nobody, and once they are given back all goes on."""
    pod = {"containers": [{"name": "main", "image": "nginx"}], "terminationGracePeriodSeconds": 0}
    metadata = {"name": "web", "namespace": "default", "annotations": {"k8s.aliyun.com/pod-with-eip": "true"}}
    legacy.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod})
    legacy.until(lambda: legacy.pods()[0].get("status", {}).get("phase") == "Running")
    legacy.done(lambda session: prepare_bind(session, BindOptions()))
    legacy.sandbox.calls.clear()
    with pytest.raises(Refused) as raised:
        setup(legacy.session())
    assert (raised.value.code, raised.value.exit) == (Code.OWNED_EIPS, ExitCode.REFUSED)
    assert legacy.writes() == []
    legacy.done(partial(setup, steps=frozenset({"ram"})))
    legacy.objects.patch_metadata("pods", "default", "web", {"k8s.aliyun.com/pod-with-eip": None})
    for _ in range(2):
        legacy.carry_out(lambda session: prepare_bind(session, BindOptions(prune=True, grace=0.0)))
    legacy.until(lambda: legacy.cloud.eips() == [])
    assert not setup(legacy.session()).plan.empty


def test_a_policy_that_changed_meanwhile_is_not_overwritten(legacy: User) -> None:
    """The plan was made from another version of it."""
    legacy.edit_eni_conf(lambda text: text.replace('  "credential_path": "/var/addon/token-config",\n', ""))
    policy = "k8sWorkerRolePolicy-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
    session = legacy.session()
    prepared = setup(session, edit_policy=policy)
    theirs = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}'
    legacy.session().writers().ram.update_policy(policy, theirs)
    result = carry_out(session, prepared)
    assert "has been changed" in result.errors[0].message
    now = legacy.session().ram.custom_policy(policy)
    assert now is not None
    assert now.document == theirs


def test_an_edit_meanwhile_is_not_overwritten(legacy: User) -> None:
    """A plan made before somebody edited eni_conf writes nothing and says so."""
    session = legacy.session()
    prepared = setup(session)
    legacy.edit_eni_conf(lambda text: text.replace('"max_pool_size": 5', '"max_pool_size": 6'))
    edited = legacy.eni_conf()
    result = carry_out(session, prepared)
    assert [error.code for error in result.errors] == [Code.KUBE_CONFLICT]
    assert legacy.eni_conf() == edited


def test_an_edit_of_another_key_meanwhile_is_no_obstacle(legacy: User) -> None:
    """Only eni_conf is compared; what somebody else wrote beside it stays."""
    session = legacy.session()
    prepared = setup(session)
    found = json.loads(json.dumps(legacy.config_map()))
    found["data"]["disable_network_policy"] = "true"
    legacy.objects.update("configmaps", found)
    assert carry_out(session, prepared).errors == ()
    assert legacy.config_map()["data"]["disable_network_policy"] == "true"
    assert json.loads(legacy.eni_conf())["enable_eip_pool"] == "true"


def test_a_canary_that_crash_loops_stops_everything_and_is_undone(legacy: User) -> None:
    """Exit 1; eni_conf is byte for byte as before; no other node's Terway was touched."""
    legacy.objects.delete("secrets", "kube-system", "addon.network.token", now=True)
    before, pods = legacy.config_map(), legacy.terway()
    legacy.sandbox.calls.clear()
    result = legacy.carry_out(setup)
    deleted = [call["object"] for call in legacy.sandbox.calls.listing() if call["api"] == "delete"]
    assert len(deleted) == 2
    assert [error.code for error in result.errors] == [Code.CANARY_FAILED]
    assert result.exit is ExitCode.FAILED
    after = legacy.config_map()
    assert after["data"] == before["data"]
    record = parse_record(after["metadata"]["annotations"][RECORD_ANNOTATION])
    assert record is not None
    assert record.keys == ()
    first, *others = sorted(pods)
    assert {node: legacy.terway()[node] for node in others} == {node: pods[node] for node in others}
    assert first in result.errors[0].message


def test_a_terway_that_never_gets_ready_is_a_timeout(legacy: User) -> None:
    """The run ends with the node's name, and no other node is restarted."""
    daemon_set: dict[str, Any] = json.loads(json.dumps(legacy.objects.get("daemonsets", "kube-system", "terway-eniip")))
    daemon_set["spec"]["updateStrategy"] = {"type": "OnDelete"}
    daemon_set["spec"]["template"]["spec"]["containers"][0]["image"] = "acs/bad:v1.6.3"
    legacy.objects.update("daemonsets", daemon_set)
    pods = legacy.terway()
    result = legacy.carry_out(partial(setup, restart_timeout=0.5))
    assert [error.code for error in result.errors] == [Code.RESTART_TIMEOUT]
    assert sum(legacy.terway().get(node) == uid for node, uid in pods.items()) == 2


def test_malformed_eni_conf_is_a_usage_error_and_nothing_is_written(legacy: User) -> None:
    """One sentence with line and column; exit 2."""
    legacy.edit_eni_conf(lambda text: text.replace('"version": "1",', '"version": "1"'))
    legacy.sandbox.calls.clear()
    with pytest.raises(UsageError) as raised:
        setup(legacy.session())
    assert raised.value.code is Code.ENI_CONF_MALFORMED
    assert "line 3" in raised.value.message
    assert legacy.writes() == []


def test_a_missing_configmap_is_named(legacy: User) -> None:
    """Exit 2 and how to look."""
    legacy.objects.delete("configmaps", "kube-system", "eni-config", now=True)
    with pytest.raises(UsageError, match="no ConfigMap eni-config") as raised:
        setup(legacy.session())
    assert raised.value.code is Code.ENI_CONFIG_MISSING


def test_a_missing_role_is_named(legacy: User) -> None:
    """Nothing is written for a role that does not exist."""
    legacy.sandbox.calls.clear()
    with pytest.raises(Failed, match="no RAM role Nobody") as raised:
        setup(legacy.session(), roles=("Nobody",))
    assert raised.value.code is Code.ROLE_NOT_FOUND
    assert legacy.writes() == []


def test_without_credential_path_the_worker_role_is_patched(legacy: User) -> None:
    """Terway then takes the instance's role, which Container Service names."""
    legacy.edit_eni_conf(lambda text: text.replace('  "credential_path": "/var/addon/token-config",\n', ""))
    legacy.done(setup)
    worker = legacy.session().identity.worker_role(legacy.sandbox.cluster_id)
    assert POLICY in attached(legacy, worker)
    assert POLICY not in attached(legacy)
    give_eips(legacy)


def test_teardown_refuses_while_terway_holds_eips(legacy: User) -> None:
    """They are named with their price, and nothing is changed: a restarted Terway would forget them."""
    legacy.done(setup)
    give_eips(legacy)
    legacy.sandbox.calls.clear()
    with pytest.raises(Refused) as raised:
        teardown(legacy.session())
    assert raised.value.code is Code.TERWAY_HOLDS_EIPS
    assert all(row.allocation_id in raised.value.message for row in legacy.cloud.eips())
    assert "USD 4.53" in raised.value.message
    assert "--remove" in raised.value.hint
    assert legacy.writes() == []


def test_teardown_also_sees_an_eip_that_no_annotation_tells(legacy: User) -> None:
    """An EIP at the address of a Pod that asks for one is Terway's, told or not."""
    legacy.done(setup)
    give_eips(legacy)
    for pod in legacy.pods():
        legacy.objects.patch_metadata("pods", "default", pod["metadata"]["name"], {RESULT: None})
    with pytest.raises(Refused) as raised:
        teardown(legacy.session())
    assert all(row.allocation_id in raised.value.message for row in legacy.cloud.eips())


def test_teardown_waits_for_what_terway_keeps_for_a_gone_pod(legacy: User) -> None:
    """An EIP at an address of the pool that no Pod has is Terway's: without the flag nobody would release it."""
    legacy.apply_example()
    legacy.done(setup)
    legacy.objects.delete("deployments", "default", NGINX)
    legacy.until(lambda: legacy.pods() == [])
    assert not teardown(legacy.session()).plan.empty
    eni = next(row for row in legacy.cloud.state.enis.values() if row.secondary_ips)
    kept = legacy.cloud.add_eip(
        status="InUse", instance_id=eni.eni_id, instance_type="NetworkInterface", private_ip=eni.secondary_ips[0]
    )
    with pytest.raises(Refused, match="a deleted Pod") as raised:
        teardown(legacy.session())
    assert kept in raised.value.message


def test_an_eip_that_somebody_bound_by_hand_does_not_hinder_teardown(legacy: User) -> None:
    """Only what Terway holds for Pods that ask counts."""
    legacy.done(setup)
    node = next(iter(legacy.cloud.state.enis.values()))
    legacy.cloud.add_eip(
        status="InUse", instance_id=node.eni_id, instance_type="NetworkInterface", private_ip=node.primary_ip
    )
    assert not teardown(legacy.session()).plan.empty


def test_teardown_restores_what_was_there(legacy: User) -> None:
    """After annotate --remove and the rollout: eni-config and the role are as before, and no EIP is left."""
    before, policies = legacy.config_map(), attached(legacy)
    legacy.done(setup)
    give_eips(legacy)
    legacy.done(partial(annotate, remove=True))
    legacy.until(legacy.rolled_out)
    assert legacy.done(teardown) == [
        "write-eni-config",
        *["restart"] * 3,
        "detach-policy",
        "delete-policy",
        "write-eni-config",
    ]
    after = legacy.config_map()
    assert (after["data"], after["metadata"].get("annotations") or {}) == (before["data"], {})
    assert attached(legacy) == policies
    assert legacy.cloud.eips() == []
    assert teardown(legacy.session()).plan.empty


def test_teardown_keeps_what_others_wrote_since(legacy: User) -> None:
    """A value that somebody changed after setup is theirs; only our own key goes."""
    legacy.done(partial(setup, allow_eip_rob=True))
    legacy.edit_eni_conf(
        lambda text: text.replace('"allow_eip_rob": "true"', '"allow_eip_rob": "false"').replace("ordered", "random")
    )
    prepared = teardown(legacy.session())
    assert any("allow_eip_rob" in note for note in prepared.plan.notes)
    legacy.done(teardown)
    text = legacy.eni_conf()
    assert '"allow_eip_rob": "false"' in text
    assert "enable_eip_pool" not in text
    assert "random" in text


def test_a_teardown_that_broke_off_is_continued_by_the_next(legacy: User) -> None:
    """After a failed detach the next run does the rest, and does not restart Terway again."""
    legacy.done(setup)
    legacy.sandbox.faults.add({"do": "error", "api": "DetachPolicyFromRole", "status": 403, "code": "NoPermission"})
    assert legacy.carry_out(teardown).exit is ExitCode.PARTIAL
    legacy.sandbox.faults.clear()
    assert legacy.done(teardown) == ["detach-policy", "delete-policy", "write-eni-config"]
    assert teardown(legacy.session()).plan.empty


def test_teardown_of_a_cluster_that_was_never_set_up_does_nothing(modern: User) -> None:
    """Nothing of ours is there."""
    assert teardown(modern.session()).plan.empty


def test_no_secret_of_eni_conf_leaves_the_process(legacy: User, tmp_path: Path) -> None:
    """An AccessKey in eni_conf shows up neither in the plan, nor in its data, nor in the audit log."""
    keys = '  "access_key": "LTAIhidden",\n  "access_secret": "hidden-secret",\n'
    legacy.edit_eni_conf(lambda text: text.replace('  "credential_path": "/var/addon/token-config",\n', keys))
    session = legacy.session()
    prepared = setup(session)
    log = tmp_path / "audit.log"
    result = carry_out(session, prepared, audit_log=str(log))
    shown = json.dumps([prepared.data(None), prepared.data(result)]) + log.read_text() + str(plan_lines(prepared))
    assert "enable_eip_pool" in shown
    assert "hidden" not in shown
