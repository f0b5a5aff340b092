"""The portal's clock: UTC instants, civil dates in Paris, a constant shift for the demo."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.kernel import clock

A_MOMENT = timedelta(seconds=5)


@pytest.fixture
def unshifted() -> Iterator[None]:
    yield
    clock.run_from(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("instant", "civil"),
    [
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 22, 30, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_civil_date_is_that_of_paris(instant: datetime, civil: date) -> None:
    assert clock.paris_date(instant) == civil


def test_a_naive_datetime_has_no_civil_date() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.paris_date(datetime(2026, 6, 30, 22, 30))  # noqa: DTZ001


def test_now_is_aware_and_in_utc() -> None:
    assert clock.utc_now().tzinfo is UTC
    assert clock.today() == clock.paris_date(clock.utc_now())


@pytest.mark.usefixtures("unshifted")
def test_a_shifted_clock_shows_another_time_and_runs_on() -> None:
    shown = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)
    clock.run_from(shown, clock.real_utc_now() - timedelta(minutes=10))
    assert abs(clock.utc_now() - (shown + timedelta(minutes=10))) < A_MOMENT
    assert clock.today() == date(2026, 12, 3)


@pytest.mark.usefixtures("unshifted")
def test_one_time_codes_ignore_the_shift() -> None:
    clock.run_from(datetime(2000, 1, 1, tzinfo=UTC), clock.real_utc_now())
    assert abs(clock.real_utc_now() - datetime.now(UTC)) < A_MOMENT
