"""Rows out, nothing decided: what lots ask, who could answer, how much of it. Many lots at once, few statements."""

from portal.calibration.queries.covers import covers_of
from portal.calibration.queries.needs import needs_of
from portal.calibration.queries.structures import members_for, own_share, structures_for

__all__ = ["covers_of", "members_for", "needs_of", "own_share", "structures_for"]
