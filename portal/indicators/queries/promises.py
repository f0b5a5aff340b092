"""The hours that contracts promised by the end of a year: fixed, or following labour declared and orders placed.

Worked out by the database in hundredths, rounded half up as `declarations.queries.promises_of` does one by one.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, case, cast, func, select, type_coerce, union_all

from portal.contracts.models import Commitment, PurchaseOrder
from portal.declarations.models import Declaration, Deposit
from portal.indicators.queries.scope import Scope
from portal.kernel.month import Month
from portal.storage import Centihours
from portal.vocabulary import CommitmentKind, DepositOutcome

_PERCENT, _THOUSAND_EUROS = 100 * 100, 1000 * 100
"""What a hundredth of a percent divides by, and how many cents an hour « par k€ » is for."""


def promised_hours(scope: Scope) -> Subquery:
    """(contract_id, hours) of the contracts that promise some."""
    parts = union_all(_fixed(), _of_labour(scope), _of_orders(scope)).subquery()
    total = func.sum(parts.c.hours)
    return (
        select(parts.c.contract_id, type_coerce(cast(total, BigInteger), Centihours()).label("hours"))
        .group_by(parts.c.contract_id)
        .having(total > 0)
        .subquery()
    )


def _fixed() -> Select[int, int]:
    return select(Commitment.contract_id, _raw(Commitment.quantity).label("hours")).where(
        Commitment.kind == CommitmentKind.FIXED_HOURS
    )


def _of_labour(scope: Scope) -> Select[int, int]:
    """On the labour of the months accepted up to the end of the year, as known at the instant of the figures."""
    worked = (
        select(Declaration.contract_id, cast(func.sum(_raw(Deposit.labour_hours)), BigInteger).label("labour"))
        .join(Deposit, Deposit.declaration_id == Declaration.id)
        .where(
            Deposit.outcome == DepositOutcome.ACCEPTED,
            Deposit.decided_at <= scope.at,
            Deposit.labour_hours.is_not(None),
            Declaration.month <= Month.of(scope.last_day),
        )
        .group_by(Declaration.contract_id)
        .subquery()
    )
    hours = _rounded(_raw(Commitment.quantity) * worked.c.labour, _PERCENT)
    share = Commitment.kind == CommitmentKind.LABOUR_SHARE
    joined = select(Commitment.contract_id, hours.label("hours"))
    return joined.join(worked, worked.c.contract_id == Commitment.contract_id).where(share)


def _of_orders(scope: Scope) -> Select[int, int]:
    """On the orders placed up to the end of the year; cancelled ones never make a negative promise."""
    ordered = (
        select(PurchaseOrder.contract_id, cast(func.sum(_raw(PurchaseOrder.amount)), BigInteger).label("euros"))
        .where(PurchaseOrder.ordered_on <= scope.last_day)
        .group_by(PurchaseOrder.contract_id)
        .subquery()
    )
    euros = case((ordered.c.euros > 0, ordered.c.euros), else_=0)
    hours = _rounded(_raw(Commitment.quantity) * euros, _THOUSAND_EUROS)
    rate = Commitment.kind == CommitmentKind.HOURS_PER_K
    joined = select(Commitment.contract_id, hours.label("hours"))
    return joined.join(ordered, ordered.c.contract_id == Commitment.contract_id).where(rate)


def _raw(column: Any) -> ColumnElement[int]:
    """The hundredths as they are stored."""
    return type_coerce(column, BigInteger)


def _rounded(product: ColumnElement[int], divisor: int) -> ColumnElement[int]:
    """Half up, of a product that is never negative; `//` is the division of integers on both databases."""
    return (product + divisor // 2) // divisor
