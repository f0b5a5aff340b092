"""Organisations, people, contracts and months, for tests of reminders."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.contracts.models import Contract, ContractFollower, ContractTitulaire
from portal.declarations.models import Declaration, Deposit
from portal.directory.models import Organisation
from portal.forecast import services as forecast
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.models import Award, Lot
from portal.groupements.models import Groupement, GroupementLot, Member
from portal.kernel.actor import SYSTEM
from portal.kernel.month import Month
from portal.kernel.period import parse_period
from portal.outbox.models import Message
from portal.reminders.models import Reminder
from portal.storage import reading
from portal.vocabulary import (
    Confidence,
    ContractSource,
    DeclarationState,
    DepositOutcome,
    GroupementState,
    LotOutcome,
    MemberRole,
    MemberState,
    PurchaseFamily,
    ReminderStep,
    Role,
    Trade,
)


def person(session: Session, name: str, *places: tuple[Organisation, Role], now: datetime) -> Account:
    """Someone of that name, who holds these roles since the day before."""
    account = Account(email=f"{name}@pont.example", display_name=name.capitalize(), created_at=now, confirmed_at=now)
    session.add(account)
    session.flush()
    for organisation, role in places:
        join(session, account.id, organisation.id, role, since=now - timedelta(days=1))
    return account


def join(session: Session, account_id: int, organisation_id: int, role: Role, *, since: datetime) -> None:
    session.add(Membership(account_id=account_id, organisation_id=organisation_id, role=role, since=since))
    session.flush()


def contract(
    session: Session,
    buyer: Organisation,
    *titulaires: Organisation,
    now: datetime,
    follower: Organisation | None = None,
    number: str = "2026-17",
) -> Contract:
    """A contract; of several titulaires, the first is the mandataire."""
    made = Contract(
        reference=f"marche-{number}",
        buyer_id=buyer.id,
        buyer_identifier=buyer.siret,
        number=number,
        object="Nettoyage des écoles",
        notified_on=date(2026, 1, 5),
        first_month=Month(2026, 1),
        last_month=Month(2027, 12),
        source=ContractSource.AWARD,
        created_at=now,
    )
    made.titulaires = [
        ContractTitulaire(position=place, organisation_id=each.id, identifier=each.siret, is_mandataire=place == 0)
        for place, each in enumerate(titulaires)
    ]
    session.add(made)
    session.flush()
    if follower is not None:
        session.add(ContractFollower(contract_id=made.id, organisation_id=follower.id, since=date(2026, 1, 5)))
        session.flush()
    return made


def won_together(
    session: Session, of: Contract, network: Organisation, members: Iterable[Organisation], *, now: datetime
) -> Groupement:
    """The contract comes from a lot that a groupement, coordinated by the network, won."""
    facts = ProjectFacts(title="Nettoyage des écoles", family=PurchaseFamily.SERVICES)
    lot_facts = LotFacts(trade=Trade.CLEANING, planned=parse_period("T2 2028"), confidence=Confidence.PROBABLE)
    project = forecast.create_project(
        session, of.buyer_id or 0, facts, lot_facts, allotment_defined=True, actor=SYSTEM, now=now
    )
    lot_id = session.scalars(select(Lot.id).where(Lot.project_id == project.id)).one()
    session.add(Award(lot_id=lot_id, outcome=LotOutcome.AWARDED, decided_on=of.notified_on, contract_id=of.id))
    groupement = Groupement(
        project_id=project.id,
        name="Ensemble",
        state=GroupementState.AWARDED,
        opened_by_id=network.id,
        network_id=network.id,
        created_at=now,
    )
    groupement.members = [
        Member(
            organisation_id=each.id,
            role=MemberRole.COTRAITANT if place else MemberRole.MANDATAIRE,
            state=MemberState.ACCEPTED,
            asked_at=now,
        )
        for place, each in enumerate(members)
    ]
    session.add(groupement)
    session.flush()
    session.add(GroupementLot(groupement_id=groupement.id, lot_id=lot_id))
    session.flush()
    return groupement


def month(
    session: Session,
    of: Contract,
    declarant: Organisation,
    due_on: date,
    *,
    now: datetime,
    state: DeclarationState = DeclarationState.EXPECTED,
) -> Declaration:
    """The month before the one in which it is due."""
    declaration = Declaration(
        contract_id=of.id,
        organisation_id=declarant.id,
        month=Month.of(due_on) + -1,
        state=state,
        due_on=due_on,
        opened_at=now,
    )
    session.add(declaration)
    session.flush()
    return declaration


def deposited(session: Session, declaration: Declaration, number: int = 1, *, at: datetime) -> Deposit:
    """The month is handed in."""
    deposit = Deposit(
        declaration_id=declaration.id,
        number=number,
        at=at,
        by_label="Jean",
        canonical="{}",
        sha256=f"{number:064}",
        is_nil=True,
        hours=Decimal(0),
        people=0,
    )
    session.add(deposit)
    declaration.state = DeclarationState.DEPOSITED
    session.flush()
    return deposit


def sent_back(session: Session, declaration: Declaration, deposit: Deposit, *, at: datetime) -> None:
    deposit.outcome, deposit.decided_at, deposit.answer = DepositOutcome.RETURNED, at, "Il manque une personne."
    declaration.state = DeclarationState.RETURNED
    session.flush()


def ledger() -> dict[tuple[int, int], list[ReminderStep]]:
    """What was told, by month and person, in the order it was."""
    with reading() as session:
        lines = session.scalars(select(Reminder).order_by(Reminder.id)).all()
    told: dict[tuple[int, int], list[ReminderStep]] = {}
    for line in lines:
        told.setdefault((line.subject_id, line.account_id), []).append(line.step)
    return told


def mails() -> list[Message]:
    with reading() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))
