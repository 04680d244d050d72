"""The teardown planner: exactly what setup did is taken back, in the order that leaks nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Refused, UsageError
from eipctl.domain.actions.policies import DescribePolicy, RestorePolicy, UpdatePolicy
from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.facts import AttachedPolicy, DocumentVersion, Eip, EipStatus, Pod, Written
from eipctl.domain.ownership import CLUSTER, tag_fields
from eipctl.domain.ram import policy_document
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.ram.policy_edits import PolicyEdit
from eipctl.domain.ram.policy_users import ABOUT
from eipctl.domain.terway import eni_conf, image_version
from eipctl.domain.terway.eni_conf import digest
from eipctl.domain.terway.installation import EniConfig, Override, Record, TerwayPod, parse_record
from eipctl.planners.terway.eni_config import switch_on
from eipctl.planners.terway.grants import POLICY, TerwayRole
from eipctl.planners.terway.held import GONE, Held, held_by_terway
from eipctl.planners.terway.revoke import Granted, kept, revoke
from eipctl.planners.terway.teardown import TeardownKnobs, TeardownWorld, plan_teardown

if TYPE_CHECKING:
    from eipctl.domain.plan import Action, Plan

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BARE = '{"version": "1"}'
ALL = policy_document.own_policy_document(EIP_ACTIONS)
MANAGED = "AliyunCSManagedNetworkRole"


def own(*uses: str) -> AttachedPolicy:
    """Our policy, used by these: `c1@Role`."""
    return AttachedPolicy(POLICY, system=False, document=ALL, description=f"{ABOUT}; used by {', '.join(uses)}")


OWN = own(f"c1@{MANAGED}")


def granted(*uses: str, attached: tuple[str, ...] = (MANAGED,), **facts: Any) -> Granted:
    """What is found in cluster c1; `attached` are those of its roles that have our policy."""
    policy = own(*(uses or (f"c1@{MANAGED}",)))
    names = [use.partition("@")[2] for use in uses or (f"c1@{MANAGED}",) if use.startswith("c1@")]
    roles = tuple(TerwayRole(name, (policy,) if name in attached else ()) for name in names)
    return Granted(cluster="c1", own=policy, roles=roles, **facts)


def terway(node: str, created: datetime = NOW + timedelta(hours=1)) -> TerwayPod:
    version = image_version.parse("v1.6.3")
    return TerwayPod(f"t-{node}", f"uid-{node}", node, "terway-eniip", created, version=version)


def after_setup(text: str = BARE, *, rob: bool = False) -> EniConfig:
    """eni-config as setup left it at NOW."""
    write = switch_on(EniConfig(text, "7"), allow_eip_rob=rob).write
    assert write is not None
    record = parse_record(write.record or "")
    assert record is not None
    return EniConfig(write.after, "8", record.stamped(NOW))


def edited(config: EniConfig, old: str, new: str) -> EniConfig:
    assert old in config.text
    return replace(config, text=config.text.replace(old, new))


def world(**facts: Any) -> TeardownWorld:
    known: dict[str, Any] = {
        "terway": (terway("n1"), terway("n2")),
        "config": after_setup(),
        "granted": granted(),
    }
    return TeardownWorld(**known | facts)


def plan(found: TeardownWorld) -> Plan:
    return plan_teardown(found, TeardownKnobs())


def verbs(found: TeardownWorld) -> list[str]:
    return [action.verb.value for action in plan(found).actions]


def text_after(config: EniConfig) -> str:
    writes = [a for a in plan(world(config=config)).actions if isinstance(a, WriteEniConfig)]
    return writes[0].after


def eip(allocation_id: str, **facts: Any) -> Eip:
    bound: dict[str, Any] = {"instance_id": "eni-1", "instance_type": "NetworkInterface", "private_ip": "10.0.0.9"}
    bound["status"] = EipStatus.IN_USE
    return Eip(allocation_id, f"47.0.0.{len(allocation_id)}", **bound | facts)


POD = Pod("default", "web-0", "u", NOW, ip="10.0.0.9")


def test_the_order_leaks_nothing() -> None:
    """Flag off, restart, RAM, and the record last, so that a run that breaks off can be continued."""
    assert verbs(world()) == [
        "write-eni-config",
        "restart",
        "restart",
        "detach-policy",
        "delete-policy",
        "write-eni-config",
    ]
    first, *_, last = plan(world()).actions
    assert isinstance(first, WriteEniConfig)
    assert isinstance(last, WriteEniConfig)
    assert (first.record is not None, last.record, last.before == last.after == first.after) == (True, None, True)


TAKEN_BACK = [
    (BARE, BARE),
    ('{\n  "version": "1"\n}\n', '{\n  "version": "1"\n}\n'),
    ('{"enable_eip_pool": "false"}', '{"enable_eip_pool": "false"}'),
    ('{"enable_eip_pool": ""}', '{"enable_eip_pool": ""}'),
    ('{"enable_eip_pool": "True"}', '{"enable_eip_pool": "True"}'),
    ('{"enable_eip_pool": null}', '{"enable_eip_pool": null}'),
    (r'{"enable_eip_pool": "\u0066alse"}', r'{"enable_eip_pool": "\u0066alse"}'),
    ('{"version": "1", "enable_eip_pool": true}', BARE),
]


@pytest.mark.parametrize(("before", "after"), TAKEN_BACK)
def test_setup_and_teardown_together_change_nothing_that_matters(before: str, after: str) -> None:
    """Byte for byte, whatever escapes were used; only a type on which Terway can't start does not come back."""
    assert text_after(after_setup(before)) == after


def test_edits_by_others_survive() -> None:
    """Three-way: only our own key goes, and a note says that there were edits."""
    config = edited(after_setup(), '"version": "1"', '"version": "1", "max_pool_size": 9')
    assert text_after(config) == '{"version": "1", "max_pool_size": 9}'
    assert any("edited" in note for note in plan(world(config=config)).notes)


def test_a_key_that_somebody_changed_is_theirs() -> None:
    """It stays as they set it, and a note says so."""
    config = edited(after_setup(rob=True), '"allow_eip_rob": "true"', '"allow_eip_rob": "false"')
    assert json.loads(text_after(config)) == {"version": "1", "allow_eip_rob": "false"}
    assert any("allow_eip_rob" in note for note in plan(world(config=config)).notes)


def test_a_flag_that_setup_did_not_set_stays() -> None:
    """Without a record nothing of eni-config is ours; a note says how to take it out.

    As long as it is on Terway keeps its rights: without them it would let every annotated Pod hang.
    """
    on = '{"enable_eip_pool": "true"}'
    found = plan(world(config=EniConfig(on, "7"), granted=Granted(cluster="c1")))
    assert found.empty
    assert any("not set by eipctl" in note for note in found.notes)
    gpu = EniConfig(BARE, "7", overrides=(Override("gpu", ("n2",), on),), written=Written(NOW))
    for config, name, nodes in ((EniConfig(on, "7"), "eni-config", "n1, n2"), (gpu, "gpu", "n2")):
        with pytest.raises(Refused, match=f"Pods on {nodes} would hang") as raised:
            plan(world(config=config))
        assert (raised.value.code, raised.value.object) == (Code.FLAG_NOT_SET, f"configmap/kube-system/{name}")
    newer = tuple(replace(pod, version=image_version.parse("v1.13.0")) for pod in world().terway)
    assert verbs(world(config=EniConfig(on, "7"), terway=newer)) == ["detach-policy", "delete-policy"]


def test_a_cluster_that_was_never_set_up_has_an_empty_plan() -> None:
    """No record, no policy."""
    assert plan(world(config=EniConfig(BARE, "7"), granted=Granted(cluster="c1"))).empty


def test_a_teardown_that_broke_off_restarts_only_what_has_not_read_it() -> None:
    """The flag is off already; the record tells since when."""
    config = EniConfig(BARE, "9", Record(digest(BARE), written=NOW))
    late, young = terway("n1", NOW - timedelta(days=1)), terway("n2")
    found = plan(world(config=config, terway=(late, young)))
    assert [a.node for a in found.actions if isinstance(a, RestartTerway)] == ["n1"]
    assert verbs(world(config=config)) == ["detach-policy", "delete-policy", "write-eni-config"]


def test_a_canary_of_teardown_can_be_undone_too() -> None:
    """The flag and its record come back."""
    config = after_setup()
    canary = next(a for a in plan(world(config=config)).actions if isinstance(a, RestartTerway))
    assert canary.restore is not None
    assert (canary.restore.after, parse_record(canary.restore.record or "")) == (config.text, config.record)


# RAM


def ram(found: Granted) -> list[str]:
    """What is done to policies: the verb, and the role where there is one."""
    steps = (action for stage in revoke(found) for lane in stage.lanes for action in lane.actions)
    return [f"{step.verb.value} {getattr(step, 'role', '')}".strip() for step in steps]


OTHERS = [
    ("nobody else", [f"c1@{MANAGED}"], [f"detach-policy {MANAGED}", "delete-policy"]),
    ("another cluster, another role", [f"c1@{MANAGED}", "c2@W"], [f"detach-policy {MANAGED}", "describe-policy"]),
    ("another cluster, the same role", [f"c1@{MANAGED}", f"c2@{MANAGED}"], ["describe-policy"]),
    ("more than can be told", [f"c1@{MANAGED}", "others"], ["describe-policy"]),
    ("only others", [f"c2@{MANAGED}"], []),
]


@pytest.mark.parametrize(("uses", "steps"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_no_other_cluster_loses_a_right(uses: list[str], steps: list[str]) -> None:
    """The policy goes with its last user, and a role keeps it as long as another cluster's Terway needs it there."""
    assert ram(granted(*uses)) == steps


def test_what_stays_is_told_with_those_it_stays_for() -> None:
    """Nobody should wonder why a policy is still there."""
    notes = plan(world(granted=granted(f"c1@{MANAGED}", f"c2@{MANAGED}", f"c3@{MANAGED}"))).notes
    assert any(f"stays attached to role {MANAGED} because it also serves: c2, c3" in note for note in notes)
    assert any("does not name cluster c1" in note for note in plan(world(granted=granted("c2@W"))).notes)


def test_only_this_clusters_name_is_taken_out_of_the_description() -> None:
    """The other users stay as they are."""
    (stage,) = revoke(granted(f"c1@{MANAGED}", "c2@W", "others"))
    (step,) = stage.lanes[0].actions
    assert isinstance(step, DescribePolicy)
    assert step.description == f"{ABOUT}; used by c2@W, others"


def test_a_policy_that_is_not_attached_any_more_is_only_deleted() -> None:
    """After a run that broke off between the two calls."""
    assert ram(granted(attached=())) == ["delete-policy"]


def test_a_policy_that_somebody_attached_elsewhere_too_is_not_deleted() -> None:
    """RAM would refuse it every time; the cluster's own attachment and name go, and the plan says what stays."""
    found = granted()
    assert found.own is not None
    found = replace(found, own=replace(found.own, attachments=2))
    assert ram(found) == [f"detach-policy {MANAGED}", "describe-policy"]
    assert "it is attached to other" in kept(found)[-1]
    assert ram(replace(found, own=replace(own(f"c1@{MANAGED}"), attachments=1)))[-1] == "delete-policy"


MINE = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:*"],"Resource":"*"}]}'
EDITED = policy_document.add_actions(MINE, EIP_ACTIONS)
EDIT = PolicyEdit("mine", EIP_ACTIONS, "v1")


def edit(document: str, *versions: str, **facts: Any) -> Granted:
    """A policy `mine` that setup --edit-policy changed; `versions` are its documents from v1 on, the last in force."""
    known = tuple(DocumentVersion(f"v{number}", text) for number, text in enumerate(versions, start=1))
    policy = AttachedPolicy("mine", system=False, document=document, version="v2", versions=known, **facts)
    return Granted(cluster="c1", edits=(EDIT,), edited={"mine": policy})


def undone(found: Granted) -> Action:
    (stage,) = revoke(found)
    (step,) = stage.lanes[0].actions
    return step


def test_the_version_before_setup_is_in_force_again() -> None:
    """Setup's own version is deleted, no new one is made, and nothing is left to say."""
    step = undone(edit(EDITED, MINE, EDITED))
    assert isinstance(step, RestorePolicy)
    assert (step.version, step.base_version, step.obsolete) == ("v1", "v2", ("v2",))
    assert kept(edit(EDITED, MINE, EDITED)) == ()


def test_every_version_that_setup_made_is_deleted() -> None:
    """With --with it makes a second one; versions of others stay."""
    half = policy_document.add_actions(MINE, EIP_ACTIONS[:3])
    found = edit(EDITED, MINE, EDITED, half, MINE.replace("oss", "ram"))
    step = undone(found)
    assert isinstance(step, RestorePolicy)
    assert step.obsolete == ("v2", "v3")
    assert "v2, v3, which setup created, are deleted" in step.reason


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (edit(EDITED.replace("oss:*", "ram:*"), MINE, EDITED.replace("oss:*", "ram:*")), "it was changed after"),
        (edit(EDITED), "its version v1 is gone"),
    ],
)
def test_what_can_not_be_undone_exactly_is_taken_out_and_said(found: Granted, why: str) -> None:
    """A new version has what others wrote since, without what setup added."""
    step = undone(found)
    assert isinstance(step, UpdatePolicy)
    assert step.base_version == "v2"
    assert "EipAddress" not in step.document
    (note,) = kept(found)
    assert note.startswith("policy mine gets a new version instead of version v1")
    assert why in note


def test_a_policy_that_somebody_put_back_already_needs_nothing() -> None:
    """The record goes last, and alone."""
    assert (revoke(edit(MINE)), kept(edit(MINE))) == ((), ())
    noted = replace(EniConfig(BARE, "7"), edits=(EDIT,))
    last = list(plan(world(config=noted, granted=edit(MINE))).actions)
    assert [action.verb.value for action in last] == ["record"]


def test_a_policy_that_others_have_too_keeps_what_was_added() -> None:
    """Somebody else may rely on it by now; the plan says so."""
    several = edit(EDITED, attachments=2)
    shared = replace(edit(EDITED), managed=TerwayRole(MANAGED, (AttachedPolicy("mine", system=False, document=MINE),)))
    empty = edit(policy_document.own_policy_document(EIP_ACTIONS))
    assert (ram(several), ram(shared), ram(empty)) == ([], [], [])
    assert "it contains nothing else" in kept(empty)[0]
    assert "2 roles or users have this policy" in kept(several)[0]
    assert "shared by all ACK clusters of the account" in kept(shared)[0]


def test_a_policy_that_is_gone_needs_nothing() -> None:
    """Someone deleted it."""
    gone = Granted(cluster="c1", edits=(EDIT,), edited={"mine": None})
    assert (revoke(gone), kept(gone)) == ((), ())


def test_a_policy_that_is_not_ours_stays_as_it_is() -> None:
    """Neither detached nor described nor deleted, whatever its description says; the plan says why."""
    changed = replace(OWN, document=policy_document.own_policy_document(["ram:*"]))
    theirs = replace(OWN, description=f"of the build server; used by c1@{MANAGED}")
    for policy, why in ((changed, "its content was changed"), (theirs, "eipctl did not create it")):
        found = Granted(cluster="c1", own=policy, roles=(TerwayRole(MANAGED, (policy,)),))
        assert (ram(found), kept(found)) == ([], (f"policy {POLICY} stays unchanged: {why}",))


# EIPs that Terway holds


def test_held_eips_refuse_everything() -> None:
    """Named with the price, and with the way out."""
    held = (Held(eip("eip-1"), "pod/default/web-0", 2.26), Held(eip("eip-22"), "pod/default/web-1", 2.26))
    with pytest.raises(Refused) as raised:
        plan(world(held=held))
    assert raised.value.code is Code.TERWAY_HOLDS_EIPS
    assert "2 EIPs (USD 4.52 a month)" in raised.value.message
    assert "eip-1 47.0.0.5 (pod/default/web-0)" in raised.value.message
    assert "eipctl annotate KIND/NAME --remove" in raised.value.hint


def test_many_held_eips_are_counted_not_all_listed() -> None:
    """Twenty are shown."""
    held = tuple(Held(eip(f"eip-{number}"), "pod/default/web", 1.0) for number in range(25))
    with pytest.raises(Refused, match=r"25 EIPs .* and 5 more"):
        plan(world(held=held))


def test_eips_do_not_matter_once_terway_has_forgotten_them() -> None:
    """The flag is off and every Pod has read it: nothing is held any more."""
    config = EniConfig(BARE, "9", Record(digest(BARE), written=NOW))
    assert not plan(world(config=config, held=(Held(eip("eip-1"), "pod/default/web-0", 2.26),))).empty


def test_taking_the_rights_from_a_terway_that_holds_eips_is_refused_too() -> None:
    """Also when the flag was set by somebody else: it could release nothing any more."""
    config = EniConfig('{"enable_eip_pool": "true"}', "7")
    with pytest.raises(Refused):
        plan(world(config=config, held=(Held(eip("eip-1"), "pod/default/web-0", 2.26),)))


def test_a_flag_that_only_some_nodes_have_counts_too() -> None:
    """Terway there may hold EIPs, and needs its rights to release them."""
    gpu = Override("gpu", ("n9",), '{"enable_eip_pool": "true"}')
    config = EniConfig(BARE, "7", overrides=(gpu, Override("gone", ("n8",))))
    with pytest.raises(Refused):
        plan(world(config=config, held=(Held(eip("eip-1"), "pod/default/web-0", 2.26),)))
    assert any(
        "ConfigMap gpu turns enable_eip_pool on for n9, and stays" in note for note in plan(world(config=config)).notes
    )


def test_a_node_that_does_not_report_holds_up_no_other() -> None:
    """Its Terway is restarted by the next teardown: until then the record stays, and nothing waits for it."""
    found = world(silent=frozenset({"n1"}), granted=Granted())
    assert verbs(found) == ["write-eni-config", "restart"]
    (skip,) = plan(found).skips
    assert (skip.code, "node n1 does not report" in skip.reason) == (Code.RESTART_NEEDED, True)
    assert "run eipctl teardown when it is back" in skip.reason
    (write,) = (action for action in plan(found).actions if isinstance(action, WriteEniConfig))
    taken = parse_record(write.record or "")
    assert taken is not None
    young = NOW + timedelta(hours=2)
    later = replace(found.config, text=write.after, record=taken.stamped(NOW + timedelta(hours=1)), written=None)
    back = world(config=later, granted=Granted(), terway=(terway("n1"), terway("n2", created=young)))
    assert verbs(back) == ["restart", "write-eni-config"]


HOLDINGS = [
    ("told by the Pod", eip("eip-1", private_ip="10.9.9.9"), True),
    ("at the Pod that asks", eip("eip-22"), True),
    ("at another address", eip("eip-22", private_ip="10.0.0.8"), False),
    ("on another ENI", eip("eip-22", instance_id="eni-2"), False),
    ("of eipctl", eip("eip-1", **tag_fields({CLUSTER: "c1"})), False),
    ("on an instance", eip("eip-1", instance_type="EcsInstance"), False),
    ("on its way out", eip("eip-1", status=EipStatus.RELEASING), False),
]


@pytest.mark.parametrize(("_what", "found", "held"), HOLDINGS, ids=[row[0] for row in HOLDINGS])
def test_what_counts_as_held_by_terway(_what: str, found: Eip, held: bool) -> None:
    """Untagged, on an ENI, and told by a Pod or at the address of one that asks."""
    holding = held_by_terway([found], {"47.0.0.5": POD}, {("eni-1", "10.0.0.9"): POD})
    assert bool(holding) is held


def test_an_eip_of_a_gone_pod_is_held_until_terway_has_released_it() -> None:
    """At an address of the pool that no Pod has: Terway keeps that of a StatefulSet's Pod for minutes."""
    ((found, pod),) = held_by_terway([eip("eip-22")], {}, {}, {("eni-1", "10.0.0.9")})
    assert (found.allocation_id, pod) == ("eip-22", None)
    held = (Held(found, GONE, 2.26),)
    with pytest.raises(Refused, match="a deleted Pod") as raised:
        plan(world(held=held))
    assert "within ten minutes" in raised.value.hint


def test_the_texts_of_the_table_are_valid() -> None:
    """Every text that teardown leaves can be read by Terway."""
    for before, after in TAKEN_BACK:
        assert eni_conf.read(text_after(after_setup(before))) == eni_conf.read(after)


# what Terway has read

BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=2)
HELD = (Held(eip("eip-1"), "pod/default/web-0", 2.26),)


def by_hand(config: EniConfig, when: datetime | None = AFTER) -> EniConfig:
    """Somebody takes the flag out; nobody restarts Terway."""
    return replace(config, text=BARE, written=Written(when) if when else None)


def test_a_flag_that_was_taken_out_by_hand_leaves_a_terway_that_holds_eips() -> None:
    """It has read the flag when it started: what it holds would leak, whatever eni_conf says now."""
    with pytest.raises(Refused) as raised:
        plan(world(config=by_hand(after_setup()), held=HELD))
    assert raised.value.code is Code.TERWAY_HOLDS_EIPS


def test_without_eips_such_a_terway_is_restarted_before_it_loses_its_rights() -> None:
    """It could give EIPs at any moment, and release none without its policy."""
    found = world(config=by_hand(after_setup()))
    assert verbs(found) == ["restart", "restart", "detach-policy", "delete-policy", "write-eni-config"]


@pytest.mark.parametrize("known", [True, False])
def test_where_nothing_is_ours_terway_is_left_alone(known: bool) -> None:
    """teardown takes back what setup did, and nothing else: it restarts nobody for an edit by others."""
    config = by_hand(EniConfig(BARE, "7"), AFTER if known else None)
    assert plan(world(config=config, granted=Granted(cluster="c1"), held=HELD)).empty


def test_a_record_that_alone_says_what_terway_has_read_is_kept() -> None:
    """A change that was undone: the text is the old one, but its managedFields are of the undoing."""
    undone = EniConfig(BARE, "9", Record(digest(BARE), written=BEFORE), written=Written(AFTER, by_eipctl=True))
    assert plan(world(config=undone, granted=Granted(cluster="c1"))).empty
    known = replace(undone, written=Written(NOW, by_eipctl=True))
    assert verbs(world(config=known, granted=Granted(cluster="c1"))) == ["write-eni-config"]


def test_a_record_that_can_not_be_read_is_named() -> None:
    """Nothing is taken back by it."""
    config = EniConfig('{"enable_eip_pool": "true"}', "7", damaged_record=True)
    assert any("can't be read" in note for note in plan(world(config=config, granted=Granted())).notes)


def test_teardown_does_not_restart_a_terway_that_would_not_start() -> None:
    """Another key has a value of a wrong type: refused before anything is written."""
    config = edited(after_setup(), '"version": "1"', '"version": 1')
    with pytest.raises(UsageError, match="version is 1"):
        plan(world(config=config))
