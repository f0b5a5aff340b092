"""A thousand deposits while the web server and the database are killed: each acknowledged one is there once.

The portal is served by granian in two workers, killed whole by SIGKILL; PostgreSQL is durable, and its first process is
killed the same way. For SQLite the web server is the database.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.orm import Session

from config import Config
from portal import storage
from portal.accounts import keys
from portal.contracts.models import ContractFollower
from portal.declarations.models import Declaration, Delta, Deposit, DepositLine, Line, Participant, Person
from portal.journal.models import JournalEntry
from portal.kernel.month import Month
from portal.outbox.models import Message
from portal.storage import migrations, reading, unit_of_work
from portal.vocabulary import ContractType, DeclarationState, HiringMode, OrganisationKind, Role
from tests.accounts.people import PASSWORD, give, new_account, new_organisation
from tests.declarations.sample import make_contract
from tests.declarations.served import Person as Keyboard
from tests.declarations.storm import Tally, Web, at_once, on_its_page, running, weather
from tests.forecast.pages import filled
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

CONTRACTS, FIRST, MONTHS = 25, Month(2023, 6), 40
ACCEPTED = 150
FILING, CHECKING = 8, 4
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@pytest.fixture(autouse=True)
def moment() -> None:
    """The true time: the served portal reads the same clock as the test."""


@pytest.fixture
def cluster(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster | None]:
    """A PostgreSQL server of its own, that may be killed; none for SQLite."""
    if database == "sqlite":
        yield None
        return
    home = Path("/tmp") / f"amont-storm-{tmp_path_factory.getbasetemp().name}"  # noqa: S108 — a socket's path is short
    made = Cluster(home, _DURABLE)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def config(cluster: Cluster | None, tmp_path: Path) -> Iterator[Config]:
    url = f"sqlite:///{tmp_path / 'amont.db'}"
    if cluster is not None:
        server = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text("CREATE DATABASE storm"))
        server.dispose()
        url = cluster.url("storm")
    engine = storage.make_engine(url)
    migrations.migrate(engine)
    storage.bind(engine)
    yield Config(
        environment="test",
        database_url=url,
        secret_key="a key that signs nothing but tests",
        totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
        person_key="fingerprints of the tests",
        cookie_secure=False,
        data_dir=tmp_path / "data",
        password_cost="cheap",
    )
    storage.unbind()
    engine.dispose()


@pytest.fixture
def months(config: Config) -> list[str]:
    """The references of a thousand months ready to be deposited, one person in each, and who files and checks them."""
    now = datetime.now(UTC)
    keys.use(config)
    with unit_of_work() as session:
        kinds = (OrganisationKind.BUYER, OrganisationKind.FACILITATION, OrganisationKind.EI)
        buyer, facilitation, structure = (new_organisation(session, now, n, kind) for n, kind in enumerate(kinds, 1))
        for role, organisation, people in (
            (Role.TITULAIRE, structure, FILING),
            (Role.FACILITATEUR, facilitation, CHECKING),
        ):
            for number in range(people):
                account = new_account(session, now, _email(role, number))
                give(session, account, organisation, role, now=now - timedelta(hours=1))
        for number in range(CONTRACTS):
            last = FIRST + (MONTHS - 1)
            contract = make_contract(session, now, buyer, (structure,), number=f"M-{number}", months=(FIRST, last))
            session.add(ContractFollower(contract_id=contract.id, organisation=facilitation, since=date(2023, 1, 1)))
            _fill(session, contract.id, structure.id, number, now)
        return list(session.scalars(select(Declaration.reference).order_by(Declaration.month, Declaration.id)))


def _fill(session: Session, contract_id: int, organisation_id: int, number: int, now: datetime) -> None:
    """The months of one contract, by few statements: the same person in each, other hours."""
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    participant = Participant(
        organisation_id=organisation_id, matricule=f"P-{number}", person_id=person.id, created_at=now
    )
    session.add(participant)
    session.flush()
    drafts = [
        Declaration(
            contract_id=contract_id,
            organisation_id=organisation_id,
            month=FIRST + place,
            state=DeclarationState.DRAFT,
            due_on=(FIRST + (place + 1)).first_day,
            opened_at=now,
        )
        for place in range(MONTHS)
    ]
    session.add_all(drafts)
    session.flush()
    lines = [
        {
            "declaration_id": draft.id,
            "participant_id": participant.id,
            "hours": Decimal(20 + place),
            "training_hours": Decimal(0),
            "hiring_mode": HiringMode.DIRECT_HIRE,
            "contract_type": ContractType.CDDI,
            "entered_on": FIRST.first_day,
        }
        for place, draft in enumerate(drafts)
    ]
    session.execute(insert(Line), lines)


def _email(role: Role, number: int) -> str:
    return f"{role.value}{number}@monde.example"


def _signed_in(web: Web, role: Role, people: int) -> list[Keyboard]:
    keyboards = [Keyboard(web.url) for _ in range(people)]
    for number, keyboard in enumerate(keyboards):
        page = keyboard.get("/connexion")
        answer = keyboard.post("/connexion", filled(page, email=_email(role, number), password=PASSWORD))  # type: ignore[arg-type]
        assert answer.status_code == 302, answer.text
        keyboard.csrf_token = filled(keyboard.get("/compte/nom"))["csrf_token"]  # type: ignore[arg-type]
    return keyboards


def test_each_acknowledged_deposit_is_there_once_though_everything_is_killed(
    config: Config, cluster: Cluster | None, months: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(Web(config, tmp_path / "served")) as web:
        blows = _blows(web, cluster)
        paths = [f"/declarations/{reference}/deposer" for reference in months]
        filing = _signed_in(web, Role.TITULAIRE, FILING)
        deposits = weather(paths, filing, at_once, blows, every=80)
        _ensure_deposited_once(months, deposits)
        checked = [f"/declarations/{reference}/verifier" for reference in months[:ACCEPTED]]
        checking = _signed_in(web, Role.FACILITATEUR, CHECKING)
        answers = weather(checked, checking, on_its_page(then="accepter"), blows, every=40)
        _ensure_accepted_once(months[:ACCEPTED], answers)
    _ensure_sound(config)
    with capsys.disabled():
        for what, tally in (("deposits", deposits), ("acceptances", answers)):
            print(f"\n{config.database_url.split(':')[0]}: {len(tally.led)} {what} acknowledged, {dict(tally.counts)}")  # noqa: T201


def _blows(web: Web, cluster: Cluster | None) -> list[Callable[[], None]]:
    """What falls in turn: the web server, then the database, each started again at once."""

    def on_the_web() -> None:
        web.kill()
        web.start()
        web.wait()

    def on_the_database() -> None:
        assert cluster is not None
        cluster.kill()
        cluster.start_again()

    return [on_the_web] if cluster is None else [on_the_web, on_the_database]


def _ensure_deposited_once(months: list[str], tally: Tally) -> None:
    """Each was answered with its receipt; none is there twice; states, journal and mails agree."""
    assert len(tally.led) == len(months)
    with reading() as session:
        declarations = {each.reference: each for each in session.scalars(select(Declaration))}
        deposits = {each.declaration_id: each for each in session.scalars(select(Deposit))}
        assert session.scalar(select(func.count()).select_from(Deposit)) == len(deposits) == len(months)
        lines = Counter(session.scalars(select(DepositLine.deposit_id)))
        entries = session.scalars(select(JournalEntry).where(JournalEntry.event == "declaration.deposited")).all()
        promised = Counter(message.ids["deposit"] for message in session.scalars(select(Message)))
    noted = {entry.object_id: entry.after for entry in entries}
    assert len(entries) == len(noted) == len(months)
    for path, location in tally.led.items():
        declaration = declarations[path.split("/")[2]]
        deposit = deposits[declaration.id]
        assert location == f"/declarations/{declaration.reference}/recepisse/{deposit.number}"
        assert (deposit.number, declaration.state) == (1, DeclarationState.DEPOSITED)
        assert hashlib.sha256(deposit.canonical.encode()).hexdigest() == deposit.sha256
        said = json.loads(deposit.canonical)
        assert (said["declaration"], [line["hours"] for line in said["lines"]]) == (
            declaration.reference,
            [f"{deposit.hours:.2f}"],
        )
        assert (noted[declaration.id] or {})["sha256"] == deposit.sha256
        assert lines[deposit.id] == promised[deposit.id] == 1


def _ensure_accepted_once(months: list[str], tally: Tally) -> None:
    """Each acceptance added its line to the ledger once."""
    assert len(tally.led) == len(months)
    with reading() as session:
        accepted = session.scalars(select(Declaration).where(Declaration.state == DeclarationState.ACCEPTED)).all()
        deltas = session.scalars(select(Delta)).all()
        retained = session.scalar(select(func.sum(Deposit.retained_hours)))
        declared = session.scalar(select(func.sum(Deposit.hours)).where(Deposit.retained_hours.is_not(None)))
        entries = session.scalars(
            select(JournalEntry.object_id).where(JournalEntry.event == "declaration.accepted")
        ).all()
    assert sorted(each.reference for each in accepted) == sorted(months)
    assert len({delta.deposit_line_id for delta in deltas}) == len(deltas) == len(months)
    assert {delta.sign for delta in deltas} == {1}
    assert sum(delta.hours_retained for delta in deltas) == retained == declared
    assert sorted(entries) == sorted(each.id for each in accepted)


def _ensure_sound(config: Config) -> None:
    if config.database_url.startswith("sqlite"):
        with reading() as session:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
