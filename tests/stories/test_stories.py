"""A story is public once all those it names have agreed to its very text; its figures tell no small group."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.forecast.queries import publication_mark
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.outbox.models import Message
from portal.storage import unit_of_work
from portal.stories import emails, queries, rules, services
from portal.stories.models import SuccessStory
from portal.stories.rules import Figures
from portal.vocabulary import MessageKind, Role, StoryState
from tests.declarations import sample as months
from tests.declarations.sample import Scene, make_scene
from tests.stories import sample
from tests.stories.sample import TEXTS, answer, asked, buyer, published, written

TODAY = date(2026, 12, 3)


def asked_mails(session: Session) -> int:
    counted = select(func.count()).select_from(Message).where(Message.kind == MessageKind.STORY_AGREEMENT)
    return session.scalar(counted) or 0


def test_a_story_is_public_once_all_have_agreed(session: Session, scene: Scene, now: datetime) -> None:
    months.member(session, scene.company, "nina@exemple.fr", now)
    story = asked(session, scene, now)
    assert asked_mails(session) == 1
    answer(session, story, scene.company, now)
    with pytest.raises(RuleViolation, match="manque l’accord"):
        services.publish(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    with pytest.raises(NotFound):
        queries.public(session, story.public_id)
    answer(session, story, scene.structure, now)
    before = publication_mark(session).counter
    services.publish(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    session.flush()
    assert queries.public(session, story.public_id) is story
    assert publication_mark(session).counter == before + 1


def test_a_changed_text_is_asked_about_again(session: Session, scene: Scene, now: datetime) -> None:
    months.member(session, scene.company, "nina@exemple.fr", now)
    story = published(session, scene, now)
    texts = replace(TEXTS, result="Autre chose.")
    services.revise(session, story, texts, expected_version=story.version, actor=buyer(scene), now=now)
    session.flush()
    assert story.state is StoryState.DRAFT
    assert not any(rules.is_agreed(each) for each in story.agreements)
    assert asked_mails(session) == 2
    kept = story.version
    services.revise(session, story, texts, expected_version=kept, actor=buyer(scene), now=now)
    assert asked_mails(session) == 2


def test_a_refusal_takes_it_off_and_says_why(session: Session, scene: Scene, now: datetime) -> None:
    story = published(session, scene, now)
    with pytest.raises(RuleViolation, match="en un mot"):
        answer(session, story, scene.company, now, reason="")
    answer(session, story, scene.company, now, reason="Nous préférons attendre.")
    assert story.state is StoryState.DRAFT
    assert rules.answer_words(sample.agreement_of(story, scene.company)) == "accord refusé"


def test_nobody_agrees_to_a_text_they_have_not_read(session: Session, scene: Scene, now: datetime) -> None:
    story = asked(session, scene, now)
    mine = sample.agreement_of(story, scene.company)
    shown = rules.seen(story, mine)
    texts = replace(TEXTS, title="Un autre titre")
    services.revise(session, story, texts, expected_version=story.version, actor=buyer(scene), now=now)
    with pytest.raises(RuleViolation, match="vient de changer"):
        services.answer(
            session, story, mine, agrees=True, reason=None, shown=shown, actor=months.filing(scene.company), now=now
        )


def test_only_its_own_people_write_and_answer(session: Session, scene: Scene, now: datetime) -> None:
    story = asked(session, scene, now)
    mine = sample.agreement_of(story, scene.company)
    for actor in (months.filing(scene.structure), months.acting(scene.buyer, Role.PURCHASING)):
        with pytest.raises(Refused):
            services.answer(session, story, mine, agrees=True, reason=None, shown="", actor=actor, now=now)
    for actor in (scene.direction, months.filing(scene.company), scene.facilitateur):
        with pytest.raises(NotFound):
            queries.own(session, actor, story.public_id)
        with pytest.raises(Refused):
            services.publish(session, story, expected_version=story.version, actor=actor, now=now)


def test_an_agreement_obtained_otherwise_is_noted(session: Session, scene: Scene, now: datetime) -> None:
    story = asked(session, scene, now)
    answer(session, story, scene.company, now)
    for told_on, told_by in ((TODAY + timedelta(1), "direction"), (TODAY - timedelta(1), "direction"), (TODAY, None)):
        with pytest.raises(RuleViolation):
            _note(session, story, scene, told_on, told_by, now)
    _note(session, story, scene, TODAY, "la direction, par courriel", now)
    services.publish(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    with pytest.raises(RuleViolation, match="pourquoi"):
        services.withdraw(session, story, reason=None, expected_version=story.version, actor=buyer(scene), now=now)
    services.withdraw(session, story, reason="À revoir", expected_version=story.version, actor=buyer(scene), now=now)
    session.flush()
    with pytest.raises(NotFound):
        queries.public(session, story.public_id)


def test_a_refusal_is_never_noted_over(session: Session, scene: Scene, now: datetime) -> None:
    story = asked(session, scene, now)
    answer(session, story, scene.structure, now, reason="Nous ne voulons pas.")
    with pytest.raises(RuleViolation, match="a refusé"):
        _note(session, story, scene, TODAY, "la direction, par téléphone", now)
    assert not rules.is_agreed(sample.agreement_of(story, scene.structure))


def _note(
    session: Session, story: SuccessStory, scene: Scene, told_on: date, told_by: str | None, now: datetime
) -> None:
    version = story.version
    services.note_agreement(
        session,
        story,
        scene.structure,
        told_on=told_on,
        told_by=told_by,
        expected_version=version,
        actor=buyer(scene),
        now=now,
    )


def test_one_story_a_contract_and_whole_before_asking(session: Session, scene: Scene, now: datetime) -> None:
    story = written(session, scene, now, replace(TEXTS, result=None))
    with pytest.raises(RuleViolation, match="trois textes"):
        services.ask(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    with pytest.raises(RuleViolation, match="déjà commencé"):
        written(session, scene, now)
    with pytest.raises(Stale):
        services.revise(session, story, TEXTS, expected_version=99, actor=buyer(scene), now=now)


def test_the_mail_is_spared_once_answered(session: Session, scene: Scene, now: datetime, config: Config) -> None:
    scheduler.prepare(config)
    account = months.member(session, scene.company, "nina@exemple.fr", now)
    story = asked(session, scene, now)
    session.flush()
    ids = {"story": story.id, "account": account.id, "organisation": scene.company.id}
    mail = emails.agreement(session, ids, now)
    assert f"/exemples/{story.public_id}/accord" in getattr(mail, "text", "")
    answer(session, story, scene.company, now)
    assert not hasattr(emails.agreement(session, ids, now), "text")


def test_figures_come_from_the_accepted_months(session: Session, scene: Scene, now: datetime) -> None:
    assert queries.figures_of(session, scene.contract, TODAY).people == 0
    sample.accepted(session, scene, now, people=6)
    told = queries.figures_of(session, scene.contract, TODAY)
    assert (told.hours, told.people, told.promised) == (Decimal(600), 6, Decimal(1200))


def test_no_figure_ever_tells_a_small_group() -> None:
    """Every way to share up to a dozen people between exits and paths that go on."""
    for people, dynamic, other, withdrawn in product(range(13), range(9), range(6), range(3)):
        told = Figures(Decimal(100), Decimal(0), people, dynamic, other, withdrawn)
        groups = (dynamic, other, withdrawn, people - dynamic - other - withdrawn)
        if told.shows_exits:
            assert not told.are_small
            assert all(group == 0 or group >= 5 for group in groups)


@pytest.mark.usefixtures("moment")
def test_two_people_of_one_structure_answer_once(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        scene = make_scene(session, now)
        story = asked(session, scene, now)
        session.flush()
        public_id, organisation = story.public_id, scene.company
        shown = rules.seen(story, sample.agreement_of(story, organisation))
        actor = months.filing(organisation)
    told: list[str] = []
    start = Barrier(2)

    def respond(agrees: bool) -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                story, mine = queries.named_in(session, actor, public_id)
                services.answer(session, story, mine, agrees=agrees, reason="non", shown=shown, actor=actor, now=now)
            told.append("done")
        except RuleViolation as problem:
            told.append(problem.sentence)

    threads = [Thread(target=respond, args=(agrees,)) for agrees in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each == "done" for each in told) == [False, True]
    assert any("a répondu entre-temps" in each for each in told)
