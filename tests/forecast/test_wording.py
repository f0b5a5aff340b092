"""The words that the public history keeps for ever."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.forecast import wording
from portal.forecast.facts import LeverChoice
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import ExecutionMode, Lever, LeverState, PlannedPrecision, Reservation, Technique
from tests.forecast.sample import LOT, PROJECT, lot_facts

NAMES = {"33001": "Saint-Aubrin", "33002": "Belleroche", "33003": "Combeaux", "90919300": "90919300-5 Écoles"}
CLAUSE = LeverChoice(Lever.CLAUSE, LeverState.DECIDED)


def plain(words: str | None) -> str | None:
    return words.replace("\u202f", " ") if words else words


@pytest.mark.parametrize(
    ("changed", "label", "before", "after"),
    [
        ({"hours_wanted": Decimal("9000.5")}, "Heures d’insertion", "12 000 h par an", "9 000,50 h par an"),
        ({"hours_per_year": False}, "Heures d’insertion", "12 000 h par an", "12 000 h au total"),
        ({"amount_high": Decimal(500_000)}, "Montant estimé HT", "250 000 à 480 000 €", "250 000 à 500 000 €"),
        ({"amount_low": None}, "Montant estimé HT", "250 000 à 480 000 €", "jusqu’à 480 000 €"),
        ({"commune_codes": ("33003",)}, "Communes", "Saint-Aubrin, Belleroche", "Combeaux"),
        ({"whole_territory": True}, "Communes", "Saint-Aubrin, Belleroche", "toutes les communes"),
        (
            {"renewals": 2, "renewal_months": 12},
            "Durée",
            "24 mois",
            "24 mois, puis 2 reconductions de 12 mois",
        ),
        (
            {"execution": PlannedPeriod(date(2027, 9, 1), PlannedPrecision.DAY)},
            "Début d’exécution",
            None,
            "mercredi 1ᵉʳ septembre 2027",
        ),
        ({"framework_maximum": Decimal(90)}, "Minimum et maximum HT", None, "au plus 90 €"),
        (
            {"technique": Technique.FRAMEWORK, "execution_mode": ExecutionMode.PURCHASE_ORDERS},
            "Technique d’achat",
            None,
            "accord-cadre à bons de commande",
        ),
        ({"several_groupements_allowed": False}, "Répondre dans plusieurs groupements (R2142-21)", None, "non"),
        ({"essential_tasks": "Encadrer\nRemplacer"}, "Tâches essentielles (R2142-27)", None, "Encadrer ; Remplacer"),
        ({"cpv_code": None}, "Code CPV", "90919300-5 Écoles", None),
        (
            {"levers": (CLAUSE,)},
            "Réservé",
            "Réservé aux structures d’insertion (L2113-13), décidé",
            None,
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_change_reads_before_and_after(
    changed: dict[str, Any], label: str, before: str | None, after: str | None
) -> None:
    told = wording.lot_changes(LOT, lot_facts(**changed), NAMES)
    assert (label, before, after) in [(change.label, plain(change.before), plain(change.after)) for change in told]


def test_what_does_not_change_is_not_told() -> None:
    assert wording.lot_changes(LOT, lot_facts(), NAMES) == []
    assert wording.project_changes(PROJECT, replace(PROJECT)) == []


def test_only_dates_sizes_levers_and_terms_of_lots_need_a_reason() -> None:
    changed = lot_facts(
        title="centre",
        description="Trois sites.",
        visit="Libre",
        planned=PlannedPeriod(date(2027, 7, 1), LOT.planned.precision),
    )
    told = {change.field: change.needs_reason for change in wording.lot_changes(LOT, changed, NAMES)}
    assert told == {"title": False, "description": False, "visit": False, "planned": True}


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (CLAUSE, "Clause d’insertion (L2112-2), décidée"),
        (
            LeverChoice(Lever.CRITERION, LeverState.ENVISAGED, weight_percent=15),
            "Critère social, 15 % (R2152-7), envisagé",
        ),
        (
            LeverChoice(Lever.RESERVED, LeverState.DISCARDED, Reservation.HANDICAP, reason="x"),
            "Réservé au travail adapté (L2113-12), écarté",
        ),
        (LeverChoice(Lever.RESERVED, LeverState.ENVISAGED), "Réservé, envisagé"),
    ],
)
def test_levers_agree_in_gender(choice: LeverChoice, words: str) -> None:
    assert plain(wording.lever_words(choice)) == words


def test_many_communes_are_counted() -> None:
    assert wording.listed_places(["A", "B", "C", "D"], 3) == "A, B, C, D"
    assert wording.listed_places(["A", "B", "C", "D", "E"], 3) == "A, B, C et 2 autres"
    assert wording.listed_places([], 3) is None
