"""What a structure has left of its capacity, once what it promised elsewhere is taken. No database, no clock."""

from bisect import bisect_right
from decimal import Decimal

_STEPS = (0, 250, 500, 1_000, 1_500, 2_500, 3_500, 5_000, 7_000, 10_000, 15_000)
"""The bounds of the capacity bands, and one inside each: what a structure has left counts as the step below.

Totals are differences away from one another (lot against lot, sector against sector): were exact hours summed, the
figures of two lots that one structure tells apart would give its promises, which are sealed. Of whatever is computed
out of steps, only a step comes out.
"""


def free_hours(low: int, engaged: Decimal) -> Decimal:
    """Hours a year that may be counted on: the low bound of the band told less what is engaged, by steps, down."""
    left = max(Decimal(low) - max(engaged, Decimal(0)), Decimal(0))
    return Decimal(_STEPS[bisect_right(_STEPS, left) - 1])


def exactly_free(low: int, engaged: Decimal) -> Decimal:
    """The same to the hour: for the structure itself, and the networks it belongs to."""
    return max(Decimal(low) - max(engaged, Decimal(0)), Decimal(0))


def yearly(hours: Decimal, months: int | None) -> Decimal:
    """Hours of a whole contract, as those of a year; a contract of unknown length, or a short one, is one year."""
    return hours * 12 / months if months and months > 12 else hours
