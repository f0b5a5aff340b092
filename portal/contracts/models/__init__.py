"""Contracts, their titulaires, what they promise, what changed, what was ordered and paid, who follows them."""

from portal.contracts.models.amendments import Amendment
from portal.contracts.models.core import Contract, ContractFollower, ContractTitulaire, Suspension, contract_search
from portal.contracts.models.expenses import Expense
from portal.contracts.models.penalties import PenaltyDecision, PenaltyTerms
from portal.contracts.models.promises import Commitment, CommitmentPool, PurchaseOrder

__all__ = [
    "Amendment",
    "Commitment",
    "CommitmentPool",
    "Contract",
    "ContractFollower",
    "ContractTitulaire",
    "Expense",
    "PenaltyDecision",
    "PenaltyTerms",
    "PurchaseOrder",
    "Suspension",
    "contract_search",
]
