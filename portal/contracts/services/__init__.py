"""What is done to contracts: making one, and saying what it promises, what it declares, who follows it."""

from portal.contracts.services.creation import create_contract, free_reference
from portal.contracts.services.indexing import index_contracts
from portal.contracts.services.keeping import follow, set_commitment, set_reporting

__all__ = ["create_contract", "follow", "free_reference", "index_contracts", "set_commitment", "set_reporting"]
