"""How much of many lots could be given."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from portal.calibration.cover import cover
from portal.calibration.facts import Cover
from portal.calibration.queries.needs import needs_of
from portal.calibration.queries.structures import structures_for
from portal.forecast.models import Lot


def covers_of(session: Session, lots: Iterable[Lot], day: date) -> dict[int, Cover]:
    """The cover of each lot as it stands, by id, in a fixed number of statements."""
    needs = needs_of(session, lots)
    structures = structures_for(session, needs, day)
    return {lot_id: cover(need, structures[lot_id]) for lot_id, need in needs.items()}
