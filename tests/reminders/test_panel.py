"""« Rappels » on a month's page: what was told, to whom, and what comes next."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.declarations.models import Declaration
from portal.kernel.clock import PARIS
from portal.outbox.models import Message
from portal.reminders.jobs import remind
from portal.vocabulary import DeclarationState, MessageState, Role
from tests.accounts.people import sign_in_fully, text_of
from tests.reminders.conftest import World
from tests.reminders.months import deposited, month, person
from tests.statements import Statements

MORNING = datetime(2026, 12, 18, 8, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as travelling:
        yield travelling


@pytest.fixture
def late(session: Session, world: World, now: datetime) -> Declaration:
    """The cotraitant's month, eight days late."""
    person(session, "zoe", (world.cotraitant, Role.TITULAIRE), now=now)
    declaration = month(session, world.shared, world.cotraitant, date(2026, 12, 10), now=now)
    session.commit()
    return declaration


def panel(client: FlaskClient, session: Session, world: World, name: str, declaration: Declaration) -> str:
    sign_in_fully(client, session, world.people[name], MORNING)
    page = client.get(f"/declarations/{declaration.reference}")
    assert page.status_code == 200
    text = text_of(page)
    return text[text.index(" Rappels ") :]


def test_a_colleague_reads_who_was_told_and_what_comes_next(
    client: FlaskClient, session: Session, world: World, late: Declaration
) -> None:
    remind(datetime(2026, 12, 11, 8, tzinfo=PARIS), False)
    session.execute(update(Message).values(state=MessageState.SENT, settled_at=MORNING))
    session.commit()
    remind(MORNING, False)
    shown = panel(client, session, world, "jean", late)
    assert "Prochain rappel le lundi 28 décembre 2026 (15 jours après l’échéance), sauf si le mois est déposé" in shown
    week, day = shown.index("8 jours après l’échéance"), shown.index("le lendemain de l’échéance")
    assert week < day
    assert "Déclarant : Jean, Zoe Mandataire : 1 personne 3 courriels à envoyer" in shown
    assert "11 décembre 2026 à 8 h 00 , le lendemain de l’échéance Déclarant : Jean, Zoe 2 courriels envoyés" in shown
    assert "Anne" not in shown


def test_the_facilitateur_reads_every_name(
    client: FlaskClient, session: Session, world: World, late: Declaration
) -> None:
    remind(MORNING, False)
    assert "Mandataire : Anne" in panel(client, session, world, "marc", late)


def test_a_month_that_is_filed_says_that_nothing_leaves(
    client: FlaskClient, session: Session, world: World, late: Declaration
) -> None:
    remind(MORNING, False)
    deposited(session, late, at=MORNING)
    session.commit()
    assert "Plus aucun rappel ne part" in panel(client, session, world, "jean", late)


def test_a_month_of_which_nothing_was_told_says_what_will_be(
    client: FlaskClient, session: Session, world: World, now: datetime
) -> None:
    coming = month(session, world.alone, world.cotraitant, date(2026, 12, 31), now=now)
    session.commit()
    shown = panel(client, session, world, "jean", coming)
    assert "Prochain rappel le lundi 28 décembre 2026 (5 jours avant l’échéance)" in shown
    assert "Aucun rappel n’est encore parti" in shown


def test_an_accepted_month_without_reminders_has_no_panel(
    client: FlaskClient, session: Session, world: World, late: Declaration
) -> None:
    deposited(session, late, at=MORNING)
    late.state = DeclarationState.ACCEPTED
    session.commit()
    sign_in_fully(client, session, world.people["jean"], MORNING)
    assert " Rappels " not in text_of(client.get(f"/declarations/{late.reference}"))


def test_statements_do_not_grow_with_what_was_told(
    client: FlaskClient,
    session: Session,
    world: World,
    late: Declaration,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    def asked(declaration: Declaration) -> int:
        with sql_count() as statements:
            client.get(f"/declarations/{declaration.reference}")
        return statements.count

    sign_in_fully(client, session, world.people["jean"], MORNING)
    client.get(f"/declarations/{late.reference}")
    before = asked(late)
    for number in range(12):
        person(session, f"collegue{number}", (world.cotraitant, Role.STRUCTURE), now=now)
    session.commit()
    for day in (11, 18):
        remind(datetime(2026, 12, day, 8, tzinfo=PARIS), False)
    assert asked(late) == before
    assert "Anne" not in panel(client, session, world, "jean", late)
    assert "Déclarant : Collegue0, Collegue1, Collegue10, Collegue11, Collegue2, Collegue3 et 8 autres" in panel(
        client, session, world, "jean", late
    )
