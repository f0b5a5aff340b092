"""The public list: words and facets, one page at a time, at a cost that does not follow the number of organisations.

No count goes beyond MOST_COUNTED: each is a subquery that stops there.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, HeldKind, OfferedTrade, Organisation, organisation_search
from portal.directory.queries.organisations import being, holds_on
from portal.kernel.paging import last_page
from portal.kernel.text import fold
from portal.vocabulary import Listed, OrganisationKind, Trade

PAGE_SIZE = 20
MOST_COUNTED = 1_000
_COMMUNES_SHOWN = 40
"""The most populated ones, besides those that are ticked: a facet is no list of 35,000 names."""

_GROUPED_DIGITS = re.compile(r"[0-9][0-9\s]{7,}[0-9]")

Code = TypeVar("Code", bound=Listed)


@dataclass(frozen=True)
class Search:
    """What the visitor looks for; an empty facet restricts nothing, several values of one facet widen it."""

    words: str = ""
    kinds: frozenset[OrganisationKind] = frozenset()
    trades: frozenset[Trade] = frozenset()
    communes: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.kinds or self.trades or self.communes)


@dataclass(frozen=True)
class Line:
    """One organisation of the list."""

    siret: str
    name: str
    place: str | None
    kinds: list[OrganisationKind] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)


@dataclass(frozen=True)
class Option:
    """One value of a facet, and how many organisations it would give; MOST_COUNTED + 1 means more."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Listing:
    lines: list[Line]
    total: int
    """MOST_COUNTED + 1 means more."""
    page: int
    last_page: int
    kinds: list[Option]
    trades: list[Option]
    communes: list[Option]

    @property
    def is_cut(self) -> bool:
        return self.total > MOST_COUNTED


def listing(session: Session, search: Search, day: date, page: int = 1) -> Listing:
    """A page of the organisations found, by name, with the counts of each facet under the other ones."""
    found = _Found(search, day)
    total = session.scalar(select(_capped(select(Organisation.id).where(*found.conditions())))) or 0
    last = last_page(min(total, MOST_COUNTED), PAGE_SIZE)
    page = min(max(page, 1), last)
    return Listing(
        lines=_lines(session, found, page, day),
        total=total,
        page=page,
        last_page=last,
        kinds=_counted_kinds(session, found, search.kinds, day),
        trades=_counted_trades(session, found, search.trades),
        communes=_counted_communes(session, found, search.communes),
    )


class _Found:
    """The conditions that a search puts on organisations, facet by facet."""

    def __init__(self, search: Search, day: date) -> None:
        matching = organisation_search.ids_matching(with_whole_numbers(search.words), prefix=True)
        self._conditions: dict[str, ColumnElement[bool]] = {}
        self._searches = matching is not None
        if matching is not None:
            self._conditions["words"] = Organisation.id.in_(matching)
        if search.kinds:
            self._conditions["kinds"] = being(search.kinds, day)
        if search.trades:
            self._conditions["trades"] = Organisation.id.in_(offering(search.trades))
        if search.communes:
            self._conditions["communes"] = Organisation.commune_code.in_(search.communes)

    def conditions(self, *, without: str = "") -> list[ColumnElement[bool]]:
        return [condition for facet, condition in self._conditions.items() if facet != without]

    def order(self) -> tuple[ColumnElement[str], ColumnElement[str]]:
        """By name. Words are sorted after the search: walking the index of names to meet a rare word takes seconds."""
        name: ColumnElement[str] = (
            Organisation.sort_name.concat("") if self._searches else Organisation.sort_name.expression
        )
        return name, Organisation.siret.expression

    def among(self, organisation_id: Any, *, without: str) -> list[ColumnElement[bool]]:
        """The same conditions, on a column that points at organisations; none when nothing restricts them."""
        kept = self.conditions(without=without)
        return [organisation_id.in_(select(Organisation.id).where(*kept))] if kept else []


def with_whole_numbers(words: str) -> str:
    """A SIREN or a SIRET typed in groups is one word: « 356 000 000 00014 » becomes « 35600000000014 »."""
    return _GROUPED_DIGITS.sub(lambda found: _whole(found[0]), words)


def _whole(grouped: str) -> str:
    digits = "".join(grouped.split())
    return digits if len(digits) in {9, 14} else grouped


def offering(trades: Collection[Trade]) -> Select[int]:
    """The ids of organisations that offer one of these trades."""
    return select(OfferedTrade.organisation_id).where(OfferedTrade.trade.in_(trades))


def _capped(ids: Select[int]) -> ColumnElement[int]:
    return select(func.count()).select_from(ids.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


def _lines(session: Session, found: _Found, page: int, day: date) -> list[Line]:
    rows = session.execute(
        select(
            Organisation.id,
            Organisation.siret,
            Organisation.shown_name,
            func.coalesce(Commune.name, Organisation.city),
        )
        .outerjoin(Organisation.commune)
        .where(*found.conditions())
        .order_by(*found.order())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    ).all()
    kinds = _by_organisation(session, select(HeldKind.organisation_id, HeldKind.kind).where(holds_on(day)), rows)
    trades = _by_organisation(session, select(OfferedTrade.organisation_id, OfferedTrade.trade).distinct(), rows)
    return [Line(siret, name, place, kinds.get(id_, []), trades.get(id_, [])) for id_, siret, name, place in rows]


def _by_organisation(
    session: Session, pairs: Select[int, Code], rows: Sequence[Row[int, str, str, str | None]]
) -> dict[int, list[Code]]:
    """What each organisation of the page has, in the order of the vocabulary."""
    organisation_id = pairs.selected_columns[0]
    found: dict[int, list[Code]] = {}
    for id_, code in session.execute(pairs.where(organisation_id.in_([row[0] for row in rows]))):
        found.setdefault(id_, []).append(code)
    return {id_: sorted(codes, key=list(type(codes[0])).index) for id_, codes in found.items()}


def _counted_kinds(session: Session, found: _Found, ticked: Collection[OrganisationKind], day: date) -> list[Option]:
    held = select(HeldKind.organisation_id, HeldKind.kind.label("code")).where(
        holds_on(day), *found.among(HeldKind.organisation_id, without="kinds")
    )
    return _listed(OrganisationKind, session.execute(_tally(held)).all(), ticked)


def _counted_trades(session: Session, found: _Found, ticked: Collection[Trade]) -> list[Option]:
    offered = select(OfferedTrade.organisation_id, OfferedTrade.trade.label("code")).where(
        *found.among(OfferedTrade.organisation_id, without="trades")
    )
    return _listed(Trade, session.execute(_tally(offered)).all(), ticked)


def _listed(vocabulary: type[Code], tally: Iterable[tuple[Code, int]], ticked: Collection[Code]) -> list[Option]:
    """The values that some organisation has; a ticked one stays, even with nothing left under it."""
    counts = dict.fromkeys(ticked, 0) | dict(tally)
    return _options((code.value, code.label, counts[code]) for code in vocabulary if code in counts)


def _tally(pairs: Select[int, Code]) -> Select[Code, int]:
    """Each code with its number of organisations; one that has it twice (two service types) counts once."""
    once = pairs.distinct().subquery()
    return select(once.c.code, func.count()).group_by(once.c.code)


def _counted_communes(session: Session, found: _Found, ticked: Collection[str]) -> list[Option]:
    counts = (
        select(Organisation.commune_code, func.count().label("count"))
        .where(Organisation.commune_code.is_not(None), *found.conditions(without="communes"))
        .group_by(Organisation.commune_code)
        .order_by(func.count().desc(), Organisation.commune_code)
        .limit(_COMMUNES_SHOWN)
        .subquery()
    )
    named = (
        select(Commune.code, Commune.name, func.coalesce(counts.c["count"], 0))
        .outerjoin(counts, counts.c.commune_code == Commune.code)
        .where(or_(counts.c["count"].is_not(None), Commune.code.in_(ticked)))
    )
    return _options(session.execute(named))


def _options(counted: Iterable[tuple[str, str, int]]) -> list[Option]:
    """The most frequent first."""
    return sorted((Option(*each) for each in counted), key=lambda option: (-option.count, fold(option.label)))
