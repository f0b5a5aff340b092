"""What networks wrote to their members, and when last: the key, not the code, keeps two messages a week apart."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, listed
from portal.vocabulary import NudgeSubject


class Nudge(Base):
    """The last message that a structure had from one of its networks on a subject."""

    __tablename__ = "nudge"
    __table_args__ = (
        UniqueConstraint("structure_id", "subject", "about"),
        Index("ix_nudge_network_id", "network_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    subject: Mapped[NudgeSubject] = mapped_column(listed(NudgeSubject, name="subject"))
    about: Mapped[int] = mapped_column(default=0)
    """The lot's id when the subject is a lot; 0 otherwise, since NULLs are never equal in a unique key."""
    network_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """Who wrote last: whichever network does, the structure has one message a week."""
    number: Mapped[int] = mapped_column(default=1)
    """How many were sent so far."""
    sent_on: Mapped[date]
    by_label: Mapped[str] = mapped_column(String(300))
