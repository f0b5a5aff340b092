"""What is promised, together with which other contracts, and the orders that some promises follow."""

import secrets
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.contracts.models.core import Contract
from portal.storage import Base, Centihours, Cents, UtcInstant, Versioned, listed
from portal.vocabulary import ActionKind, CommitmentKind


class Commitment(Base):
    """What is promised: fixed hours, a share of labour hours, hours per thousand euros ordered, or actions."""

    __tablename__ = "commitment"
    __table_args__ = (
        Index("ix_commitment_contract_id", "contract_id"),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("(kind = 'actions') = (action IS NOT NULL)", name="action_of_actions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    kind: Mapped[CommitmentKind] = mapped_column(listed(CommitmentKind, name="kind"))
    quantity: Mapped[Decimal] = mapped_column(Centihours())
    """Hours, a percentage, hours per thousand euros, or a number of actions: two places, by `kind`."""
    action: Mapped[ActionKind | None] = mapped_column(listed(ActionKind, name="action"))
    note: Mapped[str | None] = mapped_column(String(300))


class CommitmentPool(Versioned, Base):
    """Contracts of one buyer whose promises are kept together (« globalisation »)."""

    __tablename__ = "commitment_pool"
    __table_args__ = (UniqueConstraint("buyer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(CHAR(12), unique=True, default=partial(secrets.token_urlsafe, 9))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())

    contracts: Mapped[list[Contract]] = relationship(back_populates="pool", order_by=Contract.id)


class PurchaseOrder(Base):
    """An order (« bon de commande ») placed on a contract: hours promised by thousand euros ordered follow them."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        Index("ix_purchase_order_ordered_on", "contract_id", "ordered_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    number: Mapped[str] = mapped_column(String(80))
    """The buyer's own: read twice, counted once."""
    ordered_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Cents())
    """Euros before tax; negative when an order is cancelled in part."""
    note: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcInstant())
