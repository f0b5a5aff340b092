"""Prints: alike for one person, apart for two, and telling nothing."""

import dataclasses
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Config
from portal.declarations import fingerprints
from portal.declarations.sounds import sound_of
from portal.kernel.errors import RuleViolation
from portal.kernel.text import fold

BORN = date(1990, 4, 3)
NAMES = st.text(st.characters(categories=("L", "Mn", "Pd", "Zs"), include_characters="'’-"), max_size=40).filter(
    lambda name: any(char.isalpha() for char in fold(name))
)
DAYS = st.dates(date(1920, 1, 1), date(2012, 12, 31))


@pytest.mark.parametrize(
    ("last", "first"),
    [("DURAND", "alix"), ("Dürand", "Àlix"), (" du rand ", "A-lix"), ("Du'rand", "A’lix"), ("Durand\u0301", "Alix")],
)
def test_one_person_has_one_print_however_written(last: str, first: str) -> None:
    assert fingerprints.of(last, first, BORN) == fingerprints.of("Durand", "Alix", BORN)


@pytest.mark.parametrize(
    ("last", "first", "born_on"),
    [
        ("Durant", "Alix", BORN),
        ("Durand", "Alice", BORN),
        ("Durand", "Alix", date(1990, 4, 4)),
        ("Alix", "Durand", BORN),
        ("Duranda", "Lix", BORN),
    ],
)
def test_other_people_have_other_exact_prints(last: str, first: str, born_on: date) -> None:
    assert fingerprints.of(last, first, born_on).exact != fingerprints.of("Durand", "Alix", BORN).exact


@given(NAMES, NAMES, DAYS)
def test_case_and_separators_never_tell_two_people_apart(last: str, first: str, born_on: date) -> None:
    written = fingerprints.of(last, first, born_on)
    assert fingerprints.of(f" {fold(last)}-", f"’{fold(first)} ", born_on) == written
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in dataclasses.astuple(written))
    assert len(set(dataclasses.astuple(written))) == 3


@given(NAMES, NAMES, st.integers(1, 12), st.integers(1, 12), st.integers(1930, 2010))
def test_day_and_month_swapped_give_one_swapped_print(last: str, first: str, a: int, b: int, year: int) -> None:
    one, other = (fingerprints.of(last, first, day) for day in (date(year, a, b), date(year, b, a)))
    assert one.swapped == other.swapped
    assert (one.exact == other.exact) == (a == b)


def test_a_day_beyond_the_twelfth_swaps_with_nothing() -> None:
    assert fingerprints.of("Durand", "Alix", date(1990, 1, 13)).swapped != (
        fingerprints.of("Durand", "Alix", date(1990, 1, 12)).swapped
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dupont", "Dupond"),
        ("Lefebvre", "Lefèvre"),
        ("Renault", "Renaud"),
        ("Mohamed", "Muhammad"),
        ("Aïcha", "Aisha"),
        ("Ouattara", "Wattara"),
        ("Christophe", "Cristof"),
        ("Youssef", "Yusuf"),
        ("Djamel", "Jamel"),
        ("Gonzalez", "Gonsales"),
        ("Catherine", "Katrine"),
        ("Champollion", "Chanpolion"),
        ("Philippe", "Filip"),
    ],
)
def test_one_name_spelt_two_ways_sounds_alike(one: str, other: str) -> None:
    prints = [fingerprints.of(name, "Alix", BORN) for name in (one, other)]
    assert prints[0].phonetic == prints[1].phonetic
    assert prints[0].exact != prints[1].exact


def test_a_person_is_called_alike_by_one_buyer_and_otherwise_by_the_next() -> None:
    aliases = {fingerprints.alias("A1b2C3d4E5f6", buyer_id) for buyer_id in (1, 2, 1)}
    assert len(aliases) == 2
    assert all(re.fullmatch(r"[\w-]{12}", alias) for alias in aliases)
    assert fingerprints.alias("another", 1) not in aliases


def test_name_and_first_name_exchanged_sound_alike() -> None:
    one, other = fingerprints.of("Durand", "Alix", BORN), fingerprints.of("Alix", "Durand", BORN)
    assert one.phonetic == other.phonetic


@pytest.mark.parametrize(("one", "other"), [("Durand", "Moreau"), ("Simon", "Lambert"), ("Traoré", "Diallo")])
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert fingerprints.of(one, "Alix", BORN).phonetic != fingerprints.of(other, "Alix", BORN).phonetic


def test_sounds_are_frozen_because_prints_of_them_are_kept_for_years() -> None:
    names = ("dupont", "lefebvre", "mohamed", "aicha", "ouattara", "christophe", "nguyen", "garcia", "thuillier")
    heard = {name: sound_of(name) for name in names}
    assert heard == {
        "dupont": "dpn",
        "lefebvre": "lfvr",
        "mohamed": "mm",
        "aicha": "AC",
        "ouattara": "Atr",
        "christophe": "krstf",
        "nguyen": "ngn",
        "garcia": "grs",
        "thuillier": "tlr",
    }
    assert sound_of("иван") == "иван"


def test_a_name_without_a_letter_is_no_name() -> None:
    with pytest.raises(RuleViolation) as refused:
        fingerprints.of("Durand", " -- ", BORN)
    assert refused.value.field == "first_name"


def test_prints_depend_on_the_key_and_hide_from_logs(key_config: Config) -> None:
    before = fingerprints.of("Durand", "Alix", BORN)
    fingerprints.use(dataclasses.replace(key_config, person_key="another key"))
    after = fingerprints.of("Durand", "Alix", BORN)
    assert not set(dataclasses.astuple(before)) & set(dataclasses.astuple(after))
    assert repr(after) == "Fingerprints()"
