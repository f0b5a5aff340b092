"""A prescripteur, a purchaser and their requests: what these tests start from."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.kernel.actor import Actor
from portal.kernel.period import parse_period
from portal.requests import services
from portal.requests.facts import RequestFacts
from portal.requests.models import PurchaseRequest
from portal.vocabulary import PERMISSIONS_OF, PurchaseFamily, Role, Trade
from tests.forecast.sample import NOW

BUDGET = Decimal(271828)
WHOLE = RequestFacts(
    title="Nettoyage des crèches",
    need="Cinq crèches, chaque soir.",
    trade=Trade.CLEANING,
    family=PurchaseFamily.SERVICES,
    wanted=parse_period("T1 2028"),
    duration_months=24,
    budget=BUDGET,
    whole_territory=True,
)


def person(session: Session, buyer_id: int, role: Role = Role.PRESCRIPTEUR, name: str = "Inès Brévant") -> Actor:
    """Somebody with an account, who holds one role in a buyer."""
    email = f"{len(name)}-{buyer_id}.{role}@deux-rives.example"
    account = Account(email=email, display_name=name, created_at=NOW, confirmed_at=NOW)
    session.add(account)
    session.flush()
    session.add(Membership(account_id=account.id, organisation_id=buyer_id, role=role, since=NOW))
    session.flush()
    return Actor(account.id, name, buyer_id, "Métropole des Deux Rives", frozenset({role}), PERMISSIONS_OF[role])


def draft(session: Session, actor: Actor, **changed: Any) -> PurchaseRequest:
    return services.create(session, replace(WHOLE, **changed), actor=actor, now=NOW)


def filed(session: Session, actor: Actor, **changed: Any) -> PurchaseRequest:
    request = draft(session, actor, **changed)
    services.file(session, request, expected_version=request.version, actor=actor, now=NOW)
    return request
