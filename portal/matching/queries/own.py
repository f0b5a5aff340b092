"""The trades and communes of one organisation, as the filters of the list hold them."""

from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.directory.models import Capacity, Commune, OfferedTrade, ServedTerritory
from portal.vocabulary import TerritoryScope, Trade


def own_trades(session: Session, organisation_id: int) -> Sequence[Trade]:
    """Those that it offers or told a capacity in, in the order of the filters. One statement."""
    offered = select(OfferedTrade.trade).where(OfferedTrade.organisation_id == organisation_id)
    told = select(Capacity.trade).where(Capacity.organisation_id == organisation_id)
    found = set(session.scalars(union(offered, told)))
    return [trade for trade in Trade if trade in found]


def own_communes(session: Session, organisation_id: int) -> Sequence[str]:
    """Those that it serves, by name or by their EPCI; none when it serves wider, since nothing is then left out."""
    served = select(ServedTerritory.scope, ServedTerritory.code).where(
        ServedTerritory.organisation_id == organisation_id
    )
    codes: dict[TerritoryScope, set[str]] = {scope: set() for scope in TerritoryScope}
    for scope, code in session.execute(served):
        codes[scope].add(code)
    if any(codes[scope] for scope in (TerritoryScope.DEPARTMENT, TerritoryScope.REGION, TerritoryScope.FRANCE)):
        return []
    within = select(Commune.code).where(Commune.epci_siren.in_(codes[TerritoryScope.EPCI]))
    return sorted(codes[TerritoryScope.COMMUNE].union(session.scalars(within)))
