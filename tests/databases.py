"""The migrated databases that tests run on: one of each sort per worker, and fresh ones on demand.

A run has one directory, which all its workers share: a migrated SQLite file and a PostgreSQL server with a migrated
database, both made by whoever needs them first and copied from then on.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.orm import Session

from portal import storage
from portal.storage import migrations
from tests.postgres import Cluster
from tests.worlds import World, made_in

DATABASES = ("sqlite", "postgresql")
_PREFIX = "amont-tests-"
_TEMPLATE = "template_amont"
_MEMORY = Path("/dev/shm")  # noqa: S108
_ENOUGH_MEMORY = 2 << 30


def make_run_directory() -> Path:
    """A short path (a Unix socket's is limited to 107 bytes) that any account may cross."""
    base = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108
    _sweep(base)
    run = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
    run.chmod(0o755)
    _make_files(run)
    return run


def _make_files(run: Path) -> None:
    """Where the run's SQLite files are: in memory when there is room, since each commit waits for the disk."""
    files = run / "files"
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_MEMORY:
        (_MEMORY / run.name).mkdir()
        files.symlink_to(_MEMORY / run.name)
    else:
        files.mkdir()


def remove_run_directory(run: Path) -> None:
    """Stop the run's server, if any, and remove everything."""
    Cluster(run / "pg").stop()
    shutil.rmtree((run / "files").resolve(), ignore_errors=True)
    shutil.rmtree(run, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Remove what interrupted runs of ours left behind."""
    for run in base.glob(f"{_PREFIX}*-*"):
        process = Path("/proc") / run.name.removeprefix(_PREFIX).split("-")[0]
        if Path("/proc/self").exists() and not process.exists() and run.stat().st_uid == os.geteuid():
            remove_run_directory(run)


class Databases:
    """The databases of one worker."""

    def __init__(self, run: Path, worker: str) -> None:
        self._run = run
        self._worker = worker
        self._cluster = Cluster(run / "pg")
        self._engines: dict[str, Engine] = {}
        self._worlds: dict[tuple[str, str], World] = {}
        self._made = 0

    def engine(self, kind: str) -> Engine:
        """The worker's own migrated database; whoever writes to it rolls back."""
        if kind not in self._engines:
            self._engines[kind] = storage.make_engine(self.fresh(kind), pool_size=5)
        return self._engines[kind]

    def world(self, kind: str, make: Callable[[Session], object]) -> World:
        """The worker's own database in which `make` has committed its world, made once; same rule for who writes."""
        key = kind, f"{make.__module__}.{make.__qualname__}"
        if key not in self._worlds:
            engine = storage.make_engine(self.fresh(kind), pool_size=5)
            self._worlds[key] = World(engine, made_in(engine, make))
        return self._worlds[key]

    def fresh(self, kind: str) -> str:
        """The URL of a new migrated database."""
        return self._copied(kind, self._template(kind))

    def shared(self, kind: str, name: str, fill: Callable[[str], None]) -> str:
        """The URL of a copy of a database that the first worker to ask for it filled; `fill` closes what it opens."""
        with self._alone(f"{name}-{kind}"):
            kept = self._run / f"{name}-{kind}"
            if not kept.exists():
                filled = self.fresh(kind)
                fill(filled)
                kept.write_text(str(make_url(filled).database))
        return self._copied(kind, kept.read_text())

    def empty(self, kind: str) -> str:
        """The URL of a new database without a single table."""
        return self._copied(kind, None)

    def drop(self, url: str) -> None:
        """Give a database's room back; its connections are cut."""
        name = make_url(url).database
        if url.startswith("sqlite"):
            for part in ("", "-wal", "-shm"):
                Path(f"{name}{part}").unlink(missing_ok=True)
        else:
            self._on_server(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        for engine in (*self._engines.values(), *(world.engine for world in self._worlds.values())):
            engine.dispose()

    def _template(self, kind: str) -> str:
        return str(self._sqlite_template()) if kind == "sqlite" else self._postgresql_template()

    def _copied(self, kind: str, template: str | None) -> str:
        self._made += 1
        name = f"{self._worker}_{self._made}"
        if kind == "sqlite":
            path = self._run / "files" / f"{name}.db"
            if template:
                shutil.copyfile(template, path)
            return f"sqlite:///{path}"
        self._postgresql_template()
        with self._alone():
            self._on_server(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return self._cluster.url(name)

    def _sqlite_template(self) -> Path:
        path = self._run / "files" / "template.db"
        with self._alone():
            if not path.exists():
                unfinished = path.with_suffix(".new")
                _migrate(f"sqlite:///{unfinished}")
                unfinished.rename(path)
        return path

    def _postgresql_template(self) -> str:
        ready = self._run / "postgresql-is-ready"
        with self._alone():
            if not ready.exists():
                self._cluster.start()
                self._on_server(f"CREATE DATABASE {_TEMPLATE}")
                _migrate(self._cluster.url(_TEMPLATE))
                ready.touch()
        return _TEMPLATE

    def _on_server(self, statement: str) -> None:
        server = create_engine(self._cluster.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def _alone(self, act: str = "copy") -> Iterator[None]:
        with (self._run / f"{act}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _migrate(url: str) -> None:
    migrations.migrate(storage.make_engine(url, pool_size=1))
