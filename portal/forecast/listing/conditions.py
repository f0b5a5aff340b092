"""What a row of `listing` must be to have the values selected of a facet, and the parameters that say which."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    String,
    bindparam,
    cast,
    or_,
    select,
    union_all,
)

from portal.directory.models import Commune, Organisation
from portal.forecast.listing.selection import WITHOUT_LEVER, Facet, Selection
from portal.forecast.listing.upkeep import lever_mask
from portal.forecast.models import Listing, ListingPlace
from portal.vocabulary import Lever

_rows = Listing.__table__.c

COLUMNS: Mapping[Facet, str] = {
    Facet.LEVER: "levers",
    Facet.TRADE: "trade",
    Facet.PERIOD: "quarter",
    Facet.AMOUNT: "amount_band",
    Facet.CONFIDENCE: "confidence",
}


def parameters_of(selection: Selection) -> dict[str, Any]:
    """The values of every facet, under the names that `holding` calls them by; unused ones do no harm."""
    levers = selection.values(Facet.LEVER)
    parameters: dict[str, Any] = {
        "mask": lever_mask(Lever(value) for value in levers if value != WITHOUT_LEVER),
        "no_lever": 0 if WITHOUT_LEVER in levers else -1,
        "quarters": [quarter for value in selection.values(Facet.PERIOD) for quarter in _quarters(value)],
        "communes": list(selection.values(Facet.COMMUNE)),
        "buyers": list(selection.values(Facet.BUYER)),
    }
    for facet in (Facet.TRADE, Facet.AMOUNT, Facet.CONFIDENCE):
        parameters[COLUMNS[facet]] = list(selection.values(facet))
    return parameters


def _quarters(period: str) -> list[int]:
    """The quarters of « 2027 » or « 2027-T2 »."""
    year, _, quarter = period.partition("-T")
    first = int(year) * 4
    return [first + int(quarter) - 1] if quarter else list(range(first, first + 4))


def listed_as(name: str) -> BindParameter[Any]:
    """A parameter that holds a list."""
    return bindparam(name, expanding=True)


def holding(facet: Facet) -> ColumnElement[bool]:
    """Whether a row has one of the values selected.

    Parameters: `mask` of levers and `no_lever` (0, or −1 when not asked), `quarters`, `communes`, `buyers`, else the
    name of the column.
    """
    match facet:
        case Facet.LEVER:
            mask, none = bindparam("mask", type_=Integer), bindparam("no_lever", type_=Integer)
            return or_(_rows.levers.bitwise_and(mask) != 0, _rows.levers == none)
        case Facet.PERIOD:
            return _rows.quarter.in_(listed_as("quarters"))
        case Facet.COMMUNE:
            return _rows.lot_id.in_(select(ListingPlace.lot_id).where(ListingPlace.place.in_(_places_of_communes())))
        case Facet.BUYER:
            return _rows.buyer_id.in_(select(Organisation.id).where(Organisation.siret.in_(listed_as("buyers"))))
        case _:
            return _rows[COLUMNS[facet]].in_(listed_as(COLUMNS[facet]))


def _places_of_communes() -> CompoundSelect[str]:
    named = Commune.code.in_(listed_as("communes"))
    return union_all(
        select(cast(Commune.code, String)).where(named),
        select("E" + Commune.epci_siren).where(named),
        select("D" + Commune.department_code).where(named),
    )
