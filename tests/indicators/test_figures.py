"""Each figure against a plain computation of its own, in Python, over the rows that were written."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.models import Commitment, PurchaseOrder
from portal.declarations.models import Declaration, Person
from portal.declarations.queries import promised_of
from portal.directory.models import Organisation
from portal.indicators.facts import ContractHours, StructureCategory, YearFigures
from portal.indicators.models import Mandate
from portal.indicators.published import publish
from portal.indicators.queries.year import figures_of
from portal.indicators.rules import lots_by_term
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.vocabulary import (
    AgeBand,
    CommitmentKind,
    EssFamily,
    ExitFamily,
    ExitKind,
    LeverState,
    OrganisationKind,
    Sex,
)
from tests.indicators import sample
from tests.indicators.sample import NOW, Worked
from tests.statements import Statements

SqlCount = Callable[[], AbstractContextManager[Statements]]

YEAR = 2025


@pytest.fixture
def buyer(session: Session) -> Organisation:
    return sample.buyer(session)


@pytest.fixture
def structure(session: Session) -> Organisation:
    return sample.organisation(session, "Les Jardins", OrganisationKind.ACI)


def figures(session: Session, buyer: Organisation, year: int = YEAR, at: datetime = NOW) -> YearFigures:
    session.flush()
    return figures_of(session, buyer, year, at)


def hours(told: YearFigures) -> Decimal:
    return sum((month.hours for month in told.months), Decimal(0))


def people(told: YearFigures) -> int:
    return sum(told.people.values())


MONTHS = (Month(2024, 12), Month(2025, 1), Month(2025, 7), Month(2025, 12), Month(2026, 1))
LINES = st.tuples(
    st.integers(0, 5),  # which person
    st.integers(0, 1),  # which contract
    st.sampled_from(MONTHS),
    st.integers(0, 16_000),  # hundredths of an hour retained
    st.sampled_from([None, None, ExitKind.CDI, ExitKind.CDD_SHORT, ExitKind.TRAINING, ExitKind.DEATH]),
)
FATES = st.fixed_dictionaries(
    {(where, month): st.sampled_from(["kept", "reopened", "corrected"]) for where in (0, 1) for month in MONTHS}
)
Line = tuple[int, int, Month, int, ExitKind | None]
Fates = dict[tuple[int, Month], str]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=20, unique_by=lambda line: line[:3]), fates=FATES)
def test_hours_people_and_exits_are_what_a_plain_count_finds(session: Session, lines: list[Line], fates: Fates) -> None:
    around = session.begin_nested()
    buyer, persons = _written(session, lines, fates)
    kept = [line for line in lines if fates[line[1], line[2]] != "reopened" and line[2] <= Month(2025, 12)]
    of_year = [line for line in kept if line[2].year == YEAR]
    by_month, by_person, by_path = Counter[Month](), Counter[int](), Counter[tuple[int, int]]()
    for who, _, month, retained, _ in of_year:
        by_month[month] += retained
        by_person[who] += retained
    for who, where, _, retained, _ in kept:
        by_path[who, where] += retained
    told = figures(session, buyer)
    assert {row.month: int(row.hours * 100) for row in told.months if row.hours} == {
        m: h for m, h in by_month.items() if h
    }
    assert _by_sex(told) == Counter(persons[who].sex for who, total in by_person.items() if total)
    families = Counter(kind.family for who, where, _, _, kind in of_year if kind and by_path[who, where])
    assert {family: n for family, n in told.exits.items() if n} == dict(families)
    for row in told.months:
        assert row.people == len({who for who, _, month, retained, _ in of_year if month == row.month and retained})
    around.rollback()


def _written(session: Session, lines: list[Line], fates: Fates) -> tuple[Organisation, list[Person]]:
    """The lines as declarations: kept as accepted, reopened, or accepted wrong then corrected."""
    buyer, held = sample.buyer(session), sample.organisation(session, "Régie", OrganisationKind.EI)
    contracts = [sample.contract(session, buyer, held) for _ in range(2)]
    persons = [sample.person(session, sex) for sex in (Sex.WOMAN, Sex.MAN, None) * 2]
    for (where, month), fate in fates.items():
        worked = [
            Worked(persons[who], Decimal(retained) / 100, kind)
            for who, there, then, retained, kind in lines
            if (there, then) == (where, month)
        ]
        wrong = [Worked(line.person, line.retained + 7, ExitKind.BREACH) for line in worked]
        declaration = sample.accept(session, contracts[where], held, month, worked if fate == "kept" else wrong)
        if fate != "kept":
            sample.reopen(session, declaration, NOW)
        if fate == "corrected":
            sample.accept_again(session, declaration, contracts[where], worked, NOW)
    return buyer, persons


def _by_sex(told: YearFigures) -> Counter[Sex | None]:
    counted = Counter[Sex | None]()
    for (sex, _age), count in told.people.items():
        counted[sex] += count
    return counted


def test_someone_is_counted_once_whatever_the_contracts_the_months_and_the_age_told(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    one, other = (sample.contract(session, buyer, structure) for _ in range(2))
    somebody = sample.person(session)
    sample.accept(session, one, structure, Month(2025, 3), [Worked(somebody, 20, age=AgeBand.UNDER_26)])
    sample.accept(session, other, structure, Month(2025, 9), [Worked(somebody, 30, age=AgeBand.FROM_26)])
    assert figures(session, buyer).people == {(Sex.WOMAN, AgeBand.FROM_26): 1}


def test_someone_of_whom_nothing_is_retained_is_not_counted_nor_is_the_exit(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on = sample.contract(session, buyer, structure)
    sample.accept(session, on, structure, Month(2025, 3), [Worked(sample.person(session), 0, ExitKind.CDI)])
    told = figures(session, buyer)
    assert not any((people(told), hours(told), told.exits[ExitFamily.DURABLE]))
    assert told.declarations == 1


def test_an_exit_in_a_month_without_hours_closes_a_path_begun_before(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on, somebody = sample.contract(session, buyer, structure), sample.person(session)
    sample.accept(session, on, structure, Month(2024, 12), [Worked(somebody, 100)])
    sample.accept(session, on, structure, Month(2025, 1), [Worked(somebody, 0, ExitKind.TRAINING)])
    assert figures(session, buyer).exits[ExitFamily.POSITIVE] == 1


def test_another_buyers_ledger_is_left_alone(session: Session, buyer: Organisation, structure: Organisation) -> None:
    other = sample.buyer(session, "Commune voisine")
    on = sample.contract(session, other, structure, promised=1_000)
    sample.accept(session, on, structure, Month(2025, 3), [Worked(sample.person(session), 20, ExitKind.CDI)])
    sample.pay(session, on, structure, date(2025, 3, 1), 500)
    sample.launch(session, other, date(2025, 3, 1))
    told = figures(session, buyer)
    assert not any((hours(told), people(told), told.declarations, told.euros.ess))
    assert (sum(told.exits.values()), sum(told.structures.values())) == (0, 0)
    assert (told.lots_launched_on, told.contracts) == ((), ())


def test_an_instant_in_the_past_sees_the_ledger_as_it_stood(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on = sample.contract(session, buyer, structure)
    accepted, corrected = datetime(2026, 1, 20, tzinfo=PARIS), datetime(2026, 5, 2, tzinfo=PARIS)
    worked = Worked(sample.person(session), 20)
    declaration = sample.accept(session, on, structure, Month(2025, 3), [worked], accepted)
    sample.reopen(session, declaration, corrected)
    assert hours(figures(session, buyer, at=corrected - timedelta(1))) == 20
    assert hours(figures(session, buyer, at=corrected)) == 0


def test_structures_are_what_they_were_on_the_notification_once_each(session: Session, buyer: Organisation) -> None:
    def held(name: str, *kinds: OrganisationKind, **facts: object) -> Organisation:
        return sample.organisation(session, name, *kinds, **facts)

    both = held("EI et EA", OrganisationKind.EI, OrganisationKind.EA)
    adapted, geiq = held("Papyrus", OrganisationKind.EA), held("GEIQ", OrganisationKind.GEIQ)
    cooperative = held("Scop", OrganisationKind.COMPANY, ess_family=EssFamily.COOPERATIVE)
    company, late, gone, over = (held(name, OrganisationKind.COMPANY) for name in ("SA", "Tard", "Parti", "Fini"))
    for structure, start, end in ((late, date(2025, 1, 1), None), (over, date(2020, 1, 1), date(2023, 12, 31))):
        structure.kinds[0].kind = OrganisationKind.EI
        structure.kinds[0].valid_from, structure.kinds[0].valid_to = start, end
    gone.kinds[0].kind = OrganisationKind.EI
    running = sample.contract(session, buyer, both, adapted, geiq, cooperative, company, late, over, gone)
    running.titulaires[-1].left_on = date(2024, 12, 31)
    sample.contract(session, buyer, both, adapted)
    ended = {"notified_on": date(2023, 1, 1), "ends_on": date(2024, 12, 31)}
    sample.contract(session, buyer, held("Ancienne", OrganisationKind.EI), **ended)  # type: ignore[arg-type]
    sample.contract(session, buyer, held("Future", OrganisationKind.EI), notified_on=date(2026, 1, 1), ends_on=None)
    assert figures(session, buyer).structures == {
        StructureCategory.INSERTION: 1,
        StructureCategory.ADAPTED: 1,
        StructureCategory.OTHER_STRUCTURE: 1,
        StructureCategory.ESS: 1,
    }


def test_euros_are_those_paid_in_the_year_credit_notes_taken_off(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    company = sample.organisation(session, "SA", OrganisationKind.COMPANY)
    on = sample.contract(session, buyer, structure, company)
    for day, amount in ((date(2025, 1, 1), "100.10"), (date(2025, 12, 31), "-20.05"), (date(2026, 1, 1), "7")):
        sample.pay(session, on, structure, day, Decimal(amount))
    sample.pay(session, on, company, date(2025, 6, 1), 50)
    told = figures(session, buyer).euros
    assert (told.ess, told.others) == (Decimal("80.05"), Decimal(50))


def test_reserved_lots_count_on_the_day_their_consultation_opens(session: Session, buyer: Organisation) -> None:
    first = Mandate(buyer_id=buyer.id, name="2014–2020", starts_on=date(2014, 4, 4), ends_on=date(2020, 7, 3))
    second = Mandate(buyer_id=buyer.id, name="2020–2026", starts_on=date(2020, 7, 4), ends_on=None)
    session.add_all([first, second])
    for day, lots in ((date(2014, 4, 3), 1), (date(2020, 7, 3), 2), (date(2020, 7, 4), 3), (date(2025, 12, 31), 1)):
        sample.launch(session, buyer, day, lots)
    sample.launch(session, buyer, date(2026, 1, 1), 5)
    told = figures(session, buyer)
    assert len(told.lots_launched_on) == 7
    assert [(term.name, lots) for term, lots in lots_by_term(told.lots_launched_on, told.terms, YEAR)] == [
        ("2014–2020", 2),
        ("2020–2026", 4),
    ]


def test_a_lot_taken_out_before_the_consultation_or_not_decided_is_not_launched(
    session: Session, buyer: Organisation
) -> None:
    project = sample.launch(session, buyer, date(2025, 5, 5), 3)
    project.lots[0].ended_at = datetime(2025, 5, 4, tzinfo=PARIS)
    project.all_lots[1].levers[0].state = LeverState.ENVISAGED
    assert len(figures(session, buyer).lots_launched_on) == 1


def test_promises_are_compared_with_all_that_was_retained_up_to_the_end_of_the_year(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on = sample.contract(session, buyer, structure, promised=7_000, object_="Informatique")
    on.commitments.append(Commitment(kind=CommitmentKind.LABOUR_SHARE, quantity=Decimal(10)))
    without = sample.contract(session, buyer, structure)
    one, two = sample.person(session), sample.person(session)
    for month, worked in (
        (Month(2024, 6), [Worked(one, 100), Worked(two, 50)]),
        (Month(2025, 6), [Worked(one, 30)]),
        (Month(2026, 1), [Worked(one, 500)]),
    ):
        sample.accept(session, on, structure, month, worked)
    sample.accept(session, without, structure, Month(2025, 6), [Worked(one, 9)])
    expected = ContractHours(on.reference, "Informatique", on.ends_on, Decimal(7_000), Decimal(180), 2, 1)
    assert figures(session, buyer).contracts == (expected,)
    assert expected.least_people == 1


def test_people_whose_hours_no_contract_shown_tells_are_known(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on = sample.contract(session, buyer, structure, promised=7_000)
    ended = sample.contract(session, buyer, structure, promised=100, ends_on=date(2024, 12, 31))
    without = sample.contract(session, buyer, structure)
    people = [sample.person(session) for _ in range(8)]
    sample.accept(session, on, structure, Month(2025, 6), [Worked(each, 10) for each in people])
    assert figures(session, buyer).unlisted_people == 0
    sample.accept(session, without, structure, Month(2024, 6), [Worked(each, 10) for each in people[:7]])
    assert figures(session, buyer).unlisted_people == 7
    sample.accept(session, ended, structure, Month(2025, 1), [Worked(each, 10) for each in people[:2]])
    sample.accept(session, without, structure, Month(2025, 6), [Worked(people[0], 10), Worked(people[7], 0)])
    assert figures(session, buyer).unlisted_people == 2
    assert figures(session, buyer, 2024).unlisted_people == 7


def test_a_year_without_hours_does_not_tell_those_of_the_few_before_it(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    """Edition 2025 less edition 2023 would be the hours of two people in 2024."""
    on = sample.contract(session, buyer, structure, promised=900, notified_on=date(2023, 1, 2))
    people = [sample.person(session) for _ in range(6)]
    for other in range(3):
        steady = sample.contract(session, buyer, structure, promised=1_000 + other, notified_on=date(2023, 1, 2))
        for year in (2023, 2024, 2025):
            sample.accept(session, steady, structure, Month(year, 5), [Worked(each, 10) for each in people])
    sample.accept(session, on, structure, Month(2023, 6), [Worked(each, 10) for each in people])
    sample.accept(session, on, structure, Month(2024, 6), [Worked(each, 10) for each in people[:2]])
    told = {
        year: {each.reference: each.retained for each in publish(figures(session, buyer, year)).contracts}
        for year in (2023, 2024, 2025)
    }
    assert [told[year][on.reference] for year in (2023, 2024, 2025)] == [Decimal(60), None, None]


@pytest.mark.parametrize("lines", [1, 40])
def test_statements_do_not_grow_with_the_ledger(
    session: Session, buyer: Organisation, structure: Organisation, sql_count: SqlCount, lines: int
) -> None:
    for _ in range(lines // 10 + 1):
        on = sample.contract(session, buyer, structure, promised=100)
        workers = [Worked(sample.person(session), 10, ExitKind.CDI) for _ in range(lines)]
        sample.accept(session, on, structure, Month(2025, 6), workers)
    with sql_count() as statements:
        figures(session, buyer)
    assert statements.count == 10


def test_promises_that_follow_labour_or_orders_are_those_of_the_contract_page(
    session: Session, buyer: Organisation, structure: Organisation
) -> None:
    on = sample.contract(session, buyer, structure, promised=100)
    for kind, quantity in ((CommitmentKind.LABOUR_SHARE, "7.35"), (CommitmentKind.HOURS_PER_K, "1.25")):
        on.commitments.append(Commitment(kind=kind, quantity=Decimal(quantity)))
    for number, (day, euros) in enumerate({date(2025, 3, 4): "8003.33", date(2026, 1, 5): "4000"}.items()):
        order = {"number": str(number), "ordered_on": day, "amount": Decimal(euros), "created_at": on.created_at}
        session.add(PurchaseOrder(contract_id=on.id, **order))
    sample.accept(session, on, structure, Month(2025, 6), [Worked(sample.person(session), 10)])
    worked = session.scalars(select(Declaration).where(Declaration.contract_id == on.id)).one()
    worked.labour_hours = worked.deposits[0].labour_hours = Decimal("1234.56")
    session.flush()
    shown = promised_of(session, [on], date(2025, 12, 31))[on.id]
    assert [each.promised for each in figures(session, buyer).contracts] == [shown]
    assert shown == Decimal(100) + Decimal("90.74") + Decimal("10.00")
