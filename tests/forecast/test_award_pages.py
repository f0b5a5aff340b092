"""The end of a consultation as it is typed, and as the public then reads it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Project
from portal.vocabulary import Lever, LeverState, OrganisationKind, ProjectState, Reservation, Role
from tests.accounts.people import new_organisation, siret, text_of
from tests.forecast.pages import filled, post, posted, sign_in
from tests.forecast.sample import NOW, make_buyer, make_project, the_buyer
from tests.forecast.test_awards import award, award_facts, close, in_tender, structure
from tests.statements import Statements

Count = Callable[[], AbstractContextManager[Statements]]
TYPED = {"number": "2026E014", "notified_on": "03/12/2026", "amount": "412 000,50", "promised_hours": "24 000"}


def the_project(session: Session) -> Project:
    return in_tender(session, the_buyer(session), "rive droite", "rive gauche")


@pytest.fixture
def project(client: FlaskClient, session: Session, started: Project) -> Project:
    """Two lots in tender, whose purchaser has signed in."""
    sign_in(client, session, started.buyer_id)
    return started


def path(project: Project, act: str = "attribuer", number: int = 1) -> str:
    return f"/achats/{project.reference}/lots/{number}/{act}"


def only_contract(session: Session) -> Contract:
    session.expire_all()
    return session.scalars(select(Contract)).one()


def test_the_titulaire_is_found_by_name_shown_then_confirmed(
    client: FlaskClient, session: Session, project: Project
) -> None:
    holder = new_organisation(session, NOW, 3, OrganisationKind.EI)
    session.commit()
    found = client.get(path(project), query_string={"q": "ateliers du po"})
    assert f"siret={holder.siret}" in found.text
    page = client.get(path(project), query_string={"siret": holder.siret})
    assert f"Titulaire : {holder.name} , SIRET {holder.shown_siret}" in text_of(page)
    assert 'value="24' in page.text, "the hours of two years at 12 000 are offered"
    answer = post(client, path(project), filled(page, **TYPED))
    contract = only_contract(session)
    assert answer.location == f"/marches/{contract.reference}"
    assert [held.organisation_id for held in contract.titulaires] == [holder.id]
    assert (contract.is_reserved, contract.reservation) == (True, Reservation.INSERTION)
    assert (contract.duration_months, contract.promised_hours) == (24, Decimal(24000))


def test_a_siret_found_by_its_digits_is_chosen(client: FlaskClient, session: Session, project: Project) -> None:
    holder = new_organisation(session, NOW, 3, OrganisationKind.EI)
    session.commit()
    assert f"siret={holder.siret}" in client.get(path(project), query_string={"q": holder.shown_siret}).text


def test_a_company_unknown_to_the_directory_enters_it(client: FlaskClient, session: Session, project: Project) -> None:
    unknown = siret(44)
    assert f"siret={unknown}" in client.get(path(project), query_string={"q": unknown.formatted}).text
    page = client.get(path(project), query_string={"siret": unknown})
    assert "inconnu de l’annuaire" in text_of(page)
    nameless = post(client, path(project), filled(page, **TYPED))
    assert nameless.status_code == 422
    assert "donnez son nom" in text_of(nameless)
    assert post(client, path(project), filled(page, **TYPED, name="Bâti du Port")).status_code == 302
    holder = session.scalars(select(Organisation).where(Organisation.siret == unknown)).one()
    assert holder.kinds_on(NOW.date()) == {OrganisationKind.COMPANY}
    assert only_contract(session).titulaires[0].organisation_id == holder.id


@pytest.mark.parametrize("given", ["12345678901234", "abc", "943103300", "0" * 14, "<script>"])
def test_a_siret_that_is_none_is_told_so(client: FlaskClient, project: Project, given: str) -> None:
    page = client.get(path(project), query_string={"siret": given})
    assert page.status_code == 200
    assert "SIRE" in text_of(page)
    assert 'name="number"' not in page.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": ""}, "Indiquez le numéro"),
        ({"number": "x" * 121}, "120"),
        ({"notified_on": ""}, "Indiquez le jour"),
        ({"notified_on": "31/02/2026"}, "jour du calendrier"),
        ({"notified_on": "04/12/2026"}, "n’est pas encore venue"),
        ({"notified_on": "04/12/2024"}, "n’a pas pu être notifié avant"),
        ({"starts_on": "01/12/2026"}, "commencer avant sa notification"),
        ({"duration_months": "0"}, "entre 1 et 600"),
        ({"amount": "-3"}, "négatif"),
        ({"promised_hours": "9 h 30"}, "n’est pas lisible"),
        ({"levers": ["autre"]}, "autre"),
    ],
)
def test_what_is_mistyped_is_told_on_its_field_and_kept(
    client: FlaskClient, session: Session, project: Project, typed: dict[str, Any], told: str
) -> None:
    holder = new_organisation(session, NOW, 3, OrganisationKind.EI)
    session.commit()
    page = client.get(path(project), query_string={"siret": holder.siret})
    answer = post(client, path(project), filled(page, **TYPED | typed))
    assert answer.status_code == 422
    assert told in text_of(answer)
    if "amount" not in typed:
        assert "412 000,50" in answer.text
    assert session.scalars(select(Contract)).all() == []


def test_a_lever_only_envisaged_is_carried_when_ticked(client: FlaskClient, session: Session, project: Project) -> None:
    lot = project.lots[0]
    envisaged = LeverChoice(Lever.CLAUSE, LeverState.ENVISAGED)
    lot.tell(replace(lot.facts, levers=(*lot.facts.levers, envisaged)))
    holder = new_organisation(session, NOW, 3, OrganisationKind.EI)
    session.commit()
    page = client.get(path(project), query_string={"siret": holder.siret})
    assert filled(page).getlist("levers") == ["reserved"]
    assert post(client, path(project), filled(page, **TYPED, levers=["clause"])).status_code == 302
    contract = only_contract(session)
    assert (contract.is_reserved, contract.has_social_clause) == (False, True)


def test_without_follow_up_the_reason_is_asked_and_public(
    client: FlaskClient, session: Session, project: Project
) -> None:
    assert posted(client, path(project, "sans-suite"), reason="").status_code == 422
    answer = posted(client, path(project, "sans-suite"), reason="Aucune offre n’a été remise.")
    assert answer.location == f"/achats/{project.reference}"
    page = text_of(client.get(f"/programmation/{project.reference}/lot-1"))
    assert "Sans suite" in page
    assert "Aucune offre n’a été remise." in page


def test_the_public_reads_to_whom_when_and_for_how_many_hours(
    client: FlaskClient, session: Session, project: Project
) -> None:
    award(session, project, 1, award_facts(structure(session, 1), structure(session, 2)))
    session.commit()
    public = client.application.test_client()
    for address in (f"/programmation/{project.reference}", f"/programmation/{project.reference}/lot-1"):
        page = public.get(address)
        words = text_of(page)
        assert "Les Ateliers du Pont 1 (mandataire) , Les Ateliers du Pont 2" in words
        assert "notifié le 3 décembre 2026 · 24 000 h d’insertion promises" in words
        assert "/marches/" not in page.text
    assert "Attribué le jeudi 3 décembre 2026" in text_of(public.get(f"/programmation/{project.reference}/lot-1"))
    assert "La consultation est ouverte" in text_of(public.get(f"/programmation/{project.reference}/lot-2"))
    assert f"/programmation/{project.reference}/lot-1" not in public.get("/programmation").text
    assert f"/programmation/{project.reference}/lot-2" in public.get("/programmation").text


def test_a_copy_kept_before_the_award_is_stale(client: FlaskClient, session: Session, project: Project) -> None:
    public, address = client.application.test_client(), f"/programmation/{project.reference}"
    tag = public.get(address).headers["ETag"]
    award(session, project, 1, award_facts(structure(session)))
    session.commit()
    assert public.get(address, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("role", [Role.STRUCTURE, Role.TITULAIRE])
def test_whoever_holds_the_contract_is_led_to_it(
    client: FlaskClient, session: Session, buyer_id: int, role: Role
) -> None:
    project, holder = in_tender(session, buyer_id), structure(session)
    reference = award(session, project, 1, award_facts(holder)).reference
    sign_in(client, session, holder, role)
    assert f"/marches/{reference}" in client.get(f"/programmation/{project.reference}").text


def test_ones_own_page_says_where_to_end_each_lot(client: FlaskClient, session: Session, project: Project) -> None:
    close(session, project, 2)
    session.commit()
    page = client.get(f"/achats/{project.reference}")
    assert path(project) in page.text
    assert path(project, number=2) not in page.text
    assert "Lot 2, rive gauche sans suite, le 3 décembre 2026" in text_of(page)


@pytest.mark.parametrize("act", ["attribuer", "sans-suite"])
def test_too_late_or_too_early_leads_back_and_says_why(
    client: FlaskClient, session: Session, project: Project, act: str
) -> None:
    close(session, project, 2)
    session.commit()
    ended = client.get(path(project, act, 2))
    assert ended.location == f"/achats/{project.reference}"
    assert "cela ne se refait pas" in text_of(client.get(ended.location))
    published = make_project(session, project.buyer_id)
    session.commit()
    assert client.get(path(published, act)).location == f"/achats/{published.reference}"


@pytest.mark.parametrize("act", ["attribuer", "sans-suite"])
def test_another_buyers_lot_and_a_lot_that_is_not_do_not_exist(
    client: FlaskClient, session: Session, project: Project, act: str
) -> None:
    stranger = in_tender(session, make_buyer(session, "Ville de Combeaux", rank=1))
    session.commit()
    assert client.get(path(stranger, act)).status_code == 404
    assert client.post(path(stranger, act)).status_code in {404, 422}
    assert client.get(path(project, act, 9)).status_code == 404


def test_the_form_posted_twice_makes_one_contract(client: FlaskClient, session: Session, project: Project) -> None:
    holder = new_organisation(session, NOW, 3, OrganisationKind.EI)
    session.commit()
    fields = filled(client.get(path(project), query_string={"siret": holder.siret}), **TYPED)
    first, second = (post(client, path(project), fields) for _ in range(2))
    assert second.status_code == 302
    assert first.location == f"/marches/{only_contract(session).reference}"


def test_offers_still_due_are_pointed_out(client: FlaskClient, session: Session, project: Project) -> None:
    project.offers_due_on = NOW.date() + timedelta(3)
    session.commit()
    assert "Les offres se remettent jusqu’au 6 décembre 2026" in text_of(client.get(path(project)))


def test_pages_of_awarded_lots_take_the_same_statements_whatever_their_number(
    client: FlaskClient, session: Session, buyer_id: int, sql_count: Count
) -> None:
    projects = [in_tender(session, buyer_id, *titles) for titles in (("a", "b"), tuple("abcdef"))]
    for rank, project in enumerate(projects):
        for lot in list(project.lots):
            award(
                session,
                project,
                lot.number,
                award_facts(structure(session, 10 * rank + lot.number), number=f"{rank}-{lot.number}"),
            )
        assert project.state is ProjectState.AWARDED
    session.commit()
    for public in (True, False):
        if not public:
            sign_in(client, session, buyer_id)
        for address in ("/programmation/{}", "/programmation/{}/lot-1", *(() if public else ("/achats/{}",))):
            with sql_count() as few:
                assert client.get(address.format(projects[0].reference)).status_code == 200
            with sql_count() as many:
                client.get(address.format(projects[1].reference))
            assert few.count == many.count <= (16 if public else 26), (address, public)
