"""A page costs the same number of statements, whatever it lists."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.services import requests, team
from portal.accounts.services.passwords import acting as nobody_s
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import acting, give, new_account, new_organisation, sign_in_fully
from tests.statements import Statements

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def crowd(session: Session, now: datetime) -> Callable[[int, int], None]:
    """Fill Claire's team, her organisation's requests and the claims that she may answer."""
    city = new_organisation(session, now, 1, OrganisationKind.BUYER, OrganisationKind.FACILITATION)
    claire = new_account(session, now)
    give(session, claire, city, Role.MANAGER, Role.FACILITATEUR, now=now)
    manager = acting(claire, city, Role.MANAGER)

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            person = new_account(session, now, f"p{number}@ville.example", f"Personne {number}")
            give(session, person, city, Role.FACILITATEUR, now=now)
            asking = new_account(session, now, f"a{number}@ville.example", f"Autre {number}")
            wanted = frozenset({Role.FACILITATEUR})
            requests.ask_to_join(session, city.id, asking, wanted, None, actor=nobody_s(asking), now=now)
            team.invite(session, city.id, f"i{number}@ville.example", wanted, actor=manager, now=now)
            free = new_organisation(session, now, 100 + number)
            requests.claim(session, free.id, asking, "Moi.", actor=nobody_s(asking), now=now)
            give(session, claire, free, Role.STRUCTURE, now=now)
        session.commit()

    return fill


@pytest.mark.parametrize("path", ["/equipe", "/reclamations", "/compte"])
def test_a_longer_page_costs_no_more_statements(
    client: FlaskClient,
    session: Session,
    crowd: Callable[[int, int], None],
    sql_count: Counting,
    path: str,
    now: datetime,
) -> None:
    def cost() -> int:
        with sql_count() as statements:
            assert client.get(path).status_code == 200
        return statements.count

    crowd(0, 2)
    claire = queries.account_by_email(session, "claire.ansel@pont.example")
    assert claire is not None
    sign_in_fully(client, session, claire, now)
    few = cost()
    crowd(2, 12)
    assert cost() == few
