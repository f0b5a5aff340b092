"""What is read of many lots at once, what is taken by promises elsewhere, and who reads which page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from portal.calibration import queries
from portal.calibration.facts import Structure
from portal.contracts.models import Commitment, Contract, ContractTitulaire
from portal.directory.models import Affiliation, Capacity, CapacityStatement, ServedTerritory
from portal.forecast.models import Lot
from portal.vocabulary import CommitmentKind, ContractSource, Reservation, TerritoryScope, Trade
from tests.calibration.variants_town import CODES, sized
from tests.forecast import sample
from tests.groupements import people
from tests.groupements.pages import enter
from tests.groupements.people import Town

Count = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def lot(town: Town) -> Lot:
    return sized(town, execution=None)


def _structures(town: Town, lot: Lot) -> dict[str, Structure]:
    town.session.flush()
    found = queries.structures_for(town.session, queries.needs_of(town.session, [lot]), town.now.date())[lot.id]
    names = {organisation.id: name for name, organisation in town.organisations.items()}
    return {names[each.organisation_id]: each for each in found}


def _hours(found: dict[str, Structure], *names: str) -> list[int]:
    return [int(found[name].hours) for name in names]


def _statement(town: Town, name: str) -> CapacityStatement:
    organisation_id = town.organisations[name].id
    told = select(CapacityStatement).where(CapacityStatement.organisation_id == organisation_id)
    return town.session.scalars(told).one()


def test_a_lot_asks_the_hours_of_a_year_over_its_communes(town: Town) -> None:
    yearly, whole, unknown = (
        sized(town, **facts)
        for facts in ({}, {"hours_per_year": False}, {"hours_per_year": False, "duration_months": None})
    )
    everywhere = sized(town, whole_territory=True, commune_codes=())
    found = queries.needs_of(town.session, [yearly, whole, unknown, everywhere])
    assert [found[each.id].hours for each in (yearly, whole, unknown)] == [8_000, 4_000, None]
    assert {place.code for place in found[yearly.id].places} == set(CODES)
    assert {place.code for place in found[everywhere.id].places} == set(CODES)
    assert found[yearly.id].reservation is Reservation.INSERTION


def test_who_serves_all_or_a_part_is_counted(town: Town, lot: Lot) -> None:
    served = {
        "pont": (TerritoryScope.FRANCE, "FR"),
        "regie": (TerritoryScope.REGION, "75"),
        "net": (TerritoryScope.DEPARTMENT, "33"),
        "renfort": (TerritoryScope.EPCI, sample.RIVES),
        "quai": (TerritoryScope.COMMUNE, "33002"),
    }
    for name in served:
        town.organisations[name].served = []
    town.session.flush()
    for name, (scope, code) in served.items():
        town.organisations[name].served = [ServedTerritory(scope=scope, code=code)]
    found = _structures(town, lot)
    assert found["quai"].communes == {"33002"}
    assert all(found[name].communes == set(CODES) for name in ("pont", "regie", "net", "renfort"))


def test_another_trade_another_place_and_buyers_are_not_counted(town: Town, lot: Lot) -> None:
    town.organisations["net"].served = [ServedTerritory(scope=TerritoryScope.COMMUNE, code="33005")]
    assert set(_structures(town, lot)) == {"pont", "regie", "renfort", "quai", "berge"}


def test_who_offers_the_trade_without_a_capacity_is_silent(town: Town, lot: Lot) -> None:
    statement = _statement(town, "quai")
    statement.bands = []
    found = _structures(town, lot)["quai"]
    assert not found.told
    assert found.hours == 0
    cover = queries.covers_of(town.session, [lot], town.now.date())[lot.id]
    assert (cover.structures, cover.silent, cover.contributors) == (6, 1, 5)
    assert cover.shown_hours == 17_500


def test_who_is_not_free_when_the_work_begins_counts_for_nothing_yet(town: Town, lot: Lot) -> None:
    _statement(town, "quai").available_on = date(2027, 9, 1)
    _statement(town, "berge").available_on = date(2027, 3, 1)
    assert _hours(_structures(town, lot), "quai", "berge") == [0, 3_500]


def test_sealed_parts_are_taken_elsewhere_and_given_there(town: Town, lot: Lot) -> None:
    """Forming takes nothing; sealed, each part is missing for every other lot of the trade."""
    other = sized(town)
    groupement = people.opened(town, other)
    people.joined(town, groupement, "regie")
    people.shared(town, groupement, {"pont": 7_000, "regie": 3_000})
    people.proposed(town, groupement)
    people.accepted(town, groupement, ("pont", "regie"))
    assert _structures(town, lot)["pont"].hours == 3_500
    people.sealed(town, groupement)
    elsewhere, there = _structures(town, lot), _structures(town, other)
    assert _hours(elsewhere, "pont", "regie", "net") == [0, 500, 3_500]
    assert _hours(there, "pont", "regie") == [3_500, 3_500]
    assert _structures(town, sized(town, trade=Trade.GREEN_SPACES)).keys() == {"loin"}


def _contract(town: Town, name: str, hours: int, ends_on: date | None, **facts: Any) -> Contract:
    contract = Contract(
        **{
            "reference": f"marche-{name}-{ends_on}", "buyer_id": town.buyer_id, "buyer_identifier": "1", "number": "1",
            "object": "Nettoyage", "trade": Trade.CLEANING, "notified_on": date(2026, 1, 1), "ends_on": ends_on,
            "duration_months": 24, "source": ContractSource.AWARD, "created_at": town.now, **facts,
        },
        titulaires=[ContractTitulaire(organisation_id=town.organisations[name].id, identifier="1", is_mandataire=True)],
        commitments=[Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=Decimal(hours))],
    )  # fmt: skip
    town.session.add(contract)
    return contract


def test_running_contracts_take_their_hours_of_a_year(town: Town, lot: Lot) -> None:
    _contract(town, "pont", 4_000, date(2027, 12, 31))
    _contract(town, "regie", 4_000, date(2027, 2, 1))
    _contract(town, "net", 4_000, None, notified_on=date(2027, 1, 1))
    _contract(town, "renfort", 4_000, date(2027, 12, 31), trade=Trade.GREEN_SPACES)
    shared = _contract(town, "quai", 4_000, date(2027, 12, 31))
    shared.titulaires.append(ContractTitulaire(name="Un autre", part=2_500))
    shared.titulaires[0].part = 7_500
    found = _structures(town, lot)
    assert _hours(found, "pont", "regie", "net", "renfort", "quai") == [1_500, 3_500, 3_500, 3_500, 1_500]
    assert [int(found[name].engaged) for name in ("pont", "quai")] == [2_000, 1_500]


def test_one_reads_ones_own_share_to_the_hour_and_a_network_its_members_by_steps(town: Town, lot: Lot) -> None:
    _contract(town, "pont", 2_200, date(2027, 12, 31))
    town.session.flush()
    day = town.now.date()
    own = queries.own_share(town.session, lot, town.organisations["pont"].id, day)
    assert own is not None
    assert [int(own.hours), int(own.engaged)] == [2_400, 1_100]
    for other in ("loin", "reseau"):
        assert queries.own_share(town.session, lot, town.organisations[other].id, day) is None
    needs = queries.needs_of(town.session, [lot])
    members = queries.members_for(town.session, needs, town.organisations["reseau"].id, day)[lot.id]
    assert {each.name: each.hours for each in members} == {"Pont": 1_500, "Regie": 3_500}
    nobody = queries.members_for(town.session, needs, town.organisations["autre_reseau"].id, day)
    assert nobody == {lot.id: []}


def test_many_lots_take_no_more_statements_than_one(town: Town, lot: Lot, sql_count: Count) -> None:
    lots = [lot, sized(town, whole_territory=True, commune_codes=()), sized(town, trade=Trade.GREEN_SPACES)]
    for name in ("pont", "regie", "net"):
        _contract(town, name, 1_000, date(2027, 12, 31))
    town.session.flush()
    town.session.expunge_all()
    ids = [[lots[1]], lots]
    counts = []
    for asked in ids:
        with sql_count() as statements:
            queries.covers_of(town.session, asked, town.now.date())
        counts.append(statements.count)
    assert counts[0] <= counts[1] <= 20
    with sql_count() as statements:
        queries.covers_of(town.session, lots * 5, town.now.date())
    assert statements.count == counts[1]


def test_no_lot_or_no_place_is_no_trouble(town: Town) -> None:
    nowhere = sized(town, commune_codes=())
    assert queries.covers_of(town.session, [], town.now.date()) == {}
    cover = queries.covers_of(town.session, [nowhere], town.now.date())[nowhere.id]
    assert (cover.structures, cover.by_place, cover.is_well_sized) == (0, (), False)
    assert cover.shown_hours == 0


# Pages


def _page(lot: Lot) -> str:
    return f"/programmation/{lot.project.reference}/lot-{lot.number}/couverture"


def test_a_structure_reads_the_total_and_its_own(client: FlaskClient, town: Town, lot: Lot) -> None:
    _contract(town, "pont", 2_200, date(2027, 12, 31))
    town.session.commit()
    enter(client, town, "pont")
    text = client.get(_page(lot)).text.replace("\u202f", " ").replace("\xa0", " ")
    assert "19 000 h possibles" in text
    assert "2 400 h par an" in text
    assert "1 100 h déjà promises" in text
    assert 'role="img"' in text
    assert "1. Belleroche" in text
    for other in ("Regie", "Renfort", "Quai", "Berge"):
        assert other not in text
    assert "ouverture" in client.get(f"/programmation/{lot.project.reference}").text


def test_a_network_reads_its_own_members_by_name_only(client: FlaskClient, town: Town, lot: Lot) -> None:
    town.session.commit()
    enter(client, town, "reseau")
    text = client.get(_page(lot)).text
    assert "Pont" in text
    assert "Regie" in text
    assert not any(other in text for other in ("Renfort", "Quai", "Berge"))
    enter(client, town, "autre_reseau")
    assert "Pont" not in client.get(_page(lot)).text


def test_a_network_with_all_members_but_one_reads_no_total(client: FlaskClient, town: Town, lot: Lot) -> None:
    network = town.organisations["reseau"].id
    for name in ("net", "renfort", "quai"):
        structure = town.organisations[name].id
        town.session.add(
            Affiliation(network_id=network, structure_id=structure, asked_at=town.now, accepted_at=town.now)
        )
    town.session.commit()
    enter(client, town, "reseau")
    text = client.get(_page(lot)).text
    assert "hors de vos adhérents" in text
    assert "21\u202f000" not in text
    assert "21\u202f000" not in client.get(f"/programmation/{lot.project.reference}").text
    enter(client, town, "pont")
    assert "21\u202f000" in client.get(_page(lot)).text


def test_under_four_contributors_nobody_reads_hours(client: FlaskClient, town: Town, lot: Lot) -> None:
    kept = [town.organisations[name].id for name in ("pont", "regie", "net")]
    town.session.execute(delete(Capacity).where(Capacity.organisation_id.not_in(kept)))
    town.session.commit()
    for name in ("pont", "batisseurs", "autre_reseau"):
        enter(client, town, name)
        text = client.get(_page(lot)).text
        assert "n’est pas montré" in text
        assert "10\u202f500" not in text
        assert ">toutes les heures<" not in text


def test_drafts_and_ended_lots_have_no_coverage_for_others(client: FlaskClient, town: Town) -> None:
    draft = sized(town, published=False)
    town.session.commit()
    enter(client, town, "pont")
    assert client.get(_page(draft)).status_code == 404
    assert client.get("/programmation/rien/lot-1/couverture").status_code == 404
    assert client.get(_page(draft).replace("lot-1", "lot-99999999999999999999")).status_code == 404


def test_visitors_are_asked_who_they_are(client: FlaskClient, lot: Lot) -> None:
    answer = client.get(_page(lot))
    assert answer.status_code == 302
    assert "connexion" in answer.location
    assert "Ce que les structures pourraient donner" not in client.get(f"/programmation/{lot.project.reference}").text
