"""Files that prove a month, and files of rows between the dry run and the answer."""

from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.declarations.models.months import Declaration
from portal.declarations.models.people import Participant, new_public_id
from portal.pieces.models import StoredFile
from portal.storage import Base, UtcInstant, listed
from portal.vocabulary import EvidenceKind


class Evidence(Base):
    """A file that proves a month, or one person's line of it. What it was called is not kept: files are named after
    people."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_declaration_id", "declaration_id"),
        Index("ix_evidence_file_id", "file_id"),
        CheckConstraint("(removed_at IS NULL) = (removed_by_label IS NULL)", name="removed"),
        CheckConstraint("file_id IS NOT NULL OR removed_at IS NOT NULL", name="erased"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=new_public_id)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    """Whose line it proves; None: the whole month."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    """None once erased: it was removed before any deposit named it."""
    kind: Mapped[EvidenceKind] = mapped_column(listed(EvidenceKind, name="kind"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """Who brought it: the declarant, or the employer to whom lines are entrusted."""
    added_at: Mapped[datetime] = mapped_column(UtcInstant())
    added_by_label: Mapped[str] = mapped_column(String(300))
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    removed_by_label: Mapped[str | None] = mapped_column(String(300))

    declaration: Mapped[Declaration] = relationship()
    participant: Mapped[Participant | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()

    @property
    def sha256(self) -> str | None:
        return self.file.sha256 if self.file else None


class Upload(Base):
    """Rows read from a spreadsheet, between the dry run and « keep the valid rows »: only fingerprints wait here,
    never a name nor a birth date (domain.md § 0 bis)."""

    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_declaration_id", "declaration_id"), Index("ix_upload_expires_at", "expires_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=new_public_id)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id"))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Whose part it fills; None: the declarant's own lines."""
    account_id: Mapped[int]
    """Who uploaded it: nobody else answers."""
    content: Mapped[str] = mapped_column(Text)
    """JSON: the valid rows, and the errors by row."""
    uploaded_at: Mapped[datetime] = mapped_column(UtcInstant())
    expires_at: Mapped[datetime] = mapped_column(UtcInstant())
    kept_at: Mapped[datetime | None] = mapped_column(UtcInstant())
