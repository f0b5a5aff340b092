"""Who is in a month: each person once, under whatever matricule, declarant or spelling."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.declarations import queries, services
from portal.declarations.facts import LineFacts, MonthFacts, NewPerson
from portal.declarations.models import Declaration, Line, Participant, Person
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.vocabulary import ContractType, DeclarationState, ExitKind, HiringMode, Role, Sex
from tests.declarations.sample import NOVEMBER, OCTOBER, Scene, acting, add, filing, opened, person, write
from tests.statements import Statements


@pytest.fixture
def november(session: Session, scene: Scene) -> Declaration:
    return opened(session, scene, scene.company)


def _people(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_new_person_is_kept_as_prints_only(session: Session, november: Declaration, now: datetime) -> None:
    line = add(session, november, person(" p-1 "), now)
    assert line.participant.matricule == "P-1"
    assert line.participant.person.exact == person().fingerprints.exact  # type: ignore[union-attr]
    assert (line.participant.person.sex, line.participant.person.key_version) == (Sex.WOMAN, 1)
    assert (november.state, november.saved_at, november.version) == (DeclarationState.DRAFT, now, 2)


def test_a_new_matricule_asks_once_who_it_is(session: Session, november: Declaration, now: datetime) -> None:
    with pytest.raises(RuleViolation) as refused:
        add(session, november, NewPerson(matricule="P-9"), now)
    assert refused.value.field == "last_name"


@pytest.mark.parametrize("field", ["entered_on", "hiring_mode", "contract_type"])
def test_a_new_person_needs_an_entry_a_mode_and_a_contract(
    session: Session, november: Declaration, now: datetime, field: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        add(session, november, replace(person(), **{field: None}), now)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_known_matricule_asks_for_nothing(session: Session, scene: Scene, now: datetime) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    before = add(session, october, person(), now)
    line = add(session, opened(session, scene, scene.company), NewPerson(matricule="P-1"), now)
    assert line.participant is before.participant
    for said in ("entered_on", "hiring_mode", "contract_type", "age_band", "education"):
        assert getattr(line, said) == getattr(before, said)
    assert line.hours == 0


def test_a_known_matricule_new_on_a_contract_says_when_it_entered(
    session: Session, scene: Scene, now: datetime
) -> None:
    """It has never worked on this contract: nothing tells when it began there."""
    add(session, opened(session, scene, scene.company), person(), now)
    october = opened(session, scene, scene.company, OCTOBER)
    with pytest.raises(RuleViolation) as refused:
        add(session, october, NewPerson(matricule="P-1"), now)
    assert refused.value.field == "entered_on"


def test_two_declarants_of_one_person_count_one(session: Session, scene: Scene, now: datetime) -> None:
    one = add(session, opened(session, scene, scene.company), person("A-1"), now)
    other = add(session, opened(session, scene, scene.structure), person("B-7", "DURAND", "A-lix"), now)
    assert one.participant.person_id == other.participant.person_id
    assert one.participant_id != other.participant_id
    assert _people(session) == 1


def test_a_matricule_is_given_to_one_person(session: Session, scene: Scene, now: datetime) -> None:
    add(session, opened(session, scene, scene.company), person(), now)
    with pytest.raises(RuleViolation, match="déjà donné") as refused:
        add(session, opened(session, scene, scene.company, OCTOBER), person("p-1", "Moreau"), now)
    assert refused.value.field == "matricule"


def test_two_declarants_give_one_matricule_to_two_people(session: Session, scene: Scene, now: datetime) -> None:
    add(session, opened(session, scene, scene.company), person("P-1"), now)
    add(session, opened(session, scene, scene.structure), person("P-1", "Moreau"), now)
    assert _people(session) == 2


def test_a_person_has_one_line_even_under_two_matricules(
    session: Session, november: Declaration, now: datetime
) -> None:
    add(session, november, person("P-1"), now)
    for again in (NewPerson(matricule="P-1"), person("P-2")):
        with pytest.raises(RuleViolation, match="sous le matricule P-1") as refused:
            add(session, november, again, now)
        assert refused.value.field == "matricule"


@pytest.mark.parametrize(("last", "born_on"), [("Durant", date(1990, 4, 3)), ("Durand", date(1990, 3, 4))])
def test_near_people_are_never_merged_alone(
    session: Session, scene: Scene, now: datetime, last: str, born_on: date
) -> None:
    add(session, opened(session, scene, scene.company), person("A-1"), now)
    add(session, opened(session, scene, scene.structure), person("B-1", last, born_on=born_on), now)
    assert _people(session) == 2


@given(
    written=st.lists(
        st.tuples(
            st.sampled_from(["Durand", "DURAND", "Du-rand", "dürand", "Martin"]),
            st.sampled_from(["Alix", "ÀLIX", "A lix"]),
            st.sampled_from(["P-1", "P-2", "p-1", "P-3"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_nobody_is_counted_twice_under_spellings_that_fold_alike(
    session: Session, scene: Scene, now: datetime, written: list[tuple[str, str, str, bool]]
) -> None:
    with session.begin_nested() as attempt:
        for last, first, matricule, of_company in written:
            declaration = opened(session, scene, scene.company if of_company else scene.structure)
            try:
                with session.begin_nested():
                    add(session, declaration, person(matricule, last, first), now)
            except RuleViolation:
                session.expire_all()
        prints = session.execute(
            select(Declaration.id, Person.exact)
            .join(Line, Line.declaration_id == Declaration.id)
            .join(Participant, Participant.id == Line.participant_id)
            .join(Person, Person.id == Participant.person_id)
        ).all()
        assert len(prints) == len(set(prints))
        assert _people(session) == len({exact for _, exact in prints}) <= 2
        attempt.rollback()
    session.expire_all()


# Paths


def _leave(session: Session, declaration: Declaration, line: Line, day: date, now: datetime) -> None:
    row = LineFacts(line_id=line.id, hours=line.hours, exit_on=day, exit_kind=ExitKind.CDD_SHORT)
    write(session, declaration, now, row)


def test_a_path_keeps_its_entry_until_it_is_closed(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(), now)
    with pytest.raises(RuleViolation) as refused:
        add(session, november, person(entered_on=date(2026, 11, 2)), now)
    assert refused.value.field == "entered_on"
    _leave(session, october, line, date(2026, 10, 30), now)
    for too_soon in (None, date(2026, 10, 30)):
        with pytest.raises(RuleViolation) as refused:
            add(session, november, NewPerson(matricule="P-1", entered_on=too_soon), now)
        assert refused.value.field == "entered_on"
    back = add(session, november, NewPerson(matricule="P-1", entered_on=date(2026, 11, 2)), now)
    assert (back.entered_on, back.hiring_mode) == (date(2026, 11, 2), line.hiring_mode)


@pytest.mark.parametrize("entered_on", [date(2026, 12, 1), date(2020, 1, 5)])
def test_an_entry_stands_within_the_contract_and_the_month(
    session: Session, november: Declaration, now: datetime, entered_on: date
) -> None:
    with pytest.raises(RuleViolation) as refused:
        add(session, november, person(entered_on=entered_on), now)
    assert refused.value.field == "entered_on"


# Removing


def test_who_was_entered_by_mistake_leaves_nothing(session: Session, november: Declaration, now: datetime) -> None:
    line = add(session, november, person(), now)
    services.remove_line(
        session, november, line, expected_version=november.version, actor=filing(november.organisation), now=now
    )
    assert (november.lines, _people(session)) == ([], 0)
    assert session.scalar(select(func.count()).select_from(Participant)) == 0
    add(session, november, person("P-1", "Moreau"), now)


def test_who_is_known_elsewhere_stays_known(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    add(session, october, person(), now)
    line = add(session, november, NewPerson(matricule="P-1"), now)
    services.remove_line(
        session, november, line, expected_version=november.version, actor=filing(scene.company), now=now
    )
    assert (_people(session), november.lines) == (1, [])


def test_a_line_of_another_month_does_not_exist_here(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(), now)
    with pytest.raises(NotFound):
        services.remove_line(
            session, november, line, expected_version=november.version, actor=filing(scene.company), now=now
        )
    with pytest.raises(NotFound):
        queries.line_of(november, line.id)


# Drafts


def test_a_draft_keeps_hours_exit_and_words(session: Session, november: Declaration, now: datetime) -> None:
    line = add(session, november, person(), now)
    row = LineFacts(
        line_id=line.id,
        hours=Decimal("97.5"),
        training_hours=Decimal(7),
        exit_on=date(2026, 11, 20),
        exit_kind=ExitKind.CDI,
    )
    actor = filing(november.organisation)
    services.save(
        session, november, [row], MonthFacts(comment="  Semaine de pluie "), expected_version=2, actor=actor, now=now
    )
    session.expire_all()
    assert (line.hours, line.training_hours, line.exit_on) == (Decimal("97.5"), Decimal(7), date(2026, 11, 20))
    assert november.comment == "Semaine de pluie"


@pytest.mark.parametrize(
    ("said", "field"),
    [({"training_hours": Decimal(101)}, "training_hours"), ({"exit_on": date(2026, 11, 3)}, "exit_kind")],
)
def test_what_cannot_even_be_kept_stands_on_its_field(
    session: Session, november: Declaration, now: datetime, said: dict[str, object], field: str
) -> None:
    line = add(session, november, person(), now)
    row = replace(LineFacts(line_id=line.id, hours=Decimal(100)), **said)  # type: ignore[arg-type]
    with pytest.raises(RuleViolation) as refused:
        write(session, november, now, row)
    assert refused.value.field == f"{field}_{line.id}"


def test_nobody_worked_is_said_of_a_month_without_hours(session: Session, november: Declaration, now: datetime) -> None:
    actor = filing(november.organisation)
    line = add(session, november, person(), now)
    with pytest.raises(RuleViolation):
        services.say_nil(session, november, True, expected_version=2, actor=actor, now=now)
    session.refresh(november)
    write(session, november, now, LineFacts(line_id=line.id, hours=Decimal(0)))
    services.say_nil(session, november, True, expected_version=november.version, actor=actor, now=now)
    assert november.is_nil
    write(session, november, now, LineFacts(line_id=line.id, hours=Decimal(3)))
    assert not november.is_nil


def test_somebody_added_means_that_somebody_worked(session: Session, november: Declaration, now: datetime) -> None:
    actor = filing(november.organisation)
    services.say_nil(session, november, True, expected_version=1, actor=actor, now=now)
    add(session, november, person(), now)
    assert not november.is_nil


def test_two_people_at_one_draft_do_not_overwrite_each_other(
    session: Session, november: Declaration, now: datetime
) -> None:
    actor = filing(november.organisation)
    services.save(session, november, [], MonthFacts(comment="Un"), expected_version=1, actor=actor, now=now)
    with pytest.raises(Stale):
        services.save(session, november, [], MonthFacts(comment="Deux"), expected_version=1, actor=actor, now=now)


def test_only_the_declarant_fills_its_month_in(session: Session, scene: Scene, now: datetime) -> None:
    november = opened(session, scene, scene.company)
    for actor in (filing(scene.structure), scene.facilitateur, scene.direction, acting(scene.company, Role.MANAGER)):
        with pytest.raises(Refused):
            services.add_person(session, november, person(), expected_version=1, actor=actor, now=now)
        with pytest.raises(Refused):
            services.save(session, november, [], MonthFacts(), expected_version=1, actor=actor, now=now)
        with pytest.raises(Refused):
            services.say_nil(session, november, True, expected_version=1, actor=actor, now=now)
        with pytest.raises(Refused):
            services.deposit(session, november, expected_version=1, actor=actor, now=now)


@pytest.mark.parametrize("state", [DeclarationState.DEPOSITED, DeclarationState.ACCEPTED, DeclarationState.SUSPENDED])
def test_a_month_that_is_not_awaited_does_not_change(
    session: Session, november: Declaration, now: datetime, state: DeclarationState
) -> None:
    line = add(session, november, person(), now)
    november.state = state
    session.flush()
    actor = filing(november.organisation)
    with pytest.raises(RuleViolation):
        add(session, november, person("P-2", "Moreau"), now)
    with pytest.raises(RuleViolation):
        write(session, november, now)
    with pytest.raises(RuleViolation):
        services.remove_line(session, november, line, expected_version=2, actor=actor, now=now)


def test_adding_someone_takes_as_many_statements_in_a_long_month(
    session: Session, scene: Scene, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def cost(matricule: str, last: str) -> int:
        session.expire_all()
        month = queries.visible(session, filing(scene.company), reference)
        with sql_count() as statements:
            add(session, month, person(matricule, last), now)
        return statements.count

    reference = opened(session, scene, scene.company).reference
    first = cost("P-1", "Aa")
    for rank in range(2, 30):
        month = queries.visible(session, filing(scene.company), reference)
        add(
            session,
            month,
            person(f"P-{rank}", f"Nom{'abcdefghijklmnopqrstuvwxyz'[rank % 26]}{'x' * (rank // 26)}"),
            now,
        )
    assert cost("P-99", "Zz") <= first + 1


def test_hiring_facts_may_be_said_anew(session: Session, scene: Scene, now: datetime) -> None:
    add(session, opened(session, scene, scene.company, OCTOBER), person(), now)
    changed = NewPerson(matricule="P-1", contract_type=ContractType.CDI, hiring_mode=HiringMode.MISE_A_DISPOSITION)
    line = add(session, opened(session, scene, scene.company), changed, now)
    assert (line.contract_type, line.hiring_mode) == (ContractType.CDI, HiringMode.MISE_A_DISPOSITION)
    assert opened(session, scene, scene.company, NOVEMBER).lines == [line]
