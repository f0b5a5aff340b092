"""What a simulation starts from, and what it gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.kernel.month import Month
from portal.vocabulary import PenaltyOutcome

_NONE = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """What the contract says of penalties; None: nothing, so that nothing is simulated of it."""

    per_hour: Decimal | None = None
    per_late_day: Decimal | None = None
    cap_percent: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.per_hour is None and self.per_late_day is None


@dataclass(frozen=True)
class Filing:
    """One declaration that was due: when, and when it was first filed, if it was."""

    month: Month
    declarant: str
    due_on: date
    filed_on: date | None


@dataclass(frozen=True)
class Executed:
    """Where a contract stands on a civil day."""

    day: date
    until: Month | None
    """The last month whose declaration was due before that day; None: none yet."""
    promised: Decimal
    due: Decimal
    retained: Decimal
    """Of the months until that one."""
    pending: Decimal = _NONE
    """Deposited for these months, not checked yet."""
    pool_missing: Decimal | None = None
    """Of what all the contracts of its pool still owe together, what falls to this one; None: in no pool."""
    filings: Sequence[Filing] = ()
    suspended: Sequence[Month] = ()
    notices: Sequence[date] = ()
    amount: Decimal | None = None
    """Of the contract, in euros before tax."""


@dataclass(frozen=True)
class Late:
    """A declaration filed late: by how many days in all, and how many of them after a formal notice."""

    filing: Filing
    days: int
    counted: int


@dataclass(frozen=True)
class Simulation:
    """What the contract's terms would give; the portal applies nothing."""

    missing: Decimal
    """Hours due and not retained that count."""
    spared: Decimal
    """Hours missing here that other contracts of the pool make up for."""
    for_hours: Decimal
    late: Sequence[Late]
    for_days: Decimal
    cap: Decimal | None
    total: Decimal
    days: int = 0

    @property
    def still_late(self) -> bool:
        """Whether something is awaited, which a formal notice would be about."""
        return any(each.filing.filed_on is None for each in self.late)

    @property
    def before_cap(self) -> Decimal:
        return self.for_hours + self.for_days


@dataclass(frozen=True)
class Decided:
    """What somebody decides of the simulation at a day, whose figure they had before them."""

    outcome: PenaltyOutcome
    reason: str
    day: date
    shown: Decimal
    amount: Decimal | None = None
    """When it is reduced."""
