"""The file as people use it: downloaded, filled in, sent, answered, mended; by the declarant and by an employer."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.declarations import services
from portal.declarations.facts import LineFacts
from portal.declarations.forms.uploads import MOST_BYTES
from portal.declarations.models import Declaration, Line, Upload
from portal.vocabulary import Role
from tests.accounts.people import text_of
from tests.declarations.parts import entrust, fill, new_employer, part_of
from tests.declarations.sample import Scene, add, filing, opened, person, write
from tests.declarations.sheet_files import NEW, csv, table_of, xlsx
from tests.forecast.pages import filled, post_file, posted, sign_in


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Declaration:
    """November of the company, with P-1 and P-2, whose people are at the keyboard."""
    declaration = opened(session, scene, scene.company)
    for matricule, first in (("P-1", "Alix"), ("P-2", "Yan")):
        add(session, declaration, person(matricule, first=first, hours=Decimal(0)), now)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return declaration


def path_of(month: Declaration, page: str = "") -> str:
    return f"/declarations/{month.reference}{page}"


def sent(client: FlaskClient, month: Declaration, content: bytes, name: str = "Durand Alix.xlsx") -> TestResponse:
    path = path_of(month, "/fichier")
    return post_file(client, path, filled(client.get(path)), content, name)


def table(content: bytes) -> list[list[Any]]:
    """From the headings on."""
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Le mois").to_python()
    return rows[next(at for at, row in enumerate(rows) if "Matricule" in row) :]


def filled_in(content: bytes, **hours: Any) -> bytes:
    """The template with hours by matricule, « _ » for « - »."""
    headings, *rows = table(content)
    at, of = headings.index("Matricule"), headings.index("Heures")
    for row in rows:
        row[of] = hours.get(str(row[at]).replace("-", "_"), row[of])
    return xlsx([headings, *rows])


def hours(session: Session, month: Declaration) -> dict[str | None, Decimal]:
    session.expire_all()
    lines = session.scalars(select(Line).where(Line.declaration_id == month.id))
    return {line.participant.matricule: line.hours for line in lines}


def test_the_template_comes_back_filled_in_and_is_kept(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    page = client.get(path_of(month))
    assert "Remplir avec un fichier" in page.text
    template = client.get(path_of(month, "/modele.xlsx"))
    assert template.headers["Content-Disposition"] == 'attachment; filename="2026-11-2026-t01.xlsx"'
    asked = sent(client, month, filled_in(template.data, P_1=130, P_2="112,50"))
    told = text_of(client.get(asked.location))
    assert "Rien n’est encore gardé" in told
    assert "242,50 h" in told
    assert hours(session, month) == {"P-1": 0, "P-2": 0}

    kept = posted(client, asked.location, answer="garder")
    assert kept.location == path_of(month)
    assert "2 lignes gardées" in text_of(client.get(kept.location))
    assert hours(session, month) == {"P-1": 130, "P-2": Decimal("112.5")}


def test_rows_to_mend_come_back_as_a_file_that_can_be_sent_again(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    wrong = NEW | {"Mode": "?", "Nom (reste chez vous)": "Martin Lou"}
    asked = sent(client, month, csv(table_of([{"Matricule": "P-1", "Heures": "90"}, wrong])), "x.png")
    page = text_of(client.get(asked.location))
    assert "1 ligne à corriger" in page
    assert "Mode : Choisissez dans la liste" in page.replace("\u202f", " ")
    mistakes = client.get(f"{asked.location}/a-corriger.xlsx").data
    with zipfile.ZipFile(io.BytesIO(mistakes)) as book:
        for name in book.namelist():
            assert not any(word in book.read(name).decode().casefold() for word in ("martin", "lou<", "1991", "33365"))
    kept = posted(client, asked.location, answer="garder")
    assert kept.location == asked.location
    assert "Les autres lignes sont dans le mois" in text_of(client.get(kept.location))
    assert client.get(f"{asked.location}/a-corriger.xlsx").status_code == 200

    headings, row = table(mistakes)
    assert row[headings.index("Ligne du fichier")] == 3
    mended = dict(zip(headings, row, strict=True)) | {"Mode": "Mise à disposition"}
    mended |= {name: NEW[name] for name in ("Nom de naissance", "Prénom", "Date de naissance")}
    again = sent(client, month, xlsx(table_of([mended])))
    posted(client, again.location, answer="garder")
    assert hours(session, month)["P-9"] == 120


def test_nothing_kept_changes_nothing(client: FlaskClient, session: Session, month: Declaration) -> None:
    asked = sent(client, month, csv(table_of([{"Matricule": "P-1", "Heures": "90"}])))
    dropped = posted(client, asked.location, answer="rien")
    assert dropped.location == path_of(month)
    assert client.get(asked.location).status_code == 404
    assert hours(session, month)["P-1"] == 0


def test_a_draft_changed_meanwhile_is_shown_anew(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    asked = sent(client, month, csv(table_of([{"Matricule": "P-1", "Heures": "90"}])))
    seen = filled(client.get(asked.location), answer="garder")
    session.expire_all()
    line = next(line for line in month.lines if line.participant.matricule == "P-1")
    write(session, month, now, LineFacts(line_id=line.id, hours=Decimal(40)))
    session.commit()
    answer = client.post(asked.location, data=seen, headers={"Origin": "http://localhost"})
    assert answer.location == asked.location
    page = text_of(client.get(answer.location))
    assert "Le brouillon a changé" in page
    assert "40 h" in page
    posted(client, asked.location, answer="garder")
    assert hours(session, month)["P-1"] == 90
    twice = client.post(asked.location, data=seen, headers={"Origin": "http://localhost"})
    assert twice.status_code in {302, 422}
    assert hours(session, month)["P-1"] == 90


def test_odd_files_are_refused_on_the_field(client: FlaskClient, month: Declaration) -> None:
    for content, words in (
        (b"\x89PNG\r\n\x1a\n", "pas un tableau"),
        (b"", "est vide"),
        (b"x" * (MOST_BYTES + 1), "trop lourd"),
        (csv([["Nom"], ["Martin"]]), "Aucune ligne de titres"),
    ):
        answer = sent(client, month, content)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Durand" not in answer.text
    path = path_of(month, "/fichier")
    assert "Choisissez un fichier" in posted(client, path).text
    (asked,) = [sent(client, month, csv(table_of([{"Matricule": "P-1", "Heures": "x"}])))]
    page = client.get(asked.location)
    assert "Garder" not in text_of(page).replace("Garder remplit", "")
    assert posted(client, asked.location, answer="garder").status_code == 422
    assert posted(client, asked.location, answer="autre").status_code == 422


def test_a_month_that_is_over_leads_back(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    asked = sent(client, month, csv(table_of([{"Matricule": "P-1", "Heures": "90"}])))
    line = month.lines[0]
    write(session, month, now, LineFacts(line_id=line.id, hours=Decimal(1)))
    actor = filing(month.organisation)
    services.deposit(session, month, expected_version=month.version, actor=actor, now=now)
    session.commit()
    for path in (path_of(month, "/fichier"), asked.location):
        assert client.get(path).location == path_of(month)


def test_an_employer_fills_its_own_part_and_no_more(
    app: Flask, client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    employer = new_employer(session, now)
    entrust(session, scene, employer, now)
    fill(session, part_of(session, month, employer), now)
    session.commit()
    theirs = app.test_client()
    sign_in(theirs, session, employer.id, Role.TITULAIRE)

    template = theirs.get(path_of(month, "/modele.xlsx")).data
    assert [row[1] for row in table(template)[1:]] == ["I-7"]
    refused = sent(theirs, month, client.get(path_of(month, "/modele.xlsx")).data)
    assert "d’une autre organisation" in refused.text
    more = NEW | {"Matricule": "I-9", "Entrée": date(2026, 11, 3)}
    asked = sent(
        theirs, month, xlsx(table_of([{"Matricule": "I-7", "Heures": 95}, more, {"Matricule": "P-1", "Heures": 5}]))
    )
    assert "Ce matricule est nouveau" in text_of(theirs.get(asked.location))
    assert client.get(asked.location).status_code == 404
    kept = posted(theirs, asked.location, answer="garder")
    assert kept.location == asked.location
    assert hours(session, month) == {"P-1": 0, "P-2": 0, "I-7": 95, "I-9": 120}
    employers = {line.participant.matricule: line.employer_id for line in session.scalars(select(Line))}
    assert (employers["I-9"], employers["P-1"]) == (employer.id, None)
    assert session.scalars(select(Upload)).one().employer_id == employer.id


def test_pages_read_as_much_whatever_the_rows(client: FlaskClient, month: Declaration, sql_count: Any) -> None:
    counts = []
    for people in (3, 60):
        rows = [NEW | {"Matricule": f"N-{people}-{number}", "Mode": "?"} for number in range(people)]
        asked = sent(client, month, xlsx(table_of(rows)))
        with sql_count() as statements:
            assert client.get(asked.location).status_code == 200
        counts.append(statements.count)
    assert counts[0] == counts[1]
