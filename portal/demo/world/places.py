"""The territory of the demonstration: the Deux-Rives, its river and its twenty-three communes."""

from dataclasses import dataclass

from portal.demo.world.numbers import METROPOLE, siren_numbered

DEPARTMENT_CODE = "00"
"""No real department has it: real and invented places cannot be confused."""
DEPARTMENT_NAME = "Deux-Rives"
REGION_CODE = "00"
REGION_NAME = "Val-de-Vère"
EPCI_SIREN = siren_numbered(METROPOLE)
EPCI_NAME = "Métropole des Deux Rives"

_OFF_SHORE = (46.0, -9.0)
"""Saint-Aubrin, in the Atlantic: an invented place is nowhere in France."""


@dataclass(frozen=True)
class Town:
    """A commune: its number in the department, its bank of the Vère, its sector."""

    number: int
    name: str
    population: int
    bank: str
    sector: str
    place: tuple[int, int]
    """Kilometres east and north of Saint-Aubrin."""

    @property
    def latitude(self) -> float:
        return round(_OFF_SHORE[0] + self.place[1] / 111, 3)

    @property
    def longitude(self) -> float:
        return round(_OFF_SHORE[1] + self.place[0] / 77, 3)

    @property
    def code(self) -> str:
        return f"{DEPARTMENT_CODE}{self.number:03}"

    @property
    def post_code(self) -> str:
        return f"{DEPARTMENT_CODE}{self.number:02}0"

    @property
    def siren(self) -> str:
        return siren_numbered(90_000 + self.number)


TOWNS: tuple[Town, ...] = tuple(
    Town(number, *facts)
    for number, facts in enumerate(
        (
            ("Saint-Aubrin", 148_310, "rive gauche", "centre", (0, 0)),
            ("Belleroche", 61_240, "rive droite", "est", (5, 1)),
            ("Combeaux", 22_870, "rive gauche", "sud", (1, -6)),
            ("Port-Sablet", 31_450, "rive droite", "nord", (3, 8)),
            ("Vernois", 18_960, "rive gauche", "ouest", (-7, 1)),
            ("Les Marèges", 14_320, "rive gauche", "sud", (-2, -9)),
            ("Aubeterne", 5_410, "rive droite", "nord", (8, 11)),
            ("Brivoisy", 12_080, "rive gauche", "ouest", (-10, 4)),
            ("Castelmure", 3_170, "rive droite", "est", (12, -1)),
            ("Chantepierre", 8_640, "rive gauche", "sud", (4, -10)),
            ("Fontbrune", 6_920, "rive droite", "est", (9, 3)),
            ("Grandlieux", 19_330, "rive gauche", "ouest", (-6, -3)),
            ("Hautesource", 2_480, "rive droite", "est", (14, 4)),
            ("L’Islette-sur-Vère", 1_150, "rive droite", "nord", (1, 12)),
            ("Lormeraie", 16_700, "rive droite", "nord", (4, 5)),
            ("Montclairet", 9_870, "rive droite", "est", (9, -3)),
            ("Montfaucelle", 4_260, "rive gauche", "sud", (0, -13)),
            ("Nervaux", 24_510, "rive droite", "nord", (6, 7)),
            ("Orsigny-le-Vieux", 3_890, "rive gauche", "ouest", (-12, -1)),
            ("Pontvallier", 11_240, "rive gauche", "sud", (-3, -5)),
            ("Rochevive", 13_560, "rive droite", "est", (7, -2)),
            ("Tournevent", 2_030, "rive gauche", "ouest", (-13, 6)),
            ("Valmeuse", 7_180, "rive droite", "nord", (5, 13)),
        ),
        1,
    )
)

BY_NAME = {town.name: town for town in TOWNS}
SAINT_AUBRIN, BELLEROCHE, COMBEAUX = TOWNS[:3]


def towns_of(label: str) -> tuple[Town, ...]:
    """The communes that a label tells (« rive droite », « secteur nord », « Vernois »); empty when it tells none."""
    named = tuple(town for town in TOWNS if town.name in label)
    if named:
        return named
    if "centre" in label:
        return (SAINT_AUBRIN,)
    return tuple(town for town in TOWNS if town.bank in label or f"secteur {town.sector}" in label)
