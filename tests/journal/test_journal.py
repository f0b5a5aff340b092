"""The journal says who did what, and nobody can make it say something else."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.journal import entries_of, latest, record
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.month import Month
from portal.storage import unit_of_work
from portal.vocabulary import Lever, Role

BUYER = Actor(7, "Claire Vasseur", 3, "Ville de Rivemont", frozenset({Role.PURCHASING}), frozenset())


def record_publication(session: Session, at: datetime, id_: int = 12) -> None:
    record(session, "project.published", ("project", id_, "Entretien des parcs"), actor=BUYER, at=at)


def test_an_entry_copies_the_names_of_who_and_what(session: Session, now: datetime) -> None:
    record_publication(session, now)
    session.commit()
    (entry,) = entries_of(session, "project", 12)
    assert (entry.event, entry.at) == ("project.published", now)
    assert (entry.actor_id, entry.actor_label, entry.actor_organisation) == (7, "Claire Vasseur", "Ville de Rivemont")
    assert (entry.object_type, entry.object_id, entry.object_label) == ("project", 12, "Entretien des parcs")
    assert (entry.before, entry.after) == (None, None)


def test_the_portal_itself_may_act(session: Session, now: datetime) -> None:
    record(session, "demo.seeded", ("job", 1, "purge"), actor=SYSTEM, at=now)
    session.commit()
    (entry,) = latest(session)
    assert (entry.actor_id, entry.actor_label, entry.actor_organisation) == (None, "Le portail", None)


def test_what_changed_is_kept_exactly(session: Session, now: datetime) -> None:
    before = {"amount": Decimal("90000.10"), "month": Month(2026, 12), "on": date(2027, 2, 10), "levers": []}
    after = {"amount": None, "levers": {Lever.RESERVED, Lever.CLAUSE}, "lots": [{"number": 1, "open": True}]}
    record(session, "lot.revised", ("project", 12, ""), actor=BUYER, at=now, before=before, after=after)
    session.commit()
    session.expire_all()
    (entry,) = latest(session)
    assert entry.before == {"amount": "90000.10", "month": "2026-12", "on": "2027-02-10", "levers": []}
    assert entry.after == {
        "amount": None,
        "levers": sorted([Lever.RESERVED.value, Lever.CLAUSE.value]),
        "lots": [{"number": 1, "open": True}],
    }


@pytest.mark.parametrize("value", [1.5, object()])
def test_a_value_that_would_be_kept_wrong_is_refused(session: Session, now: datetime, value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        record(session, "lot.revised", ("project", 12, ""), actor=BUYER, at=now, after={"value": value})


def test_pages_follow_one_another_without_a_gap(session: Session, now: datetime) -> None:
    for id_ in range(7):
        record_publication(session, now, id_)
    session.commit()
    seen = [entry.object_id for entry in latest(session, limit=3)]
    while page := latest(session, limit=3, before_id=latest(session, limit=len(seen))[-1].id):
        seen += [entry.object_id for entry in page]
    assert seen == [6, 5, 4, 3, 2, 1, 0]


@pytest.fixture
def written(fresh_engine: Engine, now: datetime) -> Iterator[Engine]:
    with unit_of_work() as session:
        record_publication(session, now)
    yield fresh_engine
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("SELECT object_label FROM journal_entry")) == "Entretien des parcs"


def _refused(engine: Engine, statement: str) -> None:
    with engine.begin() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET object_label = 'Autre chose'",
        "UPDATE journal_entry SET id = id",
        "DELETE FROM journal_entry",
        "DELETE FROM journal_entry WHERE id = 1",
    ],
)
def test_the_database_refuses_to_alter_an_entry(written: Engine, statement: str) -> None:
    _refused(written, statement)


def test_no_statement_of_its_own_alters_an_entry_either(written: Engine) -> None:
    columns = "id, at, event, actor_label, object_type, object_id, object_label"
    copied = "SELECT id, at, event, 'Quelqu’un', object_type, object_id, 'Autre chose' FROM journal_entry"
    if written.dialect.name == "sqlite":
        _refused(written, f"INSERT OR REPLACE INTO journal_entry ({columns}) {copied}")
    else:
        _refused(written, "TRUNCATE journal_entry")
        rewriting = "ON CONFLICT (id) DO UPDATE SET object_label = 'Autre chose'"
        _refused(written, f"INSERT INTO journal_entry ({columns}) {copied} {rewriting}")
