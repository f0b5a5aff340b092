import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.directory import rules
from portal.vocabulary import EssFamily, OrganisationKind, PurchaseFamily, Reservation


@dataclass(frozen=True)
class Period:
    kind: OrganisationKind
    valid_from: date
    valid_to: date | None = None


def test_a_kind_holds_from_its_first_to_its_last_day() -> None:
    period = Period(OrganisationKind.EI, date(2024, 1, 1), date(2024, 12, 31))
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]
    assert [rules.holds_on(period, day) for day in days] == [False, True, True, False]


@given(day=st.dates(min_value=date(1901, 1, 1)))
def test_a_kind_since_nobody_knows_when_holds_always(day: date) -> None:
    assert rules.kinds_on([Period(OrganisationKind.ESAT, rules.SINCE_UNKNOWN)], day) == {OrganisationKind.ESAT}


@pytest.mark.parametrize(
    ("kinds", "family", "expected"),
    [
        ({OrganisationKind.ESAT}, None, {Reservation.HANDICAP, Reservation.HANDICAP_INSERTION}),
        ({OrganisationKind.ACI}, None, {Reservation.INSERTION, Reservation.HANDICAP_INSERTION}),
        ({OrganisationKind.GEIQ}, None, set()),
        ({OrganisationKind.GEIQ}, EssFamily.ASSOCIATION, {Reservation.ESS}),
        ({OrganisationKind.SEP}, None, {Reservation.PENITENTIAIRE}),
        (set(), None, set()),
    ],
)
def test_who_may_answer_reserved_lots(
    kinds: set[OrganisationKind], family: EssFamily | None, expected: set[Reservation]
) -> None:
    answered = {each for each in Reservation if rules.is_eligible(frozenset(kinds), family, each)}
    assert answered == expected | {Reservation.NONE}


@pytest.mark.parametrize(
    ("category", "family"),
    [
        ("9220", EssFamily.ASSOCIATION),
        ("9300", EssFamily.FOUNDATION),
        ("8210", EssFamily.MUTUAL),
        ("5458", EssFamily.COOPERATIVE),
        ("5710", None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_legal_category_proves(category: str | None, family: EssFamily | None) -> None:
    assert rules.ess_family_of(category) is family


@pytest.mark.parametrize(
    ("code", "department"),
    [("33063", "33"), ("2A004", "2A"), ("97105", "971"), ("98818", "988"), ("20000", None), ("3306", None), ("", None)],
)
def test_the_department_of_a_code(code: str, department: str | None) -> None:
    assert rules.department_of(code) == department


@pytest.mark.parametrize(
    "written",
    ["Saint-Médard-en-Jalles", "ST MEDARD EN JALLES", "saint-medard-en-jalles CEDEX 2", "St-Médard en Jalles"],
)
def test_a_commune_is_known_however_it_is_written(written: str) -> None:
    assert rules.commune_key(written) == "saint medard en jalles"


def test_the_family_of_a_purchase_on_every_real_code(shared_data: Path) -> None:
    of_word = {
        "travaux": PurchaseFamily.WORKS,
        "fournitures": PurchaseFamily.SUPPLIES,
        "services": PurchaseFamily.SERVICES,
    }
    with (shared_data / "cpv" / "cpv_2008_fr.csv").open(encoding="utf-8", newline="") as file:
        wrong = [
            row["code"]
            for row in csv.DictReader(file)
            if rules.purchase_family_of(row["code"]) is not of_word[row["famille"]]
        ]
    assert wrong == []


@given(day=st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 1, 1)), lasting=st.integers(0, 4000))
def test_a_period_holds_on_exactly_its_days(day: date, lasting: int) -> None:
    period = Period(OrganisationKind.EI, date(2000, 1, 1), date(2000, 1, 1) + timedelta(days=lasting))
    assert rules.holds_on(period, day) is (0 <= (day - date(2000, 1, 1)).days <= lasting)
