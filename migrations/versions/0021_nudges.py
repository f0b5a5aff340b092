"""What networks write to their members, and the right to have none of it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KINDS = ("new_lots", "changes", "answers", "meetings", "capacities", "nudges", "calibrations")
_SUBJECTS = ("capacity", "invitation", "late_months", "lot")


def upgrade() -> None:
    _create_nudge()
    for table in ("alert_preference", "alert"):
        listed = ", ".join(f"'{kind}'" for kind in _KINDS)
        with op.batch_alter_table(table) as altered:
            altered.drop_constraint(op.f(f"ck_{table}_kind"), type_="check")
            altered.create_check_constraint(op.f(f"ck_{table}_kind"), f"kind IN ({listed})")


def _create_nudge() -> None:
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("structure_id", sa.Integer, nullable=False),
        sa.Column(
            "subject",
            sa.Enum(*_SUBJECTS, name="subject", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("about", sa.Integer, nullable=False),
        sa.Column("network_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sent_on", sa.Date, nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["organisation.id"], name=op.f("fk_nudge_network_id")),
        sa.ForeignKeyConstraint(["structure_id"], ["organisation.id"], name=op.f("fk_nudge_structure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
        sa.UniqueConstraint("structure_id", "subject", "about", name=op.f("uq_nudge_structure_id_subject_about")),
    )
    op.create_index("ix_nudge_network_id", "nudge", ["network_id"], unique=False)
