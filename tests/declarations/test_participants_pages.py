"""The pages of one person and of those who wait: who opens them, what they tell, what they never tell."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.declarations.facts import NewPerson
from portal.declarations.models import Declaration, Eligibility, PathStep, SamePerson
from portal.kernel.month import Month
from portal.vocabulary import Public, Role
from tests.accounts.people import text_of
from tests.declarations.sample import OCTOBER, Scene, accept, add, confirmed, file, opened, person
from tests.declarations.test_pages import as_other
from tests.forecast.pages import filled
from tests.forecast.pages import post as post_fields


@pytest.fixture
def november(session: Session, scene: Scene, now: datetime) -> Declaration:
    """P-1: October accepted, November to be checked; the structure declares somebody who sounds alike."""
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    add(session, october, person(), now)
    file(session, october, now)
    accept(session, scene, october, now, P_1=replace(confirmed(), criterion=Public.DETENTION))
    add(session, november, NewPerson(matricule="P-1", hours=Decimal(40)), now)
    add(session, november, person("P-2", "Moreau"), now)
    file(session, november, now)
    structure = opened(session, scene, scene.structure)
    add(session, structure, person("S-1", "Durant"), now)
    file(session, structure, now)
    session.commit()
    return november


@pytest.fixture
def checker(app: Flask, session: Session, scene: Scene, november: Declaration) -> FlaskClient:
    return as_other(app, session, scene.facilitation, Role.FACILITATEUR)


@pytest.fixture
def filer(app: Flask, session: Session, scene: Scene, november: Declaration) -> FlaskClient:
    return as_other(app, session, scene.company, Role.TITULAIRE)


def path_of(month: Declaration, rank: int = 0, page: str = "") -> str:
    return f"/declarations/{month.reference}/parcours/{month.lines[rank].participant_id}{page}"


def post(client: FlaskClient, page: str, shown: TestResponse, **said: str) -> TestResponse:
    return post_fields(client, page, filled(shown, **said))


DECIDED = {"state": "confirmed", "criterion": "TH", "proof_seen_on": "01/12/2026"}


def test_an_eligibility_is_confirmed_from_its_list_and_never_tells_the_criterion_elsewhere(
    checker: FlaskClient, filer: FlaskClient, session: Session, november: Declaration
) -> None:
    listed = checker.get("/eligibilites").text
    page = path_of(november, 1, "/eligibilite")
    assert page in listed
    assert path_of(november, 0, "/eligibilite") not in listed
    answer = post(checker, page, checker.get(page), **DECIDED, further_codes="QPV")
    assert answer.status_code == 302
    row = session.scalars(select(Eligibility).where(Eligibility.criterion == Public.TH)).one()
    assert (row.proof_seen_on, [each.criterion for each in row.further]) == (date(2026, 12, 1), [Public.QPV])
    assert "confirmée" in checker.get(path_of(november, 1)).text
    assert page not in checker.get("/eligibilites").text
    for told in (filer.get(path_of(november, 1)), filer.get(f"/declarations/{november.reference}")):
        assert "confirmée" in told.text
        assert not any(secret in told.text for secret in (Public.TH.label, Public.QPV.label, Public.DETENTION.label))


def test_what_is_not_proved_is_told_on_its_field(checker: FlaskClient, november: Declaration) -> None:
    page = path_of(november, 1, "/eligibilite")
    shown = checker.get(page)
    for said, words in (
        ({}, "Dites si vous confirmez"),
        ({"state": "confirmed"}, "Choisissez le critère constaté"),
        (DECIDED | {"proof_seen_on": ""}, "le jour où vous avez vu"),
        (DECIDED | {"proof_seen_on": "05/12/2026"}, "pas encore venu"),
        ({"state": "confirmed", "prescripteur": "plie"}, "la date de son attestation"),
    ):
        answer = post(checker, page, shown, **said)
        assert (answer.status_code, words in text_of(answer)) == (422, True), said


def test_two_facilitateurs_on_one_eligibility_read_each_other(checker: FlaskClient, november: Declaration) -> None:
    page = path_of(november, 1, "/eligibilite")
    shown, theirs = checker.get(page), checker.get(page)
    assert post(checker, page, theirs, **DECIDED, further_codes="QPV").status_code == 302
    conflict = post(checker, page, shown, state="refused")
    assert conflict.status_code == 409
    assert Public.TH.label in conflict.text
    again = filled(checker.get(page))
    assert (again["state"], again["further_codes"]) == ("refused", "QPV")


def test_a_path_is_whole_for_who_checks_and_ones_own_for_who_declares(
    checker: FlaskClient, filer: FlaskClient, november: Declaration, scene: Scene
) -> None:
    for client in (checker, filer):
        told = text_of(client.get(path_of(november)))
        assert "140 h déclarées en 2 mois, dont 100 h retenues" in told
        assert "en vérification" in told
        assert "Entrée le 5 octobre 2026" in told
        assert "les heures sont déclarées, pas retenues" in told
        assert scene.structure.shown_name not in told
    assert "<svg" in checker.get(path_of(november)).text


def test_those_said_to_be_one_share_their_path_for_who_checks_alone(
    checker: FlaskClient, filer: FlaskClient, session: Session, november: Declaration, scene: Scene
) -> None:
    assert "S-1" in checker.get("/ressemblances").text
    assert _answer(checker, "same").status_code == 302
    assert session.scalars(select(SamePerson)).one()
    whole = text_of(checker.get(path_of(november)))
    assert "réunit 2 fiches" in whole
    assert scene.structure.shown_name in whole
    assert "100 h déclarées" not in (mine := text_of(filer.get(path_of(november))))
    assert (scene.structure.shown_name in mine, "S-1" in mine) == (False, False)
    assert _answer(checker, "different", "?reponses=donnees").status_code == 302
    session.expire_all()
    assert session.scalars(select(SamePerson)).all() == []


def _answer(client: FlaskClient, said: str, list_: str = "") -> Any:
    shown = client.get(f"/ressemblances{list_}")
    return client.post(f"/ressemblances{list_}", data=filled(shown, answer=said))


def test_an_answer_to_nothing_that_was_asked_is_not_found(checker: FlaskClient, november: Declaration) -> None:
    shown = checker.get("/ressemblances")
    for pair in ("", "1", "1:2:3", "a:b:c:d", "1:999:1000:", "1:2:3:4:5", "999999:1:2:same"):
        assert checker.post("/ressemblances", data=filled(shown, answer="same", pair=pair)).status_code == 404, pair
    assert checker.post("/ressemblances", data=filled(shown, answer="both")).status_code == 422


def test_steps_are_noted_by_each_and_read_by_who_may(
    checker: FlaskClient, filer: FlaskClient, session: Session, november: Declaration
) -> None:
    page = path_of(november, 0, "/etapes")
    said = {"kind": "training", "day": "02/12/2026", "words": "Sept heures de CACES."}
    assert "Pas de nom ici" in text_of(filer.get(page))
    for client in (filer, checker):
        assert post(client, page, client.get(page), **said).status_code == 302
    assert filer.get(path_of(november)).text.count("Sept heures") == 1
    assert checker.get(path_of(november)).text.count("Sept heures") == 2
    late = post(filer, page, filer.get(page), **said | {"day": "24/12/2026"})
    assert (late.status_code, "pas encore venu" in late.text, "Sept heures" in late.text) == (422, True, True)
    mine = session.scalars(select(PathStep).order_by(PathStep.id)).first()
    assert mine is not None
    remove = f"{page}/{mine.id}/retirer"
    assert checker.get(remove).status_code == 404
    assert checker.post(remove, data=filled(checker.get(page))).status_code == 404
    assert post(filer, remove, filer.get(remove)).status_code == 302
    assert "Sept heures" not in filer.get(path_of(november)).text


@pytest.mark.parametrize("role", [Role.DIRECTION, Role.PURCHASING, Role.PRESCRIPTEUR])
def test_a_buyer_reads_nothing_of_a_path(
    app: Flask, session: Session, scene: Scene, november: Declaration, now: datetime, role: Role
) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    buyer = as_other(app, session, scene.buyer, role)
    assert buyer.get(path_of(october)).status_code in {403, 404}
    if role is Role.DIRECTION:
        assert buyer.get(f"/declarations/{october.reference}").status_code == 200
        assert buyer.get(path_of(october)).status_code == 404


def test_another_titulaire_reads_nothing_of_it(
    app: Flask, session: Session, scene: Scene, november: Declaration
) -> None:
    other = as_other(app, session, scene.structure, Role.TITULAIRE)
    for page in ("", "/etapes"):
        assert other.get(path_of(november, 0, page)).status_code == 404
    assert other.get(path_of(november, 0, "/eligibilite")).status_code == 403


def test_pages_of_people_cost_the_same_whatever_their_number(
    checker: FlaskClient, session: Session, scene: Scene, november: Declaration, now: datetime, sql_count: Any
) -> None:
    def costs() -> dict[str, int]:
        counts = {}
        for page in (
            "/eligibilites",
            "/ressemblances",
            "/six-mois",
            path_of(november),
            path_of(november, 0, "/eligibilite"),
        ):
            with sql_count() as statements:
                assert checker.get(page).status_code == 200
            counts[page] = statements.count
        return counts

    costs()
    few = costs()
    for rank, name in enumerate(("Durrand", "Durrant", "Moraud", "Lambert", "Petit")):
        september = opened(session, scene, scene.structure, Month(2026, 9) + -rank)
        entered = date(2026, 1, 5)
        add(session, september, person(f"S-9{rank}", name, entered_on=entered), now)
        add(session, september, person(f"S-8{rank}", "Durand", entered_on=entered), now)
        file(session, september, now, different_hours=True)
    session.commit()
    assert costs() == few
    assert max(few.values()) <= 26, few
