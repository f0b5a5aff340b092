"""The pages of a programme: brought, its columns said and remembered, previewed, taken or not, by its author only."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from portal import cli
from portal.directory.models import Organisation
from portal.forecast.models import Project
from portal.programmes.models import ProgrammeFile, ProgrammeHeading
from portal.vocabulary import ProgrammeField
from tests.accounts.people import siret
from tests.forecast.pages import filled, post, post_file, posted, sign_in
from tests.forecast.test_public_pages import text_of
from tests.programmes.files import as_csv, as_xlsx, project
from tests.statements import Statements

HERE = "/achats/programme"
pytestmark = pytest.mark.usefixtures("signed_in")


def brought(client: FlaskClient, content: bytes, name: str = "Programme 2027.csv") -> TestResponse:
    return post_file(client, HERE, filled(client.get(HERE)), content, name)


def previewed(client: FlaskClient, content: bytes, **said: str) -> str:
    """The address of the preview, columns said as they were proposed but for those told."""
    columns = brought(client, content).location
    assert posted(client, columns, **said).status_code == 302
    return columns.removesuffix("/colonnes")


def answered(client: FlaskClient, address: str, answer: str) -> TestResponse:
    return post(client, address, filled(client.get(address), answer=answer))


def how_many(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Project)) or 0


def test_a_programme_goes_from_its_file_to_drafts(client: FlaskClient, session: Session) -> None:
    rows = [project(1), project(2), project(3, libelle=""), project(4, statut="En cours")]
    address = previewed(client, as_xlsx(rows))
    page = client.get(address)
    told = text_of(page)
    for words in ("Nouveaux 2", "En erreur 1", "Laissés de côté 1", "n’a pas d’intitulé", "métier supposé : Propreté"):
        assert words in told, words
    assert how_many(session) == 0
    assert answered(client, address, "reprendre").location == address
    assert how_many(session) == 2
    after = text_of(client.get(address))
    assert "2 brouillons créés" in after
    assert "Inchangés 2" in after
    assert "n’a pas d’intitulé" in after
    session.expire_all()
    again = previewed(client, as_xlsx(rows))
    assert "Nouveaux 0" in text_of(client.get(again))
    assert answered(client, again, "reprendre").status_code == 422
    assert answered(client, again, "rien").location == "/achats"
    assert client.get(again).status_code == 404


def test_headings_are_said_once(client: FlaskClient, session: Session, buyer: Organisation) -> None:
    content = as_csv([{"Clé maison": "K1", "Objet": "Tri du papier", "Quand": "2028", "Métier": "Déchets"}])
    columns = brought(client, content).location
    page = client.get(columns)
    assert "K1" in page.text
    assert posted(client, columns).status_code == 422
    refused = posted(client, columns, column_0="reference")
    assert "la date prévue de la consultation" in refused.text
    assert posted(client, columns, column_0="reference", column_2="published_on").status_code == 302
    kept = select(ProgrammeHeading.field).where(ProgrammeHeading.heading == "cle maison")
    assert session.scalars(kept).one() is ProgrammeField.REFERENCE
    again = posted(client, brought(client, content.replace("Clé maison".encode(), b"CLE  MAISON")).location)
    assert again.status_code == 302


def test_only_its_author_answers_and_for_two_days(
    client: FlaskClient, session: Session, buyer: Organisation, moment: time_machine.Traveller
) -> None:
    address = previewed(client, as_csv([project(1)]))
    fields = filled(client.get(address), answer="reprendre")
    other = client.application.test_client()
    mine = session.scalars(select(ProgrammeFile)).one().account_id
    from portal.accounts.models import Account  # noqa: PLC0415

    session.get_one(Account, mine).email = "autre@deux-rives.example"
    session.flush()
    sign_in(other, session, buyer.id)
    assert other.get(address).status_code == 404
    fields["csrf_token"] = filled(other.get(HERE))["csrf_token"]
    assert post(other, address, fields).status_code == 404
    assert other.get(f"{address}/lignes-ecartees.csv").status_code == 404
    moment.shift(timedelta(hours=49))
    assert client.get(address).status_code in {302, 404}
    assert how_many(session) == 0


def test_a_forecast_changed_meanwhile_is_shown_again(client: FlaskClient, session: Session) -> None:
    first = previewed(client, as_csv([project(1)]))
    fields = filled(client.get(first), answer="reprendre")
    assert post(client, first, fields).status_code == 302
    second = previewed(client, as_csv([project(1, libelle="Renommé")]))
    stale = filled(client.get(second), answer="reprendre")
    made = session.scalars(select(Project)).one()
    made.title = "Changé à la main"
    session.commit()
    assert post(client, second, stale).location == second
    assert "a changé pendant que vous relisiez" in client.get(second).text
    session.expire_all()
    assert session.scalars(select(Project)).one().title == "Changé à la main"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-1.7", b"a;b\n", b"\0" * 40])
def test_a_wrong_file_is_told_on_its_field(client: FlaskClient, content: bytes) -> None:
    answer = brought(client, content, "x\0\ud800.csv".encode("utf-8", "replace").decode())
    assert answer.status_code == 422
    assert "Ce fichier n’a pas été lu" in answer.text


def test_the_preview_asks_few_statements(
    client: FlaskClient, session: Session, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    counts = []
    for size in (3, 40):
        address = previewed(client, as_csv([project(number) for number in range(size)]))
        with sql_count() as statements:
            assert client.get(address).status_code == 200
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 16


def test_an_operator_reads_a_programme_too(
    session: Session, buyer: Organisation, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.cli._connected", lambda: config)
    buyer.siret = siret(3)
    session.commit()
    file = tmp_path / "programme.csv"
    file.write_bytes(as_csv([project(1), project(2, libelle="")]))
    command = ["import", "programme", "--acheteur", buyer.siret, str(file)]
    for extra, told in ((["--dry-run"], "Essai à blanc"), ([], "1 brouillon nouveau"), ([], "1 projet inchangé")):
        result = CliRunner().invoke(cli.main, command + extra)
        assert result.exit_code == 0, result.output
        assert told in result.output
    assert "n’a pas d’intitulé" in (tmp_path / "programme-refus.csv").read_text("utf-8-sig")
    assert how_many(session) == 1
    (tmp_path / "vide.csv").write_bytes(b"")
    assert CliRunner().invoke(cli.main, [*command[:-1], str(tmp_path / "vide.csv")]).exit_code == 1
