"""What must never happen to a cover: nobody twice, hours or communes missing, one structure's promises told."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.calibration.answers import MOST_ANSWERS, MOST_MEMBERS
from portal.calibration.comparison import weigh
from portal.calibration.cover import cover, covers, hours_by_population, joint_cover, read_by
from portal.calibration.engaged import exactly_free, free_hours, yearly
from portal.calibration.facts import FEWEST_CONTRIBUTORS, Cover, SectorNeed, Structure
from portal.calibration.neighbours import together
from portal.calibration.split import SectorTerms, VariantTerms
from portal.calibration.views import coverage_words
from portal.calibration.views.coverage_picture import Level, picture_of
from portal.calibration.views.variants_words import HIDDEN, Way
from portal.vocabulary import CapacityBand, OrganisationKind, Reservation
from tests.calibration.coverage_samples import CODES, PLACES, Told, counted, engaged_structures, need, sector, structure


@given(told=engaged_structures(), hours=st.integers(1, 30_000))
def test_answers_share_nobody_and_cover_their_hours_and_communes(told: list[Told], hours: int) -> None:
    found = cover(need(hours), counted(told))
    everybody = [member.organisation_id for answer in found.answers for member in answer]
    assert len(everybody) == len(set(everybody))
    assert len(found.answers) <= MOST_ANSWERS
    for answer in found.answers:
        assert sum(member.hours for member in answer) >= hours
        assert frozenset().union(*(member.communes for member in answer)) == frozenset(CODES)
        assert len(answer) <= MOST_MEMBERS
        assert len(answer) == 1 or answer[0].can_lead
        assert all(member.hours > 0 for member in answer)


@given(told=engaged_structures(), hours=st.integers(0, 30_000))
def test_communes_add_up_to_the_whole(told: list[Told], hours: int) -> None:
    found = cover(need(hours), counted(told))
    assert sum(each.offered for each in found.by_place) == pytest.approx(found.offered)
    assert sum(each.wanted or 0 for each in found.by_place) == pytest.approx(Decimal(hours))


@given(told=engaged_structures(most=6), wanted=st.lists(st.integers(0, 8_000), min_size=3, max_size=3))
def test_sectors_at_once_are_the_greatest_flow(told: list[Told], wanted: list[int]) -> None:
    structures = counted(told)
    sectors = [sector(hours, *CODES[2 * at : 2 * at + 2]) for at, hours in enumerate(wanted)]
    joint = joint_cover(sectors, need(sum(wanted)), structures)
    assert joint is not None
    assert joint.served == _flow(structures, sectors)


def _flow(structures: list[Structure], sectors: list[SectorNeed]) -> Decimal:
    """Augmenting paths, one after the other, from structures to sectors."""
    count, left = len(structures), [each.hours for each in structures]
    free = [each.hours or Decimal(0) for each in sectors]
    links = [[not each.communes.isdisjoint(p.code for p in s.places) for s in sectors] for each in structures]
    given_ = [[Decimal(0)] * len(sectors) for _ in structures]
    while path := _path(count, left, free, links, given_):
        room = min(left[path[0]], free[path[-1]], *(given_[path[at]][path[at - 1]] for at in range(2, len(path), 2)))
        left[path[0]], free[path[-1]] = left[path[0]] - room, free[path[-1]] - room
        for at in range(0, len(path), 2):
            given_[path[at]][path[at + 1]] += room
        for at in range(2, len(path), 2):
            given_[path[at]][path[at - 1]] -= room
    return sum((sum(row, Decimal(0)) for row in given_), Decimal(0))


def _path(
    count: int, left: list[Decimal], free: list[Decimal], links: list[list[bool]], given_: list[list[Decimal]]
) -> list[int]:
    """Structure, sector, structure, sector…: the next structure gives up hours of the sector before it."""
    waiting, seen = [[at] for at in range(count) if left[at] > 0], set()
    while waiting:
        path = waiting.pop(0)
        for to in range(len(free)):
            if not links[path[-1]][to] or to in seen:
                continue
            seen.add(to)
            if free[to] > 0:
                return [*path, to]
            waiting += [[*path, to, other] for other in range(count) if given_[other][to] > 0]
    return []


def _shown(found: Cover) -> object:
    """All that anybody may read of it: the words, the figures, the picture's levels."""
    picture = picture_of(found.by_place)
    return (
        coverage_words.told(found), coverage_words.who(found), coverage_words.size(found), coverage_words.share(found),
        found.shown_hours, found.shown_share, found.shown_leaders, found.shown_answers,
        [(each.structures, Level.of(each)) for each in found.by_place],
        [mark.level for mark in picture.marks] if picture else None,
    )  # fmt: skip


@given(told=engaged_structures(), more=st.integers(1, 16_000), hours=st.integers(1, 30_000), data=st.data())
def test_nothing_shown_tells_promises_finer_than_a_step(
    told: list[Told],
    more: int,
    hours: int,
    data: st.DataObject,
) -> None:
    """Every lot, every sector, at once: what is engaged may vary within a step without a single figure moving."""
    if not told:
        return
    at = data.draw(st.integers(0, len(told) - 1))
    band, engaged, served, leads = told[at]
    other = [*told[:at], (band, more, served, leads), *told[at + 1 :]]
    if free_hours(band.low, Decimal(engaged)) != free_hours(band.low, Decimal(more)):
        return
    sectors = [SectorNeed("x", Decimal(hours), part) for size in (1, 2, 6) for part in combinations(PLACES, size)]
    before, after = (covers(sectors, need(hours), counted(each)) for each in (told, other))
    assert list(map(_shown, before)) == list(map(_shown, after))


@pytest.mark.parametrize("band", list(CapacityBand))
def test_a_step_hides_a_fourth_of_what_is_left_at_least(band: CapacityBand) -> None:
    for engaged in range(1, band.low, 50):
        left, step = exactly_free(band.low, Decimal(engaged)), free_hours(band.low, Decimal(engaged))
        assert 0 <= step <= left
        alike = [other for other in range(0, band.low + 1, 10) if free_hours(band.low, Decimal(other)) == step]
        assert max(alike) - min(alike) >= 240


@given(told=engaged_structures(), hours=st.integers(1, 30_000))
def test_no_figure_is_shown_under_four_contributors(told: list[Told], hours: int) -> None:
    found = cover(need(hours), counted(told))
    few = found.contributors < FEWEST_CONTRIBUTORS and found.structures > 0
    assert (found.shown_hours is None) == few
    assert (found.shown_leaders is None) == (found.shown_answers is None) == few
    assert few == (found.structures > 0 and "montré" in coverage_words.told(found))
    for each in found.by_place:
        if each.structures > 0 and each.contributors < FEWEST_CONTRIBUTORS:
            assert Level.of(each) is Level.MASKED
            assert each.share is None
    if found.shown_hours is not None:
        assert found.shown_hours % 100 == 0
        assert found.shown_hours <= found.offered


@given(own=st.integers(0, 15_000), others=st.lists(st.integers(250, 15_000), min_size=3, max_size=5))
def test_ones_own_hours_taken_from_the_total_leave_three_others_at_least(own: int, others: list[int]) -> None:
    """Who knows its own share is left with the sum of three others, by hundreds: never with one of them."""
    structures = [structure(number, hours) for number, hours in enumerate([own, *others], 1)]
    found = cover(need(10_000), structures)
    if found.shown_hours is not None:
        assert len([each for each in structures[1:] if each.hours > 0]) >= 3


def test_a_network_cannot_take_its_members_from_the_total_to_read_the_one_left() -> None:
    structures = [structure(number, 3_500) for number in range(1, 7)]
    found = cover(need(10_000), structures)
    for named, shown in ((0, True), (3, True), (4, False), (5, False), (6, True)):
        read = read_by(found, need(10_000), structures, range(1, named + 1))
        assert (read.shown_hours is not None) is shown, named
    assert "adhérents" in coverage_words.told(read_by(found, need(10_000), structures, range(1, 6)))


@pytest.mark.parametrize(("few", "shown"), [(1, HIDDEN), (4, "99\u202f%")])
def test_all_sectors_at_once_tell_nothing_of_one_whose_total_is_hidden(few: int, shown: str) -> None:
    """A lone structure's sector, the others brought to an hour: what is served of all would be its hours."""
    sides = (CODES[:1], CODES[1:])
    structures = [structure(number, 3_500, sides[number > few]) for number in range(1, few + 6)]
    sectors = tuple(
        SectorTerms("Secteur", side, Decimal(hours)) for side, hours in zip(sides, (14_100, 1), strict=True)
    )
    [found] = weigh([VariantTerms(name="Deux secteurs", sectors=sectors)], need(14_101), structures)
    assert Way("x", "Deux secteurs", "", found).at_once == shown


def test_who_told_nothing_is_counted_as_silent_and_masks_nothing() -> None:
    found = cover(need(5_000), [structure(1, 0, told=False), structure(2, 0, told=False)])
    assert (found.structures, found.silent) == (2, 2)
    assert found.shown_hours == 0
    assert not found.is_masked


def test_one_reader_cannot_tell_that_a_lone_structure_is_all_engaged() -> None:
    """Told, and nothing left: as masked as with hours."""
    assert cover(need(5_000), [structure(1, 0)]).shown_hours is None
    assert cover(need(5_000), [structure(1, 3_500)]).shown_hours is None


def test_reserved_lots_count_those_who_answer_as_of_right() -> None:
    adapted = replace(structure(2, 3_500), kinds=frozenset({OrganisationKind.EA}))
    found = cover(need(3_000, reservation=Reservation.HANDICAP), [structure(1, 3_500), adapted])
    assert [member.organisation_id for answer in found.answers for member in answer] == [2]


def test_a_leader_gathers_who_serves_the_communes_it_misses() -> None:
    rive = tuple(CODES[:3])
    structures = [
        structure(1, 3_500, rive, leads=True),
        structure(2, 1_500, CODES[3:]),
        structure(3, 7_000, rive),
        structure(4, 500, CODES[3:5]),
    ]
    (answer,) = cover(need(5_000), structures).answers
    assert [member.organisation_id for member in answer] == [1, 2]


def test_nobody_leads_nobody_answers() -> None:
    assert cover(need(5_000), [structure(number, 3_500) for number in range(1, 9)]).answers == ()
    led = [structure(number, 3_500, leads=number < 3) for number in range(1, 9)]
    assert cover(need(5_000), led).is_well_sized


def test_hours_not_said_leave_the_answer_open() -> None:
    found = cover(need(None), [structure(number, 3_500, leads=True) for number in range(1, 9)])
    assert (found.share, found.missing, found.answers) == (None, None, ())
    assert coverage_words.size(found)[1] is None


def test_sectors_take_hours_by_population() -> None:
    assert hours_by_population(Decimal(10_000), [PLACES[:2], PLACES[2:]]) == [Decimal(1_429), Decimal(8_571)]


def test_hours_of_a_whole_contract_are_taken_a_year() -> None:
    assert yearly(Decimal(36_000), 36) == 12_000
    assert yearly(Decimal(900), 6) == yearly(Decimal(900), None) == 900


def test_many_communes_are_taken_by_neighbours() -> None:
    many = tuple(
        replace(PLACES[0], code=f"{40_000 + at}", name=f"C{at}", latitude=44 + at % 10 / 10, longitude=at // 10 / 10)
        for at in range(90)
    )
    served = tuple(place.code for place in many[:45])
    grouped, structures = together(need(9_000, many), [structure(1, 3_500, served)])
    assert len(grouped.places) == 24
    assert sum(place.population for place in grouped.places) == sum(place.population for place in many)
    found = cover(grouped, structures)
    assert 0 < sum(each.structures for each in found.by_place) < 24
    assert sum(each.offered for each in found.by_place) == pytest.approx(Decimal(3_500))
