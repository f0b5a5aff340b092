"""A pretend room. Its names begin with `trial_`: the schema test leaves them aside."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Connection, Engine, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.month import Month
from portal.storage import (
    Base,
    Centihours,
    Cents,
    MonthColumn,
    SearchTable,
    UtcInstant,
    Versioned,
    listed,
    search_table_ddl,
)
from portal.vocabulary import Reservation

TRIAL = "trial_"
SEARCH = SearchTable("trial_search")


class TrialLot(Versioned, Base):
    """One column of each type, one constraint of each sort."""

    __tablename__ = "trial_lot"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        Index(
            "ix_trial_lot_open_title", "title", unique=True, sqlite_where=text("open"), postgresql_where=text("open")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(100), default="Lot")
    open: Mapped[bool] = mapped_column(default=False)
    amount: Mapped[Decimal | None] = mapped_column(Cents())
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    at: Mapped[datetime | None] = mapped_column(UtcInstant())
    month: Mapped[Month | None] = mapped_column(MonthColumn())
    reservation: Mapped[Reservation] = mapped_column(listed(Reservation, name="reservation"), default=Reservation.NONE)


def make_trial_tables(bind: Engine | Connection) -> None:
    table = TrialLot.__table__
    assert isinstance(table, Table)
    table.create(bind)
    statements = search_table_ddl(SEARCH.name, bind.dialect.name)
    if isinstance(bind, Engine):
        with bind.begin() as connection:
            _execute(connection, statements)
    else:
        _execute(bind, statements)


def _execute(connection: Connection, statements: list[str]) -> None:
    for statement in statements:
        connection.execute(text(statement))
