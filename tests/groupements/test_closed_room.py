"""Every route of the room, by GET and by POST, for each of those it is closed to: a new route cannot be forgotten."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from config import Config
from portal.directory.models import Affiliation
from portal.groupements import services
from portal.groupements.documents import queries as documents
from portal.groupements.documents import services as asking
from portal.groupements.documents.services import Asked, Brought
from portal.groupements.exchanges.services import say
from portal.groupements.facts import Offer
from portal.groupements.models import (
    Acceptance,
    Agreement,
    CompositionChange,
    Groupement,
    Member,
    MemberDocument,
    Word,
)
from portal.journal.models import JournalEntry
from portal.outbox.models import Message
from portal.pieces import files
from portal.vocabulary import (
    CompositionGround,
    DocumentKind,
    GroupementState,
    OrganisationKind,
    Permission,
    Role,
)
from portal.web.access import SIGNED_IN, Access
from tests.declarations import paper
from tests.forecast.pages import sign_in
from tests.groupements.pages import enter, press, room
from tests.groupements.people import Town, accepted, joined, make_town, member, opened, proposed, shared
from tests.worlds import NOW

SECRETS = (
    *("63,37", "36,63", "3\u202f663", "6\u202f337", "123\u202f456", "654\u202f321"),
    *("Tâches de", "Venez.", "Mot secret", "Plan secret", "% secret content", "Message secret"),
)
"""Parts, hours, euros, tasks, messages, words, names of documents and what is in them."""

LEFT, ASKS, INVITED, DECLINED, RIVAL = "renfort", "demandeur", "invitee", "decline", "net"
COORDINATES, MEMBERS_OWN = "coordonne", "reseau"

OPEN_WHILE_FORMING = {
    LEFT: {"show", "ask"},
    ASKS: {"show", "withdraw_request"},
    INVITED: {"show", "answer", "ask"},
    RIVAL: {"ask"},
    MEMBERS_OWN: {"ask"},
}
"""What each may open all the same, where it reads what it needs to answer, and no more."""
OPEN_ONCE_FILED = {LEFT: {"show"}, RIVAL: set[str]()}
BUYER_ONCE_FILED = {"show", "award", "decide_on_change"}


@dataclass
class Closed:
    """A groupement with all that it hides, and what fills in the addresses of its room."""

    town: Town
    groupement: Groupement
    arguments: dict[str, Any]


@pytest.fixture
def starting_point(key_config: Config, data_dir: Path) -> Callable[[Session], object]:
    files.use(replace(key_config, data_dir=data_dir))
    return the_room


def the_room(session: Session) -> Closed:
    """One who left, one who asks, one invited, one who declined; words, a document, a change that is asked."""
    town = make_town(session, NOW)
    for number, name in enumerate((ASKS, INVITED, DECLINED), start=20):
        town.add(name, number, OrganisationKind.AI, Role.STRUCTURE)
    town.add(COORDINATES, 30, OrganisationKind.NETWORK, Role.NETWORK)
    network, structure = town.organisations[MEMBERS_OWN], town.organisations["regie"]
    session.add(Affiliation(network_id=network.id, structure_id=structure.id, asked_at=NOW, accepted_at=NOW))
    groupement = opened(town, town.project().lots[0])
    groupement.network_id = town.organisations[COORDINATES].id
    joined(town, groupement, "regie", LEFT)
    services.leave(session, groupement, "Trop loin.", actor=town.actor(LEFT), now=NOW)
    _invite(town, groupement)
    shared(town, groupement, {"pont": 6337, "regie": 3663})
    for name, amount in (("pont", "654321"), ("regie", "123456")):
        member(town, groupement, name).amount = Decimal(amount)
    services.ask_to_join(session, groupement, "Message secret", actor=town.actor(ASKS), now=NOW)
    say(session, groupement, "Mot secret", actor=town.actor("regie"), now=NOW)
    arguments = {
        "public_id": groupement.public_id,
        "member": member(town, groupement, "regie").public_id,
        "document": _brought(town, groupement).public_id,
        "change": _asked_change(town, groupement).public_id,
        "number": 1,
        "paper": "fiche",
    }
    return Closed(town, groupement, arguments)


@pytest.fixture
def closed(started: Closed) -> Closed:
    return started


@pytest.fixture
def town(closed: Closed) -> Town:
    return closed.town


def _invite(town: Town, groupement: Groupement) -> None:
    for name in (INVITED, DECLINED):
        there = town.organisations[name]
        services.invite(town.session, groupement, there, Offer(), actor=town.actor("pont"), now=town.now)
    services.answer_invitation(
        town.session, groupement, accepted=False, reason="Non.", actor=town.actor(DECLINED), now=town.now
    )


def _brought(town: Town, groupement: Groupement) -> MemberDocument:
    regie = member(town, groupement, "regie")
    new = Asked(kind=DocumentKind.OTHER, label="Plan secret", members={regie.public_id})
    asking.ask(town.session, groupement, new, actor=town.actor("pont"), now=town.now)
    (document,) = documents.of(town.session, groupement)[regie.id]
    with files.staged(paper.PDF + b"\n% secret content") as staged:
        brought = Brought(staged=staged, media_type="application/pdf", expires_on=None)
        actor = town.actor("regie")
        return asking.bring(town.session, groupement, document.public_id, brought, actor=actor, now=town.now)


def _asked_change(town: Town, groupement: Groupement) -> CompositionChange:
    change = CompositionChange(
        groupement_id=groupement.id,
        member_id=member(town, groupement, "regie").id,
        taker_id=member(town, groupement, "pont").id,
        ground=CompositionGround.FAILURE,
        explanation="Elle cesse son activité.",
        asked_at=town.now,
        asked_by_label="Pont",
    )
    town.session.add(change)
    town.session.flush()
    return change


def routes(app: Flask) -> list[Rule]:
    """All those of the blueprint that are about one groupement."""
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("groupements.")]
    outside = {rule.endpoint.partition(".")[2] for rule in found if "public_id" not in rule.arguments}
    assert outside == {"index", "open"}, "these name no groupement: each has its own tests"
    return [rule for rule in found if "public_id" in rule.arguments]


Answer = tuple[str, TestResponse, Access]


def ask_all(app: Flask, client: FlaskClient, closed: Closed, but: set[str]) -> Iterator[Answer]:
    """Each route by each of its methods; those of `but` by GET only."""
    to = app.create_url_adapter(None) or app.url_map.bind("localhost")
    for rule in routes(app):
        name = rule.endpoint.partition(".")[2]
        path = to.build(rule.endpoint, {key: closed.arguments[key] for key in rule.arguments})
        access = getattr(app.view_functions[rule.endpoint], "access", SIGNED_IN)
        if "GET" in (rule.methods or ()):
            yield name, client.get(path), access
        if "POST" in (rule.methods or ()) and name not in but:
            yield name, press(client, path), access


def hidden(text: str, *, but: str = "") -> list[str]:
    return [secret for secret in SECRETS if secret in text and secret != but]


def standing(session: Session) -> list[int]:
    """All that a refused act could have added."""
    session.expire_all()
    tables = (Member, Agreement, Acceptance, MemberDocument, Word, CompositionChange, JournalEntry, Message)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


@pytest.mark.any_database
@pytest.mark.long
@pytest.mark.parametrize("name", sorted(OPEN_WHILE_FORMING))
def test_a_forming_room_is_closed_to_who_is_not_inside(
    app: Flask, client: FlaskClient, town: Town, closed: Closed, name: str
) -> None:
    _walk(app, client, town, closed, name, OPEN_WHILE_FORMING[name])


@pytest.mark.any_database
@pytest.mark.long
@pytest.mark.parametrize("name", sorted(OPEN_ONCE_FILED))
def test_a_filed_room_is_closed_to_who_is_not_inside(
    app: Flask, client: FlaskClient, town: Town, closed: Closed, name: str
) -> None:
    closed.groupement.state, closed.groupement.filed_at = GroupementState.FILED, town.now
    _walk(app, client, town, closed, name, OPEN_ONCE_FILED[name])


def _walk(app: Flask, client: FlaskClient, town: Town, closed: Closed, name: str, but: set[str]) -> None:
    enter(client, town, name)
    before = standing(town.session)
    own = "Message secret" if name == ASKS else ""
    for route, answer, access in ask_all(app, client, closed, but):
        joins = Permission.GROUPEMENT_JOIN in access.permissions
        wanted = 200 if route in but and route != "withdraw_request" else 404 if joins else 403
        assert (route, answer.status_code) == (route, wanted)
        assert not hidden(answer.text, but=own), route
    assert standing(town.session) == before
    assert closed.groupement.name not in client.get("/groupements").text or "show" in but


@pytest.mark.any_database
@pytest.mark.long
@pytest.mark.parametrize("role", [Role.PURCHASING, Role.ADMINISTRATOR])
def test_the_buyer_and_its_administrator_open_nothing_while_it_forms(
    app: Flask, client: FlaskClient, town: Town, closed: Closed, role: Role
) -> None:
    sign_in(client, town.session, town.buyer_id, role)
    before = standing(town.session)
    for route, answer, _ in ask_all(app, client, closed, set()):
        assert answer.status_code in {403, 404}, route
        assert not hidden(answer.text), route
    assert standing(town.session) == before
    lot_page = client.get(f"/programmation/{closed.groupement.project.reference}").text
    assert closed.groupement.name not in lot_page
    assert not hidden(lot_page)


@pytest.mark.any_database
@pytest.mark.long
def test_the_buyer_reads_of_a_filed_one_what_the_dc1_says(
    app: Flask, client: FlaskClient, town: Town, closed: Closed
) -> None:
    closed.groupement.state, closed.groupement.filed_at = GroupementState.FILED, town.now
    sign_in(client, town.session, town.buyer_id, Role.PURCHASING)
    for route, answer, _ in ask_all(app, client, closed, BUYER_ONCE_FILED):
        assert answer.status_code in ({200, 302} if route in BUYER_ONCE_FILED else {403}), route
        assert not hidden(answer.text), route


@pytest.mark.any_database
@pytest.mark.long
def test_an_expired_invitation_opens_nothing_but_what_became_of_it(
    app: Flask, client: FlaskClient, town: Town, closed: Closed
) -> None:
    member(town, closed.groupement, INVITED).expires_at = town.now - timedelta(days=1)
    _walk(app, client, town, closed, INVITED, {"show", "ask"})


def test_those_inside_read_what_is_theirs(client: FlaskClient, town: Town, closed: Closed) -> None:
    for name in ("pont", "regie", COORDINATES):
        enter(client, town, name)
        page = client.get(room(closed.groupement)).text
        assert "36,63" in page
        assert "Mot secret" in page
        opened_ = press(client, room(closed.groupement, f"/pieces/{closed.arguments['document']}/ouvrir"))
        assert opened_.data.endswith(b"% secret content")


def test_the_journal_that_administrators_read_tells_neither_parts_nor_words(
    client: FlaskClient, town: Town, closed: Closed, session: Session
) -> None:
    groupement = closed.groupement
    services.part_with(
        session, groupement, member(town, groupement, INVITED), None, actor=town.actor("pont"), now=town.now
    )
    for name in ("pont", "regie"):
        member(town, groupement, name).amount = None
    proposed(town, groupement)
    accepted(town, groupement, ["pont", "regie"])
    session.commit()
    entries = session.scalars(select(JournalEntry)).all()
    told = [entry for entry in entries if entry.object_type == "groupement"]
    assert {entry.event for entry in told} >= {
        *("groupement.document_asked", "groupement.document_brought", "groupement.parts_set", "groupement.accepted"),
    }
    kept = " ".join(f"{entry.object_label} {entry.before} {entry.after}" for entry in told)
    kept += " ".join(str(message.ids) for message in session.scalars(select(Message)))
    assert not [secret for secret in (*SECRETS, "6337", "3663", "123456", "654321") if secret in kept]
    sign_in(client, session, town.buyer_id, Role.ADMINISTRATOR)
    assert not hidden(client.get("/supervision/journal").text)
