"""What an organisation said that it could carry, and who may read it."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.directory.models import Affiliation, CapacityStatement, Organisation
from portal.directory.queries.affiliations import accepted
from portal.kernel.actor import Actor


def capacity_of(session: Session, organisation: Organisation) -> CapacityStatement | None:
    """Its last word, with its bands; None when it never said anything."""
    return session.scalar(select(CapacityStatement).where(CapacityStatement.organisation_id == organisation.id))


def counts_as_member(session: Session, actor: Actor, organisation: Organisation) -> bool:
    """Whether the network that one acts for counts this organisation among its members."""
    member = (
        Affiliation.network_id == (actor.organisation_id or 0),
        Affiliation.structure_id == organisation.id,
        accepted(),
    )
    return session.scalar(select(exists().where(*member))) or False
