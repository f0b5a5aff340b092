"""A file of rows: received, kept or dropped. Between the two only fingerprints wait, for a day (domain.md § 0 bis)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, joinedload

from portal.declarations import policies, rules
from portal.declarations.fingerprints import VERSION
from portal.declarations.models import Declaration, Line, Participant, Person, Upload
from portal.declarations.queries.uploads import Filling
from portal.declarations.services import parts
from portal.declarations.services.drafts import begun
from portal.declarations.services.examining import Examination, Examined, ensure_sane, examine
from portal.declarations.services.telling import record
from portal.declarations.sheets.reading import SheetRead, mark_of
from portal.declarations.sheets.rows import ReadRow, packed, unpacked
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.french import typo
from portal.storage import ensure_current
from portal.storage.once import insert_each_once
from portal.vocabulary import Event, Sex

KEPT_FOR = timedelta(days=1)


def receive(session: Session, filling: Filling, sheet: SheetRead, *, actor: Actor, now: datetime) -> Upload:
    """Keep what was read until somebody answers; it replaces what the same person had left waiting."""
    _ensure_may_fill(filling, actor)
    _ensure_made_for(session, filling, sheet.mark)
    assert actor.account_id is not None  # noqa: S101 — who files has an account
    mine = (Upload.declaration_id == filling.declaration.id, Upload.account_id == actor.account_id)
    session.execute(delete(Upload).where(*mine, Upload.kept_at.is_(None)))
    rows = ensure_sane(sheet.rows, filling.declaration)
    upload = Upload(
        declaration_id=filling.declaration.id,
        employer_id=filling.employer_id,
        account_id=actor.account_id,
        content=_written(rows, sheet.places),
        uploaded_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(upload)
    session.flush()
    return upload


def rows_of(upload: Upload) -> list[ReadRow]:
    """What waits; once it was answered, the rows that were not kept."""
    content = json.loads(upload.content)
    return [unpacked(said, content["places"]) for said in content["rows"]]


@dataclass(frozen=True)
class Kept:
    new: int
    changed: int
    unchanged: int
    left: int
    """Rows that were wrong, and wait to be mended."""


def keep(
    session: Session, upload: Upload, filling: Filling, *, expected_version: int, actor: Actor, now: datetime
) -> Kept:
    """Write the valid rows on the draft, as it stands; those in error stay on the upload, without fingerprints.

    Raises Stale when the draft is no longer at `expected_version`: what the person saw is to be shown anew.
    """
    _hold(session, upload)
    _take(session, filling, expected_version, actor)
    examination = examine(session, filling, rows_of(upload), hold=True)
    if not examination.valid:
        raise RuleViolation("Aucune ligne n’est bonne à garder : corrigez le fichier, puis envoyez-le de nouveau.")
    counts = Kept(*map(len, (examination.new, examination.changed, examination.unchanged, examination.faulty)))
    _add(session, filling, examination.new, now)
    _change(session, examination.changed)
    _note(filling, examination, now)
    record(session, Event.ROWS_KEPT, filling.declaration, actor=actor, now=now, **vars(counts))
    upload.kept_at = now
    upload.content = _written([each.row.spent(each.faults) for each in examination.faulty], _places(upload))
    session.flush()
    session.expire(filling.root, ["lines"])
    return counts


def drop(session: Session, upload: Upload, filling: Filling, *, actor: Actor) -> None:
    """Keep nothing: neither in the draft, nor here."""
    _ensure_whose(filling, actor)
    _hold(session, upload)
    session.delete(upload)
    session.flush()


def _ensure_whose(filling: Filling, actor: Actor) -> None:
    """Raises Refused."""
    if filling.part is not None:
        policies.ensure_can_fill(actor, filling.part)
    else:
        policies.ensure_can_file(actor, filling.declaration)


def _ensure_may_fill(filling: Filling, actor: Actor) -> None:
    _ensure_whose(filling, actor)
    rules.ensure_awaited(filling.declaration.state)
    if filling.part is not None:
        rules.ensure_open(filling.part.state)


def _ensure_made_for(session: Session, filling: Filling, mark: str | None) -> None:
    """A template says for which month and whom it was made; any other file is taken for what it holds."""
    if mark is None or mark == mark_of(filling.declaration.reference, filling.organisation.siret):
        return
    reference = mark.split()[1]
    if reference == filling.declaration.reference:
        raise RuleViolation(
            "Ce fichier est le modèle d’une autre organisation pour ce mois : partez de votre propre modèle.", "file"
        )
    whose = (Declaration.reference == reference, Declaration.organisation_id == filling.declaration.organisation_id)
    other = session.scalar(select(Declaration).where(*whose).options(joinedload(Declaration.contract)))
    made_for = f"{other.month.label}, marché {other.contract.number}" if other else "un autre mois ou un autre marché"
    raise RuleViolation(
        typo(
            f"Ce fichier a été fait pour {made_for} : rien n’en a été gardé. Téléchargez le modèle "
            f"de {filling.declaration.month.label}, marché {filling.declaration.contract.number}."
        ),
        "file",
    )


def _hold(session: Session, upload: Upload) -> None:
    """Two answers at once: the second one finds the first."""
    held = select(Upload).where(Upload.id == upload.id).with_for_update().execution_options(populate_existing=True)
    if session.scalar(held) is None or upload.kept_at is not None:
        raise RuleViolation("Ce fichier a déjà sa réponse : rien n’a été fait deux fois.")


def _take(session: Session, filling: Filling, expected_version: int, actor: Actor) -> None:
    """The next version of what is filled."""
    if filling.part is not None:
        parts.take(session, filling.part, expected_version, actor)
        return
    policies.ensure_can_file(actor, filling.declaration)
    rules.ensure_awaited(filling.declaration.state)
    ensure_current(filling.declaration, expected_version)


def _note(filling: Filling, examination: Examination, now: datetime) -> None:
    if filling.part is not None:
        filling.part.saved_at = now
        return
    if examination.new or any(each.told["hours"] or each.told["exit_on"] for each in examination.valid):
        filling.declaration.is_nil = False
    begun(filling.declaration, now)


# Writing, by batches


def _change(session: Session, changed: Sequence[Examined]) -> None:
    lines = {each.line: each.told for each in changed if each.line is not None}
    if lines:
        session.execute(update(Line), [{"id": line.id, **told} for line, told in lines.items()])
    for line in lines:
        session.expire(line)


def _add(session: Session, filling: Filling, new: Sequence[Examined], now: datetime) -> None:
    if not new:
        return
    person_ids = _people(session, new, now)
    participants = _participants(session, filling, new, person_ids, now)
    rows = [
        {
            "declaration_id": filling.declaration.id,
            "participant_id": participants[each.row.matricule or ""],
            "employer_id": filling.employer_id,
            **each.told,
        }
        for each in new
    ]
    session.execute(insert(Line).execution_options(render_nulls=True), rows)
    _tell_sex(session, new, person_ids)


def _people(session: Session, new: Sequence[Examined], now: datetime) -> dict[str, int]:
    """By matricule: the person, whoever declared them first; made when nobody did."""
    unknown = {each.row.fingerprints.exact: each for each in new if each.person_id is None and each.row.fingerprints}
    rows = [_person(unknown[exact], now) for exact in sorted(unknown)]
    insert_each_once(session, Person, rows, told_by=Person.exact)
    held = select(Person.exact, Person.id).where(Person.exact.in_(unknown)).order_by(Person.id).with_for_update()
    made = dict(session.execute(held).all())
    return {
        each.row.matricule or "": each.person_id or made[each.row.fingerprints.exact if each.row.fingerprints else ""]
        for each in new
    }


def _person(each: Examined, now: datetime) -> dict[str, Any]:
    prints = each.row.fingerprints
    assert prints is not None  # noqa: S101 — narrows the type
    told = {"exact": prints.exact, "phonetic": prints.phonetic, "swapped": prints.swapped}
    return told | {"key_version": VERSION, "created_at": now}


def _participants(
    session: Session, filling: Filling, new: Sequence[Examined], person_ids: Mapping[str, int], now: datetime
) -> dict[str, int]:
    """By matricule. Stale when it was given to somebody else since the examination."""
    mine = filling.organisation.id
    unknown = sorted(each.row.matricule or "" for each in new if each.participant is None)
    made = {"organisation_id": mine, "created_at": now}
    rows = [{**made, "matricule": matricule, "person_id": person_ids[matricule]} for matricule in unknown]
    insert_each_once(session, Participant, rows, told_by=Participant.matricule)
    held = select(Participant.matricule, Participant.id, Participant.person_id).where(
        Participant.organisation_id == mine, Participant.matricule.in_(person_ids)
    )
    found = {matricule: (id_, whose) for matricule, id_, whose in session.execute(held.with_for_update())}
    if any(found[matricule][1] != whose for matricule, whose in person_ids.items()):
        raise Stale(current=filling.root)
    return {matricule: id_ for matricule, (id_, _) in found.items() if matricule}


def _tell_sex(session: Session, new: Sequence[Examined], person_ids: Mapping[str, int]) -> None:
    """Of those of whom nobody had said."""
    for sex in Sex:
        told = {person_ids[each.row.matricule or ""] for each in new if each.row.sex is sex}
        silent = update(Person).where(Person.id.in_(told), Person.sex.is_(None)).values(sex=sex)
        session.execute(silent.execution_options(synchronize_session=False))


# What waits


def _written(rows: Sequence[ReadRow], places: Mapping[str, str]) -> str:
    content = {"places": dict(places), "rows": [packed(row) for row in rows]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _places(upload: Upload) -> dict[str, str]:
    places: dict[str, str] = json.loads(upload.content)["places"]
    return places
