"""The table of settings: each entry works on its own, and a new one disturbs nothing that was bought before it."""

from __future__ import annotations

from dataclasses import field, fields, make_dataclass
from datetime import UTC, datetime

import pytest

from eipctl.base.codes import Code
from eipctl.domain.facts import ClusterId, Eip, EipStatus, OwnerRef, Pod
from eipctl.domain.ownership import Role, client_token, tags_for
from eipctl.domain.settings import K8S, MODIFIABLE, NETWORK, OF_EIP, OPTIONS, SETTINGS, ChangedBy, EipSpec, Setting
from eipctl.domain.wish import Problem, Wanted, wanted
from eipctl.planners.annotate.settings import OURS, EipSettings

CLUSTER = ClusterId("c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013", "0b7f3c1e-5a77-4d0c-9a55-3f1f6f0f7a11")
POD = Pod(
    "game",
    "web-0",
    "7d1c9a52-08a4-4c6e-9d57-2f6b1a3e5c70",
    datetime(2026, 1, 1, tzinfo=UTC),
    owner=OwnerRef("StatefulSet", "web", "5f0e8a33-1b1e-4a5b-8a44-6a2d7c9b1e02"),
)
ASKS = {K8S + "pod-with-eip": "true"}
FREE = Eip("eip-1", "47.0.0.1", EipStatus.AVAILABLE)

TOKENS = [
    (
        {},
        [
            "ec-odtbtzuxkefuodci3jplfvknpq54t2spnddwf4k2akt7lfrjxarq",
            "ec-tfydbu4bc522codamsgrm2quqpdcj6vdsubowiguupgevntfugdq",
        ],
    ),
    (
        {"eip-bandwidth": "20"},
        [
            "ec-3nrbeq74ebjdwxjzsxbutyzkgm24teajreli7umcx6yu5t2o3fxa",
            "ec-kvbsgm2ilissfeyh4nrzo2pmp2ezzenuppvogts4pg2orzdnwaea",
        ],
    ),
    (
        {"eip-internet-charge-type": "PayByBandwidth", "eip-bandwidth": "300"},
        [
            "ec-k4vavccphqueel3k7jnxupal2jjvdfdmaya24ondjfgysd64ch5a",
            "ec-umgg6regei5unw7vyndqiqs2uak7w4p4y5hjp2h3p7wrbqkvellq",
        ],
    ),
    (
        {"eip-tags": '{"team":"games","stage":"prod"}'},
        [
            "ec-qxnwc6w5uyfhxxuhy5az47qhgotsok7aw3klgjfulth2vx7fjeia",
            "ec-povn6qik6zakb6xrtydckfoxpc2qzpv2zko2xkgfsnkj76kwwmtq",
        ],
    ),
    (
        {"eip-isp": "BGP_PRO", "eip-public-ip-address-pool-id": "pippool-1"},
        [
            "ec-4hyn6qnvsnse5aax7stipoocfxm6m3ftyqu7mycjmpfzfdyjzajq",
            "ec-ely4c75lccx745bck2nnqhg4vd56nre5rlkogcpmbc6hbi4cx4pq",
        ],
    ),
    (
        {"eip-name": "web", "eip-description": "网页 of the game"},
        [
            "ec-3o2ir4kyqcl5efi3cyjwykuhjn36u3sa7ksx3t6fxbq64arnak6a",
            "ec-3touli6cdtmfwqgxmavn6hkyvtjehgnnpurcpqcthhdp2oagdbna",
        ],
    ),
    (
        {
            "eip-resource-group-id": "rg-1",
            "eip-common-bandwidth-package-id": "cbwp-1",
            "eip-security-protection-types": "AntiDDoS_Enhanced",
        },
        [
            "ec-bl5kymbwwmcwqkqbsxp7drvq5nkdvqmgjfroo424rzcpuvaw4wla",
            "ec-cnr3eyz5qc7yz2vvwhxncarxu3xqxqvazlzuozfsmwkoygpytiiq",
        ],
    ),
    (
        {"eip-charge-type": "PayByBandwidth"},
        [
            "ec-6p7p3bpuedxrij2qy2qqxd4jbjzek23mcxncv2s5wtsoflxy27fa",
            "ec-dalzht65qcbhrqmwqv2cf5nobvdk3qfmyzkbg2sfbgyqmlmzqv2a",
        ],
    ),
]
"""What an annotation adds, and the ClientTokens of the first two attempts as eipctl 0.1.0 made them."""

EXAMPLES = {
    "pod-with-eip": "true",
    "pod-eip-instanceid": "eip-bp1abc",
    "pool": "partners",
    "pool-overflow": "buy",
    "eip-bandwidth": "20",
    "eip-internet-charge-type": "PayByBandwidth",
    "eip-isp": "BGP_PRO",
    "eip-common-bandwidth-package-id": "cbwp-1",
    "eip-public-ip-address-pool-id": "pippool-1",
    "eip-resource-group-id": "rg-1",
    "eip-name": "web",
    "eip-description": "of the game",
    "eip-tags": '{"team":"games"}',
    "eip-security-protection-types": "AntiDDoS_Enhanced",
    "eip-instance-charge-type": "PostPaid",
    "pod-eip-release-strategy": "Never",
}
"""A value of each setting that is not its default; a new setting needs one here."""


def tokens(spec: EipSpec) -> list[str]:
    ownership = tags_for(CLUSTER, POD, Role.ALLOCATED)
    return [client_token(CLUSTER, POD.uid, spec, ownership, attempt) for attempt in (0, 1)]


def spec_of(annotations: dict[str, str]) -> EipSpec:
    wish = wanted(ASKS | {K8S + name: value for name, value in annotations.items()})
    assert isinstance(wish, Wanted)
    return wish.spec


@pytest.mark.parametrize(("annotations", "expected"), TOKENS)
def test_a_token_stays_what_it_was_in_the_first_release(annotations: dict[str, str], expected: list[str]) -> None:
    """A call that an older eipctl left without an answer is repeated, and buys nothing twice."""
    assert tokens(spec_of(annotations)) == expected


@pytest.mark.parametrize(("annotations", "expected"), TOKENS)
def test_a_new_field_changes_no_token_of_those_who_do_not_use_it(
    annotations: dict[str, str], expected: list[str]
) -> None:
    """Only a Pod that asks for it gets another token."""
    later = make_dataclass(
        "Later", [("pretended", str, field(default=""))], bases=(EipSpec,), frozen=True, kw_only=True
    )
    known = spec_of(annotations)
    given = {each.name: getattr(known, each.name) for each in fields(EipSpec)}
    assert tokens(later(**given)) == expected
    assert tokens(later(**given, pretended="x")) != expected


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_each_spelling_of_a_setting_means_the_same(setting: Setting) -> None:
    """Both prefixes, and the older key where there is one; the wish remembers who was named."""
    found = [wanted({**ASKS, key: EXAMPLES[setting.name]}) for key in setting.keys]
    assert all(each == found[0] for each in found)
    (first, *_) = found
    assert isinstance(first, Wanted)
    assert setting in first.named
    assert set(setting.keys) <= set(OURS)


@pytest.mark.parametrize("setting", OF_EIP, ids=str)
def test_a_setting_of_the_eip_fills_its_own_field_and_no_other(setting: Setting) -> None:
    """Where no annotation names it, the field has the value that the default's text gives."""
    asked, silent = spec_of({setting.name: EXAMPLES[setting.name]}), spec_of({})
    assert {each.field for each in OF_EIP if getattr(asked, each.field) != getattr(silent, each.field)} == {
        setting.field
    }
    if setting.default:
        assert spec_of({setting.name: setting.default}) == silent


@pytest.mark.parametrize("setting", OF_EIP, ids=str)
def test_the_cloud_is_told_of_each_setting_in_some_way(setting: Setting) -> None:
    """By the allocating call, or by a step after it; what can be modified has a parameter for that."""
    assert setting.api or setting.change in (ChangedBy.PACKAGE, ChangedBy.TAG)
    assert bool(setting.modify) is (setting in MODIFIABLE)
    assert not setting.shown or hasattr(FREE, setting.shown)


def test_prefixes_that_disagree_are_a_conflict_for_every_setting() -> None:
    """Whatever the setting that has both: nobody can tell which of the two is meant."""
    for setting in (setting for setting in SETTINGS if not setting.prefix):
        found = wanted({**ASKS, K8S + setting.name: EXAMPLES[setting.name], NETWORK + setting.name: "another"})
        assert isinstance(found, Problem), setting
        assert found.code is Code.ANNOTATION_CONFLICT


def test_every_option_writes_the_annotation_of_its_setting() -> None:
    """Under the prefix that everybody reads or eipctl's own; with the older key where an older Terway reads only it."""
    for setting, option in OPTIONS:
        older = [(setting.older, "x")] if option.dest == "charge_type" else []
        assert EipSettings.of(**{option.dest: "x"}).pairs == (((setting.prefix or K8S) + setting.name, "x"), *older)
    assert EipSettings.of(instance_id="eip-1").instance_id == "eip-1"
    assert EipSettings.of(eip="true").instance_id == ""
