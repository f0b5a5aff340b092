"""Imports orders (« bons de commande ») from the buyer's accounts. Run twice, a file changes nothing more.

An order is known by the contract and its own number: told again with another date, amount or note, it is corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.accounts import (
    ByName,
    contract_written,
    contracts_named,
    day_written,
    ensure_known,
    import_accounts,
    number_written,
    several,
)
from portal.contracts.facts import OrderFacts
from portal.contracts.models import Contract, PurchaseOrder
from portal.contracts.rules import ensure_order
from portal.intake import Format, ImportReport, ImportRun, Outcome, Row, RowRefused
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.kernel.money import format_euros, parse_signed_euros
from portal.kernel.siret import Siret, parse_siret
from portal.vocabulary import Event

ORDERS = Format("une liste de commandes", ("siret_acheteur", "marche", "date", "montant_ht", "commande"))


@dataclass(frozen=True)
class Ordered:
    """What one row tells."""

    line: int
    buyer: Siret
    contract: str
    facts: OrderFacts


@dataclass
class OrdersReport(ImportReport):
    """How many contracts were ordered on, and for how much, besides the counts of rows."""

    euros: Decimal = Decimal(0)
    contracts: set[str] = field(default_factory=set)

    def add(self, ordered: Ordered) -> None:
        self.euros += ordered.facts.amount
        self.contracts.add(ordered.contract)

    @property
    def summary(self) -> str:
        kept = f"{format_euros(self.euros)} HT commandés, sur {plural(len(self.contracts), 'marché')}."
        return "\n".join([super().summary, typo(kept)] if self.contracts else [super().summary])


def import_orders(run: ImportRun) -> OrdersReport:
    """Read a CSV of orders. Raises UnusableFile."""
    kept = OrdersReport()
    desk = _Desk(run.now)
    event = Event.ORDERS_IMPORTED
    import_accounts(run, ORDERS, _ordered, desk.write, keep=kept.add, report=kept, event=event)
    return kept


def _ordered(row: Row) -> Ordered:
    """Raises RowRefused, or Unreadable."""
    number, contract = number_written(row["commande"], "de la commande"), contract_written(row)
    facts = OrderFacts(
        number=number,
        ordered_on=day_written(row["date"], "de la commande"),
        amount=parse_signed_euros(row["montant_ht"]),
    )
    return Ordered(row.number, parse_siret(row["siret_acheteur"]), contract, facts)


class _Desk:
    """Stores orders, and remembers which row told each, so that none counts twice."""

    def __init__(self, now: datetime) -> None:
        self._now, self._today = now, clock.paris_date(now)
        self._lines: dict[tuple[int, str], int] = {}

    def write(self, session: Session, rows: Sequence[Ordered]) -> list[Outcome | RowRefused]:
        contracts = contracts_named(session, rows)
        known = _known(session, {contract.id for found in contracts.values() for contract in found}, rows)
        outcomes: list[Outcome | RowRefused] = []
        for row in rows:
            try:
                outcomes.append(self._store(row, contracts, known))
            except RowRefused as refused:
                outcomes.append(refused)
            except RuleViolation as problem:
                outcomes.append(RowRefused(problem.sentence))
        # In the order of their key: two imports at once never wait for each other in a ring.
        session.add_all(order for _, order in sorted(known.items(), key=itemgetter(0)))
        return outcomes

    def _store(self, row: Ordered, contracts: ByName, known: dict[tuple[int, str], PurchaseOrder]) -> Outcome:
        contract, told = _the_one(row, contracts.get((row.buyer, row.contract), [])), row.facts
        ensure_order(told, contract.notified_on, self._today)
        key = (contract.id, told.number)
        line = self._lines.setdefault(key, row.line)
        if line != row.line:
            raise RowRefused(f"La commande {told.number} figure déjà à la ligne {line} : réunissez ses lignes.")
        order = known.get(key)
        if order is None:
            known[key] = PurchaseOrder(
                contract_id=contract.id,
                number=told.number,
                ordered_on=told.ordered_on,
                amount=told.amount,
                created_at=self._now,
            )
            return Outcome.CREATED
        if (order.ordered_on, order.amount) == (told.ordered_on, told.amount):
            return Outcome.UNCHANGED
        order.ordered_on, order.amount = told.ordered_on, told.amount
        return Outcome.UPDATED


def _known(session: Session, ids: set[int], rows: Sequence[Ordered]) -> dict[tuple[int, str], PurchaseOrder]:
    wanted = select(PurchaseOrder).where(
        PurchaseOrder.contract_id.in_(ids), PurchaseOrder.number.in_({row.facts.number for row in rows})
    )
    return {(order.contract_id, order.number): order for order in session.scalars(wanted)}


def _the_one(row: Ordered, contracts: Sequence[Contract]) -> Contract:
    """Raises RowRefused when no contract, or more than one, fits."""
    ensure_known(row, contracts)
    if len(contracts) > 1:
        raise several(row, contracts)
    return contracts[0]
