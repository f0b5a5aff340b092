"""Whatever happens, in whatever order: each step due is told once to each person, none is lost, none is told of a month
that is filed, nor to somebody who has left. What is to be told is worked out here anew, from the history alone."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, event, update

from portal.accounts.models import Account, Membership
from portal.contracts.models import Contract
from portal.declarations.models import Declaration, Deposit
from portal.directory.models import Organisation
from portal.kernel.month import Month
from portal.outbox import deliver
from portal.outbox.models import Message
from portal.reminders import jobs, services
from portal.reminders.models import Reminder
from portal.storage import unit_of_work
from portal.vocabulary import AccountState, DeclarationState, MessageState, ReminderStep, Role
from tests.outbox.postbox import Postbox
from tests.reminders.conftest import World, made
from tests.reminders.months import deposited, ledger, mails, person, sent_back

pytestmark = pytest.mark.long

PARIS = ZoneInfo("Europe/Paris")
STARTS = [date(2026, 10, 19), date(2026, 12, 1), date(2027, 3, 15)]
"""Before the clocks go back, before Christmas, before they go forward, Easter and May."""
HOLIDAYS = {
    date(2026, 11, 1),
    date(2026, 11, 11),
    date(2026, 12, 25),
    date(2027, 1, 1),
    date(2027, 3, 29),
    date(2027, 5, 1),
    date(2027, 5, 6),
    date(2027, 5, 8),
    date(2027, 5, 17),
    date(2027, 7, 14),
    date(2027, 8, 15),
}
OFFSETS = [-5, -2, 1, 8, 15]
MANDATAIRE_FROM, OTHERS_FROM = 3, 4
SUPPLIERS = {Role.STRUCTURE, Role.TITULAIRE}
AWAITED = {DeclarationState.EXPECTED, DeclarationState.DRAFT, DeclarationState.RETURNED}

MONTHS = st.tuples(st.sampled_from(["cotraitant", "alone", "mandataire"]), st.integers(-20, 12))
"""Who declares a month, and in how many days it is due."""
NAMES = st.sampled_from(["anne", "jean", "rose", "marc", "nour", "yann"])
ACTS = {
    DeclarationState.EXPECTED: [DeclarationState.DRAFT, DeclarationState.DEPOSITED, DeclarationState.SUSPENDED],
    DeclarationState.DRAFT: [DeclarationState.DEPOSITED],
    DeclarationState.DEPOSITED: [DeclarationState.RETURNED, DeclarationState.ACCEPTED],
    DeclarationState.RETURNED: [DeclarationState.DEPOSITED],
    DeclarationState.ACCEPTED: [DeclarationState.RETURNED],
    DeclarationState.SUSPENDED: [DeclarationState.EXPECTED],
}
"""What may become of a month."""
PLACES = st.sampled_from(
    [
        ("mandataire", Role.STRUCTURE),
        ("cotraitant", Role.STRUCTURE),
        ("cotraitant", Role.TITULAIRE),
        ("cotraitant", Role.MANAGER),
        ("network", Role.NETWORK),
        ("facilitation", Role.FACILITATEUR),
    ]
)


def is_worked(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def worked_from(day: date) -> date:
    return day if is_worked(day) else worked_from(day + timedelta(days=1))


@dataclass
class Told:
    """A month as the history tells it."""

    reference: str
    contract: str
    declarant: str
    due_on: date
    state: DeclarationState = DeclarationState.EXPECTED
    deposit_id: int = 0
    deposits: int = 0
    sent_back_on: date | None = None

    def step_on(self, day: date) -> int | None:
        """The number of the last step reached."""
        since = max(self.due_on, self.sent_back_on or self.due_on)
        reached = None
        for step, offset in enumerate(OFFSETS):
            reached_on = worked_from(since + timedelta(days=offset))
            begun = self.state is not DeclarationState.EXPECTED
            is_over = self.sent_back_on is not None and reached_on <= self.sent_back_on
            if reached_on <= day and not is_over and (begun or step != 1):
                reached = step
        return reached


class Killed(BaseException):
    """The process is gone before its transaction could commit."""


class History(RuleBasedStateMachine):
    engine: Engine
    world: World
    postbox: Postbox

    @initialize(start=st.sampled_from(STARTS), months=st.lists(MONTHS, min_size=2, max_size=5))
    def begin(self, start: date, months: list[tuple[str, int]]) -> None:
        self.now = datetime(start.year, start.month, start.day, 5, tzinfo=PARIS)
        self.months: dict[int, Told] = {}
        self.told: dict[tuple[int, str], list[int]] = {}
        self.messages: dict[tuple[str, date], set[int]] = {}
        self.closed: set[str] = set()
        self.places = {("anne", "mandataire", Role.STRUCTURE), ("jean", "cotraitant", Role.STRUCTURE)}
        self.places |= {("rose", "network", Role.NETWORK), ("marc", "facilitation", Role.FACILITATEUR)}
        self.postbox.received.clear()
        with unit_of_work() as session:
            for model in (Reminder, Message, Deposit, Declaration, Membership):
                session.execute(delete(model))
            session.execute(update(Account).values(state=AccountState.ACTIVE))
            session.add_all(self._membership(*place) for place in sorted(self.places))
        for month in months:
            self.open_a_month(month)

    # What happens

    @rule(month=MONTHS)
    def open_a_month(self, month: tuple[str, int]) -> None:
        where, days = month
        contract, declarant = ("alone", "cotraitant") if where == "alone" else ("shared", where)
        due_on = worked_from(self.today + timedelta(days=days))
        with unit_of_work() as session:
            declaration = Declaration(
                contract_id=self._contract(contract).id,
                organisation_id=self._organisation(declarant).id,
                month=Month(2000, 1) + len(self.months),
                state=DeclarationState.EXPECTED,
                due_on=due_on,
                opened_at=self.now,
            )
            session.add(declaration)
            session.flush()
        self.months[declaration.id] = Told(declaration.reference, contract, declarant, due_on)

    @rule(data=st.data())
    @precondition(lambda self: self.months)
    def change_a_month(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.months)))
        self._become(id_, data.draw(st.sampled_from(ACTS[self.months[id_].state])))

    def _become(self, id_: int, state: DeclarationState) -> None:
        month = self.months[id_]
        with unit_of_work() as session:
            declaration = session.get_one(Declaration, id_)
            if state is DeclarationState.DEPOSITED:
                month.deposits += 1
                month.deposit_id = deposited(session, declaration, month.deposits, at=self.now).id
            elif state is DeclarationState.RETURNED:
                sent_back(session, declaration, session.get_one(Deposit, month.deposit_id), at=self.now)
                month.sent_back_on = self.today
            else:
                declaration.state = state
        month.state = state

    @rule(data=st.data())
    @precondition(lambda self: any(month.state in AWAITED for month in self.months.values()))
    def file_a_month_and_have_it_sent_back(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from([id_ for id_, month in self.months.items() if month.state in AWAITED]))
        self._become(id_, DeclarationState.DEPOSITED)
        self._become(id_, DeclarationState.RETURNED)

    @rule(name=NAMES, place=PLACES)
    def arrive(self, name: str, place: tuple[str, Role]) -> None:
        if (name, *place) not in self.places:
            self.places.add((name, *place))
            with unit_of_work() as session:
                session.add(self._membership(name, *place))

    @rule(data=st.data())
    @precondition(lambda self: self.places)
    def leave(self, data: st.DataObject) -> None:
        name, organisation, role = data.draw(st.sampled_from(sorted(self.places)))
        self.places.remove((name, organisation, role))
        with unit_of_work() as session:
            session.execute(
                update(Membership)
                .where(
                    Membership.account_id == self._account(name).id,
                    Membership.organisation_id == self._organisation(organisation).id,
                    Membership.role == role,
                    Membership.until.is_(None),
                )
                .values(until=self.now)
            )

    @rule(name=st.sampled_from(["jean", "yann"]))
    def close_the_account(self, name: str) -> None:
        self.closed.add(name)
        with unit_of_work() as session:
            session.execute(
                update(Account).where(Account.id == self._account(name).id).values(state=AccountState.CLOSED)
            )

    # Time

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.now = (self.now.astimezone(UTC) + timedelta(hours=hours)).astimezone(PARIS)

    @rule(mornings=st.lists(st.booleans(), min_size=1, max_size=8))
    def mornings_pass(self, mornings: list[bool]) -> None:
        """The job runs at eight, or misses the day."""
        for runs in mornings:
            day = self.today + timedelta(days=1)
            self.now = datetime(day.year, day.month, day.day, 8, tzinfo=PARIS)
            if runs:
                self.run(1)

    @rule(minute=st.integers(0, 59), fold=st.booleans())
    def reach_the_night_when_clocks_change(self, minute: int, fold: bool) -> None:
        """Between two and three on the last Sunday of October, twice, or of March, never."""
        nights = (date(2026, 10, 25), date(2027, 3, 28))
        night = next((night for night in nights if self.today < night), None)
        if night is not None and (night - self.today).days < 20:
            local = datetime(night.year, night.month, night.day, 2, minute, fold=int(fold), tzinfo=PARIS)
            self.now = local.astimezone(UTC).astimezone(PARIS)

    # The job

    @rule(times=st.integers(1, 2))
    def run(self, times: int) -> None:
        expected = self._expected()
        counts = [jobs.remind(self.now, False) for _ in range(times)]
        assert sum(count["messages"] for count in counts) == len(expected)
        assert sum(count["mois rappelés"] for count in counts) == sum(map(len, expected.values()))
        self._tell(expected)
        self._ensure_told()

    @rule(each=st.integers(2, 3))
    def run_from_several_schedulers_at_once(self, each: int) -> None:
        expected = self._expected()
        together(*[lambda: jobs.remind(self.now, False)] * each)
        self._tell(expected)
        self._ensure_told()

    @rule(survives=st.integers(0, 6))
    def run_and_be_killed(self, survives: int) -> None:
        """Somewhere between two statements: whoever was told was told all, the others nothing."""
        expected = self._expected()
        with dying(self.engine, survives):
            jobs.remind(self.now, False)
        served = {mail.dedupe_key for mail in mails()}
        self._tell({name: due for name, due in expected.items() if self._key(name, self.today) in served})
        self._ensure_told()

    @rule()
    def foresee(self) -> None:
        expected = self._expected()
        foreseen = jobs.remind(self.now, True)
        assert foreseen["messages"] == len(expected)
        assert foreseen["mois rappelés"] == sum(map(len, expected.values()))
        assert sum(foreseen.values()) == len(expected) + 2 * sum(map(len, expected.values()))
        self._ensure_told()

    @rule(answers=st.booleans())
    def deliver(self, answers: bool) -> None:
        before = {mail.id: mail for mail in mails()}
        self.postbox.received.clear()
        deliver(self.postbox.settings() if answers else self.postbox.settings(port=9), self.now)
        received = {str(mail["Message-ID"]): _text_of(mail) for mail in self.postbox.received}
        for mail in mails():
            if before[mail.id].settled_at is None and mail.settled_at is not None:
                self._ensure_settled_well(mail, received.get(str(mail.message_id)), answers)

    def _ensure_settled_well(self, mail: Message, text: str | None, answers: bool) -> None:
        name, told_on = self._whose(mail), date.fromisoformat(str(mail.ids["day"]))
        concerning = self._still_concerning(name)
        new = {id_ for id_ in concerning & self.messages[name, told_on] if self._last_told(id_, name) == told_on}
        if mail.state is MessageState.GIVEN_UP:
            assert new
            assert not answers
            return
        assert (mail.state is MessageState.SENT, text is not None) == (bool(new), bool(new)), mail.result
        if text is not None:
            self._ensure_said(name, concerning, text)

    def teardown(self) -> None:
        if not hasattr(self, "now"):
            return
        self.deliver(True)
        self.now = self._next_morning()
        self.run(1)
        self.wait(2)
        self.deliver(True)
        assert all(mail.settled_at is not None for mail in mails())

    # What is to be told, from the history alone

    def _expected(self) -> dict[str, dict[int, int]]:
        """By person, the steps to tell of each month."""
        expected: dict[str, dict[int, int]] = {}
        if not is_worked(self.today):
            return expected
        for name in self._accounts():
            due = {} if (name, self.today) in self.messages else self._due(name)
            if due:
                expected[name] = due
        return expected

    def _due(self, name: str) -> dict[int, int]:
        due = {}
        for id_, month in self.months.items():
            first, step = self._told_from(name, month), month.step_on(self.today)
            if first is None or step is None or (self.today - month.due_on).days > 90:
                continue
            if step >= first and all(before < step for before in self.told.get((id_, name), [])):
                due[id_] = step
        return due

    def _told_from(self, name: str, month: Told) -> int | None:
        """The first step of which this person is to be told; None when the month is no concern of theirs."""
        if month.state not in AWAITED or name in self.closed:
            return None
        held = {(organisation, role) for who, organisation, role in self.places if who == name}
        if held & {(month.declarant, role) for role in SUPPLIERS}:
            return 0
        if month.contract != "shared":
            return None
        if month.declarant == "cotraitant" and held & {("mandataire", role) for role in SUPPLIERS}:
            return MANDATAIRE_FROM
        escalated = held & {("network", Role.NETWORK), ("facilitation", Role.FACILITATEUR)}
        return OTHERS_FROM if escalated else None

    def _tell(self, expected: dict[str, dict[int, int]]) -> None:
        for name, due in expected.items():
            self.messages[name, self.today] = set(due)
            for id_, step in due.items():
                self.told.setdefault((id_, name), []).append(step)

    def _still_concerning(self, name: str) -> set[int]:
        """The months told to this person that still are their concern: those of a place they have left are not."""
        told = {id_: self.months[id_] for id_, who in self.told if who == name}
        return {id_ for id_, month in told.items() if self._has_begun_to_concern(name, month)}

    def _has_begun_to_concern(self, name: str, month: Told) -> bool:
        first = self._told_from(name, month)
        return first is not None and (self.today - month.due_on).days >= OFFSETS[first]

    def _last_told(self, id_: int, name: str) -> date:
        return max(day for (who, day), months in self.messages.items() if who == name and id_ in months)

    # What was told

    def _ensure_told(self) -> None:
        steps = ReminderStep.in_order()
        names = {account.id: name for name, account in self._accounts().items()}
        assert self.told == {
            (id_, names[account_id]): [steps.index(step) for step in told]
            for (id_, account_id), told in ledger().items()
        }
        assert {mail.dedupe_key for mail in mails()} == {self._key(*message) for message in self.messages}

    def _ensure_said(self, name: str, listed: set[int], text: str) -> None:
        assert text.count("\n- ") == len(listed)
        for id_, month in self.months.items():
            own = {(name, month.declarant, role) for role in SUPPLIERS} & self.places
            assert (month.reference in text) <= (id_ in listed)
            assert (month.reference in text) or not (own and id_ in listed)

    # The world

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    def _next_morning(self) -> datetime:
        day = worked_from(self.today + timedelta(days=1))
        return datetime(day.year, day.month, day.day, 8, tzinfo=PARIS)

    def _accounts(self) -> dict[str, Account]:
        return self.world.people

    def _account(self, name: str) -> Account:
        return self.world.people[name]

    def _organisation(self, name: str) -> Organisation:
        found: Organisation = getattr(self.world, name)
        return found

    def _contract(self, name: str) -> Contract:
        found: Contract = getattr(self.world, name)
        return found

    def _membership(self, name: str, organisation: str, role: Role) -> Membership:
        return Membership(
            account_id=self._account(name).id,
            organisation_id=self._organisation(organisation).id,
            role=role,
            since=self.now,
        )

    def _key(self, name: str, day: date) -> str:
        return f"reminder:{self._account(name).id}:{day.isoformat()}"

    def _whose(self, mail: Message) -> str:
        return next(name for name, account in self._accounts().items() if account.id == mail.ids["account"])


def _text_of(mail: EmailMessage) -> str:
    text = mail.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def together(*acts: Callable[[], object]) -> None:
    """Each act in its own thread, all released at once."""
    start, troubles = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


@contextmanager
def dying(engine: Engine, survives: int) -> Iterator[None]:
    """The process dies at the statement that writes after `survives` others that do."""
    written = 0

    def kill(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal written
        if statement.startswith("INSERT"):
            if written == survives:
                raise Killed
            written += 1

    event.listen(engine, "before_cursor_execute", kill)
    try:
        yield
    except Killed:
        pass
    finally:
        event.remove(engine, "before_cursor_execute", kill)


@pytest.fixture
def history(fresh_engine: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[History]]:
    """Histories of a world committed once; so few months and people that work is still done in several batches."""
    monkeypatch.setattr(services, "MONTHS_AT_ONCE", 2)
    monkeypatch.setattr(services, "PEOPLE_AT_ONCE", 1)
    with unit_of_work() as session:
        world = made(session, now)
        for name in ("nour", "yann"):
            world.people[name] = person(session, name, now=now)
    with Postbox() as postbox:
        yield type("HistoryHere", (History,), {"engine": fresh_engine, "world": world, "postbox": postbox})


def test_any_history(history: type[History]) -> None:
    run_state_machine_as_test(history, settings=settings(max_examples=12, stateful_step_count=30))


@pytest.mark.slow
def test_many_histories(history: type[History]) -> None:
    run_state_machine_as_test(history, settings=settings(max_examples=400, stateful_step_count=50))
