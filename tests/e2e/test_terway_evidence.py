"""What counts is what Terway has read and what runs, not what eni_conf or a name says now."""

from __future__ import annotations

import copy
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Refused, UsageError
from eipctl.commands.adopt import AdoptOptions, prepare_adopt
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.check.run import CheckOptions, run_checks
from eipctl.commands.registry import ram_actions_of, rights_of
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.findings import Finding, Level
from eipctl.domain.rights import DELETE_TERWAY_PODS
from eipctl.sandbox.server import Sandbox
from tests.e2e.narrow import Narrow
from tests.e2e.user import User
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session

FLAG = ',\n  "enable_eip_pool": "true"'
RESULT = "k8s.aliyun.com/allocated-eipAddress"
ADDRESS = "acs/terway@sha256:" + "0" * 64


def setup(session: Session, **options: Any) -> Prepared:
    return prepare_setup(session, SetupOptions(**options))


def restart(session: Session) -> Prepared:
    return setup(session, steps=frozenset({"restart"}), force_restart=True)


def teardown(session: Session) -> Prepared:
    return prepare_teardown(session, TeardownOptions())


def adopt(session: Session) -> Prepared:
    return prepare_adopt(session, AdoptOptions())


def bind(session: Session) -> Prepared:
    return prepare_bind(session, BindOptions())


def check(user: User, *codes: Code) -> list[Finding]:
    return [found for found in run_checks(user.session(), CheckOptions(codes=codes)) if found.level is not Level.OK]


def take_out(user: User) -> None:
    """Somebody takes the flag out of eni_conf by hand, and restarts nobody."""
    user.edit_by_hand(lambda text: text.replace(FLAG, ""))


def told(user: User, name: str) -> str:
    pod = Stage(user.sandbox).pod(name)
    return str((pod["metadata"].get("annotations") or {}).get(RESULT, "")) if pod else ""


@pytest.fixture
def holding(legacy: User) -> User:
    """Terway was set up, gave a Pod an EIP, and then the flag was taken out by hand."""
    legacy.done(setup)
    Stage(legacy.sandbox).add_pod("web", AUTO)
    legacy.until(lambda: bool(told(legacy, "web")))
    take_out(legacy)
    return legacy


def test_teardown_is_refused_while_a_terway_without_its_flag_holds_eips(holding: User) -> None:
    """It works with what it read when it started: without its rights, or restarted, it would leak them."""
    with pytest.raises(Refused) as raised:
        teardown(holding.session())
    assert (raised.value.code, raised.value.exit) == (Code.TERWAY_HOLDS_EIPS, ExitCode.REFUSED)
    assert holding.cloud.eips()[0].allocation_id in raised.value.message


def test_so_is_its_restart_and_with_the_flag_put_back_it_is_not(holding: User) -> None:
    """A Terway that starts with the flag keeps what it holds."""
    with pytest.raises(Refused) as raised:
        restart(holding.session())
    assert raised.value.code is Code.TERWAY_HOLDS_EIPS
    assert holding.done(setup) == ["write-eni-config", "restart", "restart", "restart"]
    Stage(holding.sandbox).delete_pod("web")
    holding.until(lambda: holding.cloud.eips() == [])
    holding.done(teardown)


def test_adopt_restarts_a_terway_whose_flag_is_gone_already(holding: User) -> None:
    """Else it would release what has been adopted with its Pod."""
    before = holding.terway()
    assert holding.done(adopt) == ["tag", "restart", "restart", "restart", "write-eni-config"]
    assert not set(before.values()) & set(holding.terway().values())
    Stage(holding.sandbox).delete_pod("web")
    holding.until(lambda: Stage(holding.sandbox).pod("web") is None)
    assert [dict(row.tags)["eipctl-pod"] for row in holding.cloud.eips()] == ["p-web"]


def test_check_says_that_terway_has_not_read_the_change(holding: User) -> None:
    """In one finding that names both ways out, and not in another one that the flag is missing."""
    found = check(holding)
    (left,) = (each for each in found if each.code in (Code.RESTART_NEEDED, Code.FLAG_NOT_SET))
    assert (left.code, left.level, left.fix) == (Code.RESTART_NEEDED, Level.WARNING, "eipctl teardown")
    assert "Terway on cn-hangzhou.10.0.0.11" in left.title
    assert "eipctl setup sets the flag again" in left.detail


def test_bind_leaves_pods_to_a_terway_that_may_give_eips(legacy: User) -> None:
    """An edit that Terway has not read: the reason names the way out, and after it bind serves the Pod."""
    legacy.edit_by_hand(lambda text: text.replace('"max_pool_size": 5', '"max_pool_size": 6'))
    Stage(legacy.sandbox).add_pod("web", AUTO)
    (skip,) = bind(legacy.session()).plan.skips
    assert "eipctl setup restart --force-restart" in skip.reason
    assert legacy.done(restart) == ["restart"] * 3
    assert "associate" in legacy.done(bind)


def test_a_teardown_without_eips_restarts_such_a_terway_before_it_loses_its_rights(legacy: User) -> None:
    """Nothing is held, and nothing can be from then on."""
    legacy.done(setup)
    take_out(legacy)
    before = legacy.terway()
    assert legacy.done(teardown)[:3] == ["restart"] * 3
    assert not set(before.values()) & set(legacy.terway().values())
    assert teardown(legacy.session()).plan.empty


def test_a_setup_that_was_undone_leaves_bind_as_it_was(legacy: User) -> None:
    """The other nodes have read the text that was put back: the record says so."""
    spoil(legacy)
    legacy.carry_out(partial(setup, restart_timeout=0.5))
    Stage(legacy.sandbox).add_pod("web", AUTO, node=max(legacy.terway()))
    assert bind(legacy.session()).plan.skips == ()


def test_a_note_beside_eni_conf_is_no_change_of_it(legacy: User) -> None:
    """What eipctl writes into annotations alone leaves the time at which eni_conf was written."""
    legacy.done(setup)
    legacy.done(teardown)
    session = legacy.session()
    before = session.kube.config_map("kube-system", "eni-config")
    assert before is not None
    legacy.until(lambda: session.kube.now() > before.written["eni_conf"].when + timedelta(seconds=1))
    note = {"eipctl.io/edited-policies": '{"mine":[]}'}
    session.writers().kube.replace_config_key(before, "eni_conf", before.data["eni_conf"], note)
    after = session.kube.config_map("kube-system", "eni-config")
    assert after is not None
    assert (after.written["eni_conf"], set(after.annotations)) == (before.written["eni_conf"], set(note))
    assert check(legacy, Code.RESTART_NEEDED) == []


# a restart never makes it worse


def spoil(user: User) -> None:
    """Pods of Terway that are made from now on can't pull their image."""

    def bad(found: dict[str, Any]) -> None:
        found["spec"]["updateStrategy"] = {"type": "OnDelete"}
        found["spec"]["template"]["spec"]["containers"][0]["image"] = "acs/bad:v1.6.3"

    change_daemon_set(user, bad)


def change_daemon_set(user: User, change: Callable[[dict[str, Any]], None]) -> None:
    found = copy.deepcopy(user.objects.get("daemonsets", "kube-system", "terway-eniip"))
    assert found is not None
    change(found)
    user.objects.update("daemonsets", found)


def ready_nodes(user: User) -> set[str]:
    pods = [pod for pod in user.objects.list("pods", "kube-system") if pod["metadata"]["uid"] in user.terway().values()]
    return {
        pod["spec"]["nodeName"]
        for pod in pods
        for condition in pod["status"].get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    }


def test_three_runs_that_fail_take_one_node_down_not_three(legacy: User) -> None:
    """Each begins with the node that is down, and undoes its change."""
    spoil(legacy)
    before = legacy.eni_conf()
    for _ in range(3):
        result = legacy.carry_out(partial(setup, restart_timeout=0.5))
        assert [error.code for error in result.errors] == [Code.RESTART_TIMEOUT]
        assert (result.exit, legacy.eni_conf()) == (ExitCode.FAILED, before)
        assert len(ready_nodes(legacy)) == 2
    (found,) = check(legacy, Code.TERWAY_NOT_READY)
    assert (found.level, "cn-hangzhou.10.0.0.11" in found.title) == (Level.ERROR, True)


def test_a_missing_right_is_told_before_the_first_write(legacy: User) -> None:
    """With --dry-run as a note; without, nothing is changed, RAM included."""
    legacy.sandbox.calls.clear()
    narrow = Narrow(legacy.sandbox)
    narrow.may([right for right in rights_of("setup") if right != DELETE_TERWAY_PODS], ram_actions_of(["setup"]))
    prepared = setup(narrow.session())
    assert any("may not delete pods" in note for note in prepared.plan.notes)
    with pytest.raises(Refused, match="may not delete pods") as raised:
        narrow.carry_out(setup)
    assert raised.value.code is Code.KUBE_FORBIDDEN
    assert "manifest rbac --for setup" in raised.value.hint
    assert "CreatePolicy" not in legacy.writes()
    assert FLAG not in legacy.eni_conf()


def test_an_immutable_config_map_is_found_before_ram_is_changed(legacy: User) -> None:
    """By reading it."""
    legacy.objects.update("configmaps", {**copy.deepcopy(legacy.config_map()), "immutable": True})
    with pytest.raises(Refused) as raised:
        setup(legacy.session())
    assert raised.value.code is Code.ENI_CONFIG_IMMUTABLE


def test_a_wrong_type_is_found_before_anything_is_restarted(legacy: User) -> None:
    """In a key that is not eipctl's: an error of check, and setup refuses."""
    legacy.edit_eni_conf(lambda text: text.replace('"max_pool_size": 5', '"max_pool_size": "5"'))
    (found,) = check(legacy, Code.ENI_CONF_MALFORMED)
    assert (found.level, found.title) == (Level.ERROR, 'max_pool_size is "5", expected a whole number without quotes')
    with pytest.raises(UsageError, match="max_pool_size"):
        setup(legacy.session())


def test_nodes_without_terway_are_named(legacy: User) -> None:
    """Whatever the DaemonSet wants."""
    node = copy.deepcopy(legacy.objects.get("nodes", "", "cn-hangzhou.10.0.0.11"))
    assert node is not None
    node["metadata"]["labels"]["pool"] = "a"
    legacy.objects.update("nodes", node)
    change_daemon_set(legacy, lambda found: found["spec"]["template"]["spec"].update(nodeSelector={"pool": "a"}))
    legacy.until(lambda: len(legacy.terway()) == 1)
    found = check(legacy, Code.TERWAY_NOT_READY)
    assert any("10.0.0.12" in each.title and "10.0.0.13" in each.title for each in found)


# eni_conf and the overrides of nodes


def label(user: User, name: str) -> str:
    """A node's label terway-config; the node."""
    node = copy.deepcopy(user.objects.get("nodes", "", "cn-hangzhou.10.0.0.13"))
    assert node is not None
    node["metadata"]["labels"]["terway-config"] = name
    user.objects.update("nodes", node)
    return str(node["metadata"]["name"])


def test_an_override_that_names_nothing_is_no_obstacle_and_a_warning(legacy: User) -> None:
    """Terway starts with eni-config alone; check says that the node has not what was meant for it."""
    node = label(legacy, "eni-config-gpu")
    (found,) = check(legacy, Code.NODE_OVERRIDE)
    assert (found.level, node in found.title) == (Level.WARNING, True)
    assert legacy.done(setup)[-3:] == ["restart"] * 3


def test_an_empty_override_is_none(legacy: User) -> None:
    """Terway starts, and setup works."""
    label(legacy, "eni-config-gpu")
    meta = {"name": "eni-config-gpu", "namespace": "kube-system"}
    legacy.objects.create(
        "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"eni_conf": ""}}
    )
    assert check(legacy, Code.NODE_OVERRIDE) == []
    legacy.done(setup)


def test_a_key_in_another_case_is_not_the_flag(legacy: User) -> None:
    """setup sets the real one, and Terway gives EIPs; check names the other."""
    legacy.edit_eni_conf(lambda text: text.replace('"ip_stack"', '"Enable_EIP_Pool": "true",\n  "ip_stack"'))
    assert "Enable_EIP_Pool is not enable_eip_pool" in [found.title for found in check(legacy, Code.FLAG_TYPE)]
    legacy.done(setup)
    Stage(legacy.sandbox).add_pod("web", AUTO)
    legacy.until(lambda: bool(told(legacy, "web")))


def test_a_key_that_is_there_twice_keeps_nobody_from_binding(modern: User) -> None:
    """Terway takes the last one; check warns."""
    modern.edit_eni_conf(lambda text: text.replace('"ip_stack"', '"max_pool_size": 5, "ip_stack"'))
    Stage(modern.sandbox).add_pod("web", AUTO)
    modern.done(bind)
    (found,) = check(modern, Code.ENI_CONF_MALFORMED)
    assert (found.level, found.title) == (Level.WARNING, "max_pool_size appears more than once")


def test_setup_and_teardown_leave_every_byte(legacy: User) -> None:
    """Escapes and null come back as they were."""
    member = r'"enable_eip_pool": "\u0066alse", "allow_eip_rob": null, '
    legacy.edit_eni_conf(lambda text: text.replace('"ip_stack"', member + '"ip_stack"'))
    before = legacy.eni_conf()
    legacy.done(partial(setup, allow_eip_rob=True))
    legacy.done(teardown)
    assert legacy.eni_conf() == before


def test_a_damaged_record_is_named(legacy: User) -> None:
    """It is no internal error, and nothing is taken back by it."""
    damaged = '{"version":1,"written":"","sha256":"x","added":[],"previous":{"enable_eip_pool":"not json"}}'
    legacy.objects.patch_metadata("configmaps", "kube-system", "eni-config", {"eipctl.io/eni-config": damaged})
    assert any("can't be read" in note for note in teardown(legacy.session()).plan.notes)


# mode and version


OPEN_SOURCE = """
base: legacy
about: the open-source installation
terway_image: {image}
nodes:
  - name: cn-hangzhou.10.0.0.11
    instance: i-bp1sandbox00000000001
    ip: 10.0.0.11
    vswitch: vsw-bp1sandbox00000000001
objects:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {{name: eni-config, namespace: kube-system}}
    data:
      eni_conf: |
        {{
          "version": "1",
          "max_pool_size": 5,
          "min_pool_size": 0,
          "vswitches": {{"cn-hangzhou-h":["vsw-bp1sandbox00000000001"]}},
          "eni_tags": {{"ack.aliyun.com":"c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"}},
          "service_cidr": "192.168.0.0/16",
          "security_group": "sg-bp1sandbox0000000000"
        }}
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {{name: terway, namespace: kube-system}}
    spec:
      selector: {{matchLabels: {{app: terway}}}}
      template:
        metadata: {{labels: {{app: terway}}}}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 0
          tolerations: [{{operator: Exists}}]
          containers:
            - {{name: terway, image: terway, command: [/usr/bin/terwayd, -log-level, info, -daemon-mode, ENIMultiIP]}}
"""


@pytest.fixture
def open_source(tmp_path: Path) -> Iterator[Callable[[str], User]]:
    """DaemonSet and label `terway`, in mode ENIMultiIP, with an image."""
    sandboxes: list[Sandbox] = []

    def make(image: str) -> User:
        scenario = tmp_path / "scenario.yaml"
        scenario.write_text(OPEN_SOURCE.format(image=image))
        sandbox = Sandbox(tmp_path / "sandbox", scenario=str(scenario), speed=50.0)
        sandboxes.append(sandbox)
        sandbox.__enter__()
        return User(sandbox)

    yield make
    for sandbox in sandboxes:
        sandbox.__exit__(None, None, None)


def test_the_open_source_installation_can_be_set_up(open_source: Callable[[str], User]) -> None:
    """Its DaemonSet has the name of ACK's for VPC mode; the mode is the argument of its daemon."""
    user = open_source("registry.aliyuncs.com/acs/terway:v1.6.3")
    assert [found.code for found in check(user, Code.TERWAY_MODE, Code.TERWAY_NOT_FOUND)] == []
    user.done(setup)
    Stage(user.sandbox).add_pod("web", AUTO)
    user.until(lambda: bool(told(user, "web")))


def test_an_image_without_a_version_needs_to_be_told_one(open_source: Callable[[str], User]) -> None:
    """A digest names none: setup is refused until --terway-version says it."""
    user = open_source(ADDRESS)
    with pytest.raises(Refused, match="names no version") as raised:
        setup(user.session())
    assert "--terway-version" in raised.value.hint
    assert not setup(user.session(), terway_version="v1.6.3").plan.empty
    with pytest.raises(Refused, match=r"v1\.13\.0"):
        setup(user.session(), terway_version="1.13.0")
    with pytest.raises(UsageError, match="--terway-version"):
        setup(user.session(), terway_version="latest")
