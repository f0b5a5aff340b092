"""A promise is made once, and to one plain address."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.outbox import Mail, Promise, SmtpSettings, Spared, promise, promise_each, register
from portal.outbox.composing import Ids
from portal.outbox.rules import ensure_address
from portal.storage import unit_of_work
from tests.outbox.conftest import KIND, messages, promise_greeting
from tests.statements import Statements


def test_a_key_promised_before_is_told_and_promises_nothing(session: Session, now: datetime) -> None:
    assert promise_greeting(session, 1, now)
    assert not promise_greeting(session, 1, now)
    assert promise_greeting(session, 2, now)
    session.commit()
    assert len(messages()) == 2


def test_an_act_that_fails_promises_nothing(fresh_engine: Engine, now: datetime) -> None:
    def fail_after_promising() -> None:
        with unit_of_work() as session:
            promise_greeting(session, 1, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_promising()
    assert not messages()


def test_eight_transactions_at_once_make_one_promise(fresh_engine: Engine, now: datetime) -> None:
    together = Barrier(8)

    def promise_at_the_same_time(_: int) -> bool:
        together.wait()
        with unit_of_work() as session:
            return promise_greeting(session, 1, now)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(promise_at_the_same_time, range(8)))
    assert sorted(made) == [False] * 7 + [True]
    assert len(messages()) == 1


def test_many_promises_are_one_statement_and_tell_which_are_new(
    session: Session, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def wanted(numbers: range) -> list[Promise]:
        return [Promise(f"personne-{n}@structure.example", {"number": n}, f"many:{n:03}") for n in numbers]

    with sql_count() as statements:
        assert promise_each(session, KIND, wanted(range(500)), now=now) == {f"many:{n:03}" for n in range(500)}
    assert statements.count == 1
    assert promise_each(session, KIND, wanted(range(499, 501)), now=now) == {"many:500"}
    assert promise_each(session, KIND, [], now=now) == set()
    session.commit()
    assert {message.ids["number"] for message in messages()} == set(range(501))
    with pytest.raises(ValueError, match="address"):
        promise_each(session, KIND, [Promise("a@b.example, c@d.example", {}, "many:x")], now=now)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "personne",
        "a@b.example\nBcc: c@d.example",
        "a@b.example\r\nDATA",
        "a@b.example, c@d.example",
        "Nom <a@b.example>",
        "a b@c.example",
        "a@b..example",
        "@b.example",
        "a@b.example>",
        "élise@b.example",
        "a" * 310 + "@b.example",
    ],
)
def test_only_one_plain_address_is_promised_anything(session: Session, now: datetime, recipient: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        promise(session, KIND, recipient=recipient, ids={}, dedupe_key="x", now=now)


@given(st.text())
def test_no_accepted_address_can_end_a_line_or_a_command(text: str) -> None:
    try:
        accepted = ensure_address(text)
    except ValueError:
        return
    assert not set(accepted) & set(' \r\n\t<>,;:"()\\')


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x00"])
def test_a_subject_holds_one_line(line_end: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Mail(subject=f"Bonjour{line_end}Bcc: quelqu-un@ailleurs.example", text="", html="")


def test_a_subject_may_hold_french_typography() -> None:
    assert Mail(subject="Lot n°\u00a03\u202f: « Œuvre » — clos", text="", html="").subject.startswith("Lot")


def test_a_sender_must_have_an_address() -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        SmtpSettings(host="127.0.0.1", port=25, mail_from="Amont")


def test_two_rooms_cannot_compose_the_same_kind() -> None:
    def other(_session: Session, _ids: Ids, _now: datetime) -> Mail | Spared:
        return Spared("")

    with pytest.raises(ValueError, match=KIND):
        register(KIND, other)
