"""Hours from an amount: the guides' example, never a division by zero, and more money never means fewer hours."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import RuleViolation
from portal.requests.estimates import DEFAULTS, Coefficients, Origin, Tried, estimate
from portal.vocabulary import Trade

AMOUNTS = st.decimals(0, 10**9, places=2)
MONTHS = st.none() | st.integers(1, 600)
CHOSEN = st.builds(
    Coefficients,
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.decimals(5, 500, places=2),
    st.decimals(0, 500, places=2),
)


def test_the_example_of_the_guides() -> None:
    made = estimate(Decimal(1_000_000), 12, DEFAULTS[Trade.BUILDING])
    assert (made.insertion_hours, made.work_hours_per_year) == (Decimal(833), Decimal(16_667))
    assert made.cost == Decimal(1_000_000) + 833 * 3
    assert made.rounded_cost == 1_010_000


@given(AMOUNTS, AMOUNTS, MONTHS, CHOSEN)
def test_more_money_never_means_fewer_hours(
    one: Decimal, other: Decimal, months: int | None, chosen: Coefficients
) -> None:
    small, large = (estimate(amount, months, chosen) for amount in sorted((one, other)))
    assert 0 <= small.insertion_hours <= large.insertion_hours
    assert small.work_hours <= large.work_hours
    assert small.insertion_hours <= small.work_hours
    assert small.cost >= small.amount
    assert small.cost <= small.rounded_cost <= max(small.cost * Decimal("1.01"), small.cost + 1)
    assert (small.work_hours_per_year is None) == (months is None)


@given(AMOUNTS, MONTHS, CHOSEN, st.integers(0, 10_000))
def test_a_larger_share_never_means_fewer_hours(
    amount: Decimal, months: int | None, chosen: Coefficients, share: int
) -> None:
    low, high = sorted((chosen.labour_share, share))
    fewer, more = (estimate(amount, months, Tried(labour_share=each).on(chosen)) for each in (low, high))
    assert fewer.insertion_hours <= more.insertion_hours


@pytest.mark.parametrize(
    "wrong",
    [(-1, 0, "30", "0"), (10_001, 0, "30", "0"), (0, 10_001, "30", "0"), (0, 0, "0", "0"), (0, 0, "30", "-1")],
)
def test_what_makes_no_sense_is_refused(wrong: tuple[int, int, str, str]) -> None:
    share, rate, cost, support = wrong
    with pytest.raises(RuleViolation):
        Coefficients(share, rate, Decimal(cost), Decimal(support))


def test_every_trade_has_coefficients_that_say_where_they_come_from() -> None:
    assert set(DEFAULTS) == set(Trade)
    sourced = {trade for trade, each in DEFAULTS.items() if each.origin is Origin.SOURCED}
    assert sourced == {Trade.BUILDING}
    assert Tried().on(DEFAULTS[Trade.FOOD]) is DEFAULTS[Trade.FOOD]
    assert Tried(hourly_cost=Decimal(40)).on(DEFAULTS[Trade.FOOD]).origin is Origin.TRIED
