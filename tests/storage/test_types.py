from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from portal.kernel.month import Month
from portal.vocabulary import Reservation
from tests.storage.trial import TrialLot

SAFE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

amounts = st.integers(-(10**14), 10**14).map(lambda cents: Decimal(cents) / 100)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001 — bounds are naive
months = st.builds(Month, st.integers(1900, 2200), st.integers(1, 12))


def stored(connection: Connection, **values: Any) -> TrialLot:
    """The lot as read again from the database."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        session.query(TrialLot).delete()
        lot = TrialLot(number=1, **values)
        session.add(lot)
        session.flush()
        session.expire(lot)
        session.refresh(lot)
        session.expunge(lot)
        session.commit()
    return lot


@SAFE
@given(amounts, amounts, instants, months, st.sampled_from(Reservation))
def test_what_is_stored_is_read_back(
    trial: Connection, amount: Decimal, hours: Decimal, at: datetime, month: Month, reservation: Reservation
) -> None:
    lot = stored(trial, amount=amount, hours=hours, at=at, month=month, reservation=reservation)

    assert (lot.amount, lot.hours, lot.month, lot.reservation) == (amount, hours, month, reservation)
    assert lot.at == at
    assert lot.at is not None
    assert lot.at.tzinfo is UTC
    assert isinstance(lot.amount, Decimal)
    assert isinstance(lot.reservation, Reservation)


def test_nothing_is_stored_as_nothing(trial: Connection) -> None:
    lot = stored(trial)

    assert (lot.amount, lot.hours, lot.at, lot.month) == (None, None, None, None)


def test_money_is_stored_as_whole_cents(trial: Connection) -> None:
    stored(trial, amount=Decimal("1234.56"))

    assert trial.scalar(text("SELECT amount FROM trial_lot")) == 123_456


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal("12.345"), Decimal("NaN"), 0.1])
def test_a_fraction_of_a_cent_is_refused(trial: Connection, amount: Any) -> None:
    with pytest.raises(StatementError, match="two decimal places"):
        stored(trial, amount=amount)


def test_sums_and_comparisons_of_money_are_money(trial: Connection) -> None:
    stored(trial, amount=Decimal("10.10"))

    assert trial.scalar(select(func.sum(TrialLot.amount))) == Decimal("10.10")
    assert trial.scalar(select(TrialLot.amount + Decimal("0.05"))) == Decimal("10.15")
    assert trial.scalar(select(TrialLot.amount - TrialLot.amount)) == 0
    assert trial.scalar(select(func.coalesce(func.sum(TrialLot.amount + TrialLot.amount), 0))) == Decimal("20.20")
    assert trial.scalar(select(TrialLot.id).where(TrialLot.amount > Decimal("10.09"))) is not None
    assert trial.scalar(select(TrialLot.id).where(TrialLot.amount > Decimal("10.10"))) is None


def test_money_is_multiplied_by_a_plain_number(trial: Connection) -> None:
    stored(trial, amount=Decimal("10.10"))

    assert trial.scalar(select(TrialLot.amount * 3)) == Decimal("30.30")
    assert trial.scalar(select(TrialLot.amount * TrialLot.number)) == Decimal("10.10")


def test_money_is_not_divided_by_the_database() -> None:
    with pytest.raises(TypeError, match="divided in Python"):
        TrialLot.amount / 3


def test_instants_are_refused_without_their_time_zone(trial: Connection) -> None:
    with pytest.raises(StatementError, match="time zone"):
        stored(trial, at=datetime(2026, 12, 3, 9, 0))  # noqa: DTZ001


def test_instants_compare_across_time_zones(trial: Connection) -> None:
    stored(trial, at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    same = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))

    assert trial.scalar(select(TrialLot.id).where(TrialLot.at == same)) is not None
    assert trial.scalar(select(TrialLot.id).where(TrialLot.at > same)) is None


def test_months_sort_in_time(trial: Connection) -> None:
    stored(trial, month=Month(2026, 12))

    assert trial.scalar(select(TrialLot.id).where(TrialLot.month < Month(2027, 1))) is not None
    assert trial.scalar(select(TrialLot.id).where(TrialLot.month > Month(2026, 9))) is not None


def test_the_code_is_stored_and_never_the_label(trial: Connection) -> None:
    stored(trial, reservation=Reservation.HANDICAP)

    assert trial.scalar(text("SELECT reservation FROM trial_lot")) == "handicap"


def test_a_code_out_of_the_list_is_refused_before_the_database(trial: Connection) -> None:
    with pytest.raises(StatementError, match="not among the defined enum values"):
        stored(trial, reservation="reserved")


@pytest.mark.parametrize("code", ["reserved", "", "HANDICAP", "Réservé au travail adapté", "x" * 41])
def test_a_code_out_of_the_list_is_refused_by_the_database(trial: Connection, code: str) -> None:
    stored(trial)

    with pytest.raises((IntegrityError, DataError)), trial.begin_nested():
        trial.execute(text("UPDATE trial_lot SET reservation = :code"), {"code": code})
