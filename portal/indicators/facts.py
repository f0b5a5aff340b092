"""What the room counts of one year: exactly, as the database tells it, before anything is withheld."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ExitFamily, Listed, Sex


class Figure(Listed):
    """The figures of a year; the code stands in addresses."""

    HOURS = "heures", "Heures d’insertion retenues"
    PEOPLE = "personnes", "Personnes, chacune comptée une fois"
    EXITS = "sorties", "Sorties, par famille"
    STRUCTURES = "structures", "Structures de l’ESS titulaires"
    EUROS = "euros", "Euros mandatés à ces structures"
    LOTS = "lots-reserves", "Lots réservés, par mandat"
    CONTRACTS = "promis-retenu", "Heures promises, heures retenues"


class StructureCategory(Listed):
    """What a titulaire was on the notification: one category each, the first that holds."""

    INSERTION = "insertion", "Insertion par l’activité économique (EI, AI, ACI, ETTI, EITI)"
    ADAPTED = "adapted", "Travail adapté ou protégé (EA, EATT, ESAT)"
    OTHER_STRUCTURE = "other_structure", "GEIQ, travail en détention"
    ESS = "ess", "Autre entreprise de l’économie sociale et solidaire"


@dataclass(frozen=True)
class Term:
    """A term of the buyer's assembly, both days included; no end while it runs."""

    name: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class MonthHours:
    """Hours retained for a month, and the people whose hours they are."""

    month: Month
    hours: Decimal
    people: int


@dataclass(frozen=True)
class ContractHours:
    """What a contract promised for all its duration, and what had been retained of it by the end of the year."""

    reference: str
    object: str
    ends_on: date | None
    promised: Decimal
    retained: Decimal
    people: int
    """Since the beginning of the contract."""
    people_of_last_year: int
    """In the last year that has hours, this one or an earlier one."""

    @property
    def least_people(self) -> int:
        """The smaller of both groups that is not empty: two editions, even years apart, tell by subtraction the hours
        that lie between, at least those of the last year that has any."""
        return min((count for count in (self.people, self.people_of_last_year) if count), default=0)


@dataclass(frozen=True)
class Euros:
    """Euros before tax, paid in the year on the buyer's contracts."""

    ess: Decimal
    others: Decimal


@dataclass(frozen=True)
class YearFigures:
    """Every figure of one buyer's civil year, exact."""

    buyer_siret: str
    buyer_name: str
    year: int
    declarations: int
    """Accepted, those that say « néant » included."""
    months: tuple[MonthHours, ...]
    people: Mapping[tuple[Sex | None, AgeBand | None], int]
    exits: Mapping[ExitFamily, int]
    structures: Mapping[StructureCategory, int]
    euros: Euros
    lots_launched_on: tuple[date, ...]
    """The day on which each reserved lot was put to tender, up to the end of the year."""
    terms: tuple[Term, ...]
    contracts: tuple[ContractHours, ...]
    unlisted_people: int = 0
    """Those whose hours stood in no row of `contracts`, in the last year that has such hours. Taken from the hours of
    all, the rows that are shown would tell theirs."""
