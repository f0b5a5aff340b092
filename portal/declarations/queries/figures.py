"""Hours retained: sums over the ledger, and the curve of a contract."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.declarations.models import Delta
from portal.kernel.month import Month

_RETAINED = func.sum(Delta.hours_retained * Delta.sign)


def retained_of(session: Session, contract_ids: Collection[int]) -> dict[int, Decimal]:
    """Hours retained by contract; a contract that never had any is left out."""
    sums = select(Delta.contract_id, _RETAINED).where(Delta.contract_id.in_(contract_ids)).group_by(Delta.contract_id)
    return dict(session.execute(sums).all())


@dataclass(frozen=True)
class MonthTotal:
    """One month of a contract's curve; hours « to date » are those since its first month."""

    month: Month
    retained: Decimal
    retained_to_date: Decimal
    promised_to_date: Decimal


def months_of(session: Session, contract: Contract) -> Sequence[MonthTotal]:
    """Promised against retained, from the first month to declare to the last: the promise is spread evenly.

    Suspended months promise nothing. Nothing at all for a contract that has no month to declare.
    """
    by_month = select(Delta.month, _RETAINED).where(Delta.contract_id == contract.id).group_by(Delta.month)
    retained: dict[Month, Decimal] = dict(session.execute(by_month).all())
    return list(_to_date(contract, _reported(contract), retained))


def _to_date(contract: Contract, reported: Sequence[Month], retained: Mapping[Month, Decimal]) -> Iterator[MonthTotal]:
    """Month after month, each added once: a contract may declare for fifty years."""
    suspended, promised = {each.month for each in contract.suspensions}, contract.promised_hours
    working = sum(month not in suspended for month in reported)
    done = sum((hours for month, hours in retained.items() if reported and month < reported[0]), Decimal(0))
    elapsed = 0
    for month in reported:
        hours = retained.get(month, Decimal(0))
        done, elapsed = done + hours, elapsed + (month not in suspended)
        yield MonthTotal(month, hours, done, _share(promised, elapsed, working))


def promised_by(contract: Contract, month: Month) -> Decimal:
    """The hours promised to the end of a month, were the promise kept evenly; suspended months aside."""
    suspended = {each.month for each in contract.suspensions}
    working = [each for each in _reported(contract) if each not in suspended]
    elapsed = sum(each <= month for each in working)
    return _share(contract.promised_hours, elapsed, len(working))


def _reported(contract: Contract) -> list[Month]:
    if contract.first_month is None or contract.last_month is None:
        return []
    months = [contract.first_month]
    while months[-1] < contract.last_month:
        months.append(months[-1] + 1)
    return months


def _share(promised: Decimal, elapsed: int, months: int) -> Decimal:
    return (promised * elapsed / months).quantize(Decimal("0.01"), ROUND_HALF_UP) if months else Decimal(0)
