"""One person: eligibility decided once, likeness answered and taken back, the path and what marks it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.declarations import queries, rules, services
from portal.declarations.facts import Decision, LineFacts, NewPerson, StepFacts
from portal.declarations.models import (
    Declaration,
    DelegatedPart,
    Eligibility,
    FurtherCriterion,
    Likeness,
    SamePerson,
)
from portal.declarations.queries.likenesses import (
    answered_resemblances,
    count_answered,
    count_open,
    open_resemblances,
)
from portal.declarations.queries.path import last_exit, participant_of, path_of, same_people, steps_of
from portal.declarations.queries.waiting import count_left_lately, count_to_confirm, left_lately, to_confirm
from portal.declarations.rules import Pair
from portal.declarations.services import eligibility, likenesses, steps
from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.kernel.month import Month
from portal.vocabulary import (
    DeclarationState,
    EligibilityState,
    ExitKind,
    LikenessAnswer,
    OrganisationKind,
    PartState,
    PathPrescripteur,
    Public,
    Role,
    StepKind,
)
from tests.accounts.people import new_organisation
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
    acting,
    add,
    confirmed,
    file,
    filing,
    make_contract,
    open_again,
    opened,
    person,
    write,
)
from tests.statements import Statements

SAME, DIFFERENT = LikenessAnswer.SAME, LikenessAnswer.DIFFERENT
SqlCount = Callable[[], AbstractContextManager[Statements]]


# Eligibility


def settle(
    session: Session, scene: Scene, month: Declaration, now: datetime, decision: Decision, version: int = 1
) -> Eligibility:
    participant = month.lines[0].participant
    actor = scene.facilitateur
    return eligibility.settle(session, month, participant, decision, expected_version=version, actor=actor, now=now)


PROVED = Decision(
    eligibility=EligibilityState.CONFIRMED,
    criterion=Public.TH,
    further=frozenset({Public.RSA, Public.QPV}),
    proof_seen_on=date(2026, 12, 1),
)


@pytest.fixture
def november(session: Session, scene: Scene, now: datetime) -> Declaration:
    month = opened(session, scene, scene.company)
    add(session, month, person(), now)
    file(session, month, now)
    return month


def test_what_is_confirmed_is_kept_whole_and_counts_the_hours(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    row = settle(session, scene, november, now, PROVED)
    assert (row.state, row.criterion, row.proof_seen_on) == ("confirmed", Public.TH, date(2026, 12, 1))
    assert set(session.scalars(select(FurtherCriterion.criterion))) == {Public.RSA, Public.QPV}
    assert accept(session, scene, november, now).retained_hours == Decimal(100)


def test_a_decision_is_thought_better_of_with_a_trace_that_tells_no_criterion(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    row = settle(session, scene, november, now, PROVED)
    refused = Decision(eligibility=EligibilityState.REFUSED)
    row = settle(session, scene, november, now, refused, row.version)
    assert (row.state, row.criterion, row.version) == ("refused", None, 3)
    assert session.scalars(select(FurtherCriterion)).all() == []
    entries = session.scalars(select(JournalEntry).where(JournalEntry.event == "eligibility.decided")).all()
    assert [(entry.before, entry.after) for entry in entries] == [
        ({"state": "to_confirm"}, {"state": "confirmed"}),
        ({"state": "confirmed"}, {"state": "refused"}),
    ]


def test_two_who_decide_at_once_read_each_other(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    settle(session, scene, november, now, PROVED)
    with pytest.raises(Stale):
        settle(session, scene, november, now, Decision(eligibility=EligibilityState.REFUSED))


def test_a_path_prescripteur_is_enough_with_the_day_of_the_attestation(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    word = Decision(eligibility=EligibilityState.CONFIRMED, prescripteur=PathPrescripteur.MISSION_LOCALE)
    with pytest.raises(RuleViolation) as refused:
        settle(session, scene, november, now, word)
    assert refused.value.field == "attested_on"
    row = settle(session, scene, november, now, replace(word, attested_on=date(2026, 9, 1)))
    assert (row.state, row.attested_on, row.proof_seen_on) == ("confirmed", date(2026, 9, 1), None)


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(), "state"),
        (Decision(eligibility=EligibilityState.CONFIRMED), "criterion"),
        (replace(PROVED, proof_seen_on=None), "proof_seen_on"),
        (replace(PROVED, proof_seen_on=date(2026, 12, 4)), "proof_seen_on"),
        (replace(PROVED, eligibility=EligibilityState.REFUSED, criterion=None), "criterion"),
    ],
)
def test_what_is_not_proved_is_not_confirmed(
    session: Session, scene: Scene, november: Declaration, now: datetime, decision: Decision, field: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        settle(session, scene, november, now, decision)
    assert refused.value.field == field


def test_the_declarant_confirms_nobody(session: Session, scene: Scene, november: Declaration, now: datetime) -> None:
    whose = november.lines[0].participant
    for actor in (filing(scene.company), scene.direction):
        with pytest.raises(Refused):
            eligibility.settle(session, november, whose, PROVED, expected_version=1, actor=actor, now=now)


def test_the_check_page_keeps_the_day_of_the_proof(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    seen = confirmed(proof_seen_on=date(2026, 12, 3), further=frozenset({Public.QPV}))
    accept(session, scene, november, now, P_1=seen)
    row = session.scalars(select(Eligibility)).one()
    assert (row.proof_seen_on, row.version) == (date(2026, 12, 3), 2)
    assert session.scalars(select(FurtherCriterion.criterion)).all() == [Public.QPV]


def test_who_is_presumed_depends_on_who_employs_them(session: Session, scene: Scene, now: datetime) -> None:
    november = opened(session, scene, scene.company)
    own, entrusted = add(session, november, person(), now), add(session, november, person("P-2", "Moreau"), now)
    entrusted.employer_id = scene.structure.id
    session.flush()
    assert queries.presumed_people(session, november) == {entrusted.participant.person_id}
    own.employer_id, entrusted.employer_id = scene.structure.id, None
    session.flush()
    assert queries.presumed_people(session, november) == {own.participant.person_id}


def test_whom_a_structure_only_expected_is_not_presumed_for_the_hours_of_another(
    session: Session, scene: Scene, now: datetime
) -> None:
    """Hired by the company: the line that the structure left without hours, or did not hand, makes nobody eligible."""
    november, structure = opened(session, scene, scene.company), scene.structure.id
    add(session, november, person(), now)
    expected = services.people.enter(
        session, november, person("M-1"), organisation_id=structure, employer_id=structure, now=now
    )
    part = DelegatedPart(declaration=november, employer_id=structure, state=PartState.OPEN)
    session.add(part)
    session.flush()
    assert queries.presumed_people(session, november) == frozenset()
    part.state, part.handed_at = PartState.HANDED, now
    assert queries.presumed_people(session, november) == {expected.participant.person_id}
    expected.hours = Decimal(0)
    session.flush()
    file(session, november, now)
    assert accept(session, scene, november, now).retained_hours == 0


def test_those_who_wait_to_be_confirmed_are_listed_once(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    structure = opened(session, scene, scene.structure)
    for month, facts in (
        (october, person()),
        (november, NewPerson(matricule="P-1", hours=Decimal(40))),
        (november, person("P-2", "Moreau")),
        (structure, person("S-1", "Lambert")),
    ):
        add(session, month, facts, now)
    for month in (october, november, structure):
        file(session, month, now)
    accept(session, scene, october, now)
    told = to_confirm(session, scene.facilitateur, 1)
    assert [(each.matricule, each.month, each.hours, each.is_accepted) for each in told] == [
        ("P-1", NOVEMBER, Decimal(140), False),
        ("P-2", NOVEMBER, Decimal(100), False),
    ]
    assert count_to_confirm(session, scene.facilitateur) == 2
    for actor in (filing(scene.company), scene.direction, acting(scene.structure, Role.FACILITATEUR)):
        assert count_to_confirm(session, actor) == 0
    settle(session, scene, november, now, PROVED)
    assert [each.matricule for each in to_confirm(session, scene.facilitateur, 1)] == ["P-2"]
    accept(session, scene, november, now)
    assert [(each.matricule, each.is_accepted) for each in to_confirm(session, scene.facilitateur, 1)] == [
        ("P-2", True)
    ]


# Likeness


@pytest.fixture
def alike(session: Session, scene: Scene, now: datetime) -> tuple[Declaration, Pair]:
    """Durand of the company, Durant of the structure: born on the same day."""
    company, structure = opened(session, scene, scene.company), opened(session, scene, scene.structure)
    ids = []
    for month, facts in ((company, person("A-1")), (structure, person("B-1", "Durant"))):
        ids.append(add(session, month, facts, now).participant.person_id)
        file(session, month, now)
    return structure, (ids[0], ids[1])


def reply(
    session: Session,
    scene: Scene,
    pair: Pair,
    said: LikenessAnswer,
    now: datetime,
    *,
    seen: LikenessAnswer | None = None,
    actor: Actor | None = None,
) -> None:
    who = actor or scene.facilitateur
    likenesses.answer(session, scene.buyer.id, pair, said, seen=seen, actor=who, now=now)


def groups(session: Session) -> dict[int, int]:
    return dict(session.execute(select(SamePerson.person_id, SamePerson.counted_as_id)).all())


def test_a_likeness_is_asked_once_and_the_answer_may_change(
    session: Session, scene: Scene, alike: tuple[Declaration, Pair], now: datetime
) -> None:
    structure, pair = alike
    (told,) = open_resemblances(session, scene.facilitateur, 1)
    assert (told.pair, told.sounds_alike, told.answer) == (pair, True, None)
    assert [[side.matricule for side in sides] for sides in told.sides] == [["A-1"], ["B-1"]]
    assert len(queries.near_matches(session, scene.facilitateur, structure)) == 1
    reply(session, scene, pair, SAME, now)
    assert groups(session) == {pair[1]: pair[0]}
    assert (count_open(session, scene.facilitateur), queries.near_matches(session, scene.facilitateur, structure)) == (
        0,
        [],
    )
    reply(session, scene, pair, DIFFERENT, now, seen=SAME)
    assert groups(session) == {}
    (told,) = answered_resemblances(session, scene.facilitateur, 1)
    assert (told.answer, told.decided_by, count_answered(session, scene.facilitateur)) == (DIFFERENT, "Claire Ansel", 1)
    assert (count_open(session, scene.facilitateur), queries.near_matches(session, scene.facilitateur, structure)) == (
        0,
        [],
    )


def test_an_answer_given_meanwhile_is_not_replaced_unseen(
    session: Session, scene: Scene, alike: tuple[Declaration, Pair], now: datetime
) -> None:
    _, pair = alike
    reply(session, scene, pair, SAME, now)
    with pytest.raises(RuleViolation, match="Claire Ansel a répondu entre-temps"):
        reply(session, scene, pair, DIFFERENT, now)
    assert groups(session) == {pair[1]: pair[0]}


def test_only_who_checks_for_the_buyer_answers_and_only_of_those_who_look_alike(
    session: Session, scene: Scene, alike: tuple[Declaration, Pair], now: datetime
) -> None:
    _, pair = alike
    elsewhere = new_organisation(session, now, 40, OrganisationKind.FACILITATION)
    for actor in (filing(scene.structure), scene.direction, acting(elsewhere, Role.FACILITATEUR)):
        assert count_open(session, actor) == 0
        with pytest.raises(NotFound):
            reply(session, scene, pair, SAME, now, actor=actor)
    other = opened(session, scene, scene.company, OCTOBER)
    stranger = add(session, other, person("A-9", "Moreau"), now).participant.person_id
    file(session, other, now)
    for wrong in ((pair[0], stranger), (pair[1], pair[0]), (pair[0], pair[0])):
        with pytest.raises(NotFound):
            reply(session, scene, wrong, SAME, now)


def test_likeness_never_crosses_from_a_buyer_to_another(
    session: Session, scene: Scene, alike: tuple[Declaration, Pair], now: datetime
) -> None:
    _, pair = alike
    reply(session, scene, pair, SAME, now)
    other = new_organisation(session, now, 41, OrganisationKind.BUYER)
    make_contract(session, now, other, (scene.company,), number="2026-T41")
    buyers_own = acting(other, Role.FACILITATEUR)
    assert (count_open(session, buyers_own), count_answered(session, buyers_own)) == (0, 0)
    assert same_people(session, other.id, pair[0]) == {pair[0]}
    assert same_people(session, scene.buyer.id, pair[1]) == set(pair)


def test_matricules_of_contracts_that_one_does_not_check_stay_hidden(
    session: Session, scene: Scene, now: datetime
) -> None:
    elsewhere = new_organisation(session, now, 42, OrganisationKind.COMPANY)
    unfollowed = make_contract(session, now, scene.buyer, (elsewhere,), number="2026-T42")
    theirs = Declaration(
        contract=unfollowed,
        organisation=elsewhere,
        month=NOVEMBER,
        state=DeclarationState.EXPECTED,
        due_on=date(2026, 12, 10),
        opened_at=now,
    )
    session.add(theirs)
    session.flush()
    mine = opened(session, scene, scene.company)
    for month, facts in ((theirs, person("X-1")), (mine, person("A-1", "Durant"))):
        add(session, month, facts, now)
        file(session, month, now)
    (told,) = open_resemblances(session, scene.facilitateur, 1)
    assert [[side.matricule for side in sides] for sides in told.sides] == [[None], ["A-1"]]
    (near,) = queries.near_matches(session, scene.facilitateur, mine)
    assert (near.other_matricule, near.other_declarant) == (None, elsewhere.name)


def test_what_would_contradict_an_answer_is_refused(session: Session, scene: Scene, now: datetime) -> None:
    first, second, third = _three_alike(session, scene, now)
    reply(session, scene, (first, second), SAME, now)
    reply(session, scene, (second, third), SAME, now)
    assert groups(session) == {second: first, third: first}
    assert count_open(session, scene.facilitateur) == 0
    with pytest.raises(RuleViolation, match="D’autres réponses"):
        reply(session, scene, (first, third), DIFFERENT, now)
    reply(session, scene, (second, third), DIFFERENT, now, seen=SAME)
    reply(session, scene, (first, third), DIFFERENT, now)
    assert groups(session) == {second: first}
    with pytest.raises(RuleViolation, match="Vous avez dit"):
        reply(session, scene, (second, third), SAME, now, seen=DIFFERENT)


def _three_alike(session: Session, scene: Scene, now: datetime) -> list[int]:
    november = opened(session, scene, scene.company)
    names = ("Durand", "Durant", "Durrand")
    found = [
        add(session, november, person(f"A-{rank}", name), now).participant.person_id for rank, name in enumerate(names)
    ]
    file(session, november, now)
    return sorted(found)


_PAIRS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1]), max_size=20, unique=True
)


def _naive(pairs: list[Pair]) -> dict[int, set[int]]:
    """Groups by repeated merging: plain, slow and right."""
    sets = [set(pair) for pair in pairs]
    while True:
        joined = next(((one, other) for one, other in combinations(sets, 2) if one & other), None)
        if joined is None:
            return {person: group for group in sets for person in group}
        sets = [each for each in sets if each not in joined] + [joined[0] | joined[1]]


@given(pairs=_PAIRS, data=st.data())
def test_groups_are_those_that_the_answers_join_and_taking_one_back_splits_them(
    pairs: list[Pair], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(pairs))
    for kept in (pairs, pairs[1:]):
        counted, expected = rules.counted_as(kept), _naive(kept)
        assert counted == {person: min(group) for person, group in expected.items() if min(group) != person}
        assert not set(counted) & set(counted.values())
    assert rules.counted_as(order) == rules.counted_as(pairs)


@given(pairs=_PAIRS, data=st.data())
def test_nobody_told_apart_is_ever_one_through_others(pairs: list[Pair], data: st.DataObject) -> None:
    answers: dict[Pair, LikenessAnswer] = {}
    for pair in pairs:
        said = answers | {pair: data.draw(st.sampled_from(LikenessAnswer))}
        try:
            rules.ensure_consistent(said, pair)
        except RuleViolation:
            continue
        answers = said
        expected = _naive([each for each, answer in answers.items() if answer is SAME])
        for (one, other), answer in answers.items():
            assert (expected.get(one, {one}) == expected.get(other, {other})) is (answer is SAME)


# The path


def _worked(session: Session, scene: Scene, now: datetime) -> Declaration:
    """October accepted for the company and for the structure, November deposited by the company."""
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    structure = opened(session, scene, scene.structure, OCTOBER)
    add(session, october, person(), now)
    add(session, structure, person("S-1", hours=Decimal(30)), now)
    file(session, october, now)
    file(session, structure, now, different_hours=True)
    accept(session, scene, october, now, P_1=confirmed())
    accept(session, scene, structure, now)
    add(session, november, NewPerson(matricule="P-1", hours=Decimal(40)), now)
    file(session, november, now)
    return november


def _path(
    session: Session, declaration: Declaration, *, whole: bool
) -> list[tuple[Month, str, Decimal, Decimal | None]]:
    people = {declaration.lines[0].participant.person_id}
    months = path_of(session, declaration, people, whole=whole)
    return [
        (each.declaration.month, each.declaration.organisation.shown_name, each.line.hours, each.retained)
        for each in months
    ]


def test_a_path_is_whole_within_the_buyer_and_the_declarants_own_otherwise(
    session: Session, scene: Scene, now: datetime
) -> None:
    november = _worked(session, scene, now)
    company, structure = scene.company.shown_name, scene.structure.shown_name
    mine = [(OCTOBER, company, Decimal(100), Decimal(100)), (NOVEMBER, company, Decimal(40), None)]
    assert _path(session, november, whole=False) == mine
    assert sorted(_path(session, november, whole=True)) == sorted(
        [
            *mine,
            (OCTOBER, structure, Decimal(30), Decimal(30)),
        ]
    )


def test_a_path_never_crosses_to_another_buyer(session: Session, scene: Scene, now: datetime) -> None:
    november = _worked(session, scene, now)
    other = new_organisation(session, now, 43, OrganisationKind.BUYER)
    contract = make_contract(session, now, other, (scene.company,), number="2026-T43")
    elsewhere = Declaration(
        contract=contract,
        organisation=scene.company,
        month=OCTOBER,
        state=DeclarationState.EXPECTED,
        due_on=date(2026, 11, 10),
        opened_at=now,
    )
    session.add(elsewhere)
    session.flush()
    add(session, elsewhere, person(), now)
    file(session, elsewhere, now)
    for whole in (True, False):
        assert len(_path(session, november, whole=whole)) == (3 if whole else 2)
        assert len(_path(session, elsewhere, whole=whole)) == 1


def test_who_reads_a_path(session: Session, scene: Scene, now: datetime) -> None:
    november = _worked(session, scene, now)
    whose = november.lines[0].participant_id
    for actor in (scene.facilitateur, filing(scene.company)):
        assert participant_of(session, actor, november, whose).id == whose
    for actor in (scene.direction, filing(scene.structure), acting(scene.buyer, Role.PURCHASING)):
        with pytest.raises(NotFound):
            participant_of(session, actor, november, whose)


def test_a_draft_is_not_the_facilitateurs_to_read(session: Session, scene: Scene, now: datetime) -> None:
    draft = opened(session, scene, scene.company)
    whose = add(session, draft, person(), now).participant_id
    assert participant_of(session, filing(scene.company), draft, whose).id == whose
    with pytest.raises(NotFound):
        participant_of(session, scene.facilitateur, draft, whose)


def test_hours_taken_back_are_no_longer_told_retained(session: Session, scene: Scene, now: datetime) -> None:
    november = _worked(session, scene, now)
    october = opened(session, scene, scene.company, OCTOBER)
    open_again(session, scene, october, now)
    assert _path(session, november, whole=False)[0][3] is None


@pytest.mark.parametrize(
    ("entered", "months", "until"),
    [
        (date(2025, 1, 15), 24, Month(2027, 1)),
        (date(2025, 1, 1), 24, Month(2026, 12)),
        (date(2026, 3, 31), 6, Month(2026, 9)),
    ],
)
def test_the_last_month_that_counts_is_the_one_in_which_the_period_ends(
    entered: date, months: int, until: Month
) -> None:
    assert rules.counted_until(entered, months) == until
    assert rules.is_counted(until, entered, months)
    assert not rules.is_counted(until + 1, entered, months)
    assert rules.months_left(until, until.first_day) == 1
    assert rules.months_left(until, (until + 1).first_day) == 0


# Steps


def _left(session: Session, scene: Scene, month: Declaration, day: date, now: datetime) -> None:
    line = month.lines[0]
    write(session, month, now, LineFacts(line_id=line.id, hours=line.hours, exit_on=day, exit_kind=ExitKind.CDI))


def test_steps_are_noted_and_taken_back_by_who_noted_them(session: Session, scene: Scene, now: datetime) -> None:
    november = _worked(session, scene, now)
    whose, today = november.lines[0].participant, paris_date(now)
    facts = StepFacts(kind=StepKind.TRAINING, day=today, words="Une semaine de CACES.")
    mine = steps.note(session, november, whose, facts, actor=filing(scene.company), now=now)
    seen = steps.note(session, november, whose, replace(facts, words=None), actor=scene.facilitateur, now=now)
    people = {whose.person_id}
    assert list(steps_of(session, scene.buyer.id, people, noted_by=None)) == [seen, mine]
    assert list(steps_of(session, scene.buyer.id, people, noted_by=scene.company.id)) == [mine]
    with pytest.raises(NotFound):
        steps.remove(session, november, whose, mine, actor=scene.facilitateur, now=now)
    steps.remove(session, november, whose, mine, actor=filing(scene.company), now=now)
    assert list(steps_of(session, scene.buyer.id, people, noted_by=None)) == [seen]
    entries = session.scalars(select(JournalEntry).where(JournalEntry.object_type == "path_step")).all()
    assert not [entry for entry in entries if "CACES" in str((entry.after, entry.object_label))]
    with pytest.raises(Refused):
        steps.note(session, november, whose, facts, actor=scene.direction, now=now)


def test_the_situation_at_six_months_is_asked_of_who_left(session: Session, scene: Scene, now: datetime) -> None:
    may = opened(session, scene, scene.company, Month(2026, 5))
    add(session, may, person(entered_on=date(2026, 2, 2)), now)
    _left(session, scene, may, date(2026, 5, 29), now)
    file(session, may, now)
    accept(session, scene, may, now, P_1=confirmed())
    today, whose = paris_date(now), may.lines[0].participant
    (told,) = left_lately(session, scene.facilitateur, today, 1)
    assert (told.matricule, told.left_on, told.due_on) == ("P-1", date(2026, 5, 29), date(2026, 11, 29))
    assert count_left_lately(session, scene.facilitateur, date(2026, 10, 28)) == 0
    assert count_left_lately(session, scene.facilitateur, date(2027, 5, 30)) == 0
    assert count_left_lately(session, filing(scene.company), today) == 0
    missing = StepFacts(kind=StepKind.SIX_MONTHS, day=today)
    for facts, field in (
        (missing, "situation"),
        (replace(missing, day=date(2026, 5, 2), situation=ExitKind.CDI), "day"),
        (replace(missing, day=today + timedelta(1), situation=ExitKind.CDI), "day"),
        (StepFacts(kind=StepKind.INTERVIEW, day=today, situation=ExitKind.CDI), "situation"),
    ):
        with pytest.raises(RuleViolation) as refused:
            steps.note(session, may, whose, facts, actor=scene.facilitateur, now=now)
        assert refused.value.field == field
    steps.note(session, may, whose, replace(missing, situation=ExitKind.CDI), actor=scene.facilitateur, now=now)
    assert left_lately(session, scene.facilitateur, today, 1) == []


def test_who_came_back_is_not_asked(session: Session, scene: Scene, now: datetime) -> None:
    may, june = (opened(session, scene, scene.company, Month(2026, number)) for number in (5, 6))
    add(session, may, person(entered_on=date(2026, 2, 2)), now)
    _left(session, scene, may, date(2026, 5, 29), now)
    file(session, may, now)
    accept(session, scene, may, now, P_1=confirmed())
    back = NewPerson(matricule="P-1", entered_on=date(2026, 6, 8), hours=Decimal(10))
    add(session, june, back, now)
    file(session, june, now)
    accept(session, scene, june, now)
    assert left_lately(session, scene.facilitateur, paris_date(now), 1) == []
    months = path_of(session, june, {may.lines[0].participant.person_id}, whole=True)
    assert last_exit(months) is None


# Costs


def test_lists_and_paths_take_a_fixed_number_of_statements(
    session: Session, scene: Scene, now: datetime, sql_count: SqlCount
) -> None:
    actor, today = scene.facilitateur, paris_date(now)

    def costs(reference: str, people: set[int]) -> list[int]:
        reads: list[Callable[[Declaration], object]] = [
            lambda _: to_confirm(session, actor, 1),
            lambda _: count_to_confirm(session, actor),
            lambda _: open_resemblances(session, actor, 1),
            lambda _: count_open(session, actor),
            lambda _: left_lately(session, actor, today, 1),
            lambda month: path_of(session, month, people, whole=True),
            lambda month: queries.presumed_people(session, month),
        ]
        counts = []
        for read in reads:
            session.expunge_all()
            month = queries.visible(session, actor, reference)
            with sql_count() as statements:
                read(month)
            counts.append(statements.count)
        return counts

    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    for month, names in ((october, ("Durand", "Durant")), (november, ("Moreau", "Moraud", "Durrand", "Lambert"))):
        for rank, name in enumerate(names):
            add(session, month, person(f"{month.month.month}-{rank}", name), now)
    people = {line.participant.person_id for month in (october, november) for line in month.lines}
    references = october.reference, november.reference
    file(session, october, now)
    few = costs(references[0], people)
    file(session, queries.visible(session, filing(scene.company), references[1]), now)
    assert few == costs(references[1], people) == [1, 1, 4, 1, 1, 3, 1]


def test_the_table_of_who_counts_as_whom_never_chains(session: Session, scene: Scene, now: datetime) -> None:
    first, second, third = _three_alike(session, scene, now)
    for pair in ((second, third), (first, third)):
        reply(session, scene, pair, SAME, now)
    chained = "SELECT count(*) FROM same_person a JOIN same_person b ON a.counted_as_id = b.person_id"
    assert session.scalar(text(chained)) == 0
    assert session.scalars(select(Likeness.answer)).all() == [SAME, SAME]
    assert groups(session) == {second: first, third: first}
