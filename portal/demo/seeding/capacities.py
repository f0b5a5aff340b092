"""What structures said they could carry, in all: most of them, some long ago; the others never said anything.

Most are full: what their contracts take of it is what they said. What is left over is told in `cast.toml` for those of
the cast and a few others, drawn for the rest; none in cleaning, where the lots to come wait for partners.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from portal.calibration.queries.promised import Promise, promises_of
from portal.demo.seeding.bulk import Row, load
from portal.demo.seeding.stage import Stage
from portal.demo.world.organisations import Body, all_organisations
from portal.demo.world.purchases import ANCHOR
from portal.directory.models import Capacity, CapacityStatement
from portal.vocabulary import CapacityBand, OrganisationKind, Trade

_TOLD = 0.7
_LOTS_BEGIN = date(2027, 7, 1)
_SMALL = frozenset({OrganisationKind.AI, OrganisationKind.EITI, OrganisationKind.SEP})
_LEFT = (0, 500, 1_500, 3_500)
_WEIGHTS, _SMALL_WEIGHTS = (60, 24, 12, 4), (70, 25, 5, 0)

_IN_CLEANING = frozenset(
    {
        "clair-net-du-gue-des-anes",
        "eclats-services-de-l-orme-sec",
        "eclats-services-du-carrefour-d-or",
        "eclats-services-du-petit-bassin",
        "l-association-intermediaire-du-petit-bassin",
        "missions-du-gue-des-anes",
    }
)
"""Those drawn that have five hundred hours left in cleaning: with those of the cast, seven thousand on one bank."""

Taken = Mapping[int, Mapping[Trade, Decimal]]
"""Hours a year already promised, by organisation then trade."""


def arrange(stage: Stage) -> None:
    told = [body for body in all_organisations() if body.offers and _has_told(body)]
    taken = _taken(stage, told)
    load(stage.session, CapacityStatement, [_statement(stage, body) for body in told])
    load(stage.session, Capacity, [row for body in told for row in _bands(stage, body, taken)])


def _taken(stage: Stage, told: list[Body]) -> Taken:
    ids = [stage.organisations[body.key].id for body in told]
    found = promises_of(stage.session, ids, frozenset(Trade), ANCHOR.date())
    return {
        id_: {
            trade: sum(map(_still, promised), Decimal(0)).quantize(Decimal(1)) for trade, promised in by_trade.items()
        }
        for id_, by_trade in found.items()
    }


def _still(promised: Promise) -> Decimal:
    """What contracts take once the lots to come begin."""
    return promised.hours if promised.until is None or promised.until >= _LOTS_BEGIN else Decimal(0)


def _has_told(body: Body) -> bool:
    """Those of the cast have, one excepted, whose page shows what there is to complete."""
    if not any(kind.is_structure for kind, _ in body.kinds):
        return False
    return body.key != _SILENT and (body.description is not None or bool(body.left) or _random(body).random() < _TOLD)


_SILENT = "halle-aux-outils"


def _statement(stage: Stage, body: Body) -> Row:
    random = _random(body, "statement")
    confirmed_on = ANCHOR.date() - timedelta(days=random.randint(20, 330))
    leads = random.choice((True, False, False, None))
    later = date(2027, random.randint(1, 9), 1) if random.random() < 0.3 else None
    return {
        "organisation_id": stage.organisations[body.key].id,
        "version": 1,
        "confirmed_on": confirmed_on,
        "confirmed_by": None,
        "saved_at": ANCHOR - timedelta(days=(ANCHOR.date() - confirmed_on).days),
        "available_on": None if body.left else later,
        "people": random.choice((6, 9, 12, 15, 18, 24, 30, 42)),
        "can_lead": leads if body.can_lead is None else body.can_lead,
        "note": None,
    }


def _bands(stage: Stage, body: Body, taken: Taken) -> Iterator[Row]:
    random, id_ = _random(body, "bands"), stage.organisations[body.key].id
    weights = _SMALL_WEIGHTS if _SMALL & {kind for kind, _ in body.kinds} else _WEIGHTS
    for trade in sorted({trade for trade, _ in body.offers}):
        drawn = random.choices(_LEFT, weights)[0]
        left = (500 if body.key in _IN_CLEANING else 0) if trade is Trade.CLEANING else drawn
        engaged = taken.get(id_, {}).get(trade, Decimal(0))
        yield {"organisation_id": id_, "trade": trade, "band": _band(engaged, body.left.get(trade, left))}


def _band(taken: Decimal, left: int) -> CapacityBand:
    """The smallest band that leaves so many hours; that which holds what is taken, when none are left."""
    if not left:
        return max((band for band in CapacityBand if band.low <= taken), key=lambda band: band.low)
    enough = [band for band in CapacityBand if band.low >= taken + left]
    return min(enough, key=lambda band: band.low, default=CapacityBand.FROM_15000)


def _random(body: Body, of: str = "told") -> Random:
    return Random(f"amont: capacity {of} {body.key}")
