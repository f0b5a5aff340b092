"""The pages of the legal check: what waits, each lever beside what the code says, and the way to publication."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast import queries
from portal.forecast.models import Project
from portal.vocabulary import ProjectState, Role
from tests.forecast.pages import post, posted, sign_in
from tests.forecast.sample import envisaged, make_project, the_buyer
from tests.forecast.test_public_pages import text_of
from tests.statements import Statements


def the_project(session: Session) -> Project:
    return make_project(session, the_buyer(session), envisaged(title="centre"), published=False)


def test_from_what_waits_to_ready_then_dated(client: FlaskClient, session: Session, project: Project) -> None:
    """One person with both roles walks the whole way, by the pages alone."""
    sign_in(client, session, project.buyer_id, Role.PURCHASING, Role.LEGAL)
    here = f"/achats/{project.reference}"
    assert "Faire d’abord contrôler les leviers" in text_of(client.get(here))
    assert posted(client, f"{here}/vers/verification").status_code == 302
    assert "À contrôler : 1 projet" in text_of(client.get("/achats")).replace("\u202f", " ")
    assert "1 levier à contrôler" in text_of(client.get("/achats/a-controler"))
    looked = f"{here}/lots/1/leviers/reserved"
    page = text_of(client.get(looked))
    assert "de personnes défavorisées chez qui répond" in page
    assert posted(client, looked, outcome="decided", reason="").status_code == 422
    assert posted(client, looked, outcome="decided", reason="Trois structures.").status_code == 302
    checks = text_of(client.get(f"{here}/controle"))
    assert "Trois structures." in checks
    assert "Attend son contrôle" not in checks
    assert posted(client, f"{here}/vers/pret").status_code == 302
    assert posted(client, f"{here}/programmer", day="01/12/2026").status_code == 422
    assert posted(client, f"{here}/programmer", day="15/01/2027").status_code == 302
    assert "15 janvier 2027 à 8" in text_of(client.get(here)).replace("\u00a0", " ")
    session.expire_all()
    assert project.state is ProjectState.SCHEDULED
    assert "pas encore publié" in text_of(client.get(f"/programmation/{project.reference}")).lower()


def test_the_settings_ask_for_a_second_person(client: FlaskClient, session: Session, project: Project) -> None:
    sign_in(client, session, project.buyer_id)
    assert posted(client, "/achats/reglages", structures_to_reserve="0").status_code == 422
    assert posted(client, "/achats/reglages", second_person_publishes="y").status_code == 302
    session.expire_all()
    assert queries.settings_of(session, project.buyer_id).second_person_publishes
    assert "Une seconde personne publie" in text_of(client.get(f"/achats/{project.reference}/publier"))
    page = client.get(f"/achats/{project.reference}")
    assert "Dire prêt à publier" in text_of(page)
    assert page.text.count("button-solid") == 1


@pytest.mark.parametrize("path", ["vers/ailleurs", "lots/1/leviers/inconnu", "lots/9/leviers/clause"])
def test_odd_addresses_lead_nowhere(client: FlaskClient, session: Session, project: Project, path: str) -> None:
    sign_in(client, session, project.buyer_id)
    assert client.get(f"/achats/{project.reference}/{path}").status_code == 404


@pytest.mark.parametrize("typed", ["\x00", "99999999999999999999", "\ud800", "31/02/2027"])
def test_odd_days_are_told_in_words(client: FlaskClient, session: Session, project: Project, typed: str) -> None:
    project.state = ProjectState.READY
    session.commit()
    sign_in(client, session, project.buyer_id)
    path = f"/achats/{project.reference}/programmer"
    if typed == "\ud800":
        typed = "\ufffd"
    assert posted(client, path, day=typed).status_code == 422
    assert post(client, path, {}).status_code in {400, 422}  # type: ignore[arg-type]


def test_the_check_page_takes_the_same_statements_whatever_the_lots(
    client: FlaskClient,
    session: Session,
    project: Project,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    many = make_project(session, project.buyer_id, *(envisaged(title=f"lot {n}") for n in range(9)), published=False)
    session.commit()
    sign_in(client, session, project.buyer_id, Role.LEGAL)
    with sql_count() as few_sent:
        assert client.get(f"/achats/{project.reference}/controle").status_code == 200
    with sql_count() as many_sent:
        assert client.get(f"/achats/{many.reference}/controle").status_code == 200
    assert few_sent.count == many_sent.count
