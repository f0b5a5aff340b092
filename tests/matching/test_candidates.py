"""Who may answer a purchase: what is unknown keeps an organisation in, what it told keeps it in or out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.directory.models import Capacity, CapacityStatement, OfferedTrade, Organisation, ServedTerritory
from portal.matching import queries
from portal.matching.queries import Candidate
from portal.matching.queries.zones import zones
from portal.matching.rules import Cover, cover
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, ServiceType, TerritoryScope, Trade
from tests.directory.organisations import NOW, TODAY, organisation

BEGLES, BORDEAUX, PAU = "33039", "33063", "64445"


def _telling(
    session: Session,
    number: int,
    *trades: Trade,
    served: dict[TerritoryScope, str] | None = None,
    commune: str = BEGLES,
    kinds: dict[OrganisationKind, date | None] | None = None,
    **facts: Any,
) -> Organisation:
    made = organisation(session, number, kinds=kinds, commune=commune, **facts)
    made.offered = [OfferedTrade(trade=trade, service_type=ServiceType.PREST) for trade in trades]
    made.served = [ServedTerritory(scope=scope, code=code) for scope, code in (served or {}).items()]
    session.commit()
    return made


def _found(session: Session, *places: str, trade: Trade = Trade.CLEANING) -> dict[int, Candidate]:
    return {each.organisation_id: each for each in queries.candidates(session, trade, places or (BEGLES,), TODAY)}


@pytest.mark.parametrize(
    "served",
    [
        {TerritoryScope.FRANCE: "FR"},
        {TerritoryScope.REGION: "75"},
        {TerritoryScope.DEPARTMENT: "33"},
        {TerritoryScope.EPCI: "243300316"},
        {TerritoryScope.COMMUNE: BEGLES},
    ],
)
def test_a_commune_is_served_by_all_that_holds_it(place: Session, served: dict[TerritoryScope, str]) -> None:
    near = _telling(place, 1, Trade.CLEANING, served=served, commune=PAU)
    _telling(place, 2, Trade.CLEANING, served={TerritoryScope.DEPARTMENT: "64"})
    assert set(_found(place)) == {near.id}
    assert _found(place)[near.id].serves is True


def test_what_is_not_told_stays_unknown(place: Session) -> None:
    silent = _telling(place, 1)
    _telling(place, 2, Trade.LAUNDRY, served={TerritoryScope.COMMUNE: BEGLES})
    _telling(place, 3, commune=PAU)
    found = _found(place)
    assert set(found) == {silent.id}
    assert (found[silent.id].offers, found[silent.id].serves, found[silent.id].band) == (None, None, None)


def test_without_a_place_whoever_offers_the_trade(place: Session) -> None:
    far = _telling(place, 1, Trade.CLEANING, served={TerritoryScope.DEPARTMENT: "64"}, commune=PAU)
    _telling(place, 2)
    found = queries.candidates(place, Trade.CLEANING, (), TODAY)
    assert [(each.organisation_id, each.offers, each.serves) for each in found] == [(far.id, True, None)]


def test_kinds_are_those_of_the_day_and_the_social_economy_counts(place: Session) -> None:
    ended = _telling(place, 1, Trade.CLEANING)
    ended.kinds[0].valid_from, ended.kinds[0].valid_to = date(2020, 1, 1), date(2026, 12, 2)
    family = _telling(place, 2, Trade.CLEANING, kinds={OrganisationKind.COMPANY: None})
    family.ess_family = EssFamily.COOPERATIVE
    network = _telling(place, 3, Trade.CLEANING, kinds={OrganisationKind.NETWORK: None})
    network.ess_family = EssFamily.ASSOCIATION
    place.commit()
    found = _found(place)
    assert set(found) == {family.id}
    assert found[family.id].kinds == {OrganisationKind.COMPANY}


def test_a_candidate_brings_what_it_told_of_its_capacity(place: Session) -> None:
    made = _telling(place, 1, Trade.CLEANING, served={TerritoryScope.COMMUNE: BEGLES})
    statement = CapacityStatement(organisation_id=made.id, confirmed_on=TODAY, saved_at=NOW, can_lead=True)
    statement.bands = [
        Capacity(trade=Trade.CLEANING, band=CapacityBand.FROM_1500),
        Capacity(trade=Trade.LAUNDRY, band=CapacityBand.FROM_15000),
    ]
    place.add(statement)
    place.commit()
    (found,) = queries.candidates(place, Trade.CLEANING, [BEGLES], TODAY)
    assert (found.band, found.can_lead) == (CapacityBand.FROM_1500, True)


def test_four_statements_whatever_the_numbers(
    place: Session, sql_count: Callable[[], AbstractContextManager[Any]]
) -> None:
    for number in range(1, 6):
        _telling(place, number, Trade.CLEANING, served={TerritoryScope.EPCI: "243300316"})
    with sql_count() as statements:
        assert len(queries.candidates(place, Trade.CLEANING, [BEGLES, BORDEAUX], TODAY)) == 5
    assert statements.count == 4


def test_serving_is_covering_as_the_rules_say_it(place: Session) -> None:
    """The SQL of candidates and the pure comparison of zones agree, one organisation for each sort of territory."""
    told = [
        {TerritoryScope.FRANCE: "FR"},
        {TerritoryScope.REGION: "75"},
        {TerritoryScope.DEPARTMENT: "64"},
        {TerritoryScope.EPCI: "243300316"},
        {TerritoryScope.COMMUNE: BEGLES, TerritoryScope.DEPARTMENT: "40"},
        {TerritoryScope.COMMUNE: PAU},
    ]
    made = [_telling(place, number, Trade.CLEANING, served=served) for number, served in enumerate(told, 1)]
    for commune in (BEGLES, BORDEAUX):
        found = set(_found(place, commune))
        for each in made:
            keys = [(territory.scope, territory.code) for territory in each.served]
            wanted = (TerritoryScope.COMMUNE, commune)
            known = zones(place, [wanted, *keys])
            covers = cover([known[key] for key in keys], known[wanted])
            assert (each.id in found) == (covers is not Cover.NONE)
