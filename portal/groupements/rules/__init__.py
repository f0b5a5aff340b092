"""What the code de la commande publique says of groupements, lot by lot. No database, no clock.

A lot is a contract of its own (L2113-10): R2142-4, -21 and -23 look at one lot at a time.
"""

from portal.groupements.rules.composition import (
    Parts,
    clashes,
    ensure_communes,
    ensure_shares,
    parts_asked,
    problems,
    seat_taken,
    tasks_without_member,
    total_part,
)
from portal.groupements.rules.opening import (
    FORMABLE_STATES,
    ensure_formable,
    ensure_lots,
    ensure_may_be_member,
    too_many_lots,
)
from portal.groupements.rules.problem import (
    INVITATION_LASTS,
    REMINDED_BEFORE,
    Problem,
    ensure_reason,
    has_expired,
    percent,
)
from portal.groupements.rules.steps import (
    KNOWN_TO_BUYER,
    SEATED,
    ensure_acceptable,
    ensure_awardable,
    ensure_dissolvable,
    ensure_fileable,
    ensure_forming,
    ensure_may_leave,
    ensure_no_clash,
    ensure_proposable,
    ensure_sealable,
    ensure_unsealable,
    is_complete,
)

__all__ = [
    "FORMABLE_STATES",
    "INVITATION_LASTS",
    "KNOWN_TO_BUYER",
    "REMINDED_BEFORE",
    "SEATED",
    "Parts",
    "Problem",
    "clashes",
    "ensure_acceptable",
    "ensure_awardable",
    "ensure_communes",
    "ensure_dissolvable",
    "ensure_fileable",
    "ensure_formable",
    "ensure_forming",
    "ensure_lots",
    "ensure_may_be_member",
    "ensure_may_leave",
    "ensure_no_clash",
    "ensure_proposable",
    "ensure_reason",
    "ensure_sealable",
    "ensure_shares",
    "ensure_unsealable",
    "has_expired",
    "is_complete",
    "parts_asked",
    "percent",
    "problems",
    "seat_taken",
    "tasks_without_member",
    "too_many_lots",
    "total_part",
]
