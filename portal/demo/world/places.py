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


@dataclass(frozen=True)
class Town:
    """A commune: its number in the department, its bank of the Vère, its sector."""

    number: int
    name: str
    population: int
    bank: str
    sector: str

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
            ("Saint-Aubrin", 148_310, "rive gauche", "centre"),
            ("Belleroche", 61_240, "rive droite", "est"),
            ("Combeaux", 22_870, "rive gauche", "sud"),
            ("Port-Sablet", 31_450, "rive droite", "nord"),
            ("Vernois", 18_960, "rive gauche", "ouest"),
            ("Les Marèges", 14_320, "rive gauche", "sud"),
            ("Aubeterne", 5_410, "rive droite", "nord"),
            ("Brivoisy", 12_080, "rive gauche", "ouest"),
            ("Castelmure", 3_170, "rive droite", "est"),
            ("Chantepierre", 8_640, "rive gauche", "sud"),
            ("Fontbrune", 6_920, "rive droite", "est"),
            ("Grandlieux", 19_330, "rive gauche", "ouest"),
            ("Hautesource", 2_480, "rive droite", "est"),
            ("L’Islette-sur-Vère", 1_150, "rive droite", "nord"),
            ("Lormeraie", 16_700, "rive droite", "nord"),
            ("Montclairet", 9_870, "rive droite", "est"),
            ("Montfaucelle", 4_260, "rive gauche", "sud"),
            ("Nervaux", 24_510, "rive droite", "nord"),
            ("Orsigny-le-Vieux", 3_890, "rive gauche", "ouest"),
            ("Pontvallier", 11_240, "rive gauche", "sud"),
            ("Rochevive", 13_560, "rive droite", "est"),
            ("Tournevent", 2_030, "rive gauche", "ouest"),
            ("Valmeuse", 7_180, "rive droite", "nord"),
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
