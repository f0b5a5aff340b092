"""What visitors ask of the public list: words and facets of lots that exist, mostly."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from bench.world.draws import Weighted, random_for
from portal.forecast.listing.selection import WITHOUT_LEVER, Facet, Order, Selection
from portal.forecast.models import Lot, Project
from portal.kernel.period import Quarter
from portal.storage.search import words_of
from portal.vocabulary import LeverState

LIST = "/programmation"

_FACETS: Weighted[Facet] = Weighted(
    {
        Facet.LEVER: 24,
        Facet.TRADE: 22,
        Facet.COMMUNE: 18,
        Facet.PERIOD: 16,
        Facet.BUYER: 8,
        Facet.AMOUNT: 8,
        Facet.CONFIDENCE: 4,
    }
)
_WORDS: Weighted[int] = Weighted({1: 65, 2: 30, 3: 5})
_ORDERS: Weighted[Order] = Weighted({Order.DATE: 76, Order.HOURS: 8, Order.AMOUNT: 8, Order.CHANGE: 8})
_SAID_IN: Weighted[str] = Weighted({"titles": 55, "description": 25, "place": 20})
_FROM_ANOTHER_LOT = 0.2
_SHORTEST_WORD = 4


def drawn_searches(session: Session, count: int) -> list[str]:
    """`count` distinct addresses, each with words to search and two facets; always the same on the same data."""
    random = random_for("searches")
    ids = session.scalars(select(Lot.id).order_by(Lot.id)).all()
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        for lot, other in _pairs(session, random, ids, count):
            drawn.setdefault(f"{LIST}?{_search(random, lot, other).address()}")
    return list(drawn)[:count]


def _pairs(session: Session, random: Random, ids: Sequence[int], count: int) -> Iterator[tuple[Lot, Lot]]:
    """Lots whose words are searched, each with another one that some facets are taken from."""
    wanted = random.choices(ids, k=min(count, 500) * 2)
    loaded = select(Lot).where(Lot.id.in_(wanted)).options(joinedload(Lot.project).joinedload(Project.buyer))
    lots = {lot.id: lot for lot in session.scalars(loaded)}
    for first, second in zip(wanted[::2], wanted[1::2], strict=True):
        yield lots[first], lots[second]


def _search(random: Random, lot: Lot, other: Lot) -> Selection:
    facets: dict[Facet, tuple[str, ...]] = {}
    while len(facets) < 2:
        facet = _FACETS.draw(random)
        source = other if random.random() < _FROM_ANOTHER_LOT else lot
        if value := _values(source)[facet]:
            facets[facet] = (value,)
    return Selection(_text(random, lot), facets, _ORDERS.draw(random))


def _text(random: Random, lot: Lot) -> str:
    """One to three words: mostly of what is bought, else of its description, or the name of a buyer or a place."""
    return " ".join(dict.fromkeys(_word(random, lot) for _ in range(_WORDS.draw(random))))


def _word(random: Random, lot: Lot) -> str:
    project = lot.project
    said = {
        "titles": f"{project.title} {lot.title or ''}",
        "description": lot.description or project.title,
        "place": f"{project.buyer.name} {project.buyer.city or ''}",
    }
    words = [word for word in words_of(said[_SAID_IN.draw(random)]) if len(word) >= _SHORTEST_WORD]
    return random.choice([word for word in words if not word.isdigit()] or [lot.trade.label])


def _values(lot: Lot) -> Mapping[Facet, str | None]:
    quarter = Quarter.of(lot.planned_on)
    live = sorted(held.lever.value for held in lot.levers if held.state is not LeverState.DISCARDED)
    return {
        Facet.LEVER: live[0] if live else WITHOUT_LEVER,
        Facet.TRADE: lot.trade.value,
        Facet.COMMUNE: next(iter(lot.commune_codes), lot.project.buyer.commune_code),
        Facet.PERIOD: f"{quarter.year}-T{quarter.number}" if lot.id % 2 else str(quarter.year),
        Facet.BUYER: lot.project.buyer.siret,
        Facet.AMOUNT: lot.amount_band.value if lot.amount_band else None,
        Facet.CONFIDENCE: lot.confidence.value,
    }
