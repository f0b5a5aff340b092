"""Chance from a fixed seed, in words."""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Card = TypeVar("Card")

_SEED = "amont-2026"


def random_for(what: str) -> Random:
    """A source of its own for each sort of thing, so that one more draw here changes nothing there."""
    return Random(f"{_SEED} {what}")


class Weighted(Generic[Card]):
    """Cards drawn by weight, at the cost of one bisection."""

    def __init__(self, weights: Mapping[Card, float] | Iterable[tuple[Card, float]]) -> None:
        pairs = list(weights.items() if isinstance(weights, Mapping) else weights)
        self._cards: list[Card] = [card for card, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))

    def draw(self, random: Random) -> Card:
        return self._cards[bisect(self._bounds, random.random() * self._bounds[-1])]


def falling(cards: Sequence[Card], slope: float) -> Weighted[Card]:
    """The first cards come most often, as in any list of buyers: weight 1 / (rank + 20) ** slope."""
    return Weighted((card, 1 / (rank + 20) ** slope) for rank, card in enumerate(cards))
