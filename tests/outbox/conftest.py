from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from portal.outbox import Mail, Spared, composing, promise, register
from portal.outbox.composing import Ids
from portal.outbox.models import Message
from portal.storage import reading, unit_of_work
from tests.outbox.postbox import Postbox

KIND = "tests/greeting"


def greeting(_session: Session, ids: Ids, _now: datetime) -> Mail | Spared:
    if "spared" in ids:
        return Spared("le lot n’est plus publié")
    if "broken" in ids:
        raise RuntimeError("the composer broke")
    return Mail(subject=f"Bonjour {ids['number']}", text="Un texte.\n", html="<p>Un texte.</p>\n")


@pytest.fixture(autouse=True)
def _composers() -> Iterator[None]:
    register(KIND, greeting)
    yield
    composing._composers.clear()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as opened:
        yield opened


Promising = Callable[..., None]


@pytest.fixture
def promise_greetings(now: datetime) -> Promising:
    """`promise_greetings(3)` promises three greetings, to recipients 0 to 2."""

    def promised(count: int, **ids: int | str) -> None:
        with unit_of_work() as session:
            for number in range(count):
                promise_greeting(session, number, now, **ids)

    return promised


def promise_greeting(session: Session, number: int, now: datetime, **ids: int | str) -> bool:
    return promise(
        session,
        KIND,
        recipient=f"personne-{number}@structure.example",
        ids={"number": number, **ids},
        dedupe_key=f"greeting:{number}",
        now=now,
    )


def messages() -> list[Message]:
    with reading() as session:
        return session.query(Message).order_by(Message.id).all()
