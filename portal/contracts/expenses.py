"""Imports what was paid on contracts (« mandats »), from the buyer's accounts. Run twice, a file changes nothing more.

A payment is known by the contract and its own number: told again with another date, payee or amount, it is corrected.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
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
from portal.contracts.models import Contract, ContractTitulaire, Expense
from portal.intake import Format, ImportReport, ImportRun, Outcome, Row, RowRefused
from portal.kernel import clock
from portal.kernel.french import format_date, plural, typo
from portal.kernel.money import format_euros, parse_signed_euros
from portal.kernel.siret import Siret, parse_siret
from portal.vocabulary import Event

EXPENSES = Format(
    "une liste de mandats", ("siret_acheteur", "marche", "siret_titulaire", "date", "montant_ht", "mandat")
)


@dataclass(frozen=True)
class Payment:
    """What one row tells."""

    line: int
    buyer: Siret
    contract: str
    """The buyer's number, the reference in addresses, or the DECP uid."""
    payee: Siret
    paid_on: date
    amount: Decimal
    reference: str


@dataclass
class ExpensesReport(ImportReport):
    """What was kept, by year, besides the counts of rows."""

    payments: Counter[int] = field(default_factory=Counter)
    euros: dict[int, Decimal] = field(default_factory=dict)

    def add(self, payment: Payment) -> None:
        year = payment.paid_on.year
        self.payments[year] += 1
        self.euros[year] = self.euros.get(year, Decimal(0)) + payment.amount

    @property
    def summary(self) -> str:
        by_year = [
            typo(f"{year} : {format_euros(self.euros[year])} HT, {plural(self.payments[year], 'mandat')}.")
            for year in sorted(self.euros)
        ]
        return "\n".join([super().summary, *by_year])


def import_expenses(run: ImportRun) -> ExpensesReport:
    """Read a CSV of payments. Raises UnusableFile."""
    kept = ExpensesReport()
    read = partial(_payment, today=clock.paris_date(run.now))
    event = Event.EXPENSES_IMPORTED
    import_accounts(run, EXPENSES, read, _Desk().write, keep=kept.add, report=kept, event=event)
    return kept


def _payment(row: Row, today: date) -> Payment:
    """Raises RowRefused, or Unreadable."""
    reference, contract = number_written(row["mandat"], "du mandat"), contract_written(row)
    paid_on = day_written(row["date"], "du mandat")
    if paid_on > today:
        raise RowRefused(f"Le mandat est daté du {format_date(paid_on)}, qui n’est pas encore passé.")
    return Payment(
        line=row.number,
        buyer=parse_siret(row["siret_acheteur"]),
        contract=contract,
        payee=parse_siret(row["siret_titulaire"]),
        paid_on=paid_on,
        amount=parse_signed_euros(row["montant_ht"]),
        reference=reference,
    )


class _Desk:
    """Stores payments, and remembers which row told each, so that none counts twice."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, str], int] = {}

    def write(self, session: Session, payments: Sequence[Payment]) -> list[Outcome | RowRefused]:
        contracts = contracts_named(session, payments)
        known = _known(session, {contract.id for found in contracts.values() for contract in found}, payments)
        outcomes: list[Outcome | RowRefused] = []
        for payment in payments:
            try:
                outcomes.append(self._store(payment, contracts, known))
            except RowRefused as refused:
                outcomes.append(refused)
        # In the order of their key: two imports at once never wait for each other in a ring.
        session.add_all(expense for _, expense in sorted(known.items(), key=itemgetter(0)))
        return outcomes

    def _store(
        self,
        payment: Payment,
        contracts: ByName,
        known: dict[tuple[int, str], Expense],
    ) -> Outcome:
        held = _held(payment, contracts.get((payment.buyer, payment.contract), []))
        key = (held.contract_id, payment.reference)
        expense = known.get(key)
        line = self._lines.get(key, payment.line)
        if line != payment.line:
            raise RowRefused(f"Le mandat {payment.reference} figure déjà à la ligne {line} : réunissez ses lignes.")
        if expense is not None and expense.paid_on.year != payment.paid_on.year:
            raise RowRefused(
                f"Le mandat {payment.reference} de ce marché est déjà connu en {expense.paid_on.year} : "
                "si vos numéros repartent chaque année, écrivez l’année dans le numéro."
            )
        self._lines[key] = payment.line
        told = {"organisation_id": held.organisation_id, "paid_on": payment.paid_on, "amount": payment.amount}
        if expense is None:
            known[key] = Expense(contract_id=held.contract_id, source_reference=payment.reference, **told)
            return Outcome.CREATED
        changed = {name: value for name, value in told.items() if getattr(expense, name) != value}
        for name, value in changed.items():
            setattr(expense, name, value)
        return Outcome.UPDATED if changed else Outcome.UNCHANGED


def _known(session: Session, contract_ids: set[int], payments: Sequence[Payment]) -> dict[tuple[int, str], Expense]:
    wanted = select(Expense).where(
        Expense.contract_id.in_(contract_ids),
        Expense.source_reference.in_({payment.reference for payment in payments}),
    )
    return {(expense.contract_id, expense.source_reference): expense for expense in session.scalars(wanted)}


def _held(payment: Payment, contracts: Sequence[Contract]) -> ContractTitulaire:
    """The titulaire that was paid. Raises RowRefused when no contract, or more than one, fits."""
    ensure_known(payment, contracts)
    titulaires = [held for contract in contracts for held in contract.titulaires]
    paid = [held for held in titulaires if held.organisation_id and held.identifier == payment.payee]
    if not paid:
        raise RowRefused(_not_titulaire(payment, titulaires))
    if len(paid) > 1:
        raise several(payment, contracts)
    return paid[0]


def _not_titulaire(payment: Payment, titulaires: Sequence[ContractTitulaire]) -> str:
    same = [held.identifier for held in titulaires if held.organisation_id and held.identifier[:9] == payment.payee[:9]]
    refusal = f"{payment.payee.formatted} n’est pas titulaire du marché « {payment.contract} »"
    if not same:
        return f"{refusal}."
    return f"{refusal}, mais un autre établissement de la même entreprise l’est : {Siret(same[0]).formatted}."
