"""Who follows what, how often they want to be told, and what each was told, once."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import Account, Public
from portal.directory.models import Organisation
from portal.forecast.models import Project
from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import AlertKind, Frequency

_WAITING = "message_key IS NULL AND spared_at IS NULL"


class Follow(Base):
    """A person, for an organisation, follows a project; it ends with a date. One live row a triple."""

    __tablename__ = "follow"
    __table_args__ = (
        Index(
            "uq_follow_live",
            "account_id",
            "organisation_id",
            "project_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_follow_project_id", "project_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    since: Mapped[datetime] = mapped_column(UtcInstant())
    until: Mapped[datetime | None] = mapped_column(UtcInstant())

    project: Mapped[Project] = relationship()


class SavedSearch(Public, Versioned, Base):
    """A view of the public list that a person wants to hear of again."""

    __tablename__ = "saved_search"
    __table_args__ = (Index("ix_saved_search_account_id", "account_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(2000))
    """The canonical query string of the list, without page nor order."""
    frequency: Mapped[Frequency] = mapped_column(listed(Frequency, name="frequency"))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    looked_at: Mapped[datetime] = mapped_column(UtcInstant())
    """Lots published or changed up to this instant were weighed against it."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant())


class AlertPreference(Base):
    """How often a person, for an organisation, wants one type of alert. Without a row: the portal's default."""

    __tablename__ = "alert_preference"
    __table_args__ = (UniqueConstraint("account_id", "organisation_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[AlertKind] = mapped_column(listed(AlertKind, name="kind"))
    frequency: Mapped[Frequency] = mapped_column(listed(Frequency, name="frequency"))
    changed_at: Mapped[datetime] = mapped_column(UtcInstant())


class Alert(Base):
    """One thing that one person is to be told, once: its unique key is what makes it once.

    `subject` names what happened (« revision:12 », « lot:5 », « answer:7 », « meeting:3:set »).
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("account_id", "organisation_id", "subject"),
        Index("ix_alert_waiting", "due_at", sqlite_where=text(_WAITING), postgresql_where=text(_WAITING)),
        Index("ix_alert_message_key", "message_key"),
        Index("ix_alert_project_id", "project_id"),
        CheckConstraint("lot_id IS NOT NULL OR project_id IS NOT NULL OR kind = 'meetings'", name="about"),
        CheckConstraint("(message_key IS NULL) = (told_at IS NULL)", name="told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[AlertKind] = mapped_column(listed(AlertKind, name="kind"))
    subject: Mapped[str] = mapped_column(String(60))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    search_id: Mapped[int | None] = mapped_column(ForeignKey("saved_search.id"))
    """The saved search that found it."""
    noted_at: Mapped[datetime] = mapped_column(UtcInstant())
    due_at: Mapped[datetime] = mapped_column(UtcInstant())
    """When the message that gathers it leaves."""
    message_key: Mapped[str | None] = mapped_column(String(120))
    """The dedupe key of the message that told it; None while it waits."""
    told_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When that message was promised."""
    spared_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When it was found that nothing was to be told any more: unfollowed, unsubscribed, left the organisation."""

    account: Mapped[Account] = relationship()
    organisation: Mapped[Organisation] = relationship()


class AlertMark(Base):
    """How far the public history was read: one row.

    Numbers are given before transactions commit: what commits late appears below what was read already. So everything
    after `last_revision` is read each time, and that only moves, hours later, to what `top_revision` was then.
    """

    __tablename__ = "alert_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_revision: Mapped[int] = mapped_column(BigInteger)
    """Nothing up to this one is read again."""
    top_revision: Mapped[int] = mapped_column(BigInteger)
    """The last one there was at `moved_at`."""
    counter: Mapped[int] = mapped_column(BigInteger)
    """The publication counter for which all was last read."""
    moved_at: Mapped[datetime] = mapped_column(UtcInstant())
