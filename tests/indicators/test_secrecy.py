"""No group of fewer than five people can be counted from what is shown, not even by who knows the rule by heart."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.indicators.secrecy import SMALLEST_SHOWN, Mask, is_small, masks_of

Counts = tuple[int, ...]
Shown = tuple[object, ...]


def shown(counts: Counts) -> Shown:
    """What the public reads of a table: its total, and each cell or its mask; of a withheld one, the total alone."""
    total = sum(counts)
    told: object = Mask.SMALL if is_small(total) else total
    masks = masks_of(dict(enumerate(counts)))
    if masks is None:
        return (told,)
    return (told, *(masks.get(place, count) for place, count in enumerate(counts)))


def may_be(tables: Iterable[Counts], cells: int) -> list[set[int]]:
    return [{counts[cell] for counts in tables} for cell in range(cells)]


@pytest.mark.parametrize(("cells", "most"), [(2, 40), (3, 24), (4, 15)])
def test_every_small_table_that_reads_alike_leaves_each_withheld_cell_open(cells: int, most: int) -> None:
    """Every table there is, grouped by what is shown of it: the reader knows the rule and still cannot tell."""
    alike: dict[Shown, list[Counts]] = defaultdict(list)
    for counts in product(range(most + 1), repeat=cells):
        if sum(counts) <= most:
            alike[shown(counts)].append(counts)
    for reads, tables in alike.items():
        values = may_be(tables, cells)
        withheld = range(cells) if len(reads) == 1 else [c for c in range(cells) if isinstance(reads[c + 1], Mask)]
        assert all(len(values[cell]) > 1 for cell in withheld), (reads, tables)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=14))
def test_two_values_at_least_are_possible_for_each_cell_withheld(counts: list[int]) -> None:
    masks = masks_of(dict(enumerate(counts)))
    if not masks:
        return
    small = [cell for cell, mask in masks.items() if mask is Mask.SMALL]
    (cover,) = (cell for cell, mask in masks.items() if mask is Mask.MASKED)
    withheld = sum(counts[cell] for cell in masks)
    for cell in small:
        others = len(small) - 1
        possible = {
            value
            for value in range(1, SMALLEST_SHOWN)
            if withheld - value - others >= SMALLEST_SHOWN  # the others at least one each, the cover at least five
        }
        assert counts[cell] in possible
        assert len(possible) > 1
    possible_covers = {c for c in range(SMALLEST_SHOWN, withheld) if len(small) <= withheld - c <= 4 * len(small)}
    assert counts[cover] in possible_covers
    assert len(possible_covers) > 1


@given(st.lists(st.integers(0, 60), min_size=1, max_size=14))
def test_no_small_count_is_ever_shown(counts: list[int]) -> None:
    masks = masks_of(dict(enumerate(counts)))
    assert masks is None or all(cell in masks for cell, count in enumerate(counts) if is_small(count))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=14))
def test_what_is_withheld_together_counts_five_people_or_more(counts: list[int]) -> None:
    masks = masks_of(dict(enumerate(counts)))
    assert not masks or sum(counts[cell] for cell in masks) > SMALLEST_SHOWN


def test_zero_concerns_nobody() -> None:
    assert masks_of({"a": 0, "b": 12, "c": 5}) == {}


def test_the_masked_cell_is_chosen_by_its_place_not_by_its_size() -> None:
    assert masks_of({"a": 3, "b": 900, "c": 7}) == {"a": Mask.SMALL, "b": Mask.MASKED}


def test_a_table_with_nothing_left_to_show_is_withheld_whole() -> None:
    assert masks_of({"a": 3, "b": 900}) is None
    assert masks_of({"a": 3, "b": 4, "c": 2}) is None
