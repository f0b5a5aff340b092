"""Projects and their lots, published: what the public list shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from bench.world.draws import Weighted, falling, random_for
from bench.world.organisations import Made
from bench.world.places import Town
from bench.world.size import WRITTEN_AT, Size
from bench.world.words import words
from portal.directory.rules import purchase_family_of
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod, Quarter
from portal.kernel.text import slug
from portal.vocabulary import (
    AmountBand,
    Confidence,
    ExecutionMode,
    Lever,
    LeverState,
    PlannedPrecision,
    Procedure,
    ProjectState,
    Reservation,
    Technique,
    Trade,
)

Row = dict[str, Any]

_FIRST_QUARTER = Quarter(2026, 4)
_QUARTERS: Weighted[int] = Weighted(enumerate((60, 150, 145, 120, 110, 90, 75, 60, 50, 40, 30, 25, 20, 15, 10)))
_LOTS: Weighted[int] = Weighted({1: 45, 2: 20, 3: 13, 4: 10, 5: 4, 6: 3, 8: 2, 12: 2, 20: 1})
_TRADES: Weighted[Trade] = Weighted((trade, 1 / (rank + 3)) for rank, trade in enumerate(Trade))
_LEVERS: Weighted[tuple[Lever, ...]] = Weighted(
    {
        (): 24,
        (Lever.CLAUSE,): 36,
        (Lever.RESERVED,): 15,
        (Lever.CRITERION,): 9,
        (Lever.CLAUSE, Lever.CRITERION): 11,
        (Lever.INSERTION_SERVICE,): 3,
        (Lever.RESERVED, Lever.CRITERION): 2,
    }
)
_RARELY = 0.06
"""How often a lot says one of the rare words of its trade."""


@dataclass
class Rows:
    """What some projects put in each table."""

    projects: list[Row]
    lots: list[Row]
    levers: list[Row]
    communes: list[Row]
    revisions: list[Row]

    @classmethod
    def none(cls) -> "Rows":
        return cls([], [], [], [], [])


def streamed_rows(size: Size, buyers: Sequence[Made], towns: Sequence[Town], *, batch: int = 500) -> Iterator[Rows]:
    """The projects by batches, until they hold exactly `size.lots` lots."""
    planner = _Planner(size, buyers, towns)
    while planner.lots_left:
        rows = Rows.none()
        while planner.lots_left and len(rows.projects) < batch:
            planner.plan_one(rows)
        yield rows


@dataclass(frozen=True)
class _Plan:
    """What the lots of one project share."""

    project: Row
    buyer: Made
    trade: Trade
    cpv: str
    planned: PlannedPeriod
    lots: int


class _Planner:
    """Draws one project after the other and numbers them."""

    def __init__(self, size: Size, buyers: Sequence[Made], towns: Sequence[Town]) -> None:
        self.lots_left = size.lots
        self._random = random_for("purchases")
        self._buyers = falling(buyers, slope=0.8)
        self._around: dict[str, list[str]] = {}
        for town in towns:
            self._around.setdefault(town.epci_siren, []).append(town.code)
        self._numbers: dict[tuple[int, int], int] = {}
        self._project_id = self._lot_id = 0

    def plan_one(self, rows: Rows) -> None:
        random = self._random
        buyer, trade = self._buyers.draw(random), _TRADES.draw(random)
        lots = min(_LOTS.draw(random), self.lots_left)
        self.lots_left -= lots
        cpv = random.choice(words()["trades"][trade]["cpv"])
        project = self._project(buyer, trade, cpv, whole=lots == 1 and random.random() < 0.2)
        rows.projects.append(project)
        plan = _Plan(project, buyer, trade, cpv, _planned(random), lots)
        for rank in range(lots):
            self._tell_lot(rows, plan, rank)
        if random.random() < 0.3:
            rows.revisions.append(_revision(random, project, buyer, self._lot_id))

    def _project(self, buyer: Made, trade: Trade, cpv: str, *, whole: bool) -> Row:
        random = self._random
        self._project_id += 1
        year = WRITTEN_AT.year + random.choice((0, 1, 1))
        number = self._numbers[buyer.id, year] = self._numbers.get((buyer.id, year), 0) + 1
        published = _instant(random)
        return {
            "id": self._project_id,
            "buyer_id": buyer.id,
            "reference": f"{slug(buyer.name)[:60].strip('-')}-{buyer.id}-{year}-{number:04}",
            "year": year,
            "number": number,
            "title": _project_title(random, trade, buyer),
            "summary": " ".join(random.sample(words()["purchases"]["sentences"], 2)),
            "family": purchase_family_of(cpv),
            "procedure": random.choice((None, *Procedure)),
            "reply_days": random.choice((None, 21, 30, 35, 45)),
            "lots_per_candidate": random.choice((None, None, None, 2, 3)),
            "allotment_defined": not whole,
            "contact_service": "Direction de la commande publique",
            "contact_email": f"achats-{buyer.id}@acheteur.example",
            "state": random.choices((ProjectState.PUBLISHED, ProjectState.IN_TENDER), (96, 4))[0],
            "state_since": published,
            "published_at": published,
            "created_at": published - timedelta(days=random.randint(1, 60)),
            "saved_at": published,
            "version": 1,
        }

    def _tell_lot(self, rows: Rows, plan: "_Plan", rank: int) -> None:
        random = self._random
        self._lot_id += 1
        number = rank + 1 if plan.project["allotment_defined"] else 0
        everywhere = random.random() < 0.2
        levers = _LEVERS.draw(random)
        rows.lots.append(
            {
                "id": self._lot_id,
                "project_id": plan.project["id"],
                "number": number,
                "title": _lot_title(random, plan.trade, number) if plan.lots > 1 else None,
                "trade": plan.trade,
                "cpv_code": plan.cpv,
                "description": _description(random, plan.trade),
                "created_at": plan.project["created_at"],
                "whole_territory": everywhere,
                "version": 1,
                **_planning(random, plan.planned),
                **_amounts(random),
                **_insertion(random, levers),
                **_conditions(random),
            }
        )
        rows.levers += [_lever(random, self._lot_id, lever) for lever in levers]
        if not everywhere:
            rows.communes += [{"lot_id": self._lot_id, "commune_code": code} for code in self._where(plan.buyer)]

    def _where(self, buyer: Made) -> list[str]:
        near = self._around[buyer.town.epci_siren]
        return self._random.sample(near, min(len(near), self._random.choice((1, 1, 1, 2, 3, 5))))


def _instant(random: Random) -> datetime:
    return WRITTEN_AT - timedelta(minutes=random.randint(60, 400 * 24 * 60))


def _project_title(random: Random, trade: Trade, buyer: Made) -> str:
    purchases = words()["purchases"]
    bought = random.choice(words()["trades"][trade]["objects"])
    where = random.choice((f"des {random.choice(purchases['sites'])}", f"à {buyer.town.name}", ""))
    return typo(f"{random.choice(purchases['beginnings'])} {bought} {where}".strip())[:200]


def _lot_title(random: Random, trade: Trade, number: int) -> str:
    """The number keeps lots of one project apart, whatever is drawn."""
    bought = random.choice(words()["trades"][trade]["objects"])
    return typo(f"Lot {number} : {bought}, {random.choice(words()['purchases']['sites'])}")[:200]


def _description(random: Random, trade: Trade) -> str:
    told = words()["trades"][trade]
    said = random.sample(told["sentences"], 2)
    sentences = [sentence.format(n=random.randint(2, 90), m=random.randint(2, 9)) for sentence in said]
    sentences.append(random.choice(words()["purchases"]["sentences"]))
    if random.random() < _RARELY:
        sentences.append(f"Y compris {random.choice(told['rare'])}.")
    return typo(" ".join(sentences))


def _planned(random: Random) -> PlannedPeriod:
    quarter = _FIRST_QUARTER + _QUARTERS.draw(random)
    precision = random.choices(list(PlannedPrecision), (8, 27, 57, 8))[0]
    first_left = max(quarter.first_day, WRITTEN_AT.date())
    day = first_left + timedelta(days=random.randint(0, (quarter.last_day - first_left).days))
    return PlannedPeriod(day, precision)


def _planning(random: Random, planned: PlannedPeriod) -> Row:
    execution = planned.ends_on + timedelta(days=random.choice((90, 120, 150)))
    return {
        "planned_on": planned.starts_on,
        "planned_precision": planned.precision,
        "confidence": random.choices(list(Confidence), (35, 45, 20))[0],
        "execution_on": Quarter.of(execution).first_day,
        "execution_precision": PlannedPrecision.QUARTER,
        "duration_months": random.choice((12, 24, 36, 48)),
        "renewals": random.choice((0, 1, 2, 3)),
        "renewal_months": 12,
    }


def _amounts(random: Random) -> Row:
    """Most lots are small, a few weigh millions; one in seven says nothing of it."""
    if random.random() < 0.15:
        return {}
    middle = max(2, round(random.lognormvariate(11.6, 1.1) / 1000))
    low, high = Decimal(middle * 900), Decimal(middle * 1_150)
    return {"amount_low": low, "amount_high": high, "amount_band": AmountBand.of(int(high * 100))}


def _insertion(random: Random, levers: tuple[Lever, ...]) -> Row:
    hours = Decimal(random.choice((150, 300, 600, 970, 1_200, 2_400, 5_000))) if Lever.CLAUSE in levers else None
    return {"hours_wanted": hours, "hours_per_year": random.random() < 0.3}


def _conditions(random: Random) -> Row:
    framework = random.random() < 0.6
    return {
        "technique": Technique.FRAMEWORK if framework else None,
        "execution_mode": ExecutionMode.PURCHASE_ORDERS if framework else None,
        "advance_percent": random.choice((None, 5, 10, 30)),
        "staff_to_take_over": random.choice((None, None, 0, 4)),
        "price_weight_percent": random.choice((None, 35, 40, 45, 50, 60)),
        "alone_and_grouped_allowed": random.choice((None, True, False)),
        "several_groupements_allowed": random.choice((None, True, False)),
    }


_RESERVATIONS = (Reservation.INSERTION, Reservation.HANDICAP, Reservation.HANDICAP_INSERTION)


def _lever(random: Random, lot_id: int, lever: Lever) -> Row:
    state = random.choices((LeverState.DECIDED, LeverState.ENVISAGED, LeverState.DISCARDED), (60, 34, 6))[0]
    reserved = lever is Lever.RESERVED
    return {
        "lot_id": lot_id,
        "lever": lever,
        "state": state,
        "reservation": random.choice(_RESERVATIONS) if reserved else None,
        "weight_percent": random.choice((10, 15, 20)) if lever is Lever.CRITERION else None,
        "reason": "Le besoin ne s’y prête pas." if state is LeverState.DISCARDED else None,
    }


def _revision(random: Random, project: Row, buyer: Made, lot_id: int) -> Row:
    before: date = date(2026, random.randint(1, 12), 1)
    return {
        "project_id": project["id"],
        "lot_id": lot_id,
        "at": project["published_at"] + timedelta(minutes=random.randint(1, 59)),
        "by_label": buyer.name,
        "field": "planned",
        "label": "Consultation",
        "before": str(before.year),
        "after": str(before.year + 1),
        "reason": random.choice(words()["reasons"]["words"]),
    }
