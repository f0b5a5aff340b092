"""An employer to whom the company entrusts lines, and the shortest way to fill and hand its part."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.declarations import queries, services
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Line
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.vocabulary import OrganisationKind
from tests.accounts.people import new_organisation
from tests.declarations.sample import NOVEMBER, Scene, filing, person


def new_employer(session: Session, now: datetime, number: int = 5) -> Organisation:
    """An ETTI."""
    return new_organisation(session, now, number, OrganisationKind.ETTI)


def entrust(
    session: Session, scene: Scene, employer: Organisation, now: datetime, since: Month = NOVEMBER
) -> Delegation:
    contract = session.get_one(Contract, scene.contract.id)
    return services.entrust(session, contract, employer, since, actor=filing(scene.company), now=now)


def part_of(session: Session, declaration: Declaration, employer: Organisation) -> DelegatedPart:
    """As its people open it."""
    session.flush()
    return queries.part_of(session, filing(employer), declaration.reference)


def fill(session: Session, part: DelegatedPart, now: datetime, matricule: str = "I-7", **said: Any) -> Line:
    """Somebody new of the employer's, with 80 h unless told."""
    facts = person(matricule, **{"last": "Perrin", "first": "Sacha", "hours": Decimal(80), **said})
    actor = filing(part.employer)
    line = services.add_to_part(session, part, facts, expected_version=part.version, actor=actor, now=now)
    session.expire(part, ["lines"])
    return line


def hand(session: Session, part: DelegatedPart, now: datetime) -> None:
    services.hand(session, part, expected_version=part.version, actor=filing(part.employer), now=now)


def give_part_back(session: Session, part: DelegatedPart, now: datetime, words: str = "Il manque deux jours.") -> None:
    actor = filing(part.declaration.organisation)
    services.hand_back(session, part, words, expected_version=part.version, actor=actor, now=now)


def seen(session: Session, declaration: Declaration, actor_of: Organisation) -> Declaration:
    """The month as its declarant opens it, parts and lines read anew."""
    session.flush()
    session.expire_all()
    return queries.visible(session, filing(actor_of), declaration.reference)


def parts_in(session: Session, declaration: Declaration) -> list[DelegatedPart]:
    of_month = select(DelegatedPart).where(DelegatedPart.declaration_id == declaration.id)
    return list(session.scalars(of_month.order_by(DelegatedPart.id).execution_options(populate_existing=True)))
