"""Handing a month in: what is refused, the receipt, and that nothing of it ever changes."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.declarations import queries, services
from portal.declarations.facts import LineFacts
from portal.declarations.models import Declaration, Deposit
from portal.journal.models import JournalEntry
from portal.kernel.errors import RuleViolation, Stale
from portal.outbox.models import Message
from portal.vocabulary import DeclarationState, ExitKind
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
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
def november(session: Session, scene: Scene) -> Declaration:
    return opened(session, scene, scene.company)


def test_a_deposit_copies_the_month_and_gives_its_receipt(
    session: Session, november: Declaration, now: datetime
) -> None:
    line = add(session, november, person(), now)
    made = file(session, november, now)
    assert (made.number, made.hours, made.people, made.is_nil) == (1, Decimal(100), 1, False)
    assert made.sha256 == hashlib.sha256(made.canonical.encode()).hexdigest()
    assert (november.state, november.version) == (DeclarationState.DEPOSITED, 3)
    said = json.loads(made.canonical)
    assert said["month"] == "2026-11"
    assert said["lines"][0]["hours"] == "100.00"
    assert said["lines"][0]["participant"] == line.participant_id
    copied = made.lines[0]
    for name in ("hours", "training_hours", "entered_on", "hiring_mode", "contract_type", "age_band", "education"):
        assert getattr(copied, name) == getattr(line, name)
    assert copied.retained_hours is None


def test_a_receipt_names_nobody(session: Session, november: Declaration, now: datetime) -> None:
    line = add(session, november, person("ZZ-77"), now)
    made = file(session, november, now)
    prints = line.participant.person
    told = " ".join(str(entry.after) + entry.object_label for entry in session.scalars(select(JournalEntry)))
    for secret in ("ZZ-77", prints.exact, prints.phonetic, prints.swapped, "Durand", "Alix", "1990"):
        assert str(secret) not in made.canonical + told


def test_a_month_without_anyone_is_said_so(session: Session, november: Declaration, now: datetime) -> None:
    with pytest.raises(RuleViolation, match="vide"):
        file(session, november, now)
    session.refresh(november)
    actor = filing(november.organisation)
    services.say_nil(session, november, True, expected_version=november.version, actor=actor, now=now)
    made = file(session, november, now)
    assert (made.is_nil, made.hours, made.people, made.lines) == (True, Decimal(0), 0, [])


def test_people_without_hours_are_not_in_a_nil_deposit(session: Session, november: Declaration, now: datetime) -> None:
    add(session, november, person(hours=Decimal(0)), now)
    actor = filing(november.organisation)
    services.say_nil(session, november, True, expected_version=november.version, actor=actor, now=now)
    assert file(session, november, now).lines == []


def test_an_exit_alone_is_something(session: Session, november: Declaration, now: datetime) -> None:
    line = add(session, november, person(hours=Decimal(0)), now)
    left = LineFacts(line_id=line.id, hours=Decimal(0), exit_on=date(2026, 11, 2), exit_kind=ExitKind.CDI)
    write(session, november, now, left)
    made = file(session, november, now)
    assert (made.people, [each.exit_kind for each in made.lines]) == (0, [ExitKind.CDI])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"hours": Decimal("257.15")}, "hours"),
        ({"exit_on": date(2026, 12, 1), "exit_kind": ExitKind.CDI}, "exit_on"),
        ({"exit_on": date(2026, 10, 1), "exit_kind": ExitKind.CDI}, "exit_on"),
    ],
)
def test_a_month_that_cannot_be_stays_a_draft(
    session: Session, november: Declaration, now: datetime, said: dict[str, object], field: str
) -> None:
    line = add(session, november, person(), now)
    write(session, november, now, replace(LineFacts(line_id=line.id, hours=Decimal(10)), **said))  # type: ignore[arg-type]
    with pytest.raises(RuleViolation) as refused:
        file(session, november, now)
    assert refused.value.field == f"{field}_{line.id}"


def test_a_month_is_deposited_once(session: Session, november: Declaration, now: datetime) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    with pytest.raises(RuleViolation, match="ne se remplit plus"):
        file(session, november, now)


def test_a_month_changed_meanwhile_is_not_deposited(session: Session, november: Declaration, now: datetime) -> None:
    add(session, november, person(), now)
    actor = filing(november.organisation)
    with pytest.raises(Stale):
        services.deposit(session, november, expected_version=1, actor=actor, now=now)


def test_a_correction_is_the_next_deposit_and_the_first_does_not_change(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    line = add(session, november, person(), now)
    first = file(session, november, now)
    canonical, sha256 = first.canonical, first.sha256
    give_back(session, scene, november, now)
    write(session, november, now, LineFacts(line_id=line.id, hours=Decimal(90)))
    assert november.state is DeclarationState.RETURNED
    add(session, november, person("P-2", "Moreau"), now)
    second = file(session, november, now)
    session.expire_all()
    assert (first.number, second.number, second.hours) == (1, 2, Decimal(190))
    assert (first.canonical, first.sha256, first.hours, first.lines[0].hours) == (
        canonical,
        sha256,
        Decimal(100),
        Decimal(100),
    )


def test_removed_people_stay_in_what_was_deposited(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    line = add(session, november, person(), now)
    first = file(session, november, now)
    give_back(session, scene, november, now)
    actor = filing(november.organisation)
    services.remove_line(session, november, line, expected_version=november.version, actor=actor, now=now)
    session.expire_all()
    assert [each.participant.matricule for each in first.lines] == ["P-1"]


# The same hours, never twice


def test_a_second_declarant_of_a_person_confirms_other_hours(session: Session, scene: Scene, now: datetime) -> None:
    company, structure = (opened(session, scene, each) for each in (scene.company, scene.structure))
    add(session, company, person("A-1"), now)
    add(session, structure, person("B-1"), now)
    file(session, company, now)
    with pytest.raises(RuleViolation, match="B-1") as refused:
        file(session, structure, now)
    assert refused.value.field == "different_hours"
    assert scene.company.shown_name not in refused.value.sentence
    session.refresh(structure)
    made = file(session, structure, now, different_hours=True)
    assert json.loads(made.canonical)["different_hours"] is True
    also = queries.also_declared(session, structure)
    assert also == {structure.lines[0].participant_id: [scene.company]}


@pytest.mark.parametrize("why", ["another month", "only a draft", "no hours", "sent back"])
def test_nothing_is_to_be_confirmed_of(session: Session, scene: Scene, now: datetime, why: str) -> None:
    month = OCTOBER if why == "another month" else NOVEMBER
    company, structure = opened(session, scene, scene.company, month), opened(session, scene, scene.structure)
    hours = Decimal(0 if why == "no hours" else 50)
    add(session, company, person("A-1", hours=hours), now)
    add(session, company, person("A-2", "Moreau"), now)
    add(session, structure, person("B-1"), now)
    if why != "only a draft":
        file(session, company, now)
    if why == "sent back":
        give_back(session, scene, company, now)
    made = file(session, structure, now, different_hours=True)
    assert json.loads(made.canonical)["different_hours"] is False


# Paths across months


def test_hours_after_a_declared_exit_are_refused(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(), now)
    later = add(session, november, person(), now)
    left = LineFacts(line_id=line.id, hours=Decimal(10), exit_on=date(2026, 10, 9), exit_kind=ExitKind.CDI)
    write(session, october, now, left)
    file(session, october, now)
    with pytest.raises(RuleViolation) as refused:
        file(session, november, now)
    assert refused.value.field == f"hours_{later.id}"


def test_an_exit_before_months_already_filed_is_refused(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(), now)
    add(session, november, person(), now)
    file(session, november, now)
    left = LineFacts(line_id=line.id, hours=Decimal(10), exit_on=date(2026, 10, 9), exit_kind=ExitKind.CDI)
    write(session, october, now, left)
    with pytest.raises(RuleViolation) as refused:
        file(session, october, now)
    assert refused.value.field == f"exit_on_{line.id}"


# Mails and statements


def test_the_receipt_goes_to_who_deposits_and_the_answers_to_all_who_file(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    nina = member(session, scene.company, "nina@pont.example", now)
    member(session, scene.company, "paul@pont.example", now)
    member(session, scene.structure, "other@ei.example", now)
    add(session, november, person(), now)
    actor = replace(filing(scene.company), account_id=nina.id)
    services.deposit(session, november, expected_version=november.version, actor=actor, now=now)
    give_back(session, scene, november, now)
    file(session, november, now)
    accept(session, scene, november, now, P_1=confirmed())
    open_again(session, scene, november, now)
    sent = session.execute(select(Message.kind, Message.recipient).order_by(Message.id)).all()
    both = ("nina@pont.example", "paul@pont.example")
    assert [tuple(each) for each in sent] == [
        ("declarations.deposited", "nina@pont.example"),
        *[("declarations.returned", each) for each in both],
        *[("declarations.accepted", each) for each in both],
        *[("declarations.reopened", each) for each in both],
    ]


def test_filing_and_answering_take_as_many_statements_whatever_the_lines(
    session: Session, scene: Scene, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def fresh(reference: str) -> Declaration:
        session.expunge_all()
        return queries.visible(session, filing(scene.structure), reference)

    def costs(reference: str, people: int, series: str) -> list[int]:
        declaration = fresh(reference)
        for rank in range(people):
            name = "nom" + "".join("abcdefghij"[int(digit)] for digit in f"{rank:03}") + series
            add(session, declaration, person(f"{series}-{rank}", name, training_hours=Decimal(rank % 3)), now)
        acts: tuple[Callable[[Declaration], Deposit], ...] = (
            lambda month: file(session, month, now),
            lambda month: accept(session, scene, month, now, **{f"{series}_0": confirmed()}),
            lambda month: open_again(session, scene, month, now),
        )
        counts = []
        for act in acts:
            month = fresh(reference)
            with sql_count() as statements:
                act(month)
            counts.append(statements.count)
        return counts

    october, november = (opened(session, scene, scene.structure, month).reference for month in (OCTOBER, NOVEMBER))
    assert costs(november, 2, "A") == costs(october, 60, "B") == [11, 24, 11]
