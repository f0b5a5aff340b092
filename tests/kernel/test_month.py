from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.month import Month, months_between

MONTHS = st.builds(Month, st.integers(1900, 2200), st.integers(1, 12))
STEPS = st.integers(-2000, 2000)


def test_a_month_reads_and_writes_itself() -> None:
    assert str(Month(2026, 3)) == "2026-03"
    assert Month.parse("2026-12") == Month(2026, 12)
    assert Month(2026, 12).label == "décembre 2026"
    assert Month.of(date(2026, 12, 3)) == Month(2026, 12)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "0000-01", "2026-1", "2026/12", " 2026-12", "2026-12-01", "٢٠٢٦-١٢", ""]
)
def test_anything_else_is_not_a_month(text: str) -> None:
    with pytest.raises(ValueError, match="month"):
        Month.parse(text)


def test_december_is_followed_by_january() -> None:
    assert Month(2026, 12) + 1 == Month(2027, 1)
    assert Month(2026, 1) + -1 == Month(2025, 12)


def test_february_knows_leap_years() -> None:
    assert Month(2028, 2).last_day == date(2028, 2, 29)
    assert Month(2027, 2).last_day == date(2027, 2, 28)


@given(MONTHS, STEPS, STEPS)
def test_steps_add_up_and_come_back(month: Month, one: int, other: int) -> None:
    assert month + one + other == month + (one + other)
    assert month + one + -one == month


@given(MONTHS, st.integers(1, 500))
def test_later_months_compare_greater(month: Month, step: int) -> None:
    assert month < month + step
    assert str(month) < str(month + step)


@given(MONTHS)
def test_a_month_starts_the_day_after_the_one_before_ends(month: Month) -> None:
    assert month.last_day + timedelta(days=1) == (month + 1).first_day
    assert Month.of(month.first_day) == Month.of(month.last_day) == month
    assert Month.parse(str(month)) == month


@given(MONTHS, st.integers(-3, 40))
def test_months_follow_one_another_from_the_first_to_the_last(first: Month, steps: int) -> None:
    months = months_between(first, first + steps)
    assert months == [first + rank for rank in range(steps + 1)]
