"""Places and structures drawn at random, small enough for brute force."""

from decimal import Decimal

from hypothesis import strategies as st

from portal.calibration.engaged import free_hours
from portal.calibration.facts import Need, Place, SectorNeed, Structure
from portal.vocabulary import CapacityBand, OrganisationKind, Reservation, Trade

CODES = ("33001", "33002", "33003", "33004", "33005", "33006")
PLACES = tuple(
    Place(code, f"Commune {code}", 1_000 * (1 + index), 44.8 + index / 50, -0.6) for index, code in enumerate(CODES)
)

Told = tuple[CapacityBand, int, tuple[str, ...], bool]


def structure(
    number: int, hours: int, communes: tuple[str, ...] = CODES, *, leads: bool = False, told: bool = True
) -> Structure:
    return Structure(
        number,
        f"Structure {number}",
        frozenset({OrganisationKind.EI}),
        None,
        frozenset(communes),
        Decimal(hours),
        Decimal(0),
        leads,
        told,
    )


def need(hours: int | None, places: tuple[Place, ...] = PLACES, reservation: Reservation | None = None) -> Need:
    return Need(1, Trade.CLEANING, reservation, None if hours is None else Decimal(hours), places)


def sector(hours: int, *codes: str) -> SectorNeed:
    return SectorNeed("Secteur", Decimal(hours), tuple(place for place in PLACES if place.code in codes))


@st.composite
def engaged_structures(draw: st.DrawFn, most: int = 9) -> list[Told]:
    """Band told, hours engaged elsewhere, communes served, whether it leads."""
    served = st.lists(st.sampled_from(CODES), min_size=1, unique=True).map(tuple)
    one = st.tuples(st.sampled_from(CapacityBand), st.integers(0, 16_000), served, st.booleans())
    return draw(st.lists(one, max_size=most))


def counted(told: list[Told]) -> list[Structure]:
    """As the portal counts them."""
    return [
        structure(number, int(free_hours(band.low, Decimal(engaged))), served, leads=leads)
        for number, (band, engaged, served, leads) in enumerate(told, 1)
    ]
