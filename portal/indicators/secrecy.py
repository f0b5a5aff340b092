"""Which cells of a public table are withheld so that no small group can be counted. No database, no clock.

A table goes one way, and its total is public. A cell of 1 to 4 people is « moins de 5 »; one more cell, of 5 people or
more, is masked beside it, for else the total would tell the first. Zero concerns nobody and is shown.

What is masked is chosen by the order of the table, never by its numbers, so that who knows this very rule learns
nothing from the choice: an exhaustive test tries every small table.
"""

from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import TypeVar

SMALLEST_SHOWN = 5
"""The smallest group of people that a public figure may count."""

Key = TypeVar("Key", bound=Hashable)


class Mask(StrEnum):
    """Why a cell says nothing."""

    SMALL = "small"
    MASKED = "masked"


def is_small(people: int) -> bool:
    return 0 < people < SMALLEST_SHOWN


def masks_of(people: Mapping[Key, int]) -> dict[Key, Mask] | None:
    """The cells to withhold, from the people each of them counts; None when the whole table must be.

    The order of `people` says which cell is masked first; it must not depend on what is counted.
    """
    small = [key for key, count in people.items() if is_small(count)]
    if not small:
        return {}
    large = [key for key, count in people.items() if count >= SMALLEST_SHOWN]
    if len(large) < 2:  # nothing of a size to be shown would be left
        return None
    cover = large[0]
    withheld = people[cover] + sum(people[key] for key in small)
    if withheld == SMALLEST_SHOWN + len(small):  # only one addition makes this sum
        return None
    return dict.fromkeys(small, Mask.SMALL) | {cover: Mask.MASKED}
