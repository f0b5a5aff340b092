"""Rows out, nothing decided.

`visible` raises NotFound for whom a groupement is nothing to. For the homes: `waiting(session, actor, now)` gives all
that waits for the organisation one acts for, as `Waiting(groupement, what, by, step)`, the most urgent first, in one
statement when it is in no groupement and five otherwise; `invitations_waiting`, `requests_waiting` and
`agreements_to_accept` are parts of it.
"""

from portal.groupements.queries.groupements import (
    RUNNING,
    OnLot,
    Page,
    agreement_numbered,
    asked_agreement,
    awardable,
    by_id,
    ending_invitations,
    filed_on,
    inside,
    invited_to,
    is_awaited,
    joinable,
    led,
    of_actor,
    on_lot,
    page_of,
    to_close,
    visible,
    whole,
)
from portal.groupements.queries.neighbours import own_elsewhere, own_lots, sealed_elsewhere
from portal.groupements.queries.people import people_of
from portal.groupements.queries.places import places_of
from portal.groupements.queries.seals import Verified, acceptances_of, latest_seal, verified, verify_all
from portal.groupements.queries.waiting import (
    Waiting,
    agreements_to_accept,
    invitations_waiting,
    requests_waiting,
    waiting,
)

__all__ = [
    "RUNNING",
    "OnLot",
    "Page",
    "Verified",
    "Waiting",
    "acceptances_of",
    "agreement_numbered",
    "agreements_to_accept",
    "asked_agreement",
    "awardable",
    "by_id",
    "ending_invitations",
    "filed_on",
    "inside",
    "invitations_waiting",
    "invited_to",
    "is_awaited",
    "joinable",
    "latest_seal",
    "led",
    "of_actor",
    "on_lot",
    "own_elsewhere",
    "own_lots",
    "page_of",
    "people_of",
    "places_of",
    "requests_waiting",
    "sealed_elsewhere",
    "to_close",
    "verified",
    "verify_all",
    "visible",
    "waiting",
    "whole",
]
