"""The list kept to one's own trades and places, as filters that anybody's address could hold. No database, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from portal.forecast.listing.selection import Facet, Selection

_MOST_COMMUNES = 40
"""As many as an address holds: whoever serves more, or a whole department, is near everywhere."""


@dataclass(frozen=True)
class Shortcut:
    label: str
    selection: Selection
    is_on: bool


def shortcuts(selection: Selection, trades: Sequence[str], communes: Sequence[str]) -> list[Shortcut]:
    """« Mes métiers », « Mon territoire », « Les deux »: each takes itself off once on; none without its facts."""
    return list(_shortcuts(selection, tuple(trades), tuple(communes) if len(communes) <= _MOST_COMMUNES else ()))


def _shortcuts(selection: Selection, trades: tuple[str, ...], communes: tuple[str, ...]) -> Iterator[Shortcut]:
    own = {Facet.TRADE: trades, Facet.COMMUNE: communes}
    on = frozenset(facet for facet, values in own.items() if values and selection.values(facet) == values)
    ways = (
        ("Mes métiers", frozenset({Facet.TRADE})),
        ("Mon territoire", frozenset({Facet.COMMUNE})),
        ("Les deux", frozenset(own)),
    )
    for label, facets in ways:
        if all(own[facet] for facet in facets):
            is_on = on == facets
            chosen = {facet: values for facet, values in selection.chosen.items() if facet not in own}
            kept = {} if is_on else {facet: own[facet] for facet in facets}
            yield Shortcut(label, replace(selection, chosen=chosen | kept, cursor=None), is_on)
