"""Who could work on lots: structures of the trade that serve a commune at least, with what they have left."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, true
from sqlalchemy.orm import Session

from portal.calibration.engaged import exactly_free, free_hours
from portal.calibration.facts import Need, Structure, codes_of
from portal.calibration.queries.known import Known, known_in
from portal.calibration.queries.needs import needs_of, starts_of
from portal.directory.models import Affiliation, Organisation
from portal.directory.queries.affiliations import accepted
from portal.forecast.models import Lot


def structures_for(session: Session, needs: Mapping[int, Need], day: date) -> dict[int, list[Structure]]:
    """Those of each lot, by its id, whatever their kinds; hours by steps. A fixed number of statements."""
    return _structures(session, needs, day, true(), is_exact=False)


def own_share(session: Session, lot: Lot, organisation_id: int | None, day: date) -> Structure | None:
    """What one structure could give of a lot, to the hour: for itself. None when it is not one of those counted."""
    only = Organisation.id == (organisation_id or 0)
    found = _structures(session, needs_of(session, [lot]), day, only, is_exact=True)
    return next(iter(found.get(lot.id, ())), None)


def members_for(session: Session, needs: Mapping[int, Need], network_id: int, day: date) -> dict[int, list[Structure]]:
    """The members of a network that count for each lot, by steps too: for that network.

    It reads what they told: to the hour, what is left would give it parts sealed where it does not coordinate.
    """
    affiliated = (Affiliation.network_id == network_id, Affiliation.structure_id == Organisation.id, accepted())
    return _structures(session, needs, day, exists().where(*affiliated).correlate(Organisation), is_exact=False)


def _structures(
    session: Session, needs: Mapping[int, Need], day: date, among: ColumnElement[bool], *, is_exact: bool
) -> dict[int, list[Structure]]:
    trades = {need.trade for need in needs.values()}
    places = frozenset(place.code for need in needs.values() for place in need.places)
    known = known_in(session, trades, places, day, among)
    starts = starts_of(session, needs)
    return {lot_id: list(_of_lot(need, known, max(starts[lot_id], day), is_exact)) for lot_id, need in needs.items()}


def _of_lot(need: Need, known: Iterable[Known], start: date, is_exact: bool) -> Iterable[Structure]:
    codes = codes_of(need.places)
    for each in known:
        served = each.communes & codes if need.trade in each.trades else None
        if served:
            yield _structure(need, each, served, start, is_exact)


def _structure(need: Need, known: Known, served: frozenset[str], start: date, is_exact: bool) -> Structure:
    band = known.bands.get(need.trade)
    taking = (each.hours for each in known.promises.get(need.trade, ()) if each.takes_from(need.lot_id, start))
    engaged = sum(taking, Decimal(0))
    is_late = known.available_on is not None and known.available_on > start
    low = 0 if band is None or is_late else band.low
    return Structure(
        organisation_id=known.organisation_id,
        name=known.name,
        kinds=known.kinds,
        ess_family=known.ess_family,
        communes=served,
        hours=exactly_free(low, engaged) if is_exact else free_hours(low, engaged),
        engaged=engaged,
        can_lead=bool(known.can_lead),
        told=band is not None,
    )
