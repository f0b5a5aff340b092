"""The declarative base, and what hangs on it beyond tables: triggers and search tables."""

from typing import Any

from sqlalchemy import DDL, MetaData, event
from sqlalchemy.orm import DeclarativeBase

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: dict[Any, Any] = {}  # noqa: RUF012 — SQLAlchemy's own declaration


def declare_ddl(*, sqlite: list[str], postgresql: list[str]) -> None:
    """Declare DDL that no table expresses (a trigger, a search table), so that `create_all` makes it too.

    The migrations spell the same statements out; a test compares the two outcomes.
    """
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        for statement in statements:
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(Base.metadata, "after_create", ddl)
