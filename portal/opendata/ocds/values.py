"""Dates, amounts and names as OCDS writes them. What is not known is left out: an empty field is a fault there."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from portal.contracts.queries import Holder
from portal.kernel.clock import PARIS
from portal.opendata.api.documents import number
from portal.opendata.records import LotRecord
from portal.vocabulary import Lever, Reservation

Document = dict[str, Any]

_DAYS_IN_A_MONTH = Decimal("365.25") / 12

RESERVED_TO = {
    Reservation.HANDICAP: "shelteredWorkshop",
    Reservation.INSERTION: "shelteredWorkshop",
    Reservation.HANDICAP_INSERTION: "shelteredWorkshop",
    Reservation.PENITENTIAIRE: "shelteredWorkshop",
    Reservation.ESS: "publicServiceMissionOrganization",
}


def known(**fields: Any) -> Document:
    """Those that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}) and not _is_blank(value)}


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def begins(day: date | None) -> str | None:
    """The first instant of a civil day, with the offset of Paris: read in UTC, it would be the day before."""
    return datetime.combine(day, time(), PARIS).isoformat() if day else None


def ends(day: date | None) -> str | None:
    return (
        (datetime.combine(day, time(), PARIS) + timedelta(days=1) - timedelta(seconds=1)).isoformat() if day else None
    )


def days_of(months: int | None) -> int | None:
    return int(months * _DAYS_IN_A_MONTH) if months is not None else None


def euros(amount: Decimal | int | None) -> Document | None:
    return None if amount is None else {"amount": number(Decimal(amount)), "currency": "EUR"}


def highest(lot: LotRecord) -> Decimal | None:
    """The most it is estimated at, or the bound of its band."""
    facts = lot.facts
    if facts.amount_high is not None or facts.amount_low is not None:
        return facts.amount_high
    high = facts.amount_band.high if facts.amount_band else None
    return Decimal(high) if high is not None else None


def lowest(lot: LotRecord) -> Decimal | None:
    facts = lot.facts
    if facts.amount_high is not None or facts.amount_low is not None:
        return facts.amount_low
    return Decimal(facts.amount_band.low) if facts.amount_band else None


def reserved_to(lot: LotRecord) -> list[str]:
    """Whom the lot is kept for, once that is decided: an idea is no requirement."""
    choice = lot.facts.choice(Lever.RESERVED)
    if choice is None or not choice.is_decided or choice.reservation is None:
        return []
    code = RESERVED_TO.get(choice.reservation)
    return [code] if code else []


def organisation_id(siret: str) -> str:
    return f"FR-SIRET-{siret}"


def supplier_id(held: Holder, award_id: str, rank: int) -> str:
    """That of its SIRET; of its place in the award for one that has none."""
    return organisation_id(held.siret) if held.siret else f"{award_id}-titulaire-{rank}"
