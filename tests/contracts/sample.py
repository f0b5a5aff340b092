"""A buyer, a structure, a body of facilitation, their people, and contracts between them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Contract
from portal.contracts.services import create_contract
from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.clock import PARIS
from portal.vocabulary import PERMISSIONS_OF, DecpGroupement, OrganisationKind, Role, Trade
from tests.accounts.people import new_organisation

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
TODAY = NOW.date()


@dataclass
class Town:
    """Who takes part; everyone acts through `acting_for`."""

    buyer: Organisation
    structure: Organisation
    partner: Organisation
    facilitation: Organisation
    stranger: Organisation
    """Another buyer."""


def make_town(session: Session) -> Town:
    kinds = {
        "buyer": OrganisationKind.BUYER,
        "structure": OrganisationKind.EI,
        "partner": OrganisationKind.ACI,
        "facilitation": OrganisationKind.FACILITATION,
        "stranger": OrganisationKind.BUYER,
    }
    return Town(
        **{
            name: new_organisation(session, NOW, 70 + rank, kind, name=f"{name.capitalize()} des Deux Rives")
            for rank, (name, kind) in enumerate(kinds.items())
        }
    )


def acting_for(organisation: Organisation, *roles: Role) -> Actor:
    return Actor(
        account_id=7,
        label="Nadia Serrano",
        organisation_id=organisation.id,
        organisation_name=organisation.shown_name,
        roles=frozenset(roles),
        permissions=frozenset().union(*(PERMISSIONS_OF[role] for role in roles)),
    )


def contract_facts(town: Town, *holders: Organisation, **changed: Any) -> NewContract:
    held = holders or (town.structure,)
    several = len(held) > 1
    facts: dict[str, Any] = {
        "buyer_id": town.buyer.id,
        "number": "2026E001",
        "object": "Nettoyage des gymnases",
        "trade": Trade.CLEANING,
        "notified_on": date(2026, 9, 15),
        "duration_months": 24,
        "amount": Decimal("120000.50"),
        "has_social_clause": True,
        "groupement": DecpGroupement.CONJOINT if several else None,
        "titulaires": tuple(
            HeldBy(organisation_id=each.id, is_mandataire=several and rank == 0) for rank, each in enumerate(held)
        ),
        "promised_hours": Decimal(3000),
    }
    return NewContract(**facts | changed)


def make_contract(session: Session, town: Town, *holders: Organisation, **changed: Any) -> Contract:
    return create_contract(session, contract_facts(town, *holders, **changed), actor=SYSTEM, now=NOW)
