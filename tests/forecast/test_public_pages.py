"""What anyone reads without an account, and what a browser may keep of it."""

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.forecast import services
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Project
from portal.forecast.services import mark_public_change
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Lever, LeverState, PlannedPrecision, ProjectState, Role, Trade
from tests.forecast.pages import sign_in
from tests.forecast.sample import (
    LOT,
    NOW,
    PROJECT,
    envisaged,
    lot_facts,
    make_buyer,
    make_project,
    purchaser,
    the_buyer,
)
from tests.statements import Statements

PATHS = (
    "/programmation",
    "/programmation?q=ecoles&metier=proprete",
    "/programmation/{}",
    "/programmation/{}/lot-1",
)


def text_of(page: TestResponse) -> str:
    """The words of a page, without tags, every sort of space made plain."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("\u202f", " ").replace("\u00a0", " ")
    return " ".join(words.split())


def the_project(session: Session) -> Project:
    return make_project(
        session,
        the_buyer(session),
        lot_facts(title="centre"),
        lot_facts(
            title="rive droite",
            trade=Trade.GREEN_SPACES,
            levers=(LeverChoice(Lever.CLAUSE, LeverState.DISCARDED, reason="Chantier de deux jours."),),
        ),
    )


def test_the_list_needs_no_account_and_counts_in_a_sentence(client: FlaskClient, project: Project) -> None:
    page = client.get("/programmation")
    assert page.status_code == 200
    words = text_of(page)
    assert "2 lots en préparation d’ici fin 2027, chez un acheteur" in words
    assert "Nettoyage des écoles et des équipements — lot 1, centre" in html.unescape(page.text).replace("\u00a0", " ")
    assert "Réservé aux structures d’insertion art. L2113-13" in words
    assert "216 000 à 500 000 €" in words


def test_an_empty_list_says_so(client: FlaskClient) -> None:
    assert "Rien n’est encore publié" in text_of(client.get("/programmation"))


def test_filters_stand_in_the_address_and_can_be_taken_off(client: FlaskClient, project: Project) -> None:
    page = client.get("/programmation?metier=proprete&levier=reserve")
    assert "1 lot sur 2" in text_of(page)
    assert 'href="/programmation?levier=reserve"' in page.text
    assert "rive droite" not in page.text
    nothing = client.get("/programmation?q=plomberie")
    assert "Aucun lot ne répond à tout cela." in text_of(nothing)


def test_the_empty_fields_of_the_form_leave_the_address(client: FlaskClient, project: Project) -> None:
    answer = client.get("/programmation?q=&tri=date&metier=proprete")
    assert answer.status_code == 302
    assert answer.location == "/programmation?metier=proprete"


@pytest.mark.parametrize(
    "query", ["levier=%00", "apres=x", "periode=9999", "tri=drop", "commune='--", "q=%F0%9F%8C%B1", "zzz=1"]
)
def test_nonsense_in_the_address_asks_for_nothing(client: FlaskClient, project: Project, query: str) -> None:
    assert client.get(f"/programmation?{query}").status_code == 200


# A lot and a project


def test_a_lot_tells_what_is_needed_to_decide(client: FlaskClient, project: Project) -> None:
    words = text_of(client.get(f"/programmation/{project.reference}/lot-1"))
    assert "Prévisionnel : n’engage pas l’acheteur." in words
    assert "12 000 h par an" in words
    assert "environ 7,5 emplois à temps plein (÷ 1 607 h)" in words
    assert "Belleroche, Saint-Aubrin" in words
    assert "EI, AI, ACI, ETTI, EITI" in words
    assert "Pas encore précisé : procédure" in words
    assert "achats@deux-rives.example" in words


def test_a_discarded_lever_says_why(client: FlaskClient, project: Project) -> None:
    words = text_of(client.get(f"/programmation/{project.reference}/lot-2"))
    assert "Clause d’insertion art. L2112-2 , écartée" in words or "Clause d’insertion art. L2112-2, écartée" in words
    assert "« Chantier de deux jours. »" in words


def test_a_project_of_several_lots_lists_them(client: FlaskClient, project: Project) -> None:
    page = client.get(f"/programmation/{project.reference}")
    assert f'href="/programmation/{project.reference}/lot-2"' in page.text
    assert "2 lots" in text_of(page)


def test_the_only_lot_is_the_project_itself(client: FlaskClient, session: Session, buyer_id: int) -> None:
    alone = make_project(session, buyer_id)
    session.commit()
    answer = client.get(f"/programmation/{alone.reference}/lot-1")
    assert (answer.status_code, answer.location) == (302, f"/programmation/{alone.reference}")
    assert "De quoi décider d’y aller" in text_of(client.get(f"/programmation/{alone.reference}"))


def test_the_history_shows_before_after_and_reason(client: FlaskClient, session: Session, project: Project) -> None:
    lot = project.lots[0]
    services.revise_lot(
        session,
        lot,
        lot_facts(title="centre", planned=PlannedPeriod(date(2027, 7, 1), PlannedPrecision.QUARTER)),
        expected_version=lot.version,
        reason="Le marché en cours est prolongé.",
        actor=purchaser(project.buyer_id),
        now=NOW + timedelta(hours=1),
    )
    session.commit()
    page = client.get(f"/programmation/{project.reference}/lot-1")
    assert re.search(r"<del>.*2ᵉ trimestre 2027</del>\s*<ins>.*3ᵉ trimestre 2027", page.text, flags=re.DOTALL)
    assert "« Le marché en cours est prolongé. »" in text_of(page)
    assert "prolongé" not in client.get(f"/programmation/{project.reference}/lot-2").text
    assert "Lot 1, consultation" in text_of(client.get(f"/programmation/{project.reference}"))


def test_a_removed_lot_leads_to_its_project(client: FlaskClient, session: Session, project: Project) -> None:
    lot = project.lots[1]
    services.remove_lot(
        session, lot, expected_version=lot.version, reason="Retiré.", actor=purchaser(project.buyer_id), now=NOW
    )
    session.commit()
    assert client.get(f"/programmation/{project.reference}/lot-2").location == f"/programmation/{project.reference}"
    assert client.get(f"/programmation/{project.reference}/lot-9").status_code == 404


def test_a_draft_exists_for_its_buyer_alone(client: FlaskClient, session: Session, buyer_id: int) -> None:
    draft = make_project(session, buyer_id, LOT, lot_facts(title="rive droite"), published=False)
    other = make_buyer(session, "Ville de Belleroche", rank=1)
    session.commit()
    paths = [f"/programmation/{draft.reference}", f"/programmation/{draft.reference}/lot-2"]
    assert [client.get(path).status_code for path in paths] == [404, 404]
    sign_in(client, session, other)
    assert [client.get(path).status_code for path in paths] == [404, 404]
    sign_in(client, session, buyer_id, Role.LEGAL)
    pages = [client.get(path) for path in paths]
    assert [page.status_code for page in pages] == [200, 200]
    assert "Pas encore publié." in text_of(pages[0])
    assert {page.headers["Cache-Control"] for page in pages} == {"private, no-store"}


# What a browser keeps


@pytest.mark.parametrize(
    "path", ["/programmation", "/programmation?metier=proprete", "/programmation/{}", "/programmation/{}/lot-1"]
)
def test_an_unchanged_page_costs_one_statement(
    client: FlaskClient, project: Project, sql_count: Callable[[], AbstractContextManager[Statements]], path: str
) -> None:
    path = path.format(project.reference)
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Cookie" in first.headers["Vary"]
    with sql_count() as statements:
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert statements.count == 1
    assert again.data == b""


def test_any_public_change_makes_copies_stale(client: FlaskClient, session: Session, project: Project) -> None:
    tag = client.get("/programmation").headers["ETag"]
    make_project(session, project.buyer_id)
    session.commit()
    assert client.get("/programmation", headers={"If-None-Match": tag}).status_code == 200


def test_a_new_day_makes_copies_stale(client: FlaskClient, project: Project, moment: time_machine.Traveller) -> None:
    tag = client.get("/programmation").headers["ETag"]
    moment.shift(timedelta(days=1))
    assert client.get("/programmation", headers={"If-None-Match": tag}).status_code == 200


def test_each_address_has_its_own_tag(client: FlaskClient, project: Project) -> None:
    tags = [client.get(path).headers["ETag"] for path in ("/programmation", "/programmation?tri=heures")]
    assert tags[0] != tags[1]


def test_a_signed_in_person_shares_nothing(client: FlaskClient, session: Session, project: Project) -> None:
    tag = client.get("/programmation").headers["ETag"]
    sign_in(client, session, project.buyer_id)
    page = client.get("/programmation", headers={"If-None-Match": tag})
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "ETag" not in page.headers


@pytest.mark.parametrize(
    "path",
    ["/programmation", "/programmation?q=ecoles&metier=proprete", "/programmation/{}", "/programmation/{}/lot-1"],
)
def test_pages_take_the_same_statements_whatever_there_is(
    client: FlaskClient,
    session: Session,
    project: Project,
    sql_count: Callable[[], AbstractContextManager[Statements]],
    path: str,
) -> None:
    path = path.format(project.reference)
    with sql_count() as few:
        client.get(path)
    for number in range(3, 9):
        services.add_lot(
            session,
            project,
            envisaged(title=f"secteur {number}"),
            reason="Plus petits lots.",
            actor=purchaser(project.buyer_id),
            now=NOW,
        )
        make_project(session, project.buyer_id)
    session.commit()
    with sql_count() as many:
        client.get(path)
    assert many.count == few.count
    assert many.count <= 14


def test_typed_words_are_set_as_french_is(client: FlaskClient, session: Session, buyer_id: int) -> None:
    facts = replace(PROJECT, title="Qui nettoie l'école ?")
    made = make_project(session, buyer_id, lot_facts(title="l'été"), lot_facts(title="cour d'école"), facts=facts)
    session.commit()
    for path in ("/programmation", f"/programmation/{made.reference}", f"/programmation/{made.reference}/lot-2"):
        words = client.get(path).text
        assert "Qui nettoie l’école\u202f?" in words, path
        assert re.search("[Ll]ot\u00a0\\d", words), path
        assert "'" not in re.sub(r"<[^>]+>", "", html.unescape(words)), path


def test_the_page_of_a_project_tells_the_range_that_its_buyer_gave(
    client: FlaskClient, session: Session, project: Project
) -> None:
    assert "250 000 à 480 000 €" in text_of(client.get(f"/programmation/{project.reference}"))


def test_a_running_consultation_is_no_longer_a_forecast(
    client: FlaskClient, session: Session, project: Project
) -> None:
    address = f"/programmation/{project.reference}/lot-1"
    before = text_of(client.get(address))
    assert "Tout peut encore changer" in before
    assert "aux fournisseurs de dire leur intérêt" in before
    assert re.search("Pas encore précisé : [^.]*marché remplacé", before)
    project.state = ProjectState.IN_TENDER
    mark_public_change(session, now=NOW)
    session.commit()
    after = text_of(client.get(address))
    assert "Tout peut encore changer" not in after
    assert "aux fournisseurs de dire leur intérêt" not in after


def test_what_the_list_ignores_is_told(client: FlaskClient, project: Project) -> None:
    page = client.get("/programmation?metier=xyz&levier=reserve&z=%3Cb%3E")
    words = text_of(page)
    assert "La liste ne connaît pas « metier=xyz », « z=<b> »" in words
    assert "<b>" not in page.text.split("ne connaît pas")[1][:60]
    assert "Une partie" not in text_of(client.get("/programmation?metier=proprete&tri=heures"))


def test_filters_are_kept_for_a_visitor_only_on_demand(client: FlaskClient, project: Project) -> None:
    assert "Set-Cookie" not in client.get("/programmation?metier=proprete").headers
    assert client.get("/programmation/filtres?metier=proprete").location == "/programmation?metier=proprete"
    page = client.get("/programmation")
    assert "Reprendre vos derniers filtres : Propreté" in text_of(page)
    assert page.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": page.headers["ETag"]}
    assert client.get("/programmation", headers=known).status_code == 304
    client.get("/programmation/filtres")
    fresh = client.get("/programmation", headers=known)
    assert (fresh.status_code, "Reprendre" in fresh.text) == (200, False)


def test_somebody_signed_in_finds_the_last_filters_again(
    client: FlaskClient, session: Session, project: Project
) -> None:
    sign_in(client, session, project.buyer_id)
    client.get("/programmation?q=ecoles")
    assert "Reprendre vos derniers filtres : « ecoles »" in text_of(client.get("/programmation"))


def test_a_message_shown_once_is_in_nobodys_copy(client: FlaskClient, session: Session, project: Project) -> None:
    address = f"/programmation/{project.reference}"
    plain = client.get(address)
    client.get(f"{address}/interet")
    told = client.get(address)
    assert "Choisissez le lot" in told.text
    assert (told.headers["Cache-Control"], told.headers.get("ETag")) == ("private, no-cache", None)
    after = client.get(address)
    assert (after.headers["ETag"], after.text) == (plain.headers["ETag"], plain.text)
