"""What the month may say, when it is due, and which of its hours are retained. No database, no clock."""

from datetime import date

from portal.kernel.business_days import business_day_from
from portal.kernel.month import Month
from portal.vocabulary import AgeBand


def due_on(month: Month, due_day: int) -> date:
    """That day of the next month, moved to the first business day (domain.md § 0 bis)."""
    return business_day_from(date((month + 1).year, (month + 1).month, due_day))


def age_band_on(born_on: date, day: date) -> AgeBand:
    """How old somebody is on a civil day, in the bands of domain.md § 2.6."""
    age = day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
    if age < 26:
        return AgeBand.UNDER_26
    if age <= 40:
        return AgeBand.FROM_26
    return AgeBand.FROM_41 if age <= 50 else AgeBand.FROM_51
