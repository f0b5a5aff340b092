"""The job that opens months: each once, however often and whenever it runs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from portal.contracts.models import Suspension
from portal.declarations import jobs, services
from portal.declarations.models import Declaration
from portal.directory.models import Organisation
from portal.journal.models import JournalEntry
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.storage import unit_of_work
from portal.vocabulary import DeclarationState, OrganisationKind
from tests.accounts.people import new_organisation
from tests.declarations.sample import NOVEMBER, OCTOBER, Scene, make_contract, make_scene
from tests.statements import Statements


def _months(session: Session, organisation: Organisation) -> dict[str, str]:
    of = select(Declaration.month, Declaration.state).where(Declaration.organisation_id == organisation.id)
    return {str(month): state.value for month, state in session.execute(of)}


def test_each_titulaire_has_each_month_that_is_over(session: Session, scene: Scene, now: datetime) -> None:
    assert services.count_due(session, now=now) == 4
    assert services.open_months(session, now=now) == 4
    assert _months(session, scene.company) == _months(session, scene.structure)
    assert _months(session, scene.company) == {"2026-10": "expected", "2026-11": "expected"}
    november = session.scalars(select(Declaration).where(Declaration.month == NOVEMBER)).first()
    assert november is not None
    assert (november.due_on, november.opened_at, november.lines) == (date(2026, 12, 10), now, [])


def test_a_second_run_opens_nothing_and_says_nothing(session: Session, scene: Scene, now: datetime) -> None:
    services.open_months(session, now=now)
    assert services.open_months(session, now=now) == 0
    entries = session.scalars(select(JournalEntry).where(JournalEntry.event == "declaration.opened")).all()
    assert [entry.after for entry in entries] == [{"opened": 4, "suspended_or_resumed": 0}]


@pytest.mark.parametrize(
    ("instant", "opened"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=PARIS), 0),
        (datetime(2026, 11, 1, 0, 0, tzinfo=PARIS), 2),
        (datetime(2027, 1, 15, 3, 0, tzinfo=PARIS), 6),
        (datetime(2032, 1, 15, 3, 0, tzinfo=PARIS), 24),
    ],
)
def test_missed_months_are_caught_up_with_and_none_opens_early(
    session: Session, scene: Scene, instant: datetime, opened: int
) -> None:
    assert services.open_months(session, now=instant) == opened


def test_a_suspended_month_is_without_object_and_comes_back(session: Session, scene: Scene, now: datetime) -> None:
    session.add(Suspension(contract_id=scene.contract.id, month=OCTOBER))
    services.open_months(session, now=now)
    assert _months(session, scene.company) == {"2026-10": "suspended", "2026-11": "expected"}
    session.execute(delete(Suspension))
    session.add(Suspension(contract_id=scene.contract.id, month=NOVEMBER))
    assert services.open_months(session, now=now) == 0
    assert _months(session, scene.company) == {"2026-10": "expected", "2026-11": "suspended"}


def test_a_month_begun_is_left_to_its_author(session: Session, scene: Scene, now: datetime) -> None:
    services.open_months(session, now=now)
    begun = session.scalars(select(Declaration).where(Declaration.month == NOVEMBER)).all()
    begun[0].state = DeclarationState.DRAFT
    session.add(Suspension(contract_id=scene.contract.id, month=NOVEMBER))
    services.open_months(session, now=now)
    session.expire_all()
    assert {each.state.value for each in begun} == {"draft", "suspended"}
    assert {each.version for each in begun} == {1, 2}


def test_a_month_no_longer_asked_for_is_without_object(session: Session, scene: Scene, now: datetime) -> None:
    services.open_months(session, now=now)
    scene.contract.first_month = NOVEMBER
    services.open_months(session, now=now)
    assert _months(session, scene.company) == {"2026-10": "suspended", "2026-11": "expected"}


def test_who_left_still_declares_the_month_of_the_departure(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.titulaires[1].left_on = date(2026, 10, 20)
    assert services.open_months(session, now=now) == 3
    assert _months(session, scene.structure) == {"2026-10": "expected"}


def test_a_titulaire_or_a_buyer_that_is_no_organisation_declares_nothing(
    session: Session, scene: Scene, now: datetime
) -> None:
    scene.contract.titulaires[1].organisation_id = None
    assert services.count_due(session, now=now) == 2
    scene.contract.buyer_id = None
    assert services.open_months(session, now=now) == 0


def test_a_contract_without_months_to_declare_opens_nothing(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.first_month = scene.contract.last_month = None
    assert services.open_months(session, now=now) == 0


def test_due_days_are_those_of_each_contract(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.due_day = 5
    services.open_months(session, now=now)
    due = session.scalars(select(Declaration.due_on).distinct().order_by(Declaration.due_on)).all()
    assert due == [date(2026, 11, 5), date(2026, 12, 7)]


def test_a_fixed_number_of_statements_whatever_the_contracts(
    session: Session, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    scene = make_scene(session, now)
    with sql_count() as few:
        assert services.open_months(session, now=now) == 4
    holders = [new_organisation(session, now, number, OrganisationKind.COMPANY) for number in range(10, 50)]
    months = (Month(2025, 1), Month(2027, 12))
    for number, holder in enumerate(holders):
        make_contract(session, now, scene.buyer, (holder,), number=f"2025-{number}", months=months)
    session.flush()
    with sql_count() as many:
        assert services.open_months(session, now=now) == 40 * 23
    assert (few.count, many.count) == (10, 12)  # two more for each 500 months


def test_the_job_tells_what_it_would_do_then_does_it(connection: Connection, now: datetime) -> None:
    with unit_of_work() as session:
        make_scene(session, now)
    assert jobs.open_months(now, True) == {"mois à ouvrir": 4}
    assert jobs.open_months(now, False) == {"mois ouverts": 4}
    assert jobs.open_months(now, True) == {"mois à ouvrir": 0}
