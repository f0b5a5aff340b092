"""How far each import has come, for those that are killed."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_progress",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run", sa.String(length=32), nullable=False),
        sa.Column("reached", sa.JSON, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_progress")),
        sa.UniqueConstraint("run", name=op.f("uq_import_progress_run")),
    )
