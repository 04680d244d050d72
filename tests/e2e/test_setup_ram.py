"""Whose role setup patches, how, and that teardown takes nothing from anybody else."""

from __future__ import annotations

import copy
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Refused
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.plan import StepState, Verb
from eipctl.domain.ram.policy_document import BANDWIDTH_PACKAGE_ACTIONS, EIP_ACTIONS, NamedDocument, verdict
from eipctl.engine.run import carry_out

if TYPE_CHECKING:
    from eipctl.domain.facts import AttachedPolicy
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.sandbox.cloud.rows import EipRow, PolicyVersion
    from tests.e2e.user import User

MANAGED = "AliyunCSManagedNetworkRole"
WORKER = "KubernetesWorkerRole-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
WORKER_POLICY = "k8sWorkerRolePolicy-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
POLICY = "eipctl-terway-eip"
CREDENTIALS = '  "credential_path": "/var/addon/token-config",\n'
OTHER = "cother00000000000000000000000000001"


def ram(session: Session, **options: Any) -> Prepared:
    return prepare_setup(session, SetupOptions(steps=frozenset({"ram"}), **options))


def teardown(session: Session) -> Prepared:
    return prepare_teardown(session, TeardownOptions())


def policy(user: User, name: str = POLICY) -> AttachedPolicy:
    found = user.session().ram.custom_policy(name)
    assert found is not None
    return found


def attached(user: User, role: str = MANAGED) -> list[str]:
    return [found.name for found in user.session().ram.policies_of_role(role)]


def granted(user: User, role: str, actions: tuple[str, ...] = EIP_ACTIONS) -> bool:
    policies = user.session().ram.policies_of_role(role)
    verdicts = verdict([NamedDocument(found.name, found.document) for found in policies], actions)
    return all(found.granted for found in verdicts.values())


def become(user: User, cluster: str) -> None:
    """Let the cluster be another one of the account, with the same roles."""
    user.edit_eni_conf(lambda text: re.sub(r'(?<="ack.aliyun.com":")\w+', cluster, text))


def without_credential_path(user: User) -> None:
    user.edit_eni_conf(lambda text: text.replace(CREDENTIALS, ""))


def bound(user: User) -> list[EipRow]:
    return [row for row in user.cloud.eips() if row.status == "InUse"]


def versions(user: User) -> tuple[PolicyVersion, ...]:
    return user.cloud.state.policies[f"Custom/{WORKER_POLICY}"].versions


def events(user: User) -> list[str]:
    return [event.get("message", "") for event in user.objects.list("events", "default")]


# which role


def test_terway_with_an_addon_token_works_under_the_managed_role(legacy: User) -> None:
    """credential_path is in eni_conf."""
    assert legacy.done(ram) == ["create-policy", "attach-policy"]
    assert (granted(legacy, MANAGED), granted(legacy, WORKER)) == (True, False)


def test_terway_without_it_works_under_the_worker_role(legacy: User) -> None:
    """As Container Service names it."""
    without_credential_path(legacy)
    legacy.done(ram)
    assert (granted(legacy, MANAGED), granted(legacy, WORKER)) == (False, True)


def test_node_pools_with_a_role_of_their_own_are_found_by_their_instances(legacy: User) -> None:
    """Container Service knows one role per cluster, the instances each their own."""
    without_credential_path(legacy)
    legacy.cloud.add_role("gpu-nodes")
    legacy.cloud.add_instance("i-bp1sandbox00000000003", "vpc-bp1sandbox00000000001", "gpu-nodes")
    assert legacy.done(ram) == ["create-policy", "attach-policy", "attach-policy"]
    assert (granted(legacy, WORKER), granted(legacy, "gpu-nodes")) == (True, True)


@pytest.mark.parametrize("api", ["DescribeClusterDetail", "DescribeInstanceRamRole"])
def test_one_of_the_two_sources_is_enough(legacy: User, api: str) -> None:
    """Somebody may see the instances but not the cluster, or the other way round."""
    without_credential_path(legacy)
    legacy.sandbox.faults.add({"do": "error", "api": api, "status": 403, "code": "Forbidden.RAM", "times": 0})
    legacy.done(ram)
    assert granted(legacy, WORKER)


def test_without_either_the_role_must_be_named(legacy: User) -> None:
    """The error says why, and --role helps."""
    without_credential_path(legacy)
    for api in ("DescribeClusterDetail", "DescribeInstanceRamRole"):
        legacy.sandbox.faults.add({"do": "error", "api": api, "status": 403, "code": "Forbidden.RAM", "times": 0})
    with pytest.raises(Failed, match="could not be found") as raised:
        ram(legacy.session())
    assert (raised.value.code, "--role" in raised.value.hint) == (Code.ROLE_NOT_FOUND, True)
    legacy.done(partial(ram, roles=(WORKER, MANAGED)))
    assert (granted(legacy, MANAGED), granted(legacy, WORKER)) == (True, True)


def test_an_override_of_some_nodes_may_lead_to_another_role(legacy: User) -> None:
    """There Terway finds no credential_path, and takes the instance's role."""
    data = {"eni_conf": '{"credential_path": null}'}
    legacy.objects.create(
        "configmaps",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "gpu", "namespace": "kube-system"},
            "data": data,
        },
    )
    node = copy.deepcopy(legacy.objects.get("nodes", "", "cn-hangzhou.10.0.0.12"))
    assert node is not None
    node["metadata"]["labels"]["terway-config"] = "gpu"
    legacy.objects.update("nodes", node)
    legacy.done(ram)
    assert (granted(legacy, MANAGED), granted(legacy, WORKER)) == (True, True)


def test_an_access_key_in_eni_conf_is_a_users_not_a_roles(legacy: User) -> None:
    """Nothing is attached to anything; the plan says what that user needs."""
    keys = '  "access_key": "LTAIuser", "access_secret": "s",\n'
    legacy.edit_eni_conf(lambda text: text.replace(CREDENTIALS, keys))
    plan = ram(legacy.session()).plan
    assert plan.empty
    assert any("allow its RAM user" in note for note in plan.notes)


# our policy


def test_bandwidth_packages_need_two_more_actions(legacy: User) -> None:
    """--with bandwidth-package grants them, also later."""
    legacy.done(ram)
    assert not granted(legacy, MANAGED, BANDWIDTH_PACKAGE_ACTIONS)
    assert legacy.done(partial(ram, extras=("bandwidth-package",))) == ["update-policy"]
    assert granted(legacy, MANAGED, BANDWIDTH_PACKAGE_ACTIONS)
    assert ram(legacy.session(), extras=("bandwidth-package",)).plan.empty
    assert ram(legacy.session()).plan.empty


def test_terway_puts_eips_into_a_bandwidth_package_only_with_them(legacy: User) -> None:
    """Without the two actions such a Pod does not start; with them its EIP is in the package."""
    legacy.cloud.add_bandwidth_package("cbwp-1")
    legacy.done(lambda session: prepare_setup(session, SetupOptions()))
    keys = {"pod-with-eip": "true", "eip-common-bandwidth-package-id": "cbwp-1"}
    annotations = {f"k8s.aliyun.com/{key}": value for key, value in keys.items()}
    metadata = {"name": "web", "namespace": "default", "annotations": annotations}
    spec = {"containers": [{"name": "main", "image": "nginx"}]}
    legacy.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    legacy.until(lambda: any("Forbidden.RAM" in told for told in events(legacy)))
    legacy.done(partial(ram, extras=("bandwidth-package",)))
    legacy.until(lambda: [row.bandwidth_package_id for row in bound(legacy)] == ["cbwp-1"])


def test_two_clusters_share_a_role_and_neither_takes_it_from_the_other(legacy: User) -> None:
    """The policy stays attached until the last cluster that uses it is torn down."""
    own = legacy.sandbox.cluster_id
    before = attached(legacy)
    legacy.done(ram)
    become(legacy, OTHER)
    assert legacy.done(ram) == ["describe-policy"]
    assert policy(legacy).description.endswith(f"; used by {own}@{MANAGED}, {OTHER}@{MANAGED}")
    become(legacy, own)
    prepared = teardown(legacy.session())
    assert any(f"it also serves: {OTHER}" in note for note in prepared.plan.notes)
    assert legacy.done(teardown) == ["describe-policy"]
    assert granted(legacy, MANAGED)
    assert teardown(legacy.session()).plan.empty
    become(legacy, OTHER)
    assert legacy.done(teardown) == ["detach-policy", "delete-policy"]
    assert attached(legacy) == before


def test_teardown_finds_the_roles_that_setup_was_given(legacy: User) -> None:
    """Nobody needs to remember --role."""
    legacy.done(partial(ram, roles=(WORKER,)))
    assert legacy.done(teardown) == ["detach-policy", "delete-policy"]
    assert POLICY not in attached(legacy, WORKER)


def test_two_setups_at_once_both_end_up_in_the_description(legacy: User) -> None:
    """The second one sees that the policy is not as it planned it, and the next run registers it."""
    session = legacy.session()
    late = ram(session)
    become(legacy, OTHER)
    legacy.done(ram)
    assert "has been changed" in carry_out(session, late).errors[0].message
    become(legacy, legacy.sandbox.cluster_id)
    legacy.done(ram)
    assert policy(legacy).description.count("@") == 2


def test_a_policy_that_somebody_attached_to_another_role_survives_teardown(legacy: User) -> None:
    """It is theirs now; teardown ends well, and a second one finds nothing to do."""
    legacy.done(ram)
    legacy.session().writers().ram.attach_policy(POLICY, WORKER)
    assert legacy.done(teardown) == ["detach-policy", "describe-policy"]
    assert (POLICY in attached(legacy, WORKER), POLICY in attached(legacy)) == (True, False)
    assert teardown(legacy.session()).plan.empty


def test_a_policy_that_somebody_made_by_hand_is_never_deleted(legacy: User) -> None:
    """eipctl did not write it: setup refuses and writes nothing, teardown's plan says that it stays."""
    legacy.cloud.add_policy(
        POLICY, {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ram:*"], "Resource": "*"}]}
    )
    with pytest.raises(Refused, match="eipctl did not create it") as raised:
        ram(legacy.session())
    assert raised.value.code is Code.POLICY_FOREIGN
    plan = teardown(legacy.session()).plan
    assert plan.empty
    assert any("stays" in note for note in plan.notes)
    assert POLICY not in attached(legacy)


def test_what_a_person_attached_before_setup_is_attached_after_teardown(legacy: User) -> None:
    """Setup has nothing to do for that role, and teardown takes nothing from it."""
    legacy.done(ram)
    legacy.session().writers().ram.attach_policy(POLICY, WORKER)
    become(legacy, OTHER)
    without_credential_path(legacy)
    assert ram(legacy.session()).plan.empty
    assert teardown(legacy.session()).plan.empty
    assert POLICY in attached(legacy, WORKER)


def test_a_role_that_has_as_many_policies_as_ram_allows(legacy: User) -> None:
    """The error names those that it has, and --edit-policy; with it the run succeeds."""
    names = tuple(f"p{number}" for number in range(5))
    for name in names:
        legacy.cloud.add_policy(
            name, {"Version": "1", "Statement": [{"Effect": "Allow", "Action": f"oss:{name}", "Resource": "*"}]}
        )
    legacy.cloud.add_role("full", policies=names)
    (error,) = legacy.carry_out(partial(ram, roles=("full",))).errors
    assert error.code is Code.POLICY_LIMIT
    assert error.hint.endswith(f"--edit-policy NAME: {', '.join(names)}")
    assert legacy.done(partial(ram, roles=("full",), edit_policy="p3")) == ["record", "update-policy"]
    assert granted(legacy, "full")
    legacy.done(teardown)
    assert not granted(legacy, "full")
    assert legacy.session().ram.custom_policy(POLICY) is None


# a policy of others


def test_a_policy_is_edited_and_given_back(legacy: User) -> None:
    """It says what it said before, no policy of ours was ever made, and no note is left."""
    without_credential_path(legacy)
    before = json.loads(policy(legacy, WORKER_POLICY).document)
    assert legacy.done(partial(ram, edit_policy=WORKER_POLICY)) == ["record", "update-policy"]
    assert granted(legacy, WORKER)
    assert legacy.session().ram.custom_policy(POLICY) is None
    assert ram(legacy.session(), edit_policy=WORKER_POLICY).plan.empty
    assert legacy.done(teardown) == ["restore-policy", "record"]
    assert [row.version for row in versions(legacy)] == ["v1"]
    assert json.loads(policy(legacy, WORKER_POLICY).document) == before
    assert not legacy.config_map()["metadata"].get("annotations")
    assert teardown(legacy.session()).plan.empty


def test_what_others_did_to_an_edited_policy_since_stays(legacy: User) -> None:
    """Only our own actions are taken out, in a new version, and the plan says so."""
    without_credential_path(legacy)
    legacy.done(partial(ram, edit_policy=WORKER_POLICY))
    theirs = policy(legacy, WORKER_POLICY).document.replace("ecs:AttachDisk", "oss:GetObject")
    legacy.session().writers().ram.update_policy(WORKER_POLICY, theirs)
    assert any("it was changed after setup" in note for note in teardown(legacy.session()).plan.notes)
    legacy.done(teardown)
    now = policy(legacy, WORKER_POLICY).document
    assert "oss:GetObject" in now
    assert "EipAddress" not in now


def test_five_versions_are_no_obstacle(legacy: User) -> None:
    """The oldest one that is not in force makes room, as the plan says; teardown costs no other one."""
    without_credential_path(legacy)
    for number in range(4):
        document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": f"a:b{number}", "Resource": "*"}]}
        legacy.session().writers().ram.update_policy(WORKER_POLICY, json.dumps(document))
    before = [row.version for row in versions(legacy)]
    *_, update = ram(legacy.session(), edit_policy=WORKER_POLICY).plan.actions
    assert "v1, the oldest, is deleted" in update.reason
    legacy.done(partial(ram, edit_policy=WORKER_POLICY))
    assert granted(legacy, WORKER)
    legacy.done(teardown)
    assert [row.version for row in versions(legacy)] == before[1:]
    assert policy(legacy, WORKER_POLICY).version == "v5"
    legacy.done(partial(ram, edit_policy=WORKER_POLICY))
    assert [row.version for row in versions(legacy)] == [*before[1:], "v7"]


def test_a_document_that_would_be_too_long_is_an_error_and_nothing_is_written(legacy: User) -> None:
    """RAM accepts 6,144 characters."""
    without_credential_path(legacy)
    statement = {"Effect": "Allow", "Action": [f"ecs:Action{n:05}" for n in range(335)], "Resource": "*"}
    document = json.dumps({"Version": "1", "Statement": [statement]}, separators=(",", ":"))
    legacy.session().writers().ram.update_policy(WORKER_POLICY, document)
    legacy.sandbox.calls.clear()
    with pytest.raises(Failed, match="6,144") as raised:
        ram(legacy.session(), edit_policy=WORKER_POLICY)
    assert raised.value.code is Code.POLICY_LIMIT
    assert legacy.writes() == []


def test_an_explicit_deny_is_named_and_nothing_is_written(legacy: User) -> None:
    """No further Allow can lift it."""
    deny = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "vpc:Release*", "Resource": "*"}]}
    legacy.cloud.add_policy("org-deny", deny)
    legacy.session().writers().ram.attach_policy("org-deny", MANAGED)
    legacy.sandbox.calls.clear()
    with pytest.raises(Refused, match="policy org-deny, statement 1 denies vpc:ReleaseEipAddress"):
        ram(legacy.session())
    assert legacy.writes() == []


def refuse_once(user: User, api: str) -> None:
    """RAM refuses the call for one role, whichever comes first."""
    user.sandbox.faults.add({"do": "error", "api": api, "times": 1, "status": 409, "code": "LimitExceeded.Role.Policy"})


def with_both(session: Session) -> Prepared:
    return prepare_setup(session, SetupOptions(roles=(WORKER, MANAGED)))


def test_a_role_that_refuses_keeps_no_other_role_from_its_rights(legacy: User) -> None:
    """The other one is granted in the same run; eni-config and Terway wait for both."""
    refuse_once(legacy, "AttachPolicyToRole")
    result = legacy.carry_out(with_both)
    assert [error.code for error in result.errors] == [Code.POLICY_LIMIT]
    assert sorted(granted(legacy, role) for role in (WORKER, MANAGED)) == [False, True]
    done = {step.action.verb for step in result.steps if step.state is StepState.DONE}
    assert done == {Verb.CREATE_POLICY, Verb.ATTACH_POLICY}
    legacy.done(with_both)
    assert granted(legacy, WORKER)
    assert granted(legacy, MANAGED)


def test_a_role_that_refuses_keeps_no_other_role_from_being_given_back(legacy: User) -> None:
    """The policy itself stays until the last role is free of it; the next run ends what this one began."""
    legacy.done(partial(ram, roles=(WORKER, MANAGED)))
    refuse_once(legacy, "DetachPolicyFromRole")
    result = legacy.carry_out(teardown)
    assert len(result.errors) == 1
    assert sorted(POLICY in attached(legacy, role) for role in (WORKER, MANAGED)) == [False, True]
    legacy.done(teardown)
    assert legacy.session().ram.custom_policy(POLICY) is None
