"""The description says what the routes do, neither more nor less."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from portal.forecast.listing.selection import Facet
from portal.opendata.api.vocabularies import LISTS, words_of
from portal.sourcing.models import PublicMeeting
from tests.forecast.sample import NOW, lot_facts, make_project
from tests.opendata.described import faults

UNDESCRIBED = {"/api/v1/", "/api/v1/<path:rest>"}
"""What answers that there is nothing there."""


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    told: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return told


def test_every_route_is_described_and_nothing_else(app: Flask, described: dict[str, Any]) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")} - UNDESCRIBED
    assert {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in rules} == set(described["paths"])
    for operations in described["paths"].values():
        assert set(operations) == {"get"}


def test_the_description_is_openapi_3_1_whose_schemas_are_schemas(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert named == set(described["components"]["schemas"])


def test_every_answer_has_the_shape_described(
    client: FlaskClient, described: dict[str, Any], session: Session, buyer_id: int
) -> None:
    reference = make_project(session, buyer_id, lot_facts(title="Un"), lot_facts(title="Deux")).reference
    session.add(
        PublicMeeting(
            public_id="r" * 12,
            buyer_id=buyer_id,
            project_id=make_project(session, buyer_id, published=False).id,
            title="Rencontre",
            starts_at=NOW + timedelta(days=3),
            ends_at=NOW + timedelta(days=3, hours=2),
            created_at=NOW,
            changed_at=NOW,
        )
    )
    session.commit()
    assert client.get("/api/v1/meetings").get_json()["meetings"][0]["project_reference"] is None
    for path, operations in described["paths"].items():
        address = path.format(reference=reference, number=1)
        answer = client.get(address)
        told = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer.status_code == 200, path
        if "$ref" in told:
            assert faults(told["$ref"].rpartition("/")[2], answer.get_json()) == []
        refused = client.get(f"{address}?couleur=bleu")
        assert (refused.status_code, faults("Problem", refused.get_json())) == (400, [])
        if "404" in operations["get"]["responses"]:
            missing = client.get(path.format(reference="rien", number=1))
            assert (missing.status_code, faults("Problem", missing.get_json())) == (404, [])


def test_every_parameter_described_is_read(client: FlaskClient, described: dict[str, Any]) -> None:
    values = {"q": "propreté", "tri": "date", "limit": "5", "commune": "33001", "periode": "2027", "acheteur": "1" * 14}
    for path in ("/api/v1/lots", "/api/v1/projects"):
        for parameter in described["paths"][path]["get"]["parameters"]:
            name = parameter["name"]
            if name == "after":
                continue
            value = values.get(name) or parameter["schema"]["items"]["enum"][-1]
            assert client.get(path, query_string={name: value}).status_code == 200, (path, name, value)


def test_vocabularies_hold_every_code_and_word(client: FlaskClient) -> None:
    told = client.get("/api/v1/vocabularies").get_json()["vocabularies"]

    assert set(told) == set(LISTS)
    assert {"code": "cleaning", "label": "Propreté", "word": "proprete"} in told["trade"]["codes"]
    assert set(words_of(Facet.TRADE)) == {entry["word"] for entry in told["trade"]["codes"]}
