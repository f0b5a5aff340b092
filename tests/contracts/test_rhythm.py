"""How many hours are due month after month, as promises change on the way."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.contracts.rules import Changed, Pledge, due_to_date, pledges_of
from portal.kernel.month import Month, months_between

FIRST = Month(2026, 1)
hours = st.integers(0, 5_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def contracts(draw: st.DrawFn) -> tuple[list[Month], set[Month], Decimal, list[Changed]]:
    months = months_between(FIRST, FIRST + draw(st.integers(0, 40)))
    some = st.sets(st.sampled_from(months), max_size=6)
    steps = sorted(draw(st.lists(st.sampled_from(months), max_size=4)))
    changes = [
        Changed(
            since,
            draw(hours),
            draw(st.none() | st.integers(0, 60).map(lambda rank: FIRST + rank)),
            draw(st.none() | some),
        )
        for since in steps
    ]
    return months, draw(some), draw(hours), changes


@given(contracts())
def test_what_is_due_never_decreases_nor_passes_the_promise(
    given: tuple[list[Month], set[Month], Decimal, list[Changed]],
) -> None:
    months, suspended, promised, changes = given
    due = due_to_date(pledges_of(months, suspended, promised, changes), months)
    assert len(due) == len(months)
    assert all(before <= after for before, after in zip([Decimal(0), *due], due, strict=False))
    assert due[-1] <= promised


@given(contracts())
def test_it_ends_exactly_at_the_promise_when_a_month_is_left_to_keep_it(
    given: tuple[list[Month], set[Month], Decimal, list[Changed]],
) -> None:
    months, suspended, promised, changes = given
    since = changes[-1].since if changes else months[0]
    due = due_to_date(pledges_of(months, suspended, promised, changes), months)
    if any(month >= since and month not in suspended for month in months):
        assert due[-1] == promised


@given(contracts())
def test_without_an_amendment_it_is_an_even_share_of_the_working_months(
    given: tuple[list[Month], set[Month], Decimal, list[Changed]],
) -> None:
    months, suspended, promised, _ = given
    working = [month for month in months if month not in suspended]
    expected = [
        (promised * sum(each <= month for each in working) / len(working)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if working
        else 0
        for month in months
    ]
    assert due_to_date(pledges_of(months, suspended, promised, []), months) == expected


@given(contracts())
def test_suspended_months_add_nothing(given: tuple[list[Month], set[Month], Decimal, list[Changed]]) -> None:
    months, suspended, promised, _ = given
    due = [Decimal(0), *due_to_date(pledges_of(months, suspended, promised, []), months)]
    for rank, month in enumerate(months, 1):
        if month in suspended:
            assert due[rank] == due[rank - 1]


@given(contracts(), hours)
def test_what_was_due_before_an_amendment_stays(
    given: tuple[list[Month], set[Month], Decimal, list[Changed]], before: Decimal
) -> None:
    months, suspended, promised, _ = given
    since = months[len(months) // 2]
    old = due_to_date(pledges_of(months, suspended, before, []), months)
    new = due_to_date(pledges_of(months, suspended, promised, [Changed(since, before)]), months)
    assert new[: len(months) // 2] == [min(each, promised) for each in old[: len(months) // 2]]


def _due(pledges: Sequence[Pledge], months: Sequence[Month]) -> list[int]:
    return [int(each) for each in due_to_date(pledges, months)]


def test_an_extension_spreads_the_rest_over_the_months_that_remain() -> None:
    months = months_between(FIRST, FIRST + 11)
    change = Changed(FIRST + 6, Decimal(1200), last_month=FIRST + 9)
    due = _due(pledges_of(months, [], Decimal(1920), [change]), months)
    assert due == [120, 240, 360, 480, 600, 720, 920, 1120, 1320, 1520, 1720, 1920]


def test_a_promise_lowered_under_what_was_due_asks_for_nothing_more() -> None:
    months = months_between(FIRST, FIRST + 3)
    change = Changed(FIRST + 2, Decimal(400))
    assert _due(pledges_of(months, [], Decimal(150), [change]), months) == [100, 150, 150, 150]
