"""Whom a file mentions: looked for together, in three statements, however many rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.declarations.models import Declaration, Line, Participant, Person
from portal.declarations.queries.uploads import Filling
from portal.declarations.sheets.rows import ReadRow


@dataclass(frozen=True)
class Known:
    """What the database says of those whom a file mentions."""

    participants: Mapping[str, Participant]
    """By matricule."""
    person_ids: Mapping[str, int]
    """By exact fingerprint."""
    lines: Mapping[str | None, Line]
    """Of the draft, by matricule."""
    present: Mapping[int, Line]
    """Of the draft, by person."""
    last: Mapping[int, Line]
    """By person: their last line before this month."""

    def person_id(self, row: ReadRow) -> int | None:
        participant = self.participants.get(row.matricule or "")
        if participant is not None:
            return participant.person_id
        return self.person_ids.get(row.fingerprints.exact) if row.fingerprints else None


def known_of(session: Session, filling: Filling, rows: Sequence[ReadRow], *, hold: bool) -> Known:
    participants = _participants(session, filling, {row.matricule for row in rows if row.matricule}, hold=hold)
    prints = {row.fingerprints.exact for row in rows if row.fingerprints and row.matricule not in participants}
    person_ids = _person_ids(session, prints, hold=hold)
    lines = {line.participant.matricule: line for line in filling.lines}
    present = {line.participant.person_id: line for line in filling.lines}
    coming = {each.person_id for each in participants.values()} | set(person_ids.values())
    return Known(participants, person_ids, lines, present, _last_lines(session, filling, coming - present.keys()))


def _participants(
    session: Session, filling: Filling, matricules: Iterable[str], *, hold: bool
) -> dict[str, Participant]:
    mine = (Participant.organisation_id == filling.organisation.id, Participant.matricule.in_(matricules))
    found = select(Participant).where(*mine).order_by(Participant.id).options(joinedload(Participant.person))
    if hold:
        found = found.with_for_update(of=Participant)
    return {each.matricule: each for each in session.scalars(found) if each.matricule}


def _person_ids(session: Session, prints: Iterable[str], *, hold: bool) -> dict[str, int]:
    found = select(Person.exact, Person.id).where(Person.exact.in_(prints)).order_by(Person.id)
    return {exact: id_ for exact, id_ in session.execute(found.with_for_update() if hold else found) if exact}


def _last_lines(session: Session, filling: Filling, person_ids: Iterable[int]) -> dict[int, Line]:
    """As `people.enter` finds them: same contract, same declarant, same employer, before this month."""
    declaration = filling.declaration
    rank = func.row_number().over(partition_by=Participant.person_id, order_by=Declaration.month.desc())
    ranked = (
        select(Line.id, Participant.person_id.label("person_id"), rank.label("rank"))
        .join(Participant, Participant.id == Line.participant_id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .where(
            Participant.person_id.in_(person_ids),
            Declaration.contract_id == declaration.contract_id,
            Declaration.organisation_id == declaration.organisation_id,
            Declaration.month < declaration.month,
            Line.employer_id == filling.employer_id,
        )
        .subquery()
    )
    found = select(ranked.c.person_id, Line).join(ranked, ranked.c.id == Line.id).where(ranked.c.rank == 1)
    return dict(session.execute(found).all())
