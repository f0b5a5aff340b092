"""When messages leave: planned instants in Paris, whatever the clocks do."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.alerts import rules
from portal.forecast.listing.selection import read_selection
from portal.kernel.clock import PARIS
from portal.vocabulary import Frequency

INSTANTS = st.integers(0, 9 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
GATHERED = st.sampled_from([Frequency.DAILY, Frequency.WEEKLY])
LONGEST = {Frequency.DAILY: timedelta(days=1, hours=1), Frequency.WEEKLY: timedelta(days=7, hours=1)}


@given(GATHERED, INSTANTS)
def test_what_is_noted_leaves_at_the_next_planned_morning(frequency: Frequency, noted_at: datetime) -> None:
    due = rules.due_at(frequency, noted_at)
    local = due.astimezone(PARIS)
    assert local.time() == time(7, 30)
    assert timedelta(0) < due - noted_at <= LONGEST[frequency]
    assert frequency is Frequency.DAILY or local.weekday() == 0


@given(GATHERED, INSTANTS, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_later_never_leaves_earlier(frequency: Frequency, noted_at: datetime, after: timedelta) -> None:
    first, second = rules.due_at(frequency, noted_at), rules.due_at(frequency, noted_at + after)
    assert first <= second
    if noted_at + after < first:
        assert first == second, "no planned instant between the two: they leave together"


@pytest.mark.parametrize(
    ("noted", "daily", "weekly"),
    [
        ("2027-03-27T22:00", "2027-03-28T07:30", "2027-03-29T07:30"),
        ("2027-03-28T02:30", "2027-03-28T07:30", "2027-03-29T07:30"),
        ("2026-10-25T01:59", "2026-10-25T07:30", "2026-10-26T07:30"),
        ("2026-12-07T07:29", "2026-12-07T07:30", "2026-12-07T07:30"),
        ("2026-12-07T07:30", "2026-12-08T07:30", "2026-12-14T07:30"),
    ],
)
def test_clocks_that_change_move_nothing(noted: str, daily: str, weekly: str) -> None:
    def paris(written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=PARIS)

    assert rules.due_at(Frequency.DAILY, paris(noted)) == paris(daily)
    assert rules.due_at(Frequency.WEEKLY, paris(noted)) == paris(weekly)
    assert rules.due_at(Frequency.AT_ONCE, paris(noted)) == paris(noted)


@given(st.lists(INSTANTS, max_size=30))
def test_gathering_more_never_sends_more(instants: list[datetime]) -> None:
    at_once, daily, weekly = (rules.messages_for(each, instants) for each in rules.SEARCH_FREQUENCIES)
    assert weekly <= daily <= at_once <= len(instants)
    assert bool(weekly) is bool(instants)


def test_a_search_hears_of_what_it_looks_at_alone() -> None:
    by_trade = rules.fields_that_enter(read_selection([("metier", "nettoyage-et-proprete")]))
    assert "hours" not in by_trade
    assert {"published", "lot_added"} <= by_trade
    assert "planned" in rules.fields_that_enter(read_selection([("periode", "2027-T2")]))
    assert {"title", "places"} <= rules.fields_that_enter(read_selection([("q", "jardin")]))
