"""Organisations and people, for tests of the directory."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from html import unescape
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.directory.models import Affiliation, Commune, Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.siret import Siret
from portal.vocabulary import PERMISSIONS_OF, OrganisationKind, Role

NOW = datetime.fromisoformat("2026-12-03T08:00:00+00:00")
TODAY = date(2026, 12, 3)


def siret(number: int) -> Siret:
    """The `number`-th establishment of La Poste, whose digits only have to add up to a multiple of five."""
    digits = f"356000000{number:04}"
    return Siret(f"{digits}{-sum(map(int, digits)) % 5}")


def organisation(
    session: Session,
    number: int = 1,
    name: str | None = None,
    *,
    kinds: Mapping[OrganisationKind, date | None] | None = None,
    commune: str | None = None,
    **facts: Any,
) -> Organisation:
    new = NewOrganisation(
        siret(number),
        name or f"Atelier {number:03}",
        {OrganisationKind.EI: None} if kinds is None else kinds,
        commune=session.get(Commune, commune) if commune else None,
    )
    made = list_organisation(session, new, actor=SYSTEM, now=NOW)
    for fact, value in facts.items():
        setattr(made, fact, value)
    session.commit()
    return made


def network(session: Session, number: int = 900, name: str = "Coorace") -> Organisation:
    return organisation(session, number, name, kinds={OrganisationKind.NETWORK: None})


def acting(for_: Organisation, *roles: Role) -> Actor:
    permissions = frozenset(permission for role in roles for permission in PERMISSIONS_OF[role])
    return Actor(7, "Claire Ansel", for_.id, for_.shown_name, frozenset(roles), permissions)


def affiliation(session: Session, structure: Organisation, of: Organisation, **instants: datetime) -> Affiliation:
    made = Affiliation(structure=structure, network=of, **({"asked_at": NOW} | instants))
    session.add(made)
    session.commit()
    return made


def text_of(page: TestResponse) -> str:
    """What is read on the page, on one line, with ordinary spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))
