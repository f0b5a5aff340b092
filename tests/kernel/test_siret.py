import csv
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.siret import InvalidSiren, InvalidSiret, Siren, Siret, parse_siren, parse_siret


def test_every_known_case_is_judged_as_expected(shared_data: Path) -> None:
    with (shared_data / "referentiels/siret_cas_de_test.csv").open(encoding="utf-8", newline="") as lines:
        cases = {line["siret"]: line["attendu"] for line in csv.DictReader(lines)}
    assert {siret: _judged(siret) for siret in cases} == cases
    assert set(cases.values()) == {"valide", "invalide"}


def _judged(siret: str) -> str:
    try:
        parse_siret(siret)
    except InvalidSiret:
        return "invalide"
    return "valide"


@pytest.mark.parametrize(
    "typed", ["24330031600011", "243 300 316 00011", " 243\u202f300\u00a0316.00011\n", "243-300-316-00011"]
)
def test_separators_do_not_matter(typed: str) -> None:
    siret = parse_siret(typed)
    assert siret == "24330031600011"
    assert siret.formatted == "243 300 316 00011"
    assert siret.siren == Siren("243300316")
    assert siret.siren.formatted == "243 300 316"


def test_la_poste_has_a_key_of_its_own() -> None:
    assert parse_siret("35600000049837").siren == "356000000"
    with pytest.raises(InvalidSiret):
        parse_siret("35600000049838")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("38269518700001", "Le SIRET 382 695 187 00001 est mal formé : vérifiez ses 14 chiffres."),
        ("00000000000000", "Le SIRET 000 000 000 00000 n’existe pas : vérifiez ses 14 chiffres."),
        ("00000000000018", "Le SIRET 000 000 000 00018 n’existe pas : vérifiez ses 14 chiffres."),
        ("324454578", "324 454 578 est un SIREN : indiquez les 14 chiffres du SIRET."),
        ("00001", "Le SIRET « 00001 » est mal formé : il compte 14 chiffres, sans lettre."),
        ("2433003160001A", "Le SIRET « 2433003160001A » est mal formé : il compte 14 chiffres, sans lettre."),
        ("   ", "Indiquez les 14 chiffres du SIRET."),
    ],
)
def test_a_refused_siret_says_what_to_do(typed: str, sentence: str) -> None:
    with pytest.raises(InvalidSiret) as refusal:
        parse_siret(typed)
    assert refusal.value.sentence.replace("\u202f", " ") == sentence


def test_digits_of_other_scripts_are_refused() -> None:
    with pytest.raises(InvalidSiret):
        parse_siret("٢٤٣٣٠٠٣١٦٠٠٠١١")


@pytest.mark.parametrize("typed", ["243300317", "000000000", "24330031600011", "24330031A", ""])
def test_a_wrong_siren_is_refused(typed: str) -> None:
    with pytest.raises(InvalidSiren) as refusal:
        parse_siren(typed)
    assert "9 chiffres" in refusal.value.sentence


@given(st.integers(0, 9), st.integers(0, 13))
def test_one_wrong_digit_never_passes(digit: int, place: int) -> None:
    right = "24330031600011"
    wrong = f"{right[:place]}{digit}{right[place + 1 :]}"
    assert (_judged(wrong) == "valide") is (wrong == right)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_never_an_accident(text: str) -> None:
    with suppress(InvalidSiret):
        assert Siret(Siret(text).formatted) == Siret(text)
