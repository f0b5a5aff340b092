"""The read API, as a program of a re-user calls it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast import queries, services
from portal.forecast.facts import LeverChoice
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Lever, LeverState, PlannedPrecision, Trade
from tests.forecast.pages import sign_in
from tests.forecast.sample import NOW, PROJECT, lot_facts, make_project, purchaser


@pytest.fixture
def reference(session: Session, buyer_id: int) -> str:
    """A public project of two lots, and a draft beside it."""
    other = lot_facts(
        title="Espaces verts",
        trade=Trade.GREEN_SPACES,
        cpv_code=None,
        planned=PlannedPeriod(date(2027, 9, 1), PlannedPrecision.MONTH),
        levers=(LeverChoice(Lever.CLAUSE, LeverState.ENVISAGED),),
        amount_low=None,
        amount_high=None,
    )
    project = make_project(session, buyer_id, lot_facts(title="Écoles"), other)
    make_project(session, buyer_id, published=False)
    session.commit()
    return project.reference


def read(client: FlaskClient, path: str, status: int = 200) -> Any:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json


def test_lots_tell_codes_words_euros_and_civil_dates(client: FlaskClient, reference: str) -> None:
    page = read(client, "/api/v1/lots")
    first, second = page["lots"]

    assert (page["total"], page["total_is_capped"], page["links"]["next"]) == (2, False, None)
    assert first["trade"] == {"code": "cleaning", "label": "Propreté"}
    assert first["cpv"]["code"] == "90919300"
    assert (first["amount_low_eur"], first["amount_high_eur"]) == (250000, 480000)
    assert first["consultation_planned"]["starts_on"] == "2027-04-01"
    assert first["levers"][0]["article"] == "L2113-13"
    assert first["social_considerations"] == [{"code": "reserved", "label": "Marché réservé"}]
    assert first["project"]["reference"] == reference
    assert second["cpv"] is None
    assert second["amount_band"] is None


def test_an_address_of_the_public_list_is_one_of_the_api(client: FlaskClient, reference: str) -> None:
    assert [lot["title"] for lot in read(client, "/api/v1/lots?metier=espaces-verts")["lots"]] == ["Espaces verts"]
    assert [lot["title"] for lot in read(client, "/api/v1/lots?q=ecoles&levier=reserve")["lots"]] == ["Écoles"]
    assert read(client, "/api/v1/lots?periode=2029")["lots"] == []
    assert len(read(client, "/api/v1/projects?metier=espaces-verts")["projects"][0]["lots"]) == 2


@pytest.mark.parametrize("path", ["/api/v1/lots?", "/api/v1/lots?tri=montant&", "/api/v1/projects?"])
def test_pages_follow_each_other_without_gap_nor_repeat(
    path: str, client: FlaskClient, session: Session, buyer_id: int
) -> None:
    made = {make_project(session, buyer_id, lot_facts(hours_wanted=Decimal(n))).reference for n in range(5)}
    session.commit()

    page = read(client, f"{path}limit=2")
    seen = _references(page)
    while page["links"]["next"]:
        make_project(session, buyer_id, lot_facts(planned=PlannedPeriod(date(2026, 12, 1), PlannedPrecision.MONTH)))
        session.commit()
        page = read(client, page["links"]["next"].removeprefix("http://127.0.0.1:8000"))
        seen += _references(page)
        assert len(seen) < 20

    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def _references(page: Any) -> list[str]:
    listed: list[Any] = page.get("projects") or [lot["project"] for lot in page["lots"]]
    return [project["reference"] for project in listed]


def test_a_project_tells_its_history_without_naming_anyone(
    client: FlaskClient, session: Session, reference: str, buyer_id: int
) -> None:
    actor = purchaser(buyer_id)
    project = queries.own(session, actor, reference)
    changed = replace(PROJECT, contact_name="Une personne", contact_service="Direction des achats")
    services.revise_project(session, project, changed, expected_version=project.version, actor=actor, now=NOW)
    session.commit()

    told = read(client, f"/api/v1/projects/{reference}")

    assert [change["field"] for act in told["history"] for change in act["changes"]] == ["published", "contact"]
    assert "Une personne" not in str(told)
    assert "Une personne" not in client.get(f"/opendata/ocds/{reference}.json").text


BAD = [
    ("couleur=bleu", "couleur"),
    ("apres=2027", "apres"),
    ("metier=plomberie", "metier"),
    ("metier=", "metier"),
    ("metier=Proprete", "metier"),
    ("acheteur=1", "acheteur"),
    ("periode=2027-T5", "periode"),
    ("commune=33", "commune"),
    ("tri=prix", "tri"),
    ("limit=0", "limit"),
    ("limit=101", "limit"),
    ("limit=1e1", "limit"),
    ("limit=5&limit=5", "limit"),
    ("q=a&q=b", "q"),
    ("q=%00", "q"),
    ("q=" + "a" * 121, "q"),
    ("after=%C3%A9", "after"),
    ("after=AAAA", "after"),
    ("after=", "after"),
    ("&".join(["commune=33001"] * 41), "commune"),
]


def test_a_bad_parameter_is_named_in_french(client: FlaskClient) -> None:
    for query, parameter in BAD:
        answer = client.get(f"/api/v1/lots?{query}")
        told: Any = answer.json
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), query
        assert told["parameter"] == parameter
        assert told["detail"].endswith(".")


def test_a_cursor_serves_the_order_and_the_list_that_gave_it(client: FlaskClient, reference: str) -> None:
    place = read(client, "/api/v1/lots?limit=1")["links"]["next"].split("after=")[1]

    assert read(client, f"/api/v1/lots?tri=montant&after={place}", 400)["parameter"] == "after"
    assert read(client, f"/api/v1/projects?after={place}", 400)["parameter"] == "after"


def test_nothing_there_is_told_to_a_program(client: FlaskClient) -> None:
    for path in (
        "/api/v1/",
        "/api/v1/rien",
        "/api/v1/projects/rien",
        "/opendata/rien",
        "/api/v1/lots/rien/99999999999",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_drafts_stay_hidden_even_from_their_own_buyer(
    client: FlaskClient, session: Session, buyer_id: int, reference: str
) -> None:
    draft = make_project(session, buyer_id, published=False)
    sign_in(client, session, buyer_id)

    assert client.get(f"/programmation/{draft.reference}").status_code == 200
    for path in (f"projects/{draft.reference}", f"lots/{draft.reference}/1"):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get(f"/opendata/ocds/{draft.reference}.json").status_code == 404
    assert draft.reference not in client.get("/api/v1/projects").text + client.get("/opendata/ocds.json").text


def test_a_copy_holds_until_the_next_public_change(
    client: FlaskClient, session: Session, buyer_id: int, reference: str, sql_count: Any
) -> None:
    first = client.get("/api/v1/lots")
    tag = {"If-None-Match": first.headers["ETag"]}

    with sql_count() as statements:
        same = client.get("/api/v1/lots", headers=tag)

    assert (same.status_code, same.data, statements.count) == (304, b"", 1)
    assert first.headers["Cache-Control"] == "public, no-cache"
    make_project(session, buyer_id)
    session.commit()
    assert client.get("/api/v1/lots", headers=tag).status_code == 200


def test_signed_in_people_get_the_same_answer(
    client: FlaskClient, session: Session, buyer_id: int, reference: str
) -> None:
    anonymous = client.get("/api/v1/lots")
    sign_in(client, session, buyer_id)
    signed = client.get("/api/v1/lots")

    assert (signed.data, signed.headers["ETag"]) == (anonymous.data, anonymous.headers["ETag"])
    assert "Set-Cookie" not in signed.headers


@pytest.mark.parametrize("path", ["/api/v1/lots", "/api/v1/openapi.json", "/opendata/ocds.json"])
def test_any_site_may_read_and_none_may_use_our_cookies(path: str, client: FlaskClient, reference: str) -> None:
    asked = client.options(path, headers={"Origin": "https://ailleurs.example", "Access-Control-Request-Method": "GET"})
    for answer in (asked, client.get(path), client.head(path), client.post(path)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert (client.post(path).status_code, client.post(path).mimetype) == (405, "application/problem+json")
    assert client.head(path).data == b""
    assert "Access-Control-Allow-Origin" not in client.get("/programmation").headers


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/api/v1/lots", 7),
        ("/api/v1/projects", 7),
        ("/opendata/ocds.json", 7),
        ("/api/v1/projects/{reference}", 7),
        ("/opendata/ocds/{reference}.json", 7),
    ],
)
def test_the_statements_of_a_page_do_not_grow_with_its_rows(
    path: str, most: int, client: FlaskClient, session: Session, buyer_id: int, reference: str, sql_count: Any
) -> None:
    address = path.format(reference=reference)
    with sql_count() as few:
        client.get(address)
    for _ in range(3):
        make_project(session, buyer_id, lot_facts(title="Un"), lot_facts(title="Autre"))
    session.commit()
    with sql_count() as many:
        client.get(address)

    assert few.count == many.count <= most
