"""Organisations, the reference lists that all rooms point at, and what structures say they can carry."""

from portal.directory.models.capacities import Capacity, CapacityStatement
from portal.directory.models.organisations import (
    Affiliation,
    Commune,
    Cpv,
    Department,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
    organisation_search,
)

__all__ = [
    "Affiliation",
    "Capacity",
    "CapacityStatement",
    "Commune",
    "Cpv",
    "Department",
    "HeldKind",
    "OfferedTrade",
    "Organisation",
    "ServedTerritory",
    "organisation_search",
]
