"""Stores the contracts of a work file, batch after batch: how far it came is committed with each, so that a killed
import goes on after the last one that is stored, and nothing is counted twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from portal import journal
from portal.contracts.decp.notices import Notice, ReadContract, gathered
from portal.contracts.decp.report import DecpReport, Stored
from portal.contracts.decp.sources import Numbered, Source
from portal.contracts.decp.storing import store_contracts
from portal.intake import ImportRun, RowRefused, WorkFile, in_one_transaction, store_alone
from portal.intake.models import ImportProgress
from portal.kernel.actor import SYSTEM
from portal.kernel.french import plural, typo
from portal.storage import reading, unit_of_work
from portal.storage.once import insert_once
from portal.vocabulary import Event

BATCH = 200


@dataclass(frozen=True)
class _Gathered:
    key: str
    contract: ReadContract
    members: list[Numbered]


class Steps:
    """`report` tells what was read, then what is stored."""

    def __init__(self, source: Source, work: WorkFile, report: DecpReport, run: ImportRun) -> None:
        self.report = report
        self._told = report
        """What `report` is once the transaction that is open is committed."""
        self._source = source
        self._work = work
        self._run = run
        self._is_over = False

    def take(self) -> None:
        """Store all that is not stored yet."""
        after = self._take_up()
        if self._is_over:
            return
        self._run.phase("enregistrement")
        whole = self._work.count()
        contracts = self._gathered(after)
        while batch := list(islice(contracts, BATCH)):
            self._store(batch)
            self._run.progress(self.report.contracts, whole)

    def end(self) -> None:
        """Tell the journal, once."""
        if self._run.dry_run or self._is_over:
            return
        self._work.keep(stored=self.report.kept())
        with unit_of_work() as session:
            told = ("import", 0, self._run.path.name)
            after = self.report.counts()
            journal.record(session, Event.CONTRACTS_IMPORTED, told, actor=SYSTEM, at=self._run.now, after=after)
            session.execute(delete(ImportProgress).where(ImportProgress.run == self._work.run))

    def _take_up(self) -> str:
        """The key of the last contract that an earlier run stored. Its row goes with the very last transaction."""
        if self._run.dry_run:
            return ""
        if not self._work.told("is_storing"):
            with unit_of_work() as session:
                start = {"after": "", "report": self.report.kept()}
                insert_once(session, ImportProgress, run=self._work.run, reached=start, at=self._run.now)
            self._work.keep(is_storing=True)
            return ""
        with reading() as session:
            reached = session.scalar(select(ImportProgress.reached).where(ImportProgress.run == self._work.run))
        self._is_over = reached is None
        self.report = DecpReport.taken_up(reached["report"] if reached else self._work.told("stored"))
        self._run.say(typo(f"Reprise : {plural(self.report.contracts, 'marché déjà lu', 'marchés déjà lus')}."))
        return reached["after"] if reached else ""

    def _gathered(self, after: str) -> Iterator[_Gathered]:
        for key, members in self._work.groups(after):
            read = [(number, member, notice) for number, member in members if (notice := self._notice(number, member))]
            if read:
                notices = [notice for _number, _member, notice in read]
                yield _Gathered(key, gathered(notices), [(number, member) for number, member, _notice in read])

    def _notice(self, number: int, member: Any) -> Notice | None:
        """None once it is refused."""
        try:
            return self._source.notice(member)
        except RowRefused as refused:
            self._refuse(number, member, refused.reason)
            return None

    def _refuse(self, number: int, member: Any, reason: str) -> None:
        self.report.refuse(number, reason)
        self._work.refuse(number, member, reason)

    def _store(self, batch: Sequence[_Gathered]) -> None:
        """All in one transaction; if the database refuses, each in its own, so that only the faulty one is lost."""
        try:
            in_one_transaction(batch, self._write, dry_run=self._run.dry_run)
            self.report = self._told
        except (IntegrityError, DataError):
            for each in batch:
                self._store_alone(each)

    def _store_alone(self, each: _Gathered) -> None:
        stored = store_alone(each, self._write, dry_run=self._run.dry_run)
        if not isinstance(stored, RowRefused):
            self.report = self._told
            return
        self._work.remark(each.key, 0, ())
        for number, member in each.members:
            self._refuse(number, member, stored.reason)

    def _write(self, session: Session, batch: Sequence[_Gathered]) -> list[Stored | RowRefused]:
        """Store contracts, and how far that is. Remarks are kept before: they are replaced if this is taken again."""
        outcomes = store_contracts(session, [each.contract for each in batch], now=self._run.now)
        self._told = DecpReport.taken_up(self.report.kept())
        for each, stored in zip(batch, outcomes, strict=True):
            if isinstance(stored, Stored):
                self._tell(each, stored)
        self._work.keep()
        reached = {"after": batch[-1].key, "report": self._told.kept()}
        session.execute(
            update(ImportProgress).where(ImportProgress.run == self._work.run).values(reached=reached, at=self._run.now)
        )
        return outcomes

    def _tell(self, each: _Gathered, stored: Stored) -> None:
        number = min(number for number, _member in each.members)
        remarks = (*each.contract.remarks, *stored.remarks)
        self._told.store(each.contract, stored)
        for remark in remarks:
            self._told.remark(number, each.contract.uid, remark)
        self._work.remark(each.key, number, remarks)
