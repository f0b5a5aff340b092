"""The SQL statements that the portal sends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Statement = tuple[str, Any]


@contextmanager
def noted_statements(engine: Engine) -> Iterator[list[Statement]]:
    """What is sent meanwhile, each with its parameters, as the driver gets them."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements_of(engine: Engine, act: Callable[[], object]) -> list[Statement]:
    with noted_statements(engine) as sent:
        act()
    return sent
