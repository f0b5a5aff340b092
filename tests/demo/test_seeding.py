"""The seed: the same data each time, on both databases, all or nothing."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, Table, func, select

from portal import storage
from portal.accounts.models import Account, Claim, Invitation, JoinRequest
from portal.demo import seeding
from portal.demo.world.purchases import ANCHOR
from portal.directory.models import Affiliation, Organisation
from portal.forecast.models import Listing, Lot, Project, Revision
from portal.journal.models import JournalEntry
from portal.kernel import clock
from portal.kernel.siret import Siret
from portal.outbox.models import Message
from portal.storage import Base, reading
from tests.databases import Databases

_SECRETS = {("account", "password_hash"), ("invitation", "nonce"), ("invitation", "token_hash")}
"""Drawn anew each time, on purpose."""


def _count(model: type[Base]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_what_the_demonstration_holds(seeded: Engine) -> None:
    assert _count(Organisation) == 500
    assert _count(Listing) == 400
    assert _count(Lot) >= 400
    assert 150 <= _count(Project) <= 200
    assert _count(Revision) > 200
    assert _count(Account) == 40
    assert _count(Affiliation) > 300
    assert _count(Claim) == _count(Invitation) == 4
    assert _count(JoinRequest) == 3


def test_every_siret_is_well_formed_and_belongs_to_nobody(seeded: Engine) -> None:
    with reading() as session:
        sirets = session.scalars(select(Organisation.siret)).all()
    assert all(Siret(siret).startswith("000") for siret in sirets)


def test_the_story_was_lived_in_order_and_before_the_anchor(seeded: Engine) -> None:
    with reading() as session:
        entries = session.execute(select(JournalEntry.event, JournalEntry.at).order_by(JournalEntry.id)).all()
        lived = [at for event, at in entries if not event.startswith("demo.entered")]
        revised = session.scalars(select(Revision.at).order_by(Revision.id)).all()
    assert lived == sorted(lived)
    assert lived[-1] == ANCHOR
    assert list(revised) == sorted(revised)
    assert revised[-1] < ANCHOR


def test_what_people_wait_for_has_promised_its_messages(seeded: Engine) -> None:
    with reading() as session:
        kinds = set(session.scalars(select(Message.kind)))
    assert {"accounts.claim_asked", "accounts.join_asked", "accounts.invitation"} <= kinds


def test_the_mark_tells_the_real_instant(seeded: Engine) -> None:
    origin = seeding.origin()
    assert origin is not None
    assert abs((clock.real_utc_now() - origin).total_seconds()) < 600


def test_two_seeds_make_the_same_rows(seeded: Engine, databases: Databases) -> None:
    """The other seed is on SQLite: the databases hold the same rows too."""
    url = databases.fresh("sqlite")
    other = storage.make_engine(url)
    storage.bind(other)
    seeding.seed(say=lambda _: None)
    assert _digests(other) == _digests(seeded)
    other.dispose()
    databases.drop(url)


_LIVELY = {"login_session", "idempotency_key", "kept_form", "throttle", "job_run", "message", "journal_entry"}
"""What the other tests of this module's database may add to."""


def _digests(engine: Engine) -> dict[str, str]:
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _LIVELY]
    with engine.connect() as connection:
        return {
            table.name: hashlib.sha256("\n".join(_rows(connection.execute(_sorted(table)).all())).encode()).hexdigest()
            for table in tables
        }


def _sorted(table: Table) -> "select":  # type: ignore[valid-type]
    columns = [column for column in table.columns if (table.name, column.name) not in _SECRETS]
    return select(*columns).order_by(*table.primary_key.columns)


def _rows(rows: object) -> Iterator[str]:
    for row in rows:  # type: ignore[attr-defined]
        yield repr([sorted(cell) if isinstance(cell, frozenset) else _in_utc(cell) for cell in row])


def _in_utc(cell: object) -> object:
    return cell.timestamp() if isinstance(cell, datetime) else cell


def test_an_interrupted_seed_leaves_nothing_and_starts_over(databases: Databases) -> None:
    engine = storage.make_engine(databases.fresh("sqlite"))
    storage.bind(engine)

    def interrupt(sentence: str) -> None:
        if "50" in sentence:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seeding.seed(say=interrupt)
    assert seeding.origin() is None
    assert _count(Organisation) == 0
    seeding.seed(say=lambda _: None)
    assert _count(Organisation) == 500
    storage.unbind()
    engine.dispose()
