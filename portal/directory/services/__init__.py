"""What is done to organisations: listing, saying what they are, editing, telling capacities, importing, affiliating."""

from portal.directory.services.affiliations import accept_affiliation, ask_affiliation, end_affiliation
from portal.directory.services.capacities import CapacityFacts, confirm_capacity, tell_capacity
from portal.directory.services.imports import import_communes, import_cpv, import_structures
from portal.directory.services.kinds import ToldOrganisation, end_kind, set_esus, set_kind, settle_organisation
from portal.directory.services.met import Met, MetOrganisations, list_met
from portal.directory.services.organisations import (
    NewOrganisation,
    OrganisationFacts,
    edit_organisation,
    list_organisation,
)
from portal.directory.services.reference import load_reference

__all__ = [
    "CapacityFacts",
    "Met",
    "MetOrganisations",
    "NewOrganisation",
    "OrganisationFacts",
    "ToldOrganisation",
    "accept_affiliation",
    "ask_affiliation",
    "confirm_capacity",
    "edit_organisation",
    "end_affiliation",
    "end_kind",
    "import_communes",
    "import_cpv",
    "import_structures",
    "list_met",
    "list_organisation",
    "load_reference",
    "set_esus",
    "set_kind",
    "settle_organisation",
    "tell_capacity",
]
