"""Projects that are checked, then published on a day; levers weighed in law; what a buyer chose for its forecast."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = UtcInstant().compile(dialect=op.get_bind().dialect)
    _add("project", f"publish_at {instant}", "scheduled", "(state = 'scheduled') = (publish_at IS NOT NULL)")
    _add("project", "scheduled_by INTEGER")
    _add("project", "written_by INTEGER")
    _add("project", "state_reason TEXT")
    _add("project", "questions_until DATE")
    _add("project", "own_reference VARCHAR(80)")
    op.create_index("ix_project_publish_at", "project", ["publish_at"])
    op.create_index("uq_project_own_reference", "project", ["buyer_id", "own_reference"], unique=True)
    grounds = "derogation IN ('ready_made', 'no_link', 'competition', 'short_works')"
    both = "(derogation IS NULL) = (derogation_reason IS NULL)"
    _add("lot", "derogation VARCHAR(40)", "derogation", grounds)
    _add("lot", "derogation_reason VARCHAR(500)", "derogation_reason", both)
    _create_legal_check()
    _create_buyer_settings()
    for statement in append_only_ddl("legal_check", op.get_bind().dialect.name):
        op.execute(statement)


def _add(table: str, column: str, check: str | None = None, condition: str | None = None) -> None:
    """A column with its check in one statement: SQLite adds no constraint to a table that stands."""
    constraint = f" CONSTRAINT ck_{table}_{check} CHECK ({condition})" if check else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}{constraint}")


def _create_legal_check() -> None:
    op.create_table(
        "legal_check",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column(
            "lever",
            _listed(
                "lever",
                (
                    "reserved",
                    "clause",
                    "criterion",
                    "insertion_service",
                ),
            ),
            nullable=False,
        ),
        sa.Column(
            "reservation",
            _listed(
                "reservation",
                (
                    "none",
                    "handicap",
                    "insertion",
                    "handicap_insertion",
                    "penitentiaire",
                    "ess",
                ),
            ),
        ),
        sa.Column(
            "outcome",
            _listed(
                "outcome",
                (
                    "envisaged",
                    "decided",
                    "discarded",
                ),
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("checked_by", sa.Integer),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "reservation IS NULL OR lever = 'reserved'", name=op.f("ck_legal_check_reservation_of_reserved")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_legal_check_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_check")),
    )
    op.create_index("ix_legal_check_lot_id", "legal_check", ["lot_id", "id"], unique=False)


def _create_buyer_settings() -> None:
    op.create_table(
        "buyer_settings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("second_person_publishes", sa.Boolean, nullable=False),
        sa.Column("legal_checks_only", sa.Boolean, nullable=False),
        sa.Column("price_weight_warning", sa.Integer, nullable=False),
        sa.Column("structures_to_reserve", sa.Integer, nullable=False),
        sa.Column("groupements_to_reserve", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("groupements_to_reserve > 0", name=op.f("ck_buyer_settings_groupements_to_reserve")),
        sa.CheckConstraint(
            "price_weight_warning BETWEEN 0 AND 100", name=op.f("ck_buyer_settings_price_weight_warning")
        ),
        sa.CheckConstraint("structures_to_reserve > 0", name=op.f("ck_buyer_settings_structures_to_reserve")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_buyer_settings_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_settings")),
        sa.UniqueConstraint("buyer_id", name=op.f("uq_buyer_settings_buyer_id")),
    )


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
