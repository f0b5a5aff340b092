"""Which buyer's year a request asks for, and which text of it this actor may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.indicators import policies
from portal.indicators.facts import Figure
from portal.indicators.models import Edition
from portal.indicators.published import PublishedYear, publish
from portal.indicators.queries import editions as queries
from portal.indicators.queries.scope import Scope
from portal.indicators.queries.year import figures_of
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound


@dataclass(frozen=True)
class Opened:
    """One buyer's year, as this actor reads it."""

    buyer: Organisation
    year: PublishedYear
    edition: Edition | None
    """None: as counted now, for the buyer's people alone."""
    counted: PublishedYear | None
    """What the same year counts today, for the buyer's people."""
    years: Sequence[int]
    """Those that this actor may open, in order."""
    buyers: Sequence[Organisation]
    is_own: bool
    today: date
    at: datetime

    @property
    def is_under_way(self) -> bool:
        return self.year.year >= self.today.year

    @property
    def frozen_on(self) -> date | None:
        return paris_date(self.edition.frozen_at) if self.edition else None

    @property
    def scope(self) -> Scope:
        return Scope(self.buyer.id, self.year.year, self.at)

    @property
    def asked(self) -> dict[str, str]:
        """What addresses add, so that they open the same buyer for anyone."""
        return {"acheteur": self.buyer.siret} if len(self.buyers) > 1 else {}

    def url(self, year: int | None = None, figure: Figure | None = None, page: int | None = None) -> str:
        """The page of a year, of this one by default, or of one of its figures."""
        values: dict[str, Any] = {"year": year or self.year.year, "page": page, **self.asked}
        if figure is None:
            return url_for("indicators.year", **values)
        return url_for("indicators.figure", figure=figure.value, **values)


@dataclass(frozen=True)
class Undecided:
    """Nobody's results, or those of several buyers among whom to choose."""

    buyers: Sequence[Organisation]


def open_year(session: Session, actor: Actor, siret: str | None, year: int | None, at: datetime) -> Opened | Undecided:
    """The year asked for, or the last closed one. NotFound for what is not public, nor this actor's own."""
    buyers = queries.buyers(session, actor)
    buyer = _chosen(buyers, actor, siret)
    if buyer is None:
        return Undecided(buyers)
    today, is_own = paris_date(at), policies.can_read(actor, buyer.id)
    years = _years(session, buyer.id, today, is_own=is_own)
    if year is None and not years:
        return Undecided([] if len(buyers) == 1 else buyers)
    if year is None:
        year = max((known for known in years if known < today.year), default=years[-1])
    if year not in years:
        raise NotFound
    frozen = queries.frozen(session, buyer.id, year)
    counted = publish(figures_of(session, buyer, year, at)) if is_own else None
    told = frozen.year if frozen else counted
    if told is None:
        raise NotFound
    return Opened(buyer, told, frozen.edition if frozen else None, counted, years, buyers, is_own, today, at)


def _chosen(buyers: Sequence[Organisation], actor: Actor, siret: str | None) -> Organisation | None:
    if siret is not None:
        named = next((buyer for buyer in buyers if buyer.siret == siret), None)
        if named is None:
            raise NotFound
        return named
    own = next((buyer for buyer in buyers if policies.can_read(actor, buyer.id)), None)
    return own or (buyers[0] if len(buyers) == 1 else None)


def _years(session: Session, buyer_id: int, today: date, *, is_own: bool) -> list[int]:
    years = set(queries.frozen_years(session, buyer_id))
    first = queries.first_year(session, buyer_id) if is_own else None
    if first is not None:
        years |= set(range(first, today.year + 1))
    return sorted(years)
