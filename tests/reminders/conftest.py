from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from config import ROOT
from portal import outbox
from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.groupements.models import Groupement
from portal.kernel.filters import FILTERS
from portal.reminders import emails
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import new_organisation
from tests.reminders.months import contract, person, won_together


@dataclass
class World:
    """A contract that two hold together behind a mandataire, coordinated and followed; another held alone."""

    buyer: Organisation
    mandataire: Organisation
    cotraitant: Organisation
    network: Organisation
    facilitation: Organisation
    shared: Contract
    alone: Contract
    groupement: Groupement
    people: dict[str, Account]


def made(session: Session, now: datetime) -> World:
    kinds = {
        "ville": OrganisationKind.BUYER,
        "atelier": OrganisationKind.EI,
        "jardin": OrganisationKind.ACI,
        "union": OrganisationKind.NETWORK,
        "maison": OrganisationKind.FACILITATION,
    }
    buyer, mandataire, cotraitant, network, facilitation = (
        new_organisation(session, now, number, kind, name=name.capitalize())
        for number, (name, kind) in enumerate(kinds.items(), start=1)
    )
    shared = contract(session, buyer, mandataire, cotraitant, now=now, follower=facilitation, number="2026-17")
    people = {
        "anne": person(session, "anne", (mandataire, Role.STRUCTURE), now=now),
        "jean": person(session, "jean", (cotraitant, Role.STRUCTURE), (cotraitant, Role.TITULAIRE), now=now),
        "rose": person(session, "rose", (network, Role.NETWORK), now=now),
        "marc": person(session, "marc", (facilitation, Role.FACILITATEUR), now=now),
        "luce": person(session, "luce", (cotraitant, Role.MANAGER), (buyer, Role.PURCHASING), now=now),
    }
    return World(
        buyer,
        mandataire,
        cotraitant,
        network,
        facilitation,
        shared,
        contract(session, buyer, cotraitant, now=now, number="2026-18"),
        won_together(session, shared, network, [mandataire, cotraitant], now=now),
        people,
    )


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return made(session, now)


@pytest.fixture(autouse=True)
def composing() -> None:
    """Mails are composed as the scheduler does."""
    emails.register()
    outbox.configure(ROOT / "templates", "https://amont.example", filters=FILTERS, portal_name="Rivemont")
