"""A file of prices: what it says, and what can't be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.cost import list_rates
from eipctl.domain.settings import EipSpec
from eipctl.engine.prices import rates

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """A file for two regions."""
    path = tmp_path / "prices.yaml"
    path.write_text(WHOLE)
    return path


def test_without_a_file_the_list_counts() -> None:
    """Of the region; of mainland China where it is not listed."""
    assert rates(None, "cn-hongkong") == list_rates("cn-hongkong") != list_rates("cn-hangzhou") == list_rates("")
    assert rates(None, "cn-hangzhou").told == "list prices of 2021-07"


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
        (WHOLE + "currency: CNY\n", "cn-hangzhou", "its currency is CNY, and eipctl counts in USD"),
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
