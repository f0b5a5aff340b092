"""Mandates, and the editions that nobody edits."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_mandate()
    _create_edition()
    for table in ("edition",):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_mandate() -> None:
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_mandate_period")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_mandate_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        sa.UniqueConstraint("buyer_id", "starts_on", name=op.f("uq_mandate_buyer_id_starts_on")),
    )


def _create_edition() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("frozen_at", UtcInstant(), nullable=False),
        sa.Column("frozen_by_label", sa.String(length=300), nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_edition_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("buyer_id", "year", "number", name=op.f("uq_edition_buyer_id_year_number")),
    )


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
