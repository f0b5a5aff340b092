"""Ready-made sectors: neighbouring communes together, of about the same population. No database, no clock."""

from collections.abc import Sequence
from itertools import accumulate
from math import cos, dist, pi, radians, sin
from statistics import fmean

from portal.calibration.facts import Place

_DIRECTIONS = 8
"""Straight lines tried for each cut, the half-turn shared evenly."""


def ready_made(places: Sequence[Place], count: int) -> tuple[tuple[Place, ...], ...]:
    """The communes in `count` groups of neighbours, the same each time; () when one of them is not located.

    Cut in two by a straight line, again and again: the line that shares population best, then keeps neighbours near.
    """
    if count < 2 or len(places) < count or any(_is_nowhere(place) for place in places):
        return ()
    groups = _cut(sorted(places, key=lambda place: place.code), count)
    return tuple(sorted(groups, key=lambda group: (-_weight(group), group[0].code)))


def name_of(places: Sequence[Place]) -> str:
    """« Mérignac et 4 communes » after the most populated."""
    first = max(places, key=lambda place: (place.population, place.code))
    rest = len(places) - 1
    return first.name if not rest else f"{first.name} et {rest} commune{'s' if rest > 1 else ''}"


def _is_nowhere(place: Place) -> bool:
    return place.latitude is None or place.longitude is None


def _cut(places: list[Place], count: int) -> list[tuple[Place, ...]]:
    if count == 1:
        return [tuple(places)]
    first = count // 2
    tried = [_divided(places, first, count, direction * pi / _DIRECTIONS) for direction in range(_DIRECTIONS)]
    _, _, near, far = min(tried, key=lambda each: each[:2])
    return [*_cut(near, first), *_cut(far, count - first)]


def _divided(
    places: list[Place], first: int, count: int, angle: float
) -> tuple[float, float, list[Place], list[Place]]:
    """Along one direction: how far from the share wanted, how scattered, and the two sides."""
    along = sorted(places, key=lambda place: (_projected(place, angle), place.code))
    weights = list(accumulate(max(place.population, 1) for place in along))
    wanted = weights[-1] * first / count
    at = min(range(first, len(along) - (count - first) + 1), key=lambda size: abs(weights[size - 1] - wanted))
    near, far = along[:at], along[at:]
    gap = abs(weights[at - 1] - wanted) / weights[-1]
    return round(gap, 1), _scatter(near) + _scatter(far), sorted(near, key=_code), sorted(far, key=_code)


def _code(place: Place) -> str:
    return place.code


def _projected(place: Place, angle: float) -> float:
    x, y = _flat(place)
    return x * cos(angle) + y * sin(angle)


def _flat(place: Place) -> tuple[float, float]:
    """Degrees of the same length both ways, near enough for neighbours."""
    latitude, longitude = place.latitude or 0.0, place.longitude or 0.0
    return longitude * cos(radians(latitude)), latitude


def _scatter(places: Sequence[Place]) -> float:
    points = [_flat(place) for place in places]
    x, y = fmean(x for x, _ in points), fmean(y for _, y in points)
    return sum(dist((x, y), point) ** 2 for point in points)


def _weight(places: Sequence[Place]) -> int:
    return sum(place.population for place in places)
