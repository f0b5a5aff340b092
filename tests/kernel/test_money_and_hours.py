from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Unreadable
from portal.kernel.hours import format_hours, from_centihours, parse_hours, to_centihours
from portal.kernel.money import format_euros, format_euros_short, from_cents, parse_euros, to_cents

HUNDREDTHS = st.integers(0, 10**14 - 1)


@pytest.mark.parametrize(
    ("typed", "euros"),
    [
        ("1 234,56 €", "1234.56"),
        ("1\u202f234,56\u202f€", "1234.56"),
        ("1234.5", "1234.50"),
        ("90 000 euros HT", "90000.00"),
        ("0", "0.00"),
        ("007", "7.00"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, euros: str) -> None:
    assert parse_euros(typed) == Decimal(euros)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "n’est pas lisible"),
        ("douze", "n’est pas lisible"),
        ("1.234,56", "n’est pas lisible"),
        ("1,5 M€", "n’est pas lisible"),
        ("1e3", "n’est pas lisible"),
        ("NaN", "n’est pas lisible"),
        ("١٢", "n’est pas lisible"),
        ("-5", "ne peut pas être négatif"),
        ("−5", "ne peut pas être négatif"),
        ("1.234", "a plus de deux décimales"),
        ("10,005", "a plus de deux décimales"),
        ("1 000 000 000 000", "est trop grand"),
    ],
)
def test_a_refused_amount_says_why(typed: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=f"Le montant {problem}\u202f: "):
        parse_euros(typed)


@pytest.mark.parametrize(
    ("typed", "hours"), [("970,50", "970.50"), ("12 000 h", "12000"), ("7 heures", "7"), ("0,25", "0.25")]
)
def test_hours_are_read_as_people_type_them(typed: str, hours: str) -> None:
    assert parse_hours(typed) == Decimal(hours)


@pytest.mark.parametrize("typed", ["7 h 30", "7h30", "7:30", "-1", "h", "1,125"])
def test_hours_and_minutes_are_refused_not_guessed(typed: str) -> None:
    with pytest.raises(Unreadable, match="Le nombre d’heures"):
        parse_hours(typed)


@pytest.mark.parametrize(
    ("euros", "long", "short"),
    [
        ("0", "0 €", "0 €"),
        ("1234.56", "1 234,56 €", "1 235 €"),
        ("90000", "90 000 €", "90 000 €"),
        ("999999.49", "999 999,49 €", "999 999 €"),
        ("999999.50", "999 999,50 €", "1 M€"),
        ("17400000", "17 400 000 €", "17,4 M€"),
        ("17450000", "17 450 000 €", "17,5 M€"),
        ("2500000000", "2 500 000 000 €", "2 500 M€"),
        ("-1234.5", "−1 234,50 €", "−1 235 €"),
    ],
)
def test_amounts_are_written_in_full_or_in_short(euros: str, long: str, short: str) -> None:
    assert format_euros(Decimal(euros)) == long.replace(" ", "\u202f")
    assert format_euros_short(Decimal(euros)) == short.replace(" ", "\u202f")


def test_hours_are_written_with_decimals_only_when_there_are_some() -> None:
    assert format_hours(Decimal("970.5")) == "970,50\u202fh"
    assert format_hours(Decimal("12000.00")) == "12\u202f000\u202fh"


@given(HUNDREDTHS)
def test_what_is_written_is_read_back_to_the_cent(hundredths: int) -> None:
    euros, hours = from_cents(hundredths), from_centihours(hundredths)
    assert parse_euros(format_euros(euros)) == euros
    assert parse_hours(format_hours(hours)) == hours


@given(st.integers(1 - 10**14, 10**14 - 1))
def test_what_is_stored_comes_back_unchanged(hundredths: int) -> None:
    assert to_cents(from_cents(hundredths)) == hundredths
    assert to_centihours(from_centihours(hundredths)) == hundredths


@pytest.mark.parametrize("value", ["0.001", "NaN", "Infinity", "1E+12", "1E+40"])
def test_a_value_the_database_cannot_hold_is_never_rounded(value: str) -> None:
    with pytest.raises(ValueError, match="hundredths"):
        to_cents(Decimal(value))


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_never_an_accident(text: str) -> None:
    with suppress(Unreadable):
        assert parse_euros(text) >= 0
