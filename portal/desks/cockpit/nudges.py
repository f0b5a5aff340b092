"""Who was written to, who may be, and writing: at most one message a week for each structure and subject."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts.models import Account
from portal.alerts.models import AlertPreference
from portal.calibration.facts import Structure
from portal.desks.cockpit import rules
from portal.desks.models import Nudge
from portal.forecast.models import Lot
from portal.groupements import queries as groupements
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import RuleViolation
from portal.outbox.services import Promise, promise_each
from portal.storage.once import insert_once
from portal.vocabulary import AlertKind, Event, Frequency, MessageKind, NudgeSubject

Sent = Mapping[tuple[int, NudgeSubject], Nudge]
"""By structure and subject."""


def sent_to(session: Session, structure_ids: Collection[int], about: int = 0) -> Sent:
    """When each was last written to; `about`: a lot, for what is told of lots. One statement."""
    last = select(Nudge).where(Nudge.structure_id.in_(structure_ids), Nudge.about == about)
    return {(each.structure_id, each.subject): each for each in session.scalars(last)}


def people_of(session: Session, structure_ids: Collection[int], now: datetime) -> Sequence[tuple[int, Account]]:
    """Whoever speaks for these structures and takes such messages. Two statements."""
    stopped = select(AlertPreference.account_id, AlertPreference.organisation_id).where(
        AlertPreference.organisation_id.in_(structure_ids),
        AlertPreference.kind == AlertKind.NUDGES,
        AlertPreference.frequency == Frequency.NEVER,
    )
    refusing = {(organisation_id, account_id) for account_id, organisation_id in session.execute(stopped)}
    everyone = groupements.people_of(session, structure_ids, now)
    return [(id_, account) for id_, account in everyone if (id_, account.id) not in refusing]


def nudge(
    session: Session,
    structure: tuple[int, str],
    subject: NudgeSubject,
    *,
    due: Collection[NudgeSubject],
    about: int = 0,
    actor: Actor,
    now: datetime,
) -> int:
    """Write to a member's people about one thing, and keep that it was done; how many people.

    `structure`: its id and name; that it is a member, and what it is due, were read in the same transaction.
    Raises RuleViolation when there is nothing to say, nobody to read it, or a message less than a week old.
    """
    id_, name = structure
    rules.ensure_due(subject, due)
    people = people_of(session, [id_], now)
    rules.ensure_somebody(len(people))
    sent = _claim(session, id_, subject, about, actor, paris_date(now))
    ids = {"nudge": sent.id, "number": sent.number, "network": sent.network_id}
    promises = [
        Promise(account.email, {**ids, "account": account.id}, f"nudge:{sent.id}:{sent.number}:{account.id}")
        for _, account in people
    ]
    promise_each(session, MessageKind.NUDGE, promises, now=now)
    told = {"subject": subject, "about": about or None, "people": len(people)}
    journal.record(session, Event.NETWORK_NUDGED, ("organisation", id_, name), actor=actor, at=now, after=told)
    return len(people)


def tell_of_lot(
    session: Session, lot: Lot, structures: Iterable[Structure], *, actor: Actor, now: datetime
) -> tuple[list[str], list[str]]:
    """Point a lot out to members: the names of those written to, and of those that could not be."""
    written, missed = [], []
    for each in structures:
        member = (each.organisation_id, each.name)
        try:
            nudge(session, member, NudgeSubject.LOT, due={NudgeSubject.LOT}, about=lot.id, actor=actor, now=now)
            written.append(each.name)
        except RuleViolation:
            missed.append(each.name)
    return written, missed


def _claim(session: Session, structure_id: int, subject: NudgeSubject, about: int, actor: Actor, today: date) -> Nudge:
    """Take the week: of two people who press at once, one does. Raises RuleViolation."""
    keys = {"structure_id": structure_id, "subject": subject, "about": about}
    by = {"network_id": actor.organisation_id or 0, "sent_on": today, "by_label": actor.label[:_LONGEST_LABEL]}
    this = select(Nudge).filter_by(**keys).execution_options(populate_existing=True)
    if not insert_once(session, Nudge, **keys, **by, number=1):
        old_enough = Nudge.sent_on <= today - rules.APART
        again = update(Nudge).filter_by(**keys).where(old_enough).values(**by, number=Nudge.number + 1)
        taken = session.execute(again.returning(Nudge.id).execution_options(synchronize_session=False)).first()
        if taken is None:
            rules.ensure_apart(session.scalars(this).one().sent_on, today)
    return session.scalars(this).one()


_LONGEST_LABEL = 300
