"""A buyer with contracts, and the ledger of what was accepted: rows written as the earlier rooms write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Commitment, Contract, ContractTitulaire, Expense
from portal.declarations.models import Declaration, Delta, Deposit, DepositLine, Participant, Person
from portal.directory.models import Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.forecast.models import Project, Revision
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.vocabulary import (
    PERMISSIONS_OF,
    AgeBand,
    CommitmentKind,
    ContractSource,
    ContractType,
    DeclarationState,
    DepositOutcome,
    ExitKind,
    HiringMode,
    OrganisationKind,
    Role,
    Sex,
)
from tests.accounts.people import siret
from tests.forecast.sample import lot_facts, make_country, make_project

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
_ranks = count(400)


def organisation(session: Session, name: str, *kinds: OrganisationKind, **facts: Any) -> Organisation:
    made = list_organisation(
        session, NewOrganisation(siret(next(_ranks)), name, dict.fromkeys(kinds)), actor=SYSTEM, now=NOW
    )
    for fact, value in facts.items():
        setattr(made, fact, value)
    session.flush()
    return made


def buyer(session: Session, name: str = "Métropole des Deux Rives") -> Organisation:
    return organisation(session, name, OrganisationKind.BUYER)


def direction(organisation_id: int, *roles: Role) -> Actor:
    held = frozenset(roles or (Role.DIRECTION,))
    return Actor(
        account_id=9,
        label="Hélène Marsac",
        organisation_id=organisation_id,
        organisation_name="Métropole des Deux Rives",
        roles=held,
        permissions=frozenset().union(*(PERMISSIONS_OF[role] for role in held)),
    )


def contract(
    session: Session,
    of: Organisation,
    *titulaires: Organisation,
    promised: int = 0,
    notified_on: date = date(2024, 3, 1),
    ends_on: date | None = date(2027, 2, 28),
    object_: str = "Entretien des espaces verts",
) -> Contract:
    number = f"2024M{next(_ranks)}"
    made = Contract(
        reference=f"deux-rives-{number}",
        buyer_id=of.id,
        buyer_identifier=of.siret,
        number=number,
        object=object_,
        notified_on=notified_on,
        ends_on=ends_on,
        first_month=Month.of(notified_on),
        last_month=Month.of(ends_on) if ends_on else Month(2030, 12),
        source=ContractSource.AWARD,
        created_at=NOW,
    )
    made.titulaires = [
        ContractTitulaire(organisation_id=held.id, identifier=held.siret, name=held.name, position=place)
        for place, held in enumerate(titulaires)
    ]
    if promised:
        made.commitments = [Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=Decimal(promised))]
    session.add(made)
    session.flush()
    return made


def pay(session: Session, on: Contract, to: Organisation, day: date, amount: Decimal | int) -> None:
    reference = f"mandat-{next(_ranks)}"
    session.add(
        Expense(
            contract_id=on.id, organisation_id=to.id, paid_on=day, amount=Decimal(amount), source_reference=reference
        )
    )
    session.flush()


def person(session: Session, sex: Sex | None = Sex.WOMAN) -> Person:
    made = Person(sex=sex, created_at=NOW)
    session.add(made)
    session.flush()
    return made


@dataclass(frozen=True)
class Worked:
    """One line of a declaration."""

    person: Person
    retained: Decimal | int
    exit_kind: ExitKind | None = None
    age: AgeBand | None = AgeBand.FROM_26
    declared: Decimal | None = None


def accept(
    session: Session, on: Contract, by: Organisation, month: Month, lines: Sequence[Worked], at: datetime | None = None
) -> Declaration:
    """A month that was filed and accepted, with its deltas."""
    at = at or datetime(2026, 1, 20, tzinfo=PARIS)
    declaration = Declaration(
        contract_id=on.id,
        organisation_id=by.id,
        month=month,
        state=DeclarationState.ACCEPTED,
        due_on=(month + 1).first_day + timedelta(9),
        opened_at=at,
    )
    session.add(declaration)
    session.flush()
    _deposit(session, declaration, on, lines, at)
    return declaration


def _deposit(session: Session, declaration: Declaration, on: Contract, lines: Sequence[Worked], at: datetime) -> None:
    deposit = Deposit(
        declaration_id=declaration.id,
        number=len(declaration.deposits) + 1,
        at=at,
        by_label="Structure",
        canonical="{}",
        sha256="0" * 64,
        is_nil=not lines,
        hours=sum((Decimal(line.declared or line.retained) for line in lines), Decimal(0)),
        people=len(lines),
        outcome=DepositOutcome.ACCEPTED,
        decided_at=at,
        retained_hours=sum((Decimal(line.retained) for line in lines), Decimal(0)),
    )
    session.add(deposit)
    session.flush()
    for worked in lines:
        _line(session, declaration, deposit, on, worked, at)
    session.flush()
    session.expire(declaration, ["deposits"])


def _line(
    session: Session, declaration: Declaration, deposit: Deposit, on: Contract, worked: Worked, at: datetime
) -> None:
    participant = Participant(
        organisation_id=declaration.organisation_id,
        matricule=f"M{next(_ranks)}",
        person_id=worked.person.id,
        created_at=at,
    )
    session.add(participant)
    session.flush()
    declared, retained = Decimal(worked.declared or worked.retained), Decimal(worked.retained)
    line = DepositLine(
        deposit_id=deposit.id,
        participant_id=participant.id,
        hours=declared,
        hiring_mode=HiringMode.DIRECT_HIRE,
        contract_type=ContractType.CDDI,
        entered_on=date(2024, 1, 2),
        age_band=worked.age,
        exit_on=declaration.month.last_day if worked.exit_kind else None,
        exit_kind=worked.exit_kind,
        retained_hours=retained,
    )
    session.add(line)
    session.flush()
    session.add(
        Delta(
            at=at,
            sign=1,
            deposit_id=deposit.id,
            deposit_line_id=line.id,
            buyer_id=on.buyer_id,
            contract_id=on.id,
            organisation_id=declaration.organisation_id,
            month=declaration.month,
            person_id=worked.person.id,
            hours_declared=declared,
            hours_retained=retained,
            sex=worked.person.sex,
            age_band=worked.age,
            hiring_mode=HiringMode.DIRECT_HIRE,
            exit_kind=worked.exit_kind,
        )
    )


def reopen(session: Session, declaration: Declaration, at: datetime) -> None:
    """Take back what its last acceptance added."""
    deposit = declaration.deposits[-1]
    deposit.outcome = DepositOutcome.REOPENED
    for given in session.scalars(select(Delta).where(Delta.deposit_id == deposit.id)).all():
        copied = {column.key: getattr(given, column.key) for column in Delta.__table__.columns if column.key != "id"}
        session.add(Delta(**copied | {"sign": -1, "at": at}))
    declaration.state = DeclarationState.RETURNED
    session.flush()


def accept_again(
    session: Session, declaration: Declaration, on: Contract, lines: Sequence[Worked], at: datetime
) -> None:
    """The corrected month, accepted as a new deposit."""
    declaration.state = DeclarationState.ACCEPTED
    _deposit(session, declaration, on, lines, at)


def launch(session: Session, of: Organisation, day: date, lots: int = 1) -> Project:
    """A project of so many reserved lots, put to tender that day."""
    make_country(session)
    titles = [lot_facts(title=f"Lot {number}") for number in range(1, lots + 1)]
    project = make_project(session, of.id, *titles)
    at = datetime(day.year, day.month, day.day, 10, tzinfo=PARIS)
    session.add(
        Revision(project_id=project.id, at=at, by_label="Achats", field="in_tender", label="Consultation ouverte")
    )
    session.flush()
    return project
