"""The portal's clock: the only module that reads the time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class _Shift:
    """How far the portal's clock stands from the real one."""

    by = timedelta()


def real_utc_now() -> datetime:
    """The real instant, whatever the demo shows: for one-time codes only."""
    return datetime.now(UTC)


def utc_now() -> datetime:
    """The instant the portal lives in, aware, in UTC."""
    return real_utc_now() + _Shift.by


def today() -> date:
    """The civil date in Paris."""
    return paris_date(utc_now())


def paris_date(instant: datetime) -> date:
    """The civil date in Paris of an aware instant: at 22:30 UTC on 30 June, 1 July.

    Raises ValueError for a naive instant.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    return instant.astimezone(PARIS).date()


def run_from(shown: datetime, real: datetime) -> None:
    """Make the portal's clock show `shown` when the real one shows `real`, then run on (demo)."""
    _Shift.by = shown - real
