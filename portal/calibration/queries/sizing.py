"""Ways to size one lot, weighed against the structures of the day that each begins."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from portal.calibration.comparison import Weighed, weigh
from portal.calibration.facts import Need
from portal.calibration.queries.structures import members_for, structures_for
from portal.calibration.split import VariantTerms


def weighed(
    session: Session, need: Need, ways: Sequence[VariantTerms], today: date, network_id: int | None = None
) -> list[Weighed]:
    """In their order. A variant that begins on another day meets what structures will have left then.

    `network_id`: the network that reads it, which knows its members by name.
    """
    days = sorted({terms.starts_on or today for terms in ways})
    there = {day: structures_for(session, {need.lot_id: need}, day)[need.lot_id] for day in days}
    members = members_for(session, {need.lot_id: need}, network_id, today)[need.lot_id] if network_id else ()
    named = frozenset(each.organisation_id for each in members)
    return [weigh([terms], need, there[terms.starts_on or today], named)[0] for terms in ways]
