"""Success stories and the agreements of those named."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_success_story()
    _create_story_agreement()


def _create_success_story() -> None:
    op.create_table(
        "success_story",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
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
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("context", sa.Text),
        sa.Column("practice", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column(
            "state",
            _listed(
                "state",
                (
                    "draft",
                    "published",
                    "withdrawn",
                ),
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("saved_at", UtcInstant(), nullable=False),
        sa.Column("published_at", UtcInstant()),
        sa.Column("withdrawn_at", UtcInstant()),
        sa.Column("withdrawn_reason", sa.String(length=300)),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(state = 'draft') = (published_at IS NULL)", name=op.f("ck_success_story_published")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_success_story_buyer_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_success_story_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_success_story")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_success_story_contract_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_success_story_public_id")),
    )
    op.create_index("ix_success_story_buyer_id", "success_story", ["buyer_id"], unique=False)
    op.create_index("ix_success_story_trade", "success_story", ["trade", "state"], unique=False)


def _create_story_agreement() -> None:
    op.create_table(
        "story_agreement",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("story_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcInstant()),
        sa.Column("agreed_at", UtcInstant()),
        sa.Column("refused_at", UtcInstant()),
        sa.Column("answered_by_label", sa.String(length=300)),
        sa.Column("reason", sa.String(length=300)),
        sa.Column("told_on", sa.Date),
        sa.Column("told_by", sa.String(length=300)),
        sa.CheckConstraint("(told_on IS NULL) = (told_by IS NULL)", name=op.f("ck_story_agreement_told")),
        sa.CheckConstraint("agreed_at IS NULL OR refused_at IS NULL", name=op.f("ck_story_agreement_one_answer")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_story_agreement_organisation_id")
        ),
        sa.ForeignKeyConstraint(["story_id"], ["success_story.id"], name=op.f("fk_story_agreement_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_agreement")),
        sa.UniqueConstraint("story_id", "organisation_id", name=op.f("uq_story_agreement_story_id_organisation_id")),
    )
    op.create_index("ix_story_agreement_organisation_id", "story_agreement", ["organisation_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
