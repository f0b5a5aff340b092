"""Whatever people do, in whatever order: the ledger is the sum of what is accepted, and nothing deposited changes."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.declarations import queries, services
from portal.declarations.facts import Decision, LineFacts, MonthFacts
from portal.declarations.models import Declaration, Delta, Deposit, DepositLine, Line, Participant, Path
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from portal.vocabulary import DeclarationState, DepositOutcome, EligibilityState, ExitKind, Public, Role
from tests.declarations.sample import NOVEMBER, OCTOBER, Scene, acting, add, confirmed, file, filing, opened, person
from tests.declarations.sample import accept as accept_

pytestmark = pytest.mark.long

ANY = ("add", "write", "leave", "remove", "nil", "deposit", "accept", "send_back", "reopen")
ACTS = st.one_of(st.just("onward"), st.just("onward"), st.sampled_from(ANY))
STEPS = st.lists(
    st.tuples(
        ACTS,
        st.sampled_from((0, 0, 1, 2, 3)),  # which month of which titulaire
        st.integers(0, 2),  # which person
        st.integers(0, 4),  # who
        st.integers(1, 16_000).map(lambda centihours: Decimal(centihours) / 100),
    ),
    min_size=12,
    max_size=24,
)
ONWARD = {
    DeclarationState.EXPECTED: "add",
    DeclarationState.DRAFT: "deposit",
    DeclarationState.DEPOSITED: "accept",
    DeclarationState.ACCEPTED: "reopen",
    DeclarationState.RETURNED: "deposit",
}
"""What most often comes next; the rest is anything, by anyone."""

NAMES = (("P-1", "Durand"), ("P-2", "Moreau"), ("P-3", "DU-RAND"))


def _actor(scene: Scene, declaration: Declaration, act: str, number: int) -> Actor:
    """Most often who may; sometimes somebody else, who changes nothing."""
    right = scene.facilitateur if act in {"accept", "send_back", "reopen"} else filing(declaration.organisation)
    return (right, right, right, acting(scene.buyer, Role.FACILITATEUR), filing(scene.structure))[number]


def _do(session: Session, scene: Scene, declaration: Declaration, step: tuple[Any, ...], now: datetime) -> None:
    act, _, who, actor_number, hours = step
    if act == "onward":
        act, actor_number = ONWARD[declaration.state], 0
    actor = _actor(scene, declaration, act, actor_number)
    common: dict[str, Any] = {"expected_version": declaration.version, "actor": actor, "now": now}
    line = next(iter(declaration.lines[who : who + 1]), None)
    match act:
        case "add":
            matricule, name = NAMES[who]
            services.add_person(session, declaration, person(matricule, name, hours=hours), **common)
        case "write" | "leave" if line is not None:
            exit_on = declaration.month.last_day if act == "leave" else None
            exit_kind = ExitKind.CDI if exit_on else None
            row = LineFacts(line_id=line.id, hours=hours, exit_on=exit_on, exit_kind=exit_kind)
            services.save(session, declaration, [row], MonthFacts(), **common)
        case "remove" if line is not None:
            services.remove_line(session, declaration, line, **common)
        case "nil":
            services.say_nil(session, declaration, True, **common)
        case "deposit":
            services.deposit(session, declaration, different_hours=True, **common)
        case "accept":
            services.accept(session, declaration, dict(_decisions(session, declaration, hours)), **common)
        case "send_back":
            services.send_back(session, declaration, "À revoir.", **common)
        case "reopen":
            services.reopen(session, declaration, "À revoir.", **common)


def _decisions(session: Session, declaration: Declaration, hours: Decimal) -> Iterator[tuple[int, Decision]]:
    """The first line is confirmed for these hours, the second refused, the others left to the rules."""
    deposit = queries.last_deposit(session, declaration)
    for rank, line in enumerate(deposit.lines if deposit else ()):
        if rank == 0:
            yes = EligibilityState.CONFIRMED
            yield line.id, Decision(eligibility=yes, criterion=Public.RSA, retained_hours=hours, note="Vu")
        elif rank == 1:
            yield line.id, Decision(eligibility=EligibilityState.REFUSED)


@given(steps=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_the_ledger_is_the_sum_of_what_is_accepted(
    session: Session, scene: Scene, now: datetime, steps: list[tuple[Any, ...]]
) -> None:
    with session.begin_nested() as attempt:
        months = [
            opened(session, scene, who, month)
            for who in (scene.company, scene.structure)
            for month in (OCTOBER, NOVEMBER)
        ]
        kept: dict[int, str] = {}
        for step in steps:
            try:
                with session.begin_nested():
                    _do(session, scene, months[step[1]], step, now)
            except PortalError:
                session.expire_all()
            _check_deposits_stand(session, kept)
        _check_ledger(session, scene)
        _check_people(session)
        _check_paths(session, scene)
        attempt.rollback()
    session.expire_all()


def _check_deposits_stand(session: Session, kept: dict[int, str]) -> None:
    for deposit in session.scalars(select(Deposit).execution_options(populate_existing=True)):
        lines = session.execute(
            select(DepositLine.participant_id, DepositLine.hours, DepositLine.exit_on).where(
                DepositLine.deposit_id == deposit.id
            )
        ).all()
        said = f"{deposit.canonical}{deposit.sha256}{deposit.hours}{lines}"
        assert kept.setdefault(deposit.id, said) == said


def _check_ledger(session: Session, scene: Scene) -> None:
    """By month and declarant, by person, and in all."""
    accepted = (
        select(func.sum(DepositLine.retained_hours))
        .join(Deposit, Deposit.id == DepositLine.deposit_id)
        .where(Deposit.outcome == DepositOutcome.ACCEPTED)
    )
    retained = session.scalar(accepted) or Decimal(0)
    assert queries.retained_of(session, [scene.contract.id]).get(scene.contract.id, Decimal(0)) == retained
    by_deposit = session.execute(
        select(Delta.deposit_id, func.sum(Delta.hours_retained * Delta.sign), func.count()).group_by(Delta.deposit_id)
    )
    for deposit_id, hours, rows in by_deposit:
        deposit = session.get_one(Deposit, deposit_id)
        is_accepted = deposit.outcome is DepositOutcome.ACCEPTED
        assert hours == (deposit.retained_hours if is_accepted else 0)
        assert rows == len(deposit.lines) * (1 if is_accepted else 2)
    over = select(func.count()).where(Delta.hours_retained > Delta.hours_declared)
    assert session.scalar(over) == 0
    states = session.execute(select(Declaration.state, Deposit.outcome).join(Deposit)).all()
    accepted_states = [state for state, outcome in states if outcome is DepositOutcome.ACCEPTED]
    assert accepted_states == [DeclarationState.ACCEPTED] * len(accepted_states)


def _check_people(session: Session) -> None:
    """Nobody twice in a month: « Durand » and « DU-RAND » are one person under two matricules."""
    lines = session.execute(
        select(Line.declaration_id, Participant.person_id).join(Participant, Participant.id == Line.participant_id)
    ).all()
    assert len(lines) == len(set(lines))


def _check_paths(session: Session, scene: Scene) -> None:
    """A path for each entry that an accepted month tells, closed when one tells its exit."""
    told = session.execute(
        select(
            Participant.person_id, Declaration.organisation_id, DepositLine.entered_on, func.max(DepositLine.exit_on)
        )
        .join(DepositLine, DepositLine.participant_id == Participant.id)
        .join(Deposit, Deposit.id == DepositLine.deposit_id)
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .where(Deposit.outcome == DepositOutcome.ACCEPTED)
        .group_by(Participant.person_id, Declaration.organisation_id, DepositLine.entered_on)
    )
    paths = session.execute(select(Path.person_id, Path.organisation_id, Path.entered_on, Path.exit_on))
    assert sorted(map(tuple, paths), key=str) == sorted(map(tuple, told), key=str)


@pytest.mark.parametrize("statement", ["UPDATE delta SET hours_retained = 0", "DELETE FROM delta"])
def test_the_database_itself_keeps_the_ledger(session: Session, scene: Scene, now: datetime, statement: str) -> None:
    november = opened(session, scene, scene.company)
    add(session, november, person(), now)
    file(session, november, now)
    accept_(session, scene, november, now, P_1=confirmed())
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))
