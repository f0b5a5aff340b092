"""The lots of a page of the list, as they read: one statement for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, String, bindparam, cast, func, select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Organisation
from portal.forecast import wording
from portal.forecast.facts import LeverChoice
from portal.forecast.listing.selection import Cursor, Order
from portal.forecast.models import Listing, Lot, LotCommune, LotLever, Project
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod
from portal.kernel.text import fold
from portal.vocabulary import Confidence, Lever, LeverState, ProjectState, Reservation

AddressOf = Callable[[str, int | None], str]
"""The address of a project, and of one of its lots."""

_PLACES_SHOWN = 3
_PART, _ITEM = "|", "\n"


@dataclass(frozen=True)
class LeverMark:
    """A lever as signs and words show it."""

    kind: str
    state: str | None
    words: str
    article: str | None


@dataclass(frozen=True)
class ListedLot:
    """One row of the list, ready to print."""

    when: str
    confidence: Confidence
    title: str
    url: str
    meta: str
    levers: list[LeverMark]
    amount: str | None
    hours: str | None
    lot_id: int
    key: date | datetime | Decimal
    for_you: str | None = None

    def cursor(self, *, backwards: bool = False) -> Cursor:
        """The place of this row in its order."""
        return Cursor(self.key, self.lot_id, backwards)


def rows_of(session: Session, lot_ids: Sequence[int], order: Order, address_of: AddressOf) -> list[ListedLot]:
    """These lots in their order."""
    return [_worded(row, address_of) for row in session.execute(_statement(order), {"lot_ids": lot_ids})]


@lru_cache
def _statement(order: Order) -> Select[Any]:
    key = Listing.__table__.c[order.column]
    columns = (key.desc(), Listing.lot_id.desc()) if order.descending else (key, Listing.lot_id)
    lot, project = Lot.__table__.c, Project.__table__.c
    return (
        select(
            lot.id,
            lot.number,
            lot.title,
            lot.trade,
            lot.planned_on,
            lot.planned_precision,
            lot.confidence,
            lot.amount_band,
            lot.hours_wanted,
            lot.hours_per_year,
            lot.whole_territory,
            lot.adapted_allotment,
            project.title.label("project_title"),
            project.reference,
            project.state,
            Organisation.shown_name.label("buyer_name"),
            key.label("key"),
            live_lots(Listing).label("lots"),
            _levers().label("levers"),
            _communes().label("communes"),
        )
        .select_from(Listing)
        .join(Lot, Lot.id == Listing.lot_id)
        .join(Project, Project.id == Listing.project_id)
        .join(Organisation, Organisation.id == Listing.buyer_id)
        .where(Listing.lot_id.in_(bindparam("lot_ids", expanding=True)))
        .order_by(*columns)
    )


def live_lots(of: type[Listing | Lot]) -> ScalarSelect[int]:
    """How many lots live in the project of a row, those already awarded included."""
    other = Lot.__table__.alias("other")
    live = (other.c.project_id == of.project_id, other.c.ended_at.is_(None))
    return select(func.count()).where(*live).correlate(of).scalar_subquery()


def _levers() -> ScalarSelect[str]:
    parts = (LotLever.lever, LotLever.state, LotLever.reservation, LotLever.weight_percent)
    spelled = [func.coalesce(cast(part, String), "") for part in parts]
    joined = spelled[0] + _PART + spelled[1] + _PART + spelled[2] + _PART + spelled[3]
    live = LotLever.state != LeverState.DISCARDED
    held = select(func.aggregate_strings(joined, _ITEM)).where(LotLever.lot_id == Listing.lot_id, live)
    return held.correlate(Listing).scalar_subquery()


def _communes() -> ScalarSelect[str]:
    names = select(func.aggregate_strings(Commune.name, _ITEM)).join(
        LotCommune, LotCommune.commune_code == Commune.code
    )
    return names.where(LotCommune.lot_id == Listing.lot_id).correlate(Listing).scalar_subquery()


def _worded(row: Row[Any], address_of: AddressOf) -> ListedLot:
    alone = row.lots == 1
    return ListedLot(
        when=PlannedPeriod(row.planned_on, row.planned_precision).short_label,
        confidence=row.confidence,
        title=row.project_title if alone else lot_title(row.project_title, row.number, row.title),
        url=address_of(row.reference, None if alone else row.number),
        meta="\u00a0· ".join(filter(None, _meta(row))),
        levers=_marks(row),
        amount=wording.band_words(row.amount_band),
        hours=wording.hours_told(row.hours_wanted or None, per_year=row.hours_per_year),
        lot_id=row.id,
        key=row.key,
    )


def lot_title(project_title: str, number: int, title: str | None) -> str:
    """« Nettoyage des écoles — lot 3, rive droite »."""
    return f"{project_title} — lot {number}" + (f", {title}" if title else "")


def lever_mark(choice: LeverChoice) -> LeverMark:
    """A lever with its state; « décidé » goes without saying in a list."""
    article = f"art. {choice.article}" if choice.article else None
    state = None if choice.is_decided else choice.state.value
    return LeverMark(choice.lever.value, state, wording.lever_title(choice), article)


def _meta(row: Row[Any]) -> list[str | None]:
    names = sorted(filter(None, (row.communes or "").split(_ITEM)), key=fold)
    places = "toutes les communes" if row.whole_territory else wording.listed_places(names, _PLACES_SHOWN)
    running = "consultation en cours" if row.state is ProjectState.IN_TENDER else None
    undefined = "allotissement à définir" if row.number == 0 else None
    return [row.buyer_name, row.trade.label, places, undefined, running]


def _marks(row: Row[Any]) -> list[LeverMark]:
    choices = [_choice(item) for item in (row.levers or "").split(_ITEM) if item]
    marks = [lever_mark(choice) for choice in sorted(choices, key=lambda choice: list(Lever).index(choice.lever))]
    if row.adapted_allotment:
        marks.append(LeverMark("other", None, typo("allotissement adapté"), None))
    return marks


def _choice(item: str) -> LeverChoice:
    lever, state, reservation, weight = item.split(_PART)
    return LeverChoice(
        Lever(lever),
        LeverState(state),
        reservation=Reservation(reservation) if reservation else None,
        weight_percent=int(weight) if weight else None,
    )
