"""A month opens with the people of the one before: who stays, once, without hours; nobody who left."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Suspension
from portal.declarations import queries, services
from portal.declarations.facts import LineFacts, NewPerson
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Line, Participant, Person
from portal.kernel.errors import Stale
from portal.kernel.month import Month
from portal.storage import reading, unit_of_work
from portal.vocabulary import ContractType, DeclarationState, ExitKind, PartState
from tests.accounts.test_races import Outcomes, together
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    add,
    file,
    filing,
    give_back,
    make_scene,
    opened,
    person,
    write,
)
from tests.statements import Statements

DECEMBER = NOVEMBER + 1
NAMES = ("Durand", "Moreau", "Petit", "Lambert", "Roche")


def _known(declaration: Declaration) -> list[tuple[str | None, Decimal, ContractType, bool, date]]:
    return [
        (line.participant.matricule, line.hours, line.contract_type, line.has_tutor, line.entered_on)
        for line in declaration.lines
    ]


def _leaves(line: Line, day: date, hours: Decimal = Decimal(10)) -> LineFacts:
    return LineFacts(line_id=line.id, hours=hours, exit_on=day, exit_kind=ExitKind.CDI)


def test_a_month_opens_with_who_stays_without_hours(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    add(
        session, october, person("P-1", has_tutor=True, contract_type=ContractType.CDDI, training_hours=Decimal(5)), now
    )
    left = add(session, october, person("P-2", "Moreau"), now)
    write(session, october, now, _leaves(left, date(2026, 10, 30)))
    services.open_months(session, now=now)
    november = opened(session, scene, scene.company)
    assert _known(november) == [("P-1", Decimal(0), ContractType.CDDI, True, date(2026, 10, 5))]
    assert (november.state, november.saved_at) == (DeclarationState.EXPECTED, None)
    assert november.lines[0].training_hours == 0


def test_depositing_the_month_before_mends_what_nobody_has_begun(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    stays, leaves = add(session, october, person("P-1"), now), add(session, october, person("P-2", "Moreau"), now)
    services.open_months(session, now=now)
    november = opened(session, scene, scene.company)
    december = opened(session, scene, scene.company, DECEMBER)
    version = november.version
    assert [line.participant_id for line in november.lines] == [stays.participant_id, leaves.participant_id]
    write(session, october, now, _leaves(leaves, date(2026, 10, 30)))
    add(session, october, person("P-3", "Petit"), now)
    file(session, october, now)
    assert [told[0] for told in _known(november)] == [told[0] for told in _known(december)] == ["P-1", "P-3"]
    assert november.version > version


def test_a_month_begun_is_left_to_its_author(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    add(session, october, person("P-1"), now)
    services.open_months(session, now=now)
    november = opened(session, scene, scene.company)
    write(session, november, now)
    add(session, october, person("P-2", "Moreau"), now)
    file(session, october, now)
    services.prefill(session, [november])
    assert [told[0] for told in _known(november)] == ["P-1"]


def test_a_month_without_object_is_stepped_over(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    add(session, october, person("P-1"), now)
    session.add(Suspension(contract_id=scene.contract.id, month=NOVEMBER))
    session.flush()
    services.open_months(session, now=datetime(2027, 1, 5, 3, tzinfo=now.tzinfo))
    assert opened(session, scene, scene.company).lines == []
    assert [told[0] for told in _known(opened(session, scene, scene.company, DECEMBER))] == ["P-1"]


def test_lines_follow_their_employer_as_long_as_they_are_entrusted(
    session: Session, scene: Scene, now: datetime
) -> None:
    """Who employs fills the line in again; once nothing is entrusted any more, nobody would."""
    session.add(
        Delegation(
            contract_id=scene.contract.id,
            organisation_id=scene.company.id,
            employer_id=scene.structure.id,
            since=OCTOBER,
            until=NOVEMBER,
        )
    )
    october = opened(session, scene, scene.company, OCTOBER)
    structure = scene.structure.id
    services.people.enter(session, october, person("M-1"), organisation_id=structure, employer_id=structure, now=now)
    november, december = (opened(session, scene, scene.company, month) for month in (NOVEMBER, DECEMBER))
    services.prefill(session, [december, november])
    assert [line.employer_id for line in november.lines] == [scene.structure.id]
    assert december.lines == []


def test_who_was_entered_by_mistake_is_expected_nowhere(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    line = add(session, october, person("P-1"), now)
    services.open_months(session, now=now)
    actor = filing(scene.company)
    services.remove_line(session, october, line, expected_version=october.version, actor=actor, now=now)
    assert opened(session, scene, scene.company).lines == []
    assert session.scalar(select(func.count()).select_from(Participant)) == 0
    assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_hours_of_last_month_are_repeated_on_demand(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    for matricule, name, hours in (("P-1", "Durand", 120), ("P-2", "Moreau", 90), ("P-3", "Petit", 0)):
        add(session, october, person(matricule, name, hours=Decimal(hours), training_hours=Decimal(min(hours, 7))), now)
    file(session, october, now)
    services.open_months(session, now=now)
    november = opened(session, scene, scene.company)
    typed = november.lines[1]
    write(session, november, now, LineFacts(line_id=typed.id, hours=Decimal(33)))
    actor = filing(scene.company)
    done = services.repeat_hours(session, november, expected_version=november.version, actor=actor, now=now)
    assert done == 1
    assert [line.hours for line in november.lines] == [120, 33, 0]
    assert not any(line.training_hours for line in november.lines)
    with pytest.raises(Stale):
        services.repeat_hours(session, november, expected_version=1, actor=actor, now=now)


@pytest.mark.parametrize("deposited", [True, False])
def test_the_hours_of_an_employer_are_never_taken_for_ones_own(
    session: Session, scene: Scene, now: datetime, deposited: bool
) -> None:
    """A temp, then hired: what the employer will tell again is not repeated on the company's line."""
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    own, structure = add(session, october, person(hours=Decimal(60)), now), scene.structure.id
    temp = person("M-1", hours=Decimal(80))
    services.people.enter(session, october, temp, organisation_id=structure, employer_id=structure, now=now)
    part = DelegatedPart(declaration=october, employer_id=structure, state=PartState.OPEN)
    session.add(part)
    session.flush()
    someone = own.participant.person_id
    assert queries.hours_before(session, november) == {someone: 60}, "what is not handed is nobody else's to read"
    part.state, part.handed_at = PartState.HANDED, now
    session.flush()
    assert queries.hours_before(session, november) == {someone: 140}
    if deposited:
        file(session, october, now, different_hours=True)
    add(session, november, person(hours=Decimal(0)), now)
    actor = filing(scene.company)
    services.repeat_hours(session, november, expected_version=november.version, actor=actor, now=now)
    assert [line.hours for line in november.lines_of(None)] == [60]


def test_last_month_is_what_was_handed_in_else_the_draft(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(hours=Decimal(80)), now)
    someone = line.participant.person_id
    assert queries.hours_before(session, november) == {someone: 80}
    assert queries.hours_before(session, november, handed_in=True) == {}
    file(session, october, now)
    give_back(session, scene, october, now)
    write(session, october, now, LineFacts(line_id=line.id, hours=Decimal(20)))
    assert queries.hours_before(session, november, handed_in=True) == {someone: 80}
    assert queries.last_worked(session, november) == {someone: OCTOBER}


# Whatever happens

_HOURS = st.sampled_from((0, 0, 10, 120))
_STAY = st.tuples(st.integers(0, 2), st.lists(_HOURS, min_size=3, max_size=3), st.none() | st.integers(0, 2))
"""The month somebody enters, their hours by month, and the month they leave."""


@given(stays=st.lists(_STAY, min_size=1, max_size=5), opens_at=st.integers(0, 2), again=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_never_a_person_twice_nor_one_who_left(
    session: Session,
    scene: Scene,
    now: datetime,
    stays: list[tuple[int, list[int], int | None]],
    opens_at: int,
    *,
    again: bool,
) -> None:
    with session.begin_nested() as attempt:
        late = datetime(2027, 1, 5, 3, tzinfo=now.tzinfo)
        for rank, month in enumerate((OCTOBER, NOVEMBER, DECEMBER)):
            if rank == opens_at or again:
                services.open_months(session, now=late)
            declaration = opened(session, scene, scene.company, month)
            _live(session, declaration, rank, stays, now)
            _check_expected(session, scene)
        attempt.rollback()
    session.expire_all()


def _live(
    session: Session,
    declaration: Declaration,
    rank: int,
    stays: list[tuple[int, list[int], int | None]],
    now: datetime,
) -> None:
    """One month as it goes: people come, work and leave; then it is deposited, or was empty and stays a draft."""
    for number, (enters, hours, leaves) in enumerate(stays):
        matricule, there = f"P-{number}", {line.participant.matricule: line for line in declaration.lines}
        if enters == rank and matricule not in there:
            day = declaration.month.first_day
            add(session, declaration, person(matricule, NAMES[number], entered_on=day, hours=Decimal(hours[rank])), now)
        elif matricule in there:
            line = there[matricule]
            gone = declaration.month.last_day if leaves == rank else None
            row = LineFacts(
                line_id=line.id, hours=Decimal(hours[rank]), exit_on=gone, exit_kind=ExitKind.CDI if gone else None
            )
            write(session, declaration, now, row)
    if any(line.hours or line.exit_on for line in declaration.lines):
        file(session, declaration, now)


def _check_expected(session: Session, scene: Scene) -> None:
    session.expire_all()
    mine = select(Declaration).where(Declaration.organisation_id == scene.company.id).order_by(Declaration.month)
    left: set[int] = set()
    for declaration in session.scalars(mine):
        people = [line.participant.person_id for line in declaration.lines]
        assert len(people) == len(set(people))
        if declaration.state is DeclarationState.EXPECTED:
            assert left.isdisjoint(people)
            assert not any(line.hours or line.exit_on for line in declaration.lines)
        left |= {line.participant.person_id for line in declaration.lines if line.exit_on}


# At full size, and at once


def test_a_few_statements_whatever_the_people(
    session: Session, scene: Scene, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def cost(organisation_people: int, month: Month) -> int:
        before = opened(session, scene, scene.structure, month)
        for rank in range(organisation_people):
            name = "nom" + "".join("abcdefghij"[int(digit)] for digit in f"{rank:03}")
            if not any(line.participant.matricule == f"P-{rank}" for line in before.lines):
                add(session, before, person(f"P-{rank}", name), now)
        session.flush()
        after = opened(session, scene, scene.structure, month + 1)
        session.refresh(after)
        with sql_count() as statements:
            services.prefill(session, [after])
        assert len(after.lines) == organisation_people
        return statements.count

    assert cost(2, OCTOBER) == cost(40, NOVEMBER) == 6


@pytest.mark.usefixtures("fresh_engine")
def test_opening_and_depositing_at_once_leaves_nobody_who_left(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        scene = make_scene(session, now)
        october = opened(session, scene, scene.company, OCTOBER)
        for rank, name in enumerate(NAMES):
            add(session, october, person(f"P-{rank}", name), now)
        write(session, october, now, *(_leaves(line, date(2026, 10, 30)) for line in october.lines[:2]))

    def deposit(session: Session) -> None:
        file(session, queries.visible(session, filing(scene.company), october.reference), now)

    def open_all(session: Session) -> None:
        services.open_months(session, now=now)

    assert together(deposit, open_all, open_all) == Outcomes(done=3, refused=0)
    with reading() as session:
        november = session.scalars(
            select(Declaration).where(Declaration.organisation_id == scene.company.id, Declaration.month == NOVEMBER)
        ).one()
        assert sorted(line.participant.matricule or "" for line in november.lines) == ["P-2", "P-3", "P-4"]


def test_somebody_known_comes_back_with_a_new_entry(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    line = add(session, october, person(), now)
    write(session, october, now, _leaves(line, date(2026, 10, 12)))
    services.open_months(session, now=now)
    november = opened(session, scene, scene.company)
    back = add(session, november, NewPerson(matricule="P-1", entered_on=date(2026, 11, 9), hours=Decimal(5)), now)
    file(session, october, now)
    file(session, november, now)
    assert opened(session, scene, scene.company, DECEMBER).lines == []
    services.prefill(session, [opened(session, scene, scene.company, DECEMBER)])
    december = opened(session, scene, scene.company, DECEMBER)
    assert [(each.participant_id, each.entered_on) for each in december.lines] == [
        (back.participant_id, date(2026, 11, 9))
    ]
