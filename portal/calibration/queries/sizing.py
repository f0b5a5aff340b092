"""Ways to size one lot, weighed against the structures of the day that each begins."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from portal.calibration.comparison import Weighed, weigh
from portal.calibration.facts import Need
from portal.calibration.queries.structures import structures_for
from portal.calibration.split import VariantTerms


def weighed(session: Session, need: Need, ways: Sequence[VariantTerms], today: date) -> list[Weighed]:
    """In their order. A variant that begins on another day meets what structures will have left then."""
    days = sorted({terms.starts_on or today for terms in ways})
    there = {day: structures_for(session, {need.lot_id: need}, day)[need.lot_id] for day in days}
    return [weigh([terms], need, there[terms.starts_on or today])[0] for terms in ways]
