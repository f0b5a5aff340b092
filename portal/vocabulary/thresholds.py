"""The thresholds of public procurement, dated (domain.md § 1.4). All amounts in euros before tax."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Thresholds:
    """What applies to consultations started from `valid_from` on, until the next line of the table."""

    valid_from: date
    state_supplies_services: int
    """European threshold of the State's supplies and services."""
    local_supplies_services: int
    """European threshold of local authorities' supplies and services."""
    contracting_entities: int
    """European threshold of entités adjudicatrices, supplies and services."""
    works_and_concessions: int
    """European threshold of works, and of concessions."""
    social_services: int
    """Publication in the JOUE of social and other specific services."""
    exempt_works: int
    """Below: works without publicity nor competition."""
    exempt_supplies_services: int
    """Below: supplies and services without publicity nor competition."""
    journal: int
    """From here: notice in the BOAMP or a journal of legal notices."""
    decp: int
    """From here: essential data published within two months."""
    spaser: int
    """Yearly purchases from which a buyer owes a SPASER (D2111-3)."""


THRESHOLDS: tuple[Thresholds, ...] = (
    Thresholds(
        valid_from=date(2026, 1, 1),
        state_supplies_services=140_000,
        local_supplies_services=216_000,
        contracting_entities=432_000,
        works_and_concessions=5_404_000,
        social_services=750_000,
        exempt_works=100_000,
        exempt_supplies_services=40_000,
        journal=90_000,
        decp=40_000,
        spaser=50_000_000,
    ),
    Thresholds(
        valid_from=date(2026, 4, 1),
        state_supplies_services=140_000,
        local_supplies_services=216_000,
        contracting_entities=432_000,
        works_and_concessions=5_404_000,
        social_services=750_000,
        exempt_works=100_000,
        exempt_supplies_services=60_000,
        journal=90_000,
        decp=40_000,
        spaser=50_000_000,
    ),
)
"""In order of date. Avis ECOM2600976V for 2026-2027; décret 2025-1386 for the exemption from 1 April 2026."""


def thresholds_on(day: date) -> Thresholds:
    """What applies to a consultation started that day; past the end of 2027, the last figures known.

    Raises LookupError before 2026: older figures are not in the table, and guessing them would mislead.
    """
    in_force = [line for line in THRESHOLDS if line.valid_from <= day]
    if not in_force:
        raise LookupError(f"no thresholds known on {day.isoformat()}")
    return in_force[-1]
