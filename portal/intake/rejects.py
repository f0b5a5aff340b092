"""Hands rejected rows back as a CSV file that can be mended and imported again."""

import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from portal.intake.formulas import with_guard
from portal.intake.texts import UnusableFile
from portal.intake.written import csv_writer

REASON = "motif"


def writable(path: Path, encoding: str = "utf-8") -> IO[str]:
    """A new text file for what is handed back. Raises UnusableFile."""
    try:
        return path.open("w", encoding=encoding, newline="")
    except OSError as error:
        raise UnusableFile(
            f"Les lignes refusées ne peuvent pas être écrites dans « {path} » : indiquez un autre fichier."
        ) from error


class RejectedRows:
    """A CSV file with the original columns and « motif », made at the first row; safe to open in a spreadsheet.

    UTF-8 with its mark and semicolons, so that a French spreadsheet opens it as it is.
    """

    def __init__(self, path: Path, headings: tuple[str, ...]) -> None:
        self.path = path
        self._reason_at = headings.index(REASON) if REASON in headings else len(headings)
        self._headings = headings[: self._reason_at] + headings[self._reason_at + 1 :]
        self._file: IO[str] | None = None
        self._writer: Any = None

    @staticmethod
    def beside(path: Path) -> Path:
        """« structures.csv » gives « structures-refus.csv », here when the folder of the file cannot be written.

        What was refused in a JSON file comes back as JSON.
        """
        beside = path.with_name(f"{path.stem}-refus{'.json' if path.suffix.lower() == '.json' else '.csv'}")
        return beside if os.access(beside.parent, os.W_OK) else Path(beside.name)

    def add(self, cells: tuple[str, ...], reason: str) -> None:
        if self._writer is None:
            self._open()
        kept = cells[: self._reason_at] + cells[self._reason_at + 1 :]
        self._write([*_fitted(kept, len(self._headings)), reason])

    def _open(self) -> None:
        self._file = writable(self.path, "utf-8-sig")
        self._writer = csv_writer(self._file)
        self._write([*self._headings, REASON])

    def _write(self, cells: list[str]) -> None:
        self._writer.writerow([with_guard(cell) for cell in cells])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _fitted(cells: tuple[str, ...], width: int) -> list[str]:
    """Exactly `width` cells: what stands beyond is joined to the last, so that nothing is lost."""
    padded = [*cells, *[""] * (width - len(cells))]
    return padded if len(padded) == width else [*padded[: width - 1], " ".join(padded[width - 1 :]).strip()]
