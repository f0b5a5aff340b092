"""Business days in metropolitan France: Monday to Friday, but for the public holidays."""

from datetime import date, timedelta
from functools import cache


def is_business_day(day: date) -> bool:
    """Public holidays are those of the code du travail, art. L3133-1; those of Alsace-Moselle are not counted."""
    return day.weekday() < 5 and holiday_name(day) is None


def holiday_name(day: date) -> str | None:
    """« Jeudi de l’Ascension », or None."""
    return _holidays_of(day.year).get(day)


def business_day_from(day: date) -> date:
    """That day, or the first business day after it."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


@cache
def _holidays_of(year: int) -> dict[date, str]:
    from holidays import country_holidays  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    return dict(country_holidays("FR", years=year))
