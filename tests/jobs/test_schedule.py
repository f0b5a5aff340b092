"""Which instants a job is planned for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.jobs import Job
from portal.kernel.clock import PARIS

SCHEDULES = {
    "every ten seconds": {"second": "*/10"},
    "every five minutes": {"minute": "*/5"},
    "every hour": {"minute": 7},
    "every day": {"hour": 3, "minute": 30},
    "every day in the hour that spring skips and autumn repeats": {"hour": 2, "minute": 30},
    "every Monday": {"day_of_week": "mon", "hour": 7},
    "every month": {"day": 1, "hour": 5},
    "every year": {"month": 1, "day": 15, "hour": 6},
}
INSTANTS = st.integers(0, 4 * 366 * 86_400_000).map(
    lambda milliseconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def job(schedule: dict[str, int | str]) -> Job:
    return Job("test", schedule, lambda _now, _dry_run: {}, "Essayer")


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@given(now=INSTANTS)
def test_the_planned_instant_is_the_last_one_until_now(schedule: dict[str, int | str], now: datetime) -> None:
    planned = job(schedule).planned_at(now)
    assert planned is not None
    assert planned <= now
    following = job(schedule).trigger.get_next_fire_time(planned, planned + timedelta(microseconds=1))
    assert now < following


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@given(now=INSTANTS)
def test_whoever_asks_between_two_planned_instants_is_told_the_same(
    schedule: dict[str, int | str], now: datetime
) -> None:
    planned = job(schedule).planned_at(now)
    assert planned is not None
    assert job(schedule).planned_at(planned) == planned


def test_a_day_is_a_day_in_paris() -> None:
    daily = job({"hour": 0, "minute": 5})
    at_night_in_june = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert daily.planned_at(at_night_in_june) == datetime(2026, 7, 1, 0, 5, tzinfo=PARIS)


def test_a_job_that_was_never_due_has_no_planned_instant() -> None:
    assert job({"year": 2040}).planned_at(datetime(2026, 12, 3, tzinfo=UTC)) is None
