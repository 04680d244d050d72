"""A file of prices: what it says, and what can't be believed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.cost import list_rates
from eipctl.domain.settings import EipSpec
from eipctl.engine import prices as price_files

if TYPE_CHECKING:
    from pathlib import Path

    from eipctl.domain.cost import Rates

TODAY = date(2026, 11, 30)
TEN = EipSpec(bandwidth=10, internet_charge_type="PayByBandwidth")
WHOLE = """
as_of: 2026-11-01
regions:
  cn-hangzhou:
    configuration_per_hour: 0.01
    configuration_per_day: 1
    bandwidth_per_day: [2, 3]
    more_bandwidth_per_day: 0.5
    association: 0.2
  cn-beijing: {configuration_per_hour: 0.02}
"""


def rates(name: str | None, region: str) -> Rates:
    return price_files.rates(name, region, TODAY)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """A file for two regions."""
    path = tmp_path / "prices.yaml"
    path.write_text(WHOLE)
    return path


def test_without_a_file_the_list_counts() -> None:
    """Of the region; of mainland China where it is not listed."""
    assert list_rates("cn-hongkong") != list_rates("cn-hangzhou") == list_rates("")
    for region in ("cn-hongkong", "cn-hangzhou"):
        assert rates(None, region).per_month(EipSpec()) == list_rates(region).per_month(EipSpec())


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2021, 8, 1), "list prices of 2021-07"),
        (date(2022, 6, 30), "list prices of 2021-07"),
        (date(2022, 7, 1), "list prices of 2021-07, 1 year old"),
        (TODAY, "list prices of 2021-07, 5 years old"),
    ],
)
def test_the_list_says_how_old_it_is(today: date, told: str) -> None:
    """In whole years; nothing in the first."""
    assert price_files.rates(None, "cn-hangzhou", today).told == told


def test_prices_are_in_the_currency_of_the_file(prices: Path) -> None:
    """And what the file leaves out is not known: the list is in another currency."""
    prices.write_text("as_of: 2026-11-01\ncurrency: CNY\nregions: {a: {configuration_per_hour: 0.02}}")
    found = rates(str(prices), "a")
    assert found.amount(1234.5) == "CNY 1,234.50"
    assert found.price(EipSpec()) == pytest.approx(0.02 * 730)
    assert (found.price(TEN), found.know(TEN), found.per_month(TEN), found.association) == (None, False, 0.0, None)


@pytest.mark.parametrize(
    ("bandwidths", "ten"),
    [("[2, 3]", None), ("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", 11 * 365 / 12), ("[2, 3], more_bandwidth_per_day: 1", 365)],
)
def test_a_price_is_known_as_far_as_the_file_goes(prices: Path, bandwidths: str, ten: float | None) -> None:
    """Of bandwidths above the listed ones only with the price of each further Mbit/s."""
    fees = f"{{configuration_per_day: 1, bandwidth_per_day: {bandwidths}}}"
    prices.write_text(f"as_of: 2026-11-01\ncurrency: CNY\nregions: {{a: {fees}}}")
    assert rates(str(prices), "a").price(TEN) == (None if ten is None else pytest.approx(ten))


def test_a_line_type_has_prices_of_its_own(prices: Path) -> None:
    """What is not given for it costs as in the region; an EIP without a line type is of BGP."""
    prices.write_text(
        "{as_of: 2026-11-01, currency: CNY, regions: {a: {configuration_per_hour: 0.02, bandwidth_per_day: [1],"
        " isps: {BGP_PRO: {configuration_per_hour: 0.05}, BGP: {configuration_per_hour: 0.03}}}}}"
    )
    found = rates(str(prices), "a")
    hourly = {isp: found.per_month(EipSpec(isp=isp)) / 730 for isp in ("BGP_PRO", "BGP", "", "ChinaTelecom")}
    assert hourly == pytest.approx({"BGP_PRO": 0.05, "BGP": 0.03, "": 0.03, "ChinaTelecom": 0.02})
    assert found.isps["BGP_PRO"].bandwidth_per_day == (1.0,)


def test_the_file_says_what_an_eip_costs(prices: Path) -> None:
    """By traffic an hour's fee; by bandwidth a day's fee, the listed Mbit/s, and each one above."""
    found = rates(str(prices), "cn-hangzhou")
    assert found.per_month(EipSpec()) == pytest.approx(0.01 * 730)
    assert found.per_month(TEN) == pytest.approx((1 + 3 + 8 * 0.5) * 365 / 12)
    assert found.association == 0.2
    assert found.told == "prices in prices.yaml of 2026-11-01"


def test_what_the_file_leaves_out_costs_as_in_the_list(prices: Path) -> None:
    """Prices of a region one by one."""
    found = rates(str(prices), "cn-beijing")
    assert found.per_month(EipSpec()) == pytest.approx(0.02 * 730)
    assert found.per_month(TEN) == list_rates("cn-beijing").per_month(TEN)


@pytest.mark.parametrize(
    ("text", "region", "why"),
    [
        (WHOLE, "us-east-1", "it has no region 'us-east-1', but cn-beijing, cn-hangzhou"),
        (WHOLE, "", "the region is not known"),
        (WHOLE + "currency: yuan\n", "cn-hangzhou", "Expected `str` matching regex '^[A-Z]{3}$' - at `$.currency`"),
        ("as_of: 2026-11-01\nregions: {a: {isps: {BGP: {isps: {}}}}}", "a", "unknown field `isps`"),
        ("regions: {}", "cn-hangzhou", "missing required field `as_of`"),
        ("as_of: 2026-11-01\nregions: {}", "cn-hangzhou", "it has no region 'cn-hangzhou', but none"),
        ("as_of: 2026-11-01\nregions: {a: {fee: 1}}", "a", "unknown field `fee`"),
        ("as_of: 2026-11-01\nregions: {a: {association: -1}}", "a", "Expected `float` >= 0"),
        ("as_of: 2026-11-01\nregions: {a: {association: .nan}}", "a", "Expected `float`"),
        ("as_of: 2026-11-01\nregions: {a: {association: .inf}}", "a", "Expected `float` <= 1000000"),
        ("as_of: 2026-11-01\nregions: {a: {bandwidth_per_day: []}}", "a", "Expected `array` of length >= 1"),
        ("as_of: 2026-11-01\nregions: {a: {association: '1'}}", "a", "Expected `float | null`, got `str`"),
        ("as_of: [", "a", "it is not YAML"),
        ("\x00", "a", "it is not YAML"),
        ("", "a", "Expected `object`, got `null`"),
    ],
)
def test_what_can_not_be_believed_is_refused(prices: Path, text: str, region: str, why: str) -> None:
    """Money told by wrong prices would mislead, and so would a budget."""
    prices.write_text(text)
    with pytest.raises(UsageError) as raised:
        rates(str(prices), region)
    assert raised.value.code is Code.PRICE_FILE
    assert why in raised.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With what the system says of it."""
    with pytest.raises(UsageError, match=r"gone\.yaml can't be used: No such file or directory"):
        rates(str(tmp_path / "gone.yaml"), "cn-hangzhou")
