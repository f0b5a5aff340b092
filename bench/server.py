"""The PostgreSQL server that figures are taken on, and its seeded database: made for one run, or kept for the next."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, text

from bench.progress import Progress
from bench.seed import seed
from bench.world.size import Size
from config import ROOT
from portal import storage
from portal.storage import migrations
from tests.postgres import Cluster

_WHAT_MAKES_THE_DATA = ("bench/world", "bench/seed.py", "migrations/versions", "portal/forecast/listing/upkeep.py")
_WHAT_MAKES_WORDS = ("portal/storage/search.py", "portal/kernel/text.py")


@contextmanager
def seeded_database(size: Size, keep: Path | None, progress: Progress) -> Iterator[str]:
    """The URL of a database of that size, on a server of our own which stops at the end.

    With `keep`, the server's files stay there and a database that the code at hand would make again is taken as it is.
    """
    with _server(keep) as cluster:
        name = f"{size.name}_{_digest()}"
        known = _databases(cluster)
        if name not in known:
            for old in known:
                if old.startswith(f"{size.name}_"):
                    _on_server(cluster, f"DROP DATABASE {old} WITH (FORCE)")
            _make(cluster, name, size, progress)
        yield cluster.url(name)


@contextmanager
def _server(keep: Path | None) -> Iterator[Cluster]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        cluster = Cluster(keep.resolve() / "pg")
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.rest()
        return
    home = Path(tempfile.mkdtemp(prefix="amont-bench-"))
    home.chmod(0o755)
    cluster = Cluster(home / "pg")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def _make(cluster: Cluster, name: str, size: Size, progress: Progress) -> None:
    """It takes its name once it is complete: an interrupted one is never taken for it."""
    progress.say(f"Seeding {size.name}: {size.lots:,} lots, {size.organisations:,} organisations…")
    unfinished = f"{size.name}_unfinished"
    _on_server(cluster, f"CREATE DATABASE {unfinished}")
    engine = storage.make_engine(cluster.url(unfinished), pool_size=2)
    migrations.migrate(engine)
    seed(engine, size, progress)
    engine.dispose()
    _on_server(cluster, f"ALTER DATABASE {unfinished} RENAME TO {name}")
    progress.say(f"Seeded {size.name}.")


def _digest() -> str:
    """Changes with whatever makes the data."""
    digest = hashlib.sha256()
    for place in (*_WHAT_MAKES_THE_DATA, *_WHAT_MAKES_WORDS):
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.*")):
            if file.suffix in {".py", ".toml"}:
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _databases(cluster: Cluster) -> list[str]:
    with _maintenance(cluster).connect() as connection:
        return list(connection.execute(text("SELECT datname FROM pg_database")).scalars())


def _on_server(cluster: Cluster, statement: str) -> None:
    with _maintenance(cluster).connect() as connection:
        connection.execute(text(statement))


def _maintenance(cluster: Cluster) -> Engine:
    return create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
