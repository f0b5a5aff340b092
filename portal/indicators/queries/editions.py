"""Editions, and the buyers and years that have something to show."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, lazyload

from portal.contracts.models import Contract, Expense
from portal.declarations.models import Delta
from portal.directory.models import Organisation
from portal.indicators import policies
from portal.indicators.canonical import read, sha256_of
from portal.indicators.models import Edition
from portal.indicators.published import PublishedYear
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


class EditionAltered(RuntimeError):
    """An edition no longer has the hash it was frozen with: it is not shown."""


class Frozen(NamedTuple):
    """An edition, and the year it says."""

    edition: Edition
    year: PublishedYear


def buyers(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The buyers whose results this actor may open: those with an edition, and their own."""
    shown: ColumnElement[bool] = Organisation.id.in_(select(Edition.buyer_id))
    if actor.organisation_id is not None and policies.can_read(actor, actor.organisation_id):
        shown = or_(shown, Organisation.id == actor.organisation_id)
    alone = select(Organisation).options(lazyload(Organisation.offered), lazyload(Organisation.served))
    return session.scalars(alone.where(shown).order_by(Organisation.sort_name, Organisation.id)).all()


def own_buyer(session: Session, actor: Actor) -> Organisation:
    """The buyer one acts for; NotFound for whoever may not read its results."""
    if actor.organisation_id is None or not policies.can_read(actor, actor.organisation_id):
        raise NotFound
    return session.get_one(Organisation, actor.organisation_id)


def frozen_years(session: Session, buyer_id: int) -> list[int]:
    """The years that the public may read, in order."""
    years = select(Edition.year).where(Edition.buyer_id == buyer_id).distinct()
    return list(session.scalars(years.order_by(Edition.year)))


def editions(session: Session, buyer_id: int, year: int) -> Sequence[Edition]:
    """The editions of a year, the latest first."""
    of_year = select(Edition).where(Edition.buyer_id == buyer_id, Edition.year == year)
    return session.scalars(of_year.order_by(Edition.number.desc())).all()


def frozen(session: Session, buyer_id: int, year: int) -> Frozen | None:
    """The last edition of a year. Raises EditionAltered when its text is no longer the one that was frozen."""
    of_year = select(Edition).where(Edition.buyer_id == buyer_id, Edition.year == year)
    edition = session.scalar(of_year.order_by(Edition.number.desc()).limit(1))
    if edition is None:
        return None
    if sha256_of(edition.figures) != edition.sha256:
        raise EditionAltered(f"edition {edition.id} of {year} does not match its hash")
    return Frozen(edition, read(edition.figures))


def first_year(session: Session, buyer_id: int) -> int | None:
    """The first year of which hours or payments are known; None when there are none yet."""
    month = select(func.min(Delta.month)).where(Delta.buyer_id == buyer_id)
    paid = (
        select(func.min(Expense.paid_on))
        .join(Contract, Contract.id == Expense.contract_id)
        .where(Contract.buyer_id == buyer_id)
    )
    first = session.execute(select(month.scalar_subquery(), paid.scalar_subquery())).one()
    return min((day.year for day in first if day is not None), default=None)
