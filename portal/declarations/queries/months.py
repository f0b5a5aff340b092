"""Months and their deposits, by who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.contracts.models import Contract, ContractFollower
from portal.declarations import policies
from portal.declarations.models import Declaration, DelegatedPart, Deposit, DepositLine, Line, Participant
from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.clock import PARIS
from portal.kernel.errors import NotFound
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, Permission

LATE_CHECK_DAYS = 10
"""After which a deposit has waited too long for its answer."""

_SHOWN_FIRST = 5
_NAMES_ONLY = (lazyload(Organisation.offered), lazyload(Organisation.served))
"""What an organisation offers and where is for the directory."""


def visible(session: Session, actor: Actor, reference: str) -> Declaration:
    """A month with all that its page shows; NotFound for who may not read it (`policies.can_read`)."""
    declaration = session.scalar(
        select(Declaration)
        .where(Declaration.reference == reference)
        .options(
            joinedload(Declaration.contract).options(
                joinedload(Contract.buyer).options(*_NAMES_ONLY),
                selectinload(Contract.titulaires),
                selectinload(Contract.followers),
                selectinload(Contract.commitments),
            ),
            joinedload(Declaration.organisation).options(*_NAMES_ONLY),
            selectinload(Declaration.lines).joinedload(Line.participant).joinedload(Participant.person),
            selectinload(Declaration.actions),
            selectinload(Declaration.parts).joinedload(DelegatedPart.employer).options(*_NAMES_ONLY),
        )
    )
    if declaration is None or not policies.can_read(actor, declaration):
        raise NotFound
    return declaration


def line_of(declaration: Declaration, line_id: int) -> Line:
    """One of its lines; NotFound otherwise."""
    for line in declaration.lines:
        if line.id == line_id:
            return line
    raise NotFound


def own(actor: Actor) -> Select[Declaration]:
    """The months of the organisation one files for, in no order, with nothing loaded beside."""
    return select(Declaration).where(_filed_by(actor))


def to_check(actor: Actor) -> Select[Declaration]:
    """The deposited months that one may accept, in no order, with nothing loaded beside."""
    return checked_by(actor).where(Declaration.state == DeclarationState.DEPOSITED)


def checked_by(actor: Actor) -> Select[Declaration]:
    """The months that one checks, whatever their state: `policies.can_check`, in SQL."""
    return select(Declaration).where(_checked_by(actor))


def awaited(day: date) -> Select[Declaration]:
    """What declarants still have to file on a civil day, in no order, with nothing loaded beside."""
    return select(Declaration).where(
        Declaration.state.in_(DeclarationState.awaited()), Declaration.month < Month.of(day)
    )


def deposits_of(session: Session, declaration: Declaration) -> Sequence[Deposit]:
    """All its deposits with their lines, participants and persons, the first one first."""
    made = _deposits().where(Deposit.declaration_id == declaration.id).order_by(Deposit.number)
    return session.scalars(made).all()


def last_deposit(session: Session, declaration: Declaration) -> Deposit | None:
    """With its lines, participants and persons."""
    made = _deposits().where(Deposit.declaration_id == declaration.id).order_by(Deposit.number.desc())
    return session.scalars(made.limit(1)).first()


def _deposits() -> Select[Deposit]:
    lines = selectinload(Deposit.lines).joinedload(DepositLine.participant).joinedload(Participant.person)
    return select(Deposit).options(lines)


# The mandataire's view


@dataclass(frozen=True)
class MemberMonth:
    """Where one member stands for one month: never who works there."""

    organisation: Organisation
    month: Month
    state: DeclarationState
    due_on: date


def member_months(session: Session, actor: Actor, contract: Contract) -> Sequence[MemberMonth]:
    """For the mandataire of a groupement: the months of each member, latest first; nothing for anyone else."""
    mandataire = contract.mandataire
    speaks = mandataire is not None and mandataire.organisation_id == actor.organisation_id is not None
    if len(contract.titulaires) < 2 or not (actor is SYSTEM or (speaks and actor.may(Permission.DECLARATION_FILE))):
        return []
    rows = session.execute(
        select(Organisation, Declaration.month, Declaration.state, Declaration.due_on)
        .join(Organisation, Organisation.id == Declaration.organisation_id)
        .where(Declaration.contract_id == contract.id)
        .order_by(Declaration.month.desc(), Organisation.sort_name, Organisation.id)
    )
    return [MemberMonth(*row) for row in rows]


# What waits


@dataclass(frozen=True)
class Waiting:
    """What waits for someone: how many, how many of them late, and the first ones."""

    total: int
    late: int
    first: Sequence[Declaration]


def waiting_to_file(session: Session, actor: Actor, today: date) -> Waiting:
    """The months to fill in or to correct, soonest due first."""
    waiting = own(actor).where(Declaration.state.in_(DeclarationState.awaited()))
    return _waiting(session, waiting, Declaration.due_on < today, (Declaration.due_on, Declaration.month))


def waiting_to_check(session: Session, actor: Actor, today: date) -> Waiting:
    """The deposited months, longest waiting first; late after ten days."""
    latest = select(func.max(Deposit.at)).where(Deposit.declaration_id == Declaration.id).scalar_subquery()
    limit = datetime.combine(today - timedelta(days=LATE_CHECK_DAYS), time.min, PARIS)
    return _waiting(session, to_check(actor), latest < limit, (latest, Declaration.month))


def _waiting(
    session: Session,
    waiting: Select[Declaration],
    is_late: ColumnElement[bool],
    order: tuple[Any, ...],
) -> Waiting:
    counts = waiting.with_only_columns(func.count(), func.count().filter(is_late))
    total, late = session.execute(counts).one()
    with_names = waiting.options(
        joinedload(Declaration.contract).joinedload(Contract.buyer).options(*_NAMES_ONLY),
        joinedload(Declaration.organisation).options(*_NAMES_ONLY),
    )
    first = session.scalars(with_names.order_by(*order, Declaration.id).limit(_SHOWN_FIRST)).all()
    return Waiting(total, late, first)


# Policies, in SQL


def _filed_by(actor: Actor) -> ColumnElement[bool]:
    if actor is SYSTEM:
        return true()
    if actor.organisation_id is None or not actor.may(Permission.DECLARATION_FILE):
        return false()
    return Declaration.organisation_id == actor.organisation_id


def _checked_by(actor: Actor) -> ColumnElement[bool]:
    if actor is SYSTEM:
        return true()
    mine = actor.organisation_id
    if mine is None or not actor.may(Permission.DECLARATION_CHECK):
        return false()
    bought = select(Contract.id).where(Contract.buyer_id == mine)
    followed = select(ContractFollower.contract_id).where(
        ContractFollower.organisation_id == mine, ContractFollower.until.is_(None)
    )
    followed_or_bought = or_(Declaration.contract_id.in_(bought), Declaration.contract_id.in_(followed))
    return and_(Declaration.organisation_id != mine, followed_or_bought)
