"""What waits for who checks, of people rather than of months: eligibilities to confirm, and who left six months ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, exists, func, literal, or_, select, type_coerce, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.declarations import rules
from portal.declarations.models import (
    Declaration,
    Deposit,
    DepositLine,
    Eligibility,
    Line,
    Participant,
    Path,
    PathStep,
)
from portal.declarations.queries.reach import bought_by_whom_one_checks, checked_contracts
from portal.directory.models import HeldKind, Organisation
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.vocabulary import (
    DeclarationState,
    DepositOutcome,
    EligibilityState,
    ExitFamily,
    ExitKind,
    RetentionReason,
    StepKind,
)

PEOPLE_A_PAGE = 30

_DECIDED = (EligibilityState.CONFIRMED, EligibilityState.REFUSED)
_FOLLOWED = [kind for kind in ExitKind if kind.family is not ExitFamily.WITHDRAWN]


@dataclass(frozen=True)
class ToConfirm:
    """Somebody whose eligibility nobody has decided for a buyer, and the month that leads to their page."""

    reference: str
    participant_id: int
    matricule: str | None
    declarant: str
    object: str
    month: Month
    is_accepted: bool
    """Otherwise the month waits to be checked."""
    hours: Decimal
    """Declared, of all the months that wait for it."""


def count_to_confirm(session: Session, actor: Actor) -> int:
    return session.scalar(select(func.count()).select_from(_to_confirm(actor).subquery())) or 0


def to_confirm(session: Session, actor: Actor, page: int) -> Sequence[ToConfirm]:
    """One row a person and a buyer, the oldest month first."""
    waiting = _to_confirm(actor).subquery()
    rows = (
        select(
            Declaration.reference,
            waiting.c.participant_id,
            Participant.matricule,
            Organisation.shown_name,
            Contract.object,
            waiting.c.month,
            Declaration.state == DeclarationState.ACCEPTED,
            waiting.c.hours,
        )
        .select_from(waiting)
        .join(Declaration, Declaration.id == waiting.c.declaration_id)
        .join(Contract, Contract.id == Declaration.contract_id)
        .join(Organisation, Organisation.id == Declaration.organisation_id)
        .join(Participant, Participant.id == waiting.c.participant_id)
        .order_by(waiting.c.month, Organisation.sort_name, Participant.matricule, waiting.c.participant_id)
    )
    return [ToConfirm(*row) for row in session.execute(_paged(rows, page))]


def _to_confirm(actor: Actor) -> Select[Any]:
    """A deposited month is where it is decided best; one that was accepted without has to be opened again."""
    deposited = _deposited(actor).where(or_(Eligibility.id.is_(None), Eligibility.state.not_in(_DECIDED)))
    accepted = _accepted(actor)
    line = union_all(deposited, accepted).subquery()
    whose = (line.c.buyer_id, line.c.person_id)
    order = (line.c.is_accepted, line.c.month.desc(), line.c.participant_id)
    rank = func.row_number().over(partition_by=whose, order_by=order).label("rank")
    hours = func.sum(line.c.hours).over(partition_by=whose).label("all_hours")
    ranked = select(line, rank, hours).subquery()
    columns = (ranked.c.participant_id, ranked.c.declaration_id, ranked.c.month, ranked.c.all_hours.label("hours"))
    return select(*columns).where(ranked.c.rank == 1)


def _deposited(actor: Actor) -> Select[Any]:
    return (
        select(Contract.buyer_id, Participant.person_id, Line.hours, Declaration.month, Line.participant_id)
        .add_columns(Declaration.id.label("declaration_id"), literal(0).label("is_accepted"))
        .join(Declaration, Declaration.contract_id == Contract.id)
        .join(Line, Line.declaration_id == Declaration.id)
        .join(Participant, Participant.id == Line.participant_id)
        .outerjoin(
            Eligibility,
            and_(Eligibility.person_id == Participant.person_id, Eligibility.buyer_id == Contract.buyer_id),
        )
        .where(Contract.id.in_(checked_contracts(actor)), Contract.buyer_id.is_not(None), _not_by(actor))
        .where(Declaration.state == DeclarationState.DEPOSITED, Declaration.is_nil.is_(False), Line.hours > 0)
        .where(~_is_presumed())
    )


def _accepted(actor: Actor) -> Select[Any]:
    """Starts from the few people who are waited for: accepted lines are all there ever were."""
    waited = select(Eligibility.person_id).where(
        Eligibility.buyer_id.in_(bought_by_whom_one_checks(actor)),
        Eligibility.state == EligibilityState.TO_CONFIRM,
    )
    known = select(Participant.id).where(Participant.person_id.in_(waited))
    line = DepositLine
    return (
        select(Contract.buyer_id, Participant.person_id, line.hours, Declaration.month, line.participant_id)
        .add_columns(Declaration.id.label("declaration_id"), literal(1).label("is_accepted"))
        .select_from(line)
        .join(Deposit, Deposit.id == line.deposit_id)
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .join(Contract, Contract.id == Declaration.contract_id)
        .join(Participant, Participant.id == line.participant_id)
        .join(
            Eligibility,
            and_(Eligibility.person_id == Participant.person_id, Eligibility.buyer_id == Contract.buyer_id),
        )
        .where(line.participant_id.in_(known), Eligibility.state == EligibilityState.TO_CONFIRM)
        .where(Deposit.outcome == DepositOutcome.ACCEPTED, Declaration.contract_id.in_(checked_contracts(actor)))
        .where(line.retention_reason == RetentionReason.NOT_CONFIRMED, _not_by(actor))
    )


def _not_by(actor: Actor) -> ColumnElement[bool]:
    """Nobody decides of their own people."""
    return Declaration.organisation_id != (actor.organisation_id or 0)


def _is_presumed() -> ColumnElement[bool]:
    """`presumed_people`, in SQL: days and months are compared as they are written, which both databases sort alike."""
    month = type_coerce(Declaration.month, String)
    from_, to = sql_cast(HeldKind.valid_from, String), sql_cast(HeldKind.valid_to, String)
    return exists().where(
        HeldKind.organisation_id == func.coalesce(Line.employer_id, Declaration.organisation_id),
        HeldKind.kind.in_(rules.PRESUMING),
        from_ <= month + "-31",
        or_(HeldKind.valid_to.is_(None), to >= month + "-01"),
    )


@dataclass(frozen=True)
class LeftLately:
    """Somebody who left about six months ago, and of whom nobody has noted where they stand."""

    reference: str
    participant_id: int
    matricule: str | None
    declarant: str
    object: str
    left_on: date
    exit_kind: ExitKind

    @property
    def due_on(self) -> date:
        return rules.six_months_after(self.left_on)


def count_left_lately(session: Session, actor: Actor, today: date) -> int:
    return session.scalar(_left(actor, today).with_only_columns(func.count(Path.id))) or 0


def left_lately(session: Session, actor: Actor, today: date, page: int) -> Sequence[LeftLately]:
    """Who left first is asked about first."""
    left_in = func.substr(sql_cast(Path.exit_on, String), 1, 7)
    mine = and_(Declaration.contract_id == Path.contract_id, Declaration.organisation_id == Path.organisation_id)
    rows = (
        _left(actor, today)
        .join(Declaration, and_(mine, type_coerce(Declaration.month, String) == left_in))
        .join(Line, and_(Line.declaration_id == Declaration.id, Line.exit_on == Path.exit_on))
        .join(Participant, and_(Participant.id == Line.participant_id, Participant.person_id == Path.person_id))
        .join(Organisation, Organisation.id == Path.organisation_id)
        .with_only_columns(
            Declaration.reference, Participant.id, Participant.matricule, Organisation.shown_name, Contract.object
        )
        .add_columns(Path.exit_on, Path.exit_kind)
        .order_by(Path.exit_on, Path.id)
    )
    return [LeftLately(*row) for row in session.execute(_paged(rows, page))]


def _left(actor: Actor, today: date) -> Select[Any]:
    """Accepted exits of the contracts that one checks, unless the person came back to the same buyer."""
    first, last = (rules.months_after(today, -months) for months in (rules.ASKED_UNTIL_MONTHS, rules.ASKED_FROM_MONTHS))
    later, their_contract = aliased(Path), aliased(Contract)
    came_back = (
        exists()
        .where(later.person_id == Path.person_id, later.entered_on > Path.exit_on)
        .where(their_contract.id == later.contract_id, their_contract.buyer_id == Contract.buyer_id)
    )
    noted = exists().where(
        PathStep.person_id == Path.person_id,
        PathStep.buyer_id == Contract.buyer_id,
        PathStep.kind == StepKind.SIX_MONTHS,
        PathStep.day >= Path.exit_on,
    )
    return (
        select(Path)
        .join(Contract, Contract.id == Path.contract_id)
        .where(Path.contract_id.in_(checked_contracts(actor)), Path.organisation_id != (actor.organisation_id or 0))
        .where(Path.exit_on.between(first, last), Path.exit_kind.in_(_FOLLOWED), ~came_back, ~noted)
    )


def _paged(rows: Select[Any], page: int) -> Select[Any]:
    return rows.limit(PEOPLE_A_PAGE).offset(PEOPLE_A_PAGE * (page - 1))
