"""What rows of a buyer's accounts have in common: which contract, which day, how much."""

from collections.abc import Collection
from contextlib import suppress
from datetime import date
from typing import Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.intake import RowRefused
from portal.kernel.errors import Unreadable
from portal.kernel.period import parse_period
from portal.kernel.siret import Siret
from portal.vocabulary import PlannedPrecision

ByName = dict[tuple[str, str], list[Contract]]
"""The contracts of each buyer, by (SIRET, name)."""


class Told(Protocol):
    """A row that names a contract."""

    @property
    def buyer(self) -> Siret: ...
    @property
    def contract(self) -> str:
        """The buyer's number, the reference in addresses, or the DECP uid."""
        ...


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


def line_written(written: str) -> str:
    return " ".join(written.split())
