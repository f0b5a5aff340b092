"""What is published of exact figures, and the text that says it for good."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.indicators.canonical import canonical, read, sha256_of
from portal.indicators.facts import ContractHours, Euros, MonthHours, StructureCategory, Term, YearFigures
from portal.indicators.published import PublishedYear, Table, publish
from portal.indicators.secrecy import Mask
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ExitFamily, Sex

HUNDREDTHS = st.decimals(min_value=0, max_value=10**6, places=2)
CONTRACTS = st.builds(
    ContractHours,
    reference=st.text("abcdef0123456789", min_size=4, max_size=12),
    object=st.text(min_size=1, max_size=30),
    ends_on=st.none() | st.dates(),
    promised=st.decimals(min_value=1, max_value=10**6, places=2),
    retained=HUNDREDTHS,
    people=st.integers(0, 40),
    people_of_last_year=st.integers(0, 40),
)
YEARS = st.builds(
    YearFigures,
    buyer_siret=st.just("91000000100014"),
    buyer_name=st.text(min_size=1, max_size=20),
    year=st.just(2025),
    declarations=st.integers(0, 3_000),
    months=st.lists(
        st.builds(
            MonthHours,
            month=st.builds(Month, st.just(2025), st.integers(1, 12)),
            hours=HUNDREDTHS,
            people=st.integers(1, 30),
        ),
        max_size=12,
        unique_by=lambda told: told.month,
    ).map(tuple),
    people=st.dictionaries(
        st.tuples(st.none() | st.sampled_from(Sex), st.none() | st.sampled_from(AgeBand)), st.integers(1, 30)
    ),
    exits=st.fixed_dictionaries({family: st.integers(0, 30) for family in ExitFamily}),
    structures=st.fixed_dictionaries({category: st.integers(0, 60) for category in StructureCategory}),
    euros=st.builds(Euros, HUNDREDTHS, HUNDREDTHS),
    lots_launched_on=st.lists(st.dates(date(2010, 1, 1), date(2025, 12, 31)), max_size=9).map(tuple),
    terms=st.just((Term("2014–2020", date(2014, 4, 4), date(2020, 7, 3)), Term("2020–2026", date(2020, 7, 4), None))),
    contracts=st.lists(CONTRACTS, max_size=6, unique_by=lambda contract: contract.reference).map(tuple),
)


@given(YEARS)
def test_a_year_is_read_back_as_it_was_written(figures: YearFigures) -> None:
    year = publish(figures)
    assert read(canonical(year)) == year
    assert sha256_of(canonical(read(canonical(year)))) == sha256_of(canonical(year))


@given(YEARS)
def test_no_small_count_of_people_or_exits_is_published(figures: YearFigures) -> None:
    year = publish(figures)
    for table in (year.people_by_sex, year.people_by_age, year.exits_by_family):
        assert all(cell.value is None or cell.value == 0 or cell.value >= 5 for cell in table or ())
    for total in (year.people, year.exits, year.dynamic_exits):
        assert total is None or total == 0 or total >= 5


@given(YEARS)
def test_no_hours_of_fewer_than_five_people_are_published(figures: YearFigures) -> None:
    year = publish(figures)
    people = {told.month: told.people for told in figures.months}
    for cell in year.hours_by_month or ():
        assert cell.value is None or not 0 < people.get(Month.parse(cell.code), 0) < 5
    if 0 < sum(figures.people.values()) < 5:
        assert year.hours is None
    exact = {contract.reference: contract for contract in figures.contracts}
    for contract in year.contracts:
        told = exact[contract.reference]
        assert contract.retained is None or not (0 < told.people < 5 or 0 < told.people_of_last_year < 5)


@given(YEARS)
def test_what_is_withheld_is_never_alone(figures: YearFigures) -> None:
    """One hidden row beside shown ones and their total would be no secret."""
    year = publish(figures)
    for table in (year.hours_by_month, year.people_by_sex, year.people_by_age, year.exits_by_family):
        assert sum(cell.mask is not None for cell in table or ()) != 1
    assert sum(contract.mask is not None for contract in year.contracts if contract.mask is not Mask.MASKED) in {
        0,
        *range(1, len(year.contracts)),
    }


def published(**exits: int) -> PublishedYear:
    told = {family: exits.get(family.value, 0) for family in ExitFamily}
    return publish(
        YearFigures(
            buyer_siret="91000000100014",
            buyer_name="Métropole",
            year=2025,
            declarations=1,
            months=(),
            people={},
            exits=told,
            structures={},
            euros=Euros(Decimal(0), Decimal(0)),
            lots_launched_on=(),
            terms=(),
            contracts=(),
        )
    )


def shown(table: Table | None) -> list[str]:
    return [str(cell.value if cell.value is not None else cell.mask) for cell in table or ()]


def test_withdrawn_exits_are_neither_counted_nor_published() -> None:
    year = published(durable=40, other=10, withdrawn=9)
    assert (year.exits, year.dynamic_exits) == (50, 40)
    assert "withdrawn" not in canonical(year)


def test_the_rate_is_told_only_when_what_is_shown_tells_it() -> None:
    within = published(durable=30, transition=8, positive=3, other=10)
    assert shown(within.exits_by_family) == ["30", "masked", "small", "10"]
    assert (within.exits, within.dynamic_exits) == (51, 41)
    outside = published(durable=30, transition=8, positive=6, other=3)
    assert shown(outside.exits_by_family) == ["30", "masked", "6", "small"]
    assert (outside.exits, outside.dynamic_exits) == (47, None)


def test_the_smallest_promise_covers_a_small_contract() -> None:
    def contract(reference: str, promised: int, people: int) -> ContractHours:
        return ContractHours(reference, reference, None, Decimal(promised), Decimal(50), people, people)

    contracts = (
        contract("it", 7_000, 30),
        contract("few", 900, 2),
        contract("least", 100, 9),
        contract("more", 400, 9),
    )
    figures = YearFigures(
        buyer_siret="91000000100014",
        buyer_name="Métropole",
        year=2025,
        declarations=1,
        months=(),
        people={},
        exits={},
        structures={},
        euros=Euros(Decimal(0), Decimal(0)),
        lots_launched_on=(),
        terms=(),
        contracts=contracts,
    )
    told = {contract.reference: contract.mask for contract in publish(figures).contracts}
    assert told == {"it": None, "few": Mask.SMALL, "more": None, "least": Mask.MASKED}
    none_small = replace(figures, contracts=tuple(each for each in contracts if each.reference != "few"))
    assert {each.mask for each in publish(none_small).contracts} == {None}
    told = {each.reference: each.mask for each in publish(replace(none_small, unlisted_people=1)).contracts}
    assert told == {"it": None, "more": None, "least": Mask.MASKED}, "the hours of all would tell one person's"
