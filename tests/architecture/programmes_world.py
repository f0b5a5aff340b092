"""A programme that somebody of the buyer brought, and has not answered yet."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.programmes.models import ProgrammeFile
from portal.programmes.reading import Sheet, SheetRow
from portal.programmes.services import KEPT_FOR
from portal.vocabulary import ProgrammeField, Role

if TYPE_CHECKING:
    from tests.architecture.world import World


def programmes_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    fields = (ProgrammeField.REFERENCE, ProgrammeField.TITLE, ProgrammeField.PUBLISHED_ON)
    rows = [SheetRow(2, ("P-1", "Linge des crèches", "T2 2028"), frozenset())]
    file = ProgrammeFile(
        buyer_id=world.organisations["buyer"].id,
        account_id=world.people[Role.PURCHASING].id,
        name="programme.csv",
        content=Sheet(("Référence", "Intitulé", "Date"), rows, fields).packed(),
        read_at=now,
        expires_at=now + KEPT_FOR,
    )
    session.add(file)
    session.flush()
    return {"programme": file.public_id}
