"""What Terway's roles get, when one policy serves several clusters and when a policy of others is edited."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.domain.actions.policies import AttachPolicy, CreatePolicy, DescribePolicy, RecordEdits, UpdatePolicy
from eipctl.domain.facts import AttachedPolicy, DocumentVersion
from eipctl.domain.ram import policy_document
from eipctl.domain.ram.policy_document import BANDWIDTH_PACKAGE_ACTIONS, EIP_ACTIONS
from eipctl.domain.ram.policy_edits import PolicyEdit
from eipctl.domain.ram.policy_users import ABOUT
from eipctl.planners.terway.edited_policy import grant_by_editing
from eipctl.planners.terway.grants import POLICY, TerwayRole, cautions, grant

if TYPE_CHECKING:
    from eipctl.domain.plan import Action, Stage

MANAGED = "AliyunCSManagedNetworkRole"
MORE = (*EIP_ACTIONS, *BANDWIDTH_PACKAGE_ACTIONS)
MINE = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["vpc:Describe*"],"Resource":"*"}]}'


def ours(description: str = ABOUT, actions: tuple[str, ...] = EIP_ACTIONS) -> AttachedPolicy:
    document = policy_document.own_policy_document(actions)
    return AttachedPolicy(POLICY, system=False, document=document, version="v4", description=description)


def mine(document: str = MINE) -> AttachedPolicy:
    return AttachedPolicy("mine", system=False, document=document, version="v2")


def steps(stages: tuple[Stage, ...]) -> list[Action]:
    return [action for stage in stages for lane in stage.lanes for action in lane.actions]


def verbs(stages: tuple[Stage, ...]) -> list[str]:
    return [action.verb.value for action in steps(stages)]


def test_a_new_policy_tells_from_the_start_who_uses_it() -> None:
    """Creating it and registering are one call: a run that dies right after it leaves nothing unknown."""
    (create, *_) = steps(grant([TerwayRole(MANAGED, ()), TerwayRole("W", ())], None, "c1"))
    assert isinstance(create, CreatePolicy)
    assert create.description.endswith(f"; used by c1@{MANAGED}, c1@W")


def test_a_cluster_that_another_clusters_setup_serves_already_registers_and_does_nothing_else() -> None:
    """The role they share has all actions; without its name there the other cluster's teardown would take them."""
    policy = ours(f"{ABOUT}; used by c2@{MANAGED}")
    (step,) = steps(grant([TerwayRole(MANAGED, (policy,))], policy, "c1"))
    assert isinstance(step, DescribePolicy)
    assert (step.before, step.description) == (policy.description, f"{ABOUT}; used by c1@{MANAGED}, c2@{MANAGED}")


def test_a_cluster_that_is_registered_has_nothing_to_do() -> None:
    """The second setup."""
    policy = ours(f"{ABOUT}; used by c1@{MANAGED}")
    assert grant([TerwayRole(MANAGED, (policy,))], policy, "c1") == ()


def test_statements_that_half_apply_are_told_for_what_they_are() -> None:
    """An Allow that is limited grants nothing for sure; a Deny that is limited may forbid nothing."""
    when = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}
    statements = [
        {"Effect": "Allow", "Action": "vpc:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "vpc:Release*", "Resource": "*", "Condition": when},
    ]
    (note,) = cautions([TerwayRole("W", (mine(json.dumps({"Statement": statements})),))])
    assert note.startswith("policy mine, statement 2 denies vpc:ReleaseEipAddress under a condition")
    assert "does not count" not in note
    statements = [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*", "Condition": when}]
    notes = cautions([TerwayRole("W", (mine(json.dumps({"Statement": statements})),))])
    assert all(note.endswith("this does not count as granted") for note in notes)


def test_a_role_that_has_the_actions_from_elsewhere_does_not_use_our_policy() -> None:
    """Attached or not, it needs no registration: nobody can take anything from it."""
    everything = AttachedPolicy("admin", system=True, document=policy_document.own_policy_document(["*"]))
    assert grant([TerwayRole(MANAGED, (ours(), everything))], ours(), "c1") == ()


def test_a_system_policy_of_our_policys_name_is_another_one() -> None:
    """Names of system and custom policies are apart."""
    theirs = AttachedPolicy(POLICY, system=True, document=policy_document.own_policy_document(EIP_ACTIONS))
    assert grant([TerwayRole(MANAGED, (theirs,))], None, "c1") == ()


def test_bandwidth_packages_add_to_our_policy_and_take_nothing_from_it() -> None:
    """--with widens what is there; a later setup without it, here or elsewhere, leaves it wide."""
    policy = ours(f"{ABOUT}; used by c1@{MANAGED}")
    (step,) = steps(grant([TerwayRole(MANAGED, (policy,), MORE)], policy, "c1"))
    assert isinstance(step, UpdatePolicy)
    assert json.loads(step.document)["Statement"][0]["Action"] == list(MORE)
    wide = ours(f"{ABOUT}; used by c1@{MANAGED}", MORE)
    assert grant([TerwayRole(MANAGED, (wide,))], wide, "c1") == ()


def test_what_is_added_to_a_policy_of_others_is_noted_before() -> None:
    """So that teardown finds it, wherever the run ends."""
    note, update = steps(grant_by_editing([TerwayRole("W", (mine(),))], mine(), "mine"))
    assert isinstance(note, RecordEdits)
    assert isinstance(update, UpdatePolicy)
    lacking = tuple(action for action in EIP_ACTIONS if not action.startswith("vpc:Describe"))
    assert note.edits == (PolicyEdit("mine", lacking, "v2"),)
    assert json.loads(policy_document.remove_actions(update.document, lacking)) == json.loads(MINE)


def test_what_is_noted_already_is_not_noted_again() -> None:
    """After a run that broke off between the note and the edit; other policies' notes stay."""
    noted = (PolicyEdit("other", ("a:b",), "v1"), PolicyEdit("mine", EIP_ACTIONS, "v1"))
    assert verbs(grant_by_editing([TerwayRole("W", (mine(),))], mine(), "mine", noted)) == ["update-policy"]
    note, _ = steps(grant_by_editing([TerwayRole("W", (mine(),))], mine(), "mine", noted[:1]))
    assert isinstance(note, RecordEdits)
    assert noted[0] in note.edits


def test_a_policy_that_needs_nothing_more_is_not_edited() -> None:
    """Whatever it is called, and whether it is there or not."""
    everything = mine(policy_document.own_policy_document(["vpc:*"]))
    assert grant_by_editing([TerwayRole("W", (everything,))], None, "nowhere") == ()


def test_a_policy_of_alibaba_cloud_can_not_be_edited() -> None:
    """It is named as such, with the policies that can be."""
    system = AttachedPolicy("AliyunX", system=True, document=MINE)
    with pytest.raises(UsageError, match="system policy of Alibaba Cloud") as raised:
        grant_by_editing([TerwayRole("W", (system, mine()))], None, "AliyunX")
    assert raised.value.hint.endswith("custom policies attached are: mine")


def test_an_edit_goes_to_the_policy_that_all_roles_have() -> None:
    """A role without it would stay without the actions."""
    with pytest.raises(UsageError, match="not attached to role V"):
        grant_by_editing([TerwayRole("W", (mine(),)), TerwayRole("V", ())], mine(), "mine")


FOREIGN = [
    ("another description", ours("for the build server"), "eipctl did not create it"),
    ("no description", ours(""), "eipctl did not create it"),
    ("more actions", ours(actions=(*EIP_ACTIONS, "ram:*")), "its content was changed"),
    ("everything", ours(actions=("*",)), "its content was changed"),
    (
        "a Deny",
        replace(ours(), document='{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'),
        "its content was changed",
    ),
    ("no statement", replace(ours(), document='{"Version":"1","Statement":[]}'), "its content was changed"),
]


@pytest.mark.parametrize(("policy", "why"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
def test_a_policy_of_our_policys_name_that_is_not_ours_is_refused(policy: AttachedPolicy, why: str) -> None:
    """It is neither extended nor attached nor described; a role that needs nothing of ours is no reason to look."""
    with pytest.raises(Refused, match=why) as raised:
        grant([TerwayRole(MANAGED, ())], policy, "c1")
    assert raised.value.code is Code.POLICY_FOREIGN
    assert "--edit-policy" in raised.value.hint
    everything = AttachedPolicy("admin", system=True, document=policy_document.own_policy_document(["*"]))
    assert grant([TerwayRole(MANAGED, (everything,))], policy, "c1") == ()


def test_what_a_foreign_policy_of_that_name_grants_counts_as_any_policy_does() -> None:
    """It is attached to the role by somebody, and nothing has to be done."""
    foreign = ours("mine", ("vpc:*",))
    assert grant([TerwayRole(MANAGED, (foreign,))], foreign, "c1") == ()


def test_a_role_to_which_a_person_attached_our_policy_is_not_recorded() -> None:
    """So that teardown does not take away what setup did not attach; another role is attached and recorded."""
    policy = ours(f"{ABOUT}; used by c2@Other")
    by_hand = TerwayRole("W", (policy,))
    assert grant([by_hand], policy, "c1") == ()
    describe, attach = steps(grant([by_hand, TerwayRole(MANAGED, ())], policy, "c1"))
    assert isinstance(describe, DescribePolicy)
    assert describe.description == f"{ABOUT}; used by c1@{MANAGED}, c2@Other"
    assert (isinstance(attach, AttachPolicy), attach.object) == (True, f"policy/{POLICY}")


def test_whoever_has_no_room_in_the_description_may_be_who_attached_our_policy() -> None:
    """The cluster is recorded, as far as there is room."""
    policy = ours(f"{ABOUT}; used by others")
    assert verbs(grant([TerwayRole("W", (policy,))], policy, "c1")) == ["describe-policy"]


def test_the_plan_names_the_version_that_makes_room() -> None:
    """RAM keeps five: the oldest that is not in force is deleted, and only when there is no room."""
    five = tuple(DocumentVersion(f"v{number}", MINE) for number in range(1, 6))
    full = replace(mine(), version="v1", versions=five)
    *_, update = steps(grant_by_editing([TerwayRole("W", (full,))], full, "mine"))
    assert isinstance(update, UpdatePolicy)
    assert (update.rotated, "v2, the oldest, is deleted" in update.reason) == ("v2", True)
    roomy = replace(full, versions=five[:4])
    *_, update = steps(grant_by_editing([TerwayRole("W", (roomy,))], roomy, "mine"))
    assert isinstance(update, UpdatePolicy)
    assert (update.rotated, "deleted" in update.reason) == ("", False)
