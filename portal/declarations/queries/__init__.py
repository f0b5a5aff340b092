"""Rows out, for those who may see them."""

from portal.declarations.queries.doubts import doubts_against, doubts_of, hours_before, last_worked
from portal.declarations.queries.checking import employers_of
from portal.declarations.queries.figures import MonthTotal, months_of, promised_to, retained_of, retained_until
from portal.declarations.queries.months import (
    LATE_CHECK_DAYS,
    MemberMonth,
    Waiting,
    awaited,
    checked_by,
    deposits_of,
    last_deposit,
    line_of,
    member_months,
    own,
    to_check,
    visible,
    waiting_to_check,
    waiting_to_file,
)
from portal.declarations.queries.people import (
    KnownEligibility,
    NearMatch,
    also_declared,
    eligibility_of,
    near_matches,
    presumed_people,
)
from portal.declarations.queries.promises import Promised, promised_of, promises_of

__all__ = [
    "LATE_CHECK_DAYS",
    "KnownEligibility",
    "MemberMonth",
    "MonthTotal",
    "NearMatch",
    "Promised",
    "Waiting",
    "also_declared",
    "awaited",
    "checked_by",
    "deposits_of",
    "doubts_against",
    "doubts_of",
    "eligibility_of",
    "employers_of",
    "hours_before",
    "last_deposit",
    "last_worked",
    "line_of",
    "member_months",
    "months_of",
    "near_matches",
    "own",
    "presumed_people",
    "promised_of",
    "promised_to",
    "promises_of",
    "retained_of",
    "to_check",
    "visible",
    "waiting_to_check",
    "waiting_to_file",
]
