"""Rows out, nothing decided."""

from portal.matching.queries.lots import Asking, Suggestion, asking, fits, lots_for, lots_near
from portal.matching.queries.own import own_communes, own_trades
from portal.matching.queries.suppliers import MOST_CANDIDATES, Candidate, Candidates, candidates, may_supply

__all__ = [
    "MOST_CANDIDATES",
    "Asking",
    "Candidate",
    "Candidates",
    "Suggestion",
    "asking",
    "candidates",
    "fits",
    "lots_for",
    "lots_near",
    "may_supply",
    "own_communes",
    "own_trades",
]
