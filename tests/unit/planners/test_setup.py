"""The setup planner: who is refused, what is written, and which Pods restart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Refused, UsageError
from eipctl.domain import ownership
from eipctl.domain.actions.policies import CreatePolicy, UpdatePolicy
from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.containers import Container
from eipctl.domain.facts import AttachedPolicy, Eip, EipStatus, OwnerRef, Pod, Workload, Written
from eipctl.domain.ram import policy_document
from eipctl.domain.ram.policy_document import BANDWIDTH_PACKAGE_ACTIONS, EIP_ACTIONS
from eipctl.domain.ram.policy_users import ABOUT
from eipctl.domain.terway import image_version
from eipctl.domain.terway.eni_conf import CredentialSource, digest
from eipctl.domain.terway.installation import EniConfig, Override, Record, TerwayPod, parse_record, terway_pod
from eipctl.planners.terway.gate import after_restart, another_image, owned
from eipctl.planners.terway.grants import POLICY, TerwayRole
from eipctl.planners.terway.held import Held
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.setup import (
    ENI_CONFIG,
    RAM,
    RESTART,
    SetupKnobs,
    SetupWorld,
    plan_setup,
    starts_terways_mode,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BARE = '{\n  "version": "1",\n  "credential_path": "/var/addon/token-config"\n}\n'
MULTI_IP = ("/usr/bin/terwayd", "-log-level", "info", "-daemon-mode", "ENIMultiIP")
ALL = policy_document.own_policy_document(EIP_ACTIONS)


def terway(node: str, *, version: str | None = "v1.6.3", daemonset: str = "terway-eniip", **facts: Any) -> TerwayPod:
    known: dict[str, Any] = {"created": NOW - timedelta(days=1)}
    parsed = image_version.parse(version) if version else None
    return TerwayPod(f"t-{node}", f"uid-{node}", node, daemonset, version=parsed, **known | facts)


def daemon(image: str, *others: str, words: tuple[str, ...] = MULTI_IP) -> tuple[Container, ...]:
    """Terway's containers; the daemon's comes last."""
    return (*(Container("policy", other) for other in others), Container("terway", image, words))


def template(**facts: Any) -> Workload:
    """The DaemonSet that the Pods come from."""
    known: dict[str, Any] = {"containers": daemon("r/acs/terway:v1.6.3"), **facts}
    return Workload(
        "apps/v1", "DaemonSet", "daemonsets", "kube-system", "terway-eniip", "1", {}, {}, ("spec", "template"), **known
    )


def config(text: str = BARE, record: Record | None = None, overrides: tuple[Override, ...] = ()) -> EniConfig:
    return EniConfig(text, "7", record, overrides, written=Written(NOW - timedelta(days=9)))


def policy(
    document: str, name: str = "p", *, system: bool = False, version: str = "v1", description: str = ""
) -> AttachedPolicy:
    return AttachedPolicy(name, system, document, version, description)


USED = f"{ABOUT}; used by c1@AliyunCSManagedNetworkRole"


def role(*policies: AttachedPolicy) -> TerwayRole:
    return TerwayRole("AliyunCSManagedNetworkRole", policies)


def world(**facts: Any) -> SetupWorld:
    known: dict[str, Any] = {
        "terway": tuple(terway(f"n{number}") for number in range(1, 5)),
        "config": config(),
        "cluster": "c1",
        "roles": (role(),),
    }
    return SetupWorld(**known | facts)


def verbs(found: SetupWorld, **knobs: Any) -> list[str]:
    return [action.verb.value for action in plan_setup(found, SetupKnobs(**knobs)).actions]


def write_of(found: SetupWorld, **knobs: Any) -> WriteEniConfig:
    (write,) = (a for a in plan_setup(found, SetupKnobs(**knobs)).actions if isinstance(a, WriteEniConfig))
    return write


def restarts(found: SetupWorld, **knobs: Any) -> list[RestartTerway]:
    return [a for a in plan_setup(found, SetupKnobs(**knobs)).actions if isinstance(a, RestartTerway)]


def written(found: SetupWorld, when: datetime = NOW) -> SetupWorld:
    """The world after setup wrote eni-config, and nothing else."""
    write = write_of(found, steps=frozenset({ENI_CONFIG}))
    record = parse_record(write.record or "")
    assert record is not None
    return replace(
        found, config=replace(config(write.after, record.stamped(when)), written=Written(when, by_eipctl=True))
    )


def test_everything_is_missing() -> None:
    """RAM, then eni-config, then the restarts; a stage that failed is the last one."""
    plan = plan_setup(world(), SetupKnobs())
    assert [stage.title.split()[0] for stage in plan.stages] == ["RAM", "RAM", "eni-config", "restart", "restart"]
    assert all(stage.stop_on_failure or stage.needed for stage in plan.stages)
    assert any("v1.7.0" in note for note in plan.notes)


@pytest.mark.parametrize("step", [RAM, ENI_CONFIG, RESTART])
def test_one_step_alone_plans_nothing_of_the_others(step: str) -> None:
    """`setup ram`, `setup eni-config` and `setup restart`."""
    expected = {RAM: {"create-policy", "attach-policy"}, ENI_CONFIG: {"write-eni-config"}, RESTART: set()}
    assert set(verbs(world(), steps=frozenset({step}))) == expected[step]


# the gate

OUTSIDE = [
    ("v1.7.0", Code.TERWAY_VERSION),
    ("v1.13.0", Code.TERWAY_VERSION),
    ("v1.0.10.263-gdbe50a9", Code.TERWAY_VERSION),
    (None, Code.TERWAY_VERSION),
]


@pytest.mark.parametrize(("version", "code"), OUTSIDE)
def test_one_node_outside_the_window_refuses_all(version: str | None, code: Code) -> None:
    """It is named with its version, and bind is offered."""
    pods = (terway("n1"), terway("n2", version=version))
    with pytest.raises(Refused) as raised:
        plan_setup(world(terway=pods), SetupKnobs())
    assert raised.value.code is code
    assert "n2: " in raised.value.message
    assert "n1" not in raised.value.message
    assert "eipctl bind" in raised.value.hint


@pytest.mark.parametrize("version", ["v1.0.10.280-gdc2cb6c-aliyun", "v1.0.10.368-g2890967", "v1.2.3", "v1.6.4"])
def test_a_version_inside_the_window_passes(version: str) -> None:
    """From 1.0.10.280 up to, but not including, 1.7.0."""
    assert "restart" in verbs(world(terway=(terway("n1", version=version),)))


def test_exclusive_enis_are_as_good_as_shared_ones() -> None:
    """DaemonSet terway-eni has Terway's EIP code too, and is restarted under its own name."""
    (restart,) = restarts(world(terway=(terway("n1", daemonset="terway-eni", mode="ENIOnly"),)))
    assert (restart.daemonset, restart.node) == ("terway-eni", "n1")


def test_trunks_keep_terway_from_giving_eips() -> None:
    """To Pods on member ENIs, which is told; to nobody where each Pod has an ENI of its own, which is refused."""
    trunk = config('{"enable_eni_trunking": true}')
    assert any("member ENI" in note for note in plan_setup(world(config=trunk), SetupKnobs()).notes)
    with pytest.raises(Refused, match="ENIOnly") as raised:
        plan_setup(world(config=trunk, terway=(terway("n1", mode="ENIOnly"),)), SetupKnobs())
    assert raised.value.code is Code.TERWAY_MODE


def test_old_terways_know_no_bandwidth_packages() -> None:
    """The nodes are named, when packages are asked for."""
    knobs = SetupKnobs(actions=(*EIP_ACTIONS, *BANDWIDTH_PACKAGE_ACTIONS))
    old = world(terway=(terway("n1", version="v1.0.10.301"), terway("n2", version="v1.2.3")))
    assert any("packages only from v1.2.3 on; n1: older" in note for note in plan_setup(old, knobs).notes)
    assert not any("packages" in note for note in plan_setup(old, SetupKnobs()).notes)


IMAGES = [
    (daemon("r/acs/terway:v1.2.3", "r/acs/terway:v1.13.0"), True),
    (daemon("r/corp/acs-terway:v1.2.3"), True),
    (daemon("r/acs/terway:v1.13.0"), False),
    (daemon("r/acs/terway:v1.6.3", words=("terwayd",)), False),
    (daemon("r/acs/terway@sha256:0f"), False),
    ((), False),
]


@pytest.mark.parametrize(("containers", "fine"), IMAGES)
def test_a_restart_must_not_bring_another_terway(containers: tuple[Container, ...], fine: bool) -> None:
    """In the middle of an upgrade the running Pods are old and the template is new."""
    refusal = after_restart(template(containers=containers))
    assert (refusal is None) is fine
    assert refusal is None or (refusal.code, "rollout undo" in refusal.hint) == (Code.TERWAY_VERSION, True)


def test_a_restart_must_bring_terway_back() -> None:
    """A DaemonSet that is being deleted makes no Pods any more: the node would be without its network plugin."""
    refusal = after_restart(template(terminating=True))
    assert refusal is not None
    assert "would not be replaced" in refusal.message


def test_vpc_mode_is_refused_with_the_reason() -> None:
    """Its Pods have no ENI address."""
    with pytest.raises(Refused, match="VPC mode") as raised:
        plan_setup(world(terway=(terway("n1", daemonset="terway", mode="VPC"),)), SetupKnobs())
    assert raised.value.code is Code.TERWAY_MODE


def test_a_cluster_without_terway_is_refused() -> None:
    """No Pod of its DaemonSets."""
    with pytest.raises(Refused) as raised:
        plan_setup(world(terway=()), SetupKnobs())
    assert raised.value.code is Code.TERWAY_NOT_FOUND


def test_the_rival_controller_is_refused() -> None:
    """Two of them would give each Pod two EIPs; and where Terway is too new, bind would leave its Pods alone."""
    for version in ("v1.6.3", "v1.13.0"):
        with pytest.raises(Refused) as raised:
            plan_setup(world(ack_extend=True, terway=(terway("n1", version=version),)), SetupKnobs())
        assert raised.value.code is Code.ACK_EXTEND


# eni-config

SETTABLE = [
    ("", {}),
    (', "enable_eip_pool": "false"', {"enable_eip_pool": '"false"'}),
    (', "enable_eip_pool": true', {"enable_eip_pool": "true"}),
    (', "enable_eip_pool": "True"', {"enable_eip_pool": '"True"'}),
    (', "enable_eip_pool": "1"', {"enable_eip_pool": '"1"'}),
    (', "enable_eip_pool": null', {"enable_eip_pool": "null"}),
]


@pytest.mark.parametrize(("member", "previous"), SETTABLE)
def test_whatever_the_flag_was_it_becomes_the_string_and_the_old_value_is_recorded(
    member: str, previous: dict[str, str]
) -> None:
    """Only an absent key counts as added."""
    text = f'{{"version": "1"{member}}}'
    write = write_of(world(config=config(text)))
    record = parse_record(write.record or "")
    assert json.loads(write.after)["enable_eip_pool"] == "true"
    assert record is not None
    assert (dict(record.previous), record.added) == (previous, () if previous else ("enable_eip_pool",))
    assert record.sha256 == digest(write.after)


@pytest.mark.parametrize(("value", "word"), [("true", "can't start"), ('"True"', "treats as off")])
def test_a_mistaken_value_is_explained(value: str, word: str) -> None:
    """A note says what Terway makes of it."""
    text = f'{{"enable_eip_pool": {value}}}'
    assert any(word in note for note in plan_setup(world(config=config(text)), SetupKnobs()).notes)


def test_a_flag_that_is_on_is_left_alone() -> None:
    """No write, no restart, no record: Terway was started after somebody had set it."""
    text = '{"enable_eip_pool": "true"}'
    assert verbs(world(config=config(text), roles=(role(policy(ALL)),))) == []


def test_allow_eip_rob_is_added_to_what_is_recorded_already() -> None:
    """A second setup with the option records both keys."""
    write = write_of(written(world()), allow_eip_rob=True)
    record = parse_record(write.record or "")
    assert record is not None
    assert record.keys == ("enable_eip_pool", "allow_eip_rob")
    assert record.written is None


def test_what_setup_replaced_first_is_what_teardown_puts_back() -> None:
    """A flag that somebody switched off after setup, and that setup switches on again, stays recorded as added."""
    found = written(world())
    off = replace(found.config, text=found.config.text.replace('"true"', '"false"'))
    record = parse_record(write_of(replace(found, config=off)).record or "")
    assert record is not None
    assert (record.added, dict(record.previous)) == (("enable_eip_pool",), {})


BY_HAND = '{"enable_eip_pool": "true"}'


def test_a_flag_that_somebody_else_set_is_read_by_a_restart() -> None:
    """Where Terway started before that: eni_conf's managedFields say when it was."""
    found = world(config=replace(config(BY_HAND), written=Written(NOW)), roles=(role(policy(ALL)),))
    assert verbs(found) == ["restart"] * 4


def test_where_nothing_says_when_eni_conf_was_changed_a_record_says_it_from_now_on() -> None:
    """Terway is restarted once; then it is known to have read it, and the next setup does nothing."""
    found = world(config=EniConfig(BY_HAND, "7"), roles=(role(policy(ALL)),))
    assert verbs(found) == ["write-eni-config"] + ["restart"] * 4
    dated = write_of(found)
    record = parse_record(dated.record or "")
    assert (dated.before, dated.after) == (BY_HAND, BY_HAND)
    assert record is not None
    assert (record.keys, record.sha256) == ((), digest(BY_HAND))
    later = tuple(replace(pod, created=NOW + timedelta(seconds=1)) for pod in found.terway)
    assert verbs(replace(found, terway=later, config=EniConfig(BY_HAND, "8", record.stamped(NOW)))) == []


REFUSED_CONF = [
    ('{"enable_eip_migrate": true}', Code.MIGRATION_FLAG),
    ('{"enable_eip_migrate": "true"}', Code.FLAG_TYPE),
    ('{"allow_eip_rob": true}', Code.FLAG_TYPE),
]


@pytest.mark.parametrize(("text", "code"), REFUSED_CONF)
def test_a_configuration_that_setup_would_only_make_worse_is_refused(text: str, code: Code) -> None:
    """A restart would take Terway down, or Terway would give nothing."""
    with pytest.raises(Refused) as raised:
        plan_setup(world(config=config(text)), SetupKnobs())
    assert raised.value.code is code


@pytest.mark.parametrize("text", ['{"enable_eip_migrate": true}', '{"enable_eip_migrate": "true"}'])
def test_a_flag_that_this_version_does_not_know_is_no_obstacle(text: str) -> None:
    """enable_eip_migrate came with v1.6.0: v1.5 passes it over."""
    found = world(config=config(text), terway=(terway("n1", version="v1.5.8"),))
    assert WriteEniConfig in {type(action) for action in plan_setup(found, SetupKnobs()).actions}


def test_an_access_key_on_some_nodes_is_told() -> None:
    """setup grants the role that the other nodes use, not the RAM user of a key."""
    gpu = Override("gpu", ("n9",), '{"access_key": "a", "access_secret": "b"}', CredentialSource.ACCESS_KEY)
    notes = plan_setup(world(config=config(overrides=(gpu,))), SetupKnobs()).notes
    assert any("on n9 Terway uses the AccessKey in ConfigMap gpu; allow its RAM user: vpc:" in note for note in notes)


def test_a_wrong_type_that_setup_corrects_is_no_obstacle() -> None:
    """--allow-eip-rob sets it right."""
    found = world(config=config('{"allow_eip_rob": true}'))
    assert json.loads(write_of(found, allow_eip_rob=True).after)["allow_eip_rob"] == "true"


def test_an_override_of_the_wrong_type_is_refused_and_one_that_is_off_is_told() -> None:
    """The override wins on its nodes."""
    wrong = Override("gpu", ("n9",), '{"enable_eip_pool": true}')
    with pytest.raises(Refused) as raised:
        plan_setup(world(config=config(overrides=(wrong,))), SetupKnobs())
    assert (raised.value.code, raised.value.object) == (Code.FLAG_TYPE, "configmap/kube-system/gpu")
    for text in ('{"allow_eip_rob": true}', '{"enable_eip_migrate": "true"}', '{"enable_eip_migrate": true}'):
        with pytest.raises(Refused, match="ConfigMap gpu"):
            plan_setup(world(config=config(overrides=(Override("gpu", ("n9",), text),))), SetupKnobs())
    off = Override("gpu", ("n9",), '{"enable_eip_pool": "false"}')
    notes = plan_setup(world(config=config(overrides=(off,))), SetupKnobs()).notes
    assert any("n9" in note for note in notes)


# RAM


def test_our_policy_is_created_with_exactly_the_six_actions_and_attached() -> None:
    """Where nothing is granted and no policy of ours is there."""
    create = next(a for a in plan_setup(world(), SetupKnobs()).actions if isinstance(a, CreatePolicy))
    assert json.loads(create.document)["Statement"][0]["Action"] == list(EIP_ACTIONS)
    assert verbs(world(), steps=frozenset({RAM})) == ["create-policy", "attach-policy"]


GRANTED = ['{"Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":"*"}]}', ALL, ALL.replace("vpc:A", "VPC:a")]


@pytest.mark.parametrize("document", GRANTED)
def test_what_is_granted_already_leaves_nothing_to_do(document: str) -> None:
    """Wildcards and any case are understood."""
    assert verbs(world(roles=(role(policy(document)),)), steps=frozenset({RAM})) == []


def test_an_existing_policy_of_ours_is_only_attached() -> None:
    """After a run that broke off between the two calls."""
    assert verbs(world(own_policy=policy(ALL, POLICY, description=USED)), steps=frozenset({RAM})) == ["attach-policy"]


def test_a_policy_of_ours_that_somebody_cut_down_is_mended() -> None:
    """A new version of it, on top of the one that was seen."""
    cut = policy(policy_document.own_policy_document(EIP_ACTIONS[:2]), POLICY, version="v3", description=USED)
    found = world(roles=(role(cut),), own_policy=cut)
    (update,) = plan_setup(found, SetupKnobs(steps=frozenset({RAM}))).actions
    assert isinstance(update, UpdatePolicy)
    assert update.base_version == "v3"


def test_only_the_role_that_lacks_something_gets_the_policy() -> None:
    """Two roles, one of them patched by hand."""
    found = world(roles=(role(policy(ALL)), TerwayRole("worker", ())))
    plan = plan_setup(found, SetupKnobs(steps=frozenset({RAM})))
    assert [getattr(action, "role", "") for action in plan.actions] == ["", "worker"]


def test_the_two_actions_that_only_bandwidth_packages_need_are_offered() -> None:
    """The documentation of today grants eight: the plan says for what, and how; not when nothing is granted anyway."""
    step = frozenset({RAM})
    (note,) = plan_setup(world(), SetupKnobs(steps=step)).notes
    assert "vpc:AddCommonBandwidthPackageIp and vpc:RemoveCommonBandwidthPackageIp" in note
    assert "--with bandwidth-package" in note
    eight = (*EIP_ACTIONS, *BANDWIDTH_PACKAGE_ACTIONS)
    roles = (TerwayRole("r", (), eight),)
    assert plan_setup(world(roles=roles), SetupKnobs(steps=step, actions=eight)).notes == ()
    packages = policy(policy_document.own_policy_document(BANDWIDTH_PACKAGE_ACTIONS))
    assert plan_setup(world(roles=(role(packages),)), SetupKnobs(steps=step)).notes == ()
    assert plan_setup(world(roles=(role(policy(ALL)),)), SetupKnobs(steps=step)).notes == ()


def test_a_deny_is_an_error_that_names_the_statement() -> None:
    """No further Allow lifts it."""
    deny = '{"Statement":[{"Effect":"Deny","Action":"vpc:Release*","Resource":"*"}]}'
    with pytest.raises(Refused, match="policy p, statement 1 denies vpc:ReleaseEipAddress") as raised:
        plan_setup(world(roles=(role(policy(deny)),)), SetupKnobs())
    assert raised.value.code is Code.ROLE_DENIED


def test_a_conditional_allow_does_not_count_and_the_plan_says_so() -> None:
    """It is granted again, without the condition."""
    limited = json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*", "Condition": {"IpAddress": {}}}]}
    )
    plan = plan_setup(world(roles=(role(policy(limited)),)), SetupKnobs(steps=frozenset({RAM})))
    assert not plan.empty
    assert any("under a condition" in note for note in plan.notes)


def test_an_edited_policy_gets_only_what_is_missing() -> None:
    """In the Allow statement that fits."""
    document = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["vpc:Describe*"],"Resource":"*"}]}'
    mine = policy(document, "mine")
    found = world(roles=(role(mine),), edited_policy=mine)
    plan = plan_setup(found, SetupKnobs(steps=frozenset({RAM}), edit_policy="mine"))
    _, update = plan.actions
    assert isinstance(update, UpdatePolicy)
    assert len(json.loads(update.document)["Statement"][0]["Action"]) == 5


UNEDITABLE = [(), (policy("{}", "third"),), (policy("{}", "other", system=True),)]


@pytest.mark.parametrize("policies", UNEDITABLE)
@pytest.mark.parametrize("edited", [None, policy(ALL, "other")])
def test_a_policy_that_is_not_there_or_not_attached_can_not_be_edited(
    edited: AttachedPolicy | None, policies: tuple[AttachedPolicy, ...]
) -> None:
    """Editing it would grant the role nothing; a system policy of that name is another one."""
    with pytest.raises(UsageError) as raised:
        plan_setup(world(edited_policy=edited, roles=(role(*policies),)), SetupKnobs(edit_policy="other"))
    assert raised.value.code is Code.POLICY_NOT_FOUND


def test_an_access_key_leaves_ram_to_the_user() -> None:
    """A note lists the actions; nothing is attached."""
    plan = plan_setup(world(roles=()), SetupKnobs())
    assert any("AccessKey" in note and "vpc:ReleaseEipAddress" in note for note in plan.notes)
    assert "create-policy" not in [action.verb.value for action in plan.actions]


# restart


def test_the_canary_goes_alone_and_can_be_undone() -> None:
    """Only it carries what puts eni-config back."""
    plan = plan_setup(world(), SetupKnobs(pace=Pace("2")))
    canary, others = plan.stages[-2:]
    assert (len(canary.lanes), canary.width, len(others.lanes), others.width) == (1, 1, 3, 2)
    first, *rest = restarts(world(terway=tuple(terway(f"n{number}") for number in (3, 1, 4, 2))))
    write = write_of(world())
    assert (first.canary, first.node) == (True, "n1")
    assert first.restore is not None
    assert (first.restore.before, first.restore.after) == (write.after, write.before)
    assert all(action.restore is None and not action.canary for action in rest)


WIDTHS = [("1", 1), ("3", 3), ("25%", 1), ("50%", 2), ("99%", 3), ("1%", 1)]


@pytest.mark.parametrize(("text", "width"), WIDTHS)
def test_a_share_of_the_nodes_is_rounded_down_to_at_least_one(text: str, width: int) -> None:
    """Of four nodes."""
    assert Pace(text).width(4) == width


@pytest.mark.parametrize("text", ["0", "0%", "-1", "x", "", "101%", "1.5", "٣"])
def test_what_is_no_number_of_nodes_is_a_usage_error(text: str) -> None:
    """Exit 2, with what may be given."""
    with pytest.raises(UsageError):
        Pace(text).width(4)


def test_all_at_once_is_one_stage_as_the_documentation_does_it() -> None:
    """No canary."""
    plan = plan_setup(world(), SetupKnobs(pace=Pace(all_at_once=True)))
    assert [len(stage.lanes) for stage in plan.stages][-1] == 4
    assert not any(action.canary for action in restarts(world(), pace=Pace(all_at_once=True)))


def test_a_node_without_terway_comes_before_any_that_works() -> None:
    """Else each run that fails would take another node down: the canary is the one that is down already."""
    found = world(terway=(terway("n1"), terway("n2"), terway("n3", ready=False), terway("n4", ready=False)))
    assert [action.node for action in restarts(found)] == ["n3", "n4", "n1", "n2"]
    assert [action.canary for action in restarts(found)] == [True, False, False, False]


def test_a_run_that_goes_on_begins_with_the_node_that_is_down() -> None:
    """Also when Terway works with the change elsewhere: as long as this one is down, no other is touched."""
    young = NOW + timedelta(seconds=1)
    works, down = terway("n1", created=young), terway("n2", created=young, ready=False)
    found = replace(written(world()), terway=(works, down, terway("n3"), terway("n4")))
    planned = restarts(found)
    assert [action.node for action in planned] == ["n2", "n3", "n4"]
    assert planned[0].restore is None


def test_a_node_that_does_not_report_is_left_out_and_said_so() -> None:
    """Its kubelet would never replace the Pod; the others need not wait for it."""
    found = world(silent=frozenset({"n1"}))
    plan = plan_setup(found, SetupKnobs())
    assert [action.node for action in restarts(found)] == ["n2", "n3", "n4"]
    assert [skip.object for skip in plan.skips] == ["pod/kube-system/t-n1"]
    assert "setup restart" in plan.skips[0].reason


def test_eips_of_eipctl_and_terways_mode_exclude_each_other() -> None:
    """Those of this cluster only, whatever ACK calls it; and only a plan that starts Terway's mode matters."""
    tags = {"eipctl-cluster": "c1", "eipctl-cluster-uid": "u-me", "eipctl-pod-uid": "u-1"}
    mine = Eip("eip-1", "47.0.0.1", EipStatus.IN_USE, **ownership.tag_fields(tags))
    theirs = replace(mine, **ownership.tag_fields({**tags, "eipctl-cluster-uid": "u-them"}))
    refusal = owned([mine, theirs], "me")
    assert refusal is not None
    assert (refusal.code, refusal.exit) == (Code.OWNED_EIPS, ExitCode.REFUSED)
    assert "eip-1" in refusal.message
    assert owned([theirs, replace(mine, **ownership.tag_fields({}))], "me") is None
    assert owned([mine], "") is None
    assert starts_terways_mode(world(), plan_setup(world(), SetupKnobs()))
    assert not starts_terways_mode(world(), plan_setup(world(), SetupKnobs(steps=frozenset({RAM}))))
    restart = SetupKnobs(steps=frozenset({RESTART}), force_restart=True)
    assert not starts_terways_mode(world(), plan_setup(world(), restart))
    assert starts_terways_mode(written(world()), plan_setup(written(world()), restart))


def continued(**facts: Any) -> SetupWorld:
    """After a run that broke off when n1 had restarted."""
    found = written(world())
    return replace(found, terway=(terway("n1", created=NOW + timedelta(seconds=1), **facts), *found.terway[1:]))


def test_pods_younger_than_the_change_are_skipped() -> None:
    """A run that broke off goes on with the rest; a change that works somewhere is good, and not undone any more."""
    planned = restarts(continued())
    assert [action.node for action in planned] == ["n2", "n3", "n4"]
    assert all(action.restore is None for action in planned)


@pytest.mark.parametrize("force", [False, True])
def test_a_change_that_works_nowhere_yet_can_still_be_undone(force: bool) -> None:
    """The node on which the run broke off may only be slow, or the change bad."""
    planned = restarts(continued(ready=False), force_restart=force)
    assert planned[0].restore is not None
    assert planned[0].restore.after == BARE


def test_a_pod_that_crash_loops_since_it_read_the_change_tells_first() -> None:
    """A run that was killed before it could undo the change is continued there, and on no other node."""
    planned = restarts(continued(ready=False, crash_looping=True))
    assert [action.node for action in planned] == ["n1", "n2", "n3", "n4"]
    assert (planned[0].canary, planned[0].restore is not None) == (True, True)


def test_a_node_that_breaks_later_is_no_reason_to_undo_anything() -> None:
    """Elsewhere Terway works with the change, and may hold EIPs by now."""
    read = [terway(f"n{number}", created=NOW + timedelta(seconds=1)) for number in (1, 2)]
    broken = terway("n3", created=NOW + timedelta(seconds=1), ready=False, crash_looping=True)
    assert restarts(replace(written(world()), terway=(*read, broken))) == []


def test_nothing_restarts_when_nothing_changed() -> None:
    """Unless it is asked for."""
    found = written(world(roles=(role(policy(ALL)),)), NOW - timedelta(days=2))
    assert verbs(found) == []
    assert verbs(found, force_restart=True) == ["restart"] * 4


# the record and Terway's Pods


@pytest.mark.parametrize("text", ["", "{}", "nonsense", '{"version":2}', '{"version":1,"written":"soon"}', "[1]", "7"])
def test_a_record_that_cannot_be_read_is_none(text: str) -> None:
    """Then nothing is ours to take back."""
    assert parse_record(text) is None


def test_a_record_survives_its_annotation() -> None:
    """To the second."""
    record = Record("abc", ("a",), {"b": '"c"'}, NOW)
    assert parse_record(record.text()) == record
    assert record.stamped(NOW + timedelta(days=1)) == record


def test_terways_version_is_read_from_the_container_of_its_daemon() -> None:
    """Whatever its image is called; not from another container's, and not from a digest."""
    pod = Pod(
        *("kube-system", "t", "u", NOW), labels={"app": "terway"}, owner=OwnerRef("DaemonSet", "terway-eniip", "d"),
        ready=True, waiting=("CrashLoopBackOff",),
    )  # fmt: skip
    for own in ("registry-vpc.cn-hangzhou.aliyuncs.com/acs/terway:v1.5.7", "corp/acs-terway:v1.5.7", "corp/cni:v1.5.7"):
        found = terway_pod(replace(pod, containers=daemon(own, "acs/terway-policy:v9.9.9", "acs/terway:v1.13.0")))
        assert (str(found.version), found.image, found.crash_looping) == ("v1.5.7", own, True)
        assert found.daemonset == "terway-eniip"
    bare = replace(pod, containers=(Container("", "acs/terway@sha256:" + "0" * 64),), owner=None)
    assert (terway_pod(bare).version, terway_pod(bare).daemonset) == (None, "terway")
    assert str(terway_pod(bare, image_version.parse("v1.6.3")).version) == "v1.6.3"
    assert terway_pod(replace(bare, containers=())).version is None


ENV = (("MODE", "ENIMultiIP"), ("OTHER", "x"))
MODES = [
    (MULTI_IP, (), "ENIMultiIP"),
    (("terwayd", "--daemon-mode=ENIOnly"), (), "ENIOnly"),
    (("sh", "-c", "exec terwayd -daemon-mode ENIMultiIP"), (), "ENIMultiIP"),
    (("terwayd", "-daemon-mode", "VPC", "-daemon-mode", "ENIMultiIP"), (), "ENIMultiIP"),
    (("terwayd", "-daemon-mode=$(MODE)"), ENV, "ENIMultiIP"),
    (("terwayd", "-daemon-mode=$(NONE)"), ENV, "$(NONE)"),
    (("pwsh.exe", "-File", "entrypoint.ps1"), (("BACKEND_TYPE", "ENIMultiIP"),), "ENIMultiIP"),
    (("terwayd", "-daemon-mode"), (), ""),
    (("terwayd", "daemon-mode", "ENIMultiIP"), (), "VPC"),
    ((), (), "VPC"),
]


@pytest.mark.parametrize(("words", "env", "mode"), MODES)
def test_terways_mode_is_an_argument_of_its_daemon(
    words: tuple[str, ...], env: tuple[tuple[str, str], ...], mode: str
) -> None:
    """Not the name of its DaemonSet, nor a label; the last one counts, as Go's flags have it."""
    containers = (Container("terway", "", words, env),)
    assert terway_pod(Pod("kube-system", "t", "u", NOW, labels={"app": "terway"}, containers=containers)).mode == mode


def test_a_node_in_another_mode_is_named_with_it() -> None:
    """Its version is not what is wrong."""
    with pytest.raises(Refused, match="n2: VPC mode has none"):
        plan_setup(world(terway=(terway("n1"), terway("n2", mode="VPC"))), SetupKnobs())


def test_a_terway_that_may_hold_eips_is_not_restarted_without_its_flag() -> None:
    """It would forget them; restarted with the flag it keeps them."""
    held = (Held(Eip("eip-1", "47.0.0.1", EipStatus.IN_USE), "pod/default/web", 2.26),)
    gone = world(config=replace(config(), written=Written(NOW)), held=held)
    with pytest.raises(Refused) as raised:
        plan_setup(gone, SetupKnobs(steps=frozenset({RESTART}), force_restart=True))
    assert raised.value.code is Code.TERWAY_HOLDS_EIPS
    assert verbs(gone, steps=frozenset({ENI_CONFIG, RESTART})) == ["write-eni-config"] + ["restart"] * 4


def test_a_change_that_is_undone_leaves_what_is_known_of_terway() -> None:
    """Its Pods have read the text that is put back: the record of it says since when it was in force."""
    first = restarts(world())[0]
    assert first.restore is not None
    record = parse_record(first.restore.record or "")
    assert record == Record(digest(BARE), written=NOW - timedelta(days=9))
    (again, *_) = restarts(continued(ready=False))
    assert again.restore is not None
    assert parse_record(again.restore.record or "") == record


WRONG = [
    ('"max_pool_size": "5"', "max_pool_size", "a whole number"),
    ('"eni_tags": {"a": 1}', "eni_tags", "an object in which each value is a string"),
    ('"access_key": 12345', r"access_key is \*\*\*", "a string"),
]


@pytest.mark.parametrize(("member", "key", "expected"), WRONG)
def test_a_value_with_which_terway_would_not_start_is_refused(member: str, key: str, expected: str) -> None:
    """Before anything is written; in a node's own configuration too."""
    with pytest.raises(UsageError, match=f"{key}.*expected {expected}") as raised:
        plan_setup(world(config=config(f"{{{member}}}")), SetupKnobs())
    assert (raised.value.code, raised.value.object) == (Code.ENI_CONF_MALFORMED, "configmap/kube-system/eni-config")
    gpu = Override("gpu", ("n9",), f"{{{member}}}")
    with pytest.raises(UsageError, match="ConfigMap gpu") as raised:
        plan_setup(world(config=config(overrides=(gpu,))), SetupKnobs(steps=frozenset({RESTART})))
    assert raised.value.object == "configmap/kube-system/gpu"
    assert verbs(world(config=config(f"{{{member}}}")), steps=frozenset({RAM}))


def test_an_immutable_config_map_is_refused_before_anything_is_planned() -> None:
    """Kubernetes would refuse the write after RAM has been changed."""
    with pytest.raises(Refused) as raised:
        plan_setup(world(config=replace(config(), immutable=True)), SetupKnobs())
    assert raised.value.code is Code.ENI_CONFIG_IMMUTABLE
    assert verbs(world(config=replace(config(), immutable=True)), steps=frozenset({RAM}))


def test_a_key_that_only_looks_like_the_flag_is_named() -> None:
    """The real one is set beside it."""
    plan = plan_setup(world(config=config('{"Enable_EIP_Pool": "true"}')), SetupKnobs())
    assert any("Enable_EIP_Pool is not enable_eip_pool" in note for note in plan.notes)
    write = next(action for action in plan.actions if isinstance(action, WriteEniConfig))
    assert write.after == '{"Enable_EIP_Pool": "true", "enable_eip_pool": "true"}'


def test_pods_that_would_come_with_another_image_are_named() -> None:
    """A DaemonSet that updates OnDelete keeps the old Pods until they are restarted."""
    pods = (terway("n1", image="r/acs/terway:v1.6.3"), terway("n2", image="r/acs/terway:v1.6.2"), terway("n3"))
    note = another_image(template(strategy="OnDelete"), pods)
    brings, instead_of = "r/acs/terway:v1.6.3", "r/acs/terway:v1.6.2 (OnDelete keeps the old Pods)"
    assert note == f"the restart brings image {brings} on n2, which run {instead_of}"
    assert "keeps the old Pods" not in another_image(template(strategy="RollingUpdate"), pods)
    assert another_image(template(), pods[:1]) == ""
    assert another_image(template(containers=()), pods) == ""
    assert another_image(template(), pods).endswith("v1.6.2")
