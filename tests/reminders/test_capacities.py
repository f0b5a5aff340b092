"""Structures are asked twice a year: those in place, once for each half-year, never once they confirmed or said no."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import outbox
from portal.accounts.models import Account, Membership
from portal.alerts import services as alerts
from portal.alerts import stops
from portal.directory import services as directory
from portal.directory.models import Organisation
from portal.directory.rules import capacity_due_on
from portal.directory.services import CapacityFacts
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.filters import FILTERS
from portal.outbox import Mail, Spared
from portal.outbox.models import Message
from portal.reminders.capacities import emails, services
from portal.reminders.capacities.rules import is_asked, step_reached
from portal.vocabulary import PERMISSIONS_OF, AlertKind, CapacityBand, Role, Trade
from tests.directory.organisations import NOW, organisation

FACTS = CapacityFacts({Trade.CLEANING: CapacityBand.FROM_1500})
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(DAYS, st.none() | DAYS, st.integers(0, 3000))
def test_a_step_is_never_ahead_and_comes_back_every_six_months(
    known_since: date, confirmed_on: date | None, days: int
) -> None:
    start = confirmed_on or known_since
    day = start + timedelta(days)
    step = step_reached(confirmed_on, known_since, day)
    first = capacity_due_on(confirmed_on) if confirmed_on else known_since + timedelta(7)
    assert (step is None) == (day < first)
    if step is not None:
        assert first <= step <= day < capacity_due_on(step) + timedelta(4)
        assert is_asked(confirmed_on, step)
        assert not is_asked(day, step)


@pytest.fixture(autouse=True)
def mailing(config: Config) -> None:
    stops.use(config)
    outbox.configure(ROOT / "templates", config.base_url, filters=FILTERS, portal_name="Achats")


def _person(session: Session, structure: Organisation, name: str = "claire", since: datetime = NOW) -> Account:
    account = Account(email=f"{name}@{structure.siret}.example", display_name=name, created_at=NOW, confirmed_at=NOW)
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, organisation_id=structure.id, role=Role.STRUCTURE, since=since))
    session.commit()
    return account


def _acting(account: Account, structure: Organisation) -> Actor:
    held = frozenset({Role.STRUCTURE})
    return Actor(account.id, "Claire", structure.id, structure.name, held, PERMISSIONS_OF[Role.STRUCTURE])


def _ask(session: Session, now: datetime) -> int:
    promised = services.promise(session, services.due(session, now=now), actor=SYSTEM, now=now)
    session.commit()
    session.expire_all()
    return promised


def _composed(session: Session, now: datetime) -> list[Mail | Spared]:
    messages = session.scalars(select(Message).order_by(Message.id)).all()
    return [emails.capacity_due(session, message.ids, now) for message in messages]


def test_never_told_then_confirmed_then_six_months_later(session: Session) -> None:
    structure = organisation(session)
    claire = _person(session, structure)
    week, year = NOW + timedelta(days=7), NOW + timedelta(days=365)
    assert _ask(session, NOW) == 0
    assert _ask(session, week) == 1
    assert _ask(session, week + timedelta(days=1)) == 0
    (first,) = _composed(session, week)
    assert isinstance(first, Mail)
    assert "trois minutes" in first.text
    assert first.unsubscribe_url is not None
    assert first.unsubscribe_url in first.text
    directory.tell_capacity(session, structure, FACTS, expected_version=0, actor=_acting(claire, structure), now=week)
    session.commit()
    assert isinstance(_composed(session, week)[0], Spared)
    assert _ask(session, week + timedelta(days=100)) == 0
    assert _ask(session, year) == 1
    again = _composed(session, year)[1]
    assert isinstance(again, Mail)
    assert "1\u202f500 à 3\u202f500" in again.text


def test_each_person_once_for_a_half_year_and_nobody_who_left(session: Session) -> None:
    structure = organisation(session)
    _person(session, structure)
    left = _person(session, structure, "ancien")
    session.scalars(select(Membership).where(Membership.account_id == left.id)).one().until = NOW + timedelta(1)
    session.commit()
    week = NOW + timedelta(days=7)
    assert _ask(session, week) == 1
    _person(session, structure, "nouvelle", since=week)
    assert _ask(session, week + timedelta(days=4)) == 1
    session.scalars(select(Membership)).first().until = week  # type: ignore[union-attr]
    session.commit()
    assert sum(isinstance(each, Spared) for each in _composed(session, week + timedelta(days=4))) == 1


def test_whoever_said_no_is_asked_no_more(session: Session) -> None:
    structure = organisation(session)
    claire = _person(session, structure)
    week = NOW + timedelta(days=7)
    assert _ask(session, week) == 1
    alerts.stop(session, structure.id, [AlertKind.CAPACITIES], actor=_acting(claire, structure), now=week)
    session.commit()
    assert isinstance(_composed(session, week)[0], Spared)
    assert _ask(session, NOW + timedelta(days=200)) == 0


def test_nothing_leaves_on_a_sunday(session: Session) -> None:
    _person(session, organisation(session))
    assert _ask(session, datetime.fromisoformat("2026-12-13T08:00:00+00:00")) == 0
