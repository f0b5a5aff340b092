"""Who sees which month, what is told of its people, and the figures of a contract."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from portal.contracts.models import Contract, Suspension
from portal.declarations import policies, queries
from portal.declarations.models import Declaration
from portal.declarations.queries import figures
from portal.kernel.actor import ANONYMOUS, SYSTEM, Actor
from portal.kernel.errors import NotFound
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, OrganisationKind, Role
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
    opened,
    person,
)
from tests.statements import Statements


def _sees(session: Session, actor: Actor, declaration: Declaration) -> bool:
    try:
        return queries.visible(session, actor, declaration.reference) is declaration
    except NotFound:
        return False


def _actors(scene: Scene) -> dict[str, Actor]:
    return {
        "declarant": filing(scene.company),
        "other member": filing(scene.structure),
        "follower": scene.facilitateur,
        "buyer's facilitateur": acting(scene.buyer, Role.FACILITATEUR),
        "direction": scene.direction,
        "purchasing": acting(scene.buyer, Role.PURCHASING),
        "declarant's manager": acting(scene.company, Role.MANAGER),
        "stranger's direction": acting(scene.structure, Role.DIRECTION),
        "nobody": ANONYMOUS,
        "portal": SYSTEM,
    }


@pytest.mark.parametrize("state", DeclarationState)
def test_a_month_is_seen_by_its_declarant_and_checkers_and_by_the_buyer_once_accepted(
    session: Session, scene: Scene, state: DeclarationState
) -> None:
    november = opened(session, scene, scene.company)
    november.state = state
    session.flush()
    seeing = {name for name, actor in _actors(scene).items() if _sees(session, actor, november)}
    always = {"declarant", "follower", "buyer's facilitateur", "portal"}
    buyer = {"direction", "purchasing"} if state is DeclarationState.ACCEPTED else set()
    assert seeing == always | buyer


def test_matricules_have_their_readers(session: Session, scene: Scene) -> None:
    november = opened(session, scene, scene.company)
    november.state = DeclarationState.ACCEPTED
    actors = _actors(scene)
    reading = {name for name, actor in actors.items() if policies.sees_matricules(actor, november)}
    assert reading == {"declarant", "follower", "buyer's facilitateur", "portal"}


def test_an_earlier_follower_sees_nothing_any_more(session: Session, scene: Scene) -> None:
    november = opened(session, scene, scene.company)
    november.state = DeclarationState.DEPOSITED
    scene.contract.followers[0].until = date(2026, 11, 30)
    session.flush()
    assert not _sees(session, scene.facilitateur, november)
    assert session.scalars(queries.to_check(scene.facilitateur)).all() == []


def test_lists_give_what_the_policies_allow(session: Session, scene: Scene) -> None:
    elsewhere = new_organisation(session, scene.contract.created_at, 20, OrganisationKind.COMPANY)
    other = make_contract(session, scene.contract.created_at, scene.buyer, (elsewhere,), number="2026-T09")
    months = [
        opened(session, scene, who, month) for who in (scene.company, scene.structure) for month in (OCTOBER, NOVEMBER)
    ]
    months.append(
        Declaration(
            contract=other,
            organisation=elsewhere,
            month=NOVEMBER,
            state=DeclarationState.DEPOSITED,
            due_on=date(2026, 12, 10),
            opened_at=other.created_at,
        )
    )
    months[0].state = DeclarationState.DEPOSITED
    session.add_all(months)
    session.flush()
    for actor in _actors(scene).values():
        filed, checked = (set(session.scalars(found)) for found in (queries.own(actor), queries.checked_by(actor)))
        assert filed == {month for month in months if policies.can_file(actor, month)}
        assert checked == {month for month in months if policies.can_check(actor, month)}
        waiting = {month for month in checked if month.state is DeclarationState.DEPOSITED}
        assert set(session.scalars(queries.to_check(actor))) == waiting


def test_what_is_awaited_on_a_day(session: Session, scene: Scene) -> None:
    months = {
        state: opened(session, scene, scene.company, OCTOBER + -rank) for rank, state in enumerate(DeclarationState)
    }
    for state, month in months.items():
        month.state = state
    session.flush()
    awaited = {month.state.value for month in session.scalars(queries.awaited(date(2026, 12, 3)))}
    assert awaited == {"expected", "draft", "returned"}
    assert session.scalars(queries.awaited(date(2026, 1, 1))).all() == []


# People


def test_near_people_are_shown_to_who_checks(session: Session, scene: Scene, now: datetime) -> None:
    company, structure = opened(session, scene, scene.company), opened(session, scene, scene.structure)
    add(session, company, person("A-1"), now)
    add(session, company, person("A-2", "Lambert", born_on=date(1985, 2, 9)), now)
    file(session, company, now)
    alike = add(session, structure, person("B-1", "Durant"), now)
    swapped = add(session, structure, person("B-2", "Lambert", born_on=date(1985, 9, 2)), now)
    add(session, structure, person("B-3", "Moreau"), now)
    found = queries.near_matches(session, scene.facilitateur, structure)
    assert [(each.participant, each.other_matricule, each.sounds_alike) for each in found] == [
        (alike.participant, "A-1", True),
        (swapped.participant, "A-2", False),
    ]
    assert {each.other_declarant for each in found} == {scene.company.name}


def test_nearness_never_crosses_from_a_buyer_to_another(session: Session, scene: Scene, now: datetime) -> None:
    other_buyer = new_organisation(session, now, 30, OrganisationKind.BUYER)
    company = opened(session, scene, scene.company)
    add(session, company, person("A-1"), now)
    file(session, company, now)
    contract = make_contract(session, now, other_buyer, (scene.structure,), number="X-1")
    elsewhere = Declaration(
        contract=contract,
        organisation=scene.structure,
        month=NOVEMBER,
        state=DeclarationState.EXPECTED,
        due_on=date(2026, 12, 10),
        opened_at=now,
    )
    session.add(elsewhere)
    session.flush()
    add(session, elsewhere, person("B-1", "Durant"), now)
    assert queries.near_matches(session, scene.facilitateur, elsewhere) == []


# Figures


def test_the_curve_spreads_the_promise_and_sums_what_is_retained(session: Session, scene: Scene, now: datetime) -> None:
    for month, hours in ((OCTOBER, 100), (NOVEMBER, 50)):
        declaration = opened(session, scene, scene.company, month)
        add(session, declaration, person(hours=Decimal(hours)), now)
        file(session, declaration, now)
        accept(session, scene, declaration, now, P_1=confirmed())
    session.add(Suspension(contract_id=scene.contract.id, month=Month(2026, 12)))
    session.flush()
    session.expire(scene.contract, ["suspensions"])
    curve = queries.months_of(session, scene.contract)
    assert len(curve) == 12
    assert [(each.retained, each.retained_to_date) for each in curve[:3]] == [
        (Decimal(month), Decimal(total)) for month, total in ((100, 100), (50, 150), (0, 150))
    ]
    told = [each.promised_to_date for each in curve]
    assert told[:3] == [Decimal("109.09"), Decimal("218.18"), Decimal("218.18")]
    assert told[-1] == scene.contract.promised_hours == 1200
    assert told == [queries.promised_to(session, [scene.contract], each.month)[scene.contract.id] for each in curve]
    assert queries.retained_of(session, [scene.contract.id, 0]) == {scene.contract.id: Decimal(150)}


def test_the_months_of_a_contract_are_gone_through_once_however_many(
    session: Session, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.contract.last_month = Month(2076, 9)
    gone_through: list[int] = []
    listed = figures._reported

    def counted(contract: Contract) -> list[Month]:
        months = listed(contract)
        gone_through.append(len(months))
        return months

    monkeypatch.setattr(figures, "_reported", counted)
    assert len(queries.months_of(session, scene.contract)) == sum(gone_through) == 600


def test_a_contract_without_months_has_no_curve(session: Session, scene: Scene) -> None:
    scene.contract.first_month = scene.contract.last_month = None
    assert queries.months_of(session, scene.contract) == []


# Homes and members


def test_the_mandataire_sees_where_members_stand_and_nobody_else_does(session: Session, scene: Scene) -> None:
    for who in (scene.company, scene.structure):
        opened(session, scene, who)
    told = queries.member_months(session, filing(scene.company), scene.contract)
    assert [(each.organisation.id, each.state.value) for each in told] == [
        (scene.company.id, "expected"),
        (scene.structure.id, "expected"),
    ]
    for actor in (filing(scene.structure), scene.facilitateur, acting(scene.company, Role.MANAGER), ANONYMOUS):
        assert queries.member_months(session, actor, scene.contract) == []


def test_what_waits_to_be_filed_soonest_due_first(session: Session, scene: Scene) -> None:
    months = [opened(session, scene, scene.company, OCTOBER + -rank) for rank in range(8)]
    for rank, month in enumerate(months):
        month.due_on = date(2026, 12, 10) - timedelta(days=30 * rank)
    months[7].state = DeclarationState.ACCEPTED
    session.flush()
    waiting = queries.waiting_to_file(session, filing(scene.company), date(2026, 12, 3))
    assert (waiting.total, waiting.late) == (7, 6)
    assert waiting.first == [months[6], months[5], months[4], months[3], months[2]]
    assert queries.waiting_to_file(session, filing(scene.structure), date(2026, 12, 3)).total == 0


def test_what_waits_to_be_checked_longest_first(session: Session, scene: Scene, now: datetime) -> None:
    company, structure = opened(session, scene, scene.company), opened(session, scene, scene.structure)
    for declaration, days in ((company, 1), (structure, 11)):
        add(session, declaration, person(f"P-{days}", "abcdefghijkl"[days:]), now)
        file(session, declaration, now - timedelta(days=days))
    waiting = queries.waiting_to_check(session, scene.facilitateur, date(2026, 12, 3))
    assert (waiting.total, waiting.late, waiting.first) == (2, 1, [structure, company])
    assert queries.waiting_to_check(session, filing(scene.company), date(2026, 12, 3)).total == 0


def test_reads_take_a_fixed_number_of_statements(
    session: Session, scene: Scene, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    def costs(declaration: Declaration) -> dict[str, int]:
        reference, counts = declaration.reference, {}
        reads: dict[str, Callable[[Declaration], object]] = {
            "deposits": lambda month: queries.deposits_of(session, month),
            "near": lambda month: queries.near_matches(session, scene.facilitateur, month),
            "also": lambda month: queries.also_declared(session, month),
            "eligibility": lambda month: queries.eligibility_of(session, month),
            "curve": lambda month: queries.months_of(session, month.contract),
        }
        session.expunge_all()
        with sql_count() as statements:
            queries.visible(session, scene.facilitateur, reference)
        counts["visible"] = statements.count
        for name, read in reads.items():
            session.expunge_all()
            month = queries.visible(session, scene.facilitateur, reference)
            with sql_count() as statements:
                read(month)
            counts[name] = statements.count
        for name, waiting in (("to file", queries.waiting_to_file), ("to check", queries.waiting_to_check)):
            session.expunge_all()
            with sql_count() as statements:
                waiting(session, SYSTEM, date(2026, 12, 3))
            counts[name] = statements.count
        return counts

    few, many = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    for declaration, people in ((many, 30), (few, 1)):
        for rank in range(people):
            add(session, declaration, person(f"P-{rank}", f"nom{chr(97 + rank % 26)}{'z' * (rank // 26)}"), now)
        file(session, declaration, now)
    expected = {"visible": 7, "deposits": 2, "near": 1, "also": 1, "eligibility": 2, "curve": 3}
    assert costs(few) == costs(many) == expected | {"to file": 2, "to check": 2}
