"""Whose capacity is to be read again, and by whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.alerts.models import AlertPreference
from portal.directory.models import CapacityStatement
from portal.kernel.clock import paris_date
from portal.outbox.models import Message
from portal.vocabulary import AccountState, AlertKind, Frequency, Role


@dataclass(frozen=True)
class Person:
    """Someone who may tell the capacity of a structure, and what it last said."""

    organisation_id: int
    account_id: int
    email: str
    confirmed_on: date | None
    known_since: date
    """Since when somebody there may tell it."""


def to_ask(session: Session, confirmed_by: date, now: datetime) -> Sequence[Person]:
    """The people in place in structures that confirmed nothing after that day. One statement."""
    told_long_ago = or_(CapacityStatement.confirmed_on.is_(None), CapacityStatement.confirmed_on <= confirmed_by)
    wanted = _people(now).where(told_long_ago).order_by(Membership.organisation_id, Membership.account_id)
    return [_person(*row) for row in session.execute(wanted)]


def person(session: Session, organisation_id: int, account_id: int, now: datetime) -> Person | None:
    """One of them, as things stand now; None once they left, or said that they want no such message."""
    one = (Membership.organisation_id == organisation_id, Membership.account_id == account_id)
    found = session.execute(_people(now).where(*one)).first()
    return _person(*found) if found else None


def already_promised(session: Session, keys: Collection[str]) -> set[str]:
    return set(session.scalars(select(Message.dedupe_key).where(Message.dedupe_key.in_(keys))))


def _people(now: datetime) -> Select[int, int, str, date | None, datetime]:
    first = (
        select(Membership.organisation_id, func.min(Membership.since).label("since"))
        .where(Membership.role == Role.STRUCTURE, in_force(now))
        .group_by(Membership.organisation_id)
        .subquery()
    )
    stopped = and_(
        AlertPreference.account_id == Membership.account_id,
        AlertPreference.organisation_id == Membership.organisation_id,
        AlertPreference.kind == AlertKind.CAPACITIES,
        AlertPreference.frequency == Frequency.NEVER,
    )
    columns = (Membership.organisation_id, Membership.account_id, Account.email, CapacityStatement.confirmed_on)
    return (
        select(*columns, first.c.since)
        .join(Account, Account.id == Membership.account_id)
        .join(first, first.c.organisation_id == Membership.organisation_id)
        .outerjoin(CapacityStatement, CapacityStatement.organisation_id == Membership.organisation_id)
        .where(
            Membership.role == Role.STRUCTURE,
            in_force(now),
            Account.state == AccountState.ACTIVE,
            ~select(AlertPreference.id).where(stopped).exists(),
        )
    )


def _person(organisation_id: int, account_id: int, email: str, confirmed_on: date | None, since: datetime) -> Person:
    return Person(organisation_id, account_id, email, confirmed_on, paris_date(since))
