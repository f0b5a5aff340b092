"""What those outside a room read of it where they may; test_closed_room.py tries every route."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.facts import Offer, Share
from portal.groupements.models import Groupement
from portal.vocabulary import OrganisationKind, Role
from tests.forecast import sample
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.people import Town, accepted, filed, joined, opened, proposed, shared

SECRETS = ("Tâches de", "Venez.", "36,63", "3\u202f663", "Message secret")
"""What no one outside may read: tasks, messages, parts, hours."""


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


def test_another_buyer_never_finds_it(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:

    town.open_tender(lot.project)
    groupement = filed(town, lot)
    other = sample.make_buyer(session, "Ville voisine", rank=1)
    sign_in_for(client, session, other)
    assert client.get(room(groupement)).status_code == 404
    assert client.get(room(groupement, "/attribuer/lot-1")).status_code == 404


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


def test_an_asker_reads_neither_members_nor_parts(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    enter(client, town, "demandeur")
    page = client.get(room(groupement)).text
    assert "Regie" not in page
    assert "36,63" not in page


def test_who_left_reads_no_more_than_why(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    services.leave(session, groupement, "Autre chantier.", actor=town.actor("regie"), now=town.now)
    enter(client, town, "regie")
    page = client.get(room(groupement)).text
    assert "Autre chantier." in page
    assert "63,37" not in page


def test_a_member_reads_the_room_and_leads_nothing(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    enter(client, town, "regie")
    assert "63,37" in client.get(room(groupement)).text
    leads = ("/modifier", "/parts", "/inviter", "/accord", "/sceller", "/desceller", "/deposer", "/dissoudre")
    assert {client.get(room(groupement, each)).status_code for each in leads} == {404}
