"""Where each commune stands in the picture, and how far it is covered. Numbers only: the words stand in the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import cos, dist, radians

from portal.calibration.facts import Place, PlaceCover

WIDTH = 320
_MARGIN = 26
_TALLEST = 420
_ROUNDS = 60


class Level(Enum):
    """How far a commune is covered: no finer, so that two communes compared do not tell what one structure gives."""

    NOBODY = ("nobody", "personne", 0)
    MASKED = ("masked", "non montré : moins de 4 structures avec des heures", 0)
    LOW = ("low", "moins de la moitié", 25)
    HALF = ("half", "la moitié ou plus", 65)
    WHOLE = ("whole", "toutes les heures", 100)
    SERVED = ("served", "desservie, heures non dites", 0)

    def __init__(self, code: str, words: str, ring: int) -> None:
        self.code, self.words, self.ring = code, words, ring

    @classmethod
    def of(cls, cover: PlaceCover) -> "Level":
        if not cover.structures:
            return cls.NOBODY
        if cover.is_masked:
            return cls.MASKED
        if cover.share is None:
            return cls.SERVED
        return cls.WHOLE if cover.share >= 1 else cls.HALF if cover.share * 2 >= 1 else cls.LOW


@dataclass
class Mark:
    """One commune of the picture: its number is that of its row in the table."""

    number: int
    place: Place
    level: Level
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Picture:
    marks: tuple[Mark, ...]
    height: int

    @property
    def levels(self) -> list[tuple[Level, int]]:
        """Those that occur, with how many communes."""
        counted = ((level, sum(mark.level is level for mark in self.marks)) for level in Level)
        return [(level, count) for level, count in counted if count]


def picture_of(covers: Sequence[PlaceCover]) -> Picture | None:
    """Each commune about where it is, none hiding another; None when one of them is not located, or it is alone."""
    places = [each.place for each in covers]
    if len(places) < 2 or any(place.latitude is None or place.longitude is None for place in places):
        return None
    points = _scaled([_flat(place) for place in places])
    marks = [
        Mark(number, each.place, Level.of(each), x, y, _radius(each.place.population))
        for number, (each, (x, y)) in enumerate(zip(covers, points, strict=True), 1)
    ]
    _part(marks)
    height = max(mark.y + mark.radius for mark in marks) + 4
    return Picture(tuple(marks), round(height))


def _flat(place: Place) -> tuple[float, float]:
    latitude, longitude = place.latitude or 0.0, place.longitude or 0.0
    return longitude * cos(radians(latitude)), -latitude


def _scaled(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    left, top = min(x for x, _ in points), min(y for _, y in points)
    wide, tall = max(x for x, _ in points) - left, max(y for _, y in points) - top
    scale = min((WIDTH - 2 * _MARGIN) / (wide or 1e-6), (_TALLEST - 2 * _MARGIN) / (tall or 1e-6))
    shift = (WIDTH - wide * scale) / 2
    return [(shift + (x - left) * scale, _MARGIN + (y - top) * scale) for x, y in points]


def _radius(population: int) -> float:
    return 11 if population < 10_000 else 13 if population < 40_000 else 16 if population < 150_000 else 22


def _part(marks: Sequence[Mark]) -> None:
    """Push apart those that would hide each other, a little at a time, and keep all inside."""
    for _ in range(_ROUNDS):
        for index, mark in enumerate(marks):
            for other in marks[index + 1 :]:
                _push(mark, other)
        for mark in marks:
            mark.x = min(max(mark.x, mark.radius + 3), WIDTH - mark.radius - 3)
            mark.y = max(mark.y, mark.radius + 3)


def _push(mark: Mark, other: Mark) -> None:
    apart = dist((mark.x, mark.y), (other.x, other.y))
    wanted = mark.radius + other.radius + 4
    if apart >= wanted:
        return
    along = ((other.x - mark.x) / apart, (other.y - mark.y) / apart) if apart else (1.0, 0.0)
    step = (wanted - apart) / 2
    mark.x, mark.y = mark.x - along[0] * step, mark.y - along[1] * step
    other.x, other.y = other.x + along[0] * step, other.y + along[1] * step
