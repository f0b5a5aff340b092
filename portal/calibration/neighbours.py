"""Communes of a large territory taken together, so that a picture and its table can be read. No database, no clock."""

from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from portal.calibration.facts import Need, Place, Structure
from portal.calibration.sectors import name_of, ready_made

MOST_PLACES = 40
"""Beyond, neighbouring communes are taken together."""

GROUPS = 24


def together(need: Need, structures: Iterable[Structure]) -> tuple[Need, list[Structure]]:
    """The same need by groups of neighbours when its communes are many and located: who serves one serves its group."""
    groups = ready_made(need.places, GROUPS) if len(need.places) > MOST_PLACES else ()
    if not groups:
        return need, list(structures)
    group_of = {place.code: group[0].code for group in groups for place in group}
    told = (
        replace(each, communes=frozenset(group_of[code] for code in each.communes if code in group_of))
        for each in structures
    )
    return replace(need, places=tuple(_as_one(group) for group in groups)), list(told)


def _as_one(group: tuple[Place, ...]) -> Place:
    located = [(place.latitude, place.longitude) for place in group]
    latitude = fmean(latitude for latitude, _ in located if latitude is not None)
    longitude = fmean(longitude for _, longitude in located if longitude is not None)
    return Place(group[0].code, name_of(group), sum(place.population for place in group), latitude, longitude)
