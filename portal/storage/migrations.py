"""Bring a database to the head of the migrations."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from portal.storage.session import make_engine

_PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_MIGRATING = 0x416D6F6E
"""PostgreSQL's advisory lock: two processes that start together migrate one after the other."""


def alembic_config() -> Config:
    return Config(toml_file=_PYPROJECT)


def heads() -> list[str]:
    """The revisions that no other follows; more than one is a mistake."""
    return list(ScriptDirectory.from_config(alembic_config()).get_heads())


def migrate(engine: Engine, revision: str = "head") -> None:
    """Upgrade to `revision`, all or nothing: each database rolls DDL back.

    Foreign keys are off while SQLite rebuilds tables, then checked within the same transaction.
    """
    url = engine.url.render_as_string(hide_password=False)
    migrating = make_engine(url, pool_size=1, foreign_keys=False)
    config = alembic_config()
    try:
        with migrating.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            _ensure_nothing_dangles(connection)
    finally:
        migrating.dispose()


def _ensure_nothing_dangles(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("a migration left rows that point at nothing")
