"""Pools of contracts (« mutualisation »): made, named, and their contracts added or taken out."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.contracts import policies as contracts
from portal.contracts.models import CommitmentPool, Contract
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.french import typo
from portal.storage import ensure_current, touch, violated
from portal.vocabulary import Event


def open_pool(
    session: Session, buyer_id: int, name: str, note: str | None, *, actor: Actor, now: datetime
) -> CommitmentPool:
    """Make an empty pool. Raises RuleViolation on `name` when the buyer has one of that name."""
    contracts.ensure_can_write(actor, buyer_id)
    pool = CommitmentPool(buyer_id=buyer_id, name=name, note=note, created_at=now)
    session.add(pool)
    _ensure_name_is_free(session, name)
    _record(session, pool, actor, now, None)
    return pool


def edit_pool(
    session: Session,
    pool: CommitmentPool,
    name: str,
    note: str | None,
    kept: Collection[int],
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Name it anew, and take out the contracts that are not kept."""
    contracts.ensure_can_write(actor, pool.buyer_id)
    _take(session, pool, expected_version)
    before = _told(pool)
    pool.name, pool.note = name, note
    _ensure_name_is_free(session, name)
    for contract in [each for each in pool.contracts if each.id not in kept]:
        touch(contract)
        pool.contracts.remove(contract)
    session.flush()
    _record(session, pool, actor, now, before)


def add_to_pool(
    session: Session,
    pool: CommitmentPool,
    added: Collection[Contract],
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Add contracts of its buyer. Raises RuleViolation on `added` for one that is in another pool."""
    contracts.ensure_can_write(actor, pool.buyer_id)
    _take(session, pool, expected_version)
    before = _told(pool)
    for contract in sorted(added, key=lambda each: each.id):
        _ensure_may_join(pool, contract)
        touch(contract)
        pool.contracts.append(contract)
    session.flush()
    _record(session, pool, actor, now, before)


def _ensure_may_join(pool: CommitmentPool, contract: Contract) -> None:
    if contract.buyer_id != pool.buyer_id:
        raise RuleViolation("On ne mutualise que des marchés du même acheteur.", "added")
    if contract.pool_id is not None:
        raise RuleViolation(
            typo(f"Le marché {contract.number} est déjà mutualisé : retirez-le d’abord de l’autre mutualisation."),
            "added",
        )


def _take(session: Session, pool: CommitmentPool, expected_version: int) -> None:
    try:
        ensure_current(pool, expected_version)
    except Stale as stale:
        whole = select(CommitmentPool).options(selectinload(CommitmentPool.contracts))
        current = session.scalars(whole.where(CommitmentPool.id == pool.id)).one()
        session.expunge_all()
        raise Stale(current=current) from stale


def _ensure_name_is_free(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        if not violated(error, "uq_commitment_pool_buyer_id_name"):
            raise
        raise RuleViolation(typo(f"Vous avez déjà une mutualisation « {name} »."), "name") from error


def _told(pool: CommitmentPool) -> dict[str, object]:
    return {"name": pool.name, "contracts": [contract.number for contract in pool.contracts]}


def _record(
    session: Session, pool: CommitmentPool, actor: Actor, now: datetime, before: dict[str, object] | None
) -> None:
    subject = ("commitment_pool", pool.id, pool.name)
    journal.record(session, Event.POOL_SET, subject, actor=actor, at=now, before=before, after=_told(pool))
