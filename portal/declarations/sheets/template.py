"""Writes the workbook of one month: whom it already knows, lists to choose from, and blank lines for new people."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from portal.declarations.sheets.columns import (
    COLUMNS,
    LINE_OF_FILE,
    NO,
    TO_MEND,
    YES,
    Column,
    Holds,
    label_of,
    letter_of,
)
from portal.declarations.sheets.howto import HOW_TO, SUMMARY
from portal.intake.formulas import with_guard
from portal.kernel.french import typo
from portal.vocabulary import Listed

SHEET, HOW_TO_SHEET, LISTS_SHEET = "Le mois", "Mode d’emploi", "Listes"
_BLANK_LINES = 200
_HEAD_ROW = 6
"""Counted from nought: titles and a few words stand above."""
_OF_KNOWN = frozenset({"matricule", "entered_on"})
"""Written by the portal and not to be changed, on the line of somebody it knows."""
_NAVY, _GREY, _RULE = "#1b2a41", "#eef0f3", "#c9ced6"


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What a workbook is for; `mark` is how it is known when it comes back."""

    mark: str
    title: str
    """« Novembre 2026 · marché 2025-118 · Entretien des médiathèques »."""
    written_at: datetime


@dataclass(frozen=True)
class SheetLine:
    """One person’s line: values by key of column. Known people come without what is asked of new ones."""

    values: dict[str, Any] = field(repr=False)
    is_known: bool = True
    line_of_file: int | None = None
    to_mend: str | None = None


def write_template(of: Identified, lines: Sequence[SheetLine]) -> bytes:
    """The month to fill in."""
    return _Book(of, COLUMNS).filled(lines, blank=_BLANK_LINES)


def write_mistakes(of: Identified, lines: Sequence[SheetLine]) -> bytes:
    """The rows to mend, with why: neither a name nor a birth date, which are typed again for new people."""
    more = (
        Column(TO_MEND, TO_MEND, Holds.NOTHING_KEPT, 44, ""),
        Column(LINE_OF_FILE, LINE_OF_FILE, Holds.NOTHING_KEPT, 9, ""),
    )
    return _Book(of, (*more, *COLUMNS)).filled(lines, blank=0)


class _Book:
    def __init__(self, of: Identified, columns: Sequence[Column]) -> None:
        self._file = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        import xlsxwriter  # noqa: PLC0415 — a rare page: see docs/decisions/memory.md

        self._book = xlsxwriter.Workbook(self._file, options)
        self._book.set_properties({"author": "", "title": of.title, "created": of.written_at.replace(tzinfo=None)})
        self._of, self._columns = of, columns
        self._sheet = self._book.add_worksheet(SHEET)
        self._formats = _formats(self._book)

    def filled(self, lines: Sequence[SheetLine], *, blank: int) -> bytes:
        first, last = _HEAD_ROW + 1, _HEAD_ROW + len(lines) + max(blank, 1)
        self._write_top()
        self._write_heads()
        rows = list(enumerate([*lines, *[SheetLine({}, is_known=False)] * blank], first))
        for row, line in rows:
            self._write_line(row, line)
        self._write_how_to()
        self._offer_choices(first, last)
        self._protect(_HEAD_ROW + 1)
        self._leave_open(rows)
        self._book.close()
        return self._file.getvalue()

    def _write_top(self) -> None:
        top = (self._of.title, *SUMMARY, f"Ne pas effacer : {self._of.mark}")
        for row, words in enumerate(top):
            self._sheet.write_string(row, 0, with_guard(typo(words)), self._formats["title" if not row else "words"])
        self._sheet.set_row(0, 24)

    def _write_heads(self) -> None:
        self._sheet.set_row(_HEAD_ROW, 32)
        for place, column in enumerate(self._columns):
            head = self._formats["new_head" if column.is_for_new_people else "head"]
            self._sheet.set_column(place, place, column.width)
            self._sheet.write_string(_HEAD_ROW, place, typo(column.heading), head)

    def _write_line(self, row: int, line: SheetLine) -> None:
        told = line.values | {LINE_OF_FILE: line.line_of_file, TO_MEND: line.to_mend}
        for place, column in enumerate(self._columns):
            self._write_cell(row, place, told.get(column.key), self._formats[_format_of(column, line)])

    def _write_cell(self, row: int, place: int, value: Any, style: Any) -> None:
        if value is None:
            self._sheet.write_blank(row, place, None, style)
        elif isinstance(value, date):
            self._sheet.write_datetime(row, place, value, style)
        elif isinstance(value, Decimal | int) and not isinstance(value, bool):
            self._sheet.write_number(row, place, value, style)
        else:
            self._sheet.write_string(row, place, _written(value), style)

    def _write_how_to(self) -> None:
        sheet = self._book.add_worksheet(HOW_TO_SHEET)
        sheet.set_column(0, 0, 110)
        sheet.hide_gridlines(2)
        for row, words in enumerate(HOW_TO):
            sheet.write_string(row, 0, typo(words), self._formats["title" if not row else "paragraph"])
        sheet.protect()

    def _offer_choices(self, first: int, last: int) -> None:
        """Lists stand on a sheet of their own: written in the cell’s rule, they would be cut at 255 characters."""
        lists = self._book.add_worksheet(LISTS_SHEET)
        lists.hide()
        for place, column in enumerate(self._columns):
            offered = _offered(column)
            for row, words in enumerate(offered):
                lists.write_string(row, place, words)
            if column.note:
                letter = letter_of(place)
                source = f"={LISTS_SHEET}!${letter}$1:${letter}${len(offered)}" if offered else None
                self._sheet.data_validation(first, place, last, place, _rule(column, source))

    def _protect(self, first: int) -> None:
        self._sheet.freeze_panes(first, 1 + [column.key for column in self._columns].index("matricule"))
        self._sheet.hide_gridlines(2)
        self._sheet.ignore_errors({"number_stored_as_text": "A1:Z5000"})
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(first - 1)
        self._sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
        self._sheet.activate()

    def _leave_open(self, rows: Iterable[tuple[int, SheetLine]]) -> None:
        """Cells pasted from elsewhere come locked: unless their range is left open, nobody can correct them."""
        ranges = []
        for _, alike in groupby(rows, key=lambda row: row[1].is_known):
            (top, line), *others = alike
            bottom = others[-1][0] if others else top
            open_ = [letter_of(place) for place, column in enumerate(self._columns) if _is_open(column, line)]
            ranges += [f"{letter}{top + 1}:{letter}{bottom + 1}" for letter in open_]
        if ranges:
            self._sheet.unprotect_range(" ".join(ranges), "A_remplir")


def _is_open(column: Column, line: SheetLine) -> bool:
    is_told = line.is_known and (column.is_for_new_people or column.key in _OF_KNOWN)
    return not is_told and column.key not in {LINE_OF_FILE, TO_MEND}


def _format_of(column: Column, line: SheetLine) -> str:
    if column.key in {LINE_OF_FILE, TO_MEND}:
        return "mend" if column.key == TO_MEND else "locked_text"
    kind = {Holds.DAY: "day", Holds.BIRTH: "day", Holds.HOURS: "hours"}.get(column.holds, "text")
    return kind if _is_open(column, line) else f"locked_{kind}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return label_of(value) if isinstance(value, Listed) else with_guard(str(value))


def _offered(column: Column) -> list[str]:
    if column.holds is Holds.YES_NO:
        return [YES, NO]
    return [label_of(member) for member in column.choices] if column.choices else []


def _rule(column: Column, source: str | None) -> dict[str, Any]:
    """What the spreadsheet says beside the cell. It warns, and never stops: the portal reads and tells."""
    rule: dict[str, Any] = {"validate": "any"}
    if source:
        rule = {"validate": "list", "source": source, "error_type": "warning", "error_title": "Pas dans la liste"}
        rule["error_message"] = typo("Choisissez dans la liste : le portail ne reconnaîtra pas autre chose.")
    return rule | {"input_title": column.heading[:32], "input_message": typo(column.note)}


def _formats(book: Any) -> dict[str, Any]:
    cell = {"border": 1, "border_color": _RULE, "valign": "vcenter"}
    head = {**cell, "bold": True, "text_wrap": True, "font_color": "white", "valign": "vcenter"}
    kinds = {"text": {"num_format": "@"}, "day": {"num_format": "dd/mm/yyyy"}, "hours": {"num_format": "#,##0.00"}}
    formats = {
        "title": {"bold": True, "font_size": 14, "font_color": _NAVY},
        "words": {"font_color": _NAVY},
        "paragraph": {"text_wrap": True, "valign": "top"},
        "head": {**head, "bg_color": _NAVY},
        "new_head": {**head, "bg_color": "#4b5d78"},
        "mend": {**cell, "text_wrap": True, "bg_color": "#fbeee9"},
        **{kind: {**cell, **number, "locked": False} for kind, number in kinds.items()},
        **{f"locked_{kind}": {**cell, **number, "bg_color": _GREY} for kind, number in kinds.items()},
    }
    return {name: book.add_format(properties) for name, properties in formats.items()}
