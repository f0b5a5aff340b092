"""The planned purchase as it stands: the `planning` and `tender` sections, and what it was awarded."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from portal.forecast import wording
from portal.forecast.rules import is_web_address
from portal.kernel.clock import paris_date
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.opendata.api.documents import page_of, project_page
from portal.opendata.ocds.values import (
    Document,
    begins,
    days_of,
    ends,
    euros,
    highest,
    known,
    lowest,
    organisation_id,
    reserved_to,
    supplier_id,
)
from portal.opendata.records import LotRecord
from portal.vocabulary import Confidence, LotOutcome, Procedure, ProjectState, PurchaseFamily

_METHODS = {
    Procedure.OPEN: "open",
    Procedure.RESTRICTED: "selective",
    Procedure.NEGOTIATED: "selective",
    Procedure.COMPETITIVE_DIALOGUE: "selective",
    Procedure.WITHOUT_PUBLICITY: "direct",
}
"""An adapted procedure may be any of them: its own name stands alone."""
_CATEGORIES = {PurchaseFamily.WORKS: "works", PurchaseFamily.SUPPLIES: "goods", PurchaseFamily.SERVICES: "services"}
_STATUSES = {
    ProjectState.IN_TENDER: "active",
    ProjectState.AWARDED: "complete",
    ProjectState.DROPPED: "cancelled",
}
_PAGE = {"format": "text/html", "language": "fr"}


def planning_of(lots: Sequence[LotRecord]) -> Document:
    one = lots[0]
    notice = {
        "id": "programmation",
        "documentType": "plannedProcurementNotice",
        "title": "Page du projet dans la programmation",
        "url": project_page(one),
        "datePublished": begins(paris_date(one.published_at)),
    }
    return {"documents": [notice | _PAGE], "milestones": [_milestone(lot) for lot in lots]}


def _milestone(lot: LotRecord) -> Document:
    """The planned consultation: its last possible day, and in words how sure and how precise it is."""
    planned = lot.planned
    return known(
        id=f"consultation-{lot.number}",
        type="preProcurement",
        title="Consultation prévue" if not lot.number else f"Consultation prévue, lot {lot.number}",
        description=f"{planned.label}, {lot.confidence.label}",
        dueDate=ends(planned.ends_on),
        status=_milestone_status(lot),
        relatedLots=_related(lot),
    )


def _milestone_status(lot: LotRecord) -> str:
    if lot.tender_url is not None or lot.state in {ProjectState.IN_TENDER, ProjectState.AWARDED}:
        return "met"
    return "notMet" if lot.state is ProjectState.DROPPED else "scheduled"


def tender_of(lots: Sequence[LotRecord], opened_at: datetime | None) -> Document:
    one = lots[0]
    allotted = [lot for lot in lots if lot.number]
    return known(
        id=one.reference,
        title=one.project_title,
        description=" ".join(filter(None, [one.project_summary, *(_more(lot) for lot in lots if not lot.number)])),
        status=_status(one, all(lot.confidence is Confidence.TO_CONFIRM for lot in lots)),
        procuringEntity={"id": organisation_id(one.buyer_siret), "name": one.buyer_name},
        mainProcurementCategory=_CATEGORIES[one.family],
        procurementMethod=_METHODS.get(one.procedure) if one.procedure else None,
        procurementMethodDetails=typo(one.procedure.label) if one.procedure else None,
        value=euros(_sum([highest(lot) for lot in lots])),
        minValue=euros(_sum([lowest(lot) for lot in lots])),
        items=[_item(lot) for lot in lots if lot.facts.cpv_code],
        tenderPeriod=_tender_period(lots, opened_at),
        enquiryPeriod=known(endDate=ends(one.questions_until)),
        contractPeriod=_contract_period(lots),
        documents=_notices(one),
        lots=[_lot(lot, opened_at) for lot in allotted],
        lotDetails=known(maximumLotsBidPerSupplier=one.lots_per_candidate) if allotted else None,
        otherRequirements=known(reservedParticipation=_reserved_to_all(lots)),
    )


def _status(lot: LotRecord, unsure: bool) -> str:
    return _STATUSES.get(lot.state) or ("planning" if unsure else "planned")


def _lot(lot: LotRecord, opened_at: datetime | None) -> Document:
    return known(
        id=str(lot.number),
        title=lot.facts.title or lot.project_title,
        description=" ".join(filter(None, [lot.facts.description, _more(lot)])),
        status=_lot_status(lot),
        value=euros(highest(lot)),
        minValue=euros(lowest(lot)),
        tenderPeriod=_tender_period([lot], opened_at),
        contractPeriod=_contract_period([lot]),
        otherRequirements=known(reservedParticipation=reserved_to(lot)),
    )


def _lot_status(lot: LotRecord) -> str:
    if lot.outcome is not None:
        return "complete" if lot.outcome is LotOutcome.AWARDED else "cancelled"
    return _status(lot, lot.confidence is Confidence.TO_CONFIRM)


def _more(lot: LotRecord) -> str:
    """What OCDS has no field for, in words: levers with their state, hours, places."""
    told = [
        ("Leviers sociaux", lot.lever_words),
        ("Heures d’insertion", wording.hours_words(lot.facts)),
        ("Lieux", lot.place_words),
        ("Durée", wording.duration_words(lot.facts)),
    ]
    return typo(" ".join(f"{label} : {words}." for label, words in told if words))


def _item(lot: LotRecord) -> Document:
    code = f"{lot.facts.cpv_code}-{lot.cpv_key}" if lot.cpv_key else lot.facts.cpv_code
    return known(
        id=str(lot.number),
        description=lot.facts.title or lot.project_title,
        classification=known(scheme="CPV", id=code, description=lot.cpv_label),
        relatedLot=str(lot.number) if lot.number else None,
    )


def _tender_period(lots: Sequence[LotRecord], opened_at: datetime | None) -> Document:
    one = lots[0]
    if opened_at is not None:
        return known(startDate=begins(paris_date(opened_at)), endDate=_offers_end(one, opened_at))
    first = min(lot.planned.starts_on for lot in lots)
    return known(startDate=begins(first), durationInDays=one.reply_days)


def _offers_end(lot: LotRecord, opened_at: datetime) -> str | None:
    due = lot.offers_due_on
    return ends(due) if due and due >= paris_date(opened_at) else None


def _contract_period(lots: Sequence[LotRecord]) -> Document:
    starts = [lot.facts.execution.starts_on for lot in lots if lot.facts.execution]
    lengths = {lot.facts.duration_months for lot in lots}
    months = lengths.pop() if len(lengths) == 1 else None
    return known(startDate=begins(min(starts)) if starts else None, durationInDays=days_of(months))


def _notices(lot: LotRecord) -> list[Document]:
    if lot.tender_url is None or not is_web_address(lot.tender_url):
        return []
    notice = {"id": "consultation", "documentType": "tenderNotice", "title": "Consultation sur le profil d’acheteur"}
    return [notice | {"url": lot.tender_url} | _PAGE]


def _reserved_to_all(lots: Sequence[LotRecord]) -> list[str]:
    """Whom the whole is kept for: every lot is, and for the same."""
    each = {tuple(reserved_to(lot)) for lot in lots}
    return list(each.pop()) if len(each) == 1 else []


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """None as soon as one is not known: part of a total would mislead."""
    found = [amount for amount in amounts if amount is not None]
    return sum(found, Decimal(0)) if len(found) == len(amounts) else None


def _related(lot: LotRecord) -> list[str]:
    return [str(lot.number)] if lot.number else []


def award_id(ocid: str, lot_number: int) -> str:
    return f"{ocid}-lot-{lot_number}"


def awards_of(ocid: str, lots: Sequence[LotRecord]) -> list[Document]:
    """To whom each lot was awarded: what the public page says, no more."""
    return [_award(ocid, lot) for lot in lots if lot.outcome is LotOutcome.AWARDED]


def _award(ocid: str, lot: LotRecord) -> Document:
    name = award_id(ocid, lot.number)
    return known(
        id=name,
        title=lot.title,
        description=typo(f"Heures d’insertion promises : {format_hours(lot.promised_hours)}.")
        if lot.promised_hours
        else None,
        status="active",
        date=begins(lot.decided_on),
        suppliers=[
            {"id": supplier_id(held, name, rank), "name": held.name} for rank, held in enumerate(lot.holders, 1)
        ],
        documents=[{"id": "page", "documentType": "awardNotice", "title": "Page du lot", "url": page_of(lot)} | _PAGE],
        relatedLots=_related(lot),
    )
