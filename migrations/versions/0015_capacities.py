"""What structures say they could carry."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_capacity_statement()
    _create_capacity()


def _create_capacity_statement() -> None:
    op.create_table(
        "capacity_statement",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("confirmed_on", sa.Date, nullable=False),
        sa.Column("confirmed_by", sa.Integer),
        sa.Column("saved_at", UtcInstant(), nullable=False),
        sa.Column("available_on", sa.Date),
        sa.Column("people", sa.Integer),
        sa.Column("can_lead", sa.Boolean),
        sa.Column("note", sa.String(length=300)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_capacity_statement_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_capacity_statement_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_statement")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_capacity_statement_organisation_id")),
    )
    op.create_index("ix_capacity_statement_confirmed_on", "capacity_statement", ["confirmed_on"], unique=False)


def _create_capacity() -> None:
    op.create_table(
        "capacity",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column(
            "trade",
            _listed(
                "trade",
                (
                    "cleaning",
                    "green_spaces",
                    "building",
                    "catering",
                    "food",
                    "digital",
                    "consulting",
                    "administrative",
                    "communication",
                    "recycling",
                    "waste",
                    "logistics",
                    "laundry",
                    "furnishing",
                    "repair",
                    "industry",
                    "security",
                    "culture",
                    "personal_services",
                    "health_social",
                ),
            ),
            nullable=False,
        ),
        sa.Column(
            "band",
            _listed(
                "band",
                (
                    "under_500",
                    "from_500",
                    "from_1500",
                    "from_3500",
                    "from_7000",
                    "from_15000",
                ),
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["capacity_statement.organisation_id"], name=op.f("fk_capacity_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity")),
        sa.UniqueConstraint("organisation_id", "trade", name=op.f("uq_capacity_organisation_id_trade")),
    )
    op.create_index("ix_capacity_trade", "capacity", ["trade", "organisation_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
