"""A small country of two intercommunalities, its buyers, and the facts of a project: what the tests start from."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from portal.directory.models import Commune, Cpv, Department, Organisation
from portal.forecast import rules, services
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.kernel.clock import PARIS
from portal.kernel.period import PlannedPeriod
from portal.kernel.text import fold
from portal.vocabulary import (
    PERMISSIONS_OF,
    Confidence,
    Lever,
    LeverState,
    OrganisationSource,
    PlannedPrecision,
    PurchaseFamily,
    Reservation,
    Role,
    Trade,
)

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
RIVES = "200000001"
PLAINE = "200000002"
COMMUNES = {
    "33001": ("Saint-Aubrin", RIVES),
    "33002": ("Belleroche", RIVES),
    "33003": ("Combeaux", RIVES),
    "33004": ("Port-Sablet", RIVES),
    "33005": ("Vernois", PLAINE),
    "33006": ("Les Marèges", PLAINE),
}
CPV = {
    "90919200": ("4", "Services de nettoyage de bureaux"),
    "90919300": ("5", "Services de nettoyage des écoles"),
    "85312000": ("9", "Services sociaux sans hébergement"),
}


def make_country(session: Session) -> None:
    """The department, its communes and a few CPV codes, unless they are already there."""
    if session.get(Department, "33") is None:
        session.add(Department(code="33", name="Gironde", region_code="75", region_name="Nouvelle-Aquitaine"))
        session.flush()
    for code, (name, epci) in COMMUNES.items():
        session.merge(
            Commune(code=code, name=name, sort_name=fold(name), department_code="33", epci_siren=epci, epci_name=epci)
        )
    for code, (key, label) in CPV.items():
        session.merge(Cpv(code=code, key=key, label=label))
    session.flush()


def make_buyer(session: Session, name: str = "Métropole des Deux Rives", commune: str = "33001", rank: int = 0) -> int:
    """A buyer's id. `rank` tells several apart: their SIRET must differ."""
    buyer = Organisation(
        siret=f"{10_000_000_000_000 + rank}",
        commune_code=commune,
        department_code="33",
        source=OrganisationSource.PORTAL,
        created_at=NOW,
        updated_at=NOW,
    )
    buyer.call(name, None)
    session.add(buyer)
    session.flush()
    return buyer.id


def the_country(session: Session) -> None:
    """What tests start from when they make their own buyers."""
    make_country(session)


def the_buyer(session: Session) -> int:
    """What tests start from when one buyer is enough: its id."""
    make_country(session)
    return make_buyer(session)


def purchaser(buyer_id: int, *roles: Role) -> Actor:
    held = frozenset(roles or (Role.PURCHASING,))
    return Actor(
        account_id=7,
        label="Karim Lestrade",
        organisation_id=buyer_id,
        organisation_name="Métropole des Deux Rives",
        roles=held,
        permissions=frozenset().union(*(PERMISSIONS_OF[role] for role in held)),
    )


PROJECT = ProjectFacts(
    title="Nettoyage des écoles et des équipements",
    family=PurchaseFamily.SERVICES,
    summary="Entretien courant des groupes scolaires et des gymnases.",
    contact_service="Direction des achats",
    contact_email="achats@deux-rives.example",
)

RESERVED = LeverChoice(Lever.RESERVED, LeverState.DECIDED, reservation=Reservation.INSERTION)

LOT = LotFacts(
    trade=Trade.CLEANING,
    planned=PlannedPeriod(date(2027, 4, 1), PlannedPrecision.QUARTER),
    confidence=Confidence.PROBABLE,
    cpv_code="90919300",
    duration_months=24,
    amount_low=Decimal(250000),
    amount_high=Decimal(480000),
    hours_wanted=Decimal(12000),
    hours_per_year=True,
    commune_codes=("33001", "33002"),
    levers=(RESERVED,),
)


def lot_facts(**changed: Any) -> LotFacts:
    return replace(LOT, **changed)


def envisaged(**changed: Any) -> LotFacts:
    """The same, as a person may type it: nothing of it is decided."""
    return rules.softened(lot_facts(**changed))


def make_project(
    session: Session,
    buyer_id: int,
    *lots: LotFacts,
    facts: ProjectFacts = PROJECT,
    now: datetime = NOW,
    published: bool = True,
) -> Project:
    """A project with these lots (one by default), their decided levers checked, public unless told otherwise."""
    actor = purchaser(buyer_id)
    first, *others = (rules.softened(told) for told in lots or (LOT,))
    project = services.create_project(session, buyer_id, facts, first, allotment_defined=True, actor=actor, now=now)
    for facts_of_lot in others:
        services.add_lot(session, project, facts_of_lot, actor=actor, now=now)
    for lot, told in zip(project.lots, lots or (LOT,), strict=True):
        decide(session, lot, told, now=now)
    if published:
        services.publish(session, project, expected_version=project.version, actor=actor, now=now)
    session.flush()
    return project


def decide(session: Session, lot: Lot, told: LotFacts, *, now: datetime = NOW) -> None:
    """Have the legal department decide what these facts say is decided."""
    for choice in told.levers:
        if choice.is_decided:
            services.check_lever(
                session,
                lot,
                choice.lever,
                outcome=choice.state,
                reservation=choice.reservation,
                reason=choice.reason or "Plusieurs structures peuvent répondre.",
                expected_version=lot.version,
                actor=lawyer(lot.project.buyer_id),
                now=now,
            )


def lawyer(buyer_id: int) -> Actor:
    return replace(purchaser(buyer_id, Role.LEGAL), account_id=8, label="Awa Dubreuil")
