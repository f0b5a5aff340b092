"""An employer's part of a month: filled, handed, handed back; and what the deposit takes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.declarations import emails_of_parts as emails
from portal.declarations import policies, rules
from portal.declarations.facts import LineFacts, NewPerson
from portal.declarations.models import Declaration, DelegatedPart, Deposit, Line, Participant
from portal.declarations.services import people, telling
from portal.declarations.services.drafts import write_lines
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.kernel.french import plural, typo
from portal.storage import ensure_current, touch
from portal.vocabulary import Event, PartState


def save_part(
    session: Session,
    part: DelegatedPart,
    rows: Sequence[LineFacts],
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the part as typed, even incomplete. Problems stand as in `drafts.save`.

    Stale for a line that is gone: the portal takes out of a month opened before those who left in the one before.
    """
    take(session, part, expected_version, actor)
    lines = {line.id: line for line in part.lines}
    if not {row.line_id for row in rows} <= lines.keys():
        raise Stale(current=part)
    write_lines(lines, rows)
    part.saved_at = now
    session.flush()


def add_to_part(
    session: Session, part: DelegatedPart, facts: NewPerson, *, expected_version: int, actor: Actor, now: datetime
) -> Line:
    """Add somebody by the employer's own number for them; see `people.add_person`."""
    take(session, part, expected_version, actor)
    employer = part.employer_id
    line = people.enter(session, part.declaration, facts, organisation_id=employer, employer_id=employer, now=now)
    part.saved_at = now
    session.flush()
    return line


def remove_from_part(
    session: Session, part: DelegatedPart, line: Line, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Take somebody out; nothing is left of one who was only entered there."""
    take(session, part, expected_version, actor)
    if line not in part.lines:
        raise NotFound
    participant_id = line.participant_id
    part.declaration.lines.remove(line)
    part.saved_at = now
    session.flush()
    people.forget(session, participant_id)


def hand(session: Session, part: DelegatedPart, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Hand the part to the declarant, who deposits. Without a line with hours, it says that nobody has worked."""
    take(session, part, expected_version, actor)
    for problem in rules.problems_of_part(part.declaration.month, part.lines):
        raise RuleViolation(problem.sentence, problem.field)
    part.state, part.handed_at, part.handed_by_label = PartState.HANDED, now, actor.label[:300]
    part.to_correct = None
    worked = [line for line in part.lines if line.hours]
    told = {"people": len(worked), "hours": sum(line.hours for line in worked)}
    _record(session, Event.PART_HANDED, part, actor, now, **told)
    session.flush()
    telling.promise_to(session, emails.HANDED, _ids(part), part.declaration.organisation_id, now)


def hand_back(
    session: Session, part: DelegatedPart, words: str, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Give a part that is handed back to its employer, saying why (mandatory, on `words`)."""
    policies.ensure_can_file(actor, part.declaration)
    if not words.strip():
        raise RuleViolation(typo("Dites en une phrase ce qui est à corriger : l’employeur la lira."), "words")
    ensure_current(part, expected_version)
    rules.ensure_awaited(part.declaration.state)
    rules.ensure_handed(part.state)
    _open_again(part, words.strip())
    _record(session, Event.PART_REOPENED, part, actor, now)
    session.flush()
    telling.promise_to(session, emails.REOPENED, _ids(part), part.employer_id, now)


def take(session: Session, part: DelegatedPart, expected_version: int, actor: Actor) -> None:
    """The next version of a part that may be filled. Stale when a deposit, or somebody else, took it before."""
    policies.ensure_can_fill(actor, part)
    if session.scalar(select(DelegatedPart.id).where(DelegatedPart.id == part.id).with_for_update()) is None:
        raise RuleViolation("Cette part ne vous est plus confiée : le titulaire l’a reprise.")
    ensure_current(part, expected_version)
    rules.ensure_open(part.state)
    rules.ensure_awaited(part.declaration.state)


def _open_again(part: DelegatedPart, words: str | None) -> None:
    part.state, part.handed_at, part.handed_by_label = PartState.OPEN, None, None
    part.to_correct = words


# What the deposit and its answer do


def take_parts(
    session: Session, declaration: Declaration, *, without: bool, seen: Mapping[int, int | None] | None
) -> Sequence[DelegatedPart]:
    """Close the parts of a month being deposited, and read its lines as they stand; returns those left out.

    Until the commit nobody changes a part, and whoever was filling one is told. `seen` is `rules.as_seen` of what the
    declarant decided on; `without` confirms that the parts still open are left out: otherwise a RuleViolation on
    `without_parts` names them.
    """
    held = select(DelegatedPart).where(DelegatedPart.declaration_id == declaration.id).order_by(DelegatedPart.id)
    parts = session.scalars(held.with_for_update().execution_options(populate_existing=True)).all()
    if not parts:
        return []
    if seen is not None and rules.as_seen(parts) != seen:
        raise RuleViolation("Une part confiée a changé pendant que vous relisiez : relisez, puis déposez.")
    left_out = [part for part in parts if part.state is PartState.OPEN]
    if left_out and not without:
        raise RuleViolation(_missing(left_out), "without_parts")
    for part in parts:
        touch(part)
    _read_lines(session, declaration)
    return left_out


def _missing(parts: Sequence[DelegatedPart]) -> str:
    names = ", ".join(part.employer.shown_name for part in parts)
    missing = plural(len(parts), "part n’est pas remise", "parts ne sont pas remises")
    return typo(f"{missing} : {names}. Attendez, ou confirmez que vous déposez sans.")


def _read_lines(session: Session, declaration: Declaration) -> None:
    lines = selectinload(Declaration.lines).joinedload(Line.participant).joinedload(Participant.person)
    whole = select(Declaration).where(Declaration.id == declaration.id).options(lines)
    session.scalars(whole.execution_options(populate_existing=True)).one()


def reopen_parts(session: Session, declaration: Declaration, deposit: Deposit, *, actor: Actor, now: datetime) -> None:
    """Open again the parts whose lines a deposit holds, once it is sent back: their employers correct and hand anew."""
    employers = {line.employer_id for line in deposit.lines if line.employer_id is not None}
    held = select(DelegatedPart).where(
        DelegatedPart.declaration_id == declaration.id, DelegatedPart.employer_id.in_(employers)
    )
    parts = session.scalars(held.options(joinedload(DelegatedPart.employer))).all() if employers else ()
    for part in parts:
        touch(part)
        _open_again(part, None)
        _record(session, Event.PART_REOPENED, part, actor, now)
        session.flush()
        telling.promise_to(session, emails.REOPENED, _ids(part), part.employer_id, now)


def _ids(part: DelegatedPart) -> Mapping[str, int | str]:
    """The version keeps apart two handings of the same part."""
    return {"part": part.id, "version": part.version}


def _record(session: Session, event: Event, part: DelegatedPart, actor: Actor, now: datetime, **after: Any) -> None:
    employer = part.employer.shown_name
    telling.record(session, event, part.declaration, actor=actor, now=now, employer=employer, **after)
