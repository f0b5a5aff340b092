"""How much of many lots could be given."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.calibration.cover import cover, read_by
from portal.calibration.facts import Cover
from portal.calibration.queries.needs import needs_of
from portal.calibration.queries.structures import structures_for
from portal.directory.models import Affiliation
from portal.directory.queries.affiliations import accepted
from portal.forecast.models import Lot


def covers_of(session: Session, lots: Iterable[Lot], day: date, *, network_id: int | None = None) -> dict[int, Cover]:
    """The cover of each lot as it stands, by id, in a fixed number of statements.

    `network_id`: the network that reads them; it knows its members by name, and must not tell one other from the total.
    """
    needs = needs_of(session, lots)
    structures = structures_for(session, needs, day)
    named = members_of(session, network_id) if network_id is not None else frozenset()
    covers = {lot_id: cover(need, structures[lot_id]) for lot_id, need in needs.items()}
    if not named:
        return covers
    return {lot_id: read_by(found, needs[lot_id], structures[lot_id], named) for lot_id, found in covers.items()}


def members_of(session: Session, network_id: int) -> frozenset[int]:
    """The structures that a network counts among its members."""
    members = select(Affiliation.structure_id).where(Affiliation.network_id == network_id, accepted())
    return frozenset(session.scalars(members))
