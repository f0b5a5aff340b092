"""How the year's figures are counted. No database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from portal.indicators.facts import StructureCategory, Term
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.vocabulary import EssFamily, ExitFamily, ExitKind, OrganisationKind

_CATEGORIES: Mapping[StructureCategory, frozenset[OrganisationKind]] = {
    StructureCategory.INSERTION: frozenset(
        {
            OrganisationKind.EI,
            OrganisationKind.AI,
            OrganisationKind.ACI,
            OrganisationKind.ETTI,
            OrganisationKind.EITI,
        }
    ),
    StructureCategory.ADAPTED: frozenset({OrganisationKind.EA, OrganisationKind.EATT, OrganisationKind.ESAT}),
    StructureCategory.OTHER_STRUCTURE: frozenset({OrganisationKind.GEIQ, OrganisationKind.SEP}),
}

STRUCTURE_KINDS = frozenset().union(*_CATEGORIES.values())
"""Structures of insertion (code du travail, L5132-4), of adapted or protected work (L5213-13; CASF, L344-2), GEIQ
and work in prison: the kinds of the State's list."""

LONGEST_TERM_NAME = 60


def category_of(kinds: Iterable[OrganisationKind], ess_family: EssFamily | None) -> StructureCategory | None:
    """What a titulaire counts as, from its kinds on the notification; None for an ordinary company.

    ESUS approval and « entreprises employant des personnes défavorisées » (L2111-3) are other figures: they overlap
    this one and are never added to it.
    """
    held = frozenset(kinds)
    for category, among in _CATEGORIES.items():
        if held & among:
            return category
    return StructureCategory.ESS if ess_family is not None else None


def families(kinds: Mapping[ExitKind, int]) -> dict[ExitFamily, int]:
    """Exits by family, every family named."""
    counts = dict.fromkeys(ExitFamily, 0)
    for kind, count in kinds.items():
        counts[kind.family] += count
    return counts


OBSERVED = tuple(family for family in ExitFamily if family is not ExitFamily.WITHDRAWN)
"""The exits that count: deaths, long leaves and imprisonments are withdrawn from the rate (domain.md § 2.4)."""


def last_day_of(year: int) -> date:
    return date(year, 12, 31)


def is_over(year: int, today: date) -> bool:
    return year < today.year


def ensure_over(year: int, today: date) -> None:
    """A year is frozen once, whole: not before it is over."""
    if not is_over(year, today):
        raise RuleViolation(typo(f"L’année {year} n’est pas finie : ses résultats s’arrêteront dès le 1ᵉʳ janvier."))


def lots_by_term(launched_on: Sequence[date], terms: Iterable[Term], year: int) -> list[tuple[Term, int]]:
    """How many lots each term launched, up to the end of `year`; terms that begin later are left out."""
    last = last_day_of(year)
    known = sorted((term for term in terms if term.starts_on <= last), key=lambda term: term.starts_on)
    return [
        (term, sum(term.starts_on <= day <= min(term.ends_on or last, last) for day in launched_on)) for term in known
    ]


def ensure_term(term: Term, others: Iterable[Term]) -> None:
    """A term has a name and an end after its start, and shares no day with another one of the same assembly."""
    if not term.name.strip() or len(term.name) > LONGEST_TERM_NAME:
        raise RuleViolation(typo(f"Donnez au mandat un nom d’au plus {LONGEST_TERM_NAME} caractères : « 2020–2026 »."))
    if term.ends_on is not None and term.ends_on < term.starts_on:
        raise RuleViolation("Le mandat finit avant de commencer.")
    for other in others:
        if term.starts_on <= (other.ends_on or date.max) and other.starts_on <= (term.ends_on or date.max):
            raise RuleViolation(typo(f"Ce mandat en recouvre un autre : {term_words(other)}."))


def term_words(term: Term) -> str:
    """« 2014–2020, du 4 avril 2014 au 3 juillet 2020 », « 2020–2026, à compter du 4 juillet 2020 »."""
    start = format_date(term.starts_on)
    period = f"du {start} au {format_date(term.ends_on)}" if term.ends_on else f"à compter du {start}"
    return f"{term.name}, {period}"


def share_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A share from 0 to 1, None of nothing."""
    return Decimal(part) / Decimal(whole) if whole else None
