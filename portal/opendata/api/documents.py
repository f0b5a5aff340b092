"""Projects and lots as the API tells them: English names, codes beside their French words, euros before tax."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from portal.forecast import wording
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Revision
from portal.forecast.rules import is_web_address
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod
from portal.opendata.addresses import absolute
from portal.opendata.records import LotRecord
from portal.sourcing.models import PublicMeeting
from portal.vocabulary import Listed

Document = dict[str, Any]

WITHHELD = frozenset({"contact"})
"""Changes told without their words: they would name a person, who is nobody's open data."""


def coded(member: Listed | None) -> Document | None:
    return {"code": member.value, "label": typo(member.label)} if member is not None else None


def number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole when it is."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def civil(day: date | None) -> str | None:
    return day.isoformat() if day else None


def period(planned: PlannedPeriod | None) -> Document | None:
    if planned is None:
        return None
    return {
        "starts_on": civil(planned.starts_on),
        "ends_on": civil(planned.ends_on),
        "precision": coded(planned.precision),
        "label": planned.label,
    }


def lot_document(lot: LotRecord) -> Document:
    """A lot, and just enough of its project to find it."""
    return {
        "project": {
            "reference": lot.reference,
            "title": lot.project_title,
            "state": coded(lot.state),
            "buyer": buyer(lot),
            "api_url": absolute("api.project", reference=lot.reference),
        },
        **lot_facts(lot),
    }


def lot_facts(lot: LotRecord) -> Document:
    return {
        "number": lot.number,
        "title": lot.facts.title,
        "full_title": lot.title,
        "description": lot.facts.description,
        "status": typo(lot.status),
        **_what(lot),
        **_when(lot),
        **_size(lot),
        **_terms(lot),
        **_levers(lot),
        "award": _award(lot),
        "changed_at": instant(lot.changed_at),
        "page_url": page_of(lot),
        "api_url": absolute("api.lot", reference=lot.reference, number=lot.number),
    }


def _what(lot: LotRecord) -> Document:
    facts = lot.facts
    cpv = {"code": facts.cpv_code, "key": lot.cpv_key, "label": lot.cpv_label} if facts.cpv_code else None
    return {
        "trade": coded(facts.trade),
        "cpv": cpv,
        "whole_territory": facts.whole_territory,
        "communes": [{"code": place.code, "name": place.name} for place in lot.places],
    }


def _when(lot: LotRecord) -> Document:
    facts = lot.facts
    return {
        "consultation_planned": period(facts.planned),
        "confidence": coded(facts.confidence),
        "execution_planned": period(facts.execution),
        "duration_months": facts.duration_months,
        "renewals": facts.renewals,
        "renewal_months": facts.renewal_months,
    }


def _size(lot: LotRecord) -> Document:
    facts = lot.facts
    return {
        "amount_band": coded(facts.amount_band),
        "amount_low_eur": number(facts.amount_low),
        "amount_high_eur": number(facts.amount_high),
        "framework_minimum_eur": number(facts.framework_minimum),
        "framework_maximum_eur": number(facts.framework_maximum),
        "insertion_hours": number(facts.hours_wanted),
        "insertion_hours_per_year": facts.hours_per_year if facts.hours_wanted is not None else None,
    }


def _terms(lot: LotRecord) -> Document:
    facts = lot.facts
    return {
        "technique": coded(facts.technique),
        "execution_mode": coded(facts.execution_mode),
        "advance_percent": facts.advance_percent,
        "payment": facts.payment_rhythm,
        "staff_to_take_over": facts.staff_to_take_over,
        "staff_note": facts.staff_note,
        "visit": facts.visit,
        "price_weight_percent": facts.price_weight_percent,
        "other_criteria": facts.other_criteria,
        "replaced_contract": facts.replaced_contract,
        "replaced_contract_ends_on": civil(facts.replaced_ends_on),
        "alone_and_grouped_allowed": facts.alone_and_grouped_allowed,
        "several_groupements_allowed": facts.several_groupements_allowed,
        "essential_tasks": list(facts.task_labels),
        "adapted_allotment": facts.adapted_allotment,
        "adapted_allotment_reason": facts.adapted_allotment_reason,
        "derogation": coded(facts.derogation),
        "derogation_reason": facts.derogation_reason,
    }


def _levers(lot: LotRecord) -> Document:
    return {
        "levers": [_lever(choice) for choice in lot.facts.levers],
        "social_considerations": [coded(each) for each in lot.considerations],
    }


def _lever(choice: LeverChoice) -> Document:
    return {
        "kind": coded(choice.lever),
        "state": coded(choice.state),
        "words": wording.lever_title(choice),
        "reservation": coded(choice.reservation),
        "article": choice.article,
        "weight_percent": choice.weight_percent,
        "reason": choice.reason,
    }


def _award(lot: LotRecord) -> Document | None:
    if lot.outcome is None:
        return None
    return {
        "outcome": coded(lot.outcome),
        "decided_on": civil(lot.decided_on),
        "reason": lot.outcome_reason,
        "promised_hours": number(lot.promised_hours),
        "holders": [
            {"siret": held.siret, "name": held.name, "is_mandataire": held.is_mandataire} for held in lot.holders
        ],
    }


def buyer(lot: LotRecord) -> Document:
    return {
        "siret": lot.buyer_siret,
        "name": lot.buyer_name,
        "page_url": absolute("directory.show", siret=lot.buyer_siret),
    }


def page_of(lot: LotRecord) -> str:
    if not lot.lot_in_address:
        return project_page(lot)
    return absolute("forecast.lot", reference=lot.reference, number=lot.lot_in_address)


def project_page(lot: LotRecord) -> str:
    return absolute("forecast.show", reference=lot.reference)


def project_document(lots: Sequence[LotRecord]) -> Document:
    """A project by its lots, which all tell its own facts."""
    one = lots[0]
    return {
        "reference": one.reference,
        "number": one.project_number,
        "title": one.project_title,
        "summary": one.project_summary,
        "state": coded(one.state),
        "published_at": instant(one.published_at),
        "changed_at": instant(max(lot.changed_at for lot in lots)),
        "buyer": buyer(one),
        "family": coded(one.family),
        "procedure": coded(one.procedure),
        "reply_days": one.reply_days,
        "lots_per_candidate": one.lots_per_candidate,
        "allotment_defined": one.number != 0,
        "contact": {"service": one.contact_service, "email": one.contact_email, "phone": one.contact_phone},
        "questions_until": civil(one.questions_until),
        "consultation_url": one.tender_url if is_web_address(one.tender_url) else None,
        "offers_due_on": civil(one.offers_due_on),
        "lots": [lot_facts(lot) for lot in lots],
        "page_url": project_page(one),
        "api_url": absolute("api.project", reference=one.reference),
        "ocds_url": absolute("api.ocds_project", reference=one.reference),
    }


def history_document(history: Iterable[tuple[Revision, int | None]]) -> list[Document]:
    """The public history by acts, from the first to the last."""
    return [
        {
            "at": instant(at),
            "by": by,
            "reason": reason,
            "changes": [_change(revision, lot) for revision, lot in lines],
        }
        for (at, reason, by), lines in acts_of(history)
    ]


def acts_of(
    history: Iterable[tuple[Revision, int | None]],
) -> list[tuple[tuple[datetime, str | None, str], list[tuple[Revision, int | None]]]]:
    """What was told at once, of one reason, by one service."""
    grouped = groupby(history, key=lambda line: (line[0].at, line[0].reason, line[0].by_label))
    return [(act, list(lines)) for act, lines in grouped]


def _change(revision: Revision, lot: int | None) -> Document:
    told = revision.field not in WITHHELD
    return {
        "lot_number": lot,
        "field": revision.field,
        "label": revision.label,
        "before": revision.before if told else None,
        "after": revision.after if told else None,
    }


def meeting_document(meeting: PublicMeeting) -> Document:
    """A meeting open to all; the project it is about, once that is public."""
    project = meeting.project if meeting.project and meeting.project.is_public else None
    return {
        "id": meeting.public_id,
        "title": meeting.title,
        "text": meeting.text,
        "starts_at": instant(meeting.starts_at),
        "ends_at": instant(meeting.ends_at),
        "place": meeting.place,
        "url": meeting.url if is_web_address(meeting.url) else None,
        "cancelled_at": instant(meeting.cancelled_at) if meeting.cancelled_at else None,
        "cancel_reason": meeting.cancel_reason,
        "buyer": {
            "siret": meeting.buyer.siret,
            "name": meeting.buyer.shown_name,
            "page_url": absolute("directory.show", siret=meeting.buyer.siret),
        },
        "project_reference": project.reference if project else None,
        "page_url": absolute("sourcing.meeting", public_id=meeting.public_id),
    }
