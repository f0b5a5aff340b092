"""What files of a buyer's accounts have in common: how they are imported, which contract and which day rows tell."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from portal import journal
from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.intake import Format, ImportReport, ImportRun, Row, RowRefused, Write, import_file
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import Unreadable
from portal.kernel.period import parse_period
from portal.kernel.siret import Siret
from portal.storage import unit_of_work
from portal.vocabulary import Event, PlannedPrecision

ByName = dict[tuple[str, str], list[Contract]]
"""The contracts of each buyer, by (SIRET, name)."""


_LONGEST_NUMBER = 80

T = TypeVar("T")


class Told(Protocol):
    """A row that names a contract."""

    @property
    def buyer(self) -> Siret: ...
    @property
    def contract(self) -> str:
        """The buyer's number, the reference in addresses, or the DECP uid."""
        ...


def import_accounts(
    run: ImportRun,
    format_: Format,
    read: Callable[[Row], T],
    write: Write[T],
    *,
    keep: Callable[[T], None],
    report: ImportReport,
    event: Event,
) -> None:
    """Read a CSV, store its rows, and journal the counts. `keep` sees what was stored. Raises UnusableFile."""

    def read_or_refuse(row: Row) -> T:
        try:
            return read(row)
        except Unreadable as unreadable:
            raise RowRefused(unreadable.sentence) from unreadable

    done = import_file(run, (format_,), lambda _: read_or_refuse, write, kept=keep)
    report.outcomes, report.refused, report.refusals = done.outcomes, done.refused, done.refusals
    if not run.dry_run:
        with unit_of_work() as session:
            told = ("import", 0, run.path.name)
            journal.record(session, event, told, actor=SYSTEM, at=run.now, after=report.counts())


def contracts_named(session: Session, rows: Collection[Told]) -> ByName:
    """The contracts of each buyer under every name that a row may give them."""
    names = {row.contract for row in rows}
    wanted = (
        select(Contract, Organisation.siret)
        .join(Organisation, Organisation.id == Contract.buyer_id)
        .where(
            Organisation.siret.in_({row.buyer for row in rows}),
            or_(Contract.number.in_(names), Contract.reference.in_(names), Contract.decp_uid.in_(names)),
        )
        .order_by(Contract.id)
        .options(selectinload(Contract.titulaires))
    )
    found: ByName = {}
    for contract, siret in session.execute(wanted):
        for name in {contract.number, contract.reference, contract.decp_uid} & names:
            found.setdefault((siret, name or ""), []).append(contract)
    return found


def day_written(written: str, of: str) -> date:
    """Raises RowRefused; `of`: « du mandat »."""
    with suppress(Unreadable):
        period = parse_period(written)
        if period.precision is PlannedPrecision.DAY:
            return period.starts_on
    raise RowRefused(f"La date {of} n’est pas lisible : écrivez par exemple 10/02/2026.")


def contract_written(row: Row) -> str:
    """Raises RowRefused."""
    contract = _line_written(row["marche"])
    if not contract:
        raise RowRefused("Le marché manque : son numéro, ou sa référence.")
    return contract


def number_written(written: str, of: str) -> str:
    """The accounts' own number of what a row tells. Raises RowRefused; `of`: « du mandat »."""
    number = _line_written(written)
    if not number or len(number) > _LONGEST_NUMBER:
        raise RowRefused(f"Le numéro {of} manque, ou dépasse {_LONGEST_NUMBER} caractères.")
    return number


def ensure_known(row: Told, contracts: Sequence[Contract]) -> None:
    """Raises RowRefused."""
    if not contracts:
        raise RowRefused(f"Aucun marché « {row.contract} » pour l’acheteur {row.buyer.formatted}.")


def several(row: Told, contracts: Sequence[Contract]) -> RowRefused:
    """The refusal of a name that is that of more than one contract."""
    references = ", ".join(contract.reference for contract in contracts)
    return RowRefused(f"Plusieurs marchés « {row.contract} » : écrivez la référence de l’un d’eux, {references}.")


def _line_written(written: str) -> str:
    return " ".join(written.split())
