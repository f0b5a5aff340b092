"""The room is closed to its buyer, to administrators, to rivals and to networks that do not coordinate it."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import queries, services
from portal.groupements.facts import Offer, Share
from portal.groupements.models import Groupement
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound
from portal.outbox.models import Message
from portal.vocabulary import OrganisationKind, Role
from tests.forecast import sample
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.people import Town, accepted, filed, joined, opened, proposed, shared

SECRETS = ("Tâches de", "Venez.", "36,63", "3\u202f663", "Message secret")
"""What no one outside may read: tasks, messages, parts, hours."""

ROOM = (
    *("", "/modifier", "/parts", "/inviter", "/accord", "/accord/1", "/accepter", "/sceller", "/desceller"),
    *("/deposer", "/dissoudre", "/quitter"),
)


@pytest.fixture
def groupement(town: Town, lot: Lot) -> Groupement:
    """Sealed but for one acceptance, with an invitation that tells a share and a request that tells a message."""
    made = opened(town, lot)
    joined(town, made, "regie")
    shared(town, made, {"pont": 6337, "regie": 3663})
    proposed(town, made)
    accepted(town, made, ["pont"])
    town.add("demandeur", 8, OrganisationKind.AI, Role.STRUCTURE)
    services.ask_to_join(town.session, made, "Message secret", actor=town.actor("demandeur"), now=town.now)
    town.session.commit()
    return made


def _read(client: FlaskClient, groupement: Groupement) -> Iterator[tuple[str, int, str]]:
    for page in ROOM:
        answer = client.get(room(groupement, page))
        yield page, answer.status_code, answer.text


@pytest.mark.parametrize("name", ["net", "autre_reseau", "batisseurs"])
def test_rivals_and_other_networks_find_nothing(
    client: FlaskClient, town: Town, groupement: Groupement, name: str
) -> None:
    enter(client, town, name)
    for page, status, text in _read(client, groupement):
        assert (page, status) == (page, 404)
        assert not [secret for secret in SECRETS if secret in text], page


def test_a_network_of_its_members_that_does_not_coordinate_finds_nothing(
    client: FlaskClient, town: Town, groupement: Groupement
) -> None:
    enter(client, town, "reseau")
    assert {status for _, status, _ in _read(client, groupement)} == {404}


@pytest.mark.parametrize("role", [Role.PURCHASING, Role.LEGAL, Role.PRESCRIPTEUR, Role.DIRECTION])
def test_its_buyer_finds_nothing_before_the_filing(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session, role: Role
) -> None:
    sign_in_for(client, session, town.buyer_id, role)
    assert client.get(room(groupement)).status_code == 404
    assert {status for page, status, _ in _read(client, groupement) if page} == {403}
    assert groupement.name not in client.get(f"/programmation/{groupement.project.reference}").text


def test_its_buyer_reads_what_the_dc1_says_once_it_is_filed(
    client: FlaskClient, town: Town, lot: Lot, session: Session
) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot, "regie", "net")
    sign_in_for(client, session, town.buyer_id)
    page = client.get(room(groupement)).text
    for told in (groupement.name, "Pont", "Regie", "Net", "mandataire"):
        assert told in page
    assert "33,33" not in page
    assert "Tâches de" not in page
    award = client.get(room(groupement, "/attribuer/lot-1")).text
    assert "Tâches de" not in award
    assert "33,3" not in award
    assert {client.get(room(groupement, each)).status_code for each in ROOM if each} == {403}


def test_another_buyer_never_finds_it(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:

    town.open_tender(lot.project)
    groupement = filed(town, lot)
    other = sample.make_buyer(session, "Ville voisine", rank=1)
    sign_in_for(client, session, other)
    assert client.get(room(groupement)).status_code == 404
    assert client.get(room(groupement, "/attribuer/lot-1")).status_code == 404


def test_an_administrator_finds_nothing_even_in_the_journal(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    town.add("mairie", 9, OrganisationKind.BUYER, Role.ADMINISTRATOR)
    enter(client, town, "mairie")
    assert {status for _, status, _ in _read(client, groupement)} == {403}
    entries = session.scalars(select(JournalEntry).where(JournalEntry.object_type == "groupement")).all()
    kept = " ".join(f"{entry.before} {entry.after}" for entry in entries)
    messages = " ".join(str(message.ids) for message in session.scalars(select(Message)))
    assert len(entries) >= 6
    for secret in (*SECRETS, "3663", "6337", "Regie"):
        assert secret not in kept + messages


def test_the_public_reads_no_name(client: FlaskClient, groupement: Groupement) -> None:
    assert groupement.name not in client.get(f"/programmation/{groupement.project.reference}").text
    assert client.get(room(groupement)).status_code == 302, "sent to sign in, as for any page"


def test_a_rival_sees_the_name_and_who_leads_of_those_open_to_requests(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    enter(client, town, "net")
    lot_page = f"/programmation/{groupement.project.reference}"
    page = client.get(lot_page).text
    assert groupement.name in page
    assert "Pont" in page
    assert "Regie" not in page
    ask = client.get(room(groupement, "/demander")).text
    assert "Regie" not in ask
    assert not [secret for secret in SECRETS if secret in ask]
    groupement.open_to_requests = False
    session.commit()
    assert groupement.name not in client.get(lot_page).text
    assert client.get(room(groupement, "/demander")).status_code == 404


def test_an_invitee_reads_its_own_share_and_no_other(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    offer = Offer("Rejoignez-nous.", Share(0, None, "Vos vitres"))
    services.invite(session, groupement, town.organisations["net"], offer, actor=town.actor("pont"), now=town.now)
    enter(client, town, "net")
    page = client.get(room(groupement)).text
    for told in ("Rejoignez-nous.", "Vos vitres", "Regie"):
        assert told in page
    assert not [secret for secret in SECRETS if secret in page]
    assert {client.get(room(groupement, each)).status_code for each in ROOM if each} == {404}


def test_an_asker_reads_neither_members_nor_parts(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    enter(client, town, "demandeur")
    page = client.get(room(groupement)).text
    assert "Regie" not in page
    assert "36,63" not in page
    assert {client.get(room(groupement, each)).status_code for each in ROOM if each} == {404}


def test_who_left_reads_no_more_than_why(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    services.leave(session, groupement, "Autre chantier.", actor=town.actor("regie"), now=town.now)
    enter(client, town, "regie")
    page = client.get(room(groupement)).text
    assert "Autre chantier." in page
    assert "63,37" not in page
    assert {client.get(room(groupement, each)).status_code for each in ROOM if each} == {404}


def test_a_member_reads_the_room_and_leads_nothing(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    enter(client, town, "regie")
    assert "63,37" in client.get(room(groupement)).text
    leads = ("/modifier", "/parts", "/inviter", "/accord", "/sceller", "/desceller", "/deposer", "/dissoudre")
    assert {client.get(room(groupement, each)).status_code for each in leads} == {404}


def test_posting_past_the_pages_is_refused_all_the_same(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    for name in ("net", "autre_reseau"):
        with pytest.raises(NotFound):
            queries.inside(session, town.actor(name), groupement.public_id, town.now)
        with pytest.raises(NotFound):
            services.leave(session, groupement, "X", actor=town.actor(name), now=town.now)
        with pytest.raises(NotFound):
            services.accept(session, groupement, 1, actor=town.actor(name), now=town.now)
