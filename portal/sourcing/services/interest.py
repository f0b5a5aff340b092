"""An organisation says whether a lot interests it, and changes its mind as often as it likes."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.forecast.models import Lot
from portal.forecast.services import mark_public_change
from portal.kernel.actor import Actor
from portal.kernel.errors import Stale
from portal.sourcing import policies, queries, rules
from portal.sourcing.facts import Word
from portal.sourcing.models import Interest, InterestCommune, InterestWord
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import DisinterestReason, Event


def tell_interest(
    session: Session,
    lot: Lot,
    word: Word,
    *,
    communes: Collection[str],
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Interest:
    """Take an organisation's word; `expected_version` is 0 for who read that it had said nothing yet.

    `communes` are those that may be named. Raises Stale when a colleague spoke in between.
    """
    organisation_id = policies.ensure_may_tell_interest(actor, lot.project)
    rules.ensure_takes_interest(lot.project.state, is_live=is_live(lot))
    rules.ensure_word(word, communes)
    shown = queries.public_totals_of(session, lot.id)
    interest = _taken(session, lot, organisation_id, word, expected_version, now)
    _write(session, interest, word, actor, now)
    if queries.public_totals_of(session, lot.id) != shown:
        mark_public_change(session, now=now)
    journal.record(session, Event.INTEREST_TOLD, _subject(lot), actor=policies.VEILED, at=now)
    return interest


def is_live(lot: Lot) -> bool:
    return lot.ended_at is None and lot.award is None


def _taken(
    session: Session, lot: Lot, organisation_id: int, word: Word, expected_version: int, now: datetime
) -> Interest:
    """The organisation's row, at its next version: the first word makes it, one of two at once finds it made."""
    known = queries.interest_of(session, lot.id, organisation_id)
    if known is not None:
        ensure_current(known, expected_version)
        return known
    first = {"kind": word.kind, "disinterest": _reason(word), "told_at": now, "version": 1}
    named = {"named_to_buyer": word.named_to_buyer, "named_to_others": word.named_to_others}
    made = insert_once(session, Interest, lot_id=lot.id, organisation_id=organisation_id, **first, **named)
    known = queries.interest_of(session, lot.id, organisation_id)
    assert known is not None  # noqa: S101 — this transaction or another has just inserted it
    if not made:
        session.expunge(known)
        raise Stale(current=known)
    return known


def _write(session: Session, interest: Interest, word: Word, actor: Actor, now: datetime) -> None:
    live = word.kind.is_live
    interest.kind, interest.disinterest = word.kind, _reason(word)
    interest.hours = word.hours if live else None
    interest.named_to_buyer, interest.named_to_others = word.named_to_buyer, word.named_to_others
    interest.note, interest.told_at = word.note, now
    _place(interest, set(word.commune_codes) if live else set())
    said = {
        name: getattr(interest, name)
        for name in ("kind", "hours", "disinterest", "named_to_buyer", "named_to_others", "note")
    }
    session.add(InterestWord(interest_id=interest.id, at=now, by_label=actor.label, **said))
    session.flush()


def _reason(word: Word) -> DisinterestReason | None:
    return None if word.kind.is_live else word.disinterest


def _place(interest: Interest, codes: set[str]) -> None:
    kept = [place for place in interest.communes if place.commune_code in codes]
    new = codes - {place.commune_code for place in kept}
    interest.communes = [*kept, *(InterestCommune(commune_code=code) for code in sorted(new))]


def _subject(lot: Lot) -> tuple[str, int, str]:
    return ("project", lot.project_id, f"{lot.project.shown_number} {lot.project.title}, lot {lot.number}")
