"""What was paid, as imported."""

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage import Base, Cents


class Expense(Base):
    """What was paid on a contract to one of its members (« mandaté »), as imported. A credit note is negative."""

    __tablename__ = "expense"
    __table_args__ = (
        UniqueConstraint("contract_id", "source_reference"),
        Index("ix_expense_paid_on", "paid_on", "contract_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    paid_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Cents())
    """Euros before tax."""
    source_reference: Mapped[str] = mapped_column(String(80))
    """The payment's own number in the buyer's accounts: read twice, counted once."""
