"""What a contract promises, for how long, which months it declares, what may change. No database, no clock."""

from portal.contracts.rules.amending import ensure_amendable, ensure_departures, ensure_in_order
from portal.contracts.rules.awarding import (
    MOST_MONTHS,
    WHOLE,
    ends_on,
    ensure_commitment,
    ensure_contract_coherent,
    ensure_held,
    ensure_hours_within,
    ensure_reporting_coherent,
    reference_of,
    reporting_by_default,
)
from portal.contracts.rules.ordering import ensure_order
from portal.contracts.rules.rhythm import Changed, Pledge, due_to_date, pledges_of, share_of

__all__ = [
    "MOST_MONTHS",
    "WHOLE",
    "Changed",
    "Pledge",
    "due_to_date",
    "ends_on",
    "ensure_amendable",
    "ensure_commitment",
    "ensure_contract_coherent",
    "ensure_departures",
    "ensure_held",
    "ensure_hours_within",
    "ensure_in_order",
    "ensure_order",
    "ensure_reporting_coherent",
    "pledges_of",
    "reference_of",
    "reporting_by_default",
    "share_of",
]
