"""What contracts promise in hours: fixed, or following the labour declared or the orders placed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, PurchaseOrder
from portal.declarations.models import Declaration
from portal.kernel.month import Month
from portal.vocabulary import CommitmentKind, DeclarationState

_NONE = Decimal(0)


@dataclass(frozen=True)
class Promised:
    """The hours that a contract promises, by what makes them. Actions are never among them."""

    fixed: Decimal
    share: Decimal = _NONE
    """Per cent of the labour hours of accepted months."""
    labour: Mapping[Month, Decimal] = field(default_factory=dict)
    per_k: Decimal = _NONE
    """Hours per thousand euros ordered."""
    ordered: Mapping[Month, Decimal] = field(default_factory=dict)

    @property
    def hours(self) -> Decimal:
        return self.fixed + self.from_labour() + self.from_orders()

    def from_labour(self, until: Month | None = None) -> Decimal:
        """Those due for the labour of all months, or until the end of one."""
        return _hundredths(self.share * _sum(self.labour, until) / 100)

    def from_orders(self, until: Month | None = None) -> Decimal:
        """Those promised by all orders, or until the end of a month; orders cancelled never make a negative promise."""
        return max(_NONE, _hundredths(self.per_k * _sum(self.ordered, until) / 1000))


def promises_of(session: Session, contracts: Collection[Contract], today: date | None = None) -> Mapping[int, Promised]:
    """By contract id, orders of later days aside. Two statements at most, none when all promise fixed hours only."""
    shares = {contract.id: _quantity(contract, CommitmentKind.LABOUR_SHARE) for contract in contracts}
    rates = {contract.id: _quantity(contract, CommitmentKind.HOURS_PER_K) for contract in contracts}
    labour = _labour(session, [id_ for id_, share in shares.items() if share])
    ordered = _ordered(session, [id_ for id_, rate in rates.items() if rate], today)
    return {
        contract.id: Promised(
            contract.promised_hours,
            shares[contract.id],
            labour.get(contract.id, {}),
            rates[contract.id],
            ordered.get(contract.id, {}),
        )
        for contract in contracts
    }


def promised_of(session: Session, contracts: Collection[Contract], today: date | None = None) -> Mapping[int, Decimal]:
    """The hours promised, by contract id, whatever makes them."""
    return {id_: promised.hours for id_, promised in promises_of(session, contracts, today).items()}


def _labour(session: Session, ids: Collection[int]) -> dict[int, dict[Month, Decimal]]:
    """Labour hours of the accepted months, all titulaires together."""
    if not ids:
        return {}
    accepted = (
        select(Declaration.contract_id, Declaration.month, func.sum(Declaration.labour_hours))
        .where(
            Declaration.contract_id.in_(ids),
            Declaration.state == DeclarationState.ACCEPTED,
            Declaration.labour_hours.is_not(None),
        )
        .group_by(Declaration.contract_id, Declaration.month)
    )
    found: dict[int, dict[Month, Decimal]] = {}
    for id_, month, hours in session.execute(accepted):
        found.setdefault(id_, {})[month] = hours or _NONE
    return found


def _ordered(session: Session, ids: Collection[int], today: date | None) -> dict[int, dict[Month, Decimal]]:
    """Euros ordered by month."""
    if not ids:
        return {}
    by_day = (
        select(PurchaseOrder.contract_id, PurchaseOrder.ordered_on, func.sum(PurchaseOrder.amount))
        .where(PurchaseOrder.contract_id.in_(ids), PurchaseOrder.ordered_on <= (today or date.max))
        .group_by(PurchaseOrder.contract_id, PurchaseOrder.ordered_on)
    )
    found: dict[int, dict[Month, Decimal]] = {}
    for id_, day, euros in session.execute(by_day):
        months = found.setdefault(id_, {})
        months[Month.of(day)] = months.get(Month.of(day), _NONE) + euros
    return found


def _quantity(contract: Contract, kind: CommitmentKind) -> Decimal:
    return sum((held.quantity for held in contract.commitments if held.kind is kind), _NONE)


def _sum(by_month: Mapping[Month, Decimal], until: Month | None) -> Decimal:
    return sum((value for month, value in by_month.items() if until is None or month <= until), _NONE)


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
