"""Who is, was or asks to be in which network."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.directory.models import Affiliation, Organisation
from portal.directory.queries.organisations import by_siret
from portal.kernel.errors import NotFound


def affiliations_of(session: Session, organisation: Organisation) -> Sequence[Affiliation]:
    """Those of an organisation, as structure or as network: live ones first, each in the order they were asked."""
    return session.scalars(
        select(Affiliation)
        .where(or_(Affiliation.structure_id == organisation.id, Affiliation.network_id == organisation.id))
        .options(joinedload(Affiliation.network), joinedload(Affiliation.structure))
        .order_by(Affiliation.ended_at.is_not(None), Affiliation.asked_at, Affiliation.id)
    ).all()


def live_affiliation(session: Session, organisation: Organisation, other_siret: str) -> Affiliation:
    """The one between two organisations, whichever is the network. Raises NotFound."""
    other = by_siret(session, other_siret)
    found = other and session.scalar(
        select(Affiliation)
        .where(
            Affiliation.ended_at.is_(None),
            or_(
                and_(Affiliation.network_id == organisation.id, Affiliation.structure_id == other.id),
                and_(Affiliation.structure_id == organisation.id, Affiliation.network_id == other.id),
            ),
        )
        .options(joinedload(Affiliation.network), joinedload(Affiliation.structure))
        .order_by(Affiliation.id)
        .limit(1)
    )
    if not found:
        raise NotFound
    return found


def networks_of(session: Session, organisation: Organisation) -> Sequence[Affiliation]:
    """The networks that count it among their members."""
    return session.scalars(
        select(Affiliation)
        .join(Affiliation.network)
        .where(Affiliation.structure_id == organisation.id, accepted())
        .options(joinedload(Affiliation.network))
        .order_by(Organisation.sort_name, Organisation.siret)
    ).all()


def member_count(session: Session, network: Organisation) -> int:
    members = select(func.count()).select_from(Affiliation).where(Affiliation.network_id == network.id, accepted())
    return session.scalar(members) or 0


def count_waiting(session: Session, network_id: int) -> int:
    """The structures that wait for this network's answer."""
    waiting = (Affiliation.network_id == network_id, Affiliation.accepted_at.is_(None), Affiliation.ended_at.is_(None))
    return session.scalar(select(func.count()).select_from(Affiliation).where(*waiting)) or 0


def accepted() -> ColumnElement[bool]:
    """Whether the network counts the structure among its members today."""
    return and_(Affiliation.accepted_at.is_not(None), Affiliation.ended_at.is_(None))
