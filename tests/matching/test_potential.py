"""Reserving is never suggested below both thresholds, nobody stands in two answers, unknown is never a no."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portal.directory.rules import is_eligible
from portal.forecast.settings import DEFAULTS
from portal.matching.eligible import by_kind, pool_of
from portal.matching.potential import Way, answers_words, coverage, low, potential, reasons
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, Reservation


@dataclass(frozen=True)
class Known:
    organisation_id: int
    name: str = "Structure"
    kinds: frozenset[OrganisationKind] = frozenset({OrganisationKind.EI})
    ess_family: EssFamily | None = None
    offers: bool | None = True
    serves: bool | None = True
    band: CapacityBand | None = None
    can_lead: bool | None = None


@dataclass(frozen=True)
class Limits:
    structures_to_reserve: int
    groupements_to_reserve: int


_MAYBE = st.sampled_from([True, False, None])
SUPPLIERS = st.lists(
    st.builds(
        Known,
        organisation_id=st.integers(1, 10**6),
        kinds=st.frozensets(st.sampled_from(OrganisationKind), max_size=2),
        ess_family=st.sampled_from([None, *EssFamily]),
        offers=_MAYBE,
        serves=_MAYBE,
        band=st.sampled_from([None, *CapacityBand]),
        can_lead=_MAYBE,
    ),
    max_size=12,
    unique_by=lambda each: each.organisation_id,
)
HOURS = st.none() | st.decimals(0, 60_000, places=2)
LIMITS = st.builds(Limits, st.integers(1, 8), st.integers(1, 5))


@given(SUPPLIERS, HOURS, LIMITS, st.booleans())
def test_reserving_is_never_suggested_below_both_thresholds(
    suppliers: list[Known], hours: Decimal | None, limits: Limits, social: bool
) -> None:
    found = potential(suppliers, hours_per_year=hours, thresholds=limits, is_social_service=social)
    reached = [
        len(each.pool.eligible) >= limits.structures_to_reserve
        or (each.coverage is not None and len(each.coverage.answers) >= limits.groupements_to_reserve)
        for each in found.weighed
    ]
    assert (found.way is Way.RESERVE) == any(reached)
    if found.way is Way.RESERVE:
        assert found.chosen is not None
        assert found.chosen.is_realistic
    assert (found.way is Way.CLAUSE) == (found.chosen is None)
    assert (Reservation.ESS in {each.reservation for each in found.weighed}) == social
    assert reasons(found, limits)
    assert all(answers_words(each) for each in found.weighed)


@given(SUPPLIERS, st.decimals(Decimal("0.01"), 60_000, places=2))
def test_each_answer_covers_the_hours_and_nobody_stands_in_two(suppliers: list[Known], hours: Decimal) -> None:
    cover = coverage(suppliers, hours)
    if cover is None:
        assert all(each.band is None for each in suppliers)
        return
    seated = [each.organisation_id for answer in cover.answers for each in answer]
    assert len(seated) == len(set(seated))
    for answer in cover.answers:
        assert sum(map(low, answer)) >= hours
        assert len(answer) == 1 or answer[0].can_lead


@given(SUPPLIERS)
def test_what_is_not_said_is_to_complete_never_a_no(suppliers: list[Known]) -> None:
    for reservation in (Reservation.INSERTION, Reservation.HANDICAP, Reservation.ESS):
        pool = pool_of(suppliers, reservation)
        assert not set(pool.eligible) & set(pool.incomplete)
        for each in suppliers:
            silent = None in (each.offers, each.serves) and False not in (each.offers, each.serves)
            if silent and is_eligible(each.kinds, each.ess_family, reservation):
                assert each in pool.incomplete
    assert all(row.known + row.incomplete > 0 and row.kind.is_structure for row in by_kind(suppliers))


def test_three_structures_are_enough_and_two_large_ones_too() -> None:
    three = [Known(number) for number in range(3)]
    assert potential(three, hours_per_year=None, thresholds=DEFAULTS).way is Way.RESERVE
    two = [Known(number, band=CapacityBand.FROM_3500) for number in range(2)]
    assert potential(two, hours_per_year=Decimal(3500), thresholds=DEFAULTS).way is Way.RESERVE
    assert potential(two, hours_per_year=Decimal(3501), thresholds=DEFAULTS).way is Way.ADAPT
    assert potential(two, hours_per_year=None, thresholds=DEFAULTS).way is Way.ADAPT
    assert potential([], hours_per_year=Decimal(1), thresholds=DEFAULTS).way is Way.CLAUSE


def test_a_groupement_forms_around_who_is_ready_to_lead() -> None:
    members = [Known(1, band=CapacityBand.FROM_1500), Known(2, band=CapacityBand.FROM_1500)]
    assert coverage(members, Decimal(3000)).answers == ()  # type: ignore[union-attr]
    led = [Known(3, band=CapacityBand.FROM_500, can_lead=True), *members]
    (answer,) = coverage(led, Decimal(3000)).answers  # type: ignore[union-attr]
    assert answer[0].organisation_id == 3
    assert {each.organisation_id for each in answer} == {1, 2, 3}


def test_the_narrow_reservation_comes_first() -> None:
    adapted = [Known(number, kinds=frozenset({OrganisationKind.EA})) for number in range(3)]
    assert potential(adapted, hours_per_year=None, thresholds=DEFAULTS).reservation is Reservation.HANDICAP
    mixed = [Known(10), Known(11), *adapted[:1]]
    both = potential(mixed, hours_per_year=None, thresholds=DEFAULTS)
    assert both.reservation is Reservation.HANDICAP_INSERTION
    geiq = [Known(number, kinds=frozenset({OrganisationKind.GEIQ})) for number in range(5)]
    assert potential(geiq, hours_per_year=None, thresholds=DEFAULTS).way is Way.CLAUSE
