"""What structures said they could carry: most of them, some long ago; the others never said anything."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from portal.demo.seeding.bulk import Row, load
from portal.demo.seeding.stage import Stage
from portal.demo.world.organisations import Body, all_organisations
from portal.demo.world.purchases import ANCHOR
from portal.directory.models import Capacity, CapacityStatement
from portal.vocabulary import CapacityBand, OrganisationKind

_TOLD = 0.7
_SMALL = frozenset({OrganisationKind.AI, OrganisationKind.EITI, OrganisationKind.SEP})
_BANDS = tuple(CapacityBand)
_WEIGHTS, _SMALL_WEIGHTS = (8, 24, 34, 22, 9, 3), (30, 40, 22, 8, 0, 0)


def arrange(stage: Stage) -> None:
    told = [body for body in all_organisations() if body.offers and _has_told(body)]
    load(stage.session, CapacityStatement, [_statement(stage, body) for body in told])
    load(stage.session, Capacity, [row for body in told for row in _bands(stage, body)])


def _has_told(body: Body) -> bool:
    """Those of the cast have, one excepted, whose page shows what there is to complete."""
    if not any(kind.is_structure for kind, _ in body.kinds):
        return False
    return body.key != _SILENT and (body.description is not None or _random(body).random() < _TOLD)


_SILENT = "halle-aux-outils"


def _statement(stage: Stage, body: Body) -> Row:
    random = _random(body, "statement")
    confirmed_on = ANCHOR.date() - timedelta(days=random.randint(20, 330))
    return {
        "organisation_id": stage.organisations[body.key].id,
        "version": 1,
        "confirmed_on": confirmed_on,
        "confirmed_by": None,
        "saved_at": ANCHOR - timedelta(days=(ANCHOR.date() - confirmed_on).days),
        "available_on": date(2027, random.randint(1, 9), 1) if random.random() < 0.3 else None,
        "people": random.choice((6, 9, 12, 15, 18, 24, 30, 42)),
        "can_lead": random.choice((True, False, False, None)),
        "note": None,
    }


def _bands(stage: Stage, body: Body) -> Iterator[Row]:
    random = _random(body, "bands")
    weights = _SMALL_WEIGHTS if _SMALL & {kind for kind, _ in body.kinds} else _WEIGHTS
    for trade in sorted({trade for trade, _ in body.offers}):
        band = random.choices(_BANDS, weights)[0]
        yield {"organisation_id": stage.organisations[body.key].id, "trade": trade, "band": band}


def _random(body: Body, of: str = "told") -> Random:
    return Random(f"amont: capacity {of} {body.key}")
