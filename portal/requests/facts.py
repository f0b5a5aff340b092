"""What a department says of a need: values that a form gives, rules check and a project starts from."""

from dataclasses import dataclass
from decimal import Decimal

from portal.forecast.facts import LeverChoice
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import AmountBand, Lever, PurchaseFamily, Trade


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """A need in plain words. Amounts in euros before tax; None: not said yet."""

    title: str
    need: str | None = None
    service: str | None = None
    family: PurchaseFamily | None = None
    trade: Trade | None = None
    cpv_code: str | None = None
    wanted: PlannedPeriod | None = None
    """When the work should begin."""
    duration_months: int | None = None
    whole_territory: bool = False
    commune_codes: tuple[str, ...] = ()
    budget: Decimal | None = None
    """Over the whole duration. It never leaves the buyer."""
    price_weight_percent: int | None = None
    current_supplier: str | None = None
    wished_lever: Lever | None = None
    wish_note: str | None = None


@dataclass(frozen=True, kw_only=True)
class TakenFacts:
    """What purchasing decides as it takes a request into the programme; the rest comes from the request."""

    planned: PlannedPeriod
    """The consultation."""
    summary: str | None = None
    """Public once the project is."""
    amount_band: AmountBand | None = None
    """All that is told of the amount: a project's exact figures are public, and the envelope never is."""
    levers: tuple[LeverChoice, ...] = ()
    contact_name: str | None = None
    contact_email: str | None = None
    word: str | None = None
    """What the author is told."""
