"""Plausible answers to a lot: who could stand together, sharing nobody with the others. No database, no clock.

An answer is a structure large enough alone, or a groupement around one that is ready to be mandataire; together they
have the hours of a year, and each commune is served by one member at least. The search is greedy and always finds the
same: it says that there are at least so many.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from portal.calibration.facts import Place, Structure

MOST_ANSWERS = 5
"""Beyond, one more tells nothing."""

MOST_MEMBERS = 10
"""A groupement of more is not plausible: it would take a year to hold."""

_FAILURES = 3
"""Leaders around whom nothing was found, before the search stops: those left are smaller."""


@dataclass(eq=False, slots=True)
class _Runner:
    """A structure as the search sees it: its communes as bits."""

    hours: int
    mask: int
    structure: Structure


def plausible(
    structures: Iterable[Structure], hours: Decimal | None, places: Sequence[Place]
) -> tuple[tuple[Structure, ...], ...]:
    """At most MOST_ANSWERS, the leader first in each; none when the hours wanted are not known."""
    if not hours or not places:
        return ()
    wanted, whole = int(hours.to_integral_value(ROUND_CEILING)), (1 << len(places)) - 1
    runners = _runners(structures, {place.code: 1 << index for index, place in enumerate(places)})
    alone = [each for each in runners if each.hours >= wanted and each.mask == whole][:MOST_ANSWERS]
    taken = set(map(id, alone))
    rest = [each for each in runners if id(each) not in taken]
    found = [[each] for each in alone] + _groupements(rest, wanted, whole, MOST_ANSWERS - len(alone))
    return tuple(tuple(each.structure for each in answer) for answer in found)


def _runners(structures: Iterable[Structure], bits: Mapping[str, int]) -> list[_Runner]:
    """Those with hours and a commune, the smallest first."""
    masks: dict[frozenset[str], int] = {}
    found = []
    for each in structures:
        if each.communes not in masks:
            masks[each.communes] = sum(bits.get(code, 0) for code in each.communes)
        if each.hours >= 1 and masks[each.communes]:
            found.append(_Runner(int(each.hours), masks[each.communes], each))
    return sorted(found, key=lambda each: (each.hours, -each.structure.organisation_id))


def _groupements(runners: list[_Runner], wanted: int, whole: int, most: int) -> list[list[_Runner]]:
    """Around each structure ready to be mandataire, the largest first."""
    free = list(runners)
    leaders = [each for each in free if each.structure.can_lead]
    found: list[list[_Runner]] = []
    failures = 0
    while leaders and len(found) < most and failures < _FAILURES:
        leader = leaders.pop()
        answer = _around(leader, [each for each in free if each is not leader], wanted, whole)
        if answer is None:
            failures += 1
            continue
        found.append(answer)
        taken = set(map(id, answer))
        free = [each for each in free if id(each) not in taken]
        leaders = [each for each in leaders if id(each) not in taken]
    return found


def _around(leader: _Runner, free: list[_Runner], wanted: int, whole: int) -> list[_Runner] | None:
    """First who serves what is not served yet, then who has the hours that miss; leaders are kept for others."""
    answer, missing, unserved = [leader], wanted - leader.hours, whole & ~leader.mask
    while (unserved or missing > 0) and len(answer) < MOST_MEMBERS:
        chosen = _serving(free, unserved, missing) if unserved else _large_enough(free, missing)
        if chosen is None:
            return None
        answer.append(free.pop(chosen))
        missing -= answer[-1].hours
        unserved &= ~answer[-1].mask
    return None if unserved or missing > 0 else answer


def _serving(free: Sequence[_Runner], unserved: int, missing: int) -> int | None:
    """Who serves most of the communes that miss; among equals no leader, then who comes nearest to the hours."""
    best, chosen = None, None
    for index, each in enumerate(free):
        served = (each.mask & unserved).bit_count()
        if not served or (best is not None and served < best[0]):
            continue
        mark = (served, not each.structure.can_lead, min(each.hours, missing))
        if best is None or mark > best:
            best, chosen = mark, index
    return chosen


def _large_enough(free: Sequence[_Runner], missing: int) -> int | None:
    """The smallest that suffices, no leader if may be; else the largest."""
    enough = bisect_left(free, missing, key=lambda each: each.hours)
    if enough == len(free):
        return len(free) - 1 if free else None
    followers = (index for index in range(enough, len(free)) if not free[index].structure.can_lead)
    return next(followers, enough)
