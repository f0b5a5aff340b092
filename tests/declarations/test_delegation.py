"""Lines entrusted to who employs: who may, which months, what is handed, what the deposit takes, never twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.declarations import queries, rules, services
from portal.declarations.facts import LineFacts
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Delta, Line, Participant, Person
from portal.directory.models import Organisation
from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.kernel.business_days import is_business_day
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.kernel.month import Month
from portal.outbox.models import Message
from portal.vocabulary import DeclarationState, ExitKind, OrganisationKind, PartState, Role
from tests.accounts.people import new_organisation
from tests.declarations.parts import entrust, fill, give_part_back, hand, new_employer, part_of, parts_in, seen
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
    give_back,
    member,
    open_again,
    opened,
    person,
    write,
)
from tests.statements import Statements


@pytest.fixture
def employer(session: Session, now: datetime) -> Organisation:
    return new_employer(session, now)


@pytest.fixture
def month(session: Session, scene: Scene) -> Declaration:
    """November of the company."""
    return opened(session, scene, scene.company)


@pytest.fixture
def part(session: Session, scene: Scene, month: Declaration, employer: Organisation, now: datetime) -> DelegatedPart:
    entrust(session, scene, employer, now)
    return part_of(session, month, employer)


# Rules


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_part_is_due_three_business_days_before(due_on: date) -> None:
    day = rules.part_due_on(due_on)
    between = [date.fromordinal(each) for each in range(day.toordinal(), due_on.toordinal())]
    assert is_business_day(day)
    assert sum(map(is_business_day, between)) == 3


def test_a_part_is_due_before_a_bank_holiday_too() -> None:
    assert rules.part_due_on(date(2026, 12, 10)) == date(2026, 12, 7)
    assert rules.part_due_on(date(2027, 5, 10)) == date(2027, 5, 4)


# Entrusting


def test_months_awaited_since_the_first_one_entrusted_get_a_part(
    session: Session, scene: Scene, employer: Organisation, now: datetime
) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    theirs = opened(session, scene, scene.structure)
    entrust(session, scene, employer, now, NOVEMBER)
    assert [len(parts_in(session, each)) for each in (october, november, theirs)] == [0, 1, 0]


def test_a_month_deposited_before_has_no_part(
    session: Session, scene: Scene, employer: Organisation, month: Declaration, now: datetime
) -> None:
    add(session, month, person(), now)
    file(session, month, now)
    entrust(session, scene, employer, now, OCTOBER)
    assert parts_in(session, month) == []


def test_a_month_that_opens_has_the_parts_of_live_delegations(
    session: Session, scene: Scene, employer: Organisation, now: datetime
) -> None:
    entrust(session, scene, employer, now, NOVEMBER)
    services.open_months(session, now=now)
    services.open_months(session, now=now)
    mine = select(Declaration.month).join(DelegatedPart).order_by(Declaration.month)
    assert session.scalars(mine).all() == [NOVEMBER]


def test_only_a_titulaire_entrusts_and_only_to_who_employs(
    session: Session, scene: Scene, employer: Organisation, now: datetime
) -> None:
    company = filing(scene.company)

    def refused(to: Organisation, since: Month = NOVEMBER, actor: Actor = company) -> str | None:
        with pytest.raises((RuleViolation, Refused)) as refusal:
            services.entrust(session, scene.contract, to, since, actor=actor, now=now)
        return getattr(refusal.value, "field", "refused")

    plain = new_organisation(session, now, 8, OrganisationKind.COMPANY)
    assert refused(scene.company) == "employer"
    assert refused(plain) == "employer"
    assert refused(employer, Month(2026, 9)) == "since"
    assert refused(employer, actor=filing(employer)) == "refused"
    assert refused(employer, actor=scene.facilitateur) == "refused"
    assert refused(employer, actor=acting(scene.company, Role.MANAGER)) == "refused"
    entrust(session, scene, employer, now)
    assert refused(employer) == "employer"
    for checking in (scene.facilitation, scene.buyer):
        with pytest.raises(RuleViolation, match="vérifie ce marché"):
            services.entrust(session, scene.contract, checking, NOVEMBER, actor=company, now=now)


def test_lines_taken_back_keep_what_was_filled(
    session: Session, scene: Scene, employer: Organisation, now: datetime
) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    delegation = entrust(session, scene, employer, now, OCTOBER)
    fill(session, part_of(session, october, employer), now)
    services.end(session, delegation, OCTOBER + -1, actor=filing(scene.company), now=now)
    assert [len(parts_in(session, each)) for each in (october, november)] == [1, 0]
    assert session.scalars(select(Delegation)).all() == []
    entrust(session, scene, employer, now, OCTOBER)
    assert [len(parts_in(session, each)) for each in (october, november)] == [1, 1]


def test_lines_taken_back_after_a_month(session: Session, scene: Scene, employer: Organisation, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    delegation = entrust(session, scene, employer, now, OCTOBER)
    services.end(session, delegation, OCTOBER, actor=filing(scene.company), now=now)
    assert [len(parts_in(session, each)) for each in (october, november)] == [1, 0]
    with pytest.raises(RuleViolation):
        services.end(session, delegation, OCTOBER, actor=filing(scene.company), now=now)
    with pytest.raises(NotFound):
        services.end(session, delegation, OCTOBER, actor=filing(scene.structure), now=now)
    services.open_parts(session)
    assert parts_in(session, november) == []


# The part


def test_an_employer_sees_its_part_and_nobody_else_does(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation
) -> None:
    for stranger in (filing(scene.company), scene.facilitateur, acting(employer, Role.MANAGER), scene.direction):
        with pytest.raises(NotFound):
            queries.part_of(session, stranger, month.reference)
    with pytest.raises(NotFound):
        queries.visible(session, filing(employer), month.reference)


def test_nothing_of_the_others_is_read_with_a_part(
    session: Session, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    add(session, month, person(), now)
    fill(session, part, now)
    session.flush()
    session.expire_all()
    read = part_of(session, month, employer)
    assert [line.participant.matricule for line in read.lines] == ["I-7"]
    assert {"lines", "deposits", "parts"}.isdisjoint(vars(read.declaration))


def test_a_part_is_filled_handed_and_given_back(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    line = fill(session, part, now)
    facts = LineFacts(line_id=line.id, hours=Decimal("92.50"), exit_on=date(2026, 11, 20), exit_kind=ExitKind.CDI)
    services.save_part(session, part, [facts], expected_version=part.version, actor=filing(employer), now=now)
    hand(session, part, now)
    assert (part.state, part.handed_at) == (PartState.HANDED, now)
    with pytest.raises(RuleViolation):
        fill(session, part, now, "I-8", last="Autre")
    give_part_back(session, part, now)
    assert (part.state, part.handed_at, part.to_correct) == (PartState.OPEN, None, "Il manque deux jours.")
    hand(session, part, now)
    assert part.to_correct is None
    with pytest.raises(RuleViolation):
        give_part_back(session, part, now, "  ")
    told = session.scalars(
        select(JournalEntry.event).where(JournalEntry.event.like("part.%")).order_by(JournalEntry.id)
    )
    assert told.all() == ["part.handed", "part.reopened", "part.handed"]


def test_others_may_neither_fill_nor_give_back(
    session: Session, scene: Scene, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    for stranger in (filing(scene.company), filing(scene.structure), scene.facilitateur):
        with pytest.raises(Refused):
            services.hand(session, part, expected_version=part.version, actor=stranger, now=now)
    hand(session, part, now)
    for stranger in (filing(employer), filing(scene.structure), scene.facilitateur):
        with pytest.raises(Refused):
            services.hand_back(session, part, "x", expected_version=part.version, actor=stranger, now=now)


def test_a_titulaire_does_not_write_an_employers_lines(
    session: Session, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    line = fill(session, part, now)
    with pytest.raises(NotFound):
        write(session, month, now, LineFacts(line_id=line.id, hours=Decimal(1)))
    with pytest.raises(NotFound):
        services.remove_line(
            session, month, line, expected_version=month.version, actor=filing(month.organisation), now=now
        )


def test_an_employer_does_not_write_the_others_lines(
    session: Session, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    line = add(session, month, person(), now)
    facts = [LineFacts(line_id=line.id, hours=Decimal(1))]
    with pytest.raises(Stale):
        services.save_part(session, part, facts, expected_version=part.version, actor=filing(employer), now=now)
    with pytest.raises(NotFound):
        services.remove_from_part(session, part, line, expected_version=part.version, actor=filing(employer), now=now)
    assert line.hours == 100


def test_an_employer_learns_nothing_of_whom_the_titulaire_declares(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    """The same person, entered before by the titulaire, is asked of the employer as anybody unknown."""
    october = opened(session, scene, scene.company, OCTOBER)
    for declaration in (october, month):
        add(session, declaration, person(), now)
    with pytest.raises(RuleViolation) as asked:
        fill(session, part, now, last="Durand", first="Alix", entered_on=None)
    assert asked.value.field == "entered_on"
    line = fill(session, part, now, last="Durand", first="Alix", entered_on=date(2026, 11, 16))
    assert line.entered_on == date(2026, 11, 16)


def test_nothing_is_left_of_who_was_only_entered_in_a_part(
    session: Session, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    line = fill(session, part, now)
    services.remove_from_part(session, part, line, expected_version=part.version, actor=filing(employer), now=now)
    assert [session.scalars(select(table)).all() for table in (Line, Participant, Person)] == [[], [], []]


def test_a_part_with_a_mistake_is_not_handed(session: Session, part: DelegatedPart, now: datetime) -> None:
    line = fill(session, part, now, hours=Decimal(700))
    with pytest.raises(RuleViolation) as refused:
        hand(session, part, now)
    assert refused.value.field == f"hours_{line.id}"


# The deposit


def test_a_deposit_takes_what_is_handed_with_its_employer(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    add(session, month, person(), now)
    fill(session, part, now)
    hand(session, part, now)
    made = file(session, seen(session, month, scene.company), now)
    taken = {(line.participant.matricule, line.employer_id, line.hours) for line in made.lines}
    assert taken == {("P-1", None, Decimal(100)), ("I-7", employer.id, Decimal(80))}
    assert (made.hours, made.people) == (Decimal(180), 2)


def test_a_part_not_handed_is_left_out_knowingly_only(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    add(session, month, person(), now)
    fill(session, part, now)
    declaration = seen(session, month, scene.company)
    actor = filing(scene.company)
    with pytest.raises(RuleViolation) as asked:
        services.deposit(session, declaration, expected_version=declaration.version, actor=actor, now=now)
    assert asked.value.field == "without_parts"
    assert part.employer.shown_name in asked.value.sentence
    version = declaration.version
    made = services.deposit(session, declaration, without_parts=True, expected_version=version, actor=actor, now=now)
    assert [line.participant.matricule for line in made.lines] == ["P-1"]
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event == "declaration.deposited")).one()
    assert entry.after is not None
    assert entry.after["without"] == [part.employer.shown_name]


def test_lines_left_out_count_nowhere(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    """Neither as declared by another titulaire, nor in the person's path."""
    add(session, month, person(), now)
    fill(session, part, now)
    declaration = seen(session, month, scene.company)
    services.deposit(
        session,
        declaration,
        without_parts=True,
        expected_version=declaration.version,
        actor=filing(scene.company),
        now=now,
    )
    theirs = opened(session, scene, scene.structure)
    add(session, theirs, person("S-1", "Perrin", "Sacha"), now)
    assert queries.also_declared(session, theirs) == {}
    assert file(session, theirs, now).people == 1


def test_a_deposit_decided_on_other_parts_is_refused(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    add(session, month, person(), now)
    shown = rules.as_seen([part])
    fill(session, part, now)
    hand(session, part, now)
    declaration = seen(session, month, scene.company)
    version, actor = declaration.version, filing(scene.company)
    with pytest.raises(RuleViolation):
        services.deposit(
            session, declaration, without_parts=True, parts_seen=shown, expected_version=version, actor=actor, now=now
        )


def test_nothing_of_a_part_changes_once_deposited(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    line = fill(session, part, now)
    opened_by_employer = part.version
    hand(session, part, now)
    file(session, seen(session, month, scene.company), now)
    again, actor = part_of(session, month, employer), filing(employer)
    facts = [LineFacts(line_id=line.id, hours=Decimal(1))]
    with pytest.raises(RuleViolation):
        services.save_part(session, again, facts, expected_version=again.version, actor=actor, now=now)
    with pytest.raises(RuleViolation):
        give_part_back(session, again, now)
    with pytest.raises(Stale):
        services.save_part(session, again, facts, expected_version=opened_by_employer, actor=actor, now=now)


def test_a_return_opens_again_the_parts_whose_lines_it_holds(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation, now: datetime
) -> None:
    other = new_employer(session, now, 6)
    entrust(session, scene, other, now)
    empty = part_of(session, month, other)
    for each in (part, empty):
        if each is part:
            fill(session, each, now)
        hand(session, each, now)
    declaration = seen(session, month, scene.company)
    file(session, declaration, now)
    give_back(session, scene, declaration, now)
    states = {each.employer_id: each.state for each in parts_in(session, month)}
    assert states == {employer.id: PartState.OPEN, other.id: PartState.HANDED}
    line = part_of(session, month, employer).lines[0]
    facts = [LineFacts(line_id=line.id, hours=Decimal(75))]
    again = part_of(session, month, employer)
    services.save_part(session, again, facts, expected_version=again.version, actor=filing(employer), now=now)
    hand(session, again, now)
    made = file(session, seen(session, month, scene.company), now)
    assert [each.hours for each in made.lines] == [Decimal(75)]


def test_a_month_reopened_opens_its_parts_again(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    fill(session, part, now)
    hand(session, part, now)
    declaration = seen(session, month, scene.company)
    file(session, declaration, now)
    accept(session, scene, declaration, now, I_7=confirmed())
    open_again(session, scene, declaration, now)
    assert [each.state for each in parts_in(session, month)] == [PartState.OPEN]


# Never twice


def test_one_person_of_two_employers_in_a_month_is_confirmed_as_other_hours(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    """A temp, then hired: two lines, one person, and nobody counted twice."""
    add(session, month, person(entered_on=date(2026, 11, 16)), now)
    fill(session, part, now, last="Durand", first="Alix")
    hand(session, part, now)
    declaration = seen(session, month, scene.company)
    with pytest.raises(RuleViolation) as asked:
        file(session, declaration, now)
    assert asked.value.field == "different_hours"
    assert {"P-1", "I-7"} <= set(asked.value.sentence.replace(",", " ").replace(".", " ").split())
    made = file(session, declaration, now, different_hours=True)
    assert (made.people, len(made.lines), made.hours) == (1, 2, Decimal(180))
    accept(session, scene, declaration, now, P_1=confirmed(), I_7=confirmed())
    assert session.scalars(select(Delta.person_id).distinct()).all() == [made.lines[0].participant.person_id]


def test_nobody_works_more_than_the_law_allows_all_employers_together(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    """Each line alone would pass; confirming other hours does not make them possible."""
    own = add(session, month, person(hours=Decimal(200)), now)
    fill(session, part, now, last="Durand", first="Alix", hours=Decimal(150))
    hand(session, part, now)
    declaration = seen(session, month, scene.company)
    with pytest.raises(RuleViolation, match=r"I-7, P-1.*350") as refused:
        file(session, declaration, now, different_hours=True)
    assert refused.value.field is None
    write(session, declaration, now, LineFacts(line_id=own.id, hours=Decimal(100)))
    declaration = seen(session, month, scene.company)
    assert file(session, declaration, now, different_hours=True).hours == 250


@given(hours=st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.integers(0, 2), st.integers(0, 3)), max_size=8))
def test_whoever_stands_twice_with_hours_is_told(hours: list[tuple[int | None, int, int]]) -> None:
    lines = [_line(employer, person_id, Decimal(worked)) for employer, person_id, worked in hours]
    told = queries.told_twice(lines)
    worked = [line.participant.person_id for line in lines if line.hours]
    assert set(told) == {person_id for person_id in worked if worked.count(person_id) > 1}
    assert all(line.hours for those in told.values() for line in those)


def _line(employer: int | None, person_id: int, hours: Decimal) -> Line:
    return Line(employer_id=employer, hours=hours, participant=Participant(person_id=person_id))


def test_two_employers_never_hold_the_same_participant(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    other = new_employer(session, now, 6)
    entrust(session, scene, other, now)
    first, second = fill(session, part, now), fill(session, part_of(session, month, other), now)
    assert first.participant_id != second.participant_id
    assert first.participant.person_id == second.participant.person_id
    with pytest.raises(RuleViolation):
        fill(session, part, now, "I-8")


def test_the_same_person_by_two_titulaires_is_told_across_an_employer(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    fill(session, part, now)
    hand(session, part, now)
    file(session, seen(session, month, scene.company), now)
    theirs = opened(session, scene, scene.structure)
    add(session, theirs, person("S-1", "Perrin", "Sacha"), now)
    with pytest.raises(RuleViolation) as asked:
        file(session, theirs, now)
    assert asked.value.field == "different_hours"


# Mails, statements


def test_each_side_is_told_once(
    session: Session, scene: Scene, month: Declaration, employer: Organisation, now: datetime
) -> None:
    member(session, employer, "etti@exemple.fr", now)
    member(session, scene.company, "chantier@exemple.fr", now)
    entrust(session, scene, employer, now)
    part = part_of(session, month, employer)
    fill(session, part, now)
    hand(session, part, now)
    give_part_back(session, part, now)
    hand(session, part, now)
    told = session.execute(select(Message.kind, Message.recipient).order_by(Message.id)).all()
    assert [tuple(row) for row in told] == [
        ("declarations.entrusted", "etti@exemple.fr"),
        ("declarations.part_handed", "chantier@exemple.fr"),
        ("declarations.part_reopened", "etti@exemple.fr"),
        ("declarations.part_handed", "chantier@exemple.fr"),
    ]


def test_a_part_is_read_in_a_fixed_number_of_statements(
    session: Session,
    month: Declaration,
    part: DelegatedPart,
    employer: Organisation,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    def cost() -> int:
        session.flush()
        session.expunge_all()
        with sql_count() as statements:
            read = queries.part_of(session, filing(employer), month.reference)
            before = queries.hours_before_in_part(session, read)
            queries.doubts_of_part(before, read)
            queries.waiting_to_fill(session, filing(employer))
        return statements.count

    fill(session, part, now)
    few = cost()
    for rank in range(8, 14):
        fill(session, part_of(session, month, employer), now, f"I-{rank}", last=f"Nom{'abcdefghijklmn'[rank]}")
    assert cost() == few


def test_a_suspended_or_deposited_month_waits_for_nobody(
    session: Session, scene: Scene, month: Declaration, part: DelegatedPart, employer: Organisation
) -> None:
    assert queries.waiting_to_fill(session, filing(employer)).total == 1
    assert queries.waiting_to_fill(session, filing(scene.company)).total == 0
    month.state = DeclarationState.SUSPENDED
    session.flush()
    assert queries.waiting_to_fill(session, filing(employer)).total == 0
