"""Any search of the public list to subscribe to: a page of an Atom feed, and a calendar."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.forecast.listing.search import cursor_at, matching
from portal.forecast.listing.selection import Cursor, Facet, Order, Selection
from portal.forecast.models import Listing, Lot, Project, Revision
from portal.kernel.clock import PARIS
from portal.kernel.french import format_date, typo
from portal.opendata.records import LotRecord, records_of
from portal.sourcing.models import PublicMeeting
from portal.vocabulary import ProjectState

ENTRIES = 50
MOST_EVENTS = 1_000
"""A calendar beyond that hangs the programs that read it; the soonest lots are kept, and its description says so."""
_TOLD_AGAIN = timedelta(days=90)
"""How long a calendar still tells that a lot is no longer to come, so that agendas drop it."""
_MOST_ENDED = 300

_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

AddressOf = Callable[[LotRecord], str]


def plain(text: str) -> str:
    """The text without the characters that XML and calendars refuse."""
    return _NOT_XML.sub(" ", text)


@dataclass(frozen=True)
class Told:
    """What changed last: the fact, before, after; the reason of the act stands on each."""

    label: str
    before: str | None
    after: str | None
    reason: str | None


@dataclass(frozen=True)
class FeedPage:
    """Some lots of a search, the last changed first, with what their last change was."""

    lots: Sequence[LotRecord]
    told: Mapping[int, Sequence[Told]]
    next_place: Cursor | None


def feed_page(session: Session, selection: Selection) -> FeedPage:
    """Five statements at most. A page starts at a lot: what is published meanwhile neither hides nor repeats one."""
    by_change = selection.sorted_by(Order.CHANGE)
    after = selection.cursor if selection.order is Order.CHANGE else None
    ids = matching(session, by_change, after=after, most=ENTRIES + 1)
    kept = ids[:ENTRIES]
    following = cursor_at(session, Order.CHANGE, kept[-1]) if len(ids) > ENTRIES else None
    return FeedPage(records_of(session, kept), _last_told(session, kept), following)


def _last_told(session: Session, lot_ids: Sequence[int]) -> dict[int, list[Told]]:
    """What the last public act changed for each lot: on the lot itself, or on the project it belongs to."""
    acts = (
        select(Listing.lot_id, Revision.label, Revision.before, Revision.after, Revision.reason)
        .join(Revision, (Revision.project_id == Listing.project_id) & (Revision.at == Listing.changed_at))
        .where(Listing.lot_id.in_(lot_ids), or_(Revision.lot_id.is_(None), Revision.lot_id == Listing.lot_id))
        .order_by(Revision.id)
    )
    told: dict[int, list[Told]] = {}
    for lot_id, label, *words in session.execute(acts) if lot_ids else ():
        told.setdefault(lot_id, []).append(Told(label, *(plain(word) if word else None for word in words)))
    return told


def coming(session: Session, selection: Selection) -> list[LotRecord]:
    """The lots that a calendar shows, the soonest planned first."""
    found: list[LotRecord] = []
    by_date = selection.sorted_by(Order.DATE)
    after: Cursor | None = None
    while ids := matching(session, by_date, after=after, most=min(500, MOST_EVENTS - len(found))):
        found += records_of(session, ids)
        if len(found) >= MOST_EVENTS:
            break
        after = cursor_at(session, Order.DATE, ids[-1])
    return found


def ended(session: Session, selection: Selection, now: datetime) -> list[LotRecord]:
    """Public lots dropped or withdrawn of late; of the buyers and trades selected, for they are listed no more."""
    since = now - _TOLD_AGAIN
    dropped = (Project.state == ProjectState.DROPPED) & (Project.state_since > since)
    gone = select(Lot.id).join(Lot.project).where(Project.published_at.is_not(None), or_(dropped, Lot.ended_at > since))
    if trades := selection.values(Facet.TRADE):
        gone = gone.where(Lot.trade.in_(trades))
    lots = records_of(session, session.scalars(gone.order_by(Lot.id.desc()).limit(_MOST_ENDED)).all())
    sirets = selection.values(Facet.BUYER)
    return [lot for lot in lots if not sirets or lot.buyer_siret in sirets]


def meetings_for(
    selection: Selection, meetings: Iterable[PublicMeeting], lots: Sequence[LotRecord]
) -> list[PublicMeeting]:
    """Those about a project found; and a buyer's own, unless another buyer was asked for."""
    projects, sirets = {lot.project_id for lot in lots}, selection.values(Facet.BUYER)
    return [
        meeting
        for meeting in meetings
        if (meeting.project_id in projects if meeting.project_id else not sirets or meeting.buyer.siret in sirets)
    ]


@dataclass(frozen=True)
class Authority:
    """In whose name identifiers are given, for ever: the portal's own host."""

    host: str

    def entry_id(self, lot: LotRecord) -> str:
        return f"tag:{self.host},2026:lot/{lot.reference}/{lot.number}"

    def uid(self, kind: str, name: str) -> str:
        return f"{kind}-{name}@{self.host}"


@dataclass(frozen=True)
class CalendarOf:
    """What a calendar is made of."""

    name: str
    description: str
    authority: Authority
    address_of: AddressOf


def calendar(about: CalendarOf, lots: Sequence[LotRecord], meetings: Sequence[PublicMeeting]) -> bytes:
    """RFC 5545: each lot's planned consultation, then the last day for offers; public meetings with their hours."""
    import icalendar  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

    made = icalendar.Calendar.new(
        name=about.name,
        description=about.description,
        refresh_interval=timedelta(hours=12),
        prodid="-//Amont//Programmation des achats//FR",
        uid=about.authority.uid("calendrier", "programmation"),
    )
    made.add("x-published-ttl", "PT12H")
    for event in (*_lot_events(about, lots), *_meeting_events(about, meetings)):
        made.add_component(icalendar.Event.new(**event))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def _lot_events(about: CalendarOf, lots: Iterable[LotRecord]) -> Iterator[dict[str, Any]]:
    for lot in lots:
        name = f"{lot.reference}-{lot.number}"
        if lot.state is not ProjectState.IN_TENDER:
            yield _all_day(about, lot, about.authority.uid("consultation", name), lot.planned.starts_on, _planned(lot))
        elif lot.offers_due_on:
            day = lot.offers_due_on
            yield _all_day(about, lot, about.authority.uid("offres", name), day, f"Remise des offres : {lot.title}")


def _planned(lot: LotRecord) -> str:
    return f"Consultation prévue ({lot.planned.short_label}, {lot.confidence.label}) : {lot.title}"


def _all_day(about: CalendarOf, lot: LotRecord, uid: str, day: date, summary: str) -> dict[str, Any]:
    return {
        "uid": uid,
        "summary": typo(plain(summary)),
        "description": typo(plain("\n".join(_lines(about, lot)))),
        "start": day,
        "end": day + timedelta(days=1),
        "url": about.address_of(lot),
        "location": plain(lot.place_words) if lot.place_words else None,
        "status": "CANCELLED" if lot.is_over else "CONFIRMED" if lot.confidence.value == "firm" else "TENTATIVE",
        "transparency": "TRANSPARENT",
        "categories": [lot.trade.label],
    } | _revised(lot.changed_at)


def _lines(about: CalendarOf, lot: LotRecord) -> Iterator[str]:
    yield f"{lot.buyer_name} · {lot.trade.label} · {lot.status}"
    yield f"Consultation : {lot.planned.label}, date {lot.confidence.label}."
    if lot.lever_words:
        yield lot.lever_words
    if lot.questions_until:
        yield f"Questions jusqu’au {format_date(lot.questions_until)}."
    yield "Prévision sans engagement."
    yield about.address_of(lot)


def _meeting_events(about: CalendarOf, meetings: Iterable[PublicMeeting]) -> Iterator[dict[str, Any]]:
    for meeting in meetings:
        told = [meeting.buyer.shown_name, meeting.text, meeting.cancel_reason and f"Annulée : {meeting.cancel_reason}"]
        yield {
            "uid": about.authority.uid("rencontre", str(meeting.public_id)),
            "summary": typo(plain(f"Rencontre : {meeting.title}")),
            "description": typo(plain("\n".join(line for line in told if line))),
            "start": meeting.starts_at.astimezone(PARIS),
            "end": meeting.ends_at.astimezone(PARIS),
            "location": plain(meeting.place) if meeting.place else None,
            "url": meeting.url,
            "status": "CANCELLED" if meeting.cancelled_at else "CONFIRMED",
        } | _revised(meeting.cancelled_at or meeting.changed_at)


def _revised(at: datetime) -> dict[str, Any]:
    """The last change dates the event: the same lots give the same bytes. SEQUENCE grows with it, by minutes."""
    instant = at.astimezone(UTC).replace(microsecond=0)
    return {"stamp": instant, "last_modified": instant, "sequence": int((instant - _EPOCH).total_seconds() // 60)}


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
