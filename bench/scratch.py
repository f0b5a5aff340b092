"""A database of a measure's own, on the server of the others, dropped afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from bench.bench import Bench
from portal import storage
from portal.storage import migrations


@contextmanager
def scratch_database(bench: Bench, name: str, fill: Callable[[Engine], None]) -> Iterator[Engine]:
    """Migrated, filled, its statistics taken."""
    url = make_url(bench.database_url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    name = f"{url.database}_{name}"
    drop = text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    with server.connect() as connection:
        connection.execute(drop)
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = storage.make_engine(url.set(database=name).render_as_string(hide_password=False), pool_size=1)
    try:
        migrations.migrate(engine)
        fill(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        yield engine
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(drop)
