"""Where communes are; sizing variants of a lot, their sectors, the opinions they get, and what was kept."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commune", sa.Column("latitude", sa.Double))
    op.add_column("commune", sa.Column("longitude", sa.Double))
    _create_variant()
    _create_sector()
    _create_opinion()
    _create_choice()
    for statement in append_only_ddl("calibration_choice", op.get_bind().dialect.name):
        op.execute(statement)


def _create_variant() -> None:
    op.create_table(
        "calibration_variant",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("hours", sa.BigInteger),
        sa.Column("starts_on", sa.Date),
        sa.Column("duration_months", sa.Integer),
        sa.Column("note", sa.Text),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("shared_at", UtcInstant()),
        sa.Column("withdrawn_at", UtcInstant()),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("duration_months > 0", name=op.f("ck_calibration_variant_duration_months")),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_calibration_variant_hours")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR shared_at IS NOT NULL", name=op.f("ck_calibration_variant_withdrawn")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_calibration_variant_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_variant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calibration_variant_public_id")),
    )
    op.create_index("ix_calibration_variant_lot_id", "calibration_variant", ["lot_id"], unique=False)


def _create_sector() -> None:
    op.create_table(
        "calibration_sector",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("variant_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("hours", sa.BigInteger),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_calibration_sector_hours")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["calibration_variant.id"], name=op.f("fk_calibration_sector_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_sector")),
        sa.UniqueConstraint("variant_id", "number", name=op.f("uq_calibration_sector_variant_id_number")),
    )
    op.create_table(
        "calibration_sector_commune",
        sa.Column("sector_id", sa.Integer, nullable=False),
        sa.Column("commune_code", sa.CHAR(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_code"], ["commune.code"], name=op.f("fk_calibration_sector_commune_commune_code")
        ),
        sa.ForeignKeyConstraint(
            ["sector_id"], ["calibration_sector.id"], name=op.f("fk_calibration_sector_commune_sector_id")
        ),
        sa.PrimaryKeyConstraint("sector_id", "commune_code", name=op.f("pk_calibration_sector_commune")),
    )


def _create_opinion() -> None:
    op.create_table(
        "calibration_opinion",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("variant_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "fits",
                "too_big",
                "too_small",
                "other_split",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text),
        sa.Column("is_named", sa.Boolean, nullable=False),
        sa.Column("told_at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_calibration_opinion_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["calibration_variant.id"], name=op.f("fk_calibration_opinion_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_opinion")),
        sa.UniqueConstraint(
            "variant_id", "organisation_id", name=op.f("uq_calibration_opinion_variant_id_organisation_id")
        ),
    )
    op.create_index("ix_calibration_opinion_organisation_id", "calibration_opinion", ["organisation_id"], unique=False)


def _create_choice() -> None:
    op.create_table(
        "calibration_choice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column("variant_id", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_calibration_choice_lot_id")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["calibration_variant.id"], name=op.f("fk_calibration_choice_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_choice")),
    )
    op.create_index("ix_calibration_choice_lot_id", "calibration_choice", ["lot_id", "id"], unique=False)
