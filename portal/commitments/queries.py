"""Where contracts stand against what they promise, alone and in pools, for those who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.commitments import policies, rules
from portal.commitments.facts import Executed, Filing, Terms
from portal.contracts import queries as contracts
from portal.contracts.models import (
    CommitmentPool,
    Contract,
    ContractTitulaire,
    PenaltyDecision,
    PenaltyTerms,
    contract_search,
)
from portal.contracts.queries import bare
from portal.declarations import queries as declarations
from portal.declarations.models import Declaration, DeclaredAction, Deposit, DepositLine
from portal.declarations.queries import Promised
from portal.declarations.rules import due_on
from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound
from portal.kernel.month import Month
from portal.vocabulary import (
    ActionKind,
    CommitmentKind,
    DeclarationState,
    DepositOutcome,
    PenaltyOutcome,
    Permission,
    RetentionReason,
)

_NONE = Decimal(0)
_TOLD_TO_TITULAIRES = (PenaltyOutcome.NOTICE, PenaltyOutcome.REDUCED, PenaltyOutcome.CLAIMED)


# Each kind of commitment


@dataclass(frozen=True)
class Standing:
    """What a contract promises, and what is done of it."""

    promised: Promised
    retained: Decimal
    actions: Mapping[ActionKind, int]
    """Done in accepted months, by kind."""
    untold_months: int
    """Accepted months that do not tell their labour hours, when a promise follows them."""
    training_left_out: Decimal
    """Training declared in accepted months that its terms do not retain."""


def standing_of(session: Session, contract: Contract, today: date) -> Standing:
    """In six statements at most."""
    kinds = {held.kind for held in contract.commitments}
    caps_training = not contract.counts_training or contract.training_cap_percent is not None
    return Standing(
        declarations.promises_of(session, [contract], today)[contract.id],
        declarations.retained_of(session, [contract.id]).get(contract.id, _NONE),
        _actions(session, contract) if CommitmentKind.ACTIONS in kinds else {},
        _untold(session, contract) if CommitmentKind.LABOUR_SHARE in kinds else 0,
        _training_left_out(session, contract) if caps_training else _NONE,
    )


def _actions(session: Session, contract: Contract) -> dict[ActionKind, int]:
    done = (
        select(DeclaredAction.action, func.sum(DeclaredAction.quantity))
        .join(Declaration, Declaration.id == DeclaredAction.declaration_id)
        .where(Declaration.contract_id == contract.id, Declaration.state == DeclarationState.ACCEPTED)
        .group_by(DeclaredAction.action)
    )
    return {action: int(quantity) for action, quantity in session.execute(done)}


def _untold(session: Session, contract: Contract) -> int:
    untold = select(func.count()).where(
        Declaration.contract_id == contract.id,
        Declaration.state == DeclarationState.ACCEPTED,
        Declaration.is_nil.is_(False),
        Declaration.labour_hours.is_(None),
    )
    return session.scalar(untold) or 0


def _training_left_out(session: Session, contract: Contract) -> Decimal:
    left = (
        select(func.sum(DepositLine.hours - DepositLine.retained_hours))
        .join(Deposit, Deposit.id == DepositLine.deposit_id)
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .where(
            Declaration.contract_id == contract.id,
            Deposit.outcome == DepositOutcome.ACCEPTED,
            DepositLine.retention_reason == RetentionReason.TRAINING,
        )
    )
    return session.scalar(left) or _NONE


# Pools


@dataclass(frozen=True)
class PoolRow:
    contract: Contract
    promised: Decimal
    retained: Decimal


@dataclass(frozen=True)
class PoolTotals:
    """All its contracts together; `rows` are those that the reader may read."""

    rows: Sequence[PoolRow]
    contracts: int
    promised: Decimal
    retained: Decimal

    @property
    def remaining(self) -> Decimal:
        return max(_NONE, self.promised - self.retained)


def pool_of(session: Session, actor: Actor, reference: str) -> CommitmentPool:
    """A pool of one's buyer, or one that holds a contract that one may read; NotFound otherwise."""
    wanted = select(CommitmentPool).where(CommitmentPool.reference == reference, _reads_pool(actor))
    pool = session.scalar(wanted.options(_with_contracts()))
    if pool is None:
        raise NotFound
    return pool


def pools_of(session: Session, actor: Actor) -> Sequence[CommitmentPool]:
    """Those that one may read, by name."""
    wanted = select(CommitmentPool).where(_reads_pool(actor)).order_by(CommitmentPool.name, CommitmentPool.id)
    return session.scalars(wanted.options(selectinload(CommitmentPool.contracts))).all()


def totals_of(session: Session, actor: Actor, pool: CommitmentPool, today: date) -> PoolTotals:
    readable = set(session.scalars(contracts.of_actor(actor).where(Contract.pool_id == pool.id)))
    promised = declarations.promised_of(session, pool.contracts, today)
    retained = declarations.retained_of(session, promised.keys())
    rows = [
        PoolRow(contract, promised[contract.id], retained.get(contract.id, _NONE))
        for contract in pool.contracts
        if contract in readable
    ]
    return PoolTotals(rows, len(pool.contracts), sum(promised.values(), _NONE), sum(retained.values(), _NONE))


def joinable(session: Session, actor: Actor, pool: CommitmentPool, words: str, today: date) -> Sequence[Contract]:
    """The contracts of its buyer found by words, which promise something and are in no pool."""
    matching = contract_search.ids_matching(words, prefix=True)
    free = contracts.of_actor(actor).where(
        Contract.buyer_id == pool.buyer_id, Contract.pool_id.is_(None), Contract.commitments.any()
    )
    if matching is not None:
        free = free.where(Contract.id.in_(matching))
    running = or_(Contract.ends_on.is_(None), Contract.ends_on >= today)
    last = free.where(running).order_by(Contract.notified_on.desc(), Contract.id.desc())
    return session.scalars(contracts.with_holders(last.limit(contracts.MOST_OFFERED))).all()


def _with_contracts() -> selectinload:  # type: ignore[valid-type]
    loaded = selectinload(CommitmentPool.contracts)
    return loaded.options(
        joinedload(Contract.buyer).options(*bare()),
        selectinload(Contract.titulaires).joinedload(ContractTitulaire.organisation).options(*bare()),
        selectinload(Contract.commitments),
        selectinload(Contract.suspensions),
        selectinload(Contract.amendments),
    )


def _reads_pool(actor: Actor) -> ColumnElement[bool]:
    if actor is SYSTEM:
        return true()
    if actor.organisation_id is None or not actor.may(Permission.CONTRACT_READ):
        return false()
    read = contracts.of_actor(actor).with_only_columns(Contract.pool_id).where(Contract.pool_id.is_not(None))
    return or_(CommitmentPool.buyer_id == actor.organisation_id, CommitmentPool.id.in_(read))


# Penalties


def penalised(session: Session, actor: Actor, reference: str) -> Contract:
    """A contract whose simulated penalties one may read; NotFound otherwise."""
    contract = contracts.visible(session, actor, reference)
    if not policies.can_read_penalties(actor, contract):
        raise NotFound
    return contract


def terms_of(session: Session, contract: Contract) -> Terms:
    row = session.get(PenaltyTerms, contract.id)
    return Terms(row.per_hour, row.per_late_day, row.cap_percent) if row else Terms()


def decisions_of(session: Session, contract: Contract) -> Sequence[PenaltyDecision]:
    """The last one first."""
    mine = select(PenaltyDecision).where(PenaltyDecision.contract_id == contract.id)
    return session.scalars(mine.order_by(PenaltyDecision.id.desc())).all()


def told_to_titulaires(session: Session, contract: Contract) -> Sequence[PenaltyDecision]:
    """Notices and claims: what was waived stays with its buyer."""
    return [each for each in decisions_of(session, contract) if each.outcome in _TOLD_TO_TITULAIRES]


def executed(session: Session, contract: Contract, day: date, decisions: Sequence[PenaltyDecision]) -> Executed:
    """Where it stands on a civil day, by what is known now of the months that were due then."""
    until = _last_due(contract, day)
    pool = [contract] if contract.pool_id is None else _pooled(session, contract)
    promised = declarations.promised_of(session, [contract], day)[contract.id]
    due = declarations.promised_to(session, pool, until) if until else {}
    retained = declarations.retained_until(session, [each.id for each in pool], until) if until else {}
    lacking = {each.id: max(_NONE, due.get(each.id, _NONE) - retained.get(each.id, _NONE)) for each in pool}
    missing = sum(due.values(), _NONE) - sum(retained.values(), _NONE)
    return Executed(
        day=day,
        until=until,
        promised=promised,
        due=due.get(contract.id, _NONE),
        retained=retained.get(contract.id, _NONE),
        pending=_pending(session, contract, until) if until else _NONE,
        pool_missing=rules.shared(missing, lacking, contract.id) if contract.pool_id is not None else None,
        filings=_filings(session, contract, day),
        suspended=[held.month for held in contract.suspensions if until and held.month <= until],
        notices=[paris_date(each.decided_at) for each in decisions if each.outcome is PenaltyOutcome.NOTICE],
        amount=contract.amount,
    )


def _last_due(contract: Contract, day: date) -> Month | None:
    """The last month whose declaration was due before that day."""
    if contract.first_month is None or contract.last_month is None:
        return None
    month = Month.of(day) + -1
    while due_on(month, contract.due_day) >= day:
        month += -1
    month = min(month, contract.last_month)
    return month if month >= contract.first_month else None


def _pooled(session: Session, contract: Contract) -> Sequence[Contract]:
    together = contracts.whole(select(Contract)).where(Contract.pool_id == contract.pool_id)
    return session.scalars(together.order_by(Contract.id)).all()


def _pending(session: Session, contract: Contract, until: Month) -> Decimal:
    waiting = (
        select(func.sum(Deposit.hours))
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .where(
            Declaration.contract_id == contract.id,
            Declaration.state == DeclarationState.DEPOSITED,
            Declaration.month <= until,
            Deposit.outcome.is_(None),
        )
    )
    return session.scalar(waiting) or _NONE


def _filings(session: Session, contract: Contract, day: date) -> list[Filing]:
    """What was due before that day, and when it was first deposited."""
    first = select(func.min(Deposit.at)).where(Deposit.declaration_id == Declaration.id).scalar_subquery()
    due = (
        select(Declaration.month, Organisation, Declaration.due_on, first)
        .join(Organisation, Organisation.id == Declaration.organisation_id)
        .where(
            Declaration.contract_id == contract.id,
            Declaration.due_on < day,
            Declaration.state != DeclarationState.SUSPENDED,
        )
        .order_by(Declaration.month, Organisation.id)
        .options(*bare())
    )
    return [
        Filing(month, declarant.shown_name, due_day, paris_date(at) if isinstance(at, datetime) else None)
        for month, declarant, due_day, at in session.execute(due)
    ]
