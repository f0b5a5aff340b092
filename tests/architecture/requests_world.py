"""Requests of one world: a draft of its prescripteur, one filed, and an old project that may be repeated."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.kernel.actor import Actor
from portal.kernel.period import parse_period
from portal.requests import services
from portal.requests.facts import RequestFacts
from portal.vocabulary import PERMISSIONS_OF, PurchaseFamily, Role, Trade

if TYPE_CHECKING:
    from tests.architecture.world import World


def requests_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    """Public ids of the requests of the world's prescripteur."""
    account, buyer = world.people[Role.PRESCRIPTEUR], world.organisations["buyer"]
    roles = frozenset({Role.PRESCRIPTEUR})
    actor = Actor(account.id, account.display_name, buyer.id, buyer.name, roles, PERMISSIONS_OF[Role.PRESCRIPTEUR])
    draft = services.create(session, RequestFacts(title="Peinture des crèches"), actor=actor, now=now)
    facts = RequestFacts(
        title="Nettoyage des crèches",
        need="Chaque soir, cinq crèches.",
        trade=Trade.CLEANING,
        family=PurchaseFamily.SERVICES,
        wanted=parse_period("T4 2028"),
        budget=Decimal(90_000),
        whole_territory=True,
    )
    filed = services.create(session, facts, actor=actor, now=now)
    services.file(session, filed, expected_version=filed.version, actor=actor, now=now)
    return {"request_draft": draft.public_id, "request_filed": filed.public_id}
