"""How the consultation of a lot ended, and which contract a purchase renews."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.contracts.models import Contract
from portal.storage import Base, Centihours, listed
from portal.vocabulary import LotOutcome


class Award(Base):
    """The end of a lot's consultation: a contract, or nothing. One a lot, for ever."""

    __tablename__ = "award"
    __table_args__ = (CheckConstraint("(outcome = 'awarded') = (contract_id IS NOT NULL)", name="contract"),)

    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True, autoincrement=False)
    outcome: Mapped[LotOutcome] = mapped_column(listed(LotOutcome, name="outcome"))
    decided_on: Mapped[date]
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), unique=True)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why nothing was awarded."""

    promised_hours: Mapped[Decimal | None] = mapped_column(Centihours())
    """As announced to the public with the award; the contract's own promise may change later."""

    contract: Mapped[Contract | None] = relationship()


class Renewal(Base):
    """The purchase that renews a contract which is coming to its end; one purchase may renew several, lot by lot."""

    __tablename__ = "renewal"
    __table_args__ = (Index("ix_renewal_contract_id", "contract_id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True, autoincrement=False)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True, autoincrement=False)
