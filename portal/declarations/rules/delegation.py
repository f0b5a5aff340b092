"""Who may be entrusted with lines of a month, from when on, and by which day they hand them (domain.md § 0 bis)."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Protocol

from portal.declarations.rules.month import Problem, WorkedLine, problems_of_line
from portal.kernel.business_days import is_business_day
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.vocabulary import OrganisationKind, PartState

EMPLOYING: frozenset[OrganisationKind] = frozenset(
    {
        OrganisationKind.EI,
        OrganisationKind.AI,
        OrganisationKind.ACI,
        OrganisationKind.ETTI,
        OrganisationKind.GEIQ,
        OrganisationKind.EA,
        OrganisationKind.EATT,
        OrganisationKind.ESAT,
    }
)
"""Structures that employ, or lend, those who work on somebody else's contract. An EITI finds customers for people who
work for themselves, and a prison makes goods: neither does."""

_DAYS_BEFORE = 3
"""Business days: what others fill comes before the declarant's own due date."""


class Entrusted(Protocol):
    """A part of a month, as the deposit sees it."""

    @property
    def id(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> PartState: ...


def part_due_on(due_on: date) -> date:
    """Three business days before the declarant's own day."""
    day, left = due_on, _DAYS_BEFORE
    while left:
        day -= timedelta(days=1)
        left -= is_business_day(day)
    return day


def ensure_employs(kinds: Collection[OrganisationKind]) -> None:
    if EMPLOYING.isdisjoint(kinds):
        raise RuleViolation(
            typo(
                "Seule une structure qui emploie peut remplir des lignes : entreprise ou chantier d’insertion, "
                "association intermédiaire, ETTI, GEIQ, entreprise adaptée, ESAT."
            ),
            "employer",
        )


def ensure_since(since: Month, first_month: Month | None, last_month: Month | None) -> None:
    """Lines are entrusted from one of the months that the contract declares."""
    if first_month is None or last_month is None:
        raise RuleViolation(typo("Ce marché n’a aucun mois à déclarer : il n’y a pas encore de lignes à confier."))
    if not first_month <= since <= last_month:
        raise RuleViolation(
            f"Choisissez un mois que ce marché déclare : de {first_month.label} à {last_month.label}.", "since"
        )


def ensure_until(until: Month, since: Month) -> None:
    """The month before the first one says that it was a mistake."""
    if until < since + -1:
        raise RuleViolation(f"Ces lignes ne sont confiées que depuis {since.label}.", "until")


def problems_of_part(month: Month, lines: Iterable[WorkedLine]) -> list[Problem]:
    """What forbids handing it; nothing at all is right too: nobody of theirs has worked."""
    return [problem for line in lines for problem in problems_of_line(month, line)]


def ensure_open(state: PartState) -> None:
    if state is not PartState.OPEN:
        raise RuleViolation(
            typo("Cette part est déjà remise : elle ne se remplit plus, sauf si le titulaire vous la rend.")
        )


def ensure_handed(state: PartState) -> None:
    if state is not PartState.HANDED:
        raise RuleViolation("Cette part n’est pas remise : il n’y a rien à rendre.")


def as_seen(parts: Iterable[Entrusted]) -> dict[int, int | None]:
    """What a declarant knows of the parts when deciding to deposit: which were handed, and in which version."""
    return {part.id: part.version if part.state is PartState.HANDED else None for part in parts}
