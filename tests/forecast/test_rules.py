"""What the code and the portal say, fact by fact."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.forecast import rules
from portal.forecast.facts import LeverChoice, LotFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import (
    AmountBand,
    Lever,
    LeverState,
    PlannedPrecision,
    ProjectState,
    PurchaseFamily,
    Reservation,
    TerritoryScope,
)
from tests.forecast.sample import PROJECT, lot_facts

TODAY = date(2026, 12, 3)
SOCIAL = "85312000"


def reserved(state: LeverState, reservation: Reservation | None) -> tuple[LeverChoice, ...]:
    return (LeverChoice(Lever.RESERVED, state, reservation),)


def advised(lot: LotFacts, family: PurchaseFamily = PurchaseFamily.SERVICES) -> set[str | None]:
    """The articles that advice cites about a lot."""
    return {article for _, article in rules.advice_on_lot(lot, family, TODAY)}


def sentences(lot: LotFacts) -> str:
    return " ".join(sentence for sentence, _ in rules.advice_on_lot(lot, PurchaseFamily.SERVICES, TODAY))


ALLOWED = {
    (ProjectState.DRAFT, ProjectState.PUBLISHED),
    (ProjectState.DRAFT, ProjectState.IN_CHECK),
    (ProjectState.DRAFT, ProjectState.READY),
    (ProjectState.DRAFT, ProjectState.DROPPED),
    (ProjectState.IN_CHECK, ProjectState.READY),
    (ProjectState.IN_CHECK, ProjectState.DRAFT),
    (ProjectState.IN_CHECK, ProjectState.DROPPED),
    (ProjectState.READY, ProjectState.SCHEDULED),
    (ProjectState.READY, ProjectState.PUBLISHED),
    (ProjectState.READY, ProjectState.IN_CHECK),
    (ProjectState.READY, ProjectState.DRAFT),
    (ProjectState.READY, ProjectState.DROPPED),
    (ProjectState.SCHEDULED, ProjectState.PUBLISHED),
    (ProjectState.SCHEDULED, ProjectState.READY),
    (ProjectState.SCHEDULED, ProjectState.DROPPED),
    (ProjectState.PUBLISHED, ProjectState.IN_TENDER),
    (ProjectState.PUBLISHED, ProjectState.DROPPED),
    (ProjectState.IN_TENDER, ProjectState.AWARDED),
    (ProjectState.IN_TENDER, ProjectState.DROPPED),
}


@pytest.mark.parametrize("wanted", ProjectState)
@pytest.mark.parametrize("current", ProjectState)
def test_only_stated_steps_are_taken(current: ProjectState, wanted: ProjectState) -> None:
    if (current, wanted) in ALLOWED:
        rules.ensure_transition(current, wanted)
    else:
        with pytest.raises(RuleViolation):
            rules.ensure_transition(current, wanted)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_low": Decimal(2), "amount_high": Decimal(1)}, "amount_high"),
        ({"framework_minimum": Decimal(2), "framework_maximum": Decimal(1)}, "framework_maximum"),
        ({"execution": PlannedPeriod(date(2027, 3, 31), PlannedPrecision.DAY)}, "execution"),
        ({"renewals": 1}, "renewal_months"),
        ({"levers": (LeverChoice(Lever.CLAUSE, LeverState.DISCARDED),)}, "clause_reason"),
        ({"levers": reserved(LeverState.DECIDED, None)}, "reserved_reservation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_lot_may_say(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_lot_coherent(lot_facts(**changed))
    assert refused.value.field == field


@pytest.mark.parametrize("months", [(36, 0), (12, 2)])
def test_three_years_are_allowed_to_an_ess_reservation(months: tuple[int, int]) -> None:
    duration, renewals = months
    levers = reserved(LeverState.DECIDED, Reservation.ESS)
    lasting = {"duration_months": duration, "renewals": renewals, "renewal_months": 12}
    rules.ensure_lot_coherent(lot_facts(levers=levers, cpv_code=SOCIAL, **lasting))


@pytest.mark.parametrize(("duration", "renewals"), [(37, 0), (12, 3)])
def test_a_day_more_is_not(duration: int, renewals: int) -> None:
    facts = {"duration_months": duration, "renewals": renewals, "renewal_months": 12, "cpv_code": SOCIAL}
    decided = lot_facts(levers=reserved(LeverState.DECIDED, Reservation.ESS), **facts)
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_lot_coherent(decided)
    assert (refused.value.field, refused.value.article) == ("duration_months", "L2113-16")
    rules.ensure_lot_coherent(lot_facts(levers=reserved(LeverState.ENVISAGED, Reservation.ESS), **facts))


def test_handicap_and_insertion_go_together() -> None:
    """L2113-14."""
    choice = LeverChoice(Lever.RESERVED, LeverState.DECIDED, Reservation.HANDICAP_INSERTION)
    rules.ensure_lot_coherent(lot_facts(levers=(choice,)))
    assert choice.article == "L2113-14"


@pytest.mark.parametrize(("cpv", "warned"), [("85312000", False), ("90919300", True), (None, True)])
def test_an_ess_reservation_is_for_social_services(cpv: str | None, warned: bool) -> None:
    lot = lot_facts(levers=reserved(LeverState.ENVISAGED, Reservation.ESS), cpv_code=cpv)
    assert ("L2113-15" in advised(lot)) is warned


@pytest.mark.parametrize(("percent", "warned"), [(60, False), (61, True)])
def test_a_price_that_weighs_too_much_is_told(percent: int, warned: bool) -> None:
    assert ("Le prix pèse" in sentences(lot_facts(price_weight_percent=percent))) is warned


@pytest.mark.parametrize(
    ("period", "warned"),
    [
        (PlannedPeriod(date(2026, 10, 1), PlannedPrecision.QUARTER), False),
        (PlannedPeriod(date(2026, 7, 1), PlannedPrecision.QUARTER), True),
        (PlannedPeriod(date(2026, 12, 2), PlannedPrecision.DAY), True),
        (PlannedPeriod(date(2026, 12, 3), PlannedPrecision.DAY), False),
    ],
    ids=lambda value: value.label if isinstance(value, PlannedPeriod) else "",
)
def test_a_date_gone_by_is_told(period: PlannedPeriod, warned: bool) -> None:
    assert ("cette date est passée" in sentences(lot_facts(planned=period))) is warned


@pytest.mark.parametrize(
    ("amount", "family", "levers", "warned"),
    [
        (215_999, PurchaseFamily.SERVICES, (), False),
        (216_000, PurchaseFamily.SERVICES, (), True),
        (216_000, PurchaseFamily.SERVICES, (LeverChoice(Lever.CLAUSE, LeverState.ENVISAGED),), False),
        (216_000, PurchaseFamily.SERVICES, (LeverChoice(Lever.CLAUSE, LeverState.DISCARDED, reason="x"),), True),
        (2_000_000, PurchaseFamily.WORKS, (), False),
    ],
)
def test_above_the_european_threshold_a_clause_is_expected(
    amount: int, family: PurchaseFamily, levers: tuple[LeverChoice, ...], warned: bool
) -> None:
    """L2112-2-1, in force since August 2026."""
    lot = lot_facts(amount_low=None, amount_high=Decimal(amount), levers=levers)
    assert ("L2112-2-1" in advised(lot, family)) is warned


def test_nothing_but_ambiguity_blocks_a_publication() -> None:
    assert rules.blocks(PROJECT, {0: lot_facts()}) == []
    (blocked,) = rules.blocks(PROJECT, {1: lot_facts(), 2: lot_facts(title="centre")})
    assert "n’a pas d’intitulé" in blocked
    twins = {1: lot_facts(title="centre"), 2: lot_facts(title="centre")}
    assert rules.blocks(PROJECT, twins) == ["Deux lots portent le même intitulé."]


@pytest.mark.parametrize(
    ("changed", "band"),
    [
        ({"amount_low": None, "amount_high": Decimal("89999.99")}, AmountBand.FROM_40K),
        ({"amount_low": Decimal(90_000), "amount_high": None}, AmountBand.FROM_90K),
        ({"amount_low": None, "amount_high": None, "amount_band": AmountBand.FROM_1M}, AmountBand.FROM_1M),
        ({"amount_low": None, "amount_high": None}, None),
    ],
)
def test_the_band_shown_is_that_of_the_highest_estimate(changed: dict[str, Any], band: AmountBand | None) -> None:
    assert lot_facts(**changed).band is band


def test_a_region_is_no_place_of_work() -> None:
    assert rules.whole_place(TerritoryScope.EPCI, "243300316") == "E243300316"
    assert rules.whole_place(TerritoryScope.DEPARTMENT, "33") == "D33"
    assert rules.whole_place(TerritoryScope.COMMUNE, "33063") == "33063"
    assert rules.whole_place(TerritoryScope.REGION, "75") is None
