"""Months open by themselves: one declaration for each contract, each titulaire and each month that is due."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractTitulaire, Suspension
from portal.declarations import rules
from portal.declarations.models import Declaration
from portal.declarations.services.delegation import open_parts
from portal.declarations.services.prefilling import prefill
from portal.journal import services as journal
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.month import Month, months_between
from portal.vocabulary import DeclarationState

_BATCH = 500
"""Contracts looked at together."""


@dataclass(frozen=True)
class _Due:
    contract_id: int
    organisation_id: int
    month: Month
    due_on: date
    is_suspended: bool


def open_months(session: Session, *, now: datetime) -> int:
    """Open each month that is due and not open yet, however long ago it was due; returns how many.

    A month opens on the first day of the next one, with the people of the one before. A suspended month is « sans
    objet »; so becomes a month that nobody had begun when it was suspended, and the other way round. Run again, or
    twice at once, it opens nothing twice.
    """
    last = rules.last_open_month(clock.paris_date(now))
    ids = [id_ for page in _pages(session, last) for id_ in _open(session, _due(session, page, last), now)]
    opened, suspended, resumed = len(ids), _suspend(session), _resume(session)
    changed = len(suspended) + len(resumed)
    open_parts(session)
    _prefill(session, sorted([*ids, *resumed]))
    if opened or changed:
        told = {"opened": opened, "suspended_or_resumed": changed}
        subject = ("declarations", 0, f"jusqu’à {last.label}")
        journal.record(session, "declaration.opened", subject, actor=SYSTEM, at=now, after=told)
    return opened


def count_due(session: Session, *, now: datetime) -> int:
    """How many months `open_months` would open."""
    last = rules.last_open_month(clock.paris_date(now))
    return sum(len(_due(session, page, last)) for page in _pages(session, last))


def _pages(session: Session, last: Month) -> Iterator[Sequence[Any]]:
    """(id, first_month, last_month, due_day) of the contracts that declare, some at a time."""
    declaring = (
        select(Contract.id, Contract.first_month, Contract.last_month, Contract.due_day)
        .where(Contract.first_month <= last, Contract.buyer_id.is_not(None))
        .order_by(Contract.id)
        .limit(_BATCH)
    )
    page: Sequence[Any] = session.execute(declaring).all()
    while page:
        yield page
        page = session.execute(declaring.where(Contract.id > page[-1].id)).all() if len(page) == _BATCH else ()


def _due(session: Session, page: Sequence[Any], last: Month) -> list[_Due]:
    """What is due of these contracts and not open, in a fixed order: two runs at once wait, and never for each other.

    Worked out here: PostgreSQL has no figures yet of a table filled in the same transaction, and would plan badly.
    """
    ids = [contract.id for contract in page]
    opened = select(Declaration.contract_id, Declaration.organisation_id, Declaration.month)
    known = {tuple(row) for row in session.execute(opened.where(Declaration.contract_id.in_(ids)))}
    suspensions = select(Suspension.contract_id, Suspension.month).where(Suspension.contract_id.in_(ids))
    suspended = {tuple(row) for row in session.execute(suspensions)}
    holders = _holders(session, ids)
    return [
        _Due(contract.id, holder, month, rules.due_on(month, contract.due_day), (contract.id, month) in suspended)
        for contract in page
        for month in months_between(contract.first_month, min(contract.last_month, last))
        for holder in sorted(
            {
                holder
                for holder, since, until in holders[contract.id]
                if since <= month.last_day and until >= month.first_day
            }
        )
        if (contract.id, holder, month) not in known
    ]


def _holders(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, date, date]]]:
    """By contract: the organisations that hold it, from which day and until which."""
    held = ContractTitulaire
    columns = (held.contract_id, held.organisation_id, held.joined_on, held.left_on)
    holders: dict[int, list[tuple[int, date, date]]] = {id_: [] for id_ in ids}
    for id_, organisation_id, joined_on, left_on in session.execute(select(*columns).where(held.contract_id.in_(ids))):
        if organisation_id is not None:
            holders[id_].append((organisation_id, joined_on or date.min, left_on or date.max))
    return holders


def _open(session: Session, due: Sequence[_Due], now: datetime) -> Sequence[int]:
    """Insert what is not there yet; its ids. On PostgreSQL, wait for whoever is opening the same months."""
    if not due:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    once = dialect.insert(Declaration.__table__).on_conflict_do_nothing().returning(Declaration.__table__.c.id)
    rows = [
        {
            "contract_id": each.contract_id,
            "organisation_id": each.organisation_id,
            "month": each.month,
            "state": DeclarationState.SUSPENDED if each.is_suspended else DeclarationState.EXPECTED,
            "due_on": each.due_on,
            "opened_at": now,
        }
        for each in due
    ]
    return session.scalars(once, rows).all()


def _prefill(session: Session, ids: Sequence[int]) -> None:
    """Some at a time, the oldest first: a month opened together with the one before takes its people from it."""
    for start in range(0, len(ids), _BATCH):
        batch = select(Declaration).where(Declaration.id.in_(ids[start : start + _BATCH]))
        prefill(session, session.scalars(batch).all())


def _suspend(session: Session) -> Sequence[int]:
    """Nothing is awaited any more of a month that its contract no longer asks for; a draft is left to its author."""
    return _move(session, DeclarationState.EXPECTED, DeclarationState.SUSPENDED, ~_is_asked())


def _resume(session: Session) -> Sequence[int]:
    return _move(session, DeclarationState.SUSPENDED, DeclarationState.EXPECTED, _is_asked())


def _move(
    session: Session, before: DeclarationState, after: DeclarationState, which: ColumnElement[bool]
) -> Sequence[int]:
    moved = (
        update(Declaration)
        .where(Declaration.state == before, which)
        .values(state=after, version=Declaration.version + 1)
        .returning(Declaration.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(moved).all()


def _is_asked() -> ColumnElement[bool]:
    """Whether the contract asks its titulaire for this month."""
    reports = exists().where(
        Contract.id == Declaration.contract_id, Declaration.month.between(Contract.first_month, Contract.last_month)
    )
    return and_(reports, _is_held(), ~_is_suspended(Declaration.contract_id, Declaration.month))


def _is_held() -> ColumnElement[bool]:
    """Whether the declarant held the contract during the month: an amendment may tell late who left, who joined."""
    held, month = ContractTitulaire, cast(Declaration.month, String)
    joined, left = (func.substr(cast(day, String), 1, len("2026-12")) for day in (held.joined_on, held.left_on))
    return exists().where(
        held.contract_id == Declaration.contract_id,
        held.organisation_id == Declaration.organisation_id,
        or_(held.joined_on.is_(None), joined <= month),
        or_(held.left_on.is_(None), left >= month),
    )


def _is_suspended(contract_id: Any, month: Any) -> ColumnElement[bool]:
    return exists().where(Suspension.contract_id == contract_id, Suspension.month == month)
