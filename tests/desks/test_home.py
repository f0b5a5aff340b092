"""Each role reads what waits for it, nothing of what waits for others, in a number of statements that never grows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.declarations.models import Declaration
from portal.desks.elsewhere import errands_elsewhere
from portal.desks.errands import Errand
from portal.desks.gathering import errands_of
from portal.desks.standing import standings_of
from portal.directory.models import CapacityStatement
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.month import Month
from portal.requests.models import PurchaseRequest
from portal.vocabulary import RequestState, Role
from tests.declarations.sample import Scene, acting, add, file, filing, opened, person, the_scene
from tests.statements import Statements

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture
def starting_point(request: pytest.FixtureRequest) -> Callable[[Session], object] | None:
    return the_scene if "scene" in request.fixturenames else None


@pytest.fixture
def scene(started: Scene, app: Flask) -> Iterator[Scene]:
    """Two titulaires of one contract, mandataire first; addresses are made within a request."""
    with app.test_request_context():
        yield started


def told(session: Session, actor: Actor, now: datetime) -> list[Errand]:
    return errands_of(session, actor, now)


def late(session: Session, declaration: Declaration) -> Declaration:
    declaration.due_on = declaration.due_on.replace(month=11)
    session.flush()
    return declaration


def test_a_titulaire_reads_its_months_late_first(session: Session, scene: Scene, now: datetime) -> None:
    opened(session, scene, scene.company)
    late(session, opened(session, scene, scene.company, OCTOBER))

    first, second = told(session, filing(scene.company), now)

    assert "d’octobre 2026" in first.title
    assert first.tone_on(paris_date(now)) == "late"
    assert "de novembre 2026" in second.title
    assert second.note is None


def test_a_mandataire_reads_who_is_late_in_the_groupement(session: Session, scene: Scene, now: datetime) -> None:
    late(session, opened(session, scene, scene.structure, OCTOBER))

    (errand,) = told(session, filing(scene.company), now)

    assert scene.structure.shown_name in errand.title
    assert errand.url.endswith(scene.structure.siret)
    assert [each.action for each in told(session, filing(scene.structure), now)] == ["Ouvrir"]


def test_a_facilitateur_reads_what_was_deposited_and_how_many_are_late(
    session: Session, scene: Scene, now: datetime
) -> None:
    deposited = opened(session, scene, scene.company)
    add(session, deposited, person(), now)
    file(session, deposited, now)
    late(session, opened(session, scene, scene.structure, OCTOBER))

    check, lates, confirm = told(session, scene.facilitateur, now)

    assert scene.company.shown_name in check.title
    assert check.due_on is not None
    assert "1 déclaration" in lates.title
    assert (confirm.title, confirm.url) == ("Confirmer 1 éligibilité", "/eligibilites")
    assert told(session, filing(scene.company), now)[0].title.startswith("Relancer")


def test_what_waits_for_one_is_hidden_from_others(session: Session, scene: Scene, now: datetime) -> None:
    opened(session, scene, scene.company)

    for actor in (acting(scene.buyer, Role.DIRECTION), acting(scene.company, Role.MANAGER)):
        assert told(session, actor, now) == []
    (own,) = told(session, acting(scene.structure, Role.STRUCTURE), now)
    assert own.url.endswith("/capacite")


def test_a_structure_says_its_capacity_then_reads_it_again(session: Session, scene: Scene, now: datetime) -> None:
    actor, today = acting(scene.structure, Role.STRUCTURE), paris_date(now)
    statement = CapacityStatement(organisation_id=scene.structure.id, confirmed_on=today, saved_at=now)
    session.add(statement)
    session.flush()
    assert told(session, actor, now) == []

    statement.confirmed_on = today - timedelta(days=190)
    session.flush()
    (errand,) = told(session, actor, now)
    assert errand.title.startswith("Relire")


def test_requests_checks_and_questions_wait_for_their_people(session: Session, scene: Scene, now: datetime) -> None:
    purchasing, legal = acting(scene.buyer, Role.PURCHASING), acting(scene.buyer, Role.LEGAL)
    before = {errand.url for errand in told(session, purchasing, now)}
    author = Account(email="prescripteur@exemple.fr", display_name="Service", created_at=now)
    session.add(author)
    session.flush()
    session.add(
        PurchaseRequest(
            buyer_id=scene.buyer.id,
            account_id=author.id,
            by_label="Service",
            title="Besoin",
            state=RequestState.FILED,
            created_at=now,
            saved_at=now,
            filed_at=now,
        )
    )
    session.flush()

    assert {errand.url for errand in told(session, purchasing, now)} - before == {"/demandes"}
    assert not {"/demandes"} & {errand.url for errand in told(session, legal, now)}


def test_a_titulaire_reads_where_its_contract_stands(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.ends_on = now.date().replace(year=2027)
    session.flush()

    (standing,) = standings_of(session, filing(scene.company), paris_date(now))

    assert standing.words.startswith("0")
    assert standing.tone == "due"
    assert standing.expected == pytest.approx(2 / 12, abs=0.001)
    assert standings_of(session, scene.direction, paris_date(now)) == []


def test_the_homes_ask_as_much_whatever_there_is(
    session: Session,
    scene: Scene,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    actors = [filing(scene.company), scene.facilitateur, acting(scene.buyer, Role.PURCHASING)]
    counts: list[list[int]] = []
    for months in (1, 4):
        for rank in range(months):
            late(session, opened(session, scene, scene.company, Month(2026, 6) + rank))
            late(session, opened(session, scene, scene.structure, Month(2026, 6) + rank))
        session.flush()
        counts.append([])
        for actor in actors:
            session.expire_all()
            with sql_count() as statements:
                told(session, actor, now)
            counts[-1].append(statements.count)

    assert counts[0] == counts[1]


def test_what_waits_in_another_organisation_is_told(
    session: Session, scene: Scene, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    month = opened(session, scene, scene.company)
    add(session, month, person(), now)
    file(session, month, now)
    due = opened(session, scene, scene.structure)
    session.flush()
    others = [filing(scene.structure), scene.facilitateur, scene.direction]

    with sql_count() as statements:
        to_file, to_check = errands_elsewhere(session, others, paris_date(now))

    assert statements.count == 1
    assert to_file.title.endswith(str(others[0].organisation_name))
    assert "1 déclaration à déposer" in to_file.why
    assert to_file.due_on == due.due_on
    assert "1 déclaration à vérifier" in to_check.why
    assert not list(errands_elsewhere(session, [], paris_date(now)))
