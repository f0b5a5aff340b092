"""Whom to invite: what is missing, why each, in which order; and what neither words nor order ever tell."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.directory.models import (
    Affiliation,
    Capacity,
    CapacityStatement,
    OfferedTrade,
    Organisation,
    ServedTerritory,
)
from portal.forecast.models import Lot
from portal.groupements.models import Groupement
from portal.groupements.partners import rules
from portal.groupements.partners.facts import Candidate, Own, Wanted
from portal.groupements.partners.queries import partners_of
from portal.sourcing.models import Interest
from portal.vocabulary import (
    CapacityBand,
    DisinterestReason,
    InterestKind,
    OrganisationKind,
    Reservation,
    Role,
    ServiceType,
    TerritoryScope,
    Trade,
)
from tests.groupements.pages import enter, room
from tests.groupements.people import Town, joined, opened
from tests.statements import Statements
from tests.worlds import NOW

Counting = Callable[[], AbstractContextManager[Statements]]

WANTED = Wanted(
    trades=frozenset({Trade.CLEANING}),
    places={"33001": "Saint-Aubrin", "33002": "Belleroche"},
    reservations=(("le lot 1", Reservation.INSERTION),),
    missing_places=frozenset({"33002"}),
    missing_hours=Decimal(5000),
)
PLAIN = Candidate(
    organisation_id=1,
    siret="1",
    name="Net",
    kinds=frozenset({OrganisationKind.EI}),
    trades=frozenset({Trade.CLEANING}),
    places=frozenset({"33001"}),
)


def candidate(name: str, **more: object) -> Candidate:
    return replace(PLAIN, name=name, siret=name, **more)  # type: ignore[arg-type]


def order(*candidates: Candidate, wanted: Wanted = WANTED) -> list[str]:
    return [each.candidate.name for each in rules.ranked(candidates, wanted)]


def words(one: Candidate, wanted: Wanted = WANTED) -> str:
    return " ".join(reason.words for reason in rules.reasons(one, wanted)).replace("\u202f", " ")


def test_who_brings_what_is_missing_comes_first() -> None:
    brings = candidate("brings", places=frozenset({"33002"}))
    unfit = candidate("unfit", places=frozenset({"33002"}), kinds=frozenset({OrganisationKind.COMPANY}))
    willing = candidate("willing", interest=InterestKind.MEMBER)
    fellow = candidate("fellow", network="Cap")
    gone = candidate("gone", places=frozenset({"33002"}), gone="A quitté le groupement.")
    silent = candidate("silent", trades=frozenset(), places=None)
    found = order(gone, unfit, silent, candidate("plain"), fellow, willing, brings)
    assert found == ["brings", "willing", "fellow", "plain", "silent", "unfit", "gone"]


def test_who_would_lead_comes_first_where_nobody_does() -> None:
    leads, follows = candidate("leads", interest=InterestKind.MANDATAIRE), candidate("f", interest=InterestKind.MEMBER)
    assert order(follows, leads) == ["f", "leads"]
    assert order(follows, leads, wanted=replace(WANTED, missing_mandataire=True)) == ["leads", "f"]
    assert "il vous manque un mandataire" in words(leads, replace(WANTED, missing_mandataire=True))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"places": frozenset({"33002"})}, "personne n’est encore : Belleroche."),
        ({}, "Travaille dans 1 commune sur 2."),
        ({"places": None}, "Son territoire n’est pas indiqué"),
        ({}, "Son métier : Propreté."),
        ({"trades": frozenset()}, "Ses métiers ne sont pas indiqués"),
        ({}, "Peut répondre de plein droit au lot réservé (L2113-13)."),
        ({"kinds": frozenset({OrganisationKind.COMPANY})}, "pas de plein droit, à justifier"),
        ({"kinds": frozenset()}, "ce qu’elle est n’est pas indiqué"),
        ({"interest": InterestKind.MEMBER}, "prête à rejoindre un groupement sur ce lot."),
        ({"interest": InterestKind.ALONE}, "prête à répondre seule"),
        ({"network": "Cap"}, "Adhère comme vous à Cap."),
        ({"network": "Cap", "is_own": True}, "Adhère à votre réseau."),
        (
            {"own": Own(band=CapacityBand.FROM_3500, confirmed_on=date(2026, 9, 1))},
            "avant ce qu’elle a promis ailleurs",
        ),
        ({"own": Own(band=None, confirmed_on=date(2026, 9, 1))}, "n’a pas dit ses heures"),
        ({"gone": "A quitté le groupement, le 3 décembre 2026."}, "A quitté le groupement"),
    ],
)
def test_each_reason_is_said(more: dict[str, object], told: str) -> None:
    assert told in words(candidate("x", **more))


@given(st.lists(st.sampled_from([None, *CapacityBand]), min_size=2, max_size=4))
def test_for_the_network_alone_hours_order_its_own_members(bands: list[CapacityBand | None]) -> None:
    own = [candidate(str(n), own=Own(band=band, confirmed_on=date(2026, 9, 1))) for n, band in enumerate(bands)]
    brought = [min(each.own.band.low, 5000) if each.own and each.own.band else 0 for each in own]
    best = [int(name) for name in order(*own)]
    assert [brought[place] for place in best] == sorted(brought, reverse=True)


# What the page says, and to whom


@pytest.fixture
def groupement(town: Town, lot: Lot, session: Session) -> Groupement:
    """Led by pont, which serves one of the two communes; the network coordinates."""
    for name, codes in (("pont", ["33001"]), ("regie", ["33002"]), ("net", ["33001", "33002"])):
        offers(session, town.organisations[name], codes)
    made = opened(town, lot)
    made.network_id = town.organisations["reseau"].id
    session.commit()
    return made


def offers(session: Session, organisation: Organisation, codes: Iterable[str]) -> None:
    offered = {"trade": Trade.CLEANING, "service_type": ServiceType.PREST}
    session.add(OfferedTrade(organisation_id=organisation.id, **offered))
    session.add_all(
        ServedTerritory(organisation_id=organisation.id, scope=TerritoryScope.COMMUNE, code=code) for code in codes
    )
    session.flush()


def could_carry(
    session: Session, organisation: Organisation, band: CapacityBand, *, trade: Trade = Trade.CLEANING
) -> None:
    told = CapacityStatement(
        organisation_id=organisation.id, confirmed_on=date(2026, 9, 1), saved_at=NOW, can_lead=True
    )
    session.add(told)
    session.flush()
    session.add(Capacity(organisation_id=organisation.id, trade=trade, band=band))
    session.commit()
    session.expire_all()


def interested(session: Session, town: Town, lot: Lot, name: str, kind: InterestKind, **more: object) -> None:
    told = {"named_to_buyer": False, "named_to_others": True, "told_at": town.now} | more
    organisation_id = town.organisations[name].id
    session.add(Interest(lot_id=lot.id, organisation_id=organisation_id, kind=kind, **told))
    session.commit()


def affiliated(session: Session, town: Town, *names: str) -> None:
    network = town.organisations["reseau"].id
    session.add_all(
        Affiliation(
            network_id=network,
            structure_id=town.organisations[name].id,
            asked_at=town.now - timedelta(2),
            accepted_at=town.now - timedelta(1),
        )
        for name in names
    )
    session.commit()


def suggested(client: FlaskClient, town: Town, groupement: Groupement, by: str = "pont") -> str:
    enter(client, town, by)
    page = client.get(room(groupement, "/partenaires"))
    assert page.status_code == 200
    return page.text.split("Ce qui manque au groupement", 1)[1].split("</ol>", 1)[0].replace("\u202f", " ")


def test_the_page_says_what_is_missing_then_who_brings_it(
    client: FlaskClient, town: Town, groupement: Groupement
) -> None:
    page = suggested(client, town, groupement)
    assert "Communes où personne ne travaille" in page
    assert page.index("personne n’est encore") < page.index("Inviter") < page.index("Regie")
    assert "Heures à couvrir" in page
    assert "12 000 h par an" in page
    assert f"siret={town.organisations['net'].siret}" in page
    assert "Batisseurs" not in page, "it offers nothing that the lots ask"
    joined(town, groupement, "regie")
    town.session.commit()
    page = suggested(client, town, groupement)
    assert "Regie" not in page
    assert "Communes où personne" not in page


def test_what_rivals_could_carry_is_in_neither_words_nor_order(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    """Not even whether they told anything, nor a trade that they only told for its hours, nor hours of interest."""
    before = suggested(client, town, groupement)
    could_carry(session, town.organisations["net"], CapacityBand.FROM_15000)
    assert suggested(client, town, groupement) == before
    could_carry(session, town.organisations["renfort"], CapacityBand.FROM_7000)
    assert suggested(client, town, groupement) == before
    interested(
        session, town, groupement.lots[0], "net", InterestKind.MEMBER, named_to_others=False, hours=Decimal(9000)
    )
    assert suggested(client, town, groupement) == before
    refuses = {"disinterest": DisinterestReason.TOO_BIG}
    interested(session, town, groupement.lots[0], "regie", InterestKind.NOT_INTERESTED, **refuses)
    assert suggested(client, town, groupement) == before


def test_a_network_reads_the_hours_of_its_own_members_and_of_no_other(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    affiliated(session, town, "net")
    could_carry(session, town.organisations["net"], CapacityBand.FROM_3500)
    could_carry(session, town.organisations["regie"], CapacityBand.FROM_7000)
    page = suggested(client, town, groupement, by="reseau")
    assert "3 500 à 7 000 h par an" in page
    assert "7 000 à 15 000" not in page
    assert "Adhère à votre réseau." in page
    assert "3 500 à 7 000" not in suggested(client, town, groupement)


def test_a_mandataire_that_is_a_network_s_member_reads_no_hours_of_its_fellows(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    affiliated(session, town, "pont", "net")
    before = suggested(client, town, groupement)
    assert "Adhère comme vous à Reseau." in before
    could_carry(session, town.organisations["net"], CapacityBand.FROM_3500)
    assert suggested(client, town, groupement) == before


def test_named_interests_are_read_by_structures_and_networks_not_by_companies(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    interested(session, town, groupement.lots[0], "renfort", InterestKind.MEMBER, hours=Decimal(4321), note="Un mot.")
    page = suggested(client, town, groupement)
    assert "prête à rejoindre" in page
    assert "4 321" not in page
    own = opened(town, groupement.lots[0], by="batisseurs")
    session.commit()
    assert "prête à rejoindre" not in suggested(client, town, own, by="batisseurs")


def test_only_whoever_holds_the_pen_of_one_that_forms_finds_it(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    joined(town, groupement, "regie")
    session.commit()
    for name, status in (("regie", 404), ("net", 404), ("autre_reseau", 404), ("reseau", 200)):
        enter(client, town, name)
        assert client.get(room(groupement, "/partenaires?page=99999999999999999999")).status_code == status, name
    town.add("mairie", 9, OrganisationKind.BUYER, Role.PURCHASING)
    enter(client, town, "mairie")
    assert client.get(room(groupement, "/partenaires")).status_code == 403


def test_nobody_to_suggest_says_what_to_do(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    made = opened(town, lot)
    made.open_to_requests = False
    for name in ("regie", "net", "renfort", "batisseurs"):
        offers(session, town.organisations[name], ["33005"])
    session.commit()
    enter(client, town, "pont")
    page = client.get(room(made, "/partenaires")).text
    assert "Aucune suggestion" in page
    assert "Ouvrez le groupement aux demandes" in page
    assert room(made, "/inviter") in page


def test_suggestions_cost_a_fixed_number_of_statements(
    town: Town, groupement: Groupement, session: Session, sql_count: Counting
) -> None:
    def cost() -> int:
        session.expire_all()
        again = session.get_one(Groupement, groupement.id)
        with sql_count() as statements:
            found = partners_of(session, again, town.actor("pont"), town.now)
            rules.ranked(found.candidates(date(2026, 12, 3)), found.wanted)
        return statements.count

    few = cost()
    for number in range(20, 30):
        town.add(f"structure{number}", number, OrganisationKind.EI, Role.STRUCTURE)
        offers(session, town.organisations[f"structure{number}"], ["33001", "33002"])
        interested(session, town, groupement.lots[0], f"structure{number}", InterestKind.MEMBER)
    assert cost() == few
