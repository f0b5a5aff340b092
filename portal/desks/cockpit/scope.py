"""What a network looks at: its members of the day, their trades, the territories they cover."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.accounts.queries import structures_of
from portal.directory.models import Capacity, OfferedTrade, Organisation, ServedTerritory
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.matching.facts import Key
from portal.matching.queries.zones import FRANCE
from portal.vocabulary import TerritoryScope, Trade


@dataclass(frozen=True)
class Scope:
    """Read anew at each page: who left the network is out of it at once."""

    network_id: int
    members: frozenset[int]
    """Those whose affiliation the network accepted and which has not ended."""
    trades: frozenset[Trade]
    """Those that its members offer or told a capacity in."""
    territory: tuple[Key, ...]
    """The network's own; its members' when it told none, or told the whole country."""


def scope_of(session: Session, actor: Actor) -> Scope:
    """Four statements. Raises NotFound for who acts for no organisation."""
    network = session.get(Organisation, actor.organisation_id or 0)
    if network is None:
        raise NotFound
    members = frozenset(session.scalars(structures_of(network.id)))
    own = _narrow({(served.scope, served.code) for served in network.served})
    theirs = own or _served(session, members) or _seat(network)
    return Scope(network.id, members, _trades(session, members), tuple(sorted(theirs)))


def _trades(session: Session, members: Collection[int]) -> frozenset[Trade]:
    each = (select(model.trade).where(model.organisation_id.in_(members)) for model in (OfferedTrade, Capacity))
    return frozenset(session.scalars(union(*each)))


def _served(session: Session, members: Collection[int]) -> set[Key]:
    columns = select(ServedTerritory.scope, ServedTerritory.code).distinct()
    rows = session.execute(columns.where(ServedTerritory.organisation_id.in_(members)))
    return _narrow({(scope, code) for scope, code in rows})


def _narrow(keys: set[Key]) -> set[Key]:
    """The whole country says nothing of where one works."""
    return keys - {FRANCE}


def _seat(network: Organisation) -> set[Key]:
    return {(TerritoryScope.DEPARTMENT, network.department_code)} if network.department_code else set()
