"""The ledger of reminders: what was promised to whom, each step once."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, UtcInstant, listed
from portal.vocabulary import ReminderAudience, ReminderStep, ReminderSubject


class Reminder(Base):
    """One step, reached by one subject, told to one person: the unique key is what makes it once."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "step", "account_id"),
        Index("ix_reminder_account_id", "account_id"),
        Index("ix_reminder_message_key", "message_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[ReminderSubject] = mapped_column(listed(ReminderSubject, name="subject"))
    subject_id: Mapped[int]
    step: Mapped[ReminderStep] = mapped_column(listed(ReminderStep, name="step"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    audience: Mapped[ReminderAudience] = mapped_column(listed(ReminderAudience, name="audience"))
    """In which capacity: the first, for someone concerned in several."""
    reached_on: Mapped[date]
    """The business day on which the step was reached."""
    promised_at: Mapped[datetime] = mapped_column(UtcInstant())
    message_key: Mapped[str] = mapped_column(String(120))
    """The dedupe key of the message it went with: one a person and day."""
