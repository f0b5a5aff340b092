"""Looks at the sheets of a workbook before they are read: how far they go, and where their formulas are.

A sheet of a few bytes may span a billion cells, which readers lay out in memory: the scan stops at the first cell too
far. Nor does the size of a file tell that of its texts: a sentence may be written once and stand in every cell. The
scan reads a stream, refuses document types (and the entities that grow from them), and keeps no content.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from portal.intake.archives import MEBIBYTE, WORKBOOK
from portal.intake.texts import UnusableFile
from portal.kernel.french import format_number

_CHUNK = 65_536
_MOST_CELLS = 500_000
"""From the first cell to the last, empty ones included."""
_MOST_SIGNS = 32 * MEBIBYTE
"""Of all texts, as often as they stand in a cell."""
_MOST_SHEET = 24 * MEBIBYTE
_AROUND = 60
"""Rows that may stand above the headings or below the table."""
_FAR = "Des cases sont remplies très loin du tableau : copiez le tableau seul dans un classeur neuf."
_LONG = "De longs textes remplissent trop de cases : copiez le tableau seul dans un classeur neuf."


@dataclass
class Extent:
    """How far a sheet goes; rows and columns counted from one."""

    most_rows: int
    rows: int = 0
    """Those that hold something."""
    last_row: int = 0
    last_column: int = 0
    signs: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    """Row and column."""

    def reach(self, row: int, column: int) -> None:
        """A cell that holds something; cells come row by row."""
        if row != self.last_row:
            self.rows += 1
        self.last_row, self.last_column = max(row, self.last_row), max(column, self.last_column)
        ensure_few(self.rows, self.most_rows)
        ensure_near(self.area)

    @property
    def area(self) -> int:
        return self.last_row * self.last_column

    def hold(self, signs: int) -> None:
        """Texts laid out."""
        self.signs += signs
        _ensure_short(self.signs)


def ensure_bounded(extents: Iterable[Extent]) -> None:
    """All sheets together. Raises UnusableFile."""
    extents = list(extents)
    ensure_near(sum(extent.area for extent in extents))
    _ensure_short(sum(extent.signs for extent in extents))


def ensure_near(cells: int) -> None:
    """Raises UnusableFile."""
    if cells > _MOST_CELLS:
        raise UnusableFile(_FAR)


def _ensure_short(signs: int) -> None:
    if signs > _MOST_SIGNS:
        raise UnusableFile(_LONG)


def ensure_few(count: int, most: int) -> None:
    """Raises UnusableFile."""
    if count > most + _AROUND:
        raise too_many_rows(most)


def too_many_rows(most: int) -> UnusableFile:
    return UnusableFile(
        f"Ce fichier a plus de {format_number(most)} lignes remplies : envoyez un fichier par mois et par marché, "
        "sans autre tableau."
    )


def scan_shared_texts(stream: IO[bytes]) -> int:
    """The signs of the longest of the texts that cells share."""
    scan = _SharedScan()
    _parse(stream, scan.start, scan.end, scan.text)
    return scan.longest


def scan_xlsx_sheet(stream: IO[bytes], most_rows: int, longest_shared: int = 0) -> Extent:
    scan = _XlsxScan(Extent(most_rows), longest_shared)
    _parse(stream, scan.start, scan.end)
    return scan.extent


def scan_ods_content(stream: IO[bytes], most_rows: int) -> dict[str, Extent]:
    """The extent of each sheet, by its name."""
    scan = _OdsScan(most_rows)
    _parse(stream, scan.start, scan.end, scan.text)
    return scan.extents


def _parse(
    stream: IO[bytes],
    start: Callable[..., None],
    end: Callable[..., None],
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    read = 0
    try:
        while chunk := stream.read(_CHUNK):
            read += len(chunk)
            if read > _MOST_SHEET:
                raise UnusableFile(_FAR)
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        raise UnusableFile(WORKBOOK.damaged) from None


def _refuse_document_type(*_: Any) -> None:
    raise UnusableFile(WORKBOOK.damaged)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CONTENT = {"v", "is", "f"}


class _SharedScan:
    """SpreadsheetML: `<si><t>…</t></si>`, or in several runs."""

    def __init__(self) -> None:
        self.longest = self._signs = 0

    def start(self, name: str, _: Mapping[str, str]) -> None:
        if _local(name) == "si":
            self._signs = 0

    def end(self, name: str) -> None: ...

    def text(self, words: str) -> None:
        self._signs += len(words)
        self.longest = max(self.longest, self._signs)


class _XlsxScan:
    """SpreadsheetML: `<row r><c r><f/><v/></c></row>`; references may be left out, and then follow one another.

    Each shared text counts as the longest: which one a cell means, readers may tell otherwise than this scan.
    """

    def __init__(self, extent: Extent, longest_shared: int) -> None:
        self.extent = extent
        self._longest_shared = longest_shared
        self._row = self._column = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        name = _local(name)
        if name == "row":
            self._row, self._column = int(given.get("r", self._row + 1)), 0
        elif name == "c":
            self._place(given.get("r"))
            if given.get("t") == "s":
                self.extent.hold(self._longest_shared)
        elif name in _CONTENT and self._column:
            self.extent.reach(self._row, self._column)
            if name == "f":
                self.extent.formulas.add((self._row, self._column))

    def end(self, name: str) -> None: ...

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
            return
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise UnusableFile(WORKBOOK.damaged)
        self._row, self._column = int(found[2]), column_of(found[1])


def column_of(letters: str) -> int:
    """1 for « A », 28 for « AB »."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place


class _OdsScan:
    """OpenDocument: rows and cells say how often they are repeated; what is empty at the end does not count."""

    def __init__(self, most_rows: int) -> None:
        self.extents: dict[str, Extent] = {}
        self._most_rows = most_rows
        self._extent: Extent | None = None
        self._row = self._column = 0
        self._repeats = 1
        self._cell_repeats: int | None = None
        """None outside of a cell."""
        self._is_told = False
        self._signs = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        match _local(name):
            case "table" if self._extent is None:
                self._extent = self.extents[given.get("table:name", "")] = Extent(self._most_rows)
                self._row = 0
            case "table-row":
                self._repeats = int(given.get("table:number-rows-repeated", 1))
                self._row, self._column = self._row + 1, 0
            case "table-cell" | "covered-table-cell" if self._extent:
                self._open_cell(given)
            case "p" if self._cell_repeats is not None:
                self._reach(self._cell_repeats)
            case "s":
                self._hold(int(given.get("text:c", 1)))

    def text(self, words: str) -> None:
        self._hold(len(words))

    def _hold(self, signs: int) -> None:
        self._signs += signs
        _ensure_short(self._signs)

    def end(self, name: str) -> None:
        match _local(name):
            case "table":
                self._extent = None
            case "table-row":
                self._row += self._repeats - 1
            case "table-cell" | "covered-table-cell":
                self._column += (self._cell_repeats or 1) - 1
                if self._extent and self._is_told:
                    self._extent.hold(self._signs * max(self._cell_repeats or 1, 1) * max(self._repeats, 1))
                self._signs, self._cell_repeats = 0, None

    def _open_cell(self, given: Mapping[str, str]) -> None:
        self._column += 1
        self._cell_repeats = int(given.get("table:number-columns-repeated", 1))
        self._signs = len(given.get("office:string-value", ""))
        if "table:formula" in given and self._extent:
            self._extent.formulas.add((self._row, self._column))
        self._is_told = "office:value-type" in given
        if self._is_told or "table:formula" in given:
            self._reach(self._cell_repeats)

    def _reach(self, repeats: int) -> None:
        if self._extent is None:
            return
        ensure_few(self._repeats, self._most_rows)
        for row in range(self._row, self._row + self._repeats):
            self._extent.reach(row, self._column + repeats - 1)
