"""Workbooks that the portal gives, filled in as a person would, and sent back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from playwright.sync_api import FilePayload, Locator, Page
from python_calamine import CalamineWorkbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def downloaded(page: Page, link: Locator) -> Path:
    """What a click brings, other than a page."""
    with page.expect_download() as coming:
        link.click()
    return Path(coming.value.path())


@dataclass
class Workbook:
    """The sheet of the month, and where its headings are."""

    cells: list[list[Any]]

    @classmethod
    def read(cls, path: Path) -> "Workbook":
        with CalamineWorkbook.from_path(str(path)) as book:
            return cls(book.get_sheet_by_index(0).to_python(skip_empty_area=False))

    @property
    def _head(self) -> int:
        return next(row for row, cells in enumerate(self.cells) if "Matricule" in cells)

    def _place(self, heading: str) -> int:
        return self.cells[self._head].index(heading)

    def column(self, heading: str) -> list[Any]:
        """What the lines of people hold there."""
        at, matricule = self._place(heading), self._place("Matricule")
        return [cells[at] for cells in self.cells[self._head + 1 :] if cells[matricule]]

    def fill(self, matricule: str, told: Mapping[str, Any]) -> None:
        """On the line of this matricule, or on the next blank one, which a reader leaves out."""
        at = self._place("Matricule")
        row = next((cells for cells in self.cells if cells[at] == matricule), None)
        if row is None:
            row = [""] * len(self.cells[self._head])
            self.cells.append(row)
        for heading, value in {"Matricule": matricule, **told}.items():
            row[self._place(heading)] = value

    def cell_of(self, matricule: str, heading: str) -> str:
        """« F12 »."""
        at = self._place("Matricule")
        row = next(row for row, cells in enumerate(self.cells) if cells[at] == matricule)
        return f"{chr(ord('A') + self._place(heading))}{row + 1}"

    def sent(self) -> FilePayload:
        file = BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
            sheet = book.add_worksheet("Le mois")
            for row, cells in enumerate(self.cells):
                for place, value in enumerate(cells):
                    if isinstance(value, date):
                        sheet.write_datetime(row, place, value)
                    elif value != "":
                        sheet.write(row, place, value)
        return {"name": "novembre.xlsx", "mimeType": _XLSX, "buffer": file.getvalue()}
