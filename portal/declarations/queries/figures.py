"""Hours retained: sums over the ledger, and the curve of a contract."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Amendment, Contract
from portal.contracts.rules import Changed, Pledge, due_to_date, pledges_of
from portal.declarations.models import Delta
from portal.declarations.queries.promises import Promised, promises_of
from portal.kernel.month import Month, months_between

_RETAINED = func.sum(Delta.hours_retained * Delta.sign)


def retained_of(session: Session, contract_ids: Collection[int]) -> dict[int, Decimal]:
    """Hours retained by contract; a contract that never had any is left out."""
    sums = select(Delta.contract_id, _RETAINED).where(Delta.contract_id.in_(contract_ids)).group_by(Delta.contract_id)
    return dict(session.execute(sums).all())


def retained_until(session: Session, contract_ids: Collection[int], month: Month) -> dict[int, Decimal]:
    """Those of the months until the end of one."""
    sums = select(Delta.contract_id, _RETAINED).where(Delta.contract_id.in_(contract_ids), Delta.month <= month)
    return dict(session.execute(sums.group_by(Delta.contract_id)).all())


@dataclass(frozen=True)
class MonthTotal:
    """One month of a contract's curve; hours « to date » are those since its first month."""

    month: Month
    retained: Decimal
    retained_to_date: Decimal
    promised_to_date: Decimal


def months_of(session: Session, contract: Contract, promised: Promised | None = None) -> Sequence[MonthTotal]:
    """Promised against retained, from the first month to declare to the last.

    Fixed hours are spread evenly, amendments aside what was due already; an order's are spread from its month on; a
    share of labour is due with the labour. Suspended months promise nothing more. Nothing at all for a contract that
    has no month to declare. `promised`: as `promises_of` told it, when it is known already.
    """
    by_month = select(Delta.month, _RETAINED).where(Delta.contract_id == contract.id).group_by(Delta.month)
    retained: dict[Month, Decimal] = dict(session.execute(by_month).all())
    reported = _reported(contract)
    due = _due(contract, promised or promises_of(session, [contract])[contract.id], reported)
    return list(_to_date(reported, retained, due))


def promised_to(session: Session, contracts: Collection[Contract], month: Month) -> Mapping[int, Decimal]:
    """The hours due at the end of a month, by contract id, were promises kept evenly."""
    promises = promises_of(session, contracts)
    return {contract.id: _due_at(contract, promises[contract.id], month) for contract in contracts}


def _to_date(
    reported: Sequence[Month], retained: Mapping[Month, Decimal], due: Sequence[Decimal]
) -> Iterator[MonthTotal]:
    """Month after month, each added once: a contract may declare for fifty years."""
    done = sum((hours for month, hours in retained.items() if reported and month < reported[0]), Decimal(0))
    for month, promised in zip(reported, due, strict=True):
        hours = retained.get(month, Decimal(0))
        done += hours
        yield MonthTotal(month, hours, done, promised)


def _due_at(contract: Contract, promised: Promised, month: Month) -> Decimal:
    reported = _reported(contract)
    if not reported or month < reported[0]:
        return Decimal(0)
    return _due(contract, promised, reported)[reported.index(min(month, reported[-1]))]


def _due(contract: Contract, promised: Promised, reported: Sequence[Month]) -> list[Decimal]:
    """Due at the end of each month, whatever the promise follows."""
    if not reported:
        return []
    suspended = {each.month for each in contract.suspensions}
    fixed = due_to_date(pledges_of(reported, suspended, promised.fixed, _changes(contract)), reported)
    if not (promised.labour or promised.ordered):
        return fixed
    orders = due_to_date(list(_ordering(promised, reported, suspended)), reported)
    labour = [promised.from_labour(None if month == reported[-1] else month) for month in reported]
    return [sum(each, Decimal(0)) for each in zip(fixed, orders, labour, strict=True)]


def _ordering(promised: Promised, reported: Sequence[Month], suspended: Collection[Month]) -> Iterator[Pledge]:
    """What orders promise from when to when; those placed out of the months to declare count at the nearest one."""
    working = [month for month in reported if month not in suspended]
    steps = {reported[0]: Decimal(0)}
    for month in sorted(promised.ordered):
        steps[min(max(month, reported[0]), reported[-1])] = promised.from_orders(month)
    for month, hours in steps.items():
        yield Pledge(month, hours, working)


def _changes(contract: Contract) -> list[Changed]:
    return [_changed(each) for each in sorted(contract.amendments, key=lambda each: (each.effective_on, each.id))]


def _changed(amendment: Amendment) -> Changed:
    before = json.loads(amendment.before)
    last, suspended = before.get("last_month"), before.get("suspended")
    return Changed(
        Month.of(amendment.effective_on),
        amendment.promised_before,
        Month.parse(last) if last else None,
        None if suspended is None else {Month.parse(month) for month in suspended},
    )


def _reported(contract: Contract) -> list[Month]:
    first, last = contract.first_month, contract.last_month
    return months_between(first, last) if first and last else []
