"""The month as it is typed: people, hours, deposit, answer; who reads what of it."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.declarations import fingerprints, queries, services
from portal.declarations.forms.waiting import Received, seal, unseal
from portal.declarations.models import Declaration, Line
from portal.declarations.views.curve import Curve
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, DeclarationState, Role
from tests.accounts.people import text_of
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
    add,
    file,
    filing,
    opened,
    person,
)
from tests.forecast.pages import filled, post, posted, sign_in

ANA = {
    "matricule": "P-0112",
    "last_name": "Vandeputte-Lacroix",
    "first_name": "Anaïs",
    "born_on": "31/08/1990",
    "sex": "woman",
    "entered_on": "02/11/2026",
    "hiring_mode": "direct_hire",
    "contract_type": "cddi",
    "hours": "130",
    "training_hours": "7",
}


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene) -> Declaration:
    """November of the company, whose people are at the keyboard."""
    declaration = opened(session, scene, scene.company)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return declaration


def path_of(declaration: Declaration, page: str = "") -> str:
    return f"/declarations/{declaration.reference}{page}"


def as_other(app: Flask, session: Session, organisation: Organisation, *roles: Role) -> FlaskClient:
    """Somebody else at another keyboard."""
    client = app.test_client()
    sign_in(client, session, organisation.id, *roles)
    return client


def lines(session: Session, declaration: Declaration) -> list[Line]:
    session.expire_all()
    return list(session.get_one(Declaration, declaration.id).lines)


def state(session: Session, declaration: Declaration) -> DeclarationState:
    session.expire_all()
    return session.get_one(Declaration, declaration.id).state


# Filing


def test_a_month_is_filed_from_nothing_to_its_receipt(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    assert posted(client, path_of(month, "/personnes"), **ANA).location == path_of(month) + "#personnes"
    (line,) = lines(session, month)
    assert (line.participant.matricule, line.hours, line.training_hours) == ("P-0112", Decimal(130), Decimal(7))
    assert (line.entered_on, line.age_band) == (date(2026, 11, 2), AgeBand.FROM_26)

    saved = posted(client, path_of(month), **{f"hours_{line.id}": "112,50", "comment": "Mois court."}, then="deposer")
    assert saved.location == path_of(month, "/deposer")
    asked = text_of(client.get(saved.location))
    assert "112,50 h" in asked
    assert "Mois court." in asked
    made = posted(client, path_of(month, "/deposer"))
    assert made.location == path_of(month, "/recepisse/1")
    receipt = text_of(client.get(made.location))
    deposit = queries.last_deposit(session, month)
    assert deposit is not None
    for told in ("Version 1", "3 décembre 2026", "Karim Lestrade", "112,50 h", "1 personne", deposit.sha256):
        assert told in receipt
    assert state(session, month) is DeclarationState.DEPOSITED
    assert client.get(path_of(month, "/personnes")).location == path_of(month)


def test_every_button_saves_what_was_typed_before_it_leads_away(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    line = add(session, month, person(), now)
    session.commit()
    leads = {"ajouter": "/personnes", "neant": "/neant", f"retirer-{line.id}": f"/personnes/{line.id}/retirer"}
    for hours, (then, leads_to) in enumerate(leads.items(), start=50):
        answer = posted(client, path_of(month), **{f"hours_{line.id}": str(hours)}, then=then)
        assert answer.location == path_of(month, leads_to)
        assert lines(session, month)[0].hours == hours


def test_what_is_wrong_stands_under_its_row_and_nothing_is_lost(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    first, second = add(session, month, person("P-1"), now), add(session, month, person("P-2", "Petit"), now)
    session.commit()
    typed = {f"hours_{first.id}": "cent", f"hours_{second.id}": "80", "comment": "Voici."}
    page = posted(client, path_of(month), **typed)
    assert page.status_code == 422
    row = re.search(rf'<div id="probleme-{first.id}".*?</div>', page.text, re.DOTALL)
    assert row is not None
    assert "Ligne 1, P-1" in row[0]
    assert 'value="cent"' in page.text
    assert 'value="80"' in page.text
    assert "Voici." in page.text
    assert [line.hours for line in lines(session, month)] == [100, 100]

    refused = posted(client, path_of(month), **{f"training_hours_{second.id}": "200"})
    assert refused.status_code == 422
    assert "Ligne 2, P-2 : La formation fait partie des heures" in text_of(refused)


def test_what_forbids_the_deposit_is_told_with_whose_line_it_is(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    line = add(session, month, person("P-1"), now)
    session.commit()
    assert posted(client, path_of(month), **{f"hours_{line.id}": "300"}).status_code == 302
    assert "Il reste 1 ligne à corriger" in text_of(client.get(path_of(month)))
    asked = client.get(path_of(month, "/deposer"))
    assert "P-1 : Une personne ne peut pas travailler plus de 257,14 h" in text_of(asked)
    assert "Déposer la déclaration</button>" not in asked.text


def test_a_month_is_read_when_its_contract_has_none_left_to_declare(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    month.contract.first_month = month.contract.last_month = None
    session.commit()

    assert client.get(f"/declarations/{month.reference}").status_code == 200


def test_nobody_worked(client: FlaskClient, session: Session, month: Declaration) -> None:
    assert posted(client, path_of(month, "/neant")).location == path_of(month, "/deposer")
    assert "Personne n’a travaillé" in text_of(client.get(path_of(month)))
    assert posted(client, path_of(month, "/neant")).location == path_of(month)
    posted(client, path_of(month, "/neant"))
    assert posted(client, path_of(month, "/deposer")).status_code == 302
    assert "néant" in text_of(client.get(path_of(month, "/recepisse/1")))


def test_nobody_worked_is_not_said_of_a_month_with_hours(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    add(session, month, person(), now)
    session.commit()
    page = client.get(path_of(month, "/neant"))
    assert "effacez-les" in text_of(page)
    assert "Oui, personne n’a travaillé" not in page.text


def test_a_person_is_taken_out(client: FlaskClient, session: Session, month: Declaration, now: datetime) -> None:
    line = add(session, month, person(), now)
    session.commit()
    path = path_of(month, f"/personnes/{line.id}/retirer")
    fields = filled(client.get(path))
    assert [post(client, path, fields).location for _ in range(2)] == [path_of(month) + "#personnes"] * 2
    assert lines(session, month) == []
    assert client.get(path).status_code == 404


def test_posting_twice_adds_one_person(client: FlaskClient, session: Session, month: Declaration) -> None:
    fields = filled(client.get(path_of(month, "/personnes")), **ANA)
    first, second = (post(client, path_of(month, "/personnes"), fields) for _ in range(2))
    assert first.location == second.location
    assert len(lines(session, month)) == 1


# Somebody new, somebody known


def test_a_new_matricule_asks_once_for_all_that_is_entered(client: FlaskClient, month: Declaration) -> None:
    page = text_of(posted(client, path_of(month, "/personnes"), matricule="P-7", hours="10"))
    for told in ("Ce matricule est nouveau", "Indiquez le premier jour", "Choisissez un mode", "Choisissez un contrat"):
        assert told in page


def test_a_known_matricule_asks_for_nothing_else(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    add(session, opened(session, scene, scene.company, OCTOBER), person("P-7"), now)
    session.commit()
    assert posted(client, path_of(month, "/personnes"), matricule="p-7", hours="10").status_code == 302
    assert lines(session, month)[0].entered_on == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"matricule": "Vandeputte"}, "Un matricule porte au moins un chiffre"),
        ({"matricule": "VANDEPUTTE-LACROIX1"}, "Le matricule ne doit pas porter le nom de la personne."),
        ({"matricule": "1900899341234"}, "numéro de sécurité sociale"),
        ({"born_on": "31/02/1990"}, "Écrivez la date de naissance comme « 31/08/1990 »."),
        ({"born_on": ""}, "nom, prénom et date de naissance vont ensemble"),
        ({"last_name": "12"}, "Écrivez ce nom avec des lettres."),
        ({"hours": "beaucoup"}, "Le nombre d’heures n’est pas lisible"),
        ({"entered_on": "bientôt"}, "Indiquez un jour du calendrier"),
    ],
)
def test_what_is_wrong_with_a_person_is_said(
    client: FlaskClient, session: Session, month: Declaration, typed: dict[str, str], told: str
) -> None:
    page = posted(client, path_of(month, "/personnes"), **(ANA | typed))
    assert page.status_code == 422
    assert told in text_of(page)
    assert lines(session, month) == []


@pytest.mark.parametrize("spelt", ["31/08/1990", "31-08-1990", "31 août 1990", "1990-08-31", "31.8.1990"])
def test_a_birth_date_is_read_as_people_write_it(
    client: FlaskClient, session: Session, month: Declaration, spelt: str
) -> None:
    assert posted(client, path_of(month, "/personnes"), **(ANA | {"born_on": spelt})).status_code == 302
    prints = fingerprints.of("Vandeputte-Lacroix", "Anaïs", date(1990, 8, 31))
    assert lines(session, month)[0].participant.person.exact == prints.exact


def test_nothing_is_to_be_retyped_when_another_field_was_wrong(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    page = posted(client, path_of(month, "/personnes"), **(ANA | {"hours": "beaucoup"}))
    assert "Nom et date de naissance : reçus, non conservés — les retaper pour en changer." in text_of(page)
    assert "Vandeputte" not in page.text
    assert "1990" not in re.sub(r"« 31/08/1990 »", "", text_of(page))
    again = post(client, path_of(month, "/personnes"), filled(page, hours="130"))
    assert again.status_code == 302, text_of(again)
    assert lines(session, month)[0].age_band is AgeBand.FROM_26


def test_retyping_changes_what_was_received(client: FlaskClient, session: Session, month: Declaration) -> None:
    page = posted(client, path_of(month, "/personnes"), **(ANA | {"hours": "beaucoup"}))
    retyped = {"hours": "10", "last_name": "Ostrowski", "first_name": "Lou", "born_on": "01/02/2003"}
    post(client, path_of(month, "/personnes"), filled(page, **retyped))
    assert lines(session, month)[0].age_band is AgeBand.UNDER_26


def test_what_waits_opens_for_nobody_else_nor_later(
    app: Flask, month: Declaration, moment: time_machine.Traveller
) -> None:
    prints = person().fingerprints
    assert prints is not None
    received = Received(prints, AgeBand.FROM_41)
    with app.test_request_context():
        sealed = seal(received, "7:abc")
        assert unseal(sealed, "7:abc") == received
        assert unseal(sealed, "8:abc") is None
        assert unseal(sealed, "7:abd") is None
        assert unseal(sealed[:-4] + "AAAA", "7:abc") is None
        assert unseal("", "7:abc") is None
        assert prints.exact not in sealed
        moment.shift(timedelta(hours=1, seconds=2))
        assert unseal(sealed, "7:abc") is None


def test_what_one_colleague_received_serves_no_other(
    app: Flask, client: FlaskClient, session: Session, scene: Scene, month: Declaration
) -> None:
    page = posted(client, path_of(month, "/personnes"), **(ANA | {"hours": "beaucoup"}))
    other_month = opened(session, scene, scene.company, OCTOBER)
    session.commit()
    mine = filled(page, hours="130")
    theirs = filled(client.get(path_of(other_month, "/personnes")), **{**mine.to_dict(), "version": "1"})
    assert post(client, path_of(other_month, "/personnes"), theirs).status_code == 422


# Two people at once


def test_two_people_filling_the_same_month_keep_what_each_changed(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    first, second, third = (
        add(session, month, person(f"P-{n}", name), now) for n, name in enumerate(("Durand", "Petit", "Moreau"))
    )
    session.commit()
    mine = filled(client.get(path_of(month)), **{f"hours_{first.id}": "61"})
    posted(client, path_of(month), **{f"hours_{second.id}": "62"})
    posted(client, path_of(month, f"/personnes/{third.id}/retirer"))
    posted(client, path_of(month, "/personnes"), **ANA)

    conflict = post(client, path_of(month), mine)
    assert conflict.status_code == 409
    assert "P-0, heures" in text_of(conflict)
    page = client.get(path_of(month))
    assert "Voici ce que vous aviez saisi." in text_of(page)
    assert post(client, path_of(month), filled(page)).status_code == 302
    assert [line.hours for line in lines(session, month)] == [61, 62, 130]


def test_a_month_that_was_deposited_meanwhile_is_not_written_over(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    add(session, month, person(), now)
    session.commit()
    mine = filled(client.get(path_of(month)))
    file(session, month, now)
    session.commit()
    mine["comment"] = "Une semaine de plus."
    answer = post(client, path_of(month), mine)
    assert answer.status_code == 409
    assert "Une semaine de plus." in text_of(answer)
    assert state(session, month) is DeclarationState.DEPOSITED


# Checking


@pytest.fixture
def deposited(session: Session, scene: Scene, now: datetime) -> Declaration:
    """November of the company, with two people whom nobody has confirmed yet."""
    declaration = opened(session, scene, scene.company)
    add(session, declaration, person("P-1"), now)
    add(session, declaration, person("P-2", "Petit", hours=Decimal(160)), now)
    file(session, declaration, now)
    session.commit()
    return declaration


@pytest.fixture
def checker(app: Flask, session: Session, scene: Scene) -> FlaskClient:
    return as_other(app, session, scene.facilitation, Role.FACILITATEUR)


def on_each(session: Session, declaration: Declaration, **said: str) -> dict[str, str]:
    deposit = queries.last_deposit(session, declaration)
    assert deposit is not None
    return {f"{name}_{line.id}": value for line in deposit.lines for name, value in said.items()}


CONFIRMED = {"eligibility": "confirmed", "criterion": "DETENTION", "proof": "y", "prescripteur": "spip"}


def test_a_month_is_accepted_in_one_post(
    app: Flask, client: FlaskClient, checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration
) -> None:
    shown = checker.get(path_of(deposited, "/verifier"))
    assert '="None"' not in shown.text
    page = text_of(shown)
    assert "Plus de 151,67 h" in page
    assert "ses heures ne comptent pas tant que personne ne la confirme" in page
    answer = posted(
        checker, path_of(deposited, "/verifier"), **on_each(session, deposited, **CONFIRMED), answer="Merci."
    )
    assert answer.location == path_of(deposited)
    assert state(session, deposited) is DeclarationState.ACCEPTED
    assert queries.retained_of(session, [deposited.contract_id]) == {deposited.contract_id: Decimal(260)}

    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    direction = as_other(app, session, scene.buyer, Role.DIRECTION)
    read, bought = client.get(path_of(deposited)).text, direction.get(path_of(deposited)).text
    assert "confirmée" in read
    assert "P-1" in read
    assert "P-1" not in bought
    public_id = lines(session, deposited)[0].participant.person.public_id
    assert fingerprints.alias(public_id, scene.buyer.id) in bought
    assert public_id not in bought
    for page in (read, bought, client.get(path_of(deposited, "/recepisse/1")).text):
        assert "détention" not in page.lower()
        assert "SPIP" not in page
    assert direction.get(path_of(deposited, "/recepisse/1")).status_code == 403


def test_what_deserves_a_second_look_says_why(
    checker: FlaskClient, session: Session, scene: Scene, now: datetime
) -> None:
    known = opened(session, scene, scene.structure)
    add(session, known, person("S-1", "Durand", hours=Decimal(5)), now)
    add(session, known, person("S-2", "Moreau", hours=Decimal(5)), now)
    file(session, known, now)
    scene.contract.training_cap_percent = 10
    month = opened(session, scene, scene.company)
    add(session, month, person("P-1", "Durant"), now)
    add(session, month, person("P-2", "Moreau", entered_on=date(2021, 1, 4)), now)
    add(session, month, person("P-3", "Petit", training_hours=Decimal(60)), now)
    services.deposit(
        session, month, different_hours=True, expected_version=month.version, actor=filing(scene.company), now=now
    )
    session.commit()
    words = text_of(checker.get(path_of(month, "/verifier")))
    assert "Peut-être la même personne que S-1 chez Les Ateliers du Pont 4" in words
    assert "au-delà des 24 mois pris en compte" in words
    assert "Aussi déclarée ce mois-ci, sur ce marché, par Les Ateliers du Pont 4" in words
    assert "Formation au-delà des 10 % que le marché compte : 4,44 h au plus seront retenues, sur 60 h." in words
    assert "Le déclarant n’a rien expliqué." in words
    assert "3 lignes à regarder" in words


def test_hours_that_somebody_else_declared_must_be_said_different(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    other = opened(session, scene, scene.structure)
    add(session, other, person("S-1"), now)
    file(session, other, now)
    add(session, month, person("P-1"), now)
    session.commit()
    asked = text_of(client.get(path_of(month, "/deposer")))
    assert "Déjà déclarées par un autre titulaire ce mois-ci : P-1." in asked
    assert "Pont 4" not in asked
    assert posted(client, path_of(month, "/deposer")).status_code == 422
    assert posted(client, path_of(month, "/deposer"), different_hours="y").status_code == 302


def test_a_month_whose_people_wait_is_accepted_knowingly_only(
    checker: FlaskClient, session: Session, deposited: Declaration
) -> None:
    refused = posted(checker, path_of(deposited, "/verifier"))
    assert refused.status_code == 422
    assert "2 éligibilités ne sont pas décidées" in text_of(refused)
    assert state(session, deposited) is DeclarationState.DEPOSITED
    assert posted(checker, path_of(deposited, "/verifier"), uncounted="y").status_code == 302
    assert state(session, deposited) is DeclarationState.ACCEPTED


def test_a_confirmation_rests_on_a_criterion_and_a_proof(
    checker: FlaskClient, session: Session, deposited: Declaration
) -> None:
    page = posted(checker, path_of(deposited, "/verifier"), **on_each(session, deposited, eligibility="confirmed"))
    assert page.status_code == 422
    assert "Choisissez le critère qui rend la personne éligible." in text_of(page)
    assert "Confirmez après avoir vu le justificatif." in text_of(page)
    assert state(session, deposited) is DeclarationState.DEPOSITED


def test_fewer_hours_are_retained_with_a_reason(
    client: FlaskClient, checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration
) -> None:
    fewer = on_each(session, deposited, **CONFIRMED, retained_hours="50")
    assert "Dites pourquoi vous retenez moins d’heures" in text_of(
        posted(checker, path_of(deposited, "/verifier"), **fewer)
    )
    told = fewer | on_each(session, deposited, note="Relevé de 50 h.")
    assert posted(checker, path_of(deposited, "/verifier"), **told).status_code == 302
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    page = text_of(client.get(path_of(deposited)))
    assert "100 h retenues" in page
    assert "« Relevé de 50 h. »" in page


def test_more_hours_than_the_rules_allow_are_refused_on_their_field(
    checker: FlaskClient, session: Session, deposited: Declaration
) -> None:
    more = on_each(session, deposited, **CONFIRMED, retained_hours="400")
    page = posted(checker, path_of(deposited, "/verifier"), **more)
    assert page.status_code == 422
    assert "au plus peuvent être retenues" in text_of(page)


def test_a_month_is_sent_back_corrected_and_deposited_again(
    client: FlaskClient, checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration
) -> None:
    path = path_of(deposited, "/verifier")
    assert posted(checker, path, answer=" ", then="renvoyer").status_code == 422
    assert posted(checker, path, answer="P-2 : vérifiez.", then="renvoyer").status_code == 302
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    page = text_of(client.get(path_of(deposited)))
    assert "« P-2 : vérifiez. »" in page
    assert "ce sera la version 2" in page
    second = lines(session, deposited)[1]
    posted(client, path_of(deposited), **{f"hours_{second.id}": "110"}, then="deposer")
    assert posted(client, path_of(deposited, "/deposer")).location == path_of(deposited, "/recepisse/2")
    versions = text_of(checker.get(path_of(deposited)))
    assert "Version 1 : 260 h, 2 personnes" in versions
    assert "Version 2 : 210 h, 2 personnes" in versions
    assert "260 h" in text_of(client.get(path_of(deposited, "/recepisse/1")))


def test_an_accepted_month_is_reopened_with_a_reason(
    client: FlaskClient, checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration, now: datetime
) -> None:
    accept(session, scene, deposited, now)
    session.commit()
    assert posted(checker, path_of(deposited, "/rouvrir"), reason="").status_code == 422
    assert posted(checker, path_of(deposited, "/rouvrir"), reason="Heures en double.").status_code == 302
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    assert "« Heures en double. »" in text_of(client.get(path_of(deposited)))
    assert checker.get(path_of(deposited, "/rouvrir")).location == path_of(deposited)


def test_an_answer_posted_twice_is_given_once(
    client: FlaskClient, checker: FlaskClient, session: Session, deposited: Declaration
) -> None:
    path = path_of(deposited, "/verifier")
    fields = filled(checker.get(path)) | {"uncounted": "y"}
    assert [post(checker, path, fields).location for _ in range(2)] == [path_of(deposited)] * 2
    assert "C’était déjà enregistré" in text_of(checker.get(path_of(deposited)))
    assert checker.get(path).location == path_of(deposited)


def test_a_deposit_posted_twice_leads_to_the_same_receipt(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    add(session, month, person(), now)
    session.commit()
    fields = filled(client.get(path_of(month, "/deposer")))
    found = [post(client, path_of(month, "/deposer"), fields).location for _ in range(2)]
    assert found == [path_of(month, "/recepisse/1")] * 2


# Who reads what


def test_a_buyer_reads_accepted_months_only(app: Flask, session: Session, scene: Scene, deposited: Declaration) -> None:
    direction = as_other(app, session, scene.buyer, Role.DIRECTION)
    assert direction.get(path_of(deposited)).status_code == 404


def test_a_buyer_reads_no_word_between_the_declarant_and_who_checks(
    app: Flask, session: Session, scene: Scene, deposited: Declaration, checker: FlaskClient, now: datetime
) -> None:
    sent = {"answer": "P-2 : justificatif médical manquant.", "then": "renvoyer"}
    posted(checker, path_of(deposited, "/verifier"), **sent)
    session.expire_all()
    file(session, deposited, now)
    session.commit()
    posted(checker, path_of(deposited, "/verifier"), **on_each(session, deposited, **CONFIRMED), answer="P-1 : vu.")
    bought = text_of(as_other(app, session, scene.buyer, Role.DIRECTION).get(path_of(deposited)))
    assert "Version 2" in bought
    assert not {"P-1", "P-2", "médical"} & {word.strip(":.,»«\u202f ") for word in bought.split()}


def test_who_checks_reads_nothing_of_a_draft(
    checker: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    add(session, month, person(hours=Decimal("123.45")), now)
    session.commit()
    assert month.state is DeclarationState.DRAFT
    assert "123,45" not in checker.get(path_of(month)).text


def test_a_member_opens_no_other_members_month(
    app: Flask, session: Session, scene: Scene, deposited: Declaration
) -> None:
    other = as_other(app, session, scene.structure, Role.STRUCTURE)
    for page in ("", "/recepisse/1", "/deposer", "/personnes", "/neant"):
        assert other.get(path_of(deposited, page)).status_code == 404


def test_a_checker_writes_nothing_in_the_month(checker: FlaskClient, session: Session, scene: Scene) -> None:
    month = opened(session, scene, scene.company)
    session.commit()
    assert "Rien n’est encore déposé" in text_of(checker.get(path_of(month)))
    assert post(checker, path_of(month), filled(checker.get("/compte"))).status_code == 403


# The list, the header, the contract


def test_the_list_tells_the_late_ones_first(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> None:
    services.open_months(session, now=now)
    october = opened(session, scene, scene.company, OCTOBER)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    page = client.get("/declarations")
    words = text_of(page)
    assert words.index("octobre 2026") < words.index("novembre 2026")
    assert "À remplir, en retard" in words
    assert re.search(r"Déclarations\s*2", words)
    assert path_of(october) in page.text


def test_the_list_of_a_checker_starts_with_what_is_to_be_checked(
    checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration, now: datetime
) -> None:
    services.open_months(session, now=now)
    session.commit()
    words = text_of(checker.get("/declarations"))
    assert words.index("À vérifier") < words.index("Attendues")
    assert path_of(deposited, "/verifier") in checker.get("/declarations").text


def test_a_checker_reads_the_late_ones_alone(
    checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration, now: datetime
) -> None:
    page = checker.get("/declarations?etat=en-retard")
    assert "Rien n’est en retard" in text_of(page)
    services.open_months(session, now=now)
    late = opened(session, scene, scene.company, OCTOBER)
    late.due_on = date(2026, 11, 10)
    session.commit()
    page = checker.get("/declarations?etat=en-retard")
    assert path_of(late) in page.text
    assert path_of(deposited) not in page.text
    assert "Attendue, en retard" in text_of(page)


def test_the_list_is_paged(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> None:
    for year in range(2020, 2026):
        for number in range(1, 13):
            opened(session, scene, scene.company, Month(year, number))
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    first, last = client.get("/declarations").text, client.get("/declarations?page=99").text
    assert first.count('class="day"') == 30
    assert last.count('class="day"') == 12
    assert client.get("/declarations?page=zéro").status_code == 200


def test_an_empty_list_says_the_next_step(client: FlaskClient, session: Session, scene: Scene) -> None:
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    assert "Vous n’avez rien à déclarer." in text_of(client.get("/declarations"))


def test_the_page_of_the_contract_tells_its_months_and_draws_them(
    client: FlaskClient, session: Session, scene: Scene, deposited: Declaration, now: datetime
) -> None:
    accept(session, scene, deposited, now)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    page = client.get(f"/marches/{scene.contract.reference}")
    assert page.text.count("<polyline") == 4
    assert " style=" not in page.text
    words = text_of(page)
    assert "Heures promises et retenues" in words
    assert path_of(deposited) in page.text


def test_the_curve_starts_at_nought_and_ends_at_the_promise(session: Session, scene: Scene) -> None:
    months = queries.months_of(session, scene.contract)
    curve = Curve(months, months[:2], scene.contract.promised_hours)
    drawn = curve.wide
    assert drawn.promised.startswith(f"0.0,{drawn.axis}")
    assert drawn.promised_end == (drawn.width, 28.0)
    assert len(drawn.retained.split()) == 3


def test_pages_cost_the_same_whatever_the_number_of_lines(
    client: FlaskClient, checker: FlaskClient, session: Session, scene: Scene, now: datetime, sql_count: Any
) -> None:
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    costs = []
    for month, people in ((OCTOBER, 1), (NOVEMBER, 2), (NOVEMBER + 1, 9)):
        declaration = opened(session, scene, scene.company, month)
        for rank in range(people):
            add(session, declaration, person(f"P-{month.month}-{rank}", "Abcdefghi"[rank] + "ard"), now)
        session.commit()
        edit, told = _cost(client, path_of(declaration), sql_count)
        file(session, declaration, now)
        session.commit()
        check, _ = _cost(checker, path_of(declaration, "/verifier"), sql_count)
        read, _ = _cost(client, path_of(declaration), sql_count)
        contract, _ = _cost(client, f"/marches/{scene.contract.reference}", sql_count)
        listed, _ = _cost(client, "/declarations", sql_count)
        costs.append({"edit": edit, "check": check, "read": read, "contract": contract, "list": listed})
        assert told.status_code == 200
    assert costs[1] == costs[2]
    assert max(costs[0].values()) <= 30, costs


def _cost(client: FlaskClient, path: str, sql_count: Any) -> tuple[int, TestResponse]:
    with sql_count() as statements:
        answer = client.get(path)
    return statements.count, answer


def test_an_organisation_that_files_and_checks_reads_one_list_at_a_time(
    client: FlaskClient, session: Session, scene: Scene, deposited: Declaration
) -> None:
    sign_in(client, session, scene.facilitation.id, Role.FACILITATEUR, Role.TITULAIRE)
    assert "Mes déclarations" in text_of(client.get("/declarations"))
    assert "Déclarations à vérifier" in text_of(client.get("/declarations?cote=a-verifier"))
