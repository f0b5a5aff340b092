"""Why a lot suits an organisation: never a no for what nobody said, and the directory's own word on eligibility."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.directory.rules import is_eligible
from portal.matching.facts import Links, Supplier, Verdict, Wanted, Zone
from portal.matching.rules import Cover, cover, fit
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, Reservation, TerritoryScope, Trade

TODAY = date(2026, 12, 3)
FRANCE = (TerritoryScope.FRANCE, "FR")
REGION = (TerritoryScope.REGION, "75")
GIRONDE, LANDES = (TerritoryScope.DEPARTMENT, "33"), (TerritoryScope.DEPARTMENT, "40")
METROPOLE, VALLEY = (TerritoryScope.EPCI, "243300316"), (TerritoryScope.EPCI, "200000001")
BEGLES, PAU = (TerritoryScope.COMMUNE, "33039"), (TerritoryScope.COMMUNE, "64445")

ZONES = [
    Zone(FRANCE, "toute la France"),
    Zone(REGION, "la région Nouvelle-Aquitaine", frozenset({FRANCE})),
    Zone(GIRONDE, "Gironde (33)", frozenset({FRANCE, REGION})),
    Zone(LANDES, "Landes (40)", frozenset({FRANCE, REGION})),
    Zone(METROPOLE, "Bordeaux Métropole", frozenset({FRANCE, REGION, GIRONDE})),
    Zone(VALLEY, "Vallée", frozenset({FRANCE, REGION}), frozenset({GIRONDE, LANDES})),
    Zone(BEGLES, "Bègles", frozenset({FRANCE, REGION, GIRONDE, METROPOLE})),
    Zone(PAU, "Pau", frozenset({FRANCE, REGION})),
]
BY_KEY = {zone.key: zone for zone in ZONES}
LINKS = Links("/capacite", "/fiche", "/fiche", "/capacite")

_some_zones = st.lists(st.sampled_from(ZONES), max_size=4, unique=True).map(tuple)
suppliers = st.builds(
    Supplier,
    kinds=st.frozensets(st.sampled_from(OrganisationKind), max_size=3),
    ess_family=st.none() | st.sampled_from(EssFamily),
    trades=st.frozensets(st.sampled_from([Trade.CLEANING, Trade.LAUNDRY, Trade.FOOD]), max_size=3),
    zones=_some_zones,
    bands=st.dictionaries(st.sampled_from([Trade.CLEANING, Trade.LAUNDRY]), st.sampled_from(CapacityBand)),
    available_on=st.none() | st.just(date(2027, 5, 1)),
)
lots = st.builds(
    Wanted,
    trade=st.sampled_from([Trade.CLEANING, Trade.LAUNDRY, Trade.SECURITY]),
    zones=_some_zones,
    is_reserved=st.booleans(),
    reservation=st.none() | st.sampled_from(Reservation),
    is_decided=st.booleans(),
    yearly_hours=st.none() | st.integers(1, 40_000).map(Decimal),
)

EI = Supplier(
    kinds=frozenset({OrganisationKind.EI}),
    trades=frozenset({Trade.CLEANING}),
    zones=(BY_KEY[METROPOLE],),
    bands={Trade.CLEANING: CapacityBand.FROM_1500},
)
LOT = Wanted(
    Trade.CLEANING,
    (BY_KEY[BEGLES],),
    is_reserved=True,
    reservation=Reservation.HANDICAP_INSERTION,
    is_decided=True,
    yearly_hours=Decimal(3200),
)


@given(lots, suppliers)
def test_what_nobody_said_is_never_a_no(wanted: Wanted, supplier: Supplier) -> None:
    found = fit(wanted, supplier, TODAY, LINKS)
    if not supplier.trades:
        assert found.trade.verdict is Verdict.UNKNOWN
    if not supplier.zones or not wanted.zones:
        assert found.territory.verdict is Verdict.UNKNOWN
    if not supplier.kinds or (wanted.reservation is Reservation.ESS and supplier.ess_family is None):
        assert found.eligibility.verdict is not Verdict.NO
    if wanted.trade not in supplier.bands:
        assert found.capacity.verdict is Verdict.UNKNOWN
    for reason in found.reasons:
        assert "inéligible" not in reason.words
        assert (reason.complete_url is None) == (reason.complete_words is None)


@given(lots, suppliers)
def test_eligible_words_are_those_of_the_directory(wanted: Wanted, supplier: Supplier) -> None:
    found = fit(wanted, supplier, TODAY).eligibility
    if not wanted.is_reserved or wanted.reservation in {None, Reservation.NONE}:
        return
    assert wanted.reservation is not None
    eligible = is_eligible(supplier.kinds, supplier.ess_family, wanted.reservation)
    assert (found.verdict is Verdict.YES) == eligible
    assert str(wanted.reservation.article) in found.words


@given(lots, suppliers)
def test_for_you_says_nothing_of_another_trade_or_place(wanted: Wanted, supplier: Supplier) -> None:
    found = fit(wanted, supplier, TODAY)
    if Verdict.NO in {found.trade.verdict, found.territory.verdict}:
        assert found.sentence is None
    if found.sentence is not None:
        assert found.sentence.endswith(".")
        assert Verdict.YES in {each.verdict for each in found.reasons[:3]}


@given(st.sampled_from(ZONES), st.lists(st.sampled_from(ZONES), max_size=4))
def test_more_territories_never_cover_less(zone: Zone, served: list[Zone]) -> None:
    order = [Cover.NONE, Cover.PART, Cover.WHOLE]
    ranks = [order.index(cover(served[:count], zone)) for count in range(len(served) + 1)]
    assert ranks == sorted(ranks)
    assert cover([BY_KEY[FRANCE]], zone) is Cover.WHOLE


@pytest.mark.parametrize(
    ("served", "wanted", "expected"),
    [
        (GIRONDE, METROPOLE, Cover.WHOLE),
        (METROPOLE, GIRONDE, Cover.PART),
        (BEGLES, METROPOLE, Cover.PART),
        (GIRONDE, VALLEY, Cover.PART),
        (VALLEY, LANDES, Cover.PART),
        (LANDES, METROPOLE, Cover.NONE),
        (BEGLES, PAU, Cover.NONE),
    ],
)
def test_cover(served: tuple[TerritoryScope, str], wanted: tuple[TerritoryScope, str], expected: Cover) -> None:
    assert cover([BY_KEY[served]], BY_KEY[wanted]) is expected


def test_words_of_a_lot_that_suits() -> None:
    found = fit(LOT, EI, TODAY)
    assert found.eligibility.words == (
        "Vous êtes entreprise d’insertion : vous pouvez répondre à ce lot réservé (L2113-14)."
    )
    assert found.territory.words == "Votre zone couvre Bègles."
    assert found.sentence == (
        "votre métier, votre territoire, lot réservé auquel vous pouvez répondre. Taille à votre portée."
    )


def test_capacity_to_complete_leads_where_it_is_told() -> None:
    found = fit(LOT, replace(EI, bands={}), TODAY, LINKS).capacity
    assert found.words == "Votre capacité (propreté) n’est pas indiquée"
    assert (found.complete_url, found.complete_words) == ("/capacite", "la compléter (3 minutes)")


def test_a_lot_too_big_alone_calls_for_partners() -> None:
    found = fit(replace(LOT, yearly_hours=Decimal(12_000)), EI, TODAY)
    assert found.capacity.verdict is Verdict.NO
    assert found.sentence is not None
    assert found.sentence.endswith("À tenir à plusieurs.")


@pytest.mark.parametrize("reservation", [Reservation.HANDICAP, Reservation.INSERTION, Reservation.HANDICAP_INSERTION])
def test_a_geiq_is_not_eligible_as_of_right(reservation: Reservation) -> None:
    found = fit(replace(LOT, reservation=reservation), replace(EI, kinds=frozenset({OrganisationKind.GEIQ})), TODAY)
    assert found.eligibility.verdict is Verdict.NO
    assert "de plein droit" in found.eligibility.words
    assert "structure équivalente" in found.eligibility.words


def test_an_envisaged_reservation_promises_nothing() -> None:
    found = fit(replace(LOT, is_decided=False), EI, TODAY)
    assert "si la réservation envisagée est décidée" in found.eligibility.words


def test_unknown_trade_speaks_only_of_lots_reserved_to_them_in_their_place() -> None:
    silent = replace(EI, trades=frozenset(), bands={})
    assert fit(LOT, silent, TODAY).sentence == (
        "votre territoire, lot réservé auquel vous pouvez répondre. Métier à compléter. Capacité à compléter."
    )
    assert fit(replace(LOT, is_reserved=False), silent, TODAY).sentence is None
