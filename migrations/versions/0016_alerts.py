"""Who follows what, and what each was told."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_follow()
    _create_saved_search()
    _create_alert_preference()
    _create_alert()
    _create_alert_mark()


def _create_follow() -> None:
    op.create_table(
        "follow",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("since", UtcInstant(), nullable=False),
        sa.Column("until", UtcInstant()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_follow_account_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_follow_organisation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_follow_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow")),
    )
    op.create_index("ix_follow_project_id", "follow", ["project_id"], unique=False)
    op.create_index(
        "uq_follow_live",
        "follow",
        ["account_id", "organisation_id", "project_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _create_saved_search() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column(
            "frequency",
            _listed(
                "frequency",
                (
                    "at_once",
                    "daily",
                    "weekly",
                    "never",
                ),
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("looked_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant()),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_search_account_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_saved_search_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_search_public_id")),
    )
    op.create_index("ix_saved_search_account_id", "saved_search", ["account_id", "organisation_id"], unique=False)


def _create_alert_preference() -> None:
    op.create_table(
        "alert_preference",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "new_lots",
                    "changes",
                    "answers",
                    "meetings",
                    "capacities",
                ),
            ),
            nullable=False,
        ),
        sa.Column(
            "frequency",
            _listed(
                "frequency",
                (
                    "at_once",
                    "daily",
                    "weekly",
                    "never",
                ),
            ),
            nullable=False,
        ),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_preference_account_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_alert_preference_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_preference")),
        sa.UniqueConstraint(
            "account_id", "organisation_id", "kind", name=op.f("uq_alert_preference_account_id_organisation_id_kind")
        ),
    )


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "new_lots",
                    "changes",
                    "answers",
                    "meetings",
                    "capacities",
                ),
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("project_id", sa.Integer),
        sa.Column("lot_id", sa.Integer),
        sa.Column("search_id", sa.Integer),
        sa.Column("noted_at", UtcInstant(), nullable=False),
        sa.Column("due_at", UtcInstant(), nullable=False),
        sa.Column("message_key", sa.String(length=120)),
        sa.Column("told_at", UtcInstant()),
        sa.Column("spared_at", UtcInstant()),
        sa.CheckConstraint(
            "lot_id IS NOT NULL OR project_id IS NOT NULL OR kind = 'meetings'", name=op.f("ck_alert_about")
        ),
        sa.CheckConstraint("(message_key IS NULL) = (told_at IS NULL)", name=op.f("ck_alert_told")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_alert_account_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_alert_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_alert_organisation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_alert_project_id")),
        sa.ForeignKeyConstraint(["search_id"], ["saved_search.id"], name=op.f("fk_alert_search_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "account_id", "organisation_id", "subject", name=op.f("uq_alert_account_id_organisation_id_subject")
        ),
    )
    op.create_index("ix_alert_message_key", "alert", ["message_key"], unique=False)
    op.create_index("ix_alert_project_id", "alert", ["project_id"], unique=False)
    op.create_index(
        "ix_alert_waiting",
        "alert",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("message_key IS NULL AND spared_at IS NULL"),
        postgresql_where=sa.text("message_key IS NULL AND spared_at IS NULL"),
    )


def _create_alert_mark() -> None:
    op.create_table(
        "alert_mark",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last_revision", sa.BigInteger(), nullable=False),
        sa.Column("top_revision", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_alert_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_mark")),
    )


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
