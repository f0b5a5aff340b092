"""What organisations agreed that others read: interest with their name, networks; and a network's own members."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.directory.models import Affiliation, Capacity, CapacityStatement, Organisation
from portal.directory.queries.affiliations import accepted
from portal.groupements.models import Groupement, Member
from portal.groupements.partners.facts import Candidate, Own
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date
from portal.sourcing import policies as sourcing
from portal.sourcing.models import Interest
from portal.vocabulary import InterestKind, MemberState, Role, Trade

_GONE = {
    MemberState.DECLINED: "Sans suite la dernière fois",
    MemberState.WITHDRAWN: "Son invitation ou sa demande a été retirée",
    MemberState.LEFT: "A quitté le groupement",
}


@dataclass(frozen=True)
class Told:
    """By organisation."""

    interests: Mapping[int, InterestKind]
    networks: Mapping[int, str]
    is_network: bool
    """Whether the reader is itself the network of these organisations."""
    own: Mapping[int, Own]
    gone: Mapping[int, str]

    def candidate(self, organisation: Organisation, places: frozenset[str] | None, today: date) -> Candidate:
        id_ = organisation.id
        return Candidate(
            organisation_id=id_,
            siret=organisation.siret,
            name=organisation.shown_name,
            city=organisation.city,
            kinds=organisation.kinds_on(today),
            ess_family=organisation.ess_family,
            trades=frozenset(offer.trade for offer in organisation.offered),
            places=places,
            interest=self.interests.get(id_),
            network=self.networks.get(id_),
            is_own=self.is_network and id_ in self.networks,
            own=self.own.get(id_),
            gone=self.gone.get(id_),
        )


def told_of(session: Session, groupement: Groupement, actor: Actor) -> Told:
    coordinates = groupement.network_id is not None and groupement.network_id == actor.organisation_id
    is_network = coordinates and Role.NETWORK in actor.roles
    networks = _members_of_own(session, actor) if is_network else _fellows(session, actor)
    return Told(
        interests=_interests(session, [lot.id for lot in groupement.lots]) if sourcing.reads_names(actor) else {},
        networks=networks,
        is_network=is_network,
        own=_own(session, networks, {lot.trade for lot in groupement.lots}) if is_network else {},
        gone={each.organisation_id: _gone(each) for each in groupement.members if each.state in _GONE},
    )


def _gone(member: Member) -> str:
    on = f", le {format_date(paris_date(member.answered_at))}" if member.answered_at else ""
    return f"{_GONE[member.state]}{on}."


def _interests(session: Session, lot_ids: Collection[int]) -> dict[int, InterestKind]:
    """What those who agreed to be named to others want; of several lots, the word told last."""
    named = (Interest.lot_id.in_(lot_ids), Interest.named_to_others.is_(True))
    live = Interest.kind != InterestKind.NOT_INTERESTED
    told = select(Interest.organisation_id, Interest.kind).where(*named, live).order_by(Interest.told_at, Interest.id)
    return {row.organisation_id: row.kind for row in session.execute(told)}


def _members_of_own(session: Session, actor: Actor) -> dict[int, str]:
    """Those whom the reader's network counts among its members."""
    of_own = (Affiliation.network_id == actor.organisation_id, accepted())
    members = session.scalars(select(Affiliation.structure_id).where(*of_own))
    return dict.fromkeys(members, actor.organisation_name or "")


def _fellows(session: Session, actor: Actor) -> dict[int, str]:
    """Those who are, as everyone may read, in a network that the reader's organisation is in; one name each."""
    mine = aliased(Affiliation)
    in_mine = (mine.structure_id == actor.organisation_id, mine.accepted_at.is_not(None), mine.ended_at.is_(None))
    rows = session.execute(
        select(Affiliation.structure_id, Organisation.shown_name)
        .join(mine, mine.network_id == Affiliation.network_id)
        .join(Organisation, Organisation.id == Affiliation.network_id)
        .where(accepted(), *in_mine)
        .order_by(Organisation.sort_name.desc(), Organisation.siret.desc())
    )
    return dict(rows.all())


def _own(session: Session, members: Collection[int], trades: Collection[Trade]) -> dict[int, Own]:
    """What each of the network's own members told of its capacity; the largest band, if the lots ask several trades."""
    told = (
        select(CapacityStatement.organisation_id, CapacityStatement.confirmed_on, Capacity.band)
        .outerjoin(
            Capacity,
            (Capacity.organisation_id == CapacityStatement.organisation_id) & Capacity.trade.in_(trades),
        )
        .where(CapacityStatement.organisation_id.in_(members))
    )
    found: dict[int, Own] = {}
    for organisation_id, confirmed_on, band in session.execute(told):
        known = found.get(organisation_id)
        if known is None or known.band is None or (band and band.low > known.band.low):
            found[organisation_id] = Own(band=band, confirmed_on=confirmed_on)
    return found
