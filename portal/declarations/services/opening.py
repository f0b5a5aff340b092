"""Months open by themselves: one declaration for each contract, each titulaire and each month that is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    Row,
    Select,
    and_,
    column,
    exists,
    func,
    or_,
    select,
    update,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractTitulaire, Suspension
from portal.declarations import rules
from portal.declarations.models import Declaration
from portal.journal import services as journal
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.month import Month
from portal.storage import MonthColumn
from portal.vocabulary import DeclarationState

_BATCH = 5_000


def open_months(session: Session, *, now: datetime) -> int:
    """Open each month that is due and not open yet, however long ago it was due; returns how many.

    A month opens on the first day of the next one. A suspended month is « sans objet »; so becomes a month that nobody
    had begun when it was suspended, and the other way round. Run again, or twice at once, it opens nothing twice.
    """
    opened = 0
    last = rules.last_open_month(clock.paris_date(now))
    follow = 0
    while batch := session.execute(_due(session, last).where(Contract.id >= follow).limit(_BATCH)).all():
        opened += _open(session, batch, now)
        follow = batch[-1].contract_id
    changed = _suspend(session) + _resume(session)
    if opened or changed:
        told = {"opened": opened, "suspended_or_resumed": changed}
        subject = ("declarations", 0, f"jusqu’à {last.label}")
        journal.record(session, "declaration.opened", subject, actor=SYSTEM, at=now, after=told)
    return opened


def count_due(session: Session, *, now: datetime) -> int:
    """How many months `open_months` would open."""
    due = _due(session, rules.last_open_month(clock.paris_date(now))).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(due)) or 0


def _due(session: Session, last: Month) -> Select[Any]:
    """(contract_id, due_day, organisation_id, month, is_suspended) of what is due and not open, in a fixed order."""
    first = session.scalar(select(func.min(Contract.first_month))) or last + 1
    months = values(column("month", MonthColumn()), column("starts_on", Date), name="months")
    months_ = months.data([(month, month.first_day) for month in _from_to(min(first, last), last)]).cte("months")
    held = ContractTitulaire
    return (
        select(
            Contract.id.label("contract_id"),
            Contract.due_day,
            held.organisation_id,
            months_.c.month,
            _is_suspended(Contract.id, months_.c.month).label("is_suspended"),
        )
        .join(held, held.contract_id == Contract.id)
        .join(months_, months_.c.month.between(Contract.first_month, Contract.last_month))
        .where(
            Contract.buyer_id.is_not(None),
            held.organisation_id.is_not(None),
            or_(held.left_on.is_(None), held.left_on >= months_.c.starts_on),
            ~exists().where(
                Declaration.contract_id == Contract.id,
                Declaration.organisation_id == held.organisation_id,
                Declaration.month == months_.c.month,
            ),
        )
        .distinct()
        .order_by(Contract.id, months_.c.month, held.organisation_id)
    )


def _from_to(first: Month, last: Month) -> list[Month]:
    months = [first]
    while months[-1] < last:
        months.append(months[-1] + 1)
    return months


def _open(session: Session, due: Sequence[Row[Any]], now: datetime) -> int:
    """Insert what is not there yet; on PostgreSQL, wait for whoever is opening the same months."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    once = dialect.insert(Declaration.__table__).on_conflict_do_nothing().returning(Declaration.__table__.c.id)
    rows = [
        {
            "contract_id": each.contract_id,
            "organisation_id": each.organisation_id,
            "month": each.month,
            "state": DeclarationState.SUSPENDED if each.is_suspended else DeclarationState.EXPECTED,
            "due_on": rules.due_on(each.month, each.due_day),
            "opened_at": now,
        }
        for each in due
    ]
    return len(session.execute(once, rows).all())


def _suspend(session: Session) -> int:
    """Nothing is awaited any more of a month that its contract no longer asks for; a draft is left to its author."""
    return _move(session, DeclarationState.EXPECTED, DeclarationState.SUSPENDED, ~_is_asked())


def _resume(session: Session) -> int:
    return _move(session, DeclarationState.SUSPENDED, DeclarationState.EXPECTED, _is_asked())


def _move(session: Session, before: DeclarationState, after: DeclarationState, which: ColumnElement[bool]) -> int:
    moved = session.execute(
        update(Declaration)
        .where(Declaration.state == before, which)
        .values(state=after, version=Declaration.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(moved, CursorResult)  # noqa: S101 — narrows the declared type
    return moved.rowcount


def _is_asked() -> ColumnElement[bool]:
    """Whether the contract asks its titulaire for this month."""
    reports = exists().where(
        Contract.id == Declaration.contract_id, Declaration.month.between(Contract.first_month, Contract.last_month)
    )
    return and_(reports, ~_is_suspended(Declaration.contract_id, Declaration.month))


def _is_suspended(contract_id: Any, month: Any) -> ColumnElement[bool]:
    return exists().where(Suspension.contract_id == contract_id, Suspension.month == month)
