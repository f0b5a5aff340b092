"""The seal is written: never changed, and a later one has its own row."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.groupements import agreement, queries, sealing
from portal.groupements.models import Agreement, Groupement, Seal


def write_seal(session: Session, groupement: Groupement, asked: Agreement, *, now: datetime) -> Seal:
    """Keep, as one text with its hash, the agreement and who accepted it when."""
    session.flush()
    text = sealing.seal_text(asked.number, asked.sha256, queries.acceptances_of(session, asked), now)
    seal = Seal(
        groupement_id=groupement.id,
        agreement_id=asked.id,
        text=text,
        sha256=agreement.digest(text),
        sealed_at=now,
    )
    session.add(seal)
    session.flush()
    return seal
