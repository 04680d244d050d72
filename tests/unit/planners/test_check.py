"""What check says of given facts: level, code and fix of each finding."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.commands.registry import rights_of
from eipctl.domain.facts import AttachedPolicy, Node, Written
from eipctl.domain.findings import Finding, Level
from eipctl.domain.ram import policy_document
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.rights import Right
from eipctl.domain.terway import image_version
from eipctl.domain.terway.eni_conf import digest
from eipctl.domain.terway.installation import EniConfig, Override, Record, TerwayPod
from eipctl.planners.annotate.lints import Lint, standing_lints
from eipctl.planners.check import access, eni_conf, pods, roles, terway, terway_health
from eipctl.planners.check.terway_health import WITHOUT_TERWAY
from eipctl.planners.status.report import StatusReport
from eipctl.planners.terway.grants import TerwayRole
from tests.unit.planners.annotate_facts import workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ON = '{"enable_eip_pool": "true"}'
OFF = "{}"
GRANTED = TerwayRole(
    "r", (AttachedPolicy("p", system=False, document=policy_document.own_policy_document(EIP_ACTIONS)),)
)
LACKING = TerwayRole("r", ())
DENIED = TerwayRole(
    "r",
    (AttachedPolicy("p", system=False, document='{"Statement":{"Effect":"Deny","Action":"vpc:*","Resource":"*"}}'),),
)

Row = tuple[Code, Level]


def pod(version: str | None = "v1.6.3", node: str = "n1", daemonset: str = "terway-eniip", **facts: Any) -> TerwayPod:
    parsed = image_version.parse(version) if version else None
    known: dict[str, Any] = {"created": NOW}
    return TerwayPod(f"t-{node}", f"uid-{node}", node, daemonset, version=parsed, **known | facts)


def config(text: str = OFF, record: Record | None = None, *overrides: Override) -> EniConfig:
    return EniConfig(text, "7", record, overrides, written=Written(NOW - timedelta(days=1)))


def rows(findings: Iterable[Finding]) -> list[Row]:
    return [(finding.code, finding.level) for finding in findings]


TERWAY = [
    ([pod()], [(Code.TERWAY_VERSION, Level.OK)]),
    ([pod("v1.13.0")], [(Code.TERWAY_VERSION, Level.INFO)]),
    ([pod("v1.0.10.263-gdbe50a9")], [(Code.TERWAY_VERSION, Level.WARNING)]),
    ([pod(None)], [(Code.TERWAY_VERSION, Level.WARNING)]),
    ([pod(), pod("v1.7.0", "n2")], [(Code.TERWAY_VERSION, Level.OK), (Code.TERWAY_VERSION, Level.INFO)]),
    ([], [(Code.TERWAY_NOT_FOUND, Level.ERROR)]),
    ([pod(daemonset="terway", mode="VPC")], [(Code.TERWAY_MODE, Level.ERROR)]),
    ([pod(crash_looping=True)], [(Code.TERWAY_VERSION, Level.OK), (Code.CANARY_FAILED, Level.ERROR)]),
]


@pytest.mark.parametrize(("pods", "expected"), TERWAY)
def test_terway_per_version_and_mode(pods: list[TerwayPod], expected: list[Row]) -> None:
    """Each version once, with its nodes."""
    found = list(terway.terway(pods))
    assert rows(found) == expected
    assert all(one.node in "".join(finding.title for finding in found) for one in pods if one.mode != "VPC")


def test_many_nodes_are_counted_not_all_listed() -> None:
    """Five are named."""
    (finding,) = terway.terway([pod(node=f"n{number}") for number in range(8)])
    assert "and 3 more" in finding.title


FLAGS = [
    (ON, True, [(Code.FLAG_NOT_SET, Level.OK)]),
    (OFF, True, [(Code.FLAG_NOT_SET, Level.WARNING)]),
    (OFF, False, []),
    (ON, False, [(Code.FLAG_NOT_SET, Level.INFO)]),
    ('{"enable_eip_pool": true}', True, [(Code.FLAG_TYPE, Level.ERROR)]),
    ('{"enable_eip_pool": "True"}', True, [(Code.FLAG_TYPE, Level.WARNING)]),
    ('{"enable_eip_pool": true}', False, []),
    (ON[:-1] + ', "allow_eip_rob": 1}', True, [(Code.FLAG_NOT_SET, Level.OK), (Code.FLAG_TYPE, Level.ERROR)]),
    (ON[:-1] + ', "enable_eip_migrate": "x"}', True, [(Code.FLAG_NOT_SET, Level.OK), (Code.FLAG_TYPE, Level.ERROR)]),
    (
        ON[:-1] + ', "enable_eip_migrate": true}',
        True,
        [(Code.FLAG_NOT_SET, Level.OK), (Code.MIGRATION_FLAG, Level.WARNING)],
    ),
]


@pytest.mark.parametrize(("text", "native", "expected"), FLAGS)
def test_flags_matter_only_to_a_terway_that_reads_them(text: str, native: bool, expected: list[Row]) -> None:
    """A wrong type stops it; a misspelt value is only off."""
    assert rows(eni_conf.flags([pod("v1.6.3" if native else "v1.13.0")], config(text))) == expected


def test_overrides_are_found_where_they_are() -> None:
    """With the ConfigMap's own name in object and detail; an editor is not a fix."""
    wrong = Override("gpu", ("n9",), '{"enable_eip_pool": true}')
    found = list(eni_conf.flags([pod()], config(ON, None, wrong)))[-1]
    assert (found.code, found.object) == (Code.FLAG_TYPE, "configmap/kube-system/gpu")
    assert (found.fix, "kubectl -n kube-system edit configmap gpu" in found.detail) == ("", True)
    off = Override("gpu", ("n9",), '{"enable_eip_pool": "false"}')
    assert rows(eni_conf.flags([pod()], config(ON, None, off)))[-1] == (Code.NODE_OVERRIDE, Level.INFO)


def dated(text: str, record: Record | None, by_eipctl: bool = True) -> EniConfig:
    """eni_conf as it was written at NOW."""
    return replace(config(text, record), written=Written(NOW, by_eipctl))


def test_a_missing_restart_names_the_command_that_goes_on() -> None:
    """setup or teardown, by what was written last; where nothing is eipctl's, the restart itself."""
    old, young = [pod(created=NOW - timedelta(days=1))], [pod(created=NOW + timedelta(seconds=1))]
    (after_setup,) = terway.restart(old, dated(ON, Record(digest(ON), ("enable_eip_pool",), written=NOW)))
    (after_teardown,) = terway.restart(old, dated(OFF, Record(digest(OFF), written=NOW)))
    (by_hand,) = terway.restart(old, dated(OFF, None, by_eipctl=False))
    (unknown,) = terway.restart(young, replace(config(), written=None))
    fixes = [after_setup.fix, after_teardown.fix, by_hand.fix, unknown.fix]
    assert fixes == ["eipctl setup", "eipctl teardown", *["eipctl setup restart --force-restart"] * 2]
    assert {after_setup.code, by_hand.code} == {Code.RESTART_NEEDED}
    (done,) = terway.restart(young, dated(ON, Record(digest(ON), written=NOW)))
    assert done.level is Level.OK
    assert list(terway.restart(young, dated(ON, None))) == []


def test_a_flag_that_was_taken_out_by_hand_is_one_finding_with_both_ways_out() -> None:
    """It says what Terway may still do, and how to go on or back; that no Pod gets an EIP is said once Terway knows."""
    off = dated(OFF, Record(digest(ON), ("enable_eip_pool",), written=NOW), by_eipctl=False)
    before, after = [pod(created=NOW)], [pod(created=NOW + timedelta(seconds=1))]
    assert list(eni_conf.flags(before, off)) == []
    (left,) = terway.restart(before, off)
    assert (left.code, left.fix, "eipctl setup sets the flag again" in left.detail) == (
        Code.RESTART_NEEDED,
        "eipctl teardown",
        True,
    )
    (read_,) = eni_conf.flags(after, off)
    assert "gives no Pod an EIP" in read_.title


def test_nodes_that_have_the_flag_by_an_override_are_not_said_to_get_no_eip() -> None:
    """Terway gives EIPs there, and only there; what its role lacks is an error then, and another controller too."""
    some = config(OFF, None, Override("gpu", ("n2",), ON))
    (flag, own) = eni_conf.flags([pod(), pod(node="n2")], some)
    assert (flag.code, flag.title) == (
        Code.FLAG_NOT_SET,
        "enable_eip_pool is not set: only n2 have it, by an override",
    )
    assert own.code is Code.NODE_OVERRIDE
    assert rows(terway.ack_extend(present=True, pods=[pod(node="n2")], config=some)) == [(Code.ACK_EXTEND, Level.ERROR)]


@pytest.mark.parametrize(
    ("version", "text", "expected"),
    [
        ("v1.8.3", '{"enable_eip_pool": true}', [Code.FLAG_TYPE]),
        ("v1.9.3", '{"allow_eip_rob": true}', [Code.FLAG_TYPE]),
        ("v1.9.3", '{"enable_eip_migrate": "true"}', [Code.FLAG_TYPE]),
        ("v1.9.6", '{"enable_eip_pool": true}', []),
        ("v1.5.8", ON[:-1] + ', "enable_eip_migrate": "true"}', [Code.FLAG_NOT_SET]),
        ("v1.5.8", ON[:-1] + ', "enable_eip_migrate": true}', [Code.FLAG_NOT_SET]),
        ("v1.6.0", ON[:-1] + ', "enable_eip_migrate": true}', [Code.FLAG_NOT_SET, Code.MIGRATION_FLAG]),
    ],
)
def test_a_flag_stops_the_versions_that_decode_it(version: str, text: str, expected: list[Code]) -> None:
    """v1.7 to v1.9.3 give no EIPs, and still decode the flags; enable_eip_migrate came with v1.6.0."""
    found = list(eni_conf.flags([pod(version)], config(text)))
    assert [finding.code for finding in found] == expected
    assert all(finding.fix == "" for finding in found)


def test_a_flag_that_setup_did_not_set_is_not_taken_out_by_teardown() -> None:
    """Where this Terway ignores it, the fix is teardown for setup's own, else an editor's command."""
    (ours,) = eni_conf.flags([pod("v1.13.0")], dated(ON, Record(digest(ON), ("enable_eip_pool",))))
    (theirs,) = eni_conf.flags([pod("v1.13.0")], config(ON))
    assert (ours.fix, theirs.fix) == ("eipctl teardown", "")
    assert "kubectl -n kube-system edit configmap eni-config" in theirs.detail


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"allow_eip_rob": true}', Code.FLAG_TYPE),
        ('{"allow_eip_rob": "yes"}', Code.FLAG_TYPE),
        ('{"Allow_EIP_Rob": "true"}', Code.FLAG_TYPE),
        ('{"enable_eip_migrate": true}', Code.MIGRATION_FLAG),
    ],
)
def test_what_is_wrong_in_an_override_is_told_as_in_eni_config(text: str, code: Code) -> None:
    """Of every flag, with the ConfigMap where it is."""
    found = list(eni_conf.flags([pod(node="n9")], config(ON, None, Override("gpu", ("n9",), text))))
    assert [(finding.code, finding.object) for finding in found[1:]] == [(code, "configmap/kube-system/gpu")]


def test_an_override_is_judged_by_the_versions_of_its_own_nodes() -> None:
    """A key that only a newer Terway elsewhere decodes stops nobody there; a key twice is told there too."""
    mixed = [pod("v1.4.0", "n1"), pod("v1.6.3", "n2")]
    for node, levels in (("n1", [Level.OK, Level.WARNING]), ("n2", [Level.ERROR, Level.WARNING])):
        gpu = Override("gpu", (node,), '{"kube_client_qps": "10", "kube_client_qps": null}')
        assert [found.level for found in eni_conf.values(mixed, config(ON, None, gpu))] == levels


def test_an_override_that_names_nothing_is_a_warning() -> None:
    """Its nodes have not the settings that somebody meant for them; an empty one is no override."""
    missing = Override("gpu", ("n9",), exists=False)
    assert rows(eni_conf.flags([pod()], config(ON, None, missing)))[-1] == (
        Code.NODE_OVERRIDE,
        Level.WARNING,
    )
    empty = Override("gpu", ("n9",))
    assert rows(eni_conf.flags([pod()], config(ON, None, empty))) == [(Code.FLAG_NOT_SET, Level.OK)]


VALUES = [
    ('{"max_pool_size": 5}', [Level.OK]),
    ('{"max_pool_size": "5"}', [Level.ERROR]),
    ('{"max_pool_size": 5, "max_pool_size": 6}', [Level.OK, Level.WARNING]),
    ('{"max_pool_size": "5", "max_pool_size": 6}', [Level.ERROR, Level.WARNING]),
]


@pytest.mark.parametrize(("text", "levels"), VALUES)
def test_values_with_which_terway_can_not_start_are_errors(text: str, levels: list[Level]) -> None:
    """Each of two equal keys is decoded; the last one counts."""
    found = list(eni_conf.values([pod()], config(text)))
    assert [finding.level for finding in found] == levels
    assert {finding.code for finding in found} == {Code.ENI_CONF_MALFORMED}


def test_a_key_that_only_looks_like_one_of_terways_is_named() -> None:
    """To a Terway up to v1.2 it is one."""
    odd = config('{"Credential_Path": "/p"}')
    found = list(eni_conf.flags([pod("v1.13.0")], odd))
    assert [(finding.code, finding.level) for finding in found] == [(Code.FLAG_TYPE, Level.WARNING)]
    assert "credential_path" in found[0].title
    assert rows(eni_conf.flags([pod("v1.2.2")], odd)) == [(Code.FLAG_NOT_SET, Level.WARNING)]


NODES = [
    *(Node("n1"), Node("n2"), Node("virtual", {"type": "virtual-kubelet"})),
    *(Node(label, {label: "true"}) for label in WITHOUT_TERWAY),
]
HEALTH: list[tuple[list[TerwayPod], list[Node], list[str]]] = [
    ([pod(), pod(node="n2")], NODES, []),
    ([pod(), pod(node="n2", ready=False)], NODES, ["Terway on node n2 is not Ready: Pods there get no network"]),
    ([pod(), pod(node="n2", ready=False, crash_looping=True)], NODES, []),
    ([pod()], NODES, ["Terway does not run on 1 node: n2"]),
    (
        [pod(), pod(node="n2", ready=False)],
        [Node("n1"), Node("n2", silent=True)],
        ["node n2 does not report: whether Terway works there is not known"],
    ),
    ([], NODES, []),
]


@pytest.mark.parametrize(("pods", "nodes", "titles"), HEALTH)
def test_each_node_without_a_terway_that_works_is_an_error(
    pods: list[TerwayPod], nodes: list[Node], titles: list[str]
) -> None:
    """Not virtual nodes, nor those outside of the VPC; what crash-loops is told by its own code."""
    found = list(terway_health.health(pods, nodes))
    assert [finding.title for finding in found] == titles
    assert {(finding.code, finding.level) for finding in found} <= {(Code.TERWAY_NOT_READY, Level.ERROR)}


ROLES = [
    ([GRANTED], ON, (Code.ROLE_LACKS_ACTIONS, Level.OK)),
    ([LACKING], OFF, (Code.ROLE_LACKS_ACTIONS, Level.WARNING)),
    ([LACKING], ON, (Code.ROLE_LACKS_ACTIONS, Level.ERROR)),
    ([DENIED], OFF, (Code.ROLE_DENIED, Level.ERROR)),
    ([], OFF, (Code.ROLE_LACKS_ACTIONS, Level.INFO)),
]


@pytest.mark.parametrize(("found", "text", "expected"), ROLES)
def test_what_the_role_lacks_is_an_error_once_the_flag_is_on(found: list[TerwayRole], text: str, expected: Row) -> None:
    """Then annotated Pods hang; before, it is what setup is for."""
    assert rows(roles.roles(found, on=text == ON)) == [expected]


WHEN = '"Condition":{"IpAddress":{"acs:SourceIp":"10.0.0.0/8"}}'


def test_what_only_a_call_decides_is_said_of_a_role() -> None:
    """A Deny under a condition is a warning beside what is granted; an Allow under one is the reason of what lacks."""
    deny = f'{{"Statement":{{"Effect":"Deny","Action":"vpc:*","Resource":"*",{WHEN}}}}}'
    perhaps = TerwayRole("r", (*GRANTED.policies, AttachedPolicy("org", system=False, document=deny)))
    granted, may = roles.roles([perhaps], on=False)
    assert (granted.level, may.code, may.level) == (Level.OK, Code.ROLE_DENIED, Level.WARNING)
    assert "policy org, statement 1 denies vpc:ReleaseEipAddress under a condition" in may.detail
    limited = TerwayRole("r", (AttachedPolicy("org", system=False, document=deny.replace("Deny", "Allow")),))
    (lacks,) = roles.roles([limited], on=False)
    assert "policy org, statement 1 allows vpc:DescribeVSwitches only under a condition" in lacks.detail


def test_two_controllers_at_once_are_an_error() -> None:
    """One alone is only told."""
    ours = dated(ON, Record(digest(ON), ("enable_eip_pool",)))
    (both,) = terway.ack_extend(present=True, pods=[pod()], config=ours)
    assert (both.code, both.level, both.fix) == (Code.ACK_EXTEND, Level.ERROR, "eipctl teardown")
    (by_hand,) = terway.ack_extend(present=True, pods=[pod()], config=config(ON))
    assert (by_hand.fix, "edit configmap eni-config" in by_hand.detail) == ("", True)
    assert rows(terway.ack_extend(present=True, pods=[pod("v1.13.0")], config=config(ON))) == [
        (Code.ACK_EXTEND, Level.INFO)
    ]
    assert rows(terway.ack_extend(present=False, pods=[pod()], config=None)) == []


def test_a_missing_right_matters_for_the_commands_that_are_wanted() -> None:
    """An error for those, else only told; the fix grants it to this very user and takes nothing from others."""
    lacking = {"bind": rights_of("bind"), "status": ()}
    told = list(access.rights(lacking, ("bind",), "al/ice"))
    assert rows(told) == [(Code.KUBE_FORBIDDEN, Level.OK), (Code.KUBE_FORBIDDEN, Level.ERROR)]
    assert told[1].fix == (
        "eipctl manifest rbac --for bind --user al/ice --name eipctl-bind:al_ice | kubectl apply -f -"
    )
    assert "create leases.coordination.k8s.io in kube-system" in told[1].detail
    assert rows(access.rights({"bind": rights_of("bind")}, ("status",), "a")) == [(Code.KUBE_FORBIDDEN, Level.INFO)]


def test_a_right_that_can_be_done_without_is_no_error() -> None:
    """What is lost is told, for the commands that are wanted."""
    spare = [right for right in rights_of("bind") if right.without]
    (able, told) = access.rights({"bind": spare}, ("bind",), "a")
    assert (able.level, told.level) == (Level.OK, Level.INFO)
    assert "without create events no Event records what happened" in told.detail
    assert rows(access.rights({"bind": spare}, ("status",), "a")) == [(Code.KUBE_FORBIDDEN, Level.OK)]


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        ((0, 0), Level.OK, "agrees with the API server's and Alibaba Cloud's"),
        ((0, None), Level.OK, "agrees with the API server's"),
        ((-30, 30), Level.OK, "agrees"),
        ((31, 0), Level.WARNING, "31 s behind the API server's"),
        ((31, -40), Level.WARNING, "40 s ahead of Alibaba Cloud's"),
        ((-900, None), Level.WARNING, "900 s ahead of the API server's"),
        ((-900, 0), Level.WARNING, "900 s ahead of the API server's"),
        ((0, -900), Level.ERROR, "900 s ahead of Alibaba Cloud's"),
        ((2000, -900), Level.ERROR, "2000 s behind the API server's"),
    ],
)
def test_clocks(ahead: tuple[int, int | None], level: Level, words: str) -> None:
    """Half a minute is nothing; a quarter of an hour from the cloud's clock makes every signature void."""
    named = zip((access.API_SERVER, access.CLOUD), ahead, strict=True)
    found = access.clock({name: timedelta(seconds=seconds) for name, seconds in named if seconds is not None})
    assert found.level is level
    assert words in found.title


@pytest.mark.parametrize(
    ("used", "limit", "level"),
    [(3, None, Level.INFO), (3, 20, Level.OK), (18, 20, Level.WARNING), (20, 20, Level.ERROR), (21, 20, Level.ERROR)],
)
def test_quota(used: int, limit: int | None, level: Level) -> None:
    """Nothing left is an error, a tenth left a warning; unknown is only told."""
    assert pods.quota(used, limit, "cn-hangzhou").level is level


def test_what_could_not_be_read_is_a_warning() -> None:
    """In the words of status."""
    report = StatusReport(pods=(), orphans=(), per_month=0.0, warnings=("partial read: page 2 is missing",))
    assert rows(pods.bindings(report))[0] == (Code.PARTIAL_READ, Level.WARNING)


LINTS = [
    (Code.ID_WITH_REPLICAS, "deployment/shop/web", "kubectl -n shop scale deployment/web --replicas 1"),
    (Code.ID_WITH_REPLICAS, "cronjob/shop/web", "eipctl annotate cronjob/web -n shop --remove"),
    (Code.HOST_NETWORK, "deployment/shop/web", "eipctl annotate deployment/web -n shop --remove"),
    (Code.ANNOTATION_CONFLICT, "deployment/shop/web", ""),
]


@pytest.mark.parametrize(("code", "obj", "fix"), LINTS)
def test_each_lint_has_a_command_that_ends_it(code: Code, obj: str, fix: str) -> None:
    """Which one depends on what is wrong."""
    (found,) = pods.workloads([Lint(code, obj, "a problem", "what to do")])
    assert (found.fix, found.detail, found.object) == (fix, "what to do", obj)


BY_BANDWIDTH = "k8s.aliyun.com/eip-charge-type"


@pytest.mark.parametrize(
    ("annotations", "options"),
    [
        ({"k8s.aliyun.com/eip-bandwidth": "5M"}, "--bandwidth 5"),
        ({"k8s.aliyun.com/eip-bandwidth": "much"}, "--bandwidth 5"),
        ({"k8s.aliyun.com/eip-bandwidth": "900"}, "--bandwidth 200"),
        (
            {"k8s.aliyun.com/eip-bandwidth": "900", "k8s.aliyun.com/eip-charge-type": "PayByBandwidth"},
            "--bandwidth 500",
        ),
        ({"k8s.aliyun.com/eip-bandwidth": "0"}, "--bandwidth 1"),
        ({"network.alibabacloud.com/eip-bandwidth": "5M"}, ""),
        ({"k8s.aliyun.com/eip-release-strategy": "sometime"}, ""),
        ({"k8s.aliyun.com/pod-with-eip": "Yes"}, "--eip"),
        ({"k8s.aliyun.com/pod-with-eip": "nope"}, ""),
    ],
)
def test_the_fix_of_a_wrong_value_is_a_right_value(annotations: dict[str, str], options: str) -> None:
    """The other annotations stay, and with them the EIP; where no value can be guessed there is no fix."""
    asked = {"k8s.aliyun.com/pod-with-eip": "true", **annotations}
    found = [each for each in pods.workloads(standing_lints([workload(annotations=asked).workload])) if each.detail]
    assert [each.fix for each in found] == [f"eipctl annotate deployment/web -n default {options}" if options else ""]


ALL: list[Callable[[], Iterable[Finding]]] = [
    lambda: terway.terway([pod(), pod("v1.13.0", "n2"), pod(None, "n3"), pod("v1.0.0", "n4")]),
    lambda: eni_conf.flags([pod()], config(OFF)),
    lambda: roles.roles([LACKING], on=True),
    lambda: access.rights({"bind": rights_of("bind")}, ("bind",), "a"),
    lambda: terway.terway([pod(daemonset="terway", mode="VPC")]),
    lambda: roles.roles([DENIED], on=True),
    lambda: [pods.quota(20, 20, "cn-hangzhou")],
]


@pytest.mark.parametrize("findings", ALL)
def test_a_fix_is_a_command_that_changes_something(findings: Callable[[], Iterable[Finding]]) -> None:
    """What only looks, explains or opens an editor is no fix; then there is none."""
    wrong = [finding for finding in findings() if finding.level in (Level.WARNING, Level.ERROR)]
    assert wrong
    changing = re.compile(
        r"eipctl (bind|setup|teardown|annotate|release|manifest rbac)\b|kubectl .*\b(scale|patch)\b|$"
    )
    assert [finding.fix for finding in wrong if not changing.match(finding.fix)] == []


def test_the_right_to_patch_pods_is_more_than_bind_needs() -> None:
    """Told to a user who can't annotate anyway, and who asks about bind."""
    patch = Right("patch", "pods")
    others = tuple(right for right in rights_of("annotate") if right != patch)
    (finding,) = access.surplus({"annotate": others}, ("bind",))
    assert (finding.level, "patch pods" in finding.detail) == (Level.INFO, True)
    for lacking, wanted in (((), ("bind",)), ((*others, patch), ("bind",)), (others, ("bind", "annotate"))):
        assert list(access.surplus({"annotate": lacking}, wanted)) == []
