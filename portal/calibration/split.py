"""How a variant cuts a lot: values that a form gives, rules check and services keep."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class SectorTerms:
    """A group of communes that one candidate would answer, and its hours of a year: None, its share by population."""

    name: str
    codes: tuple[str, ...]
    hours: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class VariantTerms:
    """One way to size a lot."""

    name: str
    sectors: tuple[SectorTerms, ...]
    hours: Decimal | None = None
    """All the hours of a year; None: those of the lot, or of its sectors together."""
    starts_on: date | None = None
    duration_months: int | None = None
    note: str | None = None

    @property
    def yearly_hours(self) -> Decimal | None:
        """Those told, sector by sector or for all of it; None when they stay those of the lot."""
        told = [sector.hours for sector in self.sectors if sector.hours is not None]
        return sum(told, Decimal(0)) if told else self.hours

    @property
    def groups(self) -> frozenset[frozenset[str]]:
        """What it cuts, whatever its sectors are called."""
        return frozenset(frozenset(sector.codes) for sector in self.sectors)

    @property
    def cuts_as_lot(self) -> bool:
        """Whether it changes nothing of the lot but, perhaps, its name."""
        told = (self.hours, self.starts_on, self.duration_months, *(sector.hours for sector in self.sectors))
        return len(self.sectors) == 1 and not any(told)
