from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import journal
from portal.directory import queries
from portal.directory.models import HeldKind, Organisation
from portal.directory.services import NewOrganisation, OrganisationFacts, edit_organisation, list_organisation
from portal.kernel.actor import ANONYMOUS, SYSTEM
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.storage import violated
from portal.vocabulary import (
    EssFamily,
    OrganisationKind,
    OrganisationSource,
    Reservation,
    Role,
    ServiceType,
    TerritoryScope,
    Trade,
)
from tests.directory.organisations import NOW, TODAY, acting, organisation, siret

NOTHING = OrganisationFacts(
    usual_name=None,
    ess_family=None,
    description=None,
    contact_email=None,
    contact_phone=None,
    website=None,
    trades=frozenset(),
    everywhere=False,
    regions=frozenset(),
    departments=(),
    epcis=frozenset(),
    communes=(),
)
CLEANING = (Trade.CLEANING, ServiceType.PREST)


def edited(session: Session, made: Organisation, facts: OrganisationFacts) -> Organisation:
    edit_organisation(session, made, facts, expected_version=made.version, actor=acting(made, Role.MANAGER), now=NOW)
    session.commit()
    session.expire_all()
    return made


def test_a_siret_is_listed_once(place: Session) -> None:
    organisation(place, 1)
    with pytest.raises(IntegrityError) as refused:
        list_organisation(place, NewOrganisation(siret(1), "Encore", {}), actor=SYSTEM, now=NOW)
    assert violated(refused.value, "uq_organisation_siret")


def test_an_organisation_is_several_things_between_dates(place: Session) -> None:
    made = organisation(place, 1, kinds={OrganisationKind.EI: date(2020, 1, 1), OrganisationKind.BUYER: None})
    made.kinds[0].valid_to = date(2024, 6, 30)
    assert {kind for held in made.kinds for kind in [held.kind]} == {OrganisationKind.EI, OrganisationKind.BUYER}
    ei = next(held for held in made.kinds if held.kind is OrganisationKind.EI)
    ei.valid_to = date(2024, 6, 30)
    place.commit()
    assert made.kinds_on(date(2024, 6, 30)) == {OrganisationKind.EI, OrganisationKind.BUYER}
    assert made.kinds_on(date(2024, 7, 1)) == {OrganisationKind.BUYER}
    assert made.is_eligible_on(date(2022, 1, 1), Reservation.INSERTION)
    assert not made.is_eligible_on(TODAY, Reservation.INSERTION)


@pytest.mark.parametrize("kind_twice", [OrganisationKind.EI, OrganisationKind.ESAT])
def test_one_kind_starts_once_on_a_day(place: Session, kind_twice: OrganisationKind) -> None:
    made = organisation(place, 1, kinds={kind_twice: None})
    twin = HeldKind(kind=kind_twice, valid_from=made.kinds[0].valid_from, source=OrganisationSource.PORTAL)
    made.kinds.append(twin)
    with pytest.raises(IntegrityError):
        place.flush()


def test_esus_holds_between_its_dates(place: Session) -> None:
    made = organisation(place, 1, esus_from=date(2024, 1, 1), esus_until=date(2026, 12, 31))
    assert [made.is_esus_on(day) for day in (date(2023, 12, 31), TODAY, date(2027, 1, 1))] == [False, True, False]
    made.esus_until = None
    assert made.is_esus_on(date(2040, 1, 1))


def test_who_is_a_buyer_depends_on_the_day(place: Session) -> None:
    organisation(place, 1, "Ville de Cenon", kinds={OrganisationKind.BUYER: None})
    organisation(place, 2, "CCAS de Bègles", kinds={OrganisationKind.BUYER: date(2027, 1, 1)})
    assert [buyer.name for buyer in queries.buyers(place, TODAY)] == ["Ville de Cenon"]
    assert [buyer.name for buyer in queries.buyers(place, date(2027, 1, 1))] == ["CCAS de Bègles", "Ville de Cenon"]
    assert queries.networks(place, TODAY) == []


def test_names_are_those_that_people_know(place: Session) -> None:
    known = organisation(place, 1, "ASSOC ARCINS", usual_name="Arcins")
    other = organisation(place, 2, "Autre")
    assert queries.names_of(place, [known.id, other.id, 0]) == {known.id: "Arcins", other.id: "Autre"}


@pytest.mark.parametrize("text", ["", "abc", "0" * 13, "1" * 400, "3560000000001\0", siret(9)])
def test_what_is_no_listed_siret_is_not_found(place: Session, text: str) -> None:
    assert queries.by_siret(place, text) is None
    with pytest.raises(NotFound):
        queries.shown(place, text)


def test_its_people_edit_all_that_is_theirs(place: Session) -> None:
    made = organisation(place, 1, "ASSOC ARCINS")
    edited(
        place,
        made,
        replace(
            NOTHING,
            usual_name="Arcins",
            ess_family=EssFamily.ASSOCIATION,
            website="https://arcins.example",
            trades=frozenset({CLEANING, (Trade.LAUNDRY, ServiceType.BUILD)}),
            regions=frozenset({"75"}),
            departments=("33", "2a"),
            epcis=frozenset({"243300316"}),
            communes=("Bègles", "33063"),
        ),
    )
    assert (made.shown_name, made.sort_name, made.source) == ("Arcins", "arcins", OrganisationSource.OWN)
    assert sorted(made.trades) == ["cleaning:PREST", "laundry:BUILD"]
    assert {(territory.scope, territory.code) for territory in made.served} == {
        (TerritoryScope.REGION, "75"),
        (TerritoryScope.DEPARTMENT, "33"),
        (TerritoryScope.DEPARTMENT, "2A"),
        (TerritoryScope.EPCI, "243300316"),
        (TerritoryScope.COMMUNE, "33039"),
        (TerritoryScope.COMMUNE, "33063"),
    }
    assert queries.territories_of(place, made) == [
        "Région Nouvelle-Aquitaine",
        "Corse-du-Sud (2A)",
        "Gironde (33)",
        "Bordeaux Métropole",
        "Bègles",
        "Bordeaux",
    ]
    assert (made.departments, made.communes) == ("2A, 33", "Bègles (33039), Bordeaux (33063)")


def test_what_the_form_shows_reads_back_the_same(place: Session) -> None:
    made = edited(place, organisation(place, 1), replace(NOTHING, departments=("33",), communes=("Bègles",)))
    again = replace(NOTHING, departments=tuple(made.departments.split(", ")), communes=tuple(made.communes.split(", ")))
    before = {(territory.id, territory.code) for territory in made.served}
    edited(place, made, again)
    assert {(territory.id, territory.code) for territory in made.served} == before


def test_what_is_no_longer_ticked_goes(place: Session) -> None:
    made = edited(place, organisation(place, 1), replace(NOTHING, trades=frozenset({CLEANING}), everywhere=True))
    assert queries.territories_of(place, made) == ["France entière"]
    edited(place, made, NOTHING)
    assert (made.trades, made.served) == ([], [])


def test_an_edit_is_found_by_its_new_name(place: Session) -> None:
    made = edited(place, organisation(place, 1, "ASSOC ARCINS"), replace(NOTHING, usual_name="Les Échoppes"))
    listing = queries.listing(place, queries.Search(words="echop"), TODAY)
    assert [line.siret for line in listing.lines] == [made.siret]


def test_the_journal_holds_what_changed_and_nothing_else(place: Session) -> None:
    made = edited(place, organisation(place, 1), replace(NOTHING, contact_phone="05 00", trades=frozenset({CLEANING})))
    entry = journal.entries_of(place, "organisation", made.id)[0]
    assert (entry.event, entry.actor_label) == ("organisation.edited", "Claire Ansel")
    assert entry.before == {"contact_phone": None, "trades": []}
    assert entry.after == {"contact_phone": "05 00", "trades": ["cleaning:PREST"]}


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        (replace(NOTHING, everywhere=True, regions=frozenset({"75"})), "everywhere", "comprend déjà"),
        (replace(NOTHING, departments=("33", "999")), "departments", "999"),
        (replace(NOTHING, communes=("Bègles", "Atlantis")), "communes", "Atlantis"),
    ],
)
def test_a_territory_that_does_not_hold_is_told_on_its_field(
    place: Session, facts: OrganisationFacts, field: str, sentence: str
) -> None:
    with pytest.raises(RuleViolation, match=sentence) as refused:
        edited(place, organisation(place, 1), facts)
    assert refused.value.field == field


def test_only_its_own_people_edit_it(place: Session) -> None:
    made, other = organisation(place, 1), organisation(place, 2)
    for actor in (ANONYMOUS, acting(other, Role.MANAGER), acting(made, Role.STRUCTURE)):
        with pytest.raises(NotFound):
            edit_organisation(place, made, NOTHING, expected_version=1, actor=actor, now=NOW)


def test_a_stale_edit_shows_the_version_of_the_other(place: Session) -> None:
    made = organisation(place, 1)
    edited(place, made, replace(NOTHING, trades=frozenset({CLEANING}), communes=("Bègles",)))
    with pytest.raises(Stale) as stale:
        edit_organisation(place, made, NOTHING, expected_version=1, actor=acting(made, Role.MANAGER), now=NOW)
    place.rollback()
    current = stale.value.current
    assert isinstance(current, Organisation)
    assert (current.trades, current.communes) == (["cleaning:PREST"], "Bègles (33039)")
    assert place.scalar(select(Organisation.version)) == 2
