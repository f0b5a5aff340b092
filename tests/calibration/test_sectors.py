"""Ready-made sectors: all communes, once each, about as many people, neighbours together."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import portal.directory
from portal.calibration.cover import cover
from portal.calibration.facts import Place
from portal.calibration.sectors import name_of, ready_made
from portal.calibration.views.coverage_picture import WIDTH, picture_of
from tests.calibration.coverage_samples import need

_LIST = Path(portal.directory.__file__).parent / "reference" / "communes.csv"


def _bordeaux() -> tuple[Place, ...]:
    with _LIST.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["insee"], row["nom"], int(row["pop_municipale"]), float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        )


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_communes_of_bordeaux_are_shared_evenly(count: int) -> None:
    groups = ready_made(_bordeaux(), count)
    people = [sum(place.population for place in group) for group in groups]
    assert len(groups) == count
    assert max(people) <= 0.4 * sum(people) if count > 2 else max(people) <= 0.55 * sum(people)
    assert ready_made(tuple(reversed(_bordeaux())), count) == groups


_PLACES = st.lists(st.tuples(st.floats(41, 51), st.floats(-5, 9), st.integers(0, 300_000)), max_size=30).map(
    lambda told: tuple(Place(f"{at:05}", f"C{at}", people, x, y) for at, (x, y, people) in enumerate(told))
)


@given(places=_PLACES, count=st.sampled_from([2, 3, 4]))
def test_each_commune_stands_in_one_sector(places: tuple[Place, ...], count: int) -> None:
    groups = ready_made(places, count)
    if len(places) < count:
        assert groups == ()
        return
    assert len(groups) == count
    assert all(groups)
    assert sorted(place.code for group in groups for place in group) == [place.code for place in places]


def test_without_positions_nothing_is_ready_made() -> None:
    assert ready_made((*_bordeaux(), Place("33999", "Ailleurs", 10)), 2) == ()


def test_sectors_are_named_after_their_largest_commune() -> None:
    assert name_of(_bordeaux()) == "Bordeaux et 27 communes"
    assert name_of(_bordeaux()[:1]) == "Ambarès-et-Lagrave"


def test_no_commune_hides_another_in_the_picture() -> None:
    picture = picture_of(cover(need(12_000, _bordeaux()), []).by_place)
    assert picture is not None
    for mark in picture.marks:
        assert mark.radius <= mark.x <= WIDTH - mark.radius
        assert mark.radius <= mark.y <= picture.height - mark.radius
        for other in picture.marks[mark.number :]:
            apart = ((mark.x - other.x) ** 2 + (mark.y - other.y) ** 2) ** 0.5
            assert apart > 0.85 * (mark.radius + other.radius), (mark.place.name, other.place.name)
