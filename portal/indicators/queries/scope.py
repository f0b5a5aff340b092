"""Which rows belong to a buyer's year, said once for the figures and for the rows that make them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import outerjoin

from portal.contracts.models import Contract, ContractTitulaire, Expense
from portal.declarations.models import Delta, SamePerson
from portal.indicators import rules
from portal.kernel.clock import PARIS
from portal.kernel.month import Month

LEDGER = outerjoin(
    Delta, SamePerson, and_(SamePerson.buyer_id == Delta.buyer_id, SamePerson.person_id == Delta.person_id)
)
"""The ledger, with whom each person counts as for its buyer; as answered now, whatever the instant of the figures."""

PERSON = func.coalesce(SamePerson.counted_as_id, Delta.person_id)
"""Whose row it is in `LEDGER`: people said to be one are counted once (domain.md § 0 bis)."""


@dataclass(frozen=True)
class Scope:
    """One buyer's civil year, as the ledger stood at an instant."""

    buyer_id: int
    year: int
    at: datetime

    @property
    def first_day(self) -> date:
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        return rules.last_day_of(self.year)

    @property
    def end(self) -> datetime:
        """The first instant of the next year, in Paris."""
        return datetime(self.year + 1, 1, 1, tzinfo=PARIS)

    @property
    def deltas(self) -> ColumnElement[bool]:
        """What the ledger says of the year."""
        first, last = Month.of(self.first_day), Month.of(self.last_day)
        return and_(Delta.buyer_id == self.buyer_id, Delta.month.between(first, last), Delta.at <= self.at)

    @property
    def deltas_until(self) -> ColumnElement[bool]:
        """What it says from the beginning to the end of the year."""
        return and_(Delta.buyer_id == self.buyer_id, Delta.month <= Month.of(self.last_day), Delta.at <= self.at)

    @property
    def running(self) -> ColumnElement[bool]:
        """The buyer's contracts that ran on at least one day of the year; one whose end nobody told still runs."""
        return and_(
            Contract.buyer_id == self.buyer_id,
            Contract.notified_on <= self.last_day,
            or_(Contract.ends_on.is_(None), Contract.ends_on >= self.first_day),
        )

    @property
    def held(self) -> ColumnElement[bool]:
        """The titulaires who had not left before the year."""
        return or_(ContractTitulaire.left_on.is_(None), ContractTitulaire.left_on >= self.first_day)

    @property
    def paid(self) -> ColumnElement[bool]:
        return and_(Contract.buyer_id == self.buyer_id, Expense.paid_on.between(self.first_day, self.last_day))
