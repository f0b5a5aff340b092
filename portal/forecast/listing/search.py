"""Finds the lots of a page and counts every facet, in one statement that reads only codes and numbers.

A facet's own counts ignore its own selection. So each row carries `misses`, one bit for each selected facet that it
fails, and only rows that fail at most one matter: none for the list and the other facets, that one for its own counts.
What nothing restricts is not counted at all but read from the tally.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
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
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Organisation
from portal.forecast.listing.selection import WITHOUT_LEVER, Cursor, Facet, Selection
from portal.forecast.listing.upkeep import cell_of, lever_mask
from portal.forecast.models import Listing, ListingPlace, ListingTally, lot_search
from portal.kernel.period import Quarter
from portal.vocabulary import Lever

PAGE = 20
TIMELINE_QUARTERS = 8
_MOST_COMMUNES = 40
_MOST_BUYERS = 30
_WIDEST_PLACES = 12
_MOST_CANDIDATES = 1_000

_rows = Listing.__table__.c
_tally = ListingTally.__table__.c
_communes = Commune.__table__.c
_organisations = Organisation.__table__.c

_COLUMNS: Mapping[Facet, str] = {
    Facet.LEVER: "levers",
    Facet.TRADE: "trade",
    Facet.PERIOD: "quarter",
    Facet.AMOUNT: "amount_band",
    Facet.CONFIDENCE: "confidence",
}
_GROUPS = ((Facet.LEVER, Facet.TRADE, Facet.PERIOD), (Facet.AMOUNT, Facet.CONFIDENCE))
"""Facets counted together: one pass over the rows for each group, then a sum over what little it leaves."""


@dataclass
class Found:
    """What one view of the list holds, in codes and numbers."""

    total: int = 0
    all_lots: int = 0
    """Of the whole list, whatever the selection; likewise for the two that follow."""
    all_buyers: int = 0
    last_quarter: int = 0
    before: int = 0
    """How many lots come before the first of the page; for a backwards page, before the cursor."""
    lot_ids: list[int] = field(default_factory=list)
    """Of the page, in no order, and one more when there is another page."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """By column, then by value."""
    communes: list[tuple[str, str, int]] = field(default_factory=list)
    """(code, name, lots), most lots first; the selected ones always."""
    buyer_counts: list[tuple[str, str, int]] = field(default_factory=list)
    """(SIRET, name, lots), likewise."""
    cells: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    """Lots by (quarter, trade, lever mask), over the quarters of the timeline."""

    def counts_of(self, column: str) -> Counter[str]:
        return self.counts.get(column, Counter())


def find(session: Session, selection: Selection, first_quarter: Quarter) -> Found:
    found = Found()
    for facet, value, count, label in session.execute(_statement(selection, quarter_index(first_quarter))):
        _take(found, facet, value or "", int(count), label or "")
    return found


def quarter_index(quarter: Quarter) -> int:
    """The number under which `listing` keeps a quarter."""
    return quarter.year * 4 + quarter.number - 1


def _take(found: Found, facet: str, value: str, count: int, label: str) -> None:
    match facet:
        case "total":
            found.total = count
        case "all_lots":
            found.all_lots = count
        case "all_buyers":
            found.all_buyers = count
        case "last_quarter":
            found.last_quarter = count
        case "before":
            found.before = count
        case "lot":
            found.lot_ids.append(count)
        case "commune":
            found.communes.append((value, label, count))
        case "buyer":
            found.buyer_counts.append((value, label, count))
        case "cell":
            quarter, trade, levers = value.split("|")
            found.cells[int(quarter), trade, int(levers)] += count
        case column:
            found.counts.setdefault(column, Counter())[value] += count


def _statement(selection: Selection, first_quarter: int) -> CompoundSelect[str, str | None, int, str | None]:
    source = _Source(selection)
    parts = [
        *(_of_column(source, facet) for facet in _COLUMNS),
        _of_communes(source, selection.values(Facet.COMMUNE)),
        _of_buyers(source, selection.values(Facet.BUYER)),
        _of_cells(source, first_quarter),
        *_of_whole(source),
        _of_page(source, selection),
    ]
    if selection.cursor:
        parts.append(_of_rank(source, selection, selection.cursor))
    return union_all(*parts)


class _Source:
    """Where each count comes from: the tally when nothing else restricts the facet, else the rows."""

    def __init__(self, selection: Selection) -> None:
        found = lot_search.ids_matching(selection.text) if selection.text else None
        self._found = found.cte("found").prefix_with("MATERIALIZED") if found is not None else None
        self._conditions = {facet: _holds(facet, values) for facet, values in selection.chosen.items()}
        self.rows = self._rows(selection) if selection.chosen or found is not None else None
        self._grouped = [self._group(facets, number) for number, facets in enumerate(_GROUPS)]

    def is_free(self, facet: Facet) -> bool:
        """Whether nothing but the facet's own selection restricts the list."""
        return self._found is None and set(self._conditions) <= {facet}

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

    def _tells_apart(self, facet: Facet) -> bool:
        return facet in self._conditions and not self.is_free(facet)

    def _rows(self, selection: Selection) -> CTE:
        bits = [
            case((holds, 0), else_=facet.bit) for facet, holds in self._conditions.items() if self._tells_apart(facet)
        ]
        misses = sum(bits[1:], start=bits[0]) if bits else literal(0, Integer)
        columns = ("lot_id", "buyer_id", *_COLUMNS.values(), selection.order.column)
        held = select(*(_rows[name] for name in dict.fromkeys(columns)), misses.label("misses"))
        if self._found is not None:
            held = held.join_from(Listing.__table__, self._found, _rows.lot_id == self._found.c.id)
        if bits:
            alone = [0, *(facet.bit for facet in self._conditions if self._tells_apart(facet))]
            held = held.where(misses.in_(alone)) if len(alone) > 2 else held
        else:
            held = held.where(*self._conditions.values())
        return held.cte("held").prefix_with("MATERIALIZED")

    def _group(self, facets: Sequence[Facet], number: int) -> CTE | None:
        if self.rows is None:
            return None
        columns = [self.rows.c[_COLUMNS[facet]] for facet in facets]
        counted = select(*columns, self.rows.c.misses, func.count().label("n"))
        return counted.group_by(*columns, self.rows.c.misses).cte(f"group_{number}")


Part = Select[str, str | None, int, str | None]


def _part(
    facet: str, value: ColumnElement[str] | None, count: ColumnElement[int], label: ColumnElement[str] | None = None
) -> Part:
    shown = null() if value is None else value
    return select(
        literal(facet, String).label("facet"),
        cast(shown, String).label("value"),
        cast(count, Integer).label("n"),
        cast(null() if label is None else label, String).label("label"),
    )


def _from_tally(facet: str) -> Part:
    return _part(facet, _tally.value, _tally.count).where(_tally.facet == facet, _tally.count > 0)


def _of_column(source: _Source, facet: Facet) -> Part:
    name = _COLUMNS[facet]
    if source.is_free(facet):
        return _from_tally(name)
    group = source.grouped(facet)
    wanted = [0, facet.bit]
    return (
        _part(name, cast(group.c[name], String), func.sum(group.c.n))
        .where(group.c.misses.in_(wanted), group.c[name].is_not(None))
        .group_by(group.c[name])
    )


def _of_cells(source: _Source, first: int) -> Part:
    last = first + TIMELINE_QUARTERS - 1
    if source.is_free(Facet.PERIOD):
        columns = [cell_of(quarter) for quarter in range(first, last + 1)]
        named = func.substr(_tally.facet, len(cell_of(0))) + "|" + _tally.value
        return _part("cell", named, _tally.count).where(_tally.facet.in_(columns), _tally.count > 0)
    group = source.grouped(Facet.PERIOD)
    parts = (group.c.quarter, group.c.trade, group.c.levers)
    value = cast(parts[0], String) + "|" + cast(parts[1], String) + "|" + cast(parts[2], String)
    counted = group.c.misses.in_([0, Facet.PERIOD.bit]) & group.c.quarter.between(first, last)
    return _part("cell", value, func.sum(group.c.n)).where(counted).group_by(*parts)


def _of_whole(source: _Source) -> list[Part]:
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


def _of_communes(source: _Source, selected: Sequence[str]) -> Part:
    """Lots by commune: those that name it, and those of the whole territory around it."""
    places = _places(source)
    near = _communes_worth_counting(places, selected)
    columns = (near.c.code, near.c.name, near.c.sort_name)
    names = (near.c.code, "E" + near.c.epci_siren, "D" + near.c.department_code)
    held = [select(*columns, places.c.n).join_from(near, places, places.c.place == name) for name in names]
    lots = union_all(*held, select(*columns, literal(0, Integer))).subquery()
    count = func.sum(lots.c.n)
    counted = (
        _part("commune", lots.c.code, count, lots.c.name)
        .group_by(lots.c.code, lots.c.name, lots.c.sort_name)
        .order_by(lots.c.code.in_(selected).desc(), count.desc(), lots.c.sort_name, lots.c.code)
        .limit(_MOST_COMMUNES)
    )
    return _nested(counted)


def _communes_worth_counting(places: CTE, selected: Sequence[str]) -> CTE:
    """The communes most named, those of the territories most named, and those selected: each looked up by its key.

    A plain join of all communes would make PostgreSQL expect millions of rows, and compile the query for a second.
    """
    place = places.c.place
    named = select(place).where(place < "D").order_by(places.c.n.desc(), place).limit(_MOST_COMMUNES)
    wide = select(func.substr(place, 2)).order_by(places.c.n.desc(), place).limit(_WIDEST_PLACES)
    found = (
        _communes.code.in_(named),
        _communes.epci_siren.in_(wide.where(place.like("E%"))),
        _communes.department_code.in_(wide.where(place.like("D%"))),
        _communes.code.in_(selected),
    )
    columns = (_communes.code, _communes.name, _communes.sort_name, _communes.epci_siren, _communes.department_code)
    near = union(*(select(*columns).where(condition) for condition in found)).subquery()
    return select(near).limit(_MOST_CANDIDATES).cte("near")


def _places(source: _Source) -> CTE:
    if source.is_free(Facet.COMMUNE):
        return (
            select(_tally.value.label("place"), _tally.count.label("n"))
            .where(_tally.facet == "place", _tally.count > 0)
            .cte("places")
        )
    rows = source.rows
    assert rows is not None  # noqa: S101 — a facet that is not free is counted on rows
    joined = select(ListingPlace.place, func.count().label("n")).join_from(
        rows, ListingPlace, ListingPlace.lot_id == rows.c.lot_id
    )
    return joined.where(source.counted(Facet.COMMUNE)).group_by(ListingPlace.place).cte("places")


def _of_buyers(source: _Source, selected: Sequence[str]) -> Part:
    if source.is_free(Facet.BUYER):
        held = select(cast(_tally.value, Integer).label("buyer_id"), _tally.count.label("n")).where(
            _tally.facet == "buyer_id", _tally.count > 0
        )
    else:
        rows = source.rows
        assert rows is not None  # noqa: S101 — a facet that is not free is counted on rows
        held = select(rows.c.buyer_id, func.count().label("n")).where(source.counted(Facet.BUYER))
        held = held.group_by(rows.c.buyer_id)
    lots = held.cte("buyers")
    name = func.coalesce(Organisation.usual_name, Organisation.name)
    counted = (
        _part("buyer", _organisations.siret, func.coalesce(lots.c.n, 0), name)
        .outerjoin_from(Organisation, lots, lots.c.buyer_id == Organisation.id)
        .where(lots.c.n.is_not(None) | Organisation.siret.in_(selected))
        .order_by(Organisation.siret.in_(selected).desc(), lots.c.n.desc(), Organisation.sort_name, Organisation.siret)
        .limit(_MOST_BUYERS)
    )
    return _nested(counted)


def _of_page(source: _Source, selection: Selection) -> Part:
    """The lots of the page, and one more: « Suivants » stands only where there is something to follow."""
    rows = _rows if source.rows is None else source.rows.c
    key, lot_id = rows[selection.order.column], rows.lot_id
    page = _part("lot", None, lot_id)
    if source.rows is not None:
        page = page.where(source.rows.c.misses == 0)
    cursor = selection.cursor
    downwards = selection.order.descending is not (cursor is not None and cursor.backwards)
    if cursor:
        here = tuple_(key, lot_id)
        there = tuple_(literal(cursor.key, key.type), literal(cursor.lot_id, Integer))
        page = page.where(here < there if downwards else here > there)
    ordered = (key.desc(), lot_id.desc()) if downwards else (key, lot_id)
    return _nested(page.order_by(*ordered).limit(PAGE + 1))


def _of_rank(source: _Source, selection: Selection, cursor: Cursor) -> Part:
    rows = _rows if source.rows is None else source.rows.c
    here = tuple_(rows[selection.order.column], rows.lot_id)
    there = tuple_(literal(cursor.key, rows[selection.order.column].type), literal(cursor.lot_id, Integer))
    ahead = here > there if selection.order.descending else here < there
    if not cursor.backwards:
        ahead = ahead | (here == there)
    rank = _part("before", None, func.count(rows.lot_id)).where(ahead)
    return rank if source.rows is None else rank.where(source.rows.c.misses == 0)


def _nested(part: Part) -> Part:
    """A part with its own order and limit, which a UNION allows only inside parentheses that SQLite does not have."""
    inner = part.subquery()
    return select(inner.c.facet, inner.c.value, inner.c.n, inner.c.label)


def _holds(facet: Facet, values: Sequence[str]) -> ColumnElement[bool]:
    match facet:
        case Facet.LEVER:
            return _has_lever(values)
        case Facet.PERIOD:
            return or_(*(_rows.quarter.between(*_quarters(value)) for value in values))
        case Facet.COMMUNE:
            return _rows.lot_id.in_(select(ListingPlace.lot_id).where(ListingPlace.place.in_(_places_of(values))))
        case Facet.BUYER:
            return _rows.buyer_id.in_(select(Organisation.id).where(Organisation.siret.in_(values)))
        case _:
            return _rows[_COLUMNS[facet]].in_(values)


def _has_lever(values: Sequence[str]) -> ColumnElement[bool]:
    mask = lever_mask(Lever(value) for value in values if value != WITHOUT_LEVER)
    has_one: ColumnElement[bool] = _rows.levers.bitwise_and(mask) != 0
    return or_(has_one, _rows.levers == 0) if WITHOUT_LEVER in values else has_one


def _quarters(period: str) -> tuple[int, int]:
    """First and last quarter of « 2027 » or « 2027-T2 »."""
    year, _, quarter = period.partition("-T")
    first = int(year) * 4
    return (first + int(quarter) - 1,) * 2 if quarter else (first, first + 3)


def _places_of(communes: Sequence[str]) -> CompoundSelect[str]:
    named = Commune.code.in_(communes)
    return union_all(
        select(cast(Commune.code, String)).where(named),
        select("E" + Commune.epci_siren).where(named),
        select("D" + Commune.department_code).where(named),
    )
