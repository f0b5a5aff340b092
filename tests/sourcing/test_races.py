"""Two at once, with real commits, on both databases: one wins, the other is told."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.kernel.errors import Stale
from portal.outbox.models import Message
from portal.sourcing import queries, services
from portal.sourcing.models import Interest, InterestWord, Question
from portal.storage import reading
from portal.vocabulary import InterestKind
from tests.groupements.people import Town, make_town
from tests.groupements.test_races import together
from tests.sourcing.acts import COMMUNES, ask, buyer_of, word


@pytest.fixture
def real_town(fresh_engine: Engine, now: datetime) -> Iterator[Town]:
    with Session(fresh_engine, expire_on_commit=False) as session:
        town = make_town(session, now)
        buyer_of(town)
        session.commit()
        yield town


def test_two_colleagues_who_speak_at_once_leave_one_word_and_one_conflict(real_town: Town) -> None:
    lot_id = real_town.project().lots[0].id
    actor, now = real_town.actor("pont"), real_town.now
    real_town.session.commit()

    def say(kind: InterestKind) -> object:
        def act(session: Session) -> None:
            lot = session.get_one(Lot, lot_id)
            services.tell_interest(
                session, lot, word(kind), communes=COMMUNES, expected_version=0, actor=actor, now=now
            )

        return act

    outcomes = together(say(InterestKind.ALONE), say(InterestKind.MEMBER))  # type: ignore[arg-type]
    conflicts = [each for each in outcomes if each is not None]
    assert [type(each) for each in conflicts] == [Stale]
    assert isinstance(conflicts[0], Stale)
    assert isinstance(conflicts[0].current, Interest)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(InterestWord)) == 1
        assert queries.interest_totals(session, [lot_id])[lot_id].interested == 1
        kept = session.scalars(select(Interest)).one()
        assert kept.kind == conflicts[0].current.kind


def test_a_question_is_answered_or_set_aside_never_both(real_town: Town) -> None:
    question = ask(real_town, real_town.project(), "pont")
    actor, now, asked = buyer_of(real_town), real_town.now, question.id
    real_town.session.commit()

    def answer(session: Session) -> None:
        again = queries.question_by_id(session, asked)
        services.answer(session, again, "Local ?", "Oui.", expected_version=1, actor=actor, now=now)

    def set_aside(session: Session) -> None:
        again = queries.question_by_id(session, asked)
        services.set_aside(session, again, "Hors sujet.", expected_version=1, actor=actor, now=now)

    conflicts = [each for each in together(answer, set_aside) if each is not None]
    assert [type(each) for each in conflicts] == [Stale]
    with reading() as session:
        kept = session.scalars(select(Question)).one()
        assert kept.answer == ("Oui." if kept.state == "answered" else "Hors sujet.")
        closed = select(func.count()).select_from(Message).where(Message.kind == "sourcing.question_closed")
        assert session.scalar(closed) == 1
