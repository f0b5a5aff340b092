"""The models and the migrations ask for the same database: nobody finds out in production that they do not."""

import importlib
import pkgutil
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

import portal
from portal.storage import Base, migrations
from tests.architecture.catalog import parts_of_table, schema_of


def import_all_models() -> None:
    for room in pkgutil.iter_modules(portal.__path__):
        name = f"portal.{room.name}.models"
        if room.ispkg and importlib.util.find_spec(name):
            importlib.import_module(name)


@pytest.fixture
def from_models(new_engine: Callable[[], Engine]) -> Engine:
    """A database as the models, their triggers and their search tables declare it."""
    import_all_models()
    made = new_engine()
    Base.metadata.create_all(made)
    return made


def test_there_is_one_head() -> None:
    assert len(migrations.heads()) == 1


def test_models_and_migrations_make_the_same_database(engine: Engine, from_models: Engine) -> None:
    migrated, declared = schema_of(engine), schema_of(from_models)

    assert sorted(migrated - declared) == [], "made by the migrations, declared by no model"
    assert sorted(declared - migrated) == [], "declared by a model, made by no migration"


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER journal_entry_no_update",
        "DROP INDEX ix_idempotency_key_created_at",
        "ALTER TABLE message ADD COLUMN colour VARCHAR(3)",
        "ALTER TABLE throttle DROP COLUMN count",
    ],
)
def test_a_difference_is_seen(engine: Engine, from_models: Engine, change: str) -> None:
    on_table = " ON journal_entry" if "TRIGGER" in change and engine.dialect.name == "postgresql" else ""
    with from_models.begin() as connection:
        connection.execute(text(change + on_table))

    assert schema_of(from_models) != schema_of(engine)


def test_a_changed_check_is_seen(new_engine: Callable[[], Engine]) -> None:
    """What autogenerate does not see: another code in a list."""
    schemas = []
    for codes in ("'a', 'b'", "'a', 'c'"):
        made = new_engine()
        with made.begin() as connection:
            check = f"CONSTRAINT ck_x_kind CHECK (kind IN ({codes}))"
            connection.execute(text(f"CREATE TABLE x (id INTEGER NOT NULL, kind VARCHAR(40) NOT NULL, {check})"))
        schemas.append(schema_of(made))

    assert len(schemas[0] ^ schemas[1]) == 2


def test_a_table_is_cut_at_its_own_commas() -> None:
    sql = (
        "CREATE TABLE t (\n\tkind VARCHAR(4) DEFAULT 'a,(b', \n\tCHECK (kind IN ('a', 'b')), PRIMARY KEY (a)\n) STRICT"
    )

    assert [" ".join(part.split()) for part in parts_of_table(sql)] == [
        "kind VARCHAR(4) DEFAULT 'a,(b'",
        "CHECK (kind IN ('a', 'b'))",
        "PRIMARY KEY (a)",
        "options: STRICT",
    ]
