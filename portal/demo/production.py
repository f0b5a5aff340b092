"""`python -m portal demo` and `demo-reset`: the demonstration prepared, performed, made anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, make_url, text

from config import Config, environment_with
from portal import logs, storage
from portal.demo import mark, supervisor
from portal.demo.mailbox import Mailbox, receiving
from portal.demo.place import DemoProblem, Place, write_private
from portal.kernel import clock
from portal.storage import migrations

__all__ = ["DemoProblem", "Place", "reset", "run"]

Say = Callable[[str], object]


def run(place: Place, *, database_url: str | None, port: int, say: Say) -> None:
    """Prepare the demonstration if it is not, and perform it until someone asks it to stop. Raises DemoProblem."""
    with place.held():
        supervisor.ensure_port_is_free(port)
        origin = _prepared(place, database_url, say)
        clock.run_from(Config.demo_starts_at, origin)
        with receiving(Mailbox(place.mails)) as smtp_port:
            settings = _settings(place, database_url, port, origin) | {"AMONT_SMTP_PORT": str(smtp_port)}
            write_private(place.environment, settings)
            web = supervisor.web_server(port, place.logs / "web.log")
            others = [supervisor.scheduler(place.logs / "scheduler.log")]
            supervisor.perform(web, others, environment_with(settings), port=port, say=say)


def reset(place: Place, *, database_url: str | None, say: Say) -> None:
    """Forget the demonstration and make it anew. Raises DemoProblem, also for a database that is not one."""
    with place.held():
        _forgotten(place, database_url)
        _prepared(place, database_url, say)
    say("La démonstration est comme au premier jour.")


def _prepared(place: Place, database_url: str | None, say: Say) -> datetime:
    """The real instant at which the data were made; makes them first if they are not there, or tell an older story."""
    place.prepare()
    logs.configure("text")
    if _is_outdated(database_url or place.database_url):
        say("La démonstration raconte plus qu’avant : ses données sont refaites.")
        _forgotten(place, database_url)
    config = Config.from_env(_settings(place, database_url, 8000, None))
    with _bound(config.database_url) as engine:
        _ensure_ours(engine)
        migrations.migrate(engine)
        return mark.origin() or _seeded(config, say)


def _is_outdated(database_url: str) -> bool:
    with _bound(database_url) as engine:
        return inspect(engine).has_table("journal_entry") and mark.is_outdated()


def _forgotten(place: Place, database_url: str | None) -> None:
    """Start again from nothing. Raises DemoProblem for a database that no demonstration made."""
    if database_url is not None:
        _emptied(database_url)
    place.clear()
    place.prepare()


def _seeded(config: Config, say: Say) -> datetime:
    from portal.accounts import keys  # noqa: PLC0415 — a demonstration that has its data starts without these
    from portal.demo import seeding  # noqa: PLC0415

    keys.use(config)
    return seeding.seed(say=say)


@contextmanager
def _bound(database_url: str) -> Iterator[Engine]:
    engine = storage.make_engine(database_url, pool_size=2)
    storage.bind(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _settings(place: Place, database_url: str | None, port: int, origin: datetime | None) -> dict[str, str]:
    """All the settings of the demonstration's processes."""
    return {
        **place.keys(),
        "AMONT_ENVIRONMENT": "demo",
        "AMONT_DATA_DIR": str(place.path),
        "DATABASE_URL": database_url or place.database_url,
        "AMONT_BASE_URL": supervisor.address_on(port),
        "AMONT_COOKIE_SECURE": "0",
        "AMONT_SMTP_HOST": "127.0.0.1",
        "AMONT_DEMO_MAILBOX_URL": "/demo/courriels",
        "AMONT_DEMO_ORIGIN": origin.isoformat() if origin else "",
        "AMONT_LOG_FORMAT": "text",
        "AMONT_PORTAL_NAME": "Achats de la Métropole des Deux Rives",
    }


def _ensure_ours(engine: Engine) -> None:
    """Raises DemoProblem for a database that holds a portal's data which no demonstration made."""
    if not inspect(engine).has_table("organisation"):
        return
    with storage.reading() as session:
        holds_data = session.scalar(text("SELECT 1 FROM organisation LIMIT 1")) is not None
    if holds_data and mark.origin() is None:
        raise DemoProblem(
            "Cette base contient des données qui ne viennent pas de la démonstration : elle n’y touche pas. "
            "Donnez-lui une base vide (DATABASE_URL), ou laissez-la prendre la sienne."
        )


def _emptied(database_url: str) -> None:
    """Take everything out of a database that a demonstration made."""
    with _bound(database_url) as engine:
        _ensure_ours(engine)
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            return
    _remove_sqlite(Path(str(make_url(database_url).database)))


def _remove_sqlite(path: Path) -> None:
    for each in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", ".scheduler"))):
        each.unlink(missing_ok=True)
