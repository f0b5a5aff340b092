"""A document that one world's structure is asked and has brought, in the groupement it leads."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.groupements.documents import queries, services
from portal.groupements.documents.services import Asked, Brought
from portal.groupements.models import Groupement
from portal.kernel.actor import Actor
from portal.pieces import files
from portal.vocabulary import PERMISSIONS_OF, DocumentKind, Role

if TYPE_CHECKING:
    from tests.architecture.world import World


def documents_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    """The public id of the document."""
    public_id = world.objects["groupement"]
    groupement = session.scalars(select(Groupement).where(Groupement.public_id == public_id)).one()
    lead = world.organisations["structure"]
    roles = frozenset({Role.STRUCTURE})
    actor = Actor(None, "structure", lead.id, lead.name, roles, PERMISSIONS_OF[Role.STRUCTURE])
    mine = next(each for each in groupement.members if each.organisation_id == lead.id)
    asked = Asked(kind=DocumentKind.INSURANCE, label=None, members={mine.public_id})
    services.ask(session, groupement, asked, actor=actor, now=now)
    document = queries.of(session, groupement)[mine.id][0]
    with files.staged(b"%PDF-1.7 of " + public_id.encode()) as staged:
        new = Brought(staged=staged, media_type="application/pdf", expires_on=None)
        services.bring(session, groupement, document.public_id, new, actor=actor, now=now)
    return {"document": document.public_id}
