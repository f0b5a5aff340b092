"""The ledger of reminders."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SUBJECT = ("declaration",)
_STEP = (
    "five_days_before",
    "two_days_before",
    "next_day",
    "after_a_week",
    "after_two_weeks",
)
_AUDIENCE = ("declarant", "employer", "mandataire", "network", "facilitateur")


def upgrade() -> None:
    _create_reminder()


def _create_reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("subject", _listed("subject", _SUBJECT), nullable=False),
        sa.Column("subject_id", sa.Integer, nullable=False),
        sa.Column("step", _listed("step", _STEP), nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("audience", _listed("audience", _AUDIENCE), nullable=False),
        sa.Column("reached_on", sa.Date, nullable=False),
        sa.Column("promised_at", UtcInstant(), nullable=False),
        sa.Column("message_key", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reminder_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "subject", "subject_id", "step", "account_id", name=op.f("uq_reminder_subject_subject_id_step_account_id")
        ),
    )
    op.create_index("ix_reminder_account_id", "reminder", ["account_id"], unique=False)
    op.create_index("ix_reminder_message_key", "reminder", ["message_key"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
