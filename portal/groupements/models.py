"""Groupements, their members, the agreement each one accepts, the seats of mandataires."""

import secrets
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.directory.models import Organisation
from portal.forecast.models import Lot, Project
from portal.pieces.models import StoredFile
from portal.storage import Base, Centihours, Cents, UtcInstant, Versioned, declare_append_only, listed
from portal.vocabulary import (
    CompositionGround,
    DocumentKind,
    GroupementForm,
    GroupementState,
    MemberRole,
    MemberState,
)

_new_public_id = partial(secrets.token_urlsafe, 9)


class Groupement(Versioned, Base):
    """Operators who answer one or several lots of a project behind a mandataire (R2142-19)."""

    __tablename__ = "groupement"
    __table_args__ = (Index("ix_groupement_project_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(120))
    form: Mapped[GroupementForm | None] = mapped_column(listed(GroupementForm, name="form"))
    state: Mapped[GroupementState] = mapped_column(listed(GroupementState, name="state"))
    """COMPLETE is never stored: it is what the checklist says of one that is FORMING."""
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    network_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """The network head that coordinates it, if one does."""
    open_to_requests: Mapped[bool] = mapped_column(default=True)
    """Whether structures that look at the lot see it, and may ask to join."""
    named_to_buyer: Mapped[bool] = mapped_column(default=False)
    """Whether the buyer reads who prepares to answer before the candidacy is filed; it always reads totals."""
    presentation: Mapped[str | None] = mapped_column(Text)
    asked_number: Mapped[int | None]
    """The agreement that members are asked to accept, or have; None once a change made the last one fall."""
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
    sealed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    filed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    ended_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When it was awarded, not retained or dissolved."""
    end_reason: Mapped[str | None] = mapped_column(Text)

    project: Mapped[Project] = relationship()
    opened_by: Mapped[Organisation] = relationship(foreign_keys=[opened_by_id])
    network: Mapped[Organisation | None] = relationship(foreign_keys=[network_id])
    lots: Mapped[list[Lot]] = relationship(
        secondary="groupement_lot", order_by="Lot.number", viewonly=True, lazy="selectin", cascade="expunge"
    )
    members: Mapped[list["Member"]] = relationship(cascade="all, delete-orphan", order_by="Member.id", lazy="selectin")
    agreements: Mapped[list["Agreement"]] = relationship(order_by="Agreement.number")
    tasks: Mapped[list["EssentialTask"]] = relationship(
        cascade="all, delete-orphan", order_by="(EssentialTask.lot_id, EssentialTask.label)", lazy="selectin"
    )


class GroupementLot(Base):
    """A lot that the groupement answers: each lot is a contract of its own (R2142-4, -21, -23)."""

    __tablename__ = "groupement_lot"
    __table_args__ = (Index("ix_groupement_lot_lot_id", "lot_id"),)

    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)


class Member(Base):
    """An organisation in a groupement, from the invitation or the request on."""

    __tablename__ = "groupement_member"
    __table_args__ = (
        UniqueConstraint("groupement_id", "organisation_id"),
        Index("ix_groupement_member_organisation_id", "organisation_id"),
        Index(
            "uq_groupement_member_mandataire",
            "groupement_id",
            unique=True,
            sqlite_where=text("role = 'mandataire'"),
            postgresql_where=text("role = 'mandataire'"),
        ),
        CheckConstraint("part BETWEEN 0 AND 10000", name="part"),
        CheckConstraint("hours >= 0", name="hours"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[MemberRole] = mapped_column(listed(MemberRole, name="role"), default=MemberRole.COTRAITANT)
    """At most one mandataire in a groupement; who leaves is a cotraitant again."""
    state: Mapped[MemberState] = mapped_column(listed(MemberState, name="state"))
    """EXPIRED is never stored: it is what an invitation past `expires_at` is."""
    part: Mapped[int | None]
    """Share of the amount, in basis points."""
    amount: Mapped[Decimal | None] = mapped_column(Cents())
    """Euros before tax, over the same time as the lots' amount: closed to buyers, administrators and rivals."""
    hours: Mapped[Decimal | None] = mapped_column(Centihours())
    tasks: Mapped[str | None] = mapped_column(String(500))
    message: Mapped[str | None] = mapped_column(Text)
    """What the invitation or the request says."""
    asked_at: Mapped[datetime] = mapped_column(UtcInstant())
    asked_by: Mapped[int | None]
    """Account, without foreign key, as in the journal."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    answered_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it declined, was declined, or left."""

    organisation: Mapped[Organisation] = relationship(lazy="joined", cascade="save-update, merge, expunge")
    communes: Mapped[list["MemberCommune"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    documents: Mapped[list["MemberDocument"]] = relationship(
        primaryjoin="and_(MemberDocument.member_id == Member.id, MemberDocument.removed_at.is_(None))",
        order_by="MemberDocument.id",
        lazy="selectin",
        viewonly=True,
        cascade="expunge",
    )
    """Those asked of it."""


class MemberCommune(Base):
    """A commune of the lots where the member works; none: not said."""

    __tablename__ = "groupement_member_commune"

    member_id: Mapped[int] = mapped_column(ForeignKey("groupement_member.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)


class EssentialTask(Base):
    """Which member does a task that the buyer calls essential (R2142-27): `label` as the lot words it."""

    __tablename__ = "groupement_essential_task"

    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("groupement_member.id"), index=True)


class MemberDocument(Base):
    """A document that a member must bring for the candidacy, asked by whoever holds the pen; its file once brought."""

    __tablename__ = "member_document"
    __table_args__ = (
        Index("ix_member_document_member_id", "member_id"),
        Index("ix_member_document_file_id", "file_id"),
        CheckConstraint("(file_id IS NULL) = (brought_at IS NULL)", name="brought"),
        CheckConstraint("(kind = 'other') = (label IS NOT NULL)", name="label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("groupement_member.id"))
    kind: Mapped[DocumentKind] = mapped_column(listed(DocumentKind, name="kind"))
    label: Mapped[str | None] = mapped_column(String(200))
    """What it is, when the kind does not say."""
    asked_at: Mapped[datetime] = mapped_column(UtcInstant())
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    brought_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    brought_by_label: Mapped[str | None] = mapped_column(String(300))
    expires_on: Mapped[date | None]
    """The last civil day on which it is worth something; None: it does not expire, or nobody said."""
    removed_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    """When it stopped being asked."""

    file: Mapped[StoredFile | None] = relationship()

    @property
    def name(self) -> str:
        return self.label or self.kind.label


class Word(Base):
    """What a member says to the others in the room: never changed."""

    __tablename__ = "groupement_word"
    __table_args__ = (Index("ix_groupement_word_groupement_id", "groupement_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"))
    at: Mapped[datetime] = mapped_column(UtcInstant())
    account_id: Mapped[int | None]
    by_label: Mapped[str] = mapped_column(String(300))
    organisation_label: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)


class CompositionChange(Versioned, Base):
    """A change of the composition after the filing, which only the buyer may allow (R2142-26)."""

    __tablename__ = "composition_change"
    __table_args__ = (
        Index("ix_composition_change_groupement_id", "groupement_id"),
        Index(
            "uq_composition_change_waiting",
            "groupement_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="decided"),
        CheckConstraint("(successor_id IS NULL) <> (taker_id IS NULL)", name="one_way"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=_new_public_id)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("groupement_member.id"))
    """Who leaves, or becomes another operator."""
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Who comes in its place, with its part."""
    taker_id: Mapped[int | None] = mapped_column(ForeignKey("groupement_member.id"))
    """The member that takes its part over, when nobody comes in its place."""
    ground: Mapped[CompositionGround] = mapped_column(listed(CompositionGround, name="ground"))
    explanation: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcInstant())
    asked_by_label: Mapped[str] = mapped_column(String(300))
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant())
    decided_by_label: Mapped[str | None] = mapped_column(String(300))
    granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)

    groupement: Mapped[Groupement] = relationship()
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    successor: Mapped[Organisation | None] = relationship(foreign_keys=[successor_id])
    taker: Mapped[Member | None] = relationship(foreign_keys=[taker_id])


class Agreement(Base):
    """The exact parts that the members accept, as they stood: never changed, replaced by the next number."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("groupement_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    """Canonical JSON: lots, form, mandataire, members with their parts, hours and tasks."""
    sha256: Mapped[str] = mapped_column(CHAR(64))
    made_at: Mapped[datetime] = mapped_column(UtcInstant())

    acceptances: Mapped[list["Acceptance"]] = relationship(order_by="Acceptance.id")


class Acceptance(Base):
    """One member accepts one agreement: who, for which organisation, when."""

    __tablename__ = "acceptance"
    __table_args__ = (UniqueConstraint("agreement_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("groupement_member.id"))
    account_id: Mapped[int | None]
    by_label: Mapped[str] = mapped_column(String(300))
    organisation_label: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcInstant())


class Seal(Base):
    """What was sealed, whole: the agreement, and who accepted it when. A later seal has its own row."""

    __tablename__ = "groupement_seal"
    __table_args__ = (Index("ix_groupement_seal_groupement_id", "groupement_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    text: Mapped[str] = mapped_column(Text)
    """Canonical JSON: number and hash of the agreement, acceptances in order, the instant of the seal."""
    sha256: Mapped[str] = mapped_column(CHAR(64))
    sealed_at: Mapped[datetime] = mapped_column(UtcInstant())


class MandataireSeat(Base):
    """One sealed mandataire role per operator and lot (R2142-23): the key, not the code, wins the race.

    Written by the seal, removed only by unsealing or dissolution.
    """

    __tablename__ = "mandataire_seat"

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    groupement_id: Mapped[int] = mapped_column(ForeignKey("groupement.id"), index=True)


declare_append_only("agreement")
declare_append_only("acceptance")
declare_append_only("groupement_seal")
declare_append_only("groupement_word")
