"""Two titulaires, one contract, one facilitateur; and the shortest way to file and answer a month."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Contract, ContractFollower
from portal.contracts.services import create_contract
from portal.declarations import fingerprints, queries, services
from portal.declarations.facts import Decision, LineFacts, MonthFacts, NewPerson
from portal.declarations.models import Declaration, Deposit, Line
from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.month import Month
from portal.vocabulary import (
    PERMISSIONS_OF,
    AgeBand,
    ContractType,
    DeclarationState,
    DecpGroupement,
    EligibilityState,
    HiringMode,
    OrganisationKind,
    Public,
    Role,
    Sex,
)
from tests.accounts.people import new_organisation
from tests.worlds import NOW

NOVEMBER, OCTOBER = Month(2026, 11), Month(2026, 10)


@dataclass(frozen=True)
class Scene:
    """« company » is the mandataire, an ordinary firm; « structure » an EI, whose staff is presumed eligible."""

    buyer: Organisation
    facilitation: Organisation
    company: Organisation
    structure: Organisation
    contract: Contract

    @property
    def facilitateur(self) -> Actor:
        return acting(self.facilitation, Role.FACILITATEUR)

    @property
    def direction(self) -> Actor:
        return acting(self.buyer, Role.DIRECTION)


def make_scene(session: Session, now: datetime) -> Scene:
    kinds = (OrganisationKind.BUYER, OrganisationKind.FACILITATION, OrganisationKind.COMPANY, OrganisationKind.EI)
    buyer, facilitation, company, structure = (
        new_organisation(session, now, number, kind) for number, kind in enumerate(kinds, 1)
    )
    contract = make_contract(session, now, buyer, (company, structure), number="2026-T01")
    session.add(ContractFollower(contract_id=contract.id, organisation=facilitation, since=date(2026, 1, 5)))
    session.flush()
    session.expire(contract, ["followers"])
    return Scene(buyer, facilitation, company, structure, contract)


def the_scene(session: Session) -> Scene:
    """What tests start from."""
    return make_scene(session, NOW)


def make_contract(
    session: Session,
    now: datetime,
    buyer: Organisation,
    holders: tuple[Organisation, ...],
    *,
    number: str,
    months: tuple[Month, Month] = (OCTOBER, Month(2027, 9)),
) -> Contract:
    held = tuple(HeldBy(organisation_id=each.id, is_mandataire=each is holders[0]) for each in holders)
    facts = NewContract(
        buyer_id=buyer.id,
        number=number,
        object="Entretien des espaces verts",
        notified_on=date(2020, 1, 6),
        titulaires=held,
        groupement=DecpGroupement.SOLIDAIRE if len(held) > 1 else None,
        promised_hours=Decimal(1200),
    )
    contract = create_contract(session, facts, actor=SYSTEM, now=now)
    contract.first_month, contract.last_month = months
    session.flush()
    return contract


def acting(organisation: Organisation, *roles: Role) -> Actor:
    permissions = frozenset(permission for role in roles for permission in PERMISSIONS_OF[role])
    return Actor(None, "Claire Ansel", organisation.id, organisation.shown_name, frozenset(roles), permissions)


def filing(organisation: Organisation) -> Actor:
    return acting(organisation, Role.TITULAIRE)


def member(session: Session, organisation: Organisation, email: str, now: datetime) -> Account:
    """Somebody who files for an organisation, by mail too."""
    account = Account(email=email, display_name="Nina Bassel", created_at=now, confirmed_at=now)
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, organisation_id=organisation.id, role=Role.TITULAIRE, since=now))
    session.flush()
    return account


def opened(session: Session, scene: Scene, organisation: Organisation, month: Month = NOVEMBER) -> Declaration:
    """The month of a titulaire, opened by hand when the job has not."""
    found = session.scalar(
        select(Declaration).where(
            Declaration.contract_id == scene.contract.id,
            Declaration.organisation_id == organisation.id,
            Declaration.month == month,
        )
    )
    if found is None:
        found = Declaration(
            contract=scene.contract,
            organisation=organisation,
            month=month,
            state=DeclarationState.EXPECTED,
            due_on=date(2026, 12, 10),
            opened_at=scene.contract.created_at,
        )
        session.add(found)
        session.flush()
    return found


def person(matricule: str = "P-1", last: str = "Durand", first: str = "Alix", **said: Any) -> NewPerson:
    """Somebody new, born on 3 April 1990 unless told."""
    born_on = said.pop("born_on", date(1990, 4, 3))
    known = NewPerson(
        matricule=matricule,
        fingerprints=fingerprints.of(last, first, born_on),
        sex=Sex.WOMAN,
        age_band=AgeBand.FROM_26,
        entered_on=date(2026, 10, 5),
        hiring_mode=HiringMode.DIRECT_HIRE,
        contract_type=ContractType.CDD,
        hours=Decimal(100),
    )
    return replace(known, **said)


def add(session: Session, declaration: Declaration, facts: NewPerson, now: datetime) -> Line:
    """A person more; who was there the month before is expected already, and only gets their hours."""
    actor = filing(declaration.organisation)
    expected = [line for line in declaration.lines if line.participant.matricule == facts.matricule]
    if expected and declaration.state is DeclarationState.EXPECTED:
        row = LineFacts(line_id=expected[0].id, hours=facts.hours, training_hours=facts.training_hours)
        write(session, declaration, now, row)
        return expected[0]
    return services.add_person(session, declaration, facts, expected_version=declaration.version, actor=actor, now=now)


def write(session: Session, declaration: Declaration, now: datetime, *rows: LineFacts) -> None:
    services.save(
        session,
        declaration,
        rows,
        MonthFacts(),
        expected_version=declaration.version,
        actor=filing(declaration.organisation),
        now=now,
    )


def file(session: Session, declaration: Declaration, now: datetime, *, different_hours: bool = False) -> Deposit:
    return services.deposit(
        session,
        declaration,
        different_hours=different_hours,
        expected_version=declaration.version,
        actor=filing(declaration.organisation),
        now=now,
    )


def accept(session: Session, scene: Scene, declaration: Declaration, now: datetime, **decisions: Decision) -> Deposit:
    """`decisions` by matricule, written as `P_1`."""
    deposit = queries.last_deposit(session, declaration)
    assert deposit is not None
    by_line = {
        line.id: decisions[key]
        for line in deposit.lines
        if (key := (line.participant.matricule or "").replace("-", "_")) in decisions
    }
    return services.accept(
        session, declaration, by_line, expected_version=declaration.version, actor=scene.facilitateur, now=now
    )


def give_back(session: Session, scene: Scene, declaration: Declaration, now: datetime) -> Deposit:
    return services.send_back(
        session,
        declaration,
        "Il manque une personne.",
        expected_version=declaration.version,
        actor=scene.facilitateur,
        now=now,
    )


def open_again(session: Session, scene: Scene, declaration: Declaration, now: datetime) -> Deposit:
    return services.reopen(
        session,
        declaration,
        "Heures en double.",
        expected_version=declaration.version,
        actor=scene.facilitateur,
        now=now,
    )


def confirmed(**said: Any) -> Decision:
    return Decision(eligibility=EligibilityState.CONFIRMED, criterion=Public.RSA, **said)
