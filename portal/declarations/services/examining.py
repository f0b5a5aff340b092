"""The dry run of a file: what each of its rows would do to the draft as it stands. Reads, and writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from portal.declarations import rules
from portal.declarations.facts import NewPerson
from portal.declarations.models import Declaration, Line, Participant
from portal.declarations.queries.uploads import Filling
from portal.declarations.rules.month import problems_of_line
from portal.declarations.services import people
from portal.declarations.services.known import Known, known_of
from portal.declarations.sheets.columns import COLUMN
from portal.declarations.sheets.rows import Fault, ReadRow
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.kernel.month import Month
from portal.vocabulary import ExitKind


@dataclass(frozen=True)
class Examined:
    """One row and what it would do: nothing when `faults` forbid it."""

    row: ReadRow
    faults: tuple[Fault, ...] = ()
    line: Line | None = None
    """The line of the draft that it is about."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the line would say, by column of the table; for a new one, all of it."""
    participant: Participant | None = None
    person_id: int | None = None
    """None for somebody whom nobody has declared yet."""

    @property
    def is_new(self) -> bool:
        return not self.faults and self.line is None

    @property
    def is_changed(self) -> bool:
        return self.line is not None and any(getattr(self.line, key) != value for key, value in self.told.items())

    @property
    def hours_before(self) -> Decimal:
        return self.line.hours if self.line else Decimal(0)


@dataclass(frozen=True)
class Examination:
    rows: Sequence[Examined]
    absent: int
    """People of the draft who are not in the file: they stay as they are."""

    @property
    def new(self) -> list[Examined]:
        return [each for each in self.rows if each.is_new]

    @property
    def changed(self) -> list[Examined]:
        return [each for each in self.rows if not each.faults and each.is_changed]

    @property
    def unchanged(self) -> list[Examined]:
        return [each for each in self.rows if not each.faults and each.line and not each.is_changed]

    @property
    def faulty(self) -> list[Examined]:
        return [each for each in self.rows if each.faults]

    @property
    def valid(self) -> list[Examined]:
        return [each for each in self.rows if not each.faults]


def examine(session: Session, filling: Filling, rows: Sequence[ReadRow], *, hold: bool = False) -> Examination:
    """Three statements, however many rows. `hold` keeps people and matricules as they are until the commit."""
    known = known_of(session, filling, rows, hold=hold)
    doubles = _doubles(rows, known)
    examined = [_examined(filling, known, row, doubles.get(row.line, ())) for row in rows]
    told = {each.row.matricule for each in examined}
    absent = sum(line.participant.matricule not in told for line in filling.lines)
    return Examination(examined, absent)


def ensure_sane(rows: Iterable[ReadRow], declaration: Declaration) -> list[ReadRow]:
    """The rows without hours and days that no month could hold, each told: typed in the wrong column, they may be a
    birth date, and are not kept, even for a day."""
    return [_sane(row, declaration) for row in rows]


# The same person twice


def _doubles(rows: Sequence[ReadRow], known: Known) -> dict[int, list[Fault]]:
    """By line of the file: those that tell of the same matricule, or of the same person under two."""
    by_matricule: defaultdict[str, list[ReadRow]] = defaultdict(list)
    by_person: defaultdict[object, list[ReadRow]] = defaultdict(list)
    for row in rows:
        if row.matricule:
            by_matricule[row.matricule].append(row)
            by_person[known.person_id(row) or (row.fingerprints and row.fingerprints.exact) or -row.line].append(row)
    found: defaultdict[int, list[Fault]] = defaultdict(list)
    for same in by_matricule.values():
        _note_doubles(found, same, _SAME_MATRICULE)
    for same in by_person.values():
        if len({row.matricule for row in same}) > 1:
            _note_doubles(found, same, _SAME_PERSON)
    return found


_SAME_MATRICULE = "Ce matricule est aussi à la ligne {} : gardez une seule ligne, avec le total des heures."
_SAME_PERSON = "Cette personne est aussi à la ligne {}, sous un autre matricule : gardez une seule ligne."


def _note_doubles(found: dict[int, list[Fault]], same: Sequence[ReadRow], sentence: str) -> None:
    for row in same:
        other = next((each.line for each in same if each is not row), None)
        if other is not None:
            found[row.line].append(_fault(row, "matricule", sentence.format(other)))


# One row


def _examined(filling: Filling, known: Known, row: ReadRow, doubles: Sequence[Fault]) -> Examined:
    faults = [*row.faults, *doubles]
    if row.matricule is None:
        return Examined(row, tuple(faults))
    participant, line = known.participants.get(row.matricule), known.lines.get(row.matricule)
    if participant is None:
        faults += row.faults_if_new
    told: dict[str, Any] = {}
    try:
        told = _changed(row, line, participant) if line else _added(filling, known, row, participant, faults)
    except RuleViolation as problem:
        faults.append(_fault(row, problem.field, problem.sentence))
    if told:
        faults += _problems(filling.declaration.month, row, told, line)
    if faults:
        return Examined(row, tuple(_once(faults)))
    return Examined(row, (), line, told, participant, known.person_id(row))


def _changed(row: ReadRow, line: Line, participant: Participant | None) -> dict[str, Any]:
    """What is blank in the file changes nothing."""
    if participant is not None:
        people.ensure_same(participant, row.fingerprints)
    if row.entered_on not in {None, line.entered_on}:
        raise RuleViolation(
            typo(f"Cette personne est entrée le {format_date(line.entered_on)} : laissez son entrée vide."),
            "entered_on",
        )
    return {
        key: value if (value := getattr(row, key)) is not None else getattr(line, key)
        for key in ("hours", "training_hours", "contract_type", "has_tutor", "exit_on", "exit_kind")
    }


def _added(
    filling: Filling, known: Known, row: ReadRow, participant: Participant | None, faults: list[Fault]
) -> dict[str, Any]:
    """The line of somebody who is not in the draft; all that is missing is told at once."""
    facts, person_id = _facts(row), known.person_id(row)
    last = known.last.get(person_id) if person_id is not None else None
    if participant is not None:
        people.ensure_same(participant, facts.fingerprints)
    if person_id is not None and person_id in known.present:
        people.ensure_absent(filling.declaration, known.present[person_id].participant, filling.employer_id)
    missing = list(_missing(filling, row, facts, last, is_unknown=participant is None))
    if missing or faults:
        faults += missing
        return {}
    line = people.new_line(filling.declaration, participant or Participant(), facts, last)
    return {key: getattr(line, key) for key in _OF_NEW_LINE} | {"exit_on": row.exit_on, "exit_kind": row.exit_kind}


_OF_NEW_LINE = (
    "hours",
    "training_hours",
    "has_tutor",
    "entered_on",
    "hiring_mode",
    "contract_type",
    "age_band",
    "education",
)


def _facts(row: ReadRow) -> NewPerson:
    return NewPerson(
        matricule=row.matricule or "",
        fingerprints=row.fingerprints,
        sex=row.sex,
        age_band=row.age_band,
        education=row.education,
        entered_on=row.entered_on,
        hiring_mode=row.hiring_mode,
        contract_type=row.contract_type,
        has_tutor=bool(row.has_tutor),
        hours=row.hours or Decimal(0),
        training_hours=row.training_hours or Decimal(0),
    )


def _missing(
    filling: Filling, row: ReadRow, facts: NewPerson, last: Line | None, *, is_unknown: bool
) -> Iterator[Fault]:
    """What the form asks of somebody who is added, except what the row already gives wrong."""
    asked: list[Callable[[], object]] = [
        lambda: people.entry_of(filling.declaration, facts, last),
        lambda: people.hiring_mode_of(facts, last),
        lambda: people.contract_type_of(facts, last),
    ]
    if is_unknown and not row.faults_if_new:
        asked.insert(0, lambda: people.prints_of(facts))
    wrong = {fault.column for fault in row.faults}
    for ask in asked:
        try:
            ask()
        except RuleViolation as problem:
            if _heading(problem.field) not in wrong:
                yield _fault(row, problem.field, problem.sentence)
    if is_unknown and row.sex is None and _heading("sex") not in wrong:
        yield _fault(row, "sex", "Choisissez : « Femme » ou « Homme ».")
    if row.hours is None and _heading("hours") not in wrong:
        yield _fault(row, "hours", "Indiquez ses heures du mois, formation comprise.")


@dataclass(frozen=True)
class _Told:
    """A line as the rules of the month read it."""

    id: int
    entered_on: date
    hours: Decimal = Decimal(0)
    training_hours: Decimal = Decimal(0)
    exit_on: date | None = None
    exit_kind: ExitKind | None = None


def _problems(month: Month, row: ReadRow, told: Mapping[str, Any], line: Line | None) -> Iterator[Fault]:
    entered_on = line.entered_on if line else told["entered_on"]
    names = ("hours", "training_hours", "exit_on", "exit_kind")
    return _faults_of(month, row, _Told(row.line, entered_on, **{name: told[name] for name in names}))


def _faults_of(month: Month, row: ReadRow, told: _Told) -> Iterator[Fault]:
    for problem in problems_of_line(month, told):
        yield _fault(row, _key_of(problem.field), problem.sentence)


def _key_of(field_: str | None) -> str:
    """« hours » for « hours_12 »."""
    return (field_ or "").rpartition("_")[0]


def _fault(row: ReadRow, key: str | None, sentence: str) -> Fault:
    return Fault(typo(sentence), row.cell(key or ""), _heading(key))


def _heading(key: str | None) -> str:
    return COLUMN[key].heading if key and key in COLUMN else ""


def _once(faults: Iterable[Fault]) -> Iterator[Fault]:
    return iter(dict.fromkeys(faults))


def _sane(row: ReadRow, declaration: Declaration) -> ReadRow:
    month = declaration.month
    faults: dict[str, Fault] = {}
    for key, told in _alone(row, month):
        for fault in _faults_of(month, row, told):
            faults.setdefault(key, _fault(row, key, fault.sentence))
    if row.entered_on is not None:
        try:
            rules.ensure_entry(row.entered_on, month, declaration.contract.notified_on, None)
        except RuleViolation as problem:
            faults["entered_on"] = _fault(row, "entered_on", problem.sentence)
    return row.without(faults) if faults else row


def _alone(row: ReadRow, month: Month) -> Iterator[tuple[str, _Told]]:
    """Each value as the only one of a line that nothing else makes wrong."""
    entered_on = month.first_day
    if row.hours is not None:
        yield "hours", _Told(0, entered_on, row.hours)
    if row.training_hours is not None:
        yield "training_hours", _Told(0, entered_on, row.training_hours, row.training_hours)
    if row.exit_on is not None:
        first = min(entered_on, row.exit_on)
        yield "exit_on", _Told(0, first, exit_on=row.exit_on, exit_kind=ExitKind.UNKNOWN)
