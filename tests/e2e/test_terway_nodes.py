"""Nodes that differ: other systems, other images, nodes that come and go while Terway is restarted."""

from __future__ import annotations

import copy
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.commands.adopt import AdoptOptions, prepare_adopt
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.check.run import CheckOptions, run_checks
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.findings import Level
from eipctl.sandbox.server import Sandbox
from tests.e2e.user import User
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session

RESULT = "k8s.aliyun.com/allocated-eipAddress"
LAST = "cn-hangzhou.10.0.0.13"


def setup(session: Session, **options: Any) -> Prepared:
    return prepare_setup(session, SetupOptions(**options))


def adopt(session: Session) -> Prepared:
    return prepare_adopt(session, AdoptOptions())


def wrong(user: User) -> list[str]:
    found = run_checks(user.session(), CheckOptions())
    return [finding.title for finding in found if finding.level is Level.ERROR]


def change(user: User, plural: str, namespace: str, name: str, edit: Callable[[dict[str, Any]], object]) -> None:
    with user.sandbox.store.transaction():
        found = copy.deepcopy(user.objects.get(plural, namespace, name))
        assert found is not None
        edit(found)
        user.objects.update(plural, found)


def label(user: User, node: str, labels: dict[str, str]) -> None:
    change(user, "nodes", "", node, lambda found: found["metadata"]["labels"].update(labels))


def told(user: User, name: str) -> str:
    pod = Stage(user.sandbox).pod(name)
    return str((pod["metadata"].get("annotations") or {}).get(RESULT, "")) if pod else ""


WINDOWS = """
base: legacy
about: a worker role for Terway, and a Windows node with its own DaemonSet
+nodes:
  - name: cn-hangzhou.10.0.0.21
    instance: i-bp1sandbox00000000021
    ip: 10.0.0.21
    vswitch: vsw-bp1sandbox00000000001
    labels: {kubernetes.io/os: windows}
objects:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: eni-config, namespace: kube-system}
    data:
      eni_conf: |
        {
          "version": "1",
          "eni_tags": {"ack.aliyun.com":"c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"},
          "security_group": "sg-bp1sandbox0000000000"
        }
  - apiVersion: v1
    kind: Secret
    metadata: {name: addon.network.token, namespace: kube-system}
    data: {addon.token.config: bWFkZS11cA==}
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: terway-eniip, namespace: kube-system}
    spec:
      selector: {matchLabels: {app: terway-eniip}}
      template:
        metadata: {labels: {app: terway-eniip}}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 0
          nodeSelector: {kubernetes.io/os: linux}
          tolerations: [{operator: Exists}]
          containers:
            - {name: terway, image: terway, command: [/usr/bin/terwayd, -daemon-mode, ENIMultiIP]}
  - apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: terway-eniip-windows, namespace: kube-system}
    spec:
      selector: {matchLabels: {app: terway-eniip-windows}}
      updateStrategy: {type: OnDelete}
      template:
        metadata: {labels: {app: terway-eniip-windows}}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 0
          nodeSelector: {kubernetes.io/os: windows}
          tolerations: [{operator: Exists}]
          containers:
            - name: terway
              image: terway
              command: [pwsh.exe, -NoLogo, -NonInteractive, -File, entrypoint.ps1]
              env: [{name: BACKEND_TYPE, value: ENIMultiIP}]
"""


@pytest.fixture
def with_windows(tmp_path: Path) -> Iterator[User]:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(WINDOWS)
    with Sandbox(tmp_path / "sandbox", scenario=str(scenario), speed=50.0) as sandbox:
        yield User(sandbox)


def test_terway_on_windows_nodes_is_terway_too(with_windows: User) -> None:
    """setup grants both roles and restarts it, its Pods get EIPs, and teardown restarts it before it takes them away.

    Its mode is a variable, and entrypoint.ps1 has it use the addon's role (Terway v1.6.4).
    """
    node = "cn-hangzhou.10.0.0.21"
    user = with_windows
    assert not [title for title in wrong(user) if "Terway" in title]
    verbs = user.done(setup)
    assert (verbs.count("restart"), verbs.count("attach-policy")) == (4, 2)
    Stage(user.sandbox).add_pod("web", AUTO, node=node)
    user.until(lambda: bool(told(user, "web")))
    Stage(user.sandbox).delete_pod("web")
    user.until(lambda: user.cloud.eips() == [])
    assert user.done(lambda session: prepare_teardown(session, TeardownOptions())).count("restart") == 4


def test_a_node_that_terway_keeps_away_from_lacks_nothing(legacy: User) -> None:
    """The label ignore-by-terway is in the affinity of Terway's DaemonSet; what is named is the node that lacks it."""
    label(legacy, "cn-hangzhou.10.0.0.11", {"pool": "a"})
    label(legacy, LAST, {"k8s.aliyun.com/ignore-by-terway": "true"})
    spec = {"nodeSelector": {"pool": "a"}}
    change(
        legacy,
        "daemonsets",
        "kube-system",
        "terway-eniip",
        lambda found: found["spec"]["template"]["spec"].update(spec),
    )
    legacy.until(lambda: len(legacy.terway()) == 1)
    assert "Terway does not run on 1 node: cn-hangzhou.10.0.0.12" in wrong(legacy)
    notes = setup(legacy.session()).plan.notes
    assert any("Terway does not run on cn-hangzhou.10.0.0.12: Pods there get neither" in note for note in notes)


def test_an_image_of_another_name_tells_its_version(legacy: User) -> None:
    """A mirror calls it as it likes: the container is called terway."""
    mirrored = "mirror.example/net/acs-terway:v1.6.3"

    def rename(found: dict[str, Any]) -> None:
        policy = {"name": "policy", "image": "acs/terway:v1.13.0"}
        daemon = found["spec"]["template"]["spec"]["containers"][0]
        found["spec"]["template"]["spec"]["containers"] = [policy, {**daemon, "image": mirrored}]

    before = set(legacy.terway().values())
    change(legacy, "daemonsets", "kube-system", "terway-eniip", rename)
    legacy.until(lambda: len(set(legacy.terway().values()) - before) == 3)
    legacy.done(setup)
    Stage(legacy.sandbox).add_pod("web", AUTO)
    legacy.until(lambda: bool(told(legacy, "web")))


@pytest.mark.parametrize("text", ["null", '{"a": 1,}', "[]", "  "])
def test_what_keeps_terway_down_on_one_node_is_an_error_there_and_concerns_nobody_else(legacy: User, text: str) -> None:
    """check and setup name the override; bind and status serve the other nodes, and leave this one to its Terway."""
    label(legacy, LAST, {"terway-config": "gpu"})
    meta = {"name": "gpu", "namespace": "kube-system"}
    legacy.objects.create(
        "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"eni_conf": text}}
    )
    assert any(f"ConfigMap gpu of {LAST}" in title for title in wrong(legacy))
    with pytest.raises(UsageError, match="ConfigMap gpu"):
        setup(legacy.session())
    Stage(legacy.sandbox).add_pod("here", AUTO, node="cn-hangzhou.10.0.0.11")
    Stage(legacy.sandbox).add_pod("there", AUTO, node=LAST)
    prepared = prepare_bind(legacy.session(), BindOptions())
    (skip,) = prepared.plan.skips
    assert ("default/there" in skip.object, "Terway" in skip.reason) == (True, True)
    legacy.done(lambda session: prepare_bind(session, BindOptions()))
    assert told(legacy, "here")
    terway = next(
        pod["metadata"]["name"]
        for pod in legacy.objects.list("pods", "kube-system")
        if pod["metadata"]["uid"] == legacy.terway()[LAST]
    )
    legacy.objects.delete("pods", "kube-system", terway)
    legacy.until(lambda: "CrashLoopBackOff" in str(legacy.objects.list("pods", "kube-system")))


def leaving(user: User, node: str) -> threading.Thread:
    """The node is scaled in as soon as Terway's Pod there is deleted."""
    uid = user.terway()[node]

    def scale_in() -> None:
        user.until(lambda: user.terway().get(node) != uid)
        user.objects.delete("nodes", "", node, now=True)

    thread = threading.Thread(target=scale_in)
    thread.start()
    return thread


def test_a_node_that_leaves_during_the_restart_holds_nobody_up(legacy: User) -> None:
    """The others have read the change, and the run is complete."""
    thread = leaving(legacy, LAST)
    legacy.done(partial(setup, restart_timeout=60.0))
    thread.join()
    assert LAST not in legacy.terway()
    assert setup(legacy.session()).plan.empty


def test_a_first_node_that_leaves_shows_nothing_about_the_change(legacy: User) -> None:
    """No other one is restarted; the next run begins with another node."""
    thread = leaving(legacy, "cn-hangzhou.10.0.0.11")
    before = legacy.terway()
    result = legacy.carry_out(partial(setup, restart_timeout=60.0))
    thread.join()
    assert [(error.code, "left the cluster" in error.message) for error in result.errors] == [
        (Code.RESTART_TIMEOUT, True)
    ]
    assert before.items() >= legacy.terway().items()
    assert legacy.done(setup) == ["restart", "restart"]


def elsewhere(user: User) -> Session:
    """Another account's credentials: a role of Terway's name is there too, the cluster's nodes are not."""
    for row in list(user.cloud.state.enis.values()):
        user.cloud.delete_eni(row.eni_id)
    return user.session()


@pytest.mark.parametrize("prepare", [setup, partial(setup, steps=frozenset({"ram"})), adopt])
def test_a_wrong_account_is_not_set_up(legacy: User, prepare: Callable[[Session], Prepared]) -> None:
    """setup would grant a role there, and Terway here would have no rights; adopt would make it forget its EIPs."""
    with pytest.raises(UsageError) as raised:
        prepare(elsewhere(legacy))
    assert raised.value.code is Code.WRONG_ACCOUNT


def test_nodes_without_a_provider_id_are_named_as_the_cause(legacy: User) -> None:
    """No profile and no region leads out of that; and what is set up can be taken down."""
    for node in legacy.objects.list("nodes"):
        change(legacy, "nodes", "", node["metadata"]["name"], lambda found: found["spec"].pop("providerID"))
    with pytest.raises(UsageError, match="providerID") as raised:
        setup(legacy.session(), roles=("AliyunCSManagedNetworkRole",))
    assert "spec.providerID" in raised.value.hint
