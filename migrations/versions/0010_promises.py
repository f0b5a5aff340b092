"""What changes a contract’s promise: orders, amendments; penalties, simulated only."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_purchase_order()
    _create_amendment()
    _create_penalty_terms()
    _create_penalty_decision()
    for table in ("amendment", "penalty_decision"):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_purchase_order() -> None:
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("ordered_on", sa.Date, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("note", sa.String(length=300)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_purchase_order_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_purchase_order_contract_id_number")),
    )
    op.create_index("ix_purchase_order_ordered_on", "purchase_order", ["contract_id", "ordered_on"], unique=False)


def _create_amendment() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("signed_on", sa.Date, nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("promised_before", sa.BigInteger, nullable=False),
        sa.Column("promised_after", sa.BigInteger, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("recorded_at", UtcInstant(), nullable=False),
        sa.Column("recorded_by_label", sa.String(length=300), nullable=False),
        sa.CheckConstraint("promised_before >= 0 AND promised_after >= 0", name=op.f("ck_amendment_promised")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_amendment_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_amendment_contract_id_number")),
    )


def _create_penalty_terms() -> None:
    op.create_table(
        "penalty_terms",
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("per_hour", sa.BigInteger),
        sa.Column("per_late_day", sa.BigInteger),
        sa.Column("cap_percent", sa.Integer),
        sa.CheckConstraint("cap_percent BETWEEN 1 AND 100", name=op.f("ck_penalty_terms_cap_percent")),
        sa.CheckConstraint("per_hour >= 0 AND per_late_day >= 0", name=op.f("ck_penalty_terms_amounts")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_penalty_terms_contract_id")),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_penalty_terms")),
    )


def _create_penalty_decision() -> None:
    op.create_table(
        "penalty_decision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column(
            "outcome",
            _listed(
                "outcome",
                (
                    "notice",
                    "waived",
                    "reduced",
                    "claimed",
                ),
            ),
            nullable=False,
        ),
        sa.Column("simulated", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger),
        sa.Column("formula", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.Column("decided_by_label", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_penalty_decision_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalty_decision")),
    )
    op.create_index("ix_penalty_decision_contract_id", "penalty_decision", ["contract_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
