"""Two worlds alike that know nothing of each other: whoever belongs to one must not reach into the other."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import keys
from portal.accounts.models import Account, Claim, Invitation, JoinRequest, LoginSession, Membership
from portal.accounts.services import links
from portal.accounts.services.sign_in import open_session
from portal.commitments import services as commitments
from portal.contracts import services as contracts
from portal.contracts.facts import HeldBy, NewContract, OrderFacts
from portal.contracts.models import CommitmentPool, Contract, Expense, PurchaseOrder
from portal.declarations import fingerprints
from portal.declarations import services as declarations
from portal.declarations.facts import NewPerson, StepFacts
from portal.declarations.models import Declaration, Participant, Upload
from portal.declarations.services import evidence, steps
from portal.declarations.services.evidence import NewEvidence
from portal.directory.models import Affiliation, Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.forecast import services as forecast
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.models import Project
from portal.indicators import services as indicators
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.period import parse_period
from portal.pieces import files
from portal.vocabulary import (
    Confidence,
    ContractType,
    EvidenceKind,
    HiringMode,
    OrganisationKind,
    PurchaseFamily,
    Role,
    StepKind,
    Trade,
)
from tests.accounts.people import siret
from tests.architecture.alerts_world import alerts_of
from tests.architecture.calibration_world import calibration_of
from tests.architecture.changes_world import changes_of
from tests.architecture.documents_world import documents_of
from tests.architecture.groupements_world import groupements_of
from tests.architecture.parts_world import parts_of
from tests.architecture.programmes_world import programmes_of
from tests.architecture.requests_world import requests_of
from tests.architecture.sourcing_world import sourcing_of
from tests.architecture.stories_world import stories_of
from tests.architecture.support_world import support_of

HOMES = {
    Role.STRUCTURE: "structure",
    Role.TITULAIRE: "structure",
    Role.MANAGER: "structure",
    Role.NETWORK: "network",
    Role.PURCHASING: "buyer",
    Role.LEGAL: "buyer",
    Role.PRESCRIPTEUR: "buyer",
    Role.DIRECTION: "buyer",
    Role.ADMINISTRATOR: "buyer",
    Role.FACILITATEUR: "facilitation",
}
_KINDS = {
    "structure": OrganisationKind.EI,
    "network": OrganisationKind.NETWORK,
    "buyer": OrganisationKind.BUYER,
    "facilitation": OrganisationKind.FACILITATION,
    "claimed": OrganisationKind.ACI,
    "applicant": OrganisationKind.AI,
}


@dataclass
class World:
    organisations: dict[str, Organisation]
    people: dict[Role, Account]
    tokens: dict[Role, str]
    objects: dict[str, str]
    """What stands in addresses: public ids, references."""

    def siret(self, name: str) -> str:
        return self.organisations[name].siret


def made(session: Session, number: int, now: datetime) -> World:
    """World 1 or 2: one organisation of each sort, one person of each role, one object of each kind."""
    organisations = {
        name: list_organisation(
            session,
            NewOrganisation(siret(number * 20 + place), f"{name} {number}", {kind: None}),
            actor=SYSTEM,
            now=now,
        )
        for place, (name, kind) in enumerate(_KINDS.items())
    }
    people = {role: _person(session, f"{role}{number}", now) for role in Role}
    for role, account in people.items():
        session.add(
            Membership(
                account_id=account.id,
                organisation_id=organisations[HOMES[role]].id,
                role=role,
                since=now - timedelta(1),
            )
        )
    session.flush()
    tokens = {role: open_session(session, account, now=now, second_factor=True) for role, account in people.items()}
    world = World(organisations, people, tokens, {})
    _affiliate(session, world, now)
    world.objects |= _objects(session, world, number, now)
    world.objects |= groupements_of(session, world, now)
    world.objects |= documents_of(session, world, now)
    world.objects |= changes_of(session, world, now)
    world.objects |= sourcing_of(session, world, now)
    world.objects |= calibration_of(session, world, now)
    world.objects |= support_of(session, world, now)
    world.objects |= requests_of(session, world, now)
    world.objects |= alerts_of(session, world, now)
    world.objects |= programmes_of(session, world, now)
    world.objects |= stories_of(session, world, now)
    buyer, declarant, employer = (organisations[name] for name in ("buyer", "structure", "applicant"))
    world.objects |= parts_of(session, buyer, declarant, employer, now)
    world.objects["upload"] = _upload(session, world, now)
    session.flush()
    return world


def _person(session: Session, name: str, now: datetime) -> Account:
    account = Account(
        email=f"{name}@monde.example",
        display_name=f"Personne {name}",
        password_hash=keys.hash_password("quatre loutres bleues dansent"),
        created_at=now,
        confirmed_at=now,
    )
    session.add(account)
    session.flush()
    return account


def _affiliate(session: Session, world: World, now: datetime) -> None:
    network = world.organisations["network"].id
    session.add_all(
        [
            Affiliation(
                network_id=network, structure_id=world.organisations["structure"].id, asked_at=now, accepted_at=now
            ),
            Affiliation(
                network_id=network, structure_id=world.organisations["claimed"].id, asked_at=now, accepted_at=now
            ),
            Affiliation(network_id=network, structure_id=world.organisations["applicant"].id, asked_at=now),
        ]
    )


def _objects(session: Session, world: World, number: int, now: datetime) -> dict[str, str]:
    structure, stranger = world.organisations["structure"], _person(session, f"stranger{number}", now)
    invitation = links.made(
        Invitation,
        lasts=timedelta(days=14),
        now=now,
        organisation_id=structure.id,
        email=f"invited{number}@monde.example",
        roles=frozenset({Role.STRUCTURE}),
        invited_by=world.people[Role.MANAGER].id,
    )
    asked = JoinRequest(
        account_id=stranger.id, organisation_id=structure.id, roles=frozenset({Role.STRUCTURE}), asked_at=now
    )
    claim = Claim(
        account_id=stranger.id,
        organisation_id=world.organisations["claimed"].id,
        why="J’en suis la directrice.",
        asked_at=now,
    )
    session.add_all([invitation, asked, claim])
    session.flush()
    contract = _contract(session, world, now)
    return {
        "draft": _project(session, world, now).reference,
        "ready": _ready(session, world, now).reference,
        "published": _published(session, world, now).reference,
        "in_tender": _in_tender(session, world, now).reference,
        "contract": contract.reference,
        "pool": _pool(session, contract, now).reference,
        "order": str(_order(session, contract, now).id),
        **_months(session, contract, now),
        "frozen_year": _frozen_year(session, world, contract, now),
        "invitation": invitation.public_id,
        "join_request": asked.public_id,
        "claim": claim.public_id,
        "session": session.scalars(
            select(LoginSession.public_id).where(LoginSession.account_id == world.people[Role.STRUCTURE].id)
        ).one(),
        "member": world.people[Role.STRUCTURE].public_id,
    }


def _project(session: Session, world: World, now: datetime) -> Project:
    """A draft of two lots."""
    facts = ProjectFacts(title="Nettoyage des écoles", family=PurchaseFamily.SERVICES)
    lots = [
        LotFacts(trade=Trade.CLEANING, planned=parse_period("T2 2028"), confidence=Confidence.PROBABLE, title=title)
        for title in ("Rive droite", "Rive gauche")
    ]
    buyer = world.organisations["buyer"].id
    project = forecast.create_project(session, buyer, facts, lots[0], allotment_defined=True, actor=SYSTEM, now=now)
    forecast.add_lot(session, project, lots[1], actor=SYSTEM, now=now)
    return project


def _ready(session: Session, world: World, now: datetime) -> Project:
    project = _project(session, world, now)
    forecast.mark_ready(session, project, expected_version=project.version, actor=SYSTEM, now=now)
    return project


def _published(session: Session, world: World, now: datetime) -> Project:
    project = _project(session, world, now)
    forecast.publish(session, project, expected_version=project.version, actor=SYSTEM, now=now)
    return project


def _in_tender(session: Session, world: World, now: datetime) -> Project:
    project = _published(session, world, now)
    forecast.open_tender(
        session,
        project,
        url="https://marches.exemple.fr/42",
        offers_due_on=clock.paris_date(now),
        expected_version=project.version,
        actor=SYSTEM,
        now=now,
    )
    return project


def _contract(session: Session, world: World, now: datetime) -> Contract:
    """One that runs, held by the structure, declared each month, followed by the body of facilitation."""
    today = clock.paris_date(now)
    facts = NewContract(
        buyer_id=world.organisations["buyer"].id,
        number="2026E001",
        object="Nettoyage des gymnases",
        trade=Trade.CLEANING,
        notified_on=today - timedelta(100),
        duration_months=24,
        amount=Decimal(120000),
        has_social_clause=True,
        titulaires=(HeldBy(organisation_id=world.organisations["structure"].id),),
        promised_hours=Decimal(3000),
    )
    contract = contracts.create_contract(session, facts, actor=SYSTEM, now=now)
    facilitation = world.organisations["facilitation"]
    contracts.follow(session, contract, facilitation, expected_version=contract.version, actor=SYSTEM, now=now)
    return contract


def _pool(session: Session, contract: Contract, now: datetime) -> CommitmentPool:
    pool = commitments.open_pool(session, contract.buyer_id or 0, "Gymnases", None, actor=SYSTEM, now=now)
    commitments.add_to_pool(session, pool, [contract], expected_version=pool.version, actor=SYSTEM, now=now)
    return pool


def _order(session: Session, contract: Contract, now: datetime) -> PurchaseOrder:
    facts = OrderFacts(number="BC-1", ordered_on=clock.paris_date(now), amount=Decimal(2000))
    return contracts.note_order(session, contract, facts, expected_version=contract.version, actor=SYSTEM, now=now)


def _months(session: Session, contract: Contract, now: datetime) -> dict[str, str]:
    """Three of its months: a draft with one person, one deposited, one accepted."""
    declarations.open_months(session, now=now)
    mine = select(Declaration).where(Declaration.contract_id == contract.id).order_by(Declaration.month.desc())
    draft, deposited, accepted = session.scalars(mine.limit(3)).all()
    told: dict[str, Any] = {"actor": SYSTEM, "now": now}
    person = NewPerson(
        matricule="P-1",
        fingerprints=fingerprints.of("Roncal", "Ana", date(1990, 4, 3)),
        entered_on=deposited.month.first_day,
        hiring_mode=HiringMode.DIRECT_HIRE,
        contract_type=ContractType.CDDI,
        hours=Decimal(10),
    )
    declarations.add_person(session, deposited, person, expected_version=deposited.version, **told)
    line = declarations.add_person(session, draft, person, expected_version=draft.version, **told)
    declarations.say_nil(session, accepted, True, expected_version=accepted.version, **told)
    for filed in (deposited, accepted):
        declarations.deposit(session, filed, expected_version=filed.version, **told)
    declarations.accept(session, accepted, {}, expected_version=accepted.version, **told)
    return {
        "declaration": draft.reference,
        "line": str(line.id),
        "piece": _piece(session, draft, now),
        "deposited": deposited.reference,
        "accepted": accepted.reference,
        "first": "1",
        "participant": str(line.participant_id),
        "step": _step(session, deposited, line.participant, now),
    }


def _upload(session: Session, world: World, now: datetime) -> str:
    """A file that the structure sent for the month being filled in, and has not answered yet."""
    draft = session.scalars(select(Declaration).where(Declaration.reference == world.objects["declaration"])).one()
    row = {"line": 2, "matricule": "P-1", "hours": "12"}
    upload = Upload(
        declaration_id=draft.id,
        account_id=world.people[Role.STRUCTURE].id,
        content=json.dumps({"places": {}, "rows": [row]}),
        uploaded_at=now,
        expires_at=now + timedelta(1),
    )
    session.add(upload)
    session.flush()
    return upload.public_id


def _piece(session: Session, declaration: Declaration, now: datetime) -> str:
    """A file that proves the month being filled in."""
    told = NewEvidence(kind=EvidenceKind.TIMESHEET, line_id=None, media_type="application/pdf")
    with files.staged(b"%PDF-1.7 of " + declaration.reference.encode()) as staged:
        return evidence.add(session, declaration, told, staged, actor=SYSTEM, now=now).public_id


def _step(session: Session, declaration: Declaration, participant: Participant, now: datetime) -> str:
    """Noted on a path by its declarant."""
    facts = StepFacts(kind=StepKind.INTERVIEW, day=clock.paris_date(now))
    step = steps.note(session, declaration, participant, facts, actor=SYSTEM, now=now)
    return str(step.id)


def _frozen_year(session: Session, world: World, contract: Contract, now: datetime) -> str:
    """Last year, whose results anyone may read: one payment."""
    year = clock.paris_date(now).year - 1
    session.add(
        Expense(
            contract_id=contract.id,
            organisation_id=world.organisations["structure"].id,
            paid_on=date(year, 6, 1),
            amount=Decimal(1200),
            source_reference="mandat-1",
        )
    )
    session.flush()
    indicators.freeze(session, world.organisations["buyer"], year, actor=SYSTEM, now=now)
    return str(year)
