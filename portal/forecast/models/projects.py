"""Projects, and the numbers they are given."""

from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.directory.models import Organisation
from portal.forecast.facts import ProjectFacts
from portal.forecast.rules import is_web_address
from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import (
    Procedure,
    ProjectState,
    PurchaseFamily,
)

if TYPE_CHECKING:
    from portal.forecast.models.lots import Lot

_FACTS = tuple(fact.name for fact in fields(ProjectFacts))


class Project(Versioned, Base):
    """A purchase that a buyer plans: it stays one thing from the first draft to the award.

    It always has at least one live lot. As long as the allotment is not defined, that is lot 0, « l’ensemble », which
    carries the facts of the whole; see docs/decisions/forecast.md.
    """

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("buyer_id", "year", "number"),
        Index("ix_project_buyer_id_state", "buyer_id", "state"),
        CheckConstraint("lots_per_candidate > 0", name="lots_per_candidate"),
        CheckConstraint("reply_days > 0", name="reply_days"),
        Index("uq_project_own_reference", "buyer_id", "own_reference", unique=True),
        Index("ix_project_publish_at", "publish_at"),
        CheckConstraint("(state = 'scheduled') = (publish_at IS NOT NULL)", name="scheduled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str] = mapped_column(String(90), unique=True)
    """The project's name in addresses, for ever: the buyer's name when it was created, then year and number."""
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str | None] = mapped_column(Text)
    family: Mapped[PurchaseFamily] = mapped_column(listed(PurchaseFamily, name="family"))
    procedure: Mapped[Procedure | None] = mapped_column(listed(Procedure, name="procedure"))
    reply_days: Mapped[int | None]
    """Days that candidates will have between the consultation and the offers."""
    lots_per_candidate: Mapped[int | None]
    """At most so many lots for one candidate (L2113-10); None: no limit said."""
    allotment_defined: Mapped[bool]
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_service: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(30))
    state: Mapped[ProjectState] = mapped_column(listed(ProjectState, name="state"))
    state_since: Mapped[datetime] = mapped_column(UtcInstant())
    state_reason: Mapped[str | None] = mapped_column(Text)
    """Why it came back there: given back by who checks, or a publication that could not be. For its own people."""
    published_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """The first publication; None for a project that was never public."""
    publish_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When a scheduled project will be published by itself."""
    scheduled_by: Mapped[int | None]
    """Who scheduled it, as an account's id: in whose name it will be published."""
    written_by: Mapped[int | None]
    """The account that last changed its facts or its lots: a second person publishes, when the buyer wants so."""
    questions_until: Mapped[date | None]
    """The last day for questions; None: until the consultation opens."""
    own_reference: Mapped[str | None] = mapped_column(String(80))
    """What the buyer's own programme calls it: reading that file again finds it by this."""
    tender_url: Mapped[str | None] = mapped_column(String(300))
    """Where the consultation runs, on the buyer's profile."""
    offers_due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    created_by: Mapped[int | None]
    """The account's id, without foreign key, as in the journal."""
    saved_at: Mapped[datetime] = mapped_column(UtcInstant())
    """The last time anyone saved anything of it, drafts included."""

    buyer: Mapped[Organisation] = relationship()
    all_lots: Mapped[list["Lot"]] = relationship(back_populates="project", order_by="Lot.number")
    """Ended ones included: nothing that was public is deleted."""

    @property
    def facts(self) -> ProjectFacts:
        return ProjectFacts(**{name: getattr(self, name) for name in _FACTS})

    def tell(self, facts: ProjectFacts) -> None:
        """Take these facts for its own."""
        for name in _FACTS:
            setattr(self, name, getattr(facts, name))

    @property
    def shown_number(self) -> str:
        """« 2027-0042 »."""
        return f"{self.year}-{self.number:04}"

    @property
    def lots(self) -> list["Lot"]:
        """The lots that live, in order."""
        return sorted((lot for lot in self.all_lots if lot.ended_at is None), key=lambda lot: lot.number)

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def writer_id(self) -> int | None:
        """Who last wrote it, as an account's id."""
        return self.written_by or self.created_by

    @property
    def only_lot(self) -> "Lot | None":
        """The lot that is the whole project, when there is one."""
        return self.lots[0] if len(self.lots) == 1 else None

    @property
    def tender_link(self) -> str | None:
        """Where to answer, when a browser may be led there."""
        return self.tender_url if is_web_address(self.tender_url) else None

    def lot_numbered(self, number: int) -> "Lot | None":
        return next((lot for lot in self.lots if lot.number == number), None)


class ReferenceSeries(Base):
    """The last number given to a project of a buyer in a year: taking the next one locks the row."""

    __tablename__ = "reference_series"

    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]
