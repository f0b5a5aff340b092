"""A programme: received, its headings said, then taken into drafts or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import policies
from portal.forecast import services as forecast
from portal.journal import services as journal
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.french import typo
from portal.programmes import rules
from portal.programmes.examining import Examination, Examined, Kind, examine
from portal.programmes.headings import remembered_as
from portal.programmes.models import ProgrammeFile, ProgrammeHeading
from portal.programmes.reading import Sheet
from portal.programmes.rows import read_rows
from portal.storage.once import insert_each_once
from portal.vocabulary import Event, ProgrammeField

KEPT_FOR = timedelta(hours=48)
_LONGEST_NAME = 200


def receive(session: Session, buyer_id: int, sheet: Sheet, name: str, *, actor: Actor, now: datetime) -> ProgrammeFile:
    """Keep what was read until its author answers; it replaces what the same person had left without an answer."""
    policies.ensure_can_write(actor, buyer_id)
    assert actor.account_id is not None  # noqa: S101 — who brings a file has an account
    mine = (ProgrammeFile.account_id == actor.account_id, ProgrammeFile.buyer_id == buyer_id)
    session.execute(delete(ProgrammeFile).where(*mine, ProgrammeFile.taken_at.is_(None)))
    file = ProgrammeFile(
        buyer_id=buyer_id,
        account_id=actor.account_id,
        name=name[:_LONGEST_NAME],
        content=sheet.packed(),
        read_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(file)
    session.flush()
    return file


def say_headings(session: Session, file: ProgrammeFile, fields: Sequence[ProgrammeField], *, actor: Actor) -> None:
    """Say what each column tells, for this file and for the buyer's next ones.

    Raises RuleViolation without a column for the reference, the title or the date.
    """
    policies.ensure_can_write(actor, file.buyer_id)
    _ensure_waiting(file)
    rules.ensure_mapped(fields)
    sheet = Sheet.unpacked(file.content)
    file.content = replace(sheet, fields=fields).packed()
    _remember(session, file.buyer_id, dict(zip(map(remembered_as, sheet.headings), fields, strict=True)))


def examination_of(session: Session, file: ProgrammeFile, now: datetime) -> Examination:
    """What the file would do to the forecast as it stands."""
    buyer = session.get_one(Organisation, file.buyer_id)
    return examine_sheet(session, buyer, Sheet.unpacked(file.content), now)


def examine_sheet(session: Session, buyer: Organisation, sheet: Sheet, now: datetime) -> Examination:
    return examine(session, buyer, read_rows(sheet, buyer.siret[:9]), clock.paris_date(now))


@dataclass(frozen=True)
class Contact:
    """Whom new projects name, until someone else is typed."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Taken:
    new: int
    changed: int
    refused: Sequence[tuple[str, str]]
    """References that the forecast refused at the last moment, each with the reason."""


def take(session: Session, file: ProgrammeFile, *, shown: str, contact: Contact, actor: Actor, now: datetime) -> Taken:
    """Make drafts of what is new, and revise the drafts that differ: what the person was shown, and nothing else.

    `file` is held by the caller, and so is the buyer here: two programmes taken at once make a project once. Raises
    Stale when the forecast has changed since the page was `shown`.
    """
    policies.ensure_can_write(actor, file.buyer_id)
    _ensure_waiting(file)
    session.execute(select(Organisation.id).where(Organisation.id == file.buyer_id).with_for_update())
    examination = examination_of(session, file, now)
    if examination.digest != shown:
        raise Stale(current=file)
    if not examination.to_take:
        raise RuleViolation("Aucune ligne n’est à reprendre.")
    taken = take_examined(session, file.buyer_id, examination, contact, actor=actor, now=now)
    file.taken_at = now
    counts = {"new": taken.new, "changed": taken.changed, "refused": len(examination.faults) + len(taken.refused)}
    subject = ("programme_file", file.id, file.name)
    journal.record(session, Event.PROGRAMME_IMPORTED, subject, actor=actor, at=now, after=counts)
    return taken


def take_examined(
    session: Session, buyer_id: int, examination: Examination, contact: Contact, *, actor: Actor, now: datetime
) -> Taken:
    """One project after the other: one that is refused undoes nothing of the others."""
    acts: dict[str, Any] = {"actor": actor, "now": now}
    done = dict.fromkeys(Kind, 0)
    refused = []
    for each in examination.to_take:
        try:
            with session.begin_nested():
                if each.kind is Kind.NEW:
                    _create(session, buyer_id, each, contact, acts)
                else:
                    _revise(session, each, acts)
        except RuleViolation as problem:
            refused.append((each.reference, problem.sentence))
        else:
            done[each.kind] += 1
    return Taken(done[Kind.NEW], done[Kind.CHANGED], refused)


def drop(session: Session, file: ProgrammeFile, *, actor: Actor) -> None:
    """Take nothing, and forget the file."""
    policies.ensure_can_write(actor, file.buyer_id)
    _ensure_waiting(file)
    session.delete(file)
    session.flush()


def _create(session: Session, buyer_id: int, each: Examined, contact: Contact, acts: dict[str, Any]) -> None:
    assert each.facts is not None  # noqa: S101 — what is new has its facts
    facts = replace(each.facts, contact_name=contact.name, contact_email=contact.email)
    first, *others = (plan.facts for plan in each.lots)
    project = forecast.create_project(
        session, buyer_id, facts, first, allotment_defined=each.allotted, own_reference=each.reference, **acts
    )
    for lot in others:
        forecast.add_lot(session, project, lot, **acts)


def _revise(session: Session, each: Examined, acts: dict[str, Any]) -> None:
    assert each.project is not None  # noqa: S101 — what changes is known
    assert each.facts is not None  # noqa: S101
    project = each.project
    if each.facts != project.facts:
        forecast.revise_project(session, project, each.facts, expected_version=project.version, **acts)
    for plan in each.lots:
        if plan.lot is None:
            forecast.add_lot(session, project, plan.facts, **acts)
        else:
            forecast.revise_lot(session, plan.lot, plan.facts, expected_version=plan.lot.version, **acts)


def _ensure_waiting(file: ProgrammeFile) -> None:
    if file.taken_at is not None:
        raise RuleViolation(typo("Ce fichier a déjà sa réponse : rien n’a été fait deux fois."))


def _remember(session: Session, buyer_id: int, fields: dict[str, ProgrammeField]) -> None:
    mine = select(ProgrammeHeading).where(ProgrammeHeading.buyer_id == buyer_id, ProgrammeHeading.heading.in_(fields))
    held = {each.heading: each for each in session.scalars(mine)}
    for heading, field in fields.items():
        if heading in held:
            held[heading].field = field
    rows = [
        {"buyer_id": buyer_id, "heading": heading, "field": field}
        for heading, field in sorted(fields.items())
        if heading not in held
    ]
    insert_each_once(session, ProgrammeHeading, rows, told_by=ProgrammeHeading.heading)
