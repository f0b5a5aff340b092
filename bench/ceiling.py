"""The least that a page can cost: its own SQL statements sent bare, and its own template on ready data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import before_render_template
from jinja2 import Template
from sqlalchemy import Engine

from bench.processor import processor_seconds, server_processes
from bench.site import Answer, Site
from bench.stopwatch import seconds_of
from bench.watching import Statement, noted_statements

if TYPE_CHECKING:
    import psycopg


class Unmeasurable(Exception):
    """The page is not what the measurement takes it for; the message says why."""


@dataclass(frozen=True)
class Page:
    """What one address took to answer, the first time it was asked for."""

    address: str
    answer: Answer
    seconds: float
    busy: float
    """Processor seconds of this process and of the database, out of `seconds`."""
    statements: list[Statement]
    template: Template
    context: dict[str, Any]


def first_seen(site: Site, address: str) -> Page:
    """Ask for a page and note all that it took. Raises Unmeasurable unless it is drawn by a template, answered 200.

    The first template is the page's own: those of other rooms are drawn within it.
    """
    answers: list[Answer] = []
    ask, servers = site.asking(address), server_processes(site.engine)
    with noted_statements(site.engine) as statements, _noted_templates(site) as templates:
        before = processor_seconds(servers)
        seconds = seconds_of(lambda: answers.append(ask()))
        busy = processor_seconds(servers) - before
    if answers[0].status != 200 or not templates:
        raise Unmeasurable(f"{address} answered {answers[0].status} with {len(templates)} templates")
    return Page(address, answers[0], seconds, busy, statements, *templates[0])


@contextmanager
def _noted_templates(site: Site) -> Iterator[list[tuple[Template, dict[str, Any]]]]:
    rendered: list[tuple[Template, dict[str, Any]]] = []

    def note(_app: object, template: Template, context: dict[str, Any], **_rest: Any) -> None:
        rendered.append((template, context))

    with before_render_template.connected_to(note, site.app):
        yield rendered


def sending(bare: "psycopg.Connection[Any]", page: Page) -> Callable[[], None]:
    """The page's statements through the driver alone, every row fetched."""

    def send() -> None:
        with bare.cursor() as cursor:
            for statement, parameters in page.statements:
                cursor.execute(statement, parameters)
                cursor.fetchall()

    return send


def rendering(page: Page) -> Callable[[], str]:
    """The page's template on ready data; to call within a request context."""
    ready = {name: Ready(value) if _is_worked_out(value) else value for name, value in page.context.items()}
    page.template.render(ready)
    return lambda: page.template.render(ready)


class Ready:
    """What a view gives its template, each attribute worked out once and kept: from then on, nothing but values."""

    def __init__(self, source: object) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._source, name)
        self.__dict__[name] = value
        return value


def _is_worked_out(value: object) -> bool:
    return type(value).__module__.startswith("portal.")


@contextmanager
def bare_connection(engine: Engine) -> Iterator["psycopg.Connection[Any]"]:
    """Through the driver, without SQLAlchemy and without a transaction around; set as the portal's own connections."""
    connection = engine.raw_connection()
    bare: Any = connection.driver_connection
    try:
        bare.autocommit = True
        yield bare
    finally:
        bare.autocommit = False
        connection.close()
