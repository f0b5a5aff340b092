"""Business days follow the State's own table of public holidays."""

import csv
from datetime import date
from pathlib import Path

import pytest

from portal.kernel.business_days import business_day_from, holiday_name, is_business_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 10), date(2026, 12, 10)),  # a Thursday
        (date(2026, 10, 10), date(2026, 10, 12)),  # a Saturday
        (date(2026, 4, 4), date(2026, 4, 7)),  # the Saturday before Easter Monday
        (date(2026, 12, 25), date(2026, 12, 28)),  # Christmas, a Friday
        (date(2027, 1, 1), date(2027, 1, 4)),
    ],
)
def test_a_day_moves_to_the_first_business_day(day: date, expected: date) -> None:
    assert business_day_from(day) == expected


def test_holidays_are_those_of_the_state(shared_data: Path) -> None:
    path = shared_data / "calendrier" / "jours_feries_metropole.csv"
    with path.open(encoding="utf-8", newline="") as file:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    years = {day.year for day in listed if 2014 <= day.year <= 2028}
    assert years
    for day in listed:
        if day.year in years:
            assert holiday_name(day), day
            assert not is_business_day(day)
    for year in years:
        assert len([day for day in listed if day.year == year]) == sum(
            holiday_name(date.fromordinal(ordinal)) is not None
            for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
        )
