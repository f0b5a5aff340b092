"""What a prescripteur and purchasing do with the pages: a title is enough, filing says what is missing, rights hold."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast import services as forecast
from portal.forecast.models import Project
from portal.requests.models import HoursCoefficient, PurchaseRequest
from portal.vocabulary import AmountBand, Lever, LeverState, ProjectState, RequestState, Role, Trade
from tests.accounts.people import text_of
from tests.forecast.pages import filled, post, posted, sign_in
from tests.forecast.sample import LOT, PROJECT, lot_facts, make_buyer, make_project, purchaser
from tests.requests.people import BUDGET, draft, filed, person
from tests.statements import Statements

Count = Callable[[], AbstractContextManager[Statements]]


def only(session: Session) -> PurchaseRequest:
    session.expire_all()
    return session.scalars(select(PurchaseRequest)).one()


def mine(client: FlaskClient, session: Session, buyer_id: int, *roles: Role) -> None:
    sign_in(client, session, buyer_id, *(roles or (Role.PRESCRIPTEUR,)))


def test_a_title_is_enough_to_keep_a_draft(client: FlaskClient, session: Session, buyer_id: int) -> None:
    mine(client, session, buyer_id)
    answer = posted(client, "/demandes/nouvelle", title="Peinture des écoles")
    request = only(session)
    assert answer.location == f"/demandes/{request.public_id}/modifier"
    assert (request.title, request.state, request.budget) == ("Peinture des écoles", RequestState.DRAFT, None)
    page = client.get(answer.location)
    assert "Dites le métier" in text_of(page)


def test_filing_keeps_the_draft_and_says_all_that_is_missing(
    client: FlaskClient, session: Session, buyer_id: int
) -> None:
    mine(client, session, buyer_id)
    answer = posted(client, "/demandes/nouvelle", title="Peinture", trade="building", suite="deposer")
    request = only(session)
    assert (request.state, request.trade, request.filed_at) == (RequestState.DRAFT, Trade.BUILDING, None)
    page = client.get(answer.location)
    assert "Pas encore déposée" in text_of(page)
    for anchor in ("need", "family-0", "wanted", "whole_territory", "budget"):
        assert f'href="#{anchor}"' in page.text, anchor
    assert 'href="#trade"' not in page.text


def test_a_request_is_filed_then_taken_and_each_leads_to_the_other(
    client: FlaskClient, session: Session, buyer_id: int
) -> None:
    author = person(session, buyer_id)
    request = filed(session, author, wished_lever=Lever.CLAUSE)
    mine(client, session, buyer_id, Role.PURCHASING)
    path = f"/demandes/{request.public_id}"
    assert "Reprendre dans la programmation" in client.get(path).text
    answer = posted(client, f"{path}/reprendre", word="C’est prévu.")
    project = session.scalars(select(Project)).one()
    assert answer.location == f"/achats/{project.reference}"
    assert project.state is ProjectState.DRAFT
    (lot,) = project.lots
    assert (lot.trade, lot.amount_high, lot.amount_band) == (Trade.CLEANING, None, AmountBand.of(int(BUDGET * 100)))
    assert (lot.duration_months, lot.whole_territory) == (24, True)
    assert [(held.lever, held.state) for held in lot.levers] == [(Lever.CLAUSE, LeverState.ENVISAGED)]
    assert project.contact_name == "Karim Lestrade"
    overview, page = client.get(answer.location), client.get(path)
    assert f'href="{path}"' in overview.text
    assert f'href="/achats/{project.reference}"' in page.text
    assert "C’est prévu." in text_of(page)


@pytest.mark.parametrize(
    ("verb", "state"), [("renvoyer", RequestState.RETURNED), ("sans-suite", RequestState.DECLINED)]
)
def test_giving_back_and_declining_say_why(
    verb: str, state: RequestState, client: FlaskClient, session: Session, buyer_id: int
) -> None:
    request = filed(session, person(session, buyer_id))
    mine(client, session, buyer_id, Role.PURCHASING)
    path = f"/demandes/{request.public_id}/{verb}"
    assert posted(client, path, word=" ").status_code == 422
    assert posted(client, path, word="Précisez les surfaces.").status_code == 302
    assert (only(session).state, only(session).answer) == (state, "Précisez les surfaces.")


def test_other_buyers_and_colleagues_reach_no_draft(client: FlaskClient, session: Session, buyer_id: int) -> None:
    hidden, known = draft(session, person(session, buyer_id)), filed(session, person(session, buyer_id, name="Ode R"))
    elsewhere = filed(session, person(session, make_buyer(session, "Ailleurs", "33005", 1)))
    mine(client, session, buyer_id, Role.PURCHASING)
    assert client.get(f"/demandes/{known.public_id}").status_code == 200
    assert client.get(f"/demandes/{known.public_id}/modifier").status_code == 404
    for each in (hidden, elsewhere):
        for verb in ("", "/modifier", "/reprendre", "/renvoyer", "/retirer"):
            assert client.get(f"/demandes/{each.public_id}{verb}").status_code == 404, verb
    listed = client.get("/demandes").text
    assert known.public_id in listed
    assert hidden.public_id not in listed
    assert elsewhere.public_id not in listed


def test_a_budget_never_leaves_its_buyer(client: FlaskClient, session: Session, buyer_id: int) -> None:
    request = filed(session, person(session, buyer_id))
    mine(client, session, buyer_id, Role.PURCHASING)
    posted(client, f"/demandes/{request.public_id}/reprendre")
    project = session.scalars(select(Project)).one()
    posted(client, f"/achats/{project.reference}/publier")
    client.post("/deconnexion")
    with client.session_transaction() as cookie:
        cookie.clear()
    for path in ("/programmation", f"/programmation/{project.reference}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "271" not in text_of(page).replace("\u202f", ""), path


def test_coefficients_are_tried_in_the_address_and_kept_when_asked(
    client: FlaskClient, session: Session, buyer_id: int
) -> None:
    mine(client, session, buyer_id)
    posted(client, "/demandes/nouvelle", title="Peinture", trade="building", budget="1 000 000", duration_months="12")
    path = f"/demandes/{only(session).public_id}"
    assert "833\u202fh" in client.get(path).text
    tried = client.get(f"{path}?part=70&taux=10")
    assert "2\u202f333\u202fh" in tried.text
    assert only(session).labour_share is None
    for wrong in ("part=170", "cout=0", "taux=abc", "accompagnement=-1", "part=%00", "cout=1e999", "part=7&part=x"):
        assert client.get(f"{path}?{wrong}").status_code in {200, 422}, wrong
    kept = filled(client.get(f"{path}?part=70&taux=10"))
    assert post(client, f"{path}/coefficients", kept).status_code == 302
    assert (only(session).labour_share, only(session).insertion_rate) == (7000, 1000)
    assert "2\u202f333\u202fh" in client.get(path).text


def test_a_buyer_s_coefficients_override_the_portal_s(client: FlaskClient, session: Session, buyer_id: int) -> None:
    mine(client, session, buyer_id, Role.PURCHASING)
    path = "/achats/coefficients/cleaning"
    assert posted(client, path, hourly_cost="0").status_code == 422
    assert posted(client, path, labour_share="101").status_code == 422
    assert posted(client, path, labour_share="90", insertion_rate="7,5", hourly_cost="28").status_code == 302
    row = session.scalars(select(HoursCoefficient)).one()
    assert (row.labour_share, row.insertion_rate, row.hourly_cost) == (9000, 750, Decimal(28))
    assert "réglage de votre organisation" in client.get("/achats/coefficients").text
    assert posted(client, path, reprendre="oui").status_code == 302
    assert session.scalars(select(HoursCoefficient)).all() == []
    assert client.get("/achats/coefficients/nothing").status_code == 404


def test_an_old_project_is_asked_for_again_in_one_click(client: FlaskClient, session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    version = project.version
    told: dict[str, Any] = {"actor": purchaser(buyer_id), "now": project.created_at}
    forecast.drop(session, project, reason="x", expected_version=version, **told)
    mine(client, session, buyer_id)
    page = client.get(f"/achats/{project.reference}")
    answer = post(client, f"/demandes/renouveler/projet/{project.reference}", filled(page))
    request = only(session)
    assert answer.location == f"/demandes/{request.public_id}/modifier"
    assert PROJECT.title in request.title
    assert (request.trade, request.budget, request.renewed_project_id) == (LOT.trade, LOT.amount_high, project.id)
    page = client.get(f"/achats/{project.reference}")
    again = post(client, f"/demandes/renouveler/projet/{project.reference}", filled(page))
    assert again.location == answer.location


def test_pages_ask_as_much_for_many_requests_as_for_one(
    client: FlaskClient, session: Session, buyer_id: int, sql_count: Count
) -> None:
    author = person(session, buyer_id)
    request = filed(session, author, whole_territory=False, commune_codes=("33001",))
    mine(client, session, buyer_id, Role.PURCHASING)
    paths = ("/demandes", f"/demandes/{request.public_id}", f"/demandes/{request.public_id}/reprendre")
    counts = []
    for _ in range(2):
        for path in paths:
            with sql_count() as statements:
                assert client.get(path).status_code == 200
            counts.append(statements.count)
        for _number in range(25):
            filed(session, author)
        session.commit()
    assert counts[:3] == counts[3:]


def test_what_nobody_can_read_is_told_in_words(client: FlaskClient, session: Session, buyer_id: int) -> None:
    mine(client, session, buyer_id)
    for typed in (
        {"budget": "beaucoup"},
        {"wanted": "bientôt"},
        {"duration_months": "0"},
        {"price_weight_percent": "101"},
    ):
        answer = posted(client, "/demandes/nouvelle", title="Peinture", **typed)
        assert answer.status_code == 422
        assert next(iter(typed.values())) in answer.text
    for page in ("0", "-3", "9" * 40, "x"):
        assert client.get(f"/demandes?page={page}&etat={page}").status_code == 200
    odd = posted(client, "/demandes/nouvelle", title="Un\x00titre", trade="nothing", commune_codes=["99999"])
    assert odd.status_code == 422


def test_each_lot_of_a_project_says_what_is_realistic(
    client: FlaskClient, session: Session, buyer_id: int, sql_count: Count
) -> None:
    lots = [lot_facts(title=title) for title in ("Rive droite", "Rive gauche")]
    project = make_project(session, buyer_id, *lots)
    mine(client, session, buyer_id, Role.LEGAL)
    path = f"/achats/{project.reference}/realiste"
    assert f'href="{path}"' in client.get(f"/achats/{project.reference}").text
    page = client.get(f"{path}?lot=2&part=50")
    assert "8\u202f000\u202fh" in page.text
    assert "Rive gauche" in text_of(page)
    for odd in ("lot=0", "lot=99", "lot=x", "lot=" + "9" * 40, "part=x", "lot=1&lot=2"):
        assert client.get(f"{path}?{odd}").status_code in {200, 422}, odd
    with sql_count() as statements:
        client.get(path)
    assert statements.count <= 16
