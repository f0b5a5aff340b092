"""Documents asked by whoever holds the pen, brought by each member until the filing, each opening journaled.

The journal is read by administrators: it tells which row, neither what the document is nor what it says.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import Session

from portal.groupements import policies, translation
from portal.groupements.documents import queries, rules
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member, MemberDocument
from portal.groupements.services.base import lock, record
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.pieces import files
from portal.pieces import services as pieces
from portal.pieces.files import Staged
from portal.pieces.keepers import Keeper
from portal.vocabulary import DocumentKind, Event, GroupementState, MemberRole, Reservation

KEPT_AFTER_THE_END = timedelta(days=365)
"""Of a candidacy that was answered: until then a member may have to show what it had brought."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A document to ask, of these members by their public ids; `label` says what it is when the kind does not."""

    kind: DocumentKind
    label: str | None
    members: Collection[str]


@dataclass(frozen=True, kw_only=True)
class Brought:
    """A file brought, by what it really is, and the last day on which it is worth something."""

    staged: Staged
    media_type: str
    expires_on: date | None


def ask_usual(session: Session, groupement: Groupement, *, actor: Actor, now: datetime) -> int:
    """Ask each member the usual documents that it is not asked yet; how many."""
    asked = _hold(session, groupement, actor, now)
    reserved = any(translation.reservation_of(lot) is not Reservation.NONE for lot in groupement.lots)
    count = 0
    for member in _active(groupement):
        is_mandataire = member.role is MemberRole.MANDATAIRE
        known = {document.kind for document in asked[member.id]}
        for kind in rules.usual(is_mandataire=is_mandataire, is_reserved=reserved):
            if kind not in known:
                _add(session, member, kind, None, now)
                count += 1
    if not count:
        raise RuleViolation("Les pièces habituelles sont déjà demandées à tous les membres.")
    _record(session, Event.GROUPEMENT_DOCUMENT_ASKED, groupement, actor=actor, now=now, documents=count)
    return count


def ask(session: Session, groupement: Groupement, new: Asked, *, actor: Actor, now: datetime) -> int:
    """Ask one more document of some members; how many of them did not have it to bring yet."""
    rules.ensure_named(new.kind, new.label)
    asked = _hold(session, groupement, actor, now)
    label = new.label if new.kind is DocumentKind.OTHER else None
    wanting = [
        member
        for member in _active(groupement)
        if member.public_id in new.members and not _is_asked(asked[member.id], new.kind, label)
    ]
    if not wanting:
        raise RuleViolation("Cette pièce est déjà demandée.", "kind")
    for member in wanting:
        rules.ensure_room(asked[member.id])
        _add(session, member, new.kind, label, now)
    _record(session, Event.GROUPEMENT_DOCUMENT_ASKED, groupement, actor=actor, now=now, documents=len(wanting))
    return len(wanting)


def stop_asking(session: Session, groupement: Groupement, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Ask a document no more, unless its member has brought it: it alone takes its file back."""
    _hold(session, groupement, actor, now)
    _, document = queries.called(session, groupement, public_id, actor, now)
    if document.file_id is not None:
        raise RuleViolation(typo("Cette pièce est apportée : seul le membre retire son fichier."))
    document.removed_at = now
    _record(session, Event.GROUPEMENT_DOCUMENT_REMOVED, groupement, actor=actor, now=now, document=public_id)


def bring(
    session: Session, groupement: Groupement, public_id: str, new: Brought, *, actor: Actor, now: datetime
) -> MemberDocument:
    """Bring one's own document, or another file in its place."""
    rules.ensure_lasts(new.expires_on, clock.paris_date(now))
    document = _own(session, groupement, public_id, actor, now)
    document.file_id = pieces.store(session, new.staged, new.media_type, now=now)
    document.brought_at, document.brought_by_label = now, actor.label[:300]
    document.expires_on = new.expires_on
    _record(session, Event.GROUPEMENT_DOCUMENT_BROUGHT, groupement, actor=actor, now=now, document=public_id)
    return document


def take_back(session: Session, groupement: Groupement, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Take one's own file back; the document stays asked."""
    document = _own(session, groupement, public_id, actor, now)
    if document.file_id is None:
        raise RuleViolation("Cette pièce est déjà retirée.")
    _empty(document)
    _record(session, Event.GROUPEMENT_DOCUMENT_REMOVED, groupement, actor=actor, now=now, document=public_id)


def note_opening(
    session: Session, groupement: Groupement, document: MemberDocument, *, actor: Actor, now: datetime
) -> None:
    event = Event.GROUPEMENT_DOCUMENT_READ
    _record(session, event, groupement, actor=actor, now=now, document=document.public_id)


def _outlived(now: datetime) -> ColumnElement[bool]:
    """Files of who is no longer a member, of a groupement that was dissolved, or answered a year ago."""
    settled = now - files.SETTLED
    gone = Member.state.not_in(ACTIVE) & (Member.answered_at < settled)
    dissolved = (Groupement.state == GroupementState.DISSOLVED) & (Groupement.ended_at < settled)
    answered = Groupement.ended_at < now - KEPT_AFTER_THE_END
    return exists().where(
        and_(
            Member.id == MemberDocument.member_id,
            Groupement.id == Member.groupement_id,
            or_(gone, dissolved, answered),
        )
    )


KEEPER = Keeper(
    "pièces de groupements oubliées",
    MemberDocument,
    _outlived,
    emptied=("file_id", "brought_at", "brought_by_label", "expires_on"),
)


def _hold(session: Session, groupement: Groupement, actor: Actor, now: datetime) -> dict[int, list[MemberDocument]]:
    """Nobody asks or files meanwhile. Raises Refused, or RuleViolation once nothing changes any more."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    rules.ensure_changeable(groupement.state)
    return queries.of(session, groupement)


def _own(session: Session, groupement: Groupement, public_id: str, actor: Actor, now: datetime) -> MemberDocument:
    lock(session, groupement)
    rules.ensure_changeable(groupement.state)
    return queries.own(session, groupement, public_id, actor, now)[1]


def _active(groupement: Groupement) -> Iterable[Member]:
    return [member for member in groupement.members if member.state in ACTIVE]


def _is_asked(asked: Iterable[MemberDocument], kind: DocumentKind, label: str | None) -> bool:
    return (kind, (label or "").casefold()) in {(each.kind, (each.label or "").casefold()) for each in asked}


def _add(session: Session, member: Member, kind: DocumentKind, label: str | None, now: datetime) -> None:
    session.add(MemberDocument(member_id=member.id, kind=kind, label=label, asked_at=now))


def _empty(document: MemberDocument) -> None:
    document.file_id = document.brought_at = document.brought_by_label = document.expires_on = None


def _record(
    session: Session, event: Event, groupement: Groupement, *, actor: Actor, now: datetime, **told: object
) -> None:
    session.flush()
    record(session, event, groupement, actor=actor, now=now, after=told)
