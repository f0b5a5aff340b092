"""The pages, from the lot to the award: what each shows, leads to, refuses and costs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.facts import Offer, Share
from portal.groupements.models import Groupement
from portal.groupements.views import members
from portal.vocabulary import GroupementState, MemberState
from tests.accounts.people import siret, text_of
from tests.forecast import sample
from tests.forecast.pages import filled, post, posted
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.people import (
    Town,
    accepted,
    agreed,
    filed,
    joined,
    member,
    opened,
    proposed,
    sealed,
    shared,
)
from tests.statements import Statements

Counting = Callable[[], AbstractContextManager[Statements]]


def only(town: Town) -> Groupement:
    town.session.expire_all()
    return town.session.scalars(select(Groupement)).one()


def test_the_whole_way_by_its_pages(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    lot_page = f"/programmation/{lot.project.reference}"
    enter(client, town, "pont")
    assert "Ouvrir un groupement" in client.get(lot_page).text
    to_lot = posted(client, f"{lot_page}/lot-1/groupement", name="Les Trois Berges", presentation="Nous cherchons.")
    groupement = only(town)
    assert to_lot.location == room(groupement)
    assert "Inviter un autre membre" in client.get(room(groupement)).text

    found = client.get(room(groupement, "/inviter?q=Regie"))
    assert f"siret={town.organisations['regie'].siret}" in found.text
    invite = room(groupement, f"/inviter?siret={town.organisations['regie'].siret}")
    assert posted(client, invite, message="Venez !", part="40", hours="4 800", tasks="Gymnases").status_code == 302

    enter(client, town, "regie")
    invitation = client.get(room(groupement))
    assert "Venez\u202f!" in invitation.text
    assert "40\u202f%" in invitation.text
    assert posted(client, room(groupement, "/repondre"), answer="yes").status_code == 302

    enter(client, town, "pont")
    pont = member(town, only(town), "pont").public_id
    terms = {
        "form": "conjoint_mandataire_solidaire",
        "mandataire": pont,
        f"part_{pont}": "60",
        f"hours_{pont}": "7 200",
        f"tasks_{pont}": "Écoles",
    }
    assert posted(client, room(groupement, "/parts"), **terms).status_code == 302
    assert member(town, only(town), "regie").part == 4000, "what the invitation proposed is kept"
    assert posted(client, room(groupement, "/accord")).status_code == 302

    enter(client, town, "regie")
    assert posted(client, room(groupement, "/accepter")).status_code == 302
    enter(client, town, "pont")
    assert posted(client, room(groupement, "/sceller")).status_code == 302
    assert only(town).state is GroupementState.SEALED
    assert "La consultation n’est pas ouverte" in client.get(room(groupement)).text
    town.open_tender(session.get_one(Lot, lot.id).project)
    session.commit()
    assert posted(client, room(groupement, "/deposer")).status_code == 302

    sign_in_for(client, session, town.buyer_id)
    assert "Les Trois Berges" in client.get(f"/achats/{lot.project.reference}/lots/1/attribuer").text
    award = posted(client, room(groupement, "/attribuer/lot-1"), number="2026-12", notified_on="03/12/2026")
    assert award.status_code == 302
    contract = session.scalars(select(Contract)).one()
    assert sorted(held.part or 0 for held in contract.titulaires) == [4000, 6000]
    assert only(town).state is GroupementState.AWARDED
    enter(client, town, "regie")
    assert "Voir le marché" in client.get(room(groupement)).text


def test_a_network_opens_invites_and_names_the_mandataire(client: FlaskClient, town: Town, lot: Lot) -> None:
    enter(client, town, "reseau")
    posted(client, f"/programmation/{lot.project.reference}/lot-1/groupement", name="Les Berges")
    groupement = only(town)
    assert "invitez les structures" in client.get(room(groupement)).text
    joined(town, groupement, "regie", "net", by="reseau")
    town.session.commit()
    regie = member(town, groupement, "regie").public_id
    saved = posted(client, room(groupement, "/parts"), form="conjoint", mandataire=regie)
    assert saved.status_code == 302
    assert "La plume" not in client.get(room(groupement)).text
    enter(client, town, "regie")
    assert "Répartir" in client.get(room(groupement)).text


def test_who_asks_reads_the_answer(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    enter(client, town, "net")
    assert "Demander à rejoindre" in client.get(f"/programmation/{lot.project.reference}").text
    assert posted(client, room(groupement, "/demander"), message="Nous avons une équipe.").status_code == 302
    assert "attend une réponse" in client.get(room(groupement)).text
    assert client.get(room(groupement, "/demander")).status_code == 404
    asking = member(town, only(town), "net")
    enter(client, town, "pont")
    answer = room(groupement, f"/demandes/{asking.public_id}")
    assert "Nous avons une équipe." in client.get(answer).text
    without_reason = posted(client, answer, answer="no")
    assert without_reason.status_code == 422
    assert "pourquoi" in without_reason.text
    assert posted(client, answer, answer="no", reason="Nous sommes complets.").status_code == 302
    assert client.get(answer).status_code == 302, "an answered request has no form left"
    enter(client, town, "net")
    assert "Nous sommes complets." in client.get(room(groupement)).text


def test_a_request_is_taken_back(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    services.ask_to_join(session, groupement, None, actor=town.actor("net"), now=town.now)
    enter(client, town, "net")
    page = client.get(room(groupement))
    assert post(client, room(groupement, "/demander/retirer"), filled(page)).status_code == 302
    assert member(town, only(town), "net").state is MemberState.WITHDRAWN


def test_a_second_click_leads_to_the_first_result_though_the_page_is_closed(
    client: FlaskClient, town: Town, lot: Lot, session: Session
) -> None:
    groupement = opened(town, lot)
    services.invite(session, groupement, town.organisations["regie"], Offer(), actor=town.actor("pont"), now=town.now)

    def twice(name: str, page: str, **said: str) -> list[str]:
        enter(client, town, name)
        fields = filled(client.get(room(groupement, page)), **said)
        return [post(client, room(groupement, page), fields).location for _ in range(2)]

    to_the_room = [room(groupement)] * 2
    assert twice("net", "/demander", message="Bonjour") == to_the_room
    assert twice("regie", "/repondre", answer="yes") == to_the_room
    assert twice("regie", "/quitter", reason="Trop loin.") == to_the_room
    fresh = filled(client.get(f"/programmation/{lot.project.reference}/lot-1/groupement"), answer="yes")
    assert post(client, room(groupement, "/repondre"), fresh).status_code == 404, "not posted before"


def test_who_asks_over_and_over_is_stopped(
    client: FlaskClient, town: Town, lot: Lot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request writes to people."""
    monkeypatch.setattr(members, "_REQUESTS_A_DAY", 2)
    groupement = opened(town, lot)
    enter(client, town, "net")
    for _ in range(2):
        assert posted(client, room(groupement, "/demander"), message="Bonjour").status_code == 302
        post(client, room(groupement, "/demander/retirer"), filled(client.get(room(groupement))))
    assert posted(client, room(groupement, "/demander"), message="Bonjour").status_code == 429


def test_an_agreement_that_no_number_can_be_is_not_found(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    enter(client, town, "pont")
    for number in (2**31, 10**30):
        assert client.get(room(groupement, f"/accord/{number}")).status_code == 404


def test_ones_own_groupement_is_on_the_page_of_its_lot_whatever_opened_before(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    for number in range(21):
        opened(town, lot, "net", f"Groupement {number}")
    opened(town, lot, name="Le nôtre")
    enter(client, town, "pont")
    assert "Le nôtre" in client.get(f"/programmation/{lot.project.reference}").text


def test_an_expired_invitation_is_renewed(
    client: FlaskClient, town: Town, lot: Lot, session: Session, moment: time_machine.Traveller
) -> None:
    groupement = opened(town, lot)
    services.invite(session, groupement, town.organisations["regie"], Offer(), actor=town.actor("pont"), now=town.now)
    moment.shift(timedelta(days=15))
    town.now += timedelta(days=15)
    enter(client, town, "regie")
    assert "L’invitation a expiré" in client.get(room(groupement)).text
    assert client.get(room(groupement, "/repondre")).status_code == 404
    enter(client, town, "pont")
    page = client.get(room(groupement))
    assert "a expiré" in page.text
    again = room(groupement, f"/membres/{member(town, only(town), 'regie').public_id}/relancer")
    assert post(client, again, filled(page)).status_code == 302
    enter(client, town, "regie")
    assert client.get(room(groupement, "/repondre")).status_code == 200


def test_a_member_leaves_and_another_is_parted_with(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie", "net")
    enter(client, town, "regie")
    assert posted(client, room(groupement, "/quitter")).status_code == 422
    assert posted(client, room(groupement, "/quitter"), reason="Trop loin.").status_code == 302
    enter(client, town, "pont")
    out = room(groupement, f"/membres/{member(town, only(town), 'net').public_id}/retirer")
    assert posted(client, out, reason="Pas de réponse.").status_code == 302
    assert "Trop loin." in client.get(room(groupement)).text
    assert client.get(room(groupement, "/quitter")).status_code == 302, "the mandataire hands over first"


def test_the_agreement_is_kept_with_its_acceptances(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    enter(client, town, "regie")
    page = text_of(client.get(room(groupement, "/accord/1")))
    assert "2 acceptations" in page
    assert "intacte" in page
    assert client.get(room(groupement, "/accord/2")).status_code == 404


def test_pages_whose_time_has_not_come_lead_back(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    enter(client, town, "pont")
    for page in ("/sceller", "/desceller", "/deposer", "/accord", "/accepter"):
        answer = client.get(room(groupement, page))
        assert (page, answer.location) == (page, room(groupement))
    sealed_one = agreed(town, lot, "regie")
    sealed(town, sealed_one)
    town.session.commit()
    for page in ("/parts", "/modifier", "/inviter", "/accepter", "/sceller"):
        assert client.get(room(sealed_one, page)).location == room(sealed_one)


def test_unsealed_then_dissolved(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    enter(client, town, "pont")
    assert posted(client, room(groupement, "/desceller")).status_code == 302
    assert posted(client, room(groupement, "/dissoudre")).status_code == 422
    assert posted(client, room(groupement, "/dissoudre"), reason="Le lot est trop petit.").status_code == 302
    enter(client, town, "regie")
    assert "Le lot est trop petit." in client.get(room(groupement)).text


# What is typed


@pytest.mark.parametrize(
    ("typed", "why"),
    [("abc", "La part"), ("120", "0 à 100"), ("-5", "La part"), ("33,333", "La part")],
)
def test_a_part_that_is_no_part_stays_typed(client: FlaskClient, town: Town, lot: Lot, typed: str, why: str) -> None:
    groupement = opened(town, lot)
    enter(client, town, "pont")
    pont = member(town, groupement, "pont").public_id
    page = posted(client, room(groupement, "/parts"), **{f"part_{pont}": typed})
    assert page.status_code == 422
    assert why in page.text
    assert f'value="{typed}"' in page.text


def test_parts_beyond_the_whole_are_refused_and_kept(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    enter(client, town, "pont")
    pont, regie = (member(town, groupement, name).public_id for name in ("pont", "regie"))
    page = posted(client, room(groupement, "/parts"), **{f"part_{pont}": "70", f"part_{regie}": "40"})
    assert page.status_code == 422
    assert "dépasser" in page.text
    assert 'value="70"' in page.text


def test_who_invites_the_buyer_is_told_why_not(client: FlaskClient, town: Town, session: Session, lot: Lot) -> None:
    groupement = opened(town, lot)
    lot.project.buyer.siret = siret(99)
    enter(client, town, "pont")
    page = posted(client, room(groupement, f"/inviter?siret={lot.project.buyer.siret}"))
    assert page.status_code == 422
    assert "acheteur de ce lot" in page.text


def test_a_name_holds_no_address(client: FlaskClient, town: Town, lot: Lot) -> None:
    enter(client, town, "pont")
    page = posted(client, f"/programmation/{lot.project.reference}/lot-1/groupement", name="http://piege.example")
    assert page.status_code == 422


def test_two_who_share_the_parts_at_once_are_shown_both(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    enter(client, town, "pont")
    page = client.get(room(groupement, "/parts"))
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    town.session.commit()
    regie = member(town, groupement, "regie").public_id
    late = post(client, room(groupement, "/parts"), filled(page, **{f"part_{regie}": "30"}))
    assert late.status_code == 409
    assert "30" in late.text
    assert "50" in late.text


def test_two_who_change_the_name_at_once_are_shown_both(client: FlaskClient, town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    enter(client, town, "pont")
    page = client.get(room(groupement, "/modifier"))
    assert posted(client, room(groupement, "/modifier"), name="Un nom").status_code == 302
    late = post(client, room(groupement, "/modifier"), filled(page, name="Un autre"))
    assert late.status_code == 409
    assert "Un nom" in late.text
    assert "Un autre" in late.text


# What a page costs


@pytest.mark.parametrize("page", ["/groupements", "room", "lot"])
def test_a_longer_page_costs_no_more_statements(
    client: FlaskClient, town: Town, sql_count: Counting, page: str, session: Session
) -> None:
    lot = town.project(sample.lot_facts(several_groupements_allowed=False)).lots[0]
    groupement = _shown(town, lot)
    enter(client, town, "pont")
    path = {"room": room(groupement), "lot": f"/programmation/{lot.project.reference}"}.get(page, page)

    def cost() -> int:
        with sql_count() as statements:
            assert client.get(path).status_code == 200
        return statements.count

    few = cost()
    for _ in range(3):
        _shown(town, lot)
    opened(town, lot, by="batisseurs")
    joined(town, groupement, "renfort", "batisseurs")
    session.commit()
    assert cost() == few


def _shown(town: Town, lot: Lot) -> Groupement:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    services.invite(
        town.session,
        groupement,
        town.organisations["net"],
        Offer("Venez", Share(1000)),
        actor=town.actor("pont"),
        now=town.now,
    )
    town.session.commit()
    return groupement


def test_the_public_page_of_a_lot_costs_nothing_more(
    client: FlaskClient, town: Town, lot: Lot, sql_count: Counting, session: Session
) -> None:
    opened(town, lot)
    session.commit()
    with sql_count() as statements:
        page = client.get(f"/programmation/{lot.project.reference}")
    assert "Répondre à plusieurs" in page.text
    assert "Trois Berges" not in page.text
    assert not [sent for sent in statements.sent if "FROM groupement" in sent]


def test_the_header_counts_what_waits(client: FlaskClient, town: Town, lot: Lot, sql_count: Counting) -> None:
    enter(client, town, "regie")
    with sql_count() as statements:
        client.get("/groupements")
    assert len([sent for sent in statements.sent if "FROM groupement" in sent]) <= 3
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    proposed(town, groupement)
    town.session.commit()
    assert 'class="count">1' in client.get("/groupements").text
    accepted(town, groupement, ["regie"])
    town.session.commit()
    assert 'class="count">' not in client.get("/groupements").text


def test_none_opens_on_a_lot_that_is_filled(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    filed(town, lot)
    enter(client, town, "net")
    page = f"/programmation/{lot.project.reference}/lot-1/groupement"
    assert client.get(page).status_code == 200
    draft = town.project(published=False)
    session.commit()
    assert client.get(f"/programmation/{draft.reference}/lot-1/groupement").status_code == 404
