"""Imports the rows of a file in batches: one transaction each, and a row in error never stops the others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from portal.intake.reading import Format, Row, Sheet, open_sheet
from portal.intake.rejects import RejectedRows
from portal.intake.report import ImportReport, Outcome, RowRefused
from portal.intake.texts import UnusableFile
from portal.storage import unit_of_work

Record = TypeVar("Record")
Result = TypeVar("Result")
Read = Callable[[Row], Record]
"""Makes a record of a row, or raises RowRefused."""
Write = Callable[[Session, Sequence[Record]], Sequence[Outcome | RowRefused]]
"""Stores records, and tells what became of each, in order. May run again for one record alone."""

_BATCH = 500
_ALONE_ATTEMPTS = 2
"""The second one finds what another import has just stored."""


def _ignore(_record: object) -> None: ...


class _Rehearsed(Exception):
    """Rolls a dry run back."""


@dataclass(frozen=True)
class ImportRun:
    """What the operator asked for."""

    path: Path
    now: datetime
    rejects: Path | None = None
    """Where rejected rows go; beside the file by default."""
    dry_run: bool = False
    progress: Callable[[int, int], None] = lambda _line, _lines: None
    """Told the line reached and the number of lines, after each batch; or what is done of the phase, and its whole."""
    phase: Callable[[str], None] = lambda _name: None
    """Told the French name of each phase, when there are several."""
    say: Callable[[str], None] = lambda _sentence: None
    """Told, in French, what the operator should know before the end."""

    @property
    def rejected_to(self) -> Path:
        return self.rejects or RejectedRows.beside(self.path)


def import_file(
    run: ImportRun,
    formats: Sequence[Format],
    reader_of: Callable[[Format], Read[Record]],
    write: Write[Record],
    kept: Callable[[Record], None] = _ignore,
) -> ImportReport:
    """Import a whole file, with the reader that its format calls for. Raises UnusableFile."""
    with open_sheet(run.path, formats) as sheet, RejectedRows(run.rejected_to, sheet.headings) as rejects:
        report = import_rows(
            sheet,
            read=reader_of(sheet.format),
            write=write,
            rejects=rejects,
            kept=kept,
            dry_run=run.dry_run,
            advance=lambda line: run.progress(line, sheet.line_count),
        )
    if not report.read:
        raise UnusableFile(f"« {run.path.name} » ne contient que sa ligne de titres.")
    return report


def import_rows(
    sheet: Sheet,
    *,
    read: Read[Record],
    write: Write[Record],
    rejects: RejectedRows,
    kept: Callable[[Record], None] = _ignore,
    dry_run: bool = False,
    batch_size: int = _BATCH,
    advance: Callable[[int], None] = lambda _line: None,
) -> ImportReport:
    """Read, then write each batch of rows in one transaction; `advance` is told the line reached after each.

    `kept` is told each record that was not refused.
    A batch that the database refuses is written again row by row, so that only the faulty row is lost.
    """
    report = ImportReport()
    for batch in _batches(sheet.rows(), batch_size):
        for row, attempt, outcome in _outcomes(batch, read, write, dry_run=dry_run):
            _note(row, outcome, report, rejects)
            if not isinstance(attempt, RowRefused) and not isinstance(outcome, RowRefused):
                kept(attempt)
        advance(batch[-1].number)
    return report


def _batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch


def _outcomes(
    batch: list[Row], read: Read[Record], write: Write[Record], *, dry_run: bool
) -> Iterator[tuple[Row, Record | RowRefused, Outcome | RowRefused]]:
    """Each row, in order, with what was read of it and what became of it."""
    attempts = [_attempt(row, read) for row in batch]
    records = [attempt for attempt in attempts if not isinstance(attempt, RowRefused)]
    written = iter(write_batch(records, write, dry_run=dry_run))
    for row, attempt in zip(batch, attempts, strict=True):
        yield row, attempt, attempt if isinstance(attempt, RowRefused) else next(written)


def _attempt(row: Row, read: Read[Record]) -> Record | RowRefused:
    if row.problem:
        return RowRefused(row.problem)
    try:
        return read(row)
    except RowRefused as refused:
        return refused


def write_batch(
    records: Sequence[Record],
    write: Callable[[Session, Sequence[Record]], Sequence[Result | RowRefused]],
    *,
    dry_run: bool,
) -> Sequence[Result | RowRefused]:
    """Store records in one transaction, and tell what became of each, in order.

    If the database refuses them, each is stored in its own, so that only the faulty one is lost.
    """
    if not records:
        return []
    try:
        return in_one_transaction(records, write, dry_run=dry_run)
    except (IntegrityError, DataError):
        return [store_alone(record, write, dry_run=dry_run) for record in records]


def store_alone(
    record: Record,
    write: Callable[[Session, Sequence[Record]], Sequence[Result | RowRefused]],
    *,
    dry_run: bool,
) -> Result | RowRefused:
    """Store a record that the database may refuse."""
    for _ in range(_ALONE_ATTEMPTS):
        with suppress(IntegrityError, DataError):
            return in_one_transaction([record], write, dry_run=dry_run)[0]
    return RowRefused("La base de données a refusé cette ligne : vérifiez ses valeurs.")


def in_one_transaction(
    records: Sequence[Record],
    write: Callable[[Session, Sequence[Record]], Sequence[Result | RowRefused]],
    *,
    dry_run: bool,
) -> Sequence[Result | RowRefused]:
    """What `write` tells. Nothing is kept of a dry run. Raises IntegrityError or DataError."""
    outcomes: Sequence[Result | RowRefused] = []
    with suppress(_Rehearsed), unit_of_work() as session:
        outcomes = write(session, records)
        session.flush()
        if dry_run:
            raise _Rehearsed
    return outcomes


def _note(row: Row, outcome: Outcome | RowRefused, report: ImportReport, rejects: RejectedRows) -> None:
    if isinstance(outcome, RowRefused):
        report.refuse(row.number, outcome.reason)
        rejects.add(row.cells, outcome.reason)
    else:
        report.keep(outcome)
