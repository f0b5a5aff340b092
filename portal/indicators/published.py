"""A year as anyone may read it: small groups withheld, then written for good. What is withheld is not kept either."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.indicators.facts import ContractHours, Euros, Figure, StructureCategory, YearFigures
from portal.indicators.rules import OBSERVED, lots_by_term
from portal.indicators.secrecy import Mask, is_small, masks_of
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ExitFamily, Sex

_COVERING_FAMILIES = (ExitFamily.TRANSITION, ExitFamily.POSITIVE, ExitFamily.DURABLE, ExitFamily.OTHER)
"""Which family is masked first beside a small one: the rate is still told as long as « autre » is."""

UNKNOWN = "unknown"
"""The code of the row of those of whom nobody said it."""


@dataclass(frozen=True)
class Cell:
    """One row of a public table: its value, or why there is none."""

    code: str
    value: Decimal | None
    mask: Mask | None = None


Table = tuple[Cell, ...]
"""One way, at most a dozen rows. A table that is withheld whole is None."""


@dataclass(frozen=True)
class PublishedTerm:
    """Reserved lots that a term of the assembly launched, up to the end of the year."""

    name: str
    starts_on: date
    ends_on: date | None
    lots: int


@dataclass(frozen=True)
class PublishedContract:
    """What a contract promised, and what was retained of it: None when so few people tell of themselves."""

    reference: str
    object: str
    ends_on: date | None
    promised: Decimal
    retained: Decimal | None
    mask: Mask | None = None


@dataclass(frozen=True)
class PublishedYear:
    """Everything that is public of one buyer's year: eight tables of one way, and their totals."""

    buyer_siret: str
    buyer_name: str
    year: int
    declarations: int
    hours: Decimal | None
    people: int | None
    exits: int | None
    """Observed ones: None when they are 1 to 4."""
    lots_of_year: int
    euros: Euros
    hours_by_month: Table | None
    people_by_sex: Table | None
    people_by_age: Table | None
    exits_by_family: Table | None
    structures: Table
    terms: tuple[PublishedTerm, ...]
    contracts: tuple[PublishedContract, ...]

    @property
    def dynamic_exits(self) -> int | None:
        """« Sorties dynamiques », when what is shown tells them."""
        if self.exits is None or self.exits_by_family is None:
            return None
        shown = {cell.code: cell.value for cell in self.exits_by_family}
        dynamic = [shown[family.value] for family in OBSERVED if family.is_dynamic]
        other = shown[ExitFamily.OTHER.value]
        if other is not None:
            return self.exits - int(other)
        known = [value for value in dynamic if value is not None]
        return int(sum(known)) if len(known) == len(dynamic) else None

    @property
    def ess_structures(self) -> int:
        return int(sum(cell.value or 0 for cell in self.structures))

    @property
    def headlines(self) -> dict[Figure, Decimal | None]:
        """The one number of each figure that has one."""
        return {
            Figure.HOURS: self.hours,
            Figure.PEOPLE: _counted(self.people),
            Figure.EXITS: _counted(self.exits),
            Figure.STRUCTURES: Decimal(self.ess_structures),
            Figure.EUROS: self.euros.ess,
            Figure.LOTS: Decimal(self.lots_of_year),
        }


def _counted(count: int | None) -> Decimal | None:
    return None if count is None else Decimal(count)


def publish(figures: YearFigures) -> PublishedYear:
    """Withhold from exact figures what would tell of fewer than five people."""
    people = sum(figures.people.values())
    observed: dict[ExitFamily, int] = {family: figures.exits.get(family, 0) for family in OBSERVED}
    return PublishedYear(
        buyer_siret=figures.buyer_siret,
        buyer_name=figures.buyer_name,
        year=figures.year,
        declarations=figures.declarations,
        hours=None if is_small(people) else sum((month.hours for month in figures.months), Decimal(0)),
        people=None if is_small(people) else people,
        exits=None if is_small(sum(observed.values())) else sum(observed.values()),
        lots_of_year=sum(day.year == figures.year for day in figures.lots_launched_on),
        euros=figures.euros,
        hours_by_month=_hours_by_month(figures),
        people_by_sex=_people_by(figures, lambda sex, _age: sex, Sex),
        people_by_age=_people_by(figures, lambda _sex, age: age, AgeBand),
        exits_by_family=_table(
            {family.value: Decimal(count) for family, count in observed.items()},
            {family.value: observed[family] for family in _COVERING_FAMILIES},
        ),
        structures=tuple(
            Cell(category.value, Decimal(figures.structures.get(category, 0))) for category in StructureCategory
        ),
        terms=tuple(
            PublishedTerm(term.name, term.starts_on, term.ends_on, lots)
            for term, lots in lots_by_term(figures.lots_launched_on, figures.terms, figures.year)
        ),
        contracts=_contracts(figures.contracts, figures.unlisted_people),
    )


def _hours_by_month(figures: YearFigures) -> Table | None:
    told = {month.month: month for month in figures.months}
    months = [Month(figures.year, number) for number in range(1, 13)]
    hours = {str(month): told[month].hours if month in told else Decimal(0) for month in months}
    return _table(hours, {str(month): told[month].people if month in told else 0 for month in months})


def _people_by(
    figures: YearFigures, of: Callable[[Sex | None, AgeBand | None], Any], codes: type[Sex] | type[AgeBand]
) -> Table | None:
    counts = dict.fromkeys([*(code.value for code in codes), UNKNOWN], 0)
    for (sex, age), count in figures.people.items():
        code = of(sex, age)
        counts[UNKNOWN if code is None else code.value] += count
    return _counts(counts)


def _counts(counts: Mapping[str, int]) -> Table | None:
    return _table({code: Decimal(count) for code, count in counts.items()}, counts)


def _table(values: Mapping[str, Decimal], people: Mapping[str, int]) -> Table | None:
    """The rows with what may be shown of them, or None. The order of `people` says which row is masked first."""
    masks = masks_of(people)
    if masks is None:
        return None
    return tuple(Cell(code, None if code in masks else value, masks.get(code)) for code, value in values.items())


def _contracts(contracts: Sequence[ContractHours], unlisted_people: int) -> tuple[PublishedContract, ...]:
    """The contract that covers a small one is that of the smallest promise, which is public.

    What no row tells counts as one more row, never shown: the hours of all, which are public, would give it away.
    """
    ordered = sorted(contracts, key=lambda contract: (contract.promised, contract.reference))
    rows: dict[str | None, int] = {contract.reference: contract.least_people for contract in ordered}
    masks = masks_of(rows | {None: unlisted_people})
    if masks is None:
        masks = {contract.reference: Mask.MASKED for contract in ordered}
    return tuple(
        PublishedContract(
            contract.reference,
            contract.object,
            contract.ends_on,
            contract.promised,
            None if contract.reference in masks else contract.retained,
            masks.get(contract.reference),
        )
        for contract in reversed(ordered)
    )
