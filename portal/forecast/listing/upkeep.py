"""Keeps the table behind the public list true, in the transaction of each public change."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from portal.directory.models import Commune, Cpv, Organisation, ServedTerritory
from portal.forecast import rules
from portal.forecast.models import Award, Listing, ListingPlace, ListingTally, Lot, Project, Revision, lot_search
from portal.vocabulary import Lever, LeverState, TerritoryScope

_BATCH = 500

Tallied = tuple[str, str]
"""A facet of the tally and one of its values."""


def refresh(session: Session, project: Project) -> None:
    """Make the list show the lots of a project as they now stand, or none if it is not to be listed."""
    session.flush()
    _withdraw(session, project.id)
    _enter(session, [project.id])


def rebuild(session: Session) -> int:
    """Make the list anew from the projects, by batches; the number of lots it then holds."""
    for model in (ListingPlace, ListingTally, Listing):
        session.execute(delete(model))
    lot_search.forget_all(session)
    listed = select(Project.id).where(Project.state.in_(rules.LISTED_STATES)).order_by(Project.id)
    return sum(_enter(session, ids) for ids in _batches(session.scalars(listed).all()))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _withdraw(session: Session, project_id: int) -> None:
    held = session.scalars(select(Listing).where(Listing.project_id == project_id)).all()
    if not held:
        return
    lot_ids = [row.lot_id for row in held]
    places = _places_held(session, lot_ids)
    lost: Counter[Tallied] = Counter()
    for row in held:
        lost.update(_tallied(_values(row), places.get(row.lot_id, ())))
    _count_out(session, lost)
    session.execute(delete(ListingPlace).where(ListingPlace.lot_id.in_(lot_ids)))
    for row in held:
        session.expunge(row)
    lot_search.forget(session, lot_ids)
    session.execute(delete(Listing).where(Listing.lot_id.in_(lot_ids)))


def _places_held(session: Session, lot_ids: Sequence[int]) -> dict[int, list[str]]:
    held: dict[int, list[str]] = {}
    for lot_id, place in session.execute(
        select(ListingPlace.lot_id, ListingPlace.place).where(ListingPlace.lot_id.in_(lot_ids))
    ):
        held.setdefault(lot_id, []).append(place)
    return held


def _enter(session: Session, project_ids: Sequence[int]) -> int:
    lots = session.scalars(
        select(Lot)
        .join(Lot.project)
        .where(Project.id.in_(project_ids), Project.state.in_(rules.LISTED_STATES), *_to_come())
        .options(joinedload(Lot.project).joinedload(Project.buyer).joinedload(Organisation.commune))
    ).all()
    if not lots:
        return 0
    around = _Surroundings.of(session, lots)
    rows = [around.row_of(lot) for lot in lots]
    places = {lot.id: around.places_of(lot) for lot in lots}
    gained: Counter[Tallied] = Counter()
    for row in rows:
        gained.update(_tallied(row, places[row["lot_id"]]))
    lot_search.enter(session, rows, {lot.id: around.words_of(lot) for lot in lots})
    if pairs := [{"lot_id": lot_id, "place": place} for lot_id, held in places.items() for place in held]:
        session.execute(insert(ListingPlace), pairs)
    _count_in(session, gained)
    return len(lots)


def _to_come() -> tuple[ColumnElement[bool], ...]:
    """Lots that still live, and whose consultation has not ended."""
    return Lot.ended_at.is_(None), ~exists().where(Award.lot_id == Lot.id)


@dataclass(frozen=True)
class _Surroundings:
    """What the rows of some lots need besides the lots themselves, read in a fixed number of statements."""

    changed: Mapping[tuple[int, int | None], datetime]
    cpv_labels: Mapping[str, str]
    commune_names: Mapping[str, str]
    names_of_place: Mapping[str, str]
    whole_places: Mapping[int, tuple[str, ...]]

    @classmethod
    def of(cls, session: Session, lots: Sequence[Lot]) -> "_Surroundings":
        buyers = {lot.project.buyer_id: lot.project.buyer for lot in lots}
        whole = {buyer_id: whole_places(buyer) for buyer_id, buyer in buyers.items()}
        named = {code for lot in lots for code in lot.commune_codes}
        cpv = {lot.cpv_code for lot in lots if lot.cpv_code}
        return cls(
            changed=_last_changes(session, {lot.project_id for lot in lots}),
            cpv_labels=_pairs(session, Cpv.code, Cpv.label, cpv),
            commune_names=_pairs(session, Commune.code, Commune.name, named),
            names_of_place=_names_within(session, {place for places in whole.values() for place in places}),
            whole_places=whole,
        )

    def row_of(self, lot: Lot) -> dict[str, Any]:
        planned = lot.planned
        return {
            "lot_id": lot.id,
            "project_id": lot.project_id,
            "buyer_id": lot.project.buyer_id,
            "levers": lever_mask(held.lever for held in lot.levers if held.state is not LeverState.DISCARDED),
            "planned_on": planned.starts_on,
            "quarter": planned.quarter.year * 4 + planned.quarter.number - 1,
            "trade": lot.trade,
            "confidence": lot.confidence,
            "amount_band": lot.amount_band,
            "amount": lot.amount_high or lot.amount_low or (lot.amount_band.low if lot.amount_band else 0),
            "hours": lot.hours_wanted or 0,
            "changed_at": self._changed_at(lot),
        }

    def places_of(self, lot: Lot) -> tuple[str, ...]:
        return self.whole_places[lot.project.buyer_id] if lot.whole_territory else lot.commune_codes

    def words_of(self, lot: Lot) -> str:
        """What a search finds the lot by."""
        project = lot.project
        names = [self.commune_names.get(code, "") for code in lot.commune_codes]
        if lot.whole_territory:
            names = [self.names_of_place.get(place, "") for place in self.places_of(lot)]
        cpv = self.cpv_labels.get(lot.cpv_code or "")
        texts = (project.title, lot.title, project.summary, lot.description, project.buyer.shown_name, cpv)
        return " ".join([*(text for text in texts if text), lot.trade.label, project.shown_number, *names])

    def _changed_at(self, lot: Lot) -> datetime:
        published = lot.project.published_at or lot.created_at
        return max(
            published,
            self.changed.get((lot.project_id, lot.id), published),
            self.changed.get((lot.project_id, None), published),
        )


def lever_mask(levers: Iterable[Lever]) -> int:
    """One bit for each lever, in the order of the vocabulary."""
    return sum(1 << list(Lever).index(lever) for lever in set(levers))


def whole_places(buyer: Organisation) -> tuple[str, ...]:
    """What « toutes les communes » means for a buyer: the territories it serves, else its intercommunality."""
    served = (rules.whole_place(territory.scope, territory.code) for territory in _in_order(buyer.served))
    places = tuple(place for place in served if place is not None)
    if places or buyer.commune is None or buyer.commune.epci_siren is None:
        return places
    return tuple(filter(None, [rules.whole_place(TerritoryScope.EPCI, buyer.commune.epci_siren)]))


def _in_order(served: Iterable[ServedTerritory]) -> list[ServedTerritory]:
    return sorted(served, key=lambda territory: (territory.scope, territory.code))


def _last_changes(session: Session, project_ids: set[int]) -> dict[tuple[int, int | None], datetime]:
    last = (
        select(Revision.project_id, Revision.lot_id, func.max(Revision.at))
        .where(Revision.project_id.in_(project_ids))
        .group_by(Revision.project_id, Revision.lot_id)
    )
    return {(project_id, lot_id): at for project_id, lot_id, at in session.execute(last)}


def _pairs(session: Session, key: Any, value: Any, keys: set[str]) -> dict[str, str]:
    return dict(session.execute(select(key, value).where(key.in_(keys))).all())


def _names_within(session: Session, places: set[str]) -> dict[str, str]:
    """The names of all communes of each territory, in one text."""
    names: dict[str, list[str]] = {}
    for code, epci, department, name in session.execute(
        select(Commune.code, Commune.epci_siren, Commune.department_code, Commune.name).where(communes_within(places))
    ):
        for place in {code, f"E{epci}", f"D{department}"} & places:
            names.setdefault(place, []).append(name)
    return {place: " ".join(sorted(found)) for place, found in names.items()}


def communes_within(places: Collection[str]) -> ColumnElement[bool]:
    """The condition on communes that stand in any of these places."""
    return (
        Commune.code.in_([place for place in places if place[0] not in "DE"])
        | Commune.epci_siren.in_([place[1:] for place in places if place[0] == "E"])
        | Commune.department_code.in_([place[1:] for place in places if place[0] == "D"])
    )


def _values(row: Listing) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in Listing.__table__.columns}


def _tallied(row: Mapping[str, Any], places: Iterable[str]) -> list[Tallied]:
    """Each (facet, value) under which a row counts, the cell of the timeline included."""
    counted: list[Tallied] = [
        ("total", ""),
        ("levers", str(row["levers"])),
        ("trade", row["trade"].value),
        ("quarter", str(row["quarter"])),
        ("buyer_id", str(row["buyer_id"])),
        ("confidence", row["confidence"].value),
        (cell_of(row["quarter"]), f"{row['trade'].value}|{row['levers']}"),
    ]
    if row["amount_band"] is not None:
        counted.append(("amount_band", row["amount_band"].value))
    return counted + [("place", place) for place in places]


def cell_of(quarter: int) -> str:
    """The facet of the tally that holds the timeline's column of a quarter, by trade and lever mask."""
    return f"cell {quarter}"


def _count_in(session: Session, gained: Counter[Tallied]) -> None:
    dialect = session.get_bind().dialect.name
    into = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(ListingTally)
    upsert = into.on_conflict_do_update(
        index_elements=["facet", "value"], set_={"count": ListingTally.count + into.excluded.count}
    )
    session.execute(
        upsert, [{"facet": facet, "value": value, "count": count} for (facet, value), count in sorted(gained.items())]
    )


def _count_out(session: Session, lost: Counter[Tallied]) -> None:
    tally = ListingTally.__table__.c
    lowered = (
        update(ListingTally.__table__)  # type: ignore[arg-type]
        .where(tally.facet == bindparam("of"), tally.value == bindparam("at"))
        .values(count=tally.count - bindparam("fewer"))
    )
    session.connection().execute(
        lowered, [{"of": facet, "at": value, "fewer": count} for (facet, value), count in sorted(lost.items())]
    )
