"""Reads a whole file of DECP into the portal. Run twice, a file changes nothing more; killed, it goes on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.contracts.decp.report import DecpReport
from portal.contracts.decp.sources import Source, opened_source
from portal.contracts.decp.steps import Steps
from portal.intake import ImportRun, RejectedRows, RowRefused, UnusableFile, WorkFile, likeness
from portal.kernel.french import format_number

KEPT_EVERY = 2_000
"""Members between two places where a killed reading goes on."""


def import_decp(run: ImportRun) -> DecpReport:
    """Read a CSV or an official JSON file of DECP, whatever the order of its rows. Raises UnusableFile."""
    with _work_file(run) as work, opened_source(run, work.told("text")) as source:
        if work.told("text") is None:
            work.keep(text=source.text)
        report = _read(source, work, run)
        if not report.rows:
            raise UnusableFile(f"« {run.path.name} » ne contient aucun marché.")
        steps = Steps(source, work, report, run)
        steps.take()
        _hand_back(source, work, run)
        steps.end()
        work.remove()
        return steps.report


@contextmanager
def _work_file(run: ImportRun) -> Iterator[WorkFile]:
    """« decp-refus.csv » has its work in « decp-refus.en-cours »: gone at the end, or when the file is of no use."""
    path = run.rejected_to.with_name(f"{run.rejected_to.stem}.en-cours")
    identity = likeness(run.path) | {"dry_run": run.dry_run}
    try:
        with WorkFile(path, identity) as work:
            try:
                yield work
            except UnusableFile:
                work.remove()
                raise
    except sqlite3.Error as error:
        raise UnusableFile(f"« {path} » ne s’écrit plus ({error}) : libérez de la place, puis relancez.") from error


def _remarks_beside(run: ImportRun) -> Path:
    """« decp-refus.csv » has its remarks in « decp-remarques.csv »."""
    stem = run.rejected_to.stem.removesuffix("-refus")
    return run.rejected_to.with_name(f"{stem}-remarques.csv")


def _read(source: Source, work: WorkFile, run: ImportRun) -> DecpReport:
    """Put each member under its contract, and those that are of none aside, from where an earlier run had come."""
    kept = work.told("report")
    report = DecpReport.taken_up(kept) if kept else DecpReport(noun=source.noun, remarks_in=str(_remarks_beside(run)))
    if work.told("is_read"):
        return report
    run.phase("lecture")
    start = work.told("place")
    if start:
        run.say(f"Reprise de la lecture après {format_number(report.rows)} {source.noun}s.")
    unkept = 0
    for members, place in source.members(start):
        for number, member in members:
            _sort(number, member, source, work, report)
        unkept += len(members)
        if place and unkept >= KEPT_EVERY:
            work.keep(place=place, report=report.kept())
            run.progress(*source.reached)
            unkept = 0
    work.keep(is_read=True, report=report.kept())
    return report


def _sort(number: int, member: Any, source: Source, work: WorkFile, report: DecpReport) -> None:
    report.rows += 1
    try:
        work.add(source.uid(member), number, member)
    except RowRefused as refused:
        report.refuse(number, refused.reason)
        work.refuse(number, member, refused.reason)


def _hand_back(source: Source, work: WorkFile, run: ImportRun) -> None:
    """What was refused and remarked, whole, then nothing is left of the work."""
    source.hand_back(run.rejected_to, work.refused)
    with RejectedRows(_remarks_beside(run), (source.noun, "uid")) as remarks:
        for number, uid, remark in work.remarks():
            remarks.add((str(number), uid), remark)
