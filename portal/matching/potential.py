"""« Potentiel inclusif » of a purchase (domain.md § 0 bis): reserve it, cut it to size, or write a clause.

Nothing is imposed: each answer says what it rests on, and what nobody knows yet. No database, no clock.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.matching.eligible import Pool, Supplier, pool_of
from portal.vocabulary import Reservation


class Thresholds(Protocol):
    """From when a buyer finds that reserving is realistic: `forecast.settings.Settings` has both."""

    @property
    def structures_to_reserve(self) -> int: ...
    @property
    def groupements_to_reserve(self) -> int: ...


class Way(Enum):
    """What is realistic, the strongest first."""

    RESERVE = "reserve"
    ADAPT = "adapt"
    """Lots cut to the size of those who exist; or a clause."""
    CLAUSE = "clause"


@dataclass(frozen=True)
class Coverage:
    """Whether the capacities told cover the work of a year. Each structure stands in one answer at most."""

    hours: Decimal
    answers: tuple[tuple[Supplier, ...], ...]
    """Plausible candidacies, the leader first: a structure large enough alone, or a groupement."""
    told_hours: int
    """The lower bounds of all the capacities told, together."""
    silent: int
    """Eligible structures that told no capacity: with them, there may be more."""


@dataclass(frozen=True)
class Weighed:
    """One reservation, weighed against the buyer's thresholds."""

    pool: Pool
    coverage: Coverage | None
    """None: nobody knows, because the work of a year or every capacity is unknown."""
    enough_structures: bool
    enough_answers: bool

    @property
    def is_realistic(self) -> bool:
        return self.enough_structures or self.enough_answers

    @property
    def reservation(self) -> Reservation:
        return self.pool.reservation

    @property
    def falls_short(self) -> bool:
        """All capacities are told, and even together they do not make the hours."""
        cover = self.coverage
        return cover is not None and not cover.silent and cover.told_hours < cover.hours


@dataclass(frozen=True)
class Potential:
    way: Way
    chosen: Weighed | None
    """The reservation that the answer rests on; None for a clause."""
    weighed: tuple[Weighed, ...]

    @property
    def reservation(self) -> Reservation | None:
        return self.chosen.reservation if self.chosen else None


_IN_ORDER = (Reservation.INSERTION, Reservation.HANDICAP, Reservation.HANDICAP_INSERTION)
"""The narrow ones first: L2113-14, which joins both, is for when neither is enough."""


def potential(
    suppliers: Sequence[Supplier],
    *,
    hours_per_year: Decimal | None,
    thresholds: Thresholds,
    is_social_service: bool = False,
) -> Potential:
    """Reserving is realistic from so many eligible structures, or so many plausible answers that cover the hours.

    `hours_per_year`: all the work of a year, since a reserved purchase is wholly done by who it is reserved to.
    `is_social_service`: whether L2113-15 (social economy) may apply to the purchase at all.
    """
    open_to = (*_IN_ORDER, Reservation.ESS) if is_social_service else _IN_ORDER
    weighed = tuple(_weighed(pool_of(suppliers, each), hours_per_year, thresholds) for each in open_to)
    realistic = [each for each in weighed if each.is_realistic]
    if realistic:
        return Potential(Way.RESERVE, _best(realistic), weighed)
    with_someone = [each for each in weighed if each.pool.eligible]
    return Potential(Way.ADAPT, _best(with_someone), weighed) if with_someone else Potential(Way.CLAUSE, None, weighed)


def _best(weighed: Sequence[Weighed]) -> Weighed:
    """Of the narrow ones, that which leaves most structures in the race; else the one that joins both, else ESS."""
    narrow = [each for each in weighed if each.reservation in _IN_ORDER[:2]]
    return max(narrow, key=lambda each: len(each.pool.eligible)) if narrow else weighed[0]


def _weighed(pool: Pool, hours: Decimal | None, thresholds: Thresholds) -> Weighed:
    cover = coverage(pool.eligible, hours)
    return Weighed(
        pool,
        cover,
        enough_structures=len(pool.eligible) >= thresholds.structures_to_reserve,
        enough_answers=cover is not None and len(cover.answers) >= thresholds.groupements_to_reserve,
    )


def coverage(eligible: Sequence[Supplier], hours: Decimal | None) -> Coverage | None:
    """Plausible answers among the eligible; None when the work of a year, or every capacity, is unknown."""
    told = [each for each in eligible if each.band is not None]
    if hours is None or hours <= 0 or not told:
        return None
    alone = [each for each in told if low(each) >= hours]
    others = [each for each in told if low(each) < hours]
    answers = (*((each,) for each in alone), *_groupements(others, hours))
    return Coverage(hours, answers, sum(map(low, told)), len(eligible) - len(told))


def low(supplier: Supplier) -> int:
    """The hours a year that may be counted on: the lower bound of what it told."""
    return supplier.band.low if supplier.band else 0


def _groupements(suppliers: Sequence[Supplier], hours: Decimal) -> list[tuple[Supplier, ...]]:
    """Around each structure ready to be mandataire, the largest first, as many free ones as the hours ask for."""
    in_order = sorted(suppliers, key=lambda each: (low(each), -each.organisation_id))
    leaders = [each for each in in_order if each.can_lead]
    free = [each for each in in_order if not each.can_lead and low(each)]
    found = []
    while leaders:
        leader = leaders.pop()
        members = _gathered((free, leaders), hours - low(leader))
        if members is None:
            break
        found.append((leader, *members))
    return found


def _gathered(pools: Sequence[list[Supplier]], missing: Decimal) -> list[Supplier] | None:
    """Taken out of the pools, in ascending order each: the smallest that suffices, else the largest, and again."""
    taken: list[Supplier] = []
    for rest in pools:
        while rest and missing > 0:
            enough = bisect_left(rest, missing, key=lambda each: Decimal(low(each)))
            taken.append(rest.pop(enough if enough < len(rest) else -1))
            missing -= low(taken[-1])
    return taken if missing <= 0 else None


def answers_words(weighed: Weighed) -> str:
    """What is known of the answers that one reservation would bring, in a sentence or two."""
    if not weighed.pool.eligible:
        return "Aucune structure connue : aucun groupement plausible."
    cover = weighed.coverage
    if cover is None:
        return "On ne sait pas : il manque le volume de travail par an, ou la capacité des structures."
    found = plural(len(cover.answers), "réponse plausible", "réponses plausibles")
    alone = sum(len(each) == 1 for each in cover.answers)
    told = f"{found} pour {format_hours(cover.hours)} de travail par an"
    if cover.answers:
        grouped = plural(len(cover.answers) - alone, "groupement")
        told += f" ({plural(alone, 'structure seule', 'structures seules')}, {grouped})"
    more = plural(cover.silent, "structure n’a pas dit sa capacité", "structures n’ont pas dit leur capacité")
    return typo(f"{told}. {more} : il peut y en avoir plus." if cover.silent else f"{told}.")


def reasons(found: Potential, thresholds: Thresholds) -> list[str]:
    """Why this way, in sentences, with the thresholds that were used."""
    chosen = found.chosen
    if chosen is None:
        return [typo("Aucune structure connue n’a dit faire ce métier ici : une clause d’exécution reste possible.")]
    name = chosen.reservation.label.removeprefix("Réservé ")
    count = plural(len(chosen.pool.eligible), "structure connue pourrait", "structures connues pourraient")
    told = [f"{count} répondre à un marché réservé {name} (art. {chosen.reservation.article})."]
    structures, answers = thresholds.structures_to_reserve, thresholds.groupements_to_reserve
    limits = f"{plural(structures, 'structure éligible', 'structures éligibles')}, ou {answers} réponses plausibles"
    by = "le nombre de structures" if chosen.enough_structures else "les réponses plausibles"
    reached = f"atteint par {by}" if chosen.is_realistic else "pas atteint"
    told.append(f"Seuil de votre organisation pour réserver : {limits} couvrant les heures. Il est {reached}.")
    if chosen.falls_short:
        told.append("Même réunies, les capacités annoncées ne font pas le volume : prévoyez des lots plus petits.")
    if chosen.pool.incomplete:
        more = plural(len(chosen.pool.incomplete), "autre n’a pas dit", "autres n’ont pas dit")
        told.append(f"{more} son métier ou son territoire : à compléter, pas inéligible.")
    return [typo(each) for each in told]
