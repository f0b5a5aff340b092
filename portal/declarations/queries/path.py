"""The path of a person: whole within a buyer for who checks there, their own lines for who declares."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload, lazyload, selectinload

from portal.contracts.models import Contract
from portal.declarations import policies
from portal.declarations.models import (
    Declaration,
    Deposit,
    DepositLine,
    Eligibility,
    Participant,
    PathStep,
    SamePerson,
)
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import DeclarationState

_FILED = (DeclarationState.DEPOSITED, DeclarationState.ACCEPTED, DeclarationState.RETURNED)


@dataclass(frozen=True)
class PathMonth:
    """What was deposited last of a person's month, on one contract by one declarant."""

    declaration: Declaration
    line: DepositLine
    employer: str | None
    """Who employs them, when the declarant entrusted the line."""

    @property
    def retained(self) -> Decimal | None:
        """None as long as it is not accepted."""
        return self.line.retained_hours if self.declaration.state is DeclarationState.ACCEPTED else None


def participant_of(session: Session, actor: Actor, declaration: Declaration, participant_id: int) -> Participant:
    """Somebody of a month that one files or checks. Raises NotFound for a buyer's reader, and, for who only checks it,
    as long as nothing was deposited of the person."""
    if not policies.sees_matricules(actor, declaration):
        raise NotFound
    lines = declaration.counted_lines if policies.can_file(actor, declaration) else []
    for line in lines:
        if line.participant_id == participant_id:
            return line.participant
    deposited = exists().where(
        DepositLine.participant_id == Participant.id,
        Deposit.id == DepositLine.deposit_id,
        Deposit.declaration_id == declaration.id,
    )
    found = select(Participant).where(Participant.id == participant_id, deposited)
    participant = session.scalar(found.options(joinedload(Participant.person)))
    if participant is None:
        raise NotFound
    return participant


def same_people(session: Session, buyer_id: int | None, person_id: int) -> Collection[int]:
    """The ids of all who were said to be the same person, for a buyer, this one included."""
    oldest = (
        select(SamePerson.counted_as_id)
        .where(SamePerson.buyer_id == buyer_id, SamePerson.person_id == person_id)
        .scalar_subquery()
    )
    counted = func.coalesce(oldest, person_id)
    others = select(SamePerson.person_id, SamePerson.counted_as_id).where(
        SamePerson.buyer_id == buyer_id, SamePerson.counted_as_id == counted
    )
    rows = session.execute(others).all()
    return {person_id, *(each for row in rows for each in row)}


def path_of(session: Session, declaration: Declaration, people: Collection[int], *, whole: bool) -> list[PathMonth]:
    """The months of these people for the buyer of a contract, the first one first; those of its declarant alone
    unless `whole`."""
    employer = aliased(Organisation)
    latest = aliased(Deposit)
    number = select(func.max(latest.number)).where(latest.declaration_id == Declaration.id).scalar_subquery()
    rows = (
        select(Declaration, DepositLine, employer.shown_name)
        .join(Deposit, Deposit.declaration_id == Declaration.id)
        .join(DepositLine, DepositLine.deposit_id == Deposit.id)
        .join(Participant, Participant.id == DepositLine.participant_id)
        .join(Contract, Contract.id == Declaration.contract_id)
        .outerjoin(employer, employer.id == DepositLine.employer_id)
        .where(Participant.person_id.in_(people), Contract.buyer_id == declaration.contract.buyer_id)
        .where(Deposit.number == number, Declaration.state.in_(_FILED))
        .options(
            joinedload(Declaration.organisation).options(lazyload(Organisation.offered), lazyload(Organisation.served)),
            joinedload(Declaration.contract).options(
                selectinload(Contract.followers), selectinload(Contract.titulaires)
            ),
        )
        .order_by(Declaration.month, Declaration.contract_id, Declaration.organisation_id, DepositLine.id)
    )
    if not whole:
        rows = rows.where(Declaration.organisation_id == declaration.organisation_id)
    return [PathMonth(*row) for row in session.execute(rows)]


def steps_of(
    session: Session, buyer_id: int | None, people: Collection[int], *, noted_by: int | None
) -> Sequence[PathStep]:
    """The latest first; those that one organisation noted, or all of them."""
    steps = select(PathStep).where(PathStep.buyer_id == buyer_id, PathStep.person_id.in_(people))
    if noted_by is not None:
        steps = steps.where(PathStep.organisation_id == noted_by)
    return session.scalars(steps.order_by(PathStep.day.desc(), PathStep.id.desc())).all()


def step_of(
    session: Session, actor: Actor, declaration: Declaration, participant: Participant, step_id: int
) -> PathStep:
    """A step of this path that one's organisation noted; NotFound otherwise."""
    people = same_people(session, declaration.contract.buyer_id, participant.person_id)
    mine = steps_of(session, declaration.contract.buyer_id, people, noted_by=actor.organisation_id)
    for step in mine:
        if step.id == step_id and step.organisation_id == actor.organisation_id:
            return step
    raise NotFound


def grounds_of(session: Session, buyer_id: int | None, person_id: int) -> Eligibility | None:
    """All that was decided on a person's eligibility for a buyer: for the facilitateur only."""
    known = select(Eligibility).where(Eligibility.buyer_id == buyer_id, Eligibility.person_id == person_id)
    return session.scalar(known.options(selectinload(Eligibility.further)))


def last_exit(months: Sequence[PathMonth]) -> PathMonth | None:
    """The month that closes the path last, unless somebody came back since."""
    left = [month for month in months if month.line.exit_on is not None]
    if not left:
        return None
    last = max(left, key=lambda month: month.line.exit_on)  # type: ignore[arg-type, return-value]
    came_back = any(month.line.entered_on > last.line.exit_on for month in months if last.line.exit_on)
    return None if came_back else last
