"""What a contract says of penalties, and what people decided of the simulated ones: the portal applies none."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, Cents, UtcInstant, declare_append_only, listed
from portal.vocabulary import PenaltyOutcome


class PenaltyTerms(Base):
    """What the contract says (domain.md § 2.7); nothing is simulated of what it does not say."""

    __tablename__ = "penalty_terms"
    __table_args__ = (
        CheckConstraint("per_hour >= 0 AND per_late_day >= 0", name="amounts"),
        CheckConstraint("cap_percent BETWEEN 1 AND 100", name="cap_percent"),
    )

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    per_hour: Mapped[Decimal | None] = mapped_column(Cents())
    """Euros for each hour promised and not retained."""
    per_late_day: Mapped[Decimal | None] = mapped_column(Cents())
    """Euros for each calendar day of a late declaration, after a formal notice only."""
    cap_percent: Mapped[int | None]
    """The most, as a share of the contract's amount."""


class PenaltyDecision(Base):
    """What somebody decided of a simulated penalty, with the figure and the formula they had before them."""

    __tablename__ = "penalty_decision"
    __table_args__ = (Index("ix_penalty_decision_contract_id", "contract_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    outcome: Mapped[PenaltyOutcome] = mapped_column(listed(PenaltyOutcome, name="outcome"))
    simulated: Mapped[Decimal] = mapped_column(Cents())
    amount: Mapped[Decimal | None] = mapped_column(Cents())
    """What is claimed in the end, when something is."""
    formula: Mapped[str] = mapped_column(Text)
    """As it was shown, in French."""
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UtcInstant())
    decided_by_label: Mapped[str] = mapped_column(String(300))


declare_append_only("penalty_decision")
