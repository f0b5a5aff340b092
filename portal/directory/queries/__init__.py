"""Rows out, nothing decided."""

from portal.directory.queries.affiliations import (
    affiliations_of,
    count_waiting,
    live_affiliation,
    member_count,
    networks_of,
)
from portal.directory.queries.capacities import capacity_of, counts_as_member
from portal.directory.queries.listing import Listing, Search, listing
from portal.directory.queries.organisations import being, buyers, by_siret, holds_on, names_of, networks, of_kind, shown
from portal.directory.queries.reference import (
    communes,
    communes_called,
    cpv,
    departments,
    epcis,
    regions,
    territories_of,
)

__all__ = [
    "Listing",
    "Search",
    "affiliations_of",
    "being",
    "buyers",
    "by_siret",
    "capacity_of",
    "communes",
    "communes_called",
    "count_waiting",
    "counts_as_member",
    "cpv",
    "departments",
    "epcis",
    "holds_on",
    "listing",
    "live_affiliation",
    "member_count",
    "names_of",
    "networks",
    "networks_of",
    "of_kind",
    "regions",
    "shown",
    "territories_of",
]
