"""Chance, tamed: shares that come out exact, decks without repetition."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

Card = TypeVar("Card")


def drawn_deck(random: Random, cards: Sequence[Card]) -> Iterator[Card]:
    """Each card once, in a drawn order."""
    return iter(random.sample(cards, len(cards)))


def dealt(random: Random, counts: Mapping[Card, int]) -> list[Card]:
    """Exactly so many of each, in a drawn order."""
    cards = [card for card, count in counts.items() for _ in range(count)]
    random.shuffle(cards)
    return cards


def chosen(random: Random, weights: Mapping[Card, float]) -> Card:
    return random.choices(list(weights), list(weights.values()))[0]


def shares(total: int, weights: Mapping[Card, float]) -> dict[Card, int]:
    """`total` shared by weight, in whole numbers that add up (largest remainders)."""
    whole = sum(weights.values())
    exact = {card: total * weight / whole for card, weight in weights.items()}
    counts = {card: int(share) for card, share in exact.items()}
    left = total - sum(counts.values())
    for card in sorted(exact, key=lambda card: counts[card] - exact[card])[:left]:
        counts[card] += 1
    return counts
