from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.french import (
    format_date,
    format_date_long,
    format_instant,
    format_number,
    ordinal,
    plural,
    typo,
)

N = "\u202f"


def test_dates_are_written_in_words() -> None:
    assert format_date(date(2026, 2, 10)) == "10 février 2026"
    assert format_date(date(2027, 9, 1)) == "1ᵉʳ septembre 2027"
    assert format_date_long(date(2026, 2, 10)) == "mardi 10 février 2026"
    assert format_date_long(date(2026, 12, 1)) == "mardi 1ᵉʳ décembre 2026"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 12, 3, 8, 42, tzinfo=UTC), f"3 décembre 2026 à 9{N}h{N}42"),
        (datetime(2026, 6, 30, 22, 5, tzinfo=UTC), f"1ᵉʳ juillet 2026 à 0{N}h{N}05"),
    ],
)
def test_an_instant_is_read_in_paris(instant: datetime, words: str) -> None:
    assert format_instant(instant) == words


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        format_instant(datetime(2026, 12, 3))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("number", "decimals", "words"),
    [
        (0, None, "0"),
        (435643, None, f"435{N}643"),
        (-3, None, "−3"),
        (Decimal("17.4"), None, "17,4"),
        (Decimal("1E+6"), None, f"1{N}000{N}000"),
        (Decimal("1234.5"), 2, f"1{N}234,50"),
        (Decimal("0.6"), 0, "1"),
    ],
)
def test_numbers_are_grouped_by_thousands(number: Decimal | int, decimals: int | None, words: str) -> None:
    assert format_number(number, decimals) == words


def test_the_plural_starts_at_two() -> None:
    assert plural(0, "lot") == "0 lot"
    assert plural(1, "lot", "lots") == "1 lot"
    assert plural(2, "lot") == "2 lots"
    assert plural(Decimal("1.5"), "heure") == "1,5 heure"
    assert plural(1200, "réseau", "réseaux") == f"1{N}200 réseaux"


def test_ordinals_are_raised() -> None:
    assert [ordinal(number) for number in (1, 2, 21)] == ["1ᵉʳ", "2ᵉ", "21ᵉ"]


@pytest.mark.parametrize(
    ("plain", "set_text"),
    [
        ("Est-ce prêt ?", f"Est-ce prêt{N}?"),
        ("Prêt!", f"Prêt{N}!"),
        ("Vraiment ?!", f"Vraiment{N}?!"),
        ("à vous : oui ; non", f"à vous{N}: oui{N}; non"),
        ("« bonjour »", f"«{N}bonjour{N}»"),
        ("«bonjour»", f"«{N}bonjour{N}»"),
        ("« Qui ? »", f"«{N}Qui{N}?{N}»"),
        ("l'acheteur et l'«avis»", f"l’acheteur et l’«{N}avis{N}»"),
        ("30 % de 12 h pour 40 €", f"30{N}% de 12{N}h pour 40{N}€"),
        ("30% et 5 M€, 3 km", f"30{N}% et 5{N}M€, 3{N}km"),
        ("3 hommes, 2 minutes", "3 hommes, 2 minutes"),
        ("le 1er et la 1re, la 2e, le 3ème", "le 1ᵉʳ et la 1ʳᵉ, la 2ᵉ, le 3ᵉ"),
        ("à 9:42 ou 18:00:30", "à 9:42 ou 18:00:30"),
        ("http://amont.fr/?a='b'&c=1 : ici", f"http://amont.fr/?a='b'&c=1{N}: ici"),
        ("https://amont.fr ;", f"https://amont.fr{N};"),
        ("d'e@amont.fr", "d'e@amont.fr"),
        ('<a title="l\'avis ; 2">dit &amp; fait ; oui</a>', f'<a title="l\'avis ; 2">dit &amp; fait{N}; oui</a>'),
        ("(?) :", f"(?){N}:"),
        ("ligne\n: suite", "ligne\n: suite"),
        ("le SIRET 382 695 187 00001", "le SIRET 382 695 187 00001"),
        ("réf. A-2e et 3.1e", "réf. A-2e et 3.1e"),
        ("", ""),
    ],
)
def test_plain_text_gets_french_typography(plain: str, set_text: str) -> None:
    assert typo(plain) == set_text


@given(st.text(alphabet=st.sampled_from("aé1 2\u00a0\u202f;:!?«»%€h'()<>&/\n\"ᵉemk@"), max_size=40))
def test_setting_twice_is_as_setting_once(text: str) -> None:
    assert typo(typo(text)) == typo(text)


@given(st.text(max_size=40))
def test_words_are_never_lost(text: str) -> None:
    letters = [char for char in text if char.isalpha() and char not in "eèmr"]
    assert [char for char in typo(text) if char.isalpha() and char not in "eèmrᵉʳ"] == [
        c for c in letters if c not in "ᵉʳ"
    ]
