"""Lines entrusted, page after page: the titulaire confides, the employer fills and hands, the titulaire deposits."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal.declarations.emails_of_parts import ended, entrusted, handed, reopened
from portal.declarations.models import Declaration, DelegatedPart, Delegation
from portal.directory.models import Organisation
from portal.outbox import Mail, Spared, composing
from portal.scheduler import prepare
from portal.vocabulary import PartState, Role
from tests.accounts.people import text_of
from tests.declarations.parts import entrust, fill, give_part_back, hand, new_employer, part_of
from tests.declarations.sample import Scene, add, file, member, opened, person
from tests.declarations.test_pages import ANA, as_other, path_of
from tests.forecast.pages import filled, post, posted, sign_in


@pytest.fixture
def _composers(key_config: Config) -> Iterator[None]:
    prepare(key_config)
    yield
    composing._composers.clear()


@pytest.fixture
def employer(session: Session, now: datetime) -> Organisation:
    return new_employer(session, now)


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Declaration:
    """November of the company, whose people are at the keyboard."""
    declaration = opened(session, scene, scene.company)
    add(session, declaration, person(), now)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return declaration


@pytest.fixture
def part(session: Session, scene: Scene, month: Declaration, employer: Organisation, now: datetime) -> DelegatedPart:
    entrust(session, scene, employer, now)
    made = part_of(session, month, employer)
    session.commit()
    return made


def _there(session: Session, part: DelegatedPart) -> PartState:
    session.expire_all()
    return session.get_one(DelegatedPart, part.id).state


def test_a_titulaire_entrusts_lines_from_its_contract(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, employer: Organisation
) -> None:
    page = f"/marches/{scene.contract.reference}/confier"
    for place in (f"/marches/{scene.contract.reference}", path_of(month)):
        assert page in client.get(place).text
    assert employer.siret not in client.get(page).text
    for own in (scene.company, scene.buyer):
        assert "Aucune structure qui emploie" in text_of(client.get(f"{page}?q={own.siret}"))
    answer = posted(client, f"{page}?q={employer.siret}", employer=employer.siret, since="2026-11")
    assert answer.location.endswith(f"/marches/{scene.contract.reference}#confiees")
    assert session.scalars(select(Delegation.employer_id)).all() == [employer.id]
    again = posted(client, f"{page}?q={employer.siret}", employer=employer.siret, since="2026-11")
    assert (again.status_code, "déjà confiées" in text_of(again)) == (422, True)


def test_an_employer_fills_its_part_and_hands_it(
    app: Flask, session: Session, scene: Scene, part: DelegatedPart, employer: Organisation, month: Declaration
) -> None:
    employers = as_other(app, session, employer, Role.TITULAIRE)
    home = text_of(employers.get("/accueil"))
    assert "Remettre votre part de novembre" in home
    listed = employers.get("/declarations")
    assert path_of(month, "/part") in listed.text
    assert "7 décembre 2026" in text_of(listed)
    page = path_of(month, "/part")
    added = posted(employers, f"{page}/personnes", **ANA | {"matricule": "I-7"})
    assert added.location.endswith(f"{page}#personnes")
    text = text_of(employers.get(page))
    assert "I-7" in text
    assert "P-1" not in text
    session.expire_all()
    line = session.get_one(DelegatedPart, part.id).lines[0]
    saved = posted(employers, page, **{f"hours_{line.id}": "92,50", "then": "remettre"})
    assert saved.location.endswith(f"{page}/remettre")
    assert posted(employers, f"{page}/remettre").location.endswith(page)
    assert _there(session, part) is PartState.HANDED
    read = text_of(employers.get(page))
    assert "92,50" in read
    assert "ne se remplit plus" in read
    assert "Rien n’est à remettre" in text_of(employers.get("/declarations"))
    assert path_of(month, "/part") in employers.get("/declarations/parts").text


@pytest.mark.parametrize("page", ["", "/deposer", "/recepisse/1", "/versions", "/part/inconnue"])
def test_an_employer_sees_nothing_else_of_the_month(
    app: Flask, session: Session, part: DelegatedPart, employer: Organisation, month: Declaration, page: str
) -> None:
    employers = as_other(app, session, employer, Role.TITULAIRE)
    assert employers.get(path_of(month, page)).status_code == 404
    assert employers.get(f"/marches/{month.contract.reference}").status_code == 404


def test_an_employers_page_tells_nothing_of_the_others(
    app: Flask, session: Session, part: DelegatedPart, employer: Organisation, month: Declaration, now: datetime
) -> None:
    """Neither lines, totals, promises nor deposits: their figures would stand in the page."""
    fill(session, part, now)
    session.commit()
    employers = as_other(app, session, employer, Role.TITULAIRE)
    for page in ("/part", "/part/remettre", "/part/personnes"):
        text = text_of(employers.get(path_of(month, page)))
        assert [word for word in ("P-1 ", "180 h", "1 200", "100 h") if word in text] == []


def test_nobody_else_opens_a_part(
    app: Flask, client: FlaskClient, session: Session, scene: Scene, part: DelegatedPart, month: Declaration
) -> None:
    assert client.get(path_of(month, "/part")).status_code == 404
    facilitateur = as_other(app, session, scene.facilitation, Role.FACILITATEUR)
    other = as_other(app, session, scene.structure, Role.TITULAIRE)
    assert facilitateur.get(path_of(month, "/part")).status_code == 403
    assert other.get(path_of(month, "/part")).status_code == 404


def test_a_titulaire_reads_what_is_handed_gives_it_back_and_deposits(
    client: FlaskClient, session: Session, part: DelegatedPart, month: Declaration, now: datetime
) -> None:
    fill(session, part, now)
    hand(session, part, now)
    session.commit()
    page = client.get(path_of(month)).text
    assert "I-7" in page
    assert f"hours_{part.lines[0].id}" not in page
    back = path_of(month, f"/parts/{part.id}/rendre")
    assert posted(client, back, words="").status_code == 422
    assert posted(client, back, words="Il manque deux jours.").location.endswith("#parts")
    assert _there(session, part) is PartState.OPEN
    assert "Rendue, à corriger attendue le lundi 7 décembre 2026" in text_of(client.get(path_of(month)))
    deposit = path_of(month, "/deposer")
    asked = client.get(deposit)
    assert part.employer.shown_name in text_of(asked)
    assert post(client, deposit, filled(asked)).status_code == 422
    hand(session, session.get_one(DelegatedPart, part.id), now)
    session.commit()
    late = post(client, deposit, filled(asked, without_parts="y"))
    assert (late.status_code, "a changé pendant" in text_of(late)) == (422, True)
    assert post(client, deposit, filled(late)).location.endswith("/recepisse/1")


def test_what_an_employer_typed_while_the_month_was_deposited_is_kept(
    app: Flask, session: Session, part: DelegatedPart, employer: Organisation, month: Declaration, now: datetime
) -> None:
    line = fill(session, part, now)
    session.commit()
    employers, page = as_other(app, session, employer, Role.TITULAIRE), path_of(month, "/part")
    typed = filled(employers.get(page), **{f"hours_{line.id}": "77,25"})
    part = part_of(session, month, employer)
    hand(session, part, now)
    session.expire_all()
    file(session, session.get_one(Declaration, month.id), now)
    session.commit()
    told = post(employers, page, typed)
    assert told.status_code == 409
    assert "77,25" in text_of(told)
    reread = text_of(employers.get(page))
    assert "n’est pas enregistré" in reread
    assert "77,25" in reread


def test_a_titulaire_takes_lines_back(
    client: FlaskClient, session: Session, scene: Scene, part: DelegatedPart, month: Declaration
) -> None:
    delegation = session.scalars(select(Delegation)).one()
    page = f"/marches/{scene.contract.reference}/confier/{delegation.id}/reprendre"
    assert "Aucun" in text_of(client.get(page))
    assert posted(client, page, until="2026-10").location.endswith("#confiees")
    session.expire_all()
    assert session.scalars(select(DelegatedPart)).all() == []
    assert client.get(page).status_code == 404


@pytest.mark.usefixtures("_composers")
def test_mails_say_what_to_do_and_name_nobody(
    session: Session, scene: Scene, part: DelegatedPart, employer: Organisation, month: Declaration, now: datetime
) -> None:
    theirs = member(session, employer, "etti@exemple.fr", now)
    mine = member(session, scene.company, "chantier@exemple.fr", now)
    delegation = session.scalars(select(Delegation)).one()
    line = fill(session, part, now)
    hand(session, part, now)
    ids = {"part": part.id, "version": part.version}
    done = handed(session, ids | {"account": mine.id}, now)
    assert isinstance(done, Mail)
    assert "10 décembre 2026" in done.text
    assert isinstance(handed(session, ids | {"account": theirs.id}, now), Spared)
    assert isinstance(reopened(session, ids | {"account": theirs.id}, now), Spared)
    give_part_back(session, part, now)
    back = reopened(session, ids | {"account": theirs.id}, now)
    assert isinstance(back, Mail)
    assert "Il manque deux jours." in back.text
    assert isinstance(handed(session, ids | {"account": mine.id}, now), Spared)
    start = entrusted(session, {"delegation": delegation.id, "account": theirs.id}, now)
    told = {"contract": scene.contract.id, "declarant": scene.company.id, "employer": employer.id}
    stop = ended(session, told | {"until": "2026-11", "account": theirs.id}, now)
    assert isinstance(start, Mail)
    assert isinstance(stop, Mail)
    for mail in (done, back, start, stop):
        assert str(line.participant.matricule) not in mail.text + mail.html + mail.subject
        assert "1\u202f200" not in mail.text
