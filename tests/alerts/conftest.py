"""A public project, three people of two organisations, and mails composed as the scheduler does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import outbox
from portal.accounts import keys
from portal.accounts.models import Account
from portal.alerts import emails, stops
from portal.alerts.models import Alert
from portal.directory.models import Organisation
from portal.forecast import services as forecast
from portal.forecast.models import Project
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.filters import FILTERS
from portal.kernel.period import parse_period
from portal.outbox import Mail, Spared
from portal.outbox.models import Message
from portal.storage import reading
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import acting, give, new_account, new_organisation
from tests.forecast import sample


@dataclass
class World:
    buyer_id: int
    project: Project
    atelier: Organisation
    reseau: Organisation
    people: dict[str, Account]

    def actor(self, name: str) -> Actor:
        home, role = (self.reseau, Role.NETWORK) if name == "rose" else (self.atelier, Role.STRUCTURE)
        return acting(self.people[name], home, role)


def made(session: Session, now: datetime) -> World:
    sample.make_country(session)
    buyer_id = sample.make_buyer(session)
    project = sample.make_project(session, buyer_id, published=True)
    atelier = new_organisation(session, now, 1, OrganisationKind.EI, name="Atelier")
    reseau = new_organisation(session, now, 2, OrganisationKind.NETWORK, name="Union")
    people = {
        name: new_account(session, now, f"{name}@pont.example", name.capitalize()) for name in ("anne", "jean", "rose")
    }
    give(session, people["anne"], atelier, Role.STRUCTURE, now=now)
    give(session, people["jean"], atelier, Role.STRUCTURE, now=now)
    give(session, people["rose"], reseau, Role.NETWORK, now=now)
    session.flush()
    return World(buyer_id, project, atelier, reseau, people)


@pytest.fixture
def world(composing: None, session: Session, now: datetime) -> World:
    world = made(session, now)
    session.commit()
    return world


@pytest.fixture(autouse=True)
def composing(config: Config) -> None:
    """Mails are composed and signed as the scheduler does."""
    keys.use(config)
    emails.register()
    stops.use(replace(config, base_url="https://amont.example"))
    outbox.configure(ROOT / "templates", "https://amont.example", filters=FILTERS, portal_name="Rivemont")


def postpone(session: Session, project: Project, when: str, reason: str, *, now: datetime) -> None:
    """The buyer moves the consultation of the first lot."""
    lot = project.lots[0]
    facts = sample.lot_facts(**{**_kept(lot.facts), "planned": parse_period(when)})
    forecast.revise_lot(session, lot, facts, expected_version=lot.version, reason=reason, actor=SYSTEM, now=now)


def _kept(facts: Any) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def alerts() -> Sequence[Alert]:
    with reading() as session:
        return session.scalars(select(Alert).order_by(Alert.id)).all()


def mails() -> Sequence[Message]:
    with reading() as session:
        return session.scalars(select(Message).where(Message.kind == "alerts.digest").order_by(Message.id)).all()


def composed(message: Message, at: datetime) -> Mail | Spared:
    with reading() as session:
        return emails.digest(session, message.ids, at)


def read(message: Message, at: datetime) -> Mail:
    mail = composed(message, at)
    assert isinstance(mail, Mail), mail
    return mail
