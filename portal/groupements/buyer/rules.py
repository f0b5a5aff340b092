"""What totals tell of a groupement that prepares, so that no member's part can be deduced. No database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import GroupementState

FEWEST_TOLD = 2
"""Members whose hours make a total: the hours of one alone are its part."""

_QUARTERS = 4
PREPARING = frozenset({GroupementState.FORMING, GroupementState.SEALED})


@dataclass(frozen=True)
class Preparing:
    """The hours that its members told, and all that its lots want, counted alike; None: not known."""

    hours: tuple[Decimal, ...]
    wanted: Decimal | None


def quarters(one: Preparing) -> int | None:
    """How many whole quarters of what its lots want a groupement covers; None: not known, or too few to be told.

    Never finer: a total read before and after someone comes would give its part away.
    """
    told = [hours for hours in one.hours if hours]
    if not one.wanted or len(told) < FEWEST_TOLD:
        return None
    return min(int(sum(told, Decimal(0)) * _QUARTERS / one.wanted), _QUARTERS)


def furthest(several: Iterable[Preparing]) -> int | None:
    """Of the one that covers most: each answers for the whole lot, and one member may be in two, so none are added."""
    known = [found for found in map(quarters, several) if found is not None]
    return max(known, default=None)


def count_words(count: int) -> str:
    """« 2 groupements se préparent »."""
    return f"{plural(count, 'groupement')} se prépare{'nt' if count > 1 else ''}" if count else "aucun"


def covered_words(several: Sequence[Preparing], wanted: Decimal | None) -> str:
    """« au moins 9 000 h »: the furthest one's, by quarters of the lot's hours."""
    found = furthest(several)
    if not several:
        return "—"
    if found is None or not wanted:
        return "à venir"
    if found == 0:
        return typo(f"moins de {format_hours(_quarter(wanted, 1))}")
    return "toutes" if found == _QUARTERS else typo(f"au moins {format_hours(_quarter(wanted, found))}")


def _quarter(wanted: Decimal, count: int) -> Decimal:
    return (wanted * count / _QUARTERS).quantize(Decimal(1))


def ensure_may_be_named(state: GroupementState) -> None:
    """Until the filing: from then on the buyer reads the candidacy, whatever was chosen."""
    if state not in PREPARING:
        raise RuleViolation("La candidature est déposée, ou le groupement a pris fin : ce choix n’a plus d’objet.")
