"""Reads a whole file of DECP into the portal. Run twice, a file changes nothing more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from portal import journal
from portal.contracts.decp.notices import ReadContract, gathered
from portal.contracts.decp.report import DecpReport, Stored
from portal.contracts.decp.sources import Member, Source, opened_source
from portal.contracts.decp.storing import store_contracts
from portal.intake import Groups, ImportRun, RejectedRows, RowRefused, UnusableFile, write_batch
from portal.kernel.actor import SYSTEM
from portal.storage import unit_of_work
from portal.vocabulary import Event

_BATCH = 200


@dataclass(frozen=True)
class _Gathered:
    contract: ReadContract
    members: list[Member]


def import_decp(run: ImportRun) -> DecpReport:
    """Read a CSV or an official JSON file of DECP, whatever the order of its rows. Raises UnusableFile."""
    remarked = _remarks_beside(run)
    with (
        opened_source(run) as source,
        Groups() as groups,
        RejectedRows(remarked, (source.noun, "uid")) as remarks,
    ):
        report = DecpReport(noun=source.noun, remarks_in=str(remarked))
        _read(source, groups, report, run)
        if not report.rows:
            raise UnusableFile(f"« {run.path.name} » ne contient aucun marché.")
        for batch in _batches(_contracts(source, groups)):
            _store(batch, source, report, remarks, run)
            run.progress(source.length + report.contracts, 2 * source.length)
    _record(report, run)
    return report


def _remarks_beside(run: ImportRun) -> Path:
    """« decp-refus.csv » has its remarks in « decp-remarques.csv »."""
    stem = run.rejected_to.stem.removesuffix("-refus")
    return run.rejected_to.with_name(f"{stem}-remarques.csv")


def _read(source: Source, groups: Groups, report: DecpReport, run: ImportRun) -> None:
    """Put each readable member under its contract, and hand the others back."""
    for member in source.members():
        report.rows += 1
        try:
            groups.add(source.notice(member).uid, member)
        except RowRefused as refused:
            report.refuse(member[0], refused.reason)
            source.hand_back(member, refused.reason)
        if report.rows % _BATCH == 0:
            run.progress(report.rows, 2 * source.length)


def _contracts(source: Source, groups: Groups) -> Iterator[_Gathered]:
    for members in groups:
        yield _Gathered(gathered(map(source.notice, members)), members)


def _batches(contracts: Iterator[_Gathered]) -> Iterator[list[_Gathered]]:
    while batch := list(islice(contracts, _BATCH)):
        yield batch


def _store(
    batch: Sequence[_Gathered], source: Source, report: DecpReport, remarks: RejectedRows, run: ImportRun
) -> None:
    def write(session: Session, contracts: Sequence[_Gathered]) -> list[Stored | RowRefused]:
        return store_contracts(session, [each.contract for each in contracts], now=run.now)

    for each, stored in zip(batch, write_batch(batch, write, dry_run=run.dry_run), strict=True):
        if isinstance(stored, RowRefused):
            for member in each.members:
                report.refuse(member[0], stored.reason)
                source.hand_back(member, stored.reason)
        else:
            report.store(each.contract, stored)
            _remark(each, (*each.contract.remarks, *stored.remarks), report, remarks)


def _remark(each: _Gathered, told: Iterable[str], report: DecpReport, remarks: RejectedRows) -> None:
    number, uid = min(member[0] for member in each.members), each.contract.uid
    for remark in told:
        report.remark(number, uid, remark)
        remarks.add((str(number), uid), remark)


def _record(report: DecpReport, run: ImportRun) -> None:
    if run.dry_run:
        return
    with unit_of_work() as session:
        told = ("import", 0, run.path.name)
        journal.record(session, Event.CONTRACTS_IMPORTED, told, actor=SYSTEM, at=run.now, after=report.counts())
