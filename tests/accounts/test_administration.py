"""The operator's command that makes the first person of an installation."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal import cli, journal, storage
from portal.accounts.models import Account, Membership
from portal.directory import queries as directory
from portal.kernel.actor import SYSTEM
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import PASSWORD, give, new_account, new_organisation, sign_in, siret, submit


@pytest.fixture
def run(config: Config, connection: object, monkeypatch: pytest.MonkeyPatch) -> "Run":
    """`run("create-admin", …)` on the test's own transaction."""
    monkeypatch.setattr(cli, "_connected", lambda: config)
    return Run()


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[None]:
    """A database without a single table."""
    engine = storage.make_engine(f"sqlite:///{tmp_path}/empty.db")
    storage.bind(engine)
    yield
    storage.unbind()
    engine.dispose()


class Run:
    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["create-admin", *arguments])


def test_the_first_administrator_chooses_a_password_and_then_protects_the_account(
    run: Run, client: FlaskClient, session: Session, now: datetime
) -> None:
    answer = run("Ada@Ville.example", "--siret", siret(1).formatted, "--organisation", "Ville", "--name", "Ada Colin")
    assert answer.exit_code == 0, answer.output
    assert "ada@ville.example administre le portail." in answer.output
    link = re.search(r"http://127\.0\.0\.1:8000(/mot-de-passe/\S+)", answer.output)
    assert link is not None
    organisation = directory.by_siret(session, siret(1))
    assert organisation is not None
    assert organisation.kinds_on(now.date()) == {OrganisationKind.BUYER}
    assert submit(client, link[1], password=PASSWORD).location == "/connexion"
    sign_in(client, "ada@ville.example")
    assert client.get("/compte").location == "/compte/second-facteur?suite=/compte"


def test_it_names_a_manager_only_where_there_is_none(run: Run, session: Session, now: datetime) -> None:
    managed = new_organisation(session, now, 1, OrganisationKind.BUYER)
    give(session, new_account(session, now, "manon@ville.example"), managed, Role.MANAGER, now=now)
    new_organisation(session, now, 2, OrganisationKind.BUYER)
    session.commit()
    for number, email in ((1, "ada@ville.example"), (2, "lou@ville.example")):
        assert run(email, "--siret", siret(number)).exit_code == 0
    roles = {
        email: set(
            session.scalars(select(Membership.role).join(Membership.account).where(Account.email == email)).all()
        )
        for email in ("ada@ville.example", "lou@ville.example")
    }
    assert roles["ada@ville.example"] == {Role.ADMINISTRATOR}
    assert roles["lou@ville.example"] == {Role.ADMINISTRATOR, Role.MANAGER}


def test_someone_who_has_a_password_keeps_it(run: Run, session: Session, now: datetime) -> None:
    account = new_account(session, now, "ada@ville.example")
    new_organisation(session, now, 1, OrganisationKind.BUYER)
    session.commit()
    answer = run("ada@ville.example", "--siret", siret(1))
    assert "/mot-de-passe/" not in answer.output
    entry = journal.entries_of(session, "account", account.id)[0]
    assert (entry.event, entry.actor_label) == ("membership.started", SYSTEM.label)


def test_run_twice_gives_the_role_once(run: Run, session: Session) -> None:
    for _ in range(2):
        assert run("ada@ville.example", "--siret", siret(1), "--organisation", "Ville").exit_code == 0
    administrators = select(Membership).where(Membership.role == Role.ADMINISTRATOR)
    assert len(session.scalars(administrators).all()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ada", "--siret", siret(1)), "mal formée"),
        (("ada@ville.example", "--siret", "12345678900011"), "mal formé"),
        (("ada@ville.example", "--siret", siret(1)), "--organisation"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(run: Run, arguments: tuple[str, ...], said: str) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert said in answer.output


def test_a_database_that_is_not_there_is_said_too(
    key_config: Config, monkeypatch: pytest.MonkeyPatch, empty_database: None
) -> None:
    monkeypatch.setattr(cli, "_connected", lambda: key_config)
    answer = Run()("ada@ville.example", "--siret", siret(1), "--organisation", "Ville")
    assert answer.exit_code == 1
    assert "python -m portal migrate" in answer.output
