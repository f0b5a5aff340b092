"""An employer and its titulaire at once, with real commits: one wins, the other is told, nothing is half deposited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.declarations import queries, rules, services
from portal.declarations.facts import LineFacts
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Deposit, DepositLine, Line
from portal.directory.models import Organisation
from portal.storage import reading, unit_of_work
from portal.vocabulary import DeclarationState, PartState
from tests.accounts.test_races import Outcomes, together
from tests.declarations.parts import entrust, fill, hand, new_employer, part_of
from tests.declarations.sample import Scene, add, filing, make_scene, opened, person

pytestmark = pytest.mark.usefixtures("fresh_engine")

Act = Callable[[Session], object]


@dataclass(frozen=True)
class Entrusted:
    """November of the company, with a line of its own and one of its employer's."""

    scene: Scene
    employer: Organisation
    reference: str
    line_id: int
    part_version: int
    seen: dict[int, int | None]


@pytest.fixture(params=[False, True], ids=["open", "handed"])
def month(request: pytest.FixtureRequest, fresh_engine: Engine, now: datetime) -> Entrusted:
    with unit_of_work() as session:
        scene, employer = make_scene(session, now), new_employer(session, now)
        november = opened(session, scene, scene.company)
        add(session, november, person(), now)
        entrust(session, scene, employer, now)
        part = part_of(session, november, employer)
        line = fill(session, part, now)
        if request.param:
            hand(session, part, now)
        return Entrusted(scene, employer, november.reference, line.id, part.version, rules.as_seen([part]))


def _deposit(month: Entrusted, now: datetime) -> Act:
    def act(session: Session) -> None:
        company = filing(month.scene.company)
        declaration = queries.visible(session, company, month.reference)
        services.deposit(
            session,
            declaration,
            without_parts=True,
            parts_seen=month.seen,
            expected_version=declaration.version,
            actor=company,
            now=now,
        )

    return act


def _on_part(month: Entrusted, act: Callable[[Session, DelegatedPart], object]) -> Act:
    employer = filing(month.employer)
    return lambda session: act(session, queries.part_of(session, employer, month.reference))


def _taken() -> tuple[list[Decimal], DeclarationState, PartState]:
    with reading() as session:
        hours = session.scalars(select(DepositLine.hours).order_by(DepositLine.id)).all()
        return (
            list(hours),
            session.scalars(select(Declaration.state)).one(),
            session.scalars(select(DelegatedPart.state)).one(),
        )


def test_saved_while_deposited_is_saved_before_or_told(month: Entrusted, now: datetime) -> None:
    """An open part is left out, a handed one is closed: what is deposited is never what somebody is typing."""

    def save(session: Session, part: DelegatedPart) -> None:
        row = LineFacts(line_id=month.line_id, hours=Decimal(12))
        actor = filing(month.employer)
        services.save_part(session, part, [row], expected_version=month.part_version, actor=actor, now=now)

    was_open = month.seen == dict.fromkeys(month.seen)
    outcomes = together(_deposit(month, now), _on_part(month, save))
    hours, state, _ = _taken()
    assert state is DeclarationState.DEPOSITED
    assert hours == ([Decimal(100)] if was_open else [Decimal(100), Decimal(80)])
    assert outcomes == Outcomes(done=2, refused=0) if was_open and _line_hours() == 12 else outcomes.done == 1


def _line_hours() -> Decimal:
    with reading() as session:
        return session.scalars(select(Line.hours).where(Line.employer_id.is_not(None))).one()


def test_handed_or_given_back_while_deposited_one_wins(month: Entrusted, now: datetime) -> None:
    def hand_it(session: Session, part: DelegatedPart) -> None:
        services.hand(session, part, expected_version=month.part_version, actor=filing(month.employer), now=now)

    def give_back(session: Session) -> None:
        declaration = queries.visible(session, filing(month.scene.company), month.reference)
        version = month.part_version
        actor = filing(month.scene.company)
        services.hand_back(session, declaration.parts[0], "x", expected_version=version, actor=actor, now=now)

    was_open = month.seen == dict.fromkeys(month.seen)
    other = _on_part(month, hand_it) if was_open else give_back
    assert together(_deposit(month, now), other) == Outcomes(done=1, refused=1)
    hours, state, part_state = _taken()
    if state is DeclarationState.DEPOSITED:
        assert (hours, part_state) == (
            ([Decimal(100)], PartState.OPEN) if was_open else ([Decimal(100), Decimal(80)], PartState.HANDED)
        )
    else:
        assert (hours, part_state) == ([], PartState.HANDED if was_open else PartState.OPEN)


def test_entrusted_twice_at_once_is_entrusted_once(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        scene, employer = make_scene(session, now), new_employer(session, now)
        opened(session, scene, scene.company)
    acts: list[Act] = [lambda session: entrust(session, scene, employer, now)] * 2
    assert together(*acts) == Outcomes(done=1, refused=1)
    with reading() as session:
        counted = [session.scalar(select(func.count()).select_from(each)) for each in (Delegation, DelegatedPart)]
    assert counted == [1, 1]


def test_taken_back_while_being_filled_leaves_no_line_of_nobodys(month: Entrusted, now: datetime) -> None:
    """Whoever saves keeps the part; a part that goes takes its lines along, and its employer is told."""

    def end(session: Session) -> None:
        delegation = session.scalars(select(Delegation)).one()
        services.end(session, delegation, delegation.since + -1, actor=filing(month.scene.company), now=now)

    def enter(session: Session, part: DelegatedPart) -> None:
        fill(session, part, now, "I-9", last="Autre")

    with unit_of_work() as session:
        session.execute(DelegatedPart.__table__.update().values(saved_at=None, state="open", handed_at=None))  # type: ignore[attr-defined]
    together(end, _on_part(month, enter))
    with reading() as session:
        parts = session.scalar(select(func.count()).select_from(DelegatedPart))
        lines = session.scalar(select(func.count()).select_from(Line).where(Line.employer_id.is_not(None)))
        assert session.scalar(select(func.count()).select_from(Deposit)) == 0
    assert (parts, lines) in {(0, 0), (1, 2)}
