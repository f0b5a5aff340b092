"""When people work: weekdays, in office hours, Paris time."""

from datetime import date, datetime, timedelta
from random import Random

from portal.kernel.clock import PARIS


def weekday(day: date) -> date:
    """The day itself, or the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def working_instant(random: Random, day: date) -> datetime:
    """Some minute of that day's office hours, or of the Friday before."""
    worked = weekday(day)
    return datetime(worked.year, worked.month, worked.day, random.randint(9, 16), random.randint(0, 59), tzinfo=PARIS)
