from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.directory import queries
from portal.directory.models import OfferedTrade, Organisation
from portal.directory.queries import Listing, Search
from portal.directory.services.organisations import index_organisations
from portal.storage import reading
from portal.vocabulary import OrganisationKind, ServiceType, Trade
from tests.directory.organisations import NOW, TODAY, organisation
from tests.statements import Statements


def found(page: int = 1, **asked: object) -> Listing:
    search = Search(**{name: value if name == "words" else frozenset(value) for name, value in asked.items()})  # type: ignore[arg-type, call-overload]
    with reading() as session:
        return queries.listing(session, search, TODAY, page)


def names(listing: Listing) -> list[str]:
    return [line.name for line in listing.lines]


def offering(session: Session, made: Organisation, *trades: Trade) -> Organisation:
    made.offered = [OfferedTrade(trade=trade, service_type=service) for trade in trades for service in ServiceType]
    session.commit()
    return made


@pytest.fixture
def five(place: Session) -> Session:
    """Two insertion companies, an ESAT, a company and a buyer."""
    offering(place, organisation(place, 1, "Zéphyr propreté", commune="33063"), Trade.CLEANING)
    offering(place, organisation(place, 2, "L’Œuvre des prés", commune="33039"), Trade.GREEN_SPACES, Trade.CLEANING)
    organisation(place, 3, "Atelier du Médoc", kinds={OrganisationKind.ESAT: date(2020, 1, 1)}, city="Pauillac")
    organisation(place, 4, "Ébénisterie Roux", kinds={OrganisationKind.COMPANY: date(2027, 1, 1)})
    organisation(place, 5, "Ville de Bègles", kinds={OrganisationKind.BUYER: None}, commune="33039")
    return place


@pytest.mark.usefixtures("five")
def test_the_list_is_in_the_order_of_folded_names() -> None:
    assert names(found()) == [
        "Atelier du Médoc",
        "Ébénisterie Roux",
        "L’Œuvre des prés",
        "Ville de Bègles",
        "Zéphyr propreté",
    ]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zeph", ["Zéphyr propreté"]),
        ("OEUVRE", ["L’Œuvre des prés"]),
        ("œuvre des", ["L’Œuvre des prés"]),
        ("begles", ["L’Œuvre des prés", "Ville de Bègles"]),
        (
            "356000000000",
            ["Atelier du Médoc", "Ébénisterie Roux", "L’Œuvre des prés", "Ville de Bègles", "Zéphyr propreté"],
        ),
        ("atelier zephyr", []),
        ("zzz", []),
        ("des", ["Atelier du Médoc", "Ébénisterie Roux", "L’Œuvre des prés", "Ville de Bègles", "Zéphyr propreté"]),
    ],
)
def test_words_are_found_by_their_beginning_without_accents(words: str, expected: list[str]) -> None:
    assert names(found(words=words)) == expected


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "  "])
def test_a_number_typed_in_groups_is_found(place: Session, space: str) -> None:
    number = organisation(place, 1, "Ateliers du Pont", commune="33063").siret
    organisation(place, 2, "Ateliers du Parc", commune="33063")
    groups = [number[:3], number[3:6], number[6:9], number[9:]]
    assert names(found(words=space.join(groups))) == ["Ateliers du Pont"]
    assert names(found(words=space.join(["bordeaux", *groups]))) == ["Ateliers du Pont"]
    assert len(names(found(words=space.join(groups[:3])))) == 2
    assert names(found(words=space.join(["bordeaux", *groups[:2]]))) == []


@pytest.mark.usefixtures("five")
def test_values_of_one_facet_widen_and_facets_narrow() -> None:
    assert names(found(kinds=[OrganisationKind.ESAT, OrganisationKind.BUYER])) == [
        "Atelier du Médoc",
        "Ville de Bègles",
    ]
    assert names(found(kinds=[OrganisationKind.EI], communes=["33039"])) == ["L’Œuvre des prés"]
    assert names(found(trades=[Trade.CLEANING], words="zephyr")) == ["Zéphyr propreté"]


@pytest.mark.usefixtures("five")
def test_a_kind_that_does_not_hold_today_is_not_counted() -> None:
    assert names(found(kinds=[OrganisationKind.COMPANY])) == []
    assert "company" not in {option.value for option in found().kinds}
    assert next(line for line in found().lines if line.name.startswith("Ébé")).kinds == []


@pytest.mark.usefixtures("five")
def test_each_facet_counts_under_the_others_and_not_under_itself() -> None:
    listing = found(kinds=[OrganisationKind.EI], communes=["33039"])
    assert [(option.value, option.count) for option in listing.kinds] == [("buyer", 1), ("EI", 1)]
    assert [(option.label, option.count) for option in listing.communes] == [("Bègles", 1), ("Bordeaux", 1)]
    assert [(option.value, option.count) for option in listing.trades] == [("green_spaces", 1), ("cleaning", 1)]


@pytest.mark.usefixtures("five")
def test_a_ticked_value_stays_even_with_nothing_under_it() -> None:
    listing = found(kinds=[OrganisationKind.SEP], trades=[Trade.FOOD], communes=["33003"])
    assert [(option.value, option.count) for option in listing.kinds] == [("SEP", 0)]
    assert [(option.value, option.count) for option in listing.trades] == [("food", 0)]
    assert [(option.label, option.count) for option in listing.communes] == [("Ambarès-et-Lagrave", 0)]


@pytest.mark.usefixtures("five")
def test_a_line_tells_what_the_organisation_is_and_does() -> None:
    line = found(words="oeuvre").lines[0]
    assert (line.place, line.kinds, line.trades) == (
        "Bègles",
        [OrganisationKind.EI],
        [Trade.CLEANING, Trade.GREEN_SPACES],
    )


def test_pages_follow_each_other_without_gap_or_repeat(place: Session) -> None:
    for number in range(45):
        organisation(place, number, "Même nom")
    pages = [[line.siret for line in found(page).lines] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len({siret for page in pages for siret in page}) == 45
    assert found().last_page == 3
    assert found(99).page == 3
    assert found(-1).page == 1


def test_the_total_stops_counting_after_a_thousand(place: Session) -> None:
    made = [
        Organisation(
            siret=f"{number:014}",
            name="x",
            sort_name="x",
            source="portal",
            created_at=NOW,
            updated_at=NOW,
        )
        for number in range(1_005)
    ]
    place.add_all(made)
    place.flush()
    index_organisations(place, made)
    place.commit()
    listing = found()
    assert (listing.total, listing.is_cut, listing.last_page) == (1_001, True, 50)


def test_the_list_costs_the_same_whatever_its_length(
    place: Session, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    counts = []
    for number in range(50):
        offering(place, organisation(place, number, commune="33063"), Trade.CLEANING)
        if number in {4, 49}:
            with sql_count() as statements:
                found(kinds=[OrganisationKind.EI])
            counts.append(statements.count)
    assert counts == [7, 7]
