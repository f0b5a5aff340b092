"""The one statement that finds a page and counts every facet, built once for each shape of selection.

A facet's own counts ignore its own selection. So each row carries `misses`, one bit for each selected facet that it
fails, and only rows that fail at most one matter: none for the list and the other facets, that one for its own counts.
What nothing restricts is not counted at all but read from the tally.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    TextClause,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union,
    union_all,
)

from portal.directory.models import Commune, Organisation
from portal.forecast.listing.conditions import COLUMNS, holding, listed_as
from portal.forecast.listing.selection import Facet, Order, Selection
from portal.forecast.listing.upkeep import cell_of
from portal.forecast.listing.written import Written
from portal.forecast.models import Listing, ListingPlace, ListingTally, lot_search

PAGE = 20
_MOST_COMMUNES = 40
_MOST_BUYERS = 30
_MOST_NAMED = 200
_WIDEST_EPCIS, _WIDEST_DEPARTMENTS = 12, 3
_MOST_CANDIDATES = 4_000

_rows = Listing.__table__.c
_tally = ListingTally.__table__.c
_communes = Commune.__table__.c
_organisations = Organisation.__table__.c

_GROUPS = ((Facet.LEVER, Facet.TRADE, Facet.PERIOD), (Facet.AMOUNT, Facet.CONFIDENCE))
"""Facets counted together: one pass over the rows for each group, then a sum over what little it leaves."""

Part = Select[str, str | None, int, str | None]
"""What each part of the union gives: which count, of which value, how many, and a name when it has one."""


@dataclass(frozen=True)
class Shape:
    """What the text of the statement depends on; values are its parameters, called as below."""

    searched: bool
    facets: frozenset[Facet]
    order: Order
    backwards: bool | None
    """None on the first page."""


def shape_of(selection: Selection) -> Shape:
    cursor = selection.cursor
    return Shape(
        lot_search.asked(selection.text) is not None,
        frozenset(selection.chosen),
        selection.order,
        cursor.backwards if cursor else None,
    )


@dataclass(frozen=True)
class Prepared:
    """A statement and, when it searches words, the parameter that holds them."""

    statement: TextClause
    words: str | None


@lru_cache(maxsize=512)
def prepared(shape: Shape, dialect: Dialect) -> Prepared:
    source = _Source(shape)
    parts = [
        *(_of_column(source, facet) for facet in COLUMNS),
        _of_communes(source),
        _of_buyers(source),
        _of_cells(source),
        *_of_whole(source),
        _of_page(source),
    ]
    if shape.backwards is not None:
        parts.append(_of_rank(source))
    written = Written(union_all(*parts), dialect)
    return Prepared(written.statement, None if source.asked is None else written.names[source.asked.key])


def searched_words(text: str) -> Any:
    """The value under which the statement looks a text up."""
    asked = lot_search.asked(text)
    return None if asked is None else asked.value


class _Source:
    """Where each count comes from: the tally when nothing else restricts the facet, else the rows."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.asked = lot_search.asked("mot") if shape.searched else None
        self.rows = self._rows() if shape.facets or shape.searched else None
        self._grouped = [self._group(facets, number) for number, facets in enumerate(_GROUPS)]

    def is_free(self, facet: Facet) -> bool:
        """Whether nothing but the facet's own selection restricts the list."""
        return self.asked is None and self.shape.facets <= {facet}

    def counted(self, facet: Facet) -> ColumnElement[bool]:
        """Which rows count for a facet: those that fail nothing, or only it."""
        assert self.rows is not None  # noqa: S101 — asked only when the rows are read
        misses = self.rows.c.misses
        return misses.in_([0, facet.bit]) if self._tells_apart(facet) else misses == 0

    def grouped(self, facet: Facet) -> CTE:
        number = next(number for number, facets in enumerate(_GROUPS) if facet in facets)
        group = self._grouped[number]
        assert group is not None  # noqa: S101 — asked only when the rows are read
        return group

    @property
    def listed(self) -> Any:
        """The columns that the page is drawn from."""
        return _rows if self.rows is None else self.rows.c

    def _tells_apart(self, facet: Facet) -> bool:
        return facet in self.shape.facets and not self.is_free(facet)

    def _rows(self) -> CTE:
        apart = [facet for facet in Facet if self._tells_apart(facet)]
        misses = sum((case((holding(facet), 0), else_=facet.bit) for facet in apart), start=literal(0, Integer))
        columns = ("lot_id", "buyer_id", *COLUMNS.values(), self.shape.order.column)
        held = select(*(_rows[name] for name in dict.fromkeys(columns)), misses.label("misses"))
        if self.asked is not None:
            held = held.where(lot_search.holding(self.asked))
            if len(apart) == 2:
                # The same as at most one miss, in words whose selectivity PostgreSQL can guess.
                held = held.where(or_(*(holding(facet) for facet in apart)))
        elif len(apart) > 1:
            held = held.where(misses.in_([0, *(facet.bit for facet in apart)]))
        if not apart:
            held = held.where(*(holding(facet) for facet in self.shape.facets))
        return held.cte("held").prefix_with("MATERIALIZED")

    def _group(self, facets: Sequence[Facet], number: int) -> CTE | None:
        if self.rows is None:
            return None
        columns = [self.rows.c[COLUMNS[facet]] for facet in facets]
        counted = select(*columns, self.rows.c.misses, func.count().label("n"))
        return counted.group_by(*columns, self.rows.c.misses).cte(f"group_{number}")


def _part(
    facet: str,
    value: ColumnElement[str] | None,
    count: ColumnElement[int],
    label: SQLColumnExpression[str] | None = None,
) -> Part:
    return select(
        literal(facet, String).label("facet"),
        cast(null() if value is None else value, String).label("value"),
        cast(count, Integer).label("n"),
        cast(null() if label is None else label, String).label("label"),
    )


def _from_tally(facet: str) -> Part:
    return _part(facet, _tally.value, _tally.count).where(_tally.facet == facet, _tally.count > 0)


def _of_column(source: _Source, facet: Facet) -> Part:
    name = COLUMNS[facet]
    if source.is_free(facet):
        return _from_tally(name)
    group = source.grouped(facet)
    counted = group.c.misses.in_([0, facet.bit]) & group.c[name].is_not(None)
    return _part(name, cast(group.c[name], String), func.sum(group.c.n)).where(counted).group_by(group.c[name])


def _of_cells(source: _Source) -> Part:
    """The timeline, whatever the period selected. Parameters: `cells` of the tally, or `first` and `last` quarter."""
    if source.is_free(Facet.PERIOD):
        named = func.substr(_tally.facet, len(cell_of(0))) + "|" + _tally.value
        return _part("cell", named, _tally.count).where(_tally.facet.in_(listed_as("cells")), _tally.count > 0)
    group = source.grouped(Facet.PERIOD)
    parts = (group.c.quarter, group.c.trade, group.c.levers)
    value = cast(parts[0], String) + "|" + cast(parts[1], String) + "|" + cast(parts[2], String)
    within = group.c.quarter.between(bindparam("first", type_=Integer), bindparam("last", type_=Integer))
    counted = group.c.misses.in_([0, Facet.PERIOD.bit]) & within
    return _part("cell", value, func.sum(group.c.n)).where(counted).group_by(*parts)


def _of_whole(source: _Source) -> list[Part]:
    """How many lots answer; how many there are in all, from how many buyers, until when."""
    held = _tally.count > 0
    buyers = select(func.count()).where(_tally.facet == "buyer_id", held).scalar_subquery()
    last = select(func.max(cast(_tally.value, Integer))).where(_tally.facet == "quarter", held).scalar_subquery()
    every = _part("all_lots", None, _tally.count).where(_tally.facet == "total")
    parts = [every, _part("all_buyers", None, buyers), _part("last_quarter", None, func.coalesce(last, 0))]
    if source.rows is None:
        return [*parts, _from_tally("total")]
    group = source.grouped(Facet.LEVER)
    total = _part("total", None, func.coalesce(func.sum(group.c.n), 0)).where(group.c.misses == 0)
    return [*parts, total]


def _of_communes(source: _Source) -> Part:
    """Lots by commune: those that name it, and those of the whole territory around it. Parameter: `communes`."""
    places = _places(source)
    near, wide = _communes_worth_counting(places), _territories(places)
    own, epci, department = places.alias("own"), wide.alias("epci"), wide.alias("department")
    around = (
        near.outerjoin(own, own.c.place == near.c.code)
        .outerjoin(epci, epci.c.place == "E" + near.c.epci_siren)
        .outerjoin(department, department.c.place == "D" + near.c.department_code)
    )
    count = sum((func.coalesce(held.c.n, 0) for held in (epci, department)), start=func.coalesce(own.c.n, 0))
    counted = (
        _part("commune", near.c.code, count, near.c.name)
        .select_from(around)
        .order_by(near.c.code.in_(listed_as("communes")).desc(), count.desc(), near.c.sort_name, near.c.code)
        .limit(_MOST_COMMUNES)
    )
    return _nested(counted)


def _territories(places: CTE) -> CTE:
    """The few places that are no commune: read three times, where all of them would be sorted as many."""
    held = select(places.c.place, places.c.n).where(places.c.place >= "D")
    return held.cte("wide").prefix_with("MATERIALIZED")


def _communes_worth_counting(places: CTE) -> CTE:
    """The communes most named, those of the territories most named, and those selected: each looked up by its key.

    A plain join of all communes would make PostgreSQL expect millions of rows, and plan for them.
    """
    place = places.c.place
    named = select(place).where(place < "D").order_by(places.c.n.desc(), place).limit(_MOST_NAMED)
    found = (
        _communes.code.in_(named),
        _communes.epci_siren.in_(_codes_within(places, "E", _communes.epci_siren, _WIDEST_EPCIS)),
        _communes.department_code.in_(_codes_within(places, "D", _communes.department_code, _WIDEST_DEPARTMENTS)),
        _communes.code.in_(listed_as("communes")),
    )
    columns = (_communes.code, _communes.name, _communes.sort_name, _communes.epci_siren, _communes.department_code)
    near = union(*(select(*columns).where(condition) for condition in found)).subquery()
    return select(near).limit(_MOST_CANDIDATES).cte("near")


def _codes_within(places: CTE, letter: str, like: ColumnElement[Any], most: int) -> Select[Any]:
    """The codes of the territories most named, in the very type of the column they are looked up in: by its index."""
    place = places.c.place
    codes = select(cast(func.substr(place, 2), like.type)).where(place.like(f"{letter}%"))
    return codes.order_by(places.c.n.desc(), place).limit(most)


def _places(source: _Source) -> CTE:
    if source.is_free(Facet.COMMUNE):
        held = select(_tally.value.label("place"), _tally.count.label("n"))
        return held.where(_tally.facet == "place", _tally.count > 0).cte("places")
    rows = source.rows
    assert rows is not None  # noqa: S101 — a facet that is not free is counted on rows
    counted = select(ListingPlace.place, func.count().label("n"))
    joined = counted.join_from(rows, ListingPlace, ListingPlace.lot_id == rows.c.lot_id)
    return joined.where(source.counted(Facet.COMMUNE)).group_by(ListingPlace.place).cte("places")


def _of_buyers(source: _Source) -> Part:
    """Lots by buyer. Parameter: `buyers`, the SIRET selected."""
    counted = _lots_by_buyer(source)
    chosen = _organisations.siret.in_(listed_as("buyers"))
    # Those selected come by their own index: a join that kept them whatever their count would read every organisation.
    none = select(_organisations.id.label("buyer_id"), literal(0, Integer).label("n")).where(chosen)
    lots = union_all(select(counted.c.buyer_id, counted.c.n), none).subquery()
    summed = select(lots.c.buyer_id, func.sum(lots.c.n).label("n")).group_by(lots.c.buyer_id).subquery()
    named = (
        _part("buyer", _organisations.siret, summed.c.n, Organisation.shown_name)
        .join_from(summed, Organisation, _organisations.id == summed.c.buyer_id)
        .order_by(chosen.desc(), summed.c.n.desc(), _organisations.sort_name, _organisations.siret)
        .limit(_MOST_BUYERS)
    )
    return _nested(named)


def _lots_by_buyer(source: _Source) -> CTE:
    if source.is_free(Facet.BUYER):
        held = select(cast(_tally.value, Integer).label("buyer_id"), _tally.count.label("n"))
        return held.where(_tally.facet == "buyer_id", _tally.count > 0).cte("buyers")
    rows = source.rows
    assert rows is not None  # noqa: S101 — a facet that is not free is counted on rows
    counted = select(rows.c.buyer_id, func.count().label("n")).where(source.counted(Facet.BUYER))
    return counted.group_by(rows.c.buyer_id).cte("buyers")


def _of_page(source: _Source) -> Part:
    """The lots of the page, and one more: « Suivants » stands only where there is something to follow."""
    shape, columns = source.shape, source.listed
    here = (columns[shape.order.column], columns.lot_id)
    page = _part("lot", None, columns.lot_id)
    if source.rows is not None:
        page = page.where(source.rows.c.misses == 0)
    downwards = shape.order.descending is not bool(shape.backwards)
    if shape.backwards is not None:
        page = page.where(tuple_(*here) < _cursor(here) if downwards else tuple_(*here) > _cursor(here))
    ordered = [column.desc() for column in here] if downwards else list(here)
    return _nested(page.order_by(*ordered).limit(PAGE + 1))


def _of_rank(source: _Source) -> Part:
    """How many lots come before the page; for a backwards one, before its cursor."""
    shape, columns = source.shape, source.listed
    here = (columns[shape.order.column], columns.lot_id)
    ahead = tuple_(*here) > _cursor(here) if shape.order.descending else tuple_(*here) < _cursor(here)
    if not shape.backwards:
        ahead = or_(ahead, tuple_(*here) == _cursor(here))
    rank = _part("before", None, func.count(columns.lot_id)).where(ahead)
    return rank if source.rows is None else rank.where(source.rows.c.misses == 0)


def _cursor(here: tuple[ColumnElement[Any], ColumnElement[int]]) -> ColumnElement[Any]:
    """Parameters: `key` and `lot_id`, the place where the page starts."""
    return tuple_(bindparam("key", type_=here[0].type), bindparam("lot_id", type_=Integer))


def _nested(part: Part) -> Part:
    """A part with its own order and limit, which a UNION allows only inside parentheses that SQLite does not have."""
    inner = part.subquery()
    return select(inner.c.facet, inner.c.value, inner.c.n, inner.c.label)
