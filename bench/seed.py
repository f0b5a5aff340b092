"""Fills an empty migrated PostgreSQL database with the invented country, streaming, the same each time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session

from bench.progress import Progress
from bench.world.copying import continue_numbering, copy_in
from bench.world.organisations import Made, drawn_buyers, streamed_organisations
from bench.world.places import Town, drawn_towns
from bench.world.purchases import Rows, streamed_rows
from bench.world.size import WRITTEN_AT, Size
from portal.directory.models import Commune, Department, HeldKind, OfferedTrade, Organisation, ServedTerritory
from portal.directory.services import load_reference
from portal.directory.services.organisations import index_organisations
from portal.forecast import listing
from portal.forecast.models import Lot, LotCommune, LotLever, Project, PublicationMark, Revision
from portal.storage import Base

Item = TypeVar("Item")

_BATCH = 2_000


def seed(engine: Engine, size: Size, progress: Progress) -> None:
    """Write everything; what the portal derives (list, tally, words to search) is made by the portal itself."""
    with Session(engine) as session, session.begin():
        load_reference(session)
    towns = _write_towns(engine, size)
    buyers = drawn_buyers(size, towns)
    _write_organisations(engine, size, buyers, towns, progress)
    _write_purchases(engine, size, buyers, towns, progress)
    _build_list(engine, size, progress)
    _settle(engine)


def _write_towns(engine: Engine, size: Size) -> list[Town]:
    with Session(engine) as session, session.begin():
        departments = session.scalars(select(Department.code).order_by(Department.code)).all()
        taken = frozenset(session.scalars(select(Commune.code)))
        towns = drawn_towns(departments[: size.departments], size.communes, taken)
        copy_in(session.connection(), Commune, (town.row for town in towns))
    return towns


def _write_organisations(
    engine: Engine, size: Size, buyers: Sequence[Made], towns: Sequence[Town], progress: Progress
) -> None:
    everyone = _chained(buyers, streamed_organisations(size, towns))
    for done, batch in _batches(everyone):
        with Session(engine) as session, session.begin():
            _write_batch_of_organisations(session, batch)
        progress.tell("organisations", done, size.organisations)
    with engine.begin() as connection:
        continue_numbering(connection, Organisation)


def _write_batch_of_organisations(session: Session, batch: Sequence[Made]) -> None:
    connection = session.connection()
    copy_in(connection, Organisation, (made.row for made in batch))
    copy_in(connection, HeldKind, (made.kind_row for made in batch), numbered=True)
    copy_in(connection, OfferedTrade, (row for made in batch for row in made.trade_rows()), numbered=True)
    copy_in(connection, ServedTerritory, (row for made in batch for row in made.territory_rows()), numbered=True)
    told = (Organisation(id=made.id, name=made.name, city=made.town.name, siret=made.siret) for made in batch)
    index_organisations(session, told)


def _write_purchases(
    engine: Engine, size: Size, buyers: Sequence[Made], towns: Sequence[Town], progress: Progress
) -> None:
    written = 0
    for rows in streamed_rows(size, buyers, towns):
        with engine.begin() as connection:
            for model, of_model, numbered in _by_table(rows):
                copy_in(connection, model, of_model, numbered=numbered)
        written += len(rows.lots)
        progress.tell("lots", written, size.lots)
    with engine.begin() as connection:
        for model in (Project, Lot):
            continue_numbering(connection, model)
        connection.execute(update(PublicationMark).values(counter=written, changed_at=WRITTEN_AT))


def _by_table(rows: Rows) -> Iterator[tuple[type[Base], list[dict[str, Any]], bool]]:
    yield Project, rows.projects, False
    yield Lot, rows.lots, False
    yield LotLever, rows.levers, True
    yield LotCommune, rows.communes, False
    yield Revision, rows.revisions, True


def _build_list(engine: Engine, size: Size, progress: Progress) -> None:
    with _watching_inserts(engine, "listing", size.lots, progress), Session(engine) as session, session.begin():
        listing.rebuild(session)


@contextmanager
def _watching_inserts(engine: Engine, table: str, expected: int, progress: Progress) -> Iterator[None]:
    """Tell how many rows of a table were inserted, while the portal does so at its own pace."""
    done = 0

    def count(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        nonlocal done
        if statement.startswith(f"INSERT INTO {table} "):
            done += len(parameters) if many else statement.count("), (") + 1
            progress.tell("lots in the public list", min(done, expected), expected)

    event.listen(engine, "after_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", count)


def _settle(engine: Engine) -> None:
    """What autovacuum does on a living server, and the tests' server does not."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def _chained(first: Iterable[Item], then: Iterable[Item]) -> Iterator[Item]:
    yield from first
    yield from then


def _batches(items: Iterator[Item]) -> Iterator[tuple[int, list[Item]]]:
    """Batches, each with how many items were taken so far."""
    done = 0
    while batch := list(islice(items, _BATCH)):
        done += len(batch)
        yield done, batch
