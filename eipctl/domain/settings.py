"""The table of settings: all that eipctl knows of an annotation about EIPs stands in its one entry.

A setting of the EIP itself is a field of :class:`EipSpec`; the others stand before and after it in :data:`SETTINGS`.
Parsing, command-line options, API parameters, drift, reuse and lints are derived from the entries.

Keys and defaults: ack-extend-network-controller's documentation (both prefixes) and Terway v1.6.4 daemon/k8s.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from eipctl.domain import setting_values as values
from eipctl.domain.terway.image_version import FIRST_WITH_EIP, FIRST_WITH_PACKAGES, TerwayVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.domain.facts import Eip
    from eipctl.domain.plan import Named, Pairs

K8S = "k8s.aliyun.com/"
NETWORK = "network.alibabacloud.com/"
PREFIXES = (K8S, NETWORK)
EIPCTL = "eipctl.io/"
"""The prefix of what eipctl alone reads."""

RESULT = K8S + "allocated-eipAddress"
"""Where eipctl, Terway and ack-extend-network-controller write the address."""

NOT_NAMED = "EIPNotNamed"
"""Reason of the Event on a Pod whose EIP lacks a name or description because the cloud refused it."""

RESULTS = (
    RESULT,
    NETWORK + "allocated-eipAddress",
    NETWORK + "allocated-eip-address",
    NETWORK + "allocated-eip-id",
)
"""All keys that are known to hold a result; the last one holds an allocation id."""


class ChangedBy(Enum):
    """What can be done about an EIP that has another value than an annotation names."""

    NEVER = "fixed at allocation: reported, and an EIP with another value is not reused"
    MODIFY = "ModifyEipAddressAttribute"
    PACKAGE = "joining and leaving a bandwidth package"
    TAG = "TagResources"


@dataclass(frozen=True, slots=True)
class Option:
    """Of `eipctl annotate`; `dest` is its name in :class:`~eipctl.planners.annotate.settings.EipSettings`."""

    dest: str
    flag: str
    help: str
    metavar: str | None = None
    repeats: bool = False
    """Given as KEY=VALUE, any number of times."""
    switch: bool = False
    """Takes no value; it writes ``true``."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Setting:
    """One annotation. `name` is its key after either prefix; `older` a whole key that means the same."""

    name: str
    older: str = ""
    prefix: str = ""
    """Its only prefix, where it is not the two of :data:`PREFIXES`."""
    parse: values.Parser = values.text
    default: str = ""
    """The value that holds where no annotation gives one; "" leaves it to the cloud."""
    option: Option | None = None
    terway: TerwayVersion | None = None
    """The first Terway that reads `name` in its own EIP mode; None where none does."""
    terway_older: TerwayVersion | None = None
    """The first Terway that reads `older`, where that is an earlier one: then annotate writes both keys."""
    published: tuple[str, ...] = ()
    """The values that the cloud's documentation lists; another one may be new, and is a warning."""
    field: str = ""
    """Of :class:`EipSpec`; "" when it is not about what the EIP is like."""
    api: str = ""
    """The parameter of AllocateEipAddress."""
    change: ChangedBy = ChangedBy.NEVER
    modify: str = ""
    """The parameter of ModifyEipAddressAttribute, with :attr:`Change.MODIFY`."""
    shown: str = ""
    """The attribute of :class:`~eipctl.domain.facts.Eip` to compare with; "" where the cloud does not show it."""
    unset: str | None = ""
    """What an EIP has when nothing is asked for; None when that is not known and anything will do."""
    permitted: bool = False
    """Whether a purchase may be refused for the sake of this value alone: a right, stock, or a service is missing."""
    cosmetic: Callable[[str], bool] | None = None
    """Set where the value is for people only, so that it never costs a Pod its EIP: whether every cloud takes it."""
    packaged: bool = False
    """Whether a bandwidth package overrules it."""
    drift: Callable[[Any, Any], str] = lambda asked, has: f"should be {asked} and is {has or 'none'}"
    """Says what differs, from what is asked for and what the EIP has."""

    def __str__(self) -> str:
        return self.prefix + self.name

    @property
    def keys(self) -> tuple[str, ...]:
        """All spellings; the first that is set holds."""
        if self.prefix:
            return (self.prefix + self.name,)
        return (K8S + self.name, *filter(None, [self.older]), NETWORK + self.name)

    def asked(self, spec: EipSpec, eip: Eip) -> Any:
        """The value that an EIP bought for this spec would have."""
        value = getattr(spec, self.field)
        if value or self.change is not ChangedBy.NEVER:
            return value
        return self.has(eip) if self.unset is None else self.unset

    def has(self, eip: Eip) -> Any:
        """The EIP's value; what "nothing asked for" gives where the cloud does not show it."""
        return getattr(eip, self.shown) if self.shown else self.unset

    def differs(self, spec: EipSpec, eip: Eip) -> bool:
        """Whether the EIP has another value than this spec asks for, where its own value is in force."""
        if self.packaged and (spec.bandwidth_package_id or eip.bandwidth_package_id):
            return False
        return bool(self.asked(spec, eip) != self.has(eip))


def _setting(unset: Any, name: str, /, **facts: Any) -> Any:
    """A field of :class:`EipSpec` with its entry; `unset` is its value where no annotation gives one."""
    return field(default=unset, metadata={"setting": Setting(name=name, **facts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EipSpec:
    """What AllocateEipAddress is asked for; `bandwidth` in Mbit/s; "" leaves the cloud's default."""

    bandwidth: int = _setting(
        5,
        "eip-bandwidth",
        parse=values.bandwidth,
        default="5",
        option=Option("bandwidth", "--bandwidth", "Bandwidth in Mbit/s.", "N"),
        terway=FIRST_WITH_EIP,
        api="Bandwidth",
        change=ChangedBy.MODIFY,
        modify="Bandwidth",
        shown="bandwidth",
        packaged=True,
        drift=lambda asked, has: f"should have {asked} Mbit/s and has {has}",
    )
    internet_charge_type: str = _setting(
        "PayByTraffic",
        "eip-internet-charge-type",
        older=K8S + "eip-charge-type",
        parse=values.one_of(*values.MAX_BANDWIDTH),
        default="PayByTraffic",
        option=Option("charge_type", "--charge-type", "Charge type: PayByTraffic or PayByBandwidth."),
        terway=FIRST_WITH_PACKAGES,
        terway_older=FIRST_WITH_EIP,
        api="InternetChargeType",
        shown="internet_charge_type",
    )
    isp: str = _setting(
        "",
        "eip-isp",
        permitted=True,
        published=values.ISPS,
        option=Option("isp", "--isp", "Line type: BGP, BGP_PRO, …"),
        terway=FIRST_WITH_PACKAGES,
        api="ISP",
        shown="isp",
        unset="BGP",
    )
    bandwidth_package_id: str = _setting(
        "",
        "eip-common-bandwidth-package-id",
        parse=values.id_of("cbwp-"),
        option=Option("bandwidth_package", "--bandwidth-package", "Add the EIP to this bandwidth package.", "cbwp-…"),
        terway=FIRST_WITH_PACKAGES,
        change=ChangedBy.PACKAGE,
        shown="bandwidth_package_id",
    )
    pool_id: str = _setting(
        "",
        "eip-public-ip-address-pool-id",
        permitted=True,
        parse=values.id_of("pippool-", " (an address pool of eipctl: annotate --pool-of-eips)"),
        option=Option("pool", "--pool", "Allocate from this public IP address pool.", "pippool-…"),
        api="PublicIpAddressPoolId",
        shown="pool_id",
    )
    resource_group_id: str = _setting(
        "",
        "eip-resource-group-id",
        permitted=True,
        parse=values.id_of("rg-"),
        option=Option("resource_group", "--resource-group", "Resource group of the EIP.", "rg-…"),
        api="ResourceGroupId",
        shown="resource_group_id",
        unset=None,
    )
    name: str = _setting(
        "",
        "eip-name",
        cosmetic=values.plain_name,
        option=Option("name", "--name", "Name of the EIP."),
        api="Name",
        change=ChangedBy.MODIFY,
        modify="Name",
        shown="name",
        drift=lambda asked, _has: f"should be named {asked!r}",
    )
    description: str = _setting(
        "",
        "eip-description",
        cosmetic=values.plain_description,
        option=Option("description", "--description", "Description of the EIP."),
        api="Description",
        change=ChangedBy.MODIFY,
        modify="Description",
        shown="description",
        drift=lambda _asked, _has: "has another description",
    )
    tags: Pairs = _setting(  # noqa: RUF009 - a field, and a tuple
        (),
        "eip-tags",
        permitted=True,
        parse=values.tags,
        option=Option("tags", "--tag", "Tag of the EIP; repeatable.", "KEY=VALUE", repeats=True),
        change=ChangedBy.TAG,
    )
    security_protection: tuple[str, ...] = _setting(
        (),
        "eip-security-protection-types",
        permitted=True,
        parse=values.at_most_one,
        option=Option(
            "security_protection", "--security-protection", "Security protection, such as AntiDDoS_Enhanced.", "TYPE"
        ),
        api="SecurityProtectionTypes",
    )

    @property
    def named(self) -> Named:
        """What of it a purchase may be refused for; empty for a plain one."""
        return tuple(f"{each} {value}" for each in PERMITTED if (value := getattr(self, each.field)))

    def without_cosmetics(self, refused: str) -> EipSpec:
        """The same without the cosmetic values that an error code is about, or without all if it names none."""
        asked = [each for each in COSMETIC if getattr(self, each.field)]
        meant = [each for each in asked if each.field in refused.lower()] or asked
        return self.without(each.field for each in meant)

    def without(self, names: Iterable[str]) -> EipSpec:
        """The same with these texts left out."""
        left_out: dict[str, Any] = dict.fromkeys(names, "")
        return replace(self, **left_out)

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two specs one wish: what is asked for, and the fields that always counted."""
        return {
            each.name: value
            for each in fields(self)
            if (value := getattr(self, each.name)) != each.default or each.name in _ALWAYS_COUNTED
        }


_ALWAYS_COUNTED = frozenset(
    {"bandwidth", "internet_charge_type", "isp", "pool_id", "resource_group_id", "name", "description"}
    | {"bandwidth_package_id", "security_protection", "tags"}
)
"""The fields of the first release, which are in each ClientToken. A later one joins a token only when it is set, so
that a new version of eipctl repeats an unanswered call of the old one with the same token. Nothing is added here."""

WITH_EIP = Setting(
    name="pod-with-eip",
    older=K8S + "eci-with-eip",
    parse=values.flag,
    option=Option("eip", "--eip", "Give each Pod an EIP.", switch=True),
    terway=FIRST_WITH_EIP,
)
INSTANCE_ID = Setting(
    name="pod-eip-instanceid",
    older=K8S + "eci-eip-instanceid",
    parse=values.allocation_id,
    option=Option("instance_id", "--instance-id", "Use this EIP.", "eip-…"),
    terway=FIRST_WITH_EIP,
)
POOL = Setting(
    name="pool",
    prefix=EIPCTL,
    parse=values.pool_name,
    option=Option("pool_of_eips", "--pool-of-eips", "An EIP of this pool (see: eipctl pool --help).", "NAME"),
)
POOL_OVERFLOW = Setting(
    name="pool-overflow",
    prefix=EIPCTL,
    parse=values.one_of("buy"),
    option=Option("pool_overflow", "--pool-overflow", "Allocate an EIP when the pool has no free one.", "buy"),
)
INSTANCE_CHARGE_TYPE = Setting(name="eip-instance-charge-type", parse=values.one_of("PostPaid"))
RELEASE_STRATEGY = Setting(
    name="pod-eip-release-strategy",
    parse=values.strategy,
    default="Follow",
    option=Option(
        "release_strategy", "--release-strategy", "When to release the EIP after its Pod: Follow, Never or 10m."
    ),
)

OF_EIP = tuple(replace(each.metadata["setting"], field=each.name) for each in fields(EipSpec))
"""The settings that say what an EIP is like."""

ASKING = (WITH_EIP, INSTANCE_ID, POOL, POOL_OVERFLOW)
"""The settings that ask for an EIP, and say which."""

SETTINGS: tuple[Setting, ...] = (*ASKING, *OF_EIP, INSTANCE_CHARGE_TYPE, RELEASE_STRATEGY)
MODIFIABLE = tuple(setting for setting in OF_EIP if setting.change is ChangedBy.MODIFY)
PERMITTED = tuple(setting for setting in OF_EIP if setting.permitted)
COSMETIC = tuple(setting for setting in OF_EIP if setting.cosmetic)
OPTIONS = tuple((setting, setting.option) for setting in SETTINGS if setting.option)
"""With their options of `eipctl annotate`, in the order of its help."""

BY_FIELD = {setting.field: setting for setting in OF_EIP}
BY_NAME = {setting.name: setting for setting in SETTINGS}
BANDWIDTH, TAGS = BY_FIELD["bandwidth"], BY_FIELD["tags"]
CHARGE_TYPE = BY_FIELD["internet_charge_type"]
