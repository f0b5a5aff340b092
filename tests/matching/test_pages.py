"""« Pour vous » on the rows and the page of a lot: for suppliers who have signed in, at a fixed cost."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.directory.models import Capacity, CapacityStatement, OfferedTrade, Organisation, ServedTerritory
from portal.forecast.models import Project
from portal.matching import queries
from portal.vocabulary import CapacityBand, OrganisationKind, Role, ServiceType, TerritoryScope, Trade
from tests.directory.organisations import NOW, TODAY, organisation, text_of
from tests.directory.test_views import sign_in
from tests.forecast import sample
from tests.statements import Statements


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(sample.NOW) as travelling:
        yield travelling


@pytest.fixture
def project(session: Session) -> Project:
    sample.make_country(session)
    return sample.make_project(session, sample.make_buyer(session))


def _structure(session: Session, number: int = 1, **kinds: None) -> Organisation:
    made = organisation(session, number, kinds={OrganisationKind(kind): None for kind in kinds or {"EI": None}})
    made.offered = [OfferedTrade(trade=Trade.CLEANING, service_type=ServiceType.PREST)]
    made.served = [ServedTerritory(scope=TerritoryScope.COMMUNE, code="33001")]
    statement = CapacityStatement(organisation_id=made.id, confirmed_on=TODAY, saved_at=NOW)
    statement.bands = [Capacity(trade=Trade.CLEANING, band=CapacityBand.FROM_1500)]
    session.add(statement)
    session.commit()
    return made


def test_a_row_says_why_to_its_reader_alone(client: FlaskClient, session: Session, project: Project) -> None:
    structure = _structure(session)
    assert "Pour vous" not in text_of(client.get("/programmation"))
    sign_in(client, session, structure, Role.STRUCTURE)
    text = text_of(client.get("/programmation"))
    assert "Pour vous votre métier, une partie sur votre territoire, lot réservé auquel vous pouvez répondre." in text
    assert "À tenir à plusieurs." in text
    sign_in(client, session, session.get_one(Organisation, project.buyer_id), Role.LEGAL)
    assert "Pour vous" not in text_of(client.get("/programmation"))


def test_the_page_of_a_lot_tells_each_reason(client: FlaskClient, session: Session, project: Project) -> None:
    structure = _structure(session)
    sign_in(client, session, structure, Role.STRUCTURE)
    text = text_of(client.get(f"/programmation/{project.reference}"))
    assert "Pourquoi ce lot vous concerne" in text
    assert "Vous êtes entreprise d’insertion : vous pouvez répondre à ce lot réservé (L2113-13)." in text
    assert "Votre zone couvre Saint-Aubrin, mais pas Belleroche." in text
    session.delete(session.scalars(select(CapacityStatement)).one())
    session.commit()
    page = client.get(f"/programmation/{project.reference}")
    assert f'href="/annuaire/{structure.siret}/capacite">la compléter (3 minutes)</a>' in page.text


def test_the_best_lots_of_a_structure(session: Session, project: Project) -> None:
    (found,) = queries.lots_for(session, _structure(session).id, TODAY, 5)
    assert found.lot_id == project.lots[0].id
    other = _structure(session, 2)
    other.served = [ServedTerritory(scope=TerritoryScope.COMMUNE, code="33005")]
    session.commit()
    assert not queries.lots_for(session, other.id, TODAY, 5)
    assert not queries.lots_for(session, 999_999, TODAY, 5)


def test_rows_cost_as_much_whatever_their_number(
    client: FlaskClient,
    session: Session,
    project: Project,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    structure = _structure(session)
    sign_in(client, session, structure, Role.STRUCTURE)
    counts = []
    for others in (0, 4):
        for _ in range(others):
            sample.make_project(session, project.buyer_id)
        session.commit()
        with sql_count() as statements:
            assert client.get("/programmation").status_code == 200
        counts.append(statements.count)
        structure_id = structure.id
        session.expire_all()
        with sql_count() as statements:
            queries.lots_for(session, structure_id, TODAY, 3)
        counts.append(statements.count)
    assert counts[:2] == counts[2:]


def test_the_list_is_kept_to_one_s_own_trades_and_places(
    client: FlaskClient, session: Session, project: Project
) -> None:
    structure = _structure(session)
    assert "Mes métiers" not in text_of(client.get("/programmation"))
    sign_in(client, session, structure, Role.STRUCTURE)
    ways = _ways(client.get("/programmation?levier=reserve"))
    assert ways == {
        "Mes métiers": "/programmation?levier=reserve&metier=proprete#resultats",
        "Mon territoire": "/programmation?levier=reserve&commune=33001#resultats",
        "Les deux": "/programmation?levier=reserve&metier=proprete&commune=33001#resultats",
    }
    both = client.get(ways["Les deux"])
    assert both.text.count('aria-current="true">Les deux') == 1
    assert _ways(both)["Les deux"] == "/programmation?levier=reserve#resultats"


def _ways(page: TestResponse) -> dict[str, str]:
    block = page.text.split("<legend>Pour vous</legend>")[1].split("</fieldset>")[0]
    return {words: unescape(url) for url, words in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', block)}


def test_whoever_serves_a_whole_region_is_offered_its_trades_alone(
    client: FlaskClient, session: Session, project: Project
) -> None:
    structure = _structure(session)
    structure.served = [ServedTerritory(scope=TerritoryScope.REGION, code="75")]
    session.commit()
    sign_in(client, session, structure, Role.STRUCTURE)
    text = text_of(client.get("/programmation"))
    assert "Mes métiers" in text
    assert "Mon territoire" not in text
