import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.text import fold, slug


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Cœur d’Œuvre", "coeur d'oeuvre"),
        ("  ÉCOLE\u00a0 des\tMarèges\n", "ecole des mareges"),
        ("Ex æquo", "ex aequo"),
        ("Ambarès-et-Lagrave", "ambares-et-lagrave"),
        ("e\u0301te\u0301", "ete"),
        ("2ᵉ", "2e"),
        ("Straße", "strasse"),
    ],
)
def test_folding_makes_spellings_comparable(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_letters_fold_alike() -> None:
    assert fold("Mérignac") == fold("Me\u0301rignac")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_slug_is_ready_for_an_address() -> None:
    assert slug("Nettoyage des écoles — lot 3, rive d’œil") == "nettoyage-des-ecoles-lot-3-rive-d-oeil"
    assert slug("???") == ""


@given(st.text())
def test_a_slug_holds_only_plain_letters_digits_and_single_hyphens(text: str) -> None:
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(text))
