"""A month of five hundred people from a workbook: read, checked and stored, on both databases, in processor time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bench.bench import Bench
from bench.figures import Figure, at_most, told
from bench.processor import processor_seconds
from bench.watching import statements_of
from portal import storage
from portal.contracts.models import Contract
from portal.declarations.models import Declaration
from portal.declarations.queries.uploads import Filling
from portal.declarations.services import uploads
from portal.declarations.services.examining import examine
from portal.declarations.sheets.reading import mark_of, read_sheet
from portal.declarations.sheets.template import Identified, SheetLine, write_mistakes, write_template
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.storage import migrations, unit_of_work
from portal.vocabulary import (
    PERMISSIONS_OF,
    ContractFamily,
    ContractSource,
    ContractType,
    DeclarationState,
    HiringMode,
    OrganisationSource,
    Role,
    Sex,
)

_NOW = datetime(2026, 12, 3, 9, tzinfo=PARIS)
_NOVEMBER = Month(2026, 11)
_PEOPLE, _FEW = 500, 10
_ROUNDS = 5
_BAR = 1_000


def measure(bench: Bench) -> list[Figure]:
    figures = [_written(bench.effort.repeats)]
    try:
        figures += _on(bench.site.engine, "PostgreSQL", bench.effort.repeats)
        with _sqlite() as engine:
            figures += _on(engine, "SQLite", bench.effort.repeats)
    finally:
        storage.bind(bench.site.engine)
    return figures


def _written(repeats: int) -> Figure:
    lines = [SheetLine({"matricule": f"P-{number}", "hours": Decimal(100)}) for number in range(_PEOPLE)]
    taken = median(_seconds(lambda: write_template(_identified("x" * 12), lines)) for _ in range(_ROUNDS * repeats))
    return told(f"template of {_PEOPLE} people, written", 1e3 * taken, " ms")


def _on(engine: Engine, name: str, repeats: int) -> list[Figure]:
    """Each round is rolled back: the next one has as much to do."""
    rounds = [_round(engine, _PEOPLE) for _ in range(_ROUNDS * repeats)]
    read, check, store = (1e3 * median(times) for times in zip(*rounds, strict=True))
    few = sum(1e3 * median(times) for times in zip(*(_round(engine, _FEW) for _ in range(_ROUNDS)), strict=True))
    total = read + check + store
    parts = f"read {read:.0f}, check {check:.0f}, store {store:.0f}; {_FEW} rows {few:.0f}"
    sent = {len(statements_of(engine, _once(engine, rows))) for rows in (_FEW, _PEOPLE)}
    return [
        at_most(f"{_PEOPLE} rows from XLSX, {name}", total, _BAR, " ms", parts),
        at_most(f"{_PEOPLE} rows beside {_FEW}, {name}", total / few, _PEOPLE / _FEW, " ×"),
        Figure(f"SQL statements for {_FEW} and for {_PEOPLE} rows, {name}", " and ".join(map(str, sorted(sent)))),
    ]


def _once(engine: Engine, people: int) -> Callable[[], None]:
    def once() -> None:
        _round(engine, people)

    return once


def _round(engine: Engine, people: int) -> tuple[float, float, float]:
    """Half of the people are in the draft, half are new."""
    with engine.connect() as connection, connection.begin() as around:
        storage.bind_to_connection(connection)
        with unit_of_work() as session:
            taken = _timed(session, people, partial(processor_seconds, _servers(engine, session)))
        around.rollback()
    return taken


def _servers(engine: Engine, session: Session) -> list[int]:
    """The process of PostgreSQL that answers this session."""
    if engine.dialect.name != "postgresql":
        return []
    return [session.execute(text("SELECT pg_backend_pid()")).scalar_one()]


def _timed(session: Session, people: int, clock: Callable[[], float]) -> tuple[float, float, float]:
    declaration, actor = _month(session)
    filling = Filling(declaration, None, [])
    first = uploads.receive(
        session, filling, read_sheet(_workbook(declaration, people // 2), _DAY), actor=actor, now=_NOW
    )
    uploads.keep(session, first, filling, expected_version=declaration.version, actor=actor, now=_NOW)
    session.expire_all()
    content, filling = _workbook(declaration, people), Filling(declaration, None, declaration.lines_of(None))
    instants = [clock()]
    sheet = read_sheet(content, _DAY)
    instants.append(clock())
    upload = uploads.receive(session, filling, sheet, actor=actor, now=_NOW)
    examine(session, filling, uploads.rows_of(upload))
    instants.append(clock())
    kept = uploads.keep(session, upload, filling, expected_version=declaration.version, actor=actor, now=_NOW)
    instants.append(clock())
    assert (kept.new + kept.changed, kept.left) == (people, 0)
    read, check, store = (after - before for before, after in pairwise(instants))
    return read, check, store


_DAY = _NOVEMBER.first_day


def _workbook(declaration: Declaration, people: int) -> bytes:
    return write_mistakes(_identified(declaration.reference), [_person(number, people) for number in range(people)])


def _identified(reference: str) -> Identified:
    return Identified(mark=mark_of(reference, _SIRET), title="Novembre 2026", written_at=_NOW)


def _person(number: int, people: int) -> SheetLine:
    """Everyone has all that is asked of somebody new; their hours change with the size of the file."""
    values = {
        "matricule": f"P-{number:04}",
        "contract_type": ContractType.CDDI,
        "entered_on": date(2026, 11, 3),
        "hours": Decimal(50 + people % 97),
        "last_name": f"Quidam{chr(97 + number % 26)}{chr(97 + number // 26)}",
        "first_name": "Camille",
        "born_on": date(1980, 1, 1) + timedelta(days=number),
        "sex": Sex.WOMAN,
        "hiring_mode": HiringMode.DIRECT_HIRE,
    }
    return SheetLine(values, is_known=False)


_SIRET = f"{987654321:014}"


def _month(session: Session) -> tuple[Declaration, Actor]:
    """A contract of one titulaire, and its month to fill in."""
    holder = Organisation(
        siret=_SIRET,
        name="Titulaire",
        sort_name="titulaire",
        source=OrganisationSource.PORTAL,
        **_BORN,
        updated_at=_NOW,
    )
    contract = Contract(
        reference="b" * 12,
        buyer_identifier=_SIRET,
        number="B-1",
        object="Nettoyage",
        family=ContractFamily.MARKET,
        is_reserved=False,
        has_social_clause=True,
        has_social_criterion=False,
        notified_on=date(2025, 1, 6),
        source=ContractSource.AWARD,
        **_BORN,
    )
    month = Declaration(
        contract=contract,
        organisation=holder,
        month=_NOVEMBER,
        state=DeclarationState.EXPECTED,
        due_on=date(2026, 12, 10),
        opened_at=_NOW,
    )
    session.add(month)
    session.flush()
    role = Role.TITULAIRE
    return month, Actor(1, "Qui remplit", holder.id, holder.name, frozenset({role}), frozenset(PERMISSIONS_OF[role]))


_BORN = {"created_at": _NOW}


@contextmanager
def _sqlite() -> Iterator[Engine]:
    with TemporaryDirectory() as place:
        engine = storage.make_engine(f"sqlite:///{Path(place) / 'bench.sqlite'}")
        migrations.migrate(engine)
        yield engine
        engine.dispose()


def _seconds(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
