"""Two at once, with real commits: each month moves once, and the same hours are never counted twice."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.declarations import jobs, queries, services
from portal.declarations.facts import Decision
from portal.declarations.models import (
    Declaration,
    Delta,
    Deposit,
    Eligibility,
    Likeness,
    Participant,
    Person,
    SamePerson,
)
from portal.declarations.rules import Pair
from portal.declarations.services import eligibility, likenesses
from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.storage import reading, unit_of_work
from portal.vocabulary import DeclarationState, EligibilityState, LikenessAnswer
from tests.accounts.test_races import Outcomes, together
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
    add,
    confirmed,
    file,
    filing,
    make_scene,
    opened,
    person,
)

pytestmark = pytest.mark.usefixtures("fresh_engine")


@pytest.fixture
def scene(fresh_engine: Engine, now: datetime) -> Scene:
    """Committed, unlike the other tests' scene."""
    with unit_of_work() as session:
        return make_scene(session, now)


def _count(model: type[Deposit | Delta | Person | Participant | Declaration | Eligibility]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _on(reference: str, actor: Actor, act: Callable[[Session, Declaration], object]) -> Callable[[Session], object]:
    """What someone does after opening the page."""
    return lambda session: act(session, queries.visible(session, actor, reference))


def test_a_month_deposited_twice_at_once_is_deposited_once(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        november = opened(session, scene, scene.company)
        add(session, november, person(), now)
    with reading() as session:
        version = session.get_one(Declaration, november.id).version

    def deposit(session: Session, declaration: Declaration) -> None:
        actor = filing(scene.company)
        services.deposit(session, declaration, expected_version=version, actor=actor, now=now)

    acts = [_on(november.reference, filing(scene.company), deposit)] * 3
    assert together(*acts) == Outcomes(done=1, refused=2)
    assert _count(Deposit) == 1


def _deposited(scene: Scene, now: datetime) -> Declaration:
    with unit_of_work() as session:
        november = opened(session, scene, scene.company)
        add(session, november, person(), now)
        file(session, november, now)
    return november


def test_accepted_and_sent_back_at_once_is_one_of_them(scene: Scene, now: datetime) -> None:
    november = _deposited(scene, now)
    version, actor = november.version, scene.facilitateur

    def accept_it(session: Session, declaration: Declaration) -> None:
        services.accept(session, declaration, {}, expected_version=version, actor=actor, now=now)

    def return_it(session: Session, declaration: Declaration) -> None:
        services.send_back(session, declaration, "x", expected_version=version, actor=actor, now=now)

    acts = [_on(november.reference, actor, act) for act in (accept_it, return_it, accept_it)]
    assert together(*acts) == Outcomes(done=1, refused=2)
    with reading() as session:
        state = session.get_one(Declaration, november.id).state
    assert _count(Delta) == (1 if state is DeclarationState.ACCEPTED else 0)


def test_accepted_unread_while_it_is_sent_back_is_one_of_them(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        november = opened(session, scene, scene.structure)
        add(session, november, person("S-1"), now)
        file(session, november, now)
    version, actor = november.version, scene.facilitateur

    def accept_it(session: Session, declaration: Declaration) -> None:
        services.accept_unread(session, declaration, expected_version=version, actor=actor, now=now)

    def return_it(session: Session, declaration: Declaration) -> None:
        services.send_back(session, declaration, "x", expected_version=version, actor=actor, now=now)

    acts = [_on(november.reference, actor, act) for act in (accept_it, return_it, accept_it)]
    assert together(*acts) == Outcomes(done=1, refused=2)
    with reading() as session:
        state = session.get_one(Declaration, november.id).state
    assert _count(Delta) == (1 if state is DeclarationState.ACCEPTED else 0)


def test_reopened_twice_at_once_takes_the_hours_back_once(scene: Scene, now: datetime) -> None:
    november = _deposited(scene, now)
    with unit_of_work() as session:
        declaration = queries.visible(session, scene.facilitateur, november.reference)
        accept(session, scene, declaration, now, P_1=confirmed())
        version = declaration.version

    def reopen(session: Session, declaration: Declaration) -> None:
        services.reopen(session, declaration, "x", expected_version=version, actor=scene.facilitateur, now=now)

    acts = [_on(november.reference, scene.facilitateur, reopen)] * 2
    assert together(*acts) == Outcomes(done=1, refused=1)
    assert _count(Delta) == 2
    with reading() as session:
        assert queries.retained_of(session, [scene.contract.id]) == {scene.contract.id: Decimal(0)}


def test_two_declarants_of_the_same_hours_at_once_do_not_both_pass(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        months = [opened(session, scene, who) for who in (scene.company, scene.structure)]
        for month in months:
            add(session, month, person(), now)

    def deposit(session: Session, declaration: Declaration) -> None:
        file(session, declaration, now)

    acts = [_on(month.reference, filing(month.organisation), deposit) for month in months]
    assert together(*acts) == Outcomes(done=1, refused=1)
    assert _count(Deposit) == 1


def test_one_person_entered_by_two_declarants_at_once_is_one_person(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        months = [opened(session, scene, who) for who in (scene.company, scene.structure)]

    def enter(session: Session, declaration: Declaration) -> None:
        add(session, declaration, person(), now)

    acts = [_on(month.reference, filing(month.organisation), enter) for month in months]
    assert together(*acts) == Outcomes(done=2, refused=0)
    assert (_count(Person), _count(Participant)) == (1, 2)


def test_one_matricule_given_to_two_people_at_once_is_given_to_one(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        months = [opened(session, scene, scene.company, month) for month in (OCTOBER, NOVEMBER)]

    def enter(name: str) -> Callable[[Session, Declaration], object]:
        return lambda session, declaration: add(session, declaration, person("P-1", name), now)

    names = ("Durand", "Moreau")
    actor = filing(scene.company)
    acts = [_on(month.reference, actor, enter(name)) for month, name in zip(months, names, strict=True)]
    assert together(*acts) == Outcomes(done=1, refused=1)
    assert (_count(Person), _count(Participant)) == (1, 1)


def test_one_removed_while_entered_elsewhere_is_never_half_there(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        october, november = (opened(session, scene, scene.company, month) for month in (OCTOBER, NOVEMBER))
        add(session, october, person(), now)
    actor = filing(scene.company)

    def remove(session: Session, declaration: Declaration) -> None:
        line = declaration.lines[0]
        services.remove_line(session, declaration, line, expected_version=declaration.version, actor=actor, now=now)

    def enter(session: Session, declaration: Declaration) -> None:
        add(session, declaration, person(), now)

    acts = [_on(october.reference, actor, remove), _on(november.reference, actor, enter)]
    assert together(*acts) == Outcomes(done=2, refused=0)
    assert (_count(Person), _count(Participant)) == (1, 1)


def test_two_accepted_at_once_decide_on_their_person_once(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        months = [opened(session, scene, who) for who in (scene.company, scene.structure)]
        for month in months:
            add(session, month, person(), now)
            file(session, month, now, different_hours=True)

    def accept_it(session: Session, declaration: Declaration) -> None:
        accept(session, scene, declaration, now, P_1=confirmed())

    acts = [_on(month.reference, scene.facilitateur, accept_it) for month in months]
    assert together(*acts) == Outcomes(done=2, refused=0)
    assert (_count(Delta), _count(Eligibility)) == (2, 1)


def test_answers_given_at_once_on_three_who_look_alike_make_one_group(scene: Scene, now: datetime) -> None:
    pairs = _three_alike(scene, now)

    def same(pair: Pair) -> Callable[[Session], object]:
        told: dict[str, Any] = {"seen": None, "actor": scene.facilitateur, "now": now}
        return lambda session: likenesses.answer(session, scene.buyer.id, pair, LikenessAnswer.SAME, **told)

    assert together(*(same(pair) for pair in pairs)) == Outcomes(done=3, refused=0)
    with reading() as session:
        counted = dict(session.execute(select(SamePerson.person_id, SamePerson.counted_as_id)).all())
    first = pairs[0][0]
    assert counted == {other: first for pair in pairs for other in pair if other != first}


def test_two_opposite_answers_at_once_keep_the_first(scene: Scene, now: datetime) -> None:
    pair = _three_alike(scene, now)[0]

    def said(answer: LikenessAnswer) -> Callable[[Session], object]:
        told: dict[str, Any] = {"seen": None, "actor": scene.facilitateur, "now": now}
        return lambda session: likenesses.answer(session, scene.buyer.id, pair, answer, **told)

    assert together(*(said(answer) for answer in LikenessAnswer)) == Outcomes(done=1, refused=1)
    with reading() as session:
        answer = session.scalars(select(Likeness.answer)).one()
        counted = session.scalar(select(func.count()).select_from(SamePerson))
    assert counted == (answer is LikenessAnswer.SAME)


def _three_alike(scene: Scene, now: datetime) -> list[Pair]:
    with unit_of_work() as session:
        november = opened(session, scene, scene.company)
        for rank, name in enumerate(("Durand", "Durant", "Durrand")):
            add(session, november, person(f"A-{rank}", name), now)
        file(session, november, now)
        people = sorted(line.participant.person_id for line in november.lines)
    return list(combinations(people, 2))


def test_an_eligibility_decided_twice_at_once_is_decided_once(scene: Scene, now: datetime) -> None:
    with unit_of_work() as session:
        november = opened(session, scene, scene.company)
        add(session, november, person(), now)
        file(session, november, now)

    def settle(decision: Decision) -> Callable[[Session, Declaration], object]:
        told: dict[str, Any] = {"expected_version": 1, "actor": scene.facilitateur, "now": now}
        return lambda session, month: eligibility.settle(session, month, month.lines[0].participant, decision, **told)

    proved = confirmed(proof_seen_on=date(2026, 12, 1))
    refused = Decision(eligibility=EligibilityState.REFUSED)
    acts = [_on(november.reference, scene.facilitateur, settle(each)) for each in (proved, refused)]
    assert together(*acts) == Outcomes(done=1, refused=1)
    with reading() as session:
        assert session.scalars(select(Eligibility.version)).all() == [2]


def test_two_processes_open_each_month_once(scene: Scene, now: datetime) -> None:
    acts = [lambda session: services.open_months(session, now=now)] * 3
    assert together(*acts) == Outcomes(done=3, refused=0)
    assert _count(Declaration) == 4
    assert jobs.open_months(now, False) == {"mois ouverts": 0}
    with reading() as session:
        entries = session.scalars(select(JournalEntry.after).where(JournalEntry.event == "declaration.opened")).all()
    assert [entry and entry["opened"] for entry in entries] == [4]
