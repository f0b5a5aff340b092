from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Unreadable
from portal.kernel.period import PlannedPeriod, Quarter, parse_period
from portal.vocabulary import PlannedPrecision

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
PERIODS = st.builds(PlannedPeriod, DAYS, st.sampled_from(PlannedPrecision))
QUARTERS = st.builds(Quarter, st.integers(2000, 2098), st.integers(1, 4))


def period(day: date, precision: str) -> PlannedPeriod:
    return PlannedPeriod(day, PlannedPrecision(precision))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("T2 2027", period(date(2027, 4, 1), "quarter")),
        ("t2-2027", period(date(2027, 4, 1), "quarter")),
        ("2027-T4", period(date(2027, 10, 1), "quarter")),
        ("2ᵉ trimestre 2027", period(date(2027, 4, 1), "quarter")),
        ("1er trimestre 2027", period(date(2027, 1, 1), "quarter")),
        ("3ème trimestre de 2027", period(date(2027, 7, 1), "quarter")),
        ("2ᵉ trim. 2027", period(date(2027, 4, 1), "quarter")),
        ("  Mars\u00a02027 ", period(date(2027, 3, 1), "month")),
        ("AOUT 2027", period(date(2027, 8, 1), "month")),
        ("févr. 2027", period(date(2027, 2, 1), "month")),
        ("juil 2027", period(date(2027, 7, 1), "month")),
        ("03/2027", period(date(2027, 3, 1), "month")),
        ("2027-03", period(date(2027, 3, 1), "month")),
        ("10/02/2026", period(date(2026, 2, 10), "day")),
        ("1.2.2026", period(date(2026, 2, 1), "day")),
        ("2026-02-10", period(date(2026, 2, 10), "day")),
        ("mardi 10 février 2026", period(date(2026, 2, 10), "day")),
        ("1ᵉʳ septembre 2027", period(date(2027, 9, 1), "day")),
        ("2027", period(date(2027, 1, 1), "year")),
    ],
)
def test_a_buyer_types_a_period_in_many_ways(typed: str, expected: PlannedPeriod) -> None:
    assert parse_period(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "bientôt",
        "T5 2027",
        "T0 2027",
        "13/2027",
        "31/02/2027",
        "10/02-2027",
        "10/02/27",
        "jui 2027",
        "20270",
        "1999",
        "le 2027 mars",
    ],
)
def test_what_is_no_period_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_period(typed)
    assert "«\u202fT2 2027\u202f»" in refusal.value.sentence


def test_a_wrong_day_of_the_week_is_told() -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_period("lundi 10 février 2026")
    assert refusal.value.sentence == "Le 10 février 2026 est un mardi\u202f: vérifiez la date."


@pytest.mark.parametrize(
    ("planned", "label", "short_label", "ends_on"),
    [
        (period(date(2026, 2, 10), "day"), "mardi 10 février 2026", "10 février 2026", date(2026, 2, 10)),
        (period(date(2027, 3, 1), "month"), "mars 2027", "mars 2027", date(2027, 3, 31)),
        (period(date(2027, 5, 20), "quarter"), "2ᵉ trimestre 2027", "2ᵉ trim. 2027", date(2027, 6, 30)),
        (period(date(2027, 1, 1), "quarter"), "1ᵉʳ trimestre 2027", "1ᵉʳ trim. 2027", date(2027, 3, 31)),
        (period(date(2027, 5, 20), "year"), "2027", "2027", date(2027, 12, 31)),
    ],
)
def test_a_period_names_itself_and_ends(planned: PlannedPeriod, label: str, short_label: str, ends_on: date) -> None:
    assert (planned.label, planned.short_label, planned.ends_on) == (label, short_label, ends_on)


@given(PERIODS)
def test_what_the_portal_shows_it_can_read_again(planned: PlannedPeriod) -> None:
    assert parse_period(planned.label) == planned
    assert parse_period(planned.short_label) == planned


@given(DAYS, st.sampled_from(PlannedPrecision))
def test_a_period_holds_its_day_and_is_brought_to_its_start(day: date, precision: PlannedPrecision) -> None:
    planned = PlannedPeriod(day, precision)
    assert planned.starts_on <= day <= planned.ends_on
    assert PlannedPeriod(planned.starts_on, precision) == planned == PlannedPeriod(planned.ends_on, precision)
    assert planned.quarter == Quarter.of(planned.starts_on)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_never_an_accident(text: str) -> None:
    with suppress(Unreadable):
        assert parse_period(text).starts_on.year >= 2000


@given(QUARTERS, st.integers(-200, 200))
def test_quarters_step_and_come_back(quarter: Quarter, step: int) -> None:
    assert quarter + step + -step == quarter
    assert (quarter < quarter + step) is (step > 0)


@given(QUARTERS)
def test_a_quarter_starts_the_day_after_the_one_before_ends(quarter: Quarter) -> None:
    assert quarter.last_day + timedelta(days=1) == (quarter + 1).first_day
    assert Quarter.of(quarter.first_day) == Quarter.of(quarter.last_day) == quarter


@pytest.mark.parametrize("number", [0, 5])
def test_a_year_has_four_quarters(number: int) -> None:
    with pytest.raises(ValueError, match="quarter"):
        Quarter(2027, number)
