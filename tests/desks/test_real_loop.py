"""The whole loop on real input: real structures answer together a lot that renews a real contract, and file a month."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal.contracts.decp import import_decp
from portal.contracts.models import Contract
from portal.declarations import fingerprints
from portal.declarations import queries as declarations
from portal.declarations import services as months
from portal.declarations.facts import NewPerson
from portal.declarations.models import Declaration, Deposit
from portal.directory.models import HeldKind, Organisation
from portal.directory.services import import_structures, load_reference
from portal.forecast import services as forecast
from portal.forecast.facts import AwardFacts, LeverChoice
from portal.forecast.models import Project
from portal.groupements import services as groupements
from portal.groupements.facts import About, Offer, Share, Terms
from portal.groupements.models import Groupement
from portal.indicators.queries.year import figures_of
from portal.intake import ImportRun
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.storage import unit_of_work
from portal.vocabulary import (
    ContractType,
    GroupementForm,
    HiringMode,
    Lever,
    LeverState,
    OrganisationKind,
    Reservation,
    Role,
    Sex,
)
from tests.declarations.sample import acting

HOURS = Decimal(4800)
PARTS = (5000, 3000, 2000)


@dataclass(frozen=True)
class RealPlace:
    """What the real files made: the buyer of the DECP file, and work integration companies of the Marché's list."""

    session: Session
    now: datetime
    buyer: Organisation
    structures: list[Organisation]

    @property
    def purchasing(self) -> Actor:
        return acting(self.buyer, Role.PURCHASING)

    def actor(self, rank: int) -> Actor:
        return acting(self.structures[rank], Role.STRUCTURE, Role.TITULAIRE)


@pytest.fixture
def place(session: Session, config: Config, shared_data: Path, tmp_path: Path, now: datetime) -> RealPlace:
    fingerprints.use(config)
    with unit_of_work() as unit:
        load_reference(unit)
    for path, importer in (
        (shared_data / "structures" / "siae_le_marche_gironde.csv", import_structures),
        (shared_data / "decp" / "decp_2024H2_bordeaux_metropole_travaux.csv", import_decp),
    ):
        importer(ImportRun(path, now, tmp_path / f"{path.stem}-refus.csv"))
    held = select(HeldKind.organisation_id).where(HeldKind.kind == OrganisationKind.EI)
    structures = session.scalars(select(Organisation).where(Organisation.id.in_(held)).order_by(Organisation.siret))
    buyer = session.scalars(select(Organisation).where(Organisation.siret == "24330031600011")).one()
    return RealPlace(session, now, buyer, list(structures)[: len(PARTS)])


def test_a_real_contract_is_renewed_answered_together_and_reported(place: RealPlace) -> None:
    project = renewed(place)
    groupement = formed(place, project)
    contract = awarded(place, project, groupement)
    month = opened(place, contract)
    deposited = filed(place, month)

    facilitateur = acting(place.buyer, Role.FACILITATEUR)
    months.accept(place.session, month, {}, expected_version=month.version, actor=facilitateur, now=place.now)

    assert declarations.retained_of(place.session, [contract.id]) == {contract.id: Decimal("251.50")}
    assert deposited.people == 2
    year = figures_of(place.session, place.buyer, 2027, place.now)
    assert sum(month.hours for month in year.months) == Decimal("251.50")
    assert sum(year.people.values()) == 2


def renewed(place: RealPlace) -> Project:
    """From the only contract of the file that ends within twenty-four months."""
    session, now = place.session, place.now
    ending = session.scalars(select(Contract).where(Contract.buyer_id == place.buyer.id, Contract.ends_on > now.date()))
    project = forecast.renew_contract(session, ending.one(), actor=place.purchasing, now=now)
    (lot,) = project.lots
    facts = replace(
        lot.facts,
        hours_wanted=HOURS,
        levers=(LeverChoice(Lever.RESERVED, LeverState.ENVISAGED, Reservation.INSERTION),),
    )
    forecast.revise_lot(session, lot, facts, expected_version=lot.version, actor=place.purchasing, now=now)
    forecast.check_lever(
        session,
        lot,
        Lever.RESERVED,
        outcome=LeverState.DECIDED,
        reservation=Reservation.INSERTION,
        reason="Trois entreprises d’insertion peuvent répondre.",
        expected_version=lot.version,
        actor=place.purchasing,
        now=now,
    )
    forecast.publish(session, project, expected_version=project.version, actor=place.purchasing, now=now)
    return project


def formed(place: RealPlace, project: Project) -> Groupement:
    """Three real companies: invited, each accepts its part; sealed, then filed with the buyer."""
    session, now = place.session, place.now
    lead = place.actor(0)
    groupement = groupements.open_groupement(session, project.lots[0], About(name="Trois"), actor=lead, now=now)
    for rank in (1, 2):
        groupements.invite(session, groupement, place.structures[rank], Offer("Venez."), actor=lead, now=now)
        groupements.answer_invitation(session, groupement, accepted=True, reason=None, actor=place.actor(rank), now=now)
    shares = {
        member.public_id: Share(part, HOURS * part / 10_000, "Nettoyage")
        for member, part in zip(groupement.members, PARTS, strict=True)
    }
    terms = Terms(GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE, groupement.members[0].public_id, shares)
    groupements.set_terms(session, groupement, terms, expected_version=groupement.version, actor=lead, now=now)
    groupements.propose(session, groupement, expected_version=groupement.version, actor=lead, now=now)
    for rank in range(len(PARTS)):
        groupements.accept(session, groupement, 1, actor=place.actor(rank), now=now)
    groupements.seal(session, groupement, expected_version=groupement.version, actor=lead, now=now)
    forecast.open_tender(
        session,
        project,
        url="https://marches.example/1",
        offers_due_on=now.date() + timedelta(30),
        expected_version=project.version,
        actor=place.purchasing,
        now=now,
    )
    groupements.file(session, groupement, expected_version=groupement.version, actor=lead, now=now)
    return groupement


def awarded(place: RealPlace, project: Project, groupement: Groupement) -> Contract:
    facts = AwardFacts(
        number="2027R001",
        notified_on=place.now.date(),
        titulaires=(),
        amount=Decimal(620_000),
        starts_on=date(2027, 1, 4),
        duration_months=24,
        promised_hours=HOURS,
    )
    (lot,) = project.lots
    contract = groupements.award(
        place.session,
        groupement,
        lot,
        facts,
        expected_version=lot.version,
        actor=place.purchasing,
        now=place.now,
    )
    assert [titulaire.part for titulaire in contract.titulaires] == list(PARTS)
    assert contract.promised_hours == HOURS
    return contract


def opened(place: RealPlace, contract: Contract) -> Declaration:
    """The first of February 2027: January opens for each member."""
    months.open_months(place.session, now=datetime(2027, 2, 1, 6, tzinfo=place.now.tzinfo))
    waiting = place.session.scalars(
        select(Declaration).where(Declaration.contract_id == contract.id, Declaration.month == Month(2027, 1))
    ).all()
    assert {month.organisation_id for month in waiting} == {each.id for each in place.structures}
    return next(month for month in waiting if month.organisation_id == place.structures[1].id)


def filed(place: RealPlace, month: Declaration) -> Deposit:
    actor = place.actor(1)
    for matricule, name, hours in (("P-1", "Inventée", "151.50"), ("P-2", "Fictive", "100")):
        facts = NewPerson(
            matricule=matricule,
            fingerprints=fingerprints.of(name, "Alix", date(1990, 4, 3)),
            sex=Sex.WOMAN,
            entered_on=date(2027, 1, 4),
            hiring_mode=HiringMode.DIRECT_HIRE,
            contract_type=ContractType.CDDI,
            hours=Decimal(hours),
        )
        months.add_person(place.session, month, facts, expected_version=month.version, actor=actor, now=place.now)
    return months.deposit(place.session, month, expected_version=month.version, actor=actor, now=place.now)
