"""What is done to contracts: making one, saying what it promises and declares, changing it, noting its orders."""

from portal.contracts.services.amending import amend
from portal.contracts.services.creation import create_contract, free_reference, record
from portal.contracts.services.indexing import index_contracts
from portal.contracts.services.keeping import follow, set_commitment, set_reporting
from portal.contracts.services.ordering import note_order
from portal.contracts.services.taking import take

__all__ = [
    "amend",
    "create_contract",
    "follow",
    "free_reference",
    "index_contracts",
    "note_order",
    "record",
    "set_commitment",
    "set_reporting",
    "take",
]
