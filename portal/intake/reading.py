"""Opens a CSV file whatever its encoding and separator, and gives its rows one by one."""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from portal.intake.formulas import without_guard
from portal.intake.texts import SheetText, UnusableFile, after_mark, examined_sheet, opened
from portal.kernel.french import plural, typo
from portal.kernel.text import fold

_SEPARATORS = (";", ",", "\t")
_OPEN_QUOTE = typo("La ligne est illisible : un guillemet ouvert n’est pas refermé.")


@dataclass(frozen=True)
class Format:
    """A sort of file, known by its headings (compared without case or accents, dots as underscores)."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


@dataclass(frozen=True)
class Row:
    """One row as written, and its values by heading, without surrounding spaces."""

    number: int
    """The line of the file where it starts; the headings are line 1."""
    cells: tuple[str, ...]
    values: dict[str, str]
    problem: str | None = None
    """Why the row cannot be read at all, in French."""

    def __getitem__(self, heading: str) -> str:
        """Empty when the file has no such column."""
        return self.values.get(heading, "")


@dataclass(frozen=True)
class RowPlace:
    """Where a row begins, in bytes, and the number of the line before it."""

    offset: int
    line: int


class Sheet:
    """An open file whose headings are understood."""

    def __init__(
        self, format_: Format, headings: tuple[str, ...], text: SheetText, file: IO[bytes], separator: str
    ) -> None:
        self.format = format_
        self.headings = headings
        """As written in the file, known or not."""
        self.text = text
        self._file = file
        self._separator = separator
        self._places = _places(headings, format_)
        self._lines: _Lines
        self._reader: Iterator[list[str]]

    @property
    def line_count(self) -> int:
        return self.text.line_count

    @property
    def place(self) -> RowPlace:
        """Where the row after the last one given begins."""
        return RowPlace(self._lines.offset, self._lines.number)

    def rows(self, start: RowPlace | None = None) -> Iterator[Row]:
        """Each row that is not blank, once; a row that cannot be cut into the columns comes with its problem."""
        self._lines = self._lines_from(start or RowPlace(after_mark(self._file), 0))
        self._reader = csv.reader(self._lines, delimiter=self._separator)
        if start is None:
            next(self._reader, None)
        while (cut := self._next()) is not None:
            number, cells, problem = cut
            if any(cell.strip() for cell in cells):
                yield Row(number, tuple(cells), {} if problem else self.values(cells), problem)

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        """The cells of a row by heading."""
        return {name: without_guard(cells[at].strip()) for name, at in self._places.items()}

    def _lines_from(self, place: RowPlace) -> "_Lines":
        self._file.seek(place.offset)
        return _Lines(io.TextIOWrapper(self._file, self.text.encoding, newline=""), self.text.encoding, place)

    def _next(self) -> tuple[int, list[str], str | None] | None:
        self._lines.start_row()
        number = self._lines.number + 1
        try:
            cells = next(self._reader)
            problem = self._misshape(cells)
        except StopIteration:
            return None
        except csv.Error:
            cells, problem = self._lines.of_row[:1], _OPEN_QUOTE
        if problem and len(self._lines.of_row) > 1:
            cells, problem = self._first_line_alone(), _OPEN_QUOTE
        return number, cells, problem

    def _misshape(self, cells: list[str]) -> str | None:
        expected = len(self.headings)
        if not cells or (len(cells) >= expected and not any(cell.strip() for cell in cells[expected:])):
            return None
        return typo(
            f"La ligne compte {plural(len(cells), 'colonne')}, l’en-tête {expected} : vérifiez ses séparateurs."
        )

    def _first_line_alone(self) -> list[str]:
        """An unclosed quote swallows what follows: only its own line is lost, the next ones are read again."""
        line = self._lines.give_back_all_but_first()
        try:
            return next(csv.reader([line], delimiter=self._separator), [])
        except csv.Error:
            return [line]


class _Lines:
    """The lines of a file, counted, and those of the current row, which can be given back."""

    def __init__(self, file: Iterator[str], encoding: str, start: RowPlace) -> None:
        self._file = file
        self._encoding = encoding
        self._given_back: deque[str] = deque()
        self.number = start.line
        self.offset = start.offset
        self.of_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._file)
        self.number += 1
        self.offset += self._bytes_of(line)
        self.of_row.append(line)
        return line

    def start_row(self) -> None:
        self.of_row.clear()

    def give_back_all_but_first(self) -> str:
        first, *others = self.of_row
        self._given_back.extendleft(reversed(others))
        self.number -= len(others)
        self.offset -= sum(map(self._bytes_of, others))
        return first

    def _bytes_of(self, line: str) -> int:
        return len(line) if line.isascii() else len(line.encode(self._encoding))


@contextmanager
def open_sheet(path: Path, formats: Sequence[Format], text: SheetText | None = None) -> Iterator[Sheet]:
    """Open a CSV file of one of these formats: UTF-8 or Windows-1252; comma, semicolon or tab.

    Raises UnusableFile with a sentence for the operator. Reads the file twice (once when `text` was kept from an
    earlier time), and never holds it whole.
    """
    with opened(path) as file:
        known = text or examined_sheet(path, file)
        separator, format_, headings = _understood(path, known.encoding, formats)
        yield Sheet(format_, headings, known, file, separator)


def _understood(path: Path, encoding: str, formats: Sequence[Format]) -> tuple[str, Format, tuple[str, ...]]:
    """The separator and the format that find the most expected columns in the first line."""
    written = {separator: _headings(path, encoding, separator) for separator in _SEPARATORS}
    separator, format_ = max(
        ((separator, format_) for separator in _SEPARATORS for format_ in formats),
        key=lambda pair: _likeness(pair[1], written[pair[0]]),
    )
    headings = written[separator]
    if missing := _missing(headings, format_.required):
        raise UnusableFile(_wrong_file(path, format_, missing))
    _ensure_told_apart(path, headings, format_)
    return separator, format_, headings


def _headings(path: Path, encoding: str, separator: str) -> tuple[str, ...]:
    with path.open(encoding=encoding.replace("utf-8", "utf-8-sig"), newline="") as file:
        try:
            return tuple(next(csv.reader(file, delimiter=separator), []))
        except csv.Error:
            return ()


def _likeness(format_: Format, headings: tuple[str, ...]) -> tuple[float, int]:
    """The share of required columns that are there, then how many columns are known."""
    share = 1 - len(_missing(headings, format_.required)) / len(format_.required)
    return share, len(_places(headings, format_))


def _missing(headings: tuple[str, ...], expected: tuple[str, ...]) -> list[str]:
    known = {_compared(heading) for heading in headings}
    return [name for name in expected if _compared(name) not in known]


def _places(headings: tuple[str, ...], format_: Format) -> dict[str, int]:
    """Where each expected column stands."""
    at = {_compared(heading): place for place, heading in enumerate(headings)}
    return {name: at[_compared(name)] for name in format_.columns if _compared(name) in at}


def _compared(heading: str) -> str:
    """« acheteur.id » is « acheteur_id »: flattened JSON is written both ways."""
    return fold(heading).replace(".", "_")


def _ensure_told_apart(path: Path, headings: tuple[str, ...], format_: Format) -> None:
    compared = [_compared(heading) for heading in headings]
    for name in format_.columns:
        if compared.count(_compared(name)) > 1:
            raise UnusableFile(f"« {path.name} » a deux colonnes « {name} » : n’en gardez qu’une.")


def _wrong_file(path: Path, format_: Format, missing: list[str]) -> str:
    columns = ", ".join(f"« {name} »" for name in missing)
    noun = "la colonne" if len(missing) == 1 else "les colonnes"
    return f"« {path.name} » ne se lit pas comme {format_.name} : il manque {noun} {columns}."
