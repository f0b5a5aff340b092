"""Finds the table of a programme in a file that anyone may send, and writes its cells as texts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Self

from portal.intake import UnusableFile
from portal.intake.formulas import without_guard
from portal.intake.tables import Table, read_tables
from portal.kernel.text import fold
from portal.programmes.headings import LONGEST, known_count
from portal.vocabulary import ProgrammeField

MOST_ROWS = 1_000
MOST_BYTES = 4 * 1024 * 1024
_HEADINGS_WITHIN = 20
_MOST_COLUMNS = 100
_LONGEST_CELL = 4_000
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class SheetRow:
    line: int
    """As a spreadsheet numbers it."""
    cells: Sequence[str]
    formulas: frozenset[int]
    """Columns, from nought, whose cell is a formula: what it shows is not read."""


@dataclass(frozen=True)
class Sheet:
    """The table of a programme: its headings, its rows, and what each column tells once somebody said."""

    headings: Sequence[str]
    rows: Sequence[SheetRow] = field(repr=False)
    fields: Sequence[ProgrammeField] | None = None

    def samples(self, column: int) -> list[str]:
        """The first two values of a column that differ."""
        told = dict.fromkeys(row.cells[column] for row in self.rows if row.cells[column])
        return list(told)[:2]

    def packed(self) -> str:
        rows = [[row.line, list(row.cells), sorted(row.formulas)] for row in self.rows]
        content = {"headings": list(self.headings), "rows": rows, "fields": self.fields and list(self.fields)}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpacked(cls, content: str) -> Self:
        read = json.loads(content)
        rows = [SheetRow(line, cells, frozenset(formulas)) for line, cells, formulas in read["rows"]]
        fields = [ProgrammeField(code) for code in read["fields"]] if read["fields"] else None
        return cls(read["headings"], rows, fields)


def read_sheet(content: bytes, remembered: Mapping[str, ProgrammeField]) -> Sheet:
    """Raises UnusableFile, with a sentence for whoever sent it, when there is no table of projects in it."""
    tables = read_tables(content, MOST_ROWS + _HEADINGS_WITHIN)
    found = [(*at, table) for table in tables if (at := _headed(table, remembered))]
    if not found:
        raise UnusableFile("Aucune ligne de titres n’a été trouvée : la première ligne doit nommer les colonnes.")
    _, _, place, table = max(found, key=lambda each: each[:2])
    sheet = _sheet(table, place)
    if not sheet.rows:
        raise UnusableFile("Ce fichier ne contient que ses titres : il faut au moins une ligne par projet.")
    if len(sheet.rows) > MOST_ROWS:
        raise UnusableFile("Ce fichier a plus de 1 000 lignes : partagez-le en plusieurs.")
    return sheet


def _headed(table: Table, remembered: Mapping[str, ProgrammeField]) -> tuple[int, int, int] | None:
    """How many headings are known, how many columns there are, and where the line of headings stands."""
    best: tuple[int, int, int] | None = None
    for place, (_, cells) in enumerate(table.rows[:_HEADINGS_WITHIN]):
        texts = [_written(cell) for cell in cells]
        width = sum(bool(text) for text in texts)
        known = known_count(texts, remembered)
        if width >= 2 and (best is None or known > best[0]):
            best = (known, width, place)
    return best


def _sheet(table: Table, place: int) -> Sheet:
    below = table.rows[place + 1 :]
    width = max((_last_told(cells) for _, cells in table.rows[place:]), default=0)
    if width > _MOST_COLUMNS:
        raise UnusableFile("Ce tableau a plus de cent colonnes : ne gardez que celles des projets.")
    headings = _distinct([_written(cell)[:LONGEST] for cell in _fitted(table.rows[place][1], width)])
    formulas = _formulas(table)
    rows = [
        SheetRow(number, [_written(cell) for cell in _fitted(cells, width)], frozenset(formulas.get(number, ())))
        for number, cells in below
    ]
    return Sheet(headings, [row for row in rows if any(row.cells)])


def _formulas(table: Table) -> Mapping[int, Sequence[int]]:
    """By row, the columns whose cell is a formula."""
    found: dict[int, list[int]] = {}
    for row, column in table.formulas:
        found.setdefault(row, []).append(column - 1)
    return found


def _last_told(cells: Sequence[Any]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if _written(cell)), default=0)


def _fitted(cells: Sequence[Any], width: int) -> list[Any]:
    return [*cells[:width], *[""] * (width - len(cells))]


def _distinct(headings: Sequence[str]) -> list[str]:
    """Two columns never bear the same name: « Date », « Date (2) »; one without a name is « Colonne 4 »."""
    named: list[str] = []
    for place, heading in enumerate(headings, 1):
        bare = heading or f"Colonne {place}"
        others = {fold(each) for each in named}
        spelt = (bare if number == 1 else f"{bare[: LONGEST - 6]} ({number})" for number in count(1))
        named.append(next(each for each in spelt if fold(each) not in others))
    return named


def _written(cell: Any) -> str:
    """A cell as people would type it: « 12 », « 12,5 », « 2027-03-01 », « oui »."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return _number(cell)
    text = _UNSEEN.sub("", without_guard(str(cell).strip()))
    return text[:_LONGEST_CELL].strip()


def _number(value: float) -> str:
    plain = Decimal(repr(value))
    if not plain.is_finite() or abs(plain) >= 10**15:
        return str(value)
    return f"{int(value)}" if value.is_integer() else f"{plain:f}".replace(".", ",")
