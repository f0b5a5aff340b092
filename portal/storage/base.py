"""The declarative base, and what hangs on it beyond tables: triggers and search tables."""

from collections.abc import Sequence
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


def declare_ddl(*, sqlite: Sequence[str], postgresql: Sequence[str]) -> None:
    """Declare DDL that no table expresses (a trigger, a search table), so that `create_all` makes it too.

    The migrations spell the same statements out; a test compares the two outcomes.
    """
    for dialect, statements in (("sqlite", sqlite), ("postgresql", postgresql)):
        for statement in statements:
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(Base.metadata, "after_create", ddl)


def declare_append_only(table: str) -> None:
    """Have the database itself refuse to change, delete or replace the rows of `table`."""
    declare_ddl(sqlite=append_only_ddl(table, "sqlite"), postgresql=append_only_ddl(table, "postgresql"))


def append_only_ddl(table: str, dialect: str) -> list[str]:
    """The triggers that refuse it, for a migration to execute."""
    refusal = f"'{table} is append-only'"
    if dialect == "sqlite":
        abort = f"BEGIN SELECT RAISE(ABORT, {refusal}); END"
        known = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 — a name of ours
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {abort}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {abort}",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {known} {abort}",
        ]
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION {refusal} USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ]
