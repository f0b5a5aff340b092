"""Steps are reached on business days; the latest one not yet told is told."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.business_days import is_business_day
from portal.reminders import rules
from portal.vocabulary import DeclarationState, ReminderStep

EXPECTED, DRAFT, RETURNED = DeclarationState.EXPECTED, DeclarationState.DRAFT, DeclarationState.RETURNED
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
BUSINESS_DAYS = DAYS.filter(is_business_day)
STATES = st.sampled_from(sorted(DeclarationState.awaited()))
STEPS = st.sampled_from(list(ReminderStep))


@pytest.mark.parametrize(
    ("due_on", "step", "reached_on"),
    [
        (date(2026, 12, 10), ReminderStep.FIVE_DAYS_BEFORE, date(2026, 12, 7)),  # 5 December is a Saturday
        (date(2026, 12, 10), ReminderStep.TWO_DAYS_BEFORE, date(2026, 12, 8)),
        (date(2026, 12, 10), ReminderStep.NEXT_DAY, date(2026, 12, 11)),
        (date(2026, 12, 10), ReminderStep.AFTER_A_WEEK, date(2026, 12, 18)),
        (date(2026, 12, 10), ReminderStep.AFTER_TWO_WEEKS, date(2026, 12, 28)),  # Christmas, then a weekend
        (date(2027, 5, 5), ReminderStep.NEXT_DAY, date(2027, 5, 7)),  # Ascension Day
    ],
)
def test_a_step_is_moved_to_the_next_business_day(due_on: date, step: ReminderStep, reached_on: date) -> None:
    assert rules.reached_on(step, due_on) == reached_on


@pytest.mark.parametrize(
    ("day", "expected", "begun"),
    [
        (date(2026, 12, 4), None, None),
        (date(2026, 12, 7), ReminderStep.FIVE_DAYS_BEFORE, ReminderStep.FIVE_DAYS_BEFORE),
        (date(2026, 12, 8), ReminderStep.FIVE_DAYS_BEFORE, ReminderStep.TWO_DAYS_BEFORE),
        (date(2026, 12, 10), ReminderStep.FIVE_DAYS_BEFORE, ReminderStep.TWO_DAYS_BEFORE),
        (date(2026, 12, 11), ReminderStep.NEXT_DAY, ReminderStep.NEXT_DAY),
        (date(2026, 12, 27), ReminderStep.AFTER_A_WEEK, ReminderStep.AFTER_A_WEEK),
        (date(2027, 3, 1), ReminderStep.AFTER_TWO_WEEKS, ReminderStep.AFTER_TWO_WEEKS),
    ],
)
def test_two_days_before_is_for_a_month_that_is_begun(
    day: date, expected: ReminderStep | None, begun: ReminderStep | None
) -> None:
    due_on = date(2026, 12, 10)
    assert rules.latest_reached(EXPECTED, due_on, day) is expected
    assert rules.latest_reached(DRAFT, due_on, day) is begun
    assert rules.latest_reached(RETURNED, due_on, day) is begun


@given(state=st.sampled_from(sorted(set(DeclarationState) - DeclarationState.awaited())), due_on=DAYS, day=DAYS)
def test_a_month_that_is_no_longer_awaited_has_nothing_to_tell(
    state: DeclarationState, due_on: date, day: date
) -> None:
    assert rules.latest_reached(state, due_on, day) is None
    assert rules.next_step(state, due_on, day) is None


@given(state=STATES, due_on=BUSINESS_DAYS, day=BUSINESS_DAYS)
def test_what_is_reached_on_a_business_day_has_its_due_date_in_the_window(
    state: DeclarationState, due_on: date, day: date
) -> None:
    first, last = rules.due_window(day)
    reached = rules.latest_reached(state, due_on, day)
    assert (reached is not None) == (due_on <= last)
    assert due_on >= first or reached is ReminderStep.AFTER_TWO_WEEKS


@given(state=STATES, due_on=BUSINESS_DAYS, day=DAYS)
def test_the_next_step_is_reached_on_its_day_and_not_before(state: DeclarationState, due_on: date, day: date) -> None:
    following = rules.next_step(state, due_on, day)
    if following is None:
        assert rules.latest_reached(state, due_on, day) is ReminderStep.AFTER_TWO_WEEKS
        return
    step, reached = following
    assert reached > day
    assert is_business_day(reached)
    assert rules.is_to_tell(step, [told for told in [rules.latest_reached(state, due_on, day)] if told])
    assert rules.latest_reached(state, due_on, reached - timedelta(days=1)) == rules.latest_reached(state, due_on, day)


@given(latest=STEPS, told=st.sets(STEPS))
def test_a_step_is_never_told_twice_nor_after_a_later_one(latest: ReminderStep, told: set[ReminderStep]) -> None:
    in_order = ReminderStep.in_order()
    assert rules.is_to_tell(latest, told) == all(in_order.index(each) < in_order.index(latest) for each in told)
