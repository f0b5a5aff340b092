"""Finds the table of a month in a file, and reads its rows. Names and birth dates go no further than here."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, partial
from typing import Any

from portal.declarations import rules
from portal.declarations.sheets.columns import BY_SPELLING, COLUMN, COLUMNS, Column, Holds, heading_of, letter_of
from portal.declarations.sheets.identity import Identity
from portal.declarations.sheets.rows import Fault, ReadRow
from portal.declarations.sheets.values import (
    CellProblem,
    birth_of,
    choice_of,
    day_of,
    hours_of,
    is_blank,
    text_of,
    yes_or_no,
)
from portal.intake import UnusableFile
from portal.intake.formulas import without_guard
from portal.intake.scanning import too_many_rows
from portal.intake.tables import Table, read_tables
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural

MOST_ROWS = 2_000
_HEADINGS_WITHIN = 40
_MARK = re.compile(r"Amont ([\w-]{12}) ([0-9]{14})")
_FEW_FORMULAS = 5
"""So many are wrong with their rows; beyond, a whole column was pasted with its formulas, and the file is refused."""


@dataclass(frozen=True)
class SheetRead:
    """The rows of a file, and whose month it says it is."""

    rows: Sequence[ReadRow]
    places: Mapping[str, str]
    mark: str | None = None
    """The mark of the template, when there is one: `mark_of`."""


def mark_of(reference: str, siret: str) -> str:
    """How a template tells the month and the organisation it was made for."""
    return f"Amont {reference} {siret}"


def read_sheet(content: bytes, month_start: date) -> SheetRead:
    """Read a file that anyone may send. Raises UnusableFile when there is no month in it.

    `month_start`: when the age is told, as long as the day of entry cannot be read.
    """
    found = [_Headed.find(table) for table in read_tables(content, MOST_ROWS)]
    headed = max(filter(None, found), key=lambda each: len(each.places), default=None)
    if headed is None:
        raise UnusableFile(
            "Aucune ligne de titres n’a été trouvée : il faut au moins les colonnes « Matricule » et « Heures ». "
            "Partez du modèle à télécharger."
        )
    headed.ensure_usable()
    rows = [row for number, cells in headed.below if (row := headed.read(number, cells, month_start))]
    if not rows:
        raise UnusableFile("Ce fichier ne contient que ses titres : remplissez au moins une ligne.")
    if len(rows) > MOST_ROWS:
        raise too_many_rows(MOST_ROWS)
    return SheetRead(rows, headed.letters, headed.mark)


@dataclass(frozen=True)
class _Headed:
    """A table whose headings were found, wherever they stand."""

    places: Mapping[str, int]
    """By key of column, from nought."""
    doubles: Sequence[Column]
    above: Sequence[tuple[int, Sequence[Any]]] = field(repr=False)
    below: Sequence[tuple[int, Sequence[Any]]] = field(repr=False)
    formulas: frozenset[tuple[int, int]]

    @classmethod
    def find(cls, table: Table) -> "_Headed | None":
        best: _Headed | None = None
        for at, (_, cells) in enumerate(table.rows[:_HEADINGS_WITHIN]):
            known = [(place, column) for place, cell in enumerate(cells) if (column := _known(cell))]
            places = {column.key: place for place, column in reversed(known)}
            if {"matricule", "hours"} <= places.keys() and (best is None or len(places) > len(best.places)):
                counts = Counter(column.key for _, column in known)
                doubles = [COLUMN[key] for key, count in counts.items() if count > 1]
                best = cls(places, doubles, table.rows[:at], table.rows[at + 1 :], table.formulas)
        return best

    @cached_property
    def letters(self) -> dict[str, str]:
        return {key: letter_of(place) for key, place in self.places.items()}

    @property
    def mark(self) -> str | None:
        for _, cells in self.above:
            for cell in cells:
                if isinstance(cell, str) and (found := _MARK.search(cell)):
                    return mark_of(*found.groups())
        return None

    def ensure_usable(self) -> None:
        if self.doubles:
            raise UnusableFile(f"Deux colonnes s’appellent « {self.doubles[0].heading} » : n’en gardez qu’une.")
        names = self._formula_cells()
        if len(names) > _FEW_FORMULAS:
            raise UnusableFile(
                f"Des cases contiennent des formules : {', '.join(names[:_FEW_FORMULAS])} et "
                f"{plural(len(names) - _FEW_FORMULAS, 'autre')}. Copiez-les, puis collez-les en valeurs "
                "(collage spécial)."
            )

    def _formula_cells(self) -> list[str]:
        """In the columns that are read, on lines that are someone’s: a total below the table is nobody’s."""
        matricule_at = self.places["matricule"]
        someone = {number for number, cells in self.below if not is_blank(_at(cells, matricule_at))}
        columns = {place + 1 for place in self.places.values()}
        read = sorted(
            (row, column)
            for row, column in self.formulas
            if column in columns and (row in someone or column == matricule_at + 1)
        )
        return [f"{letter_of(column - 1)}{row}" for row, column in read]

    def read(self, number: int, cells: Sequence[Any], month_start: date) -> ReadRow | None:
        """None for a row that is nobody’s: nothing typed, or a total without a matricule."""
        typed = {key: _freed(_at(cells, place)) for key, place in self.places.items()}
        if all(is_blank(typed[key]) for key in typed.keys() - {"hours", "training_hours"}):
            return None
        reader = _Reader(number, typed, self.letters)
        for key, place in self.places.items():
            if (number, place + 1) in self.formulas:
                reader.refuse(key, "Cette case contient une formule : copiez-la, puis collez-la en valeur.")
        return reader.row(month_start)


def _known(cell: Any) -> Column | None:
    return BY_SPELLING.get(heading_of(cell)) if isinstance(cell, str) and len(cell) <= 60 else None


def _at(cells: Sequence[Any], place: int) -> Any:
    return cells[place] if place < len(cells) else ""


def _freed(cell: Any) -> Any:
    return without_guard(cell.strip()) if isinstance(cell, str) else cell


class _Reader:
    """Reads the cells of one row, and keeps what is wrong with them."""

    def __init__(self, line: int, typed: Mapping[str, Any], letters: Mapping[str, str]) -> None:
        self._line, self._typed, self._letters = line, dict(typed), letters
        self._faults: list[Fault] = []
        self._faults_if_new: list[Fault] = []

    def refuse(self, key: str, sentence: str) -> None:
        """What the cell shows is not read."""
        self._typed[key] = ""
        self._note(key, sentence)

    def row(self, month_start: date) -> ReadRow:
        said = {column.key: self._told(column) for column in COLUMNS if column.choices or column.holds in _READ}
        identity = Identity(*(self._identity(key) for key in ("last_name", "first_name", "born_on")))
        matricule = self._matricule(identity)
        received = self._received(identity, said["entered_on"] or month_start)
        return ReadRow(
            line=self._line,
            matricule=matricule,
            fingerprints=received and received.fingerprints,
            age_band=received and received.age_band,
            faults=tuple(self._faults),
            faults_if_new=tuple(self._faults_if_new),
            places=self._letters,
            **said,
        )

    def _told(self, column: Column) -> Any:
        cell = self._typed.get(column.key)
        if is_blank(cell):
            return None
        try:
            return _reader_of(column)(cell)
        except CellProblem as problem:
            self._note(column.key, problem.sentence)
            return None

    def _matricule(self, identity: Identity) -> str | None:
        """None when it is missing, or was refused: it may be a name."""
        cell = self._typed["matricule"]
        if any(fault.column == _heading("matricule") for fault in self._faults):
            return None
        try:
            if is_blank(cell):
                raise CellProblem("Indiquez le matricule de la personne : le numéro que vous lui donnez.")
            matricule = rules.matricule_of(text_of(cell))
            identity.ensure_not_in(matricule)
        except (CellProblem, RuleViolation) as problem:
            self._note("matricule", problem.sentence)
            return None
        return matricule

    def _identity(self, key: str) -> Any:
        """The cell as typed; a birth date as a date, or what is wrong with it."""
        cell = self._typed.get(key)
        if is_blank(cell):
            return None
        if key != "born_on":
            return " ".join(str(cell).split())
        try:
            return birth_of(cell)
        except CellProblem as problem:
            self._note(key, problem.sentence, if_new=True)
            return None

    def _received(self, identity: Identity, day: date) -> Any:
        if not identity.names_somebody or any(fault.column == _heading("born_on") for fault in self._faults_if_new):
            return None
        try:
            return identity.received_on(day)
        except RuleViolation as problem:
            self._note(problem.field or "last_name", problem.sentence, if_new=True)
            return None

    def _note(self, key: str, sentence: str, *, if_new: bool = False) -> None:
        cell = f"{self._letters[key]}{self._line}" if key in self._letters else ""
        (self._faults_if_new if if_new else self._faults).append(Fault(sentence, cell, _heading(key)))


def _heading(key: str) -> str:
    return COLUMN[key].heading if key in COLUMN else ""


_READ: Mapping[Holds, Callable[[Any], Any]] = {
    Holds.DAY: day_of,
    Holds.HOURS: hours_of,
    Holds.YES_NO: yes_or_no,
}


def _reader_of(column: Column) -> Callable[[Any], Any]:
    return partial(choice_of, choices=column.choices) if column.choices else _READ[column.holds]
