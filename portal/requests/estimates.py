"""Hours of insertion from an amount: amount × labour share × insertion rate ÷ hourly cost. No database, no clock.

An order of magnitude for a first talk, never a promise (domain.md 2.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import Enum
from types import MappingProxyType

from portal.kernel.errors import RuleViolation
from portal.vocabulary import Trade

WHOLE = 10_000
"""Basis points of a whole."""

_HOUR, _EURO = Decimal(1), Decimal(1)


class Origin(Enum):
    """Where a set of coefficients comes from, as a page says it in a few words."""

    SOURCED = "guides de la clause sociale"
    CONVENTION = "convention du portail, à ajuster"
    BUYER = "réglage de votre organisation"
    TRIED = "essai pour cette demande"


@dataclass(frozen=True)
class Coefficients:
    """Shares in basis points, costs in euros before tax an hour."""

    labour_share: int
    insertion_rate: int
    hourly_cost: Decimal
    support_cost: Decimal
    origin: Origin = Origin.TRIED

    def __post_init__(self) -> None:
        for name in ("labour_share", "insertion_rate"):
            if not 0 <= getattr(self, name) <= WHOLE:
                raise RuleViolation("Une part va de 0 à 100 %.", name)
        if not LEAST_HOURLY_COST <= self.hourly_cost <= MOST_HOURLY_COST:
            raise RuleViolation("Le coût d’une heure va de 5 à 500 €.", "hourly_cost")
        if not 0 <= self.support_cost <= MOST_HOURLY_COST:
            raise RuleViolation("Le coût de l’accompagnement va de 0 à 500 € par heure.", "support_cost")


LEAST_HOURLY_COST, MOST_HOURLY_COST = Decimal(5), Decimal(500)

_RATE, _COST, _SUPPORT = 500, Decimal(30), Decimal(3)
"""5 % and 30 € an hour: the worked example of the guides, whose 25 to 30 € is old. 3 € of support: a convention."""

_SHARES = {
    Trade.CLEANING: 80,
    Trade.GREEN_SPACES: 60,
    Trade.BUILDING: 50,
    Trade.CATERING: 40,
    Trade.FOOD: 30,
    Trade.DIGITAL: 70,
    Trade.CONSULTING: 80,
    Trade.ADMINISTRATIVE: 80,
    Trade.COMMUNICATION: 50,
    Trade.RECYCLING: 60,
    Trade.WASTE: 50,
    Trade.LOGISTICS: 60,
    Trade.LAUNDRY: 60,
    Trade.FURNISHING: 40,
    Trade.REPAIR: 50,
    Trade.INDUSTRY: 60,
    Trade.SECURITY: 80,
    Trade.CULTURE: 50,
    Trade.PERSONAL_SERVICES: 80,
    Trade.HEALTH_SOCIAL: 70,
}
"""Percent of the amount that pays for work. Only building is sourced: masonry 50 % (painting 70, metal frame 20)."""

DEFAULTS: Mapping[Trade, Coefficients] = MappingProxyType(
    {
        trade: Coefficients(
            share * 100,
            _RATE,
            _COST,
            _SUPPORT,
            Origin.SOURCED if trade is Trade.BUILDING else Origin.CONVENTION,
        )
        for trade, share in _SHARES.items()
    }
)


@dataclass(frozen=True)
class Tried:
    """Coefficients typed for one purchase; None: those of the trade."""

    labour_share: int | None = None
    insertion_rate: int | None = None
    hourly_cost: Decimal | None = None
    support_cost: Decimal | None = None

    def on(self, trade: Coefficients) -> Coefficients:
        """The trade's own, with what is tried over them."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(trade, **said, origin=Origin.TRIED) if said else trade


@dataclass(frozen=True)
class Estimate:
    """Orders of magnitude over the whole duration; by year when it is known."""

    amount: Decimal
    coefficients: Coefficients
    months: int | None
    work_hours: Decimal
    """All the work: what a reserved purchase would have to be carried by."""
    insertion_hours: Decimal
    """What a clause would ask for."""
    work_hours_per_year: Decimal | None
    insertion_hours_per_year: Decimal | None
    support: Decimal
    """What supporting these hours of insertion may add."""

    @property
    def cost(self) -> Decimal:
        return self.amount + self.support

    @property
    def rounded_cost(self) -> Decimal:
        """The same as one says it, to three digits, upwards: more would promise what no estimate knows."""
        step = Decimal(10) ** max(0, self.cost.adjusted() - 2)
        return (self.cost / step).to_integral_value(ROUND_CEILING) * step


def estimate(amount: Decimal, months: int | None, coefficients: Coefficients) -> Estimate:
    """From the envelope of the whole duration, in euros before tax. A year's hours need the duration."""
    work = amount * coefficients.labour_share / WHOLE / coefficients.hourly_cost
    insertion = work * coefficients.insertion_rate / WHOLE
    by_year = Decimal(12) / months if months else None
    return Estimate(
        amount=amount,
        coefficients=coefficients,
        months=months,
        work_hours=_rounded(work),
        insertion_hours=_rounded(insertion),
        work_hours_per_year=_rounded(work * by_year) if by_year else None,
        insertion_hours_per_year=_rounded(insertion * by_year) if by_year else None,
        support=_rounded(_rounded(insertion) * coefficients.support_cost),
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_HOUR, ROUND_HALF_UP)
