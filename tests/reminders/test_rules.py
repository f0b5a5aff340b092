"""Steps are reached on business days; the latest one not yet told is told."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.business_days import is_business_day
from portal.reminders import rules
from portal.reminders.rules import Awaited
from portal.vocabulary import DeclarationState, ReminderStep

EXPECTED, DRAFT, RETURNED = DeclarationState.EXPECTED, DeclarationState.DRAFT, DeclarationState.RETURNED
BEFORE, DRAFT_ONLY, NEXT, WEEK, FORTNIGHT = ReminderStep.in_order()
DUE = date(2026, 12, 10)
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
BUSINESS_DAYS = DAYS.filter(is_business_day)
STATES = st.sampled_from(sorted(DeclarationState.awaited()))
MONTHS = st.builds(Awaited, STATES, BUSINESS_DAYS, st.none() | DAYS)
STEPS = st.sampled_from(list(ReminderStep))


@pytest.mark.parametrize(
    ("due_on", "step", "reached_on"),
    [
        (DUE, BEFORE, date(2026, 12, 7)),  # 5 December is a Saturday
        (DUE, DRAFT_ONLY, date(2026, 12, 8)),
        (DUE, NEXT, date(2026, 12, 11)),
        (DUE, WEEK, date(2026, 12, 18)),
        (DUE, FORTNIGHT, date(2026, 12, 28)),  # Christmas, then a weekend
        (date(2027, 5, 5), NEXT, date(2027, 5, 7)),  # Ascension Day
    ],
)
def test_a_step_is_moved_to_the_next_business_day(due_on: date, step: ReminderStep, reached_on: date) -> None:
    assert Awaited(DRAFT, due_on).reaches(step) == reached_on


def latest(month: Awaited, day: date) -> ReminderStep | None:
    reached = rules.latest_reached(month, day)
    return reached and reached[0]


@pytest.mark.parametrize(
    ("day", "expected", "begun"),
    [
        (date(2026, 12, 4), None, None),
        (date(2026, 12, 7), BEFORE, BEFORE),
        (date(2026, 12, 8), BEFORE, DRAFT_ONLY),
        (date(2026, 12, 10), BEFORE, DRAFT_ONLY),
        (date(2026, 12, 11), NEXT, NEXT),
        (date(2026, 12, 27), WEEK, WEEK),
        (date(2027, 3, 1), FORTNIGHT, FORTNIGHT),
    ],
)
def test_two_days_before_is_for_a_month_that_is_begun(
    day: date, expected: ReminderStep | None, begun: ReminderStep | None
) -> None:
    assert latest(Awaited(EXPECTED, DUE), day) is expected
    assert latest(Awaited(DRAFT, DUE), day) is begun
    assert latest(Awaited(RETURNED, DUE, date(2026, 12, 1)), day) is begun


@pytest.mark.parametrize(
    ("sent_back_on", "day", "step"),
    [
        (date(2026, 12, 7), date(2026, 12, 7), None),
        (date(2026, 12, 7), date(2026, 12, 8), DRAFT_ONLY),
        (date(2026, 12, 21), date(2026, 12, 21), None),
        (date(2026, 12, 21), date(2026, 12, 22), NEXT),
        (date(2026, 12, 21), date(2026, 12, 29), WEEK),
        (date(2026, 12, 21), date(2027, 1, 5), FORTNIGHT),
    ],
)
def test_a_month_sent_back_starts_anew(sent_back_on: date, day: date, step: ReminderStep | None) -> None:
    assert latest(Awaited(RETURNED, DUE, sent_back_on), day) is step


@given(state=st.sampled_from(sorted(set(DeclarationState) - DeclarationState.awaited())), due_on=DAYS, day=DAYS)
def test_a_month_that_is_no_longer_awaited_has_nothing_to_tell(
    state: DeclarationState, due_on: date, day: date
) -> None:
    assert rules.latest_reached(Awaited(state, due_on), day) is None
    assert rules.next_step(Awaited(state, due_on), day) is None


@given(month=MONTHS, day=BUSINESS_DAYS)
def test_what_is_reached_on_a_business_day_has_its_due_date_in_the_window(month: Awaited, day: date) -> None:
    first, last = rules.due_window(day)
    if rules.latest_reached(month, day) is not None:
        assert month.due_on <= last
    if month.due_on < first and month.sent_back_on is None:
        assert latest(month, day) is FORTNIGHT


@given(month=MONTHS, day=DAYS)
def test_the_next_step_is_reached_on_its_day_and_not_before(month: Awaited, day: date) -> None:
    following = rules.next_step(month, day)
    if following is None:
        assert latest(month, day) is FORTNIGHT or month.since - day < -timedelta(days=15)
        return
    step, reached_on = following
    assert reached_on > day
    assert is_business_day(reached_on)
    assert rules.latest_reached(month, reached_on) == following
    assert latest(month, reached_on - timedelta(days=1)) is latest(month, day)
    assert rules.is_to_tell(step, [told for told in [latest(month, day)] if told])


@given(step=STEPS, told=st.sets(STEPS))
def test_a_step_is_never_told_twice_nor_after_a_later_one(step: ReminderStep, told: set[ReminderStep]) -> None:
    in_order = ReminderStep.in_order()
    assert rules.is_to_tell(step, told) == all(in_order.index(each) < in_order.index(step) for each in told)
