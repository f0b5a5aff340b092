"""What leaves on a morning, and to whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.accounts.models import Account, Membership
from portal.contracts.models import ContractFollower, ContractTitulaire
from portal.declarations.models import Declaration
from portal.jobs.models import JobRun
from portal.journal.models import JournalEntry
from portal.kernel.actor import SYSTEM
from portal.kernel.clock import PARIS
from portal.reminders import services
from portal.reminders.jobs import remind
from portal.reminders.models import Reminder
from portal.reminders.services import Promised
from portal.storage import reading
from portal.vocabulary import (
    AccountState,
    DeclarationState,
    GroupementState,
    MessageState,
    ReminderAudience,
    ReminderStep,
    Role,
)
from tests.reminders.conftest import World
from tests.reminders.months import contract, deposited, join, ledger, mails, month, person, sent_back
from tests.statements import Statements

DUE = date(2026, 12, 10)
BEFORE, DRAFT_ONLY, NEXT, WEEK, FORTNIGHT = ReminderStep.in_order()
SqlCount = Callable[[], AbstractContextManager[Statements]]


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=PARIS)


def december(day: int) -> datetime:
    return morning(date(2026, 12, day))


def told(world: World, declaration: Declaration) -> dict[str, list[ReminderStep]]:
    """The steps told of a month, by name."""
    names = {account.id: name for name, account in world.people.items()}
    return {names[person]: steps for (id_, person), steps in sorted(ledger().items()) if id_ == declaration.id}


@pytest.fixture
def expected(session: Session, world: World, now: datetime) -> Declaration:
    """The cotraitant's month, awaited."""
    declaration = month(session, world.shared, world.cotraitant, DUE, now=now)
    session.commit()
    return declaration


def become(session: Session, declaration: Declaration, state: DeclarationState) -> None:
    declaration.state = state
    session.commit()


def test_each_step_is_told_on_its_day_to_those_it_concerns(expected: Declaration, world: World) -> None:
    leaving = {day: remind(december(day), False)["messages"] for day in range(1, 31)}
    assert {day: count for day, count in leaving.items() if count} == {7: 1, 11: 1, 18: 2, 28: 4}
    assert told(world, expected) == {
        "jean": [BEFORE, NEXT, WEEK, FORTNIGHT],
        "anne": [WEEK, FORTNIGHT],
        "rose": [FORTNIGHT],
        "marc": [FORTNIGHT],
    }
    with reading() as session:
        lines = session.scalars(select(Reminder).order_by(Reminder.id)).all()
        acts = session.scalars(select(JournalEntry.event).where(JournalEntry.event == "reminder.promised")).all()
    capacities = {line.account_id: line.audience for line in lines}
    told_as = [capacities[world.people[name].id] for name in ("jean", "anne", "rose", "marc")]
    assert told_as == [audience for audience in ReminderAudience if audience is not ReminderAudience.EMPLOYER]
    assert lines[-1].reached_on == date(2026, 12, 28)
    assert len(acts) == 4


def test_two_days_before_is_told_of_a_draft_only(session: Session, expected: Declaration, world: World) -> None:
    remind(december(7), False)
    assert remind(december(8), False)["messages"] == 0
    become(session, expected, DeclarationState.DRAFT)
    assert remind(december(9), False)["messages"] == 1
    assert told(world, expected) == {"jean": [BEFORE, DRAFT_ONLY]}


def test_missed_days_tell_the_latest_step_and_never_the_others(expected: Declaration, world: World) -> None:
    for day in (21, 21, 22):
        remind(december(day), False)
    assert told(world, expected) == {"jean": [WEEK], "anne": [WEEK]}


def test_nothing_leaves_on_a_day_that_is_not_a_business_day(expected: Declaration) -> None:
    for day in (25, 26, 27):
        assert remind(december(day), False) == remind(december(day), True) == {"messages": 0, "mois rappelés": 0}
    assert remind(december(28), False)["messages"] == 4


@pytest.mark.parametrize("state", [DeclarationState.DEPOSITED, DeclarationState.ACCEPTED, DeclarationState.SUSPENDED])
def test_what_is_filed_or_without_object_is_not_told(
    session: Session, expected: Declaration, state: DeclarationState
) -> None:
    become(session, expected, state)
    assert remind(december(28), False)["messages"] == 0


def test_a_month_sent_back_is_awaited_anew(session: Session, expected: Declaration, world: World) -> None:
    remind(december(7), False)
    deposit = deposited(session, expected, at=december(10))
    session.commit()
    remind(december(18), False)
    sent_back(session, expected, deposit, at=december(21) + timedelta(hours=3))
    session.commit()
    for day in (21, 22, 29, 31):
        remind(december(day), False)
    assert told(world, expected) == {"jean": [BEFORE, NEXT, WEEK], "anne": [WEEK]}


def test_no_step_is_told_after_a_later_one(session: Session, expected: Declaration, world: World) -> None:
    remind(december(18), False)
    sent_back(session, expected, deposited(session, expected, at=december(20)), at=december(21))
    session.commit()
    for day in (22, 29, 30):
        remind(december(day), False)
    assert told(world, expected) == {"jean": [WEEK], "anne": [WEEK]}
    remind(morning(date(2027, 1, 5)), False)
    assert told(world, expected)["jean"] == [WEEK, FORTNIGHT]


def test_a_scheduler_that_comes_second_leaves_for_another_day_what_the_first_did_not_see(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    first = services.due_notices(session, now=december(11))
    other = month(session, world.alone, world.cotraitant, DUE, now=now)
    second = services.due_notices(session, now=december(11))
    promised = [
        services.promise_reminders(session, notices, actor=SYSTEM, now=december(11)) for notices in (first, second)
    ]
    assert promised == [Promised(1, 1), Promised(0, 0)]
    session.commit()
    assert told(world, other) == {}
    remind(december(14), False)
    assert told(world, other) == told(world, expected) == {"jean": [NEXT]}


def test_one_message_a_person_and_day_tells_all(session: Session, world: World, now: datetime) -> None:
    for due_on in (DUE, date(2026, 11, 10), date(2026, 10, 12)):
        for of in (world.shared, world.alone):
            month(session, of, world.cotraitant, due_on, now=now)
    session.commit()
    assert remind(december(7), False) == {"messages": 4, "mois rappelés": 6 + 2 * 3}
    assert remind(december(7), False) == remind(december(7), True) == {"messages": 0, "mois rappelés": 0}
    assert {mail.recipient for mail in mails()} == {f"{name}@pont.example" for name in ("jean", "anne", "rose", "marc")}


def test_what_comes_up_after_todays_message_waits_for_the_next_business_day(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    remind(december(11), False)
    other = month(session, world.alone, world.cotraitant, DUE, now=now)
    session.commit()
    for dry_run in (True, False):
        assert remind(december(11) + timedelta(hours=4), dry_run)["messages"] == 0
    remind(december(14), False)
    assert told(world, other) == {"jean": [NEXT]}
    assert [mail.created_at for mail in mails()] == [december(11), december(14)]


def test_who_has_left_is_told_nothing_and_who_arrives_is_told_the_latest(
    session: Session, expected: Declaration, world: World
) -> None:
    jean = world.people["jean"].id
    for held in session.scalars(select(Membership).where(Membership.account_id == jean)):
        held.until = december(18)
    nour = person(session, "nour", (world.cotraitant, Role.TITULAIRE), now=december(19))
    world.people["nour"] = nour
    session.commit()
    remind(december(17), False)
    remind(december(21), False)
    assert told(world, expected) == {"jean": [NEXT], "anne": [WEEK], "nour": [WEEK]}


def test_a_closed_account_is_told_nothing(session: Session, expected: Declaration, world: World) -> None:
    session.get_one(Account, world.people["marc"].id).state = AccountState.CLOSED
    session.commit()
    remind(december(28), False)
    assert "marc" not in told(world, expected)


def test_someone_concerned_twice_is_told_once_in_the_first_capacity(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    join(session, world.people["jean"].id, world.facilitation.id, Role.FACILITATEUR, since=now)
    session.commit()
    remind(december(28), False)
    assert told(world, expected)["jean"] == [FORTNIGHT]
    with reading() as unit:
        line = unit.scalars(select(Reminder).where(Reminder.account_id == world.people["jean"].id)).one()
    assert line.audience is ReminderAudience.DECLARANT


def _no_network(world: World) -> None:
    world.groupement.network_id = None


def _not_retained(world: World) -> None:
    world.groupement.state = GroupementState.NOT_RETAINED


def _left(world: World) -> None:
    world.shared.titulaires[0].left_on = date(2026, 6, 1)


@pytest.mark.parametrize(("change", "silent"), [(_no_network, {"rose"}), (_not_retained, {"rose"}), (_left, {"anne"})])
def test_escalation_follows_who_coordinates_and_who_speaks_for_all(
    session: Session, expected: Declaration, world: World, change: Callable[[World], None], silent: set[str]
) -> None:
    change(world)
    session.commit()
    remind(december(28), False)
    assert told(world, expected).keys() == {"jean", "anne", "rose", "marc"} - silent


def test_the_former_follower_is_told_nothing(session: Session, expected: Declaration, world: World) -> None:
    follower = session.scalars(select(ContractFollower)).one()
    follower.until = date(2026, 12, 1)
    session.commit()
    remind(december(28), False)
    assert "marc" not in told(world, expected)


def test_a_late_mandataire_does_not_escalate_to_itself(session: Session, world: World, now: datetime) -> None:
    its_own = month(session, world.shared, world.mandataire, DUE, now=now)
    session.commit()
    remind(december(18), False)
    assert told(world, its_own) == {"anne": [WEEK]}
    holders = session.scalars(select(ContractTitulaire).where(ContractTitulaire.contract_id == world.alone.id)).all()
    assert [held.is_mandataire for held in holders] == [True]


def test_a_month_awaited_for_more_than_three_months_is_left_to_people(
    session: Session, world: World, now: datetime
) -> None:
    month(session, world.alone, world.cotraitant, date(2026, 9, 10), now=now)
    session.commit()
    assert remind(morning(date(2026, 12, 10)), False)["messages"] == 0
    assert remind(morning(date(2026, 12, 9)), False)["messages"] == 1


@pytest.mark.parametrize(
    ("instant", "leaves"),
    [
        (datetime(2026, 12, 17, 23, 59, tzinfo=PARIS), False),
        (datetime(2026, 12, 18, 0, 1, tzinfo=PARIS), True),
    ],
)
def test_a_day_is_a_day_in_paris(expected: Declaration, world: World, instant: datetime, leaves: bool) -> None:
    remind(instant, False)
    assert (WEEK in told(world, expected)["jean"]) == leaves


def test_a_dry_run_says_what_would_leave_and_to_whom(expected: Declaration, config: Config) -> None:
    foreseen = scheduler.run_job(config, "reminders", dry_run=True, now=december(18))
    assert foreseen == {
        "messages": 2,
        "mois rappelés": 2,
        "Anne <anne@pont.example>, mandataire, 8 jours après l’échéance, Jardin, novembre 2026, marché 2026-17": 1,
        "Jean <jean@pont.example>, déclarant, 8 jours après l’échéance, Jardin, novembre 2026, marché 2026-17": 1,
    }
    assert (mails(), ledger()) == ([], {})
    with reading() as session:
        assert session.query(JobRun).count() == 0
    assert scheduler.run_job(config, "reminders", dry_run=False, now=december(18)) == {
        "messages": 2,
        "mois rappelés": 2,
    }


def test_it_runs_at_eight_in_paris_whatever_the_season(config: Config) -> None:
    (job,) = (job for job in scheduler.timetable(config) if job.name == "reminders")
    for day in (date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 31), date(2027, 11, 1)):
        assert job.planned_at(morning(day) + timedelta(hours=15)) == morning(day)


def test_promises_wait_for_the_deliverer(expected: Declaration) -> None:
    remind(december(11), False)
    (mail,) = mails()
    assert (mail.kind, mail.state, mail.dedupe_key) == (
        "reminders.due",
        MessageState.PROMISED,
        f"reminder:{mail.ids['account']}:2026-12-11",
    )


def test_statements_do_not_grow_with_what_is_told(
    session: Session, world: World, now: datetime, sql_count: SqlCount
) -> None:
    def sweep(day: int) -> int:
        with sql_count() as statements:
            remind(december(day), False)
        return statements.count

    month(session, world.alone, world.cotraitant, DUE, now=now)
    session.commit()
    few = sweep(11)
    for number in range(30):
        of = contract(session, world.buyer, world.cotraitant, now=now, number=f"2027-{number}")
        month(session, of, world.cotraitant, DUE, now=now)
        person(session, f"collegue{number}", (world.cotraitant, Role.STRUCTURE), now=now)
    session.commit()
    assert sweep(14) == few
    assert len(mails()) == 1 + 31


def test_the_sweep_looks_through_the_index_of_states_and_due_dates(connection: Connection, engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("an empty PostgreSQL table is read whole, whatever its indexes")
    plan = connection.exec_driver_sql(
        "EXPLAIN QUERY PLAN SELECT id FROM declaration WHERE state IN ('expected', 'draft', 'returned')"
        " AND due_on BETWEEN '2026-09-01' AND '2026-12-01'"
    )
    assert "ix_declaration_state_due_on" in str(plan.all())
