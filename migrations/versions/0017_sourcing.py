"""Interest, questions, exchanges, support actions, public meetings."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_interest()
    _create_interest_commune()
    _create_interest_word()
    _create_question()
    _create_exchange()
    _create_support_action()
    _create_public_meeting()
    for table in ("interest_word", "exchange"):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_interest() -> None:
    op.create_table(
        "interest",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "alone",
                    "mandataire",
                    "member",
                    "looking_for_partners",
                    "not_interested",
                ),
            ),
            nullable=False,
        ),
        sa.Column("hours", sa.BigInteger),
        sa.Column("named_to_buyer", sa.Boolean, nullable=False),
        sa.Column("named_to_others", sa.Boolean, nullable=False),
        sa.Column(
            "disinterest",
            _listed(
                "disinterest",
                (
                    "too_big",
                    "too_small",
                    "trade",
                    "place",
                    "timing",
                    "terms",
                    "staff",
                    "not_eligible",
                    "other",
                ),
            ),
        ),
        sa.Column("note", sa.String(length=500)),
        sa.Column("told_at", UtcInstant(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(kind = 'not_interested') = (disinterest IS NOT NULL)", name=op.f("ck_interest_disinterest_told")
        ),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_interest_hours")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_interest_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_interest_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("lot_id", "organisation_id", name=op.f("uq_interest_lot_id_organisation_id")),
    )
    op.create_index("ix_interest_organisation_id", "interest", ["organisation_id"], unique=False)


def _create_interest_commune() -> None:
    op.create_table(
        "interest_commune",
        sa.Column("interest_id", sa.Integer, nullable=False),
        sa.Column("commune_code", sa.CHAR(length=5), nullable=False),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_interest_commune_commune_code")),
        sa.ForeignKeyConstraint(["interest_id"], ["interest.id"], name=op.f("fk_interest_commune_interest_id")),
        sa.PrimaryKeyConstraint("interest_id", "commune_code", name=op.f("pk_interest_commune")),
    )


def _create_interest_word() -> None:
    op.create_table(
        "interest_word",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("interest_id", sa.Integer, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "alone",
                    "mandataire",
                    "member",
                    "looking_for_partners",
                    "not_interested",
                ),
            ),
            nullable=False,
        ),
        sa.Column("hours", sa.BigInteger),
        sa.Column(
            "disinterest",
            _listed(
                "disinterest",
                (
                    "too_big",
                    "too_small",
                    "trade",
                    "place",
                    "timing",
                    "terms",
                    "staff",
                    "not_eligible",
                    "other",
                ),
            ),
        ),
        sa.Column("named_to_buyer", sa.Boolean, nullable=False),
        sa.Column("named_to_others", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(length=500)),
        sa.ForeignKeyConstraint(["interest_id"], ["interest.id"], name=op.f("fk_interest_word_interest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_word")),
    )
    op.create_index("ix_interest_word_interest_id", "interest_word", ["interest_id", "id"], unique=False)


def _create_question() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column(
            "state",
            _listed(
                "state",
                (
                    "waiting",
                    "answered",
                    "set_aside",
                ),
            ),
            nullable=False,
        ),
        sa.Column("public_text", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", UtcInstant()),
        sa.Column("answered_by_label", sa.String(length=300)),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name=op.f("ck_question_answered")),
        sa.CheckConstraint(
            "state <> 'answered' OR (public_text IS NOT NULL AND answer IS NOT NULL)", name=op.f("ck_question_public")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_question_account_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_question_lot_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_question_organisation_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_question_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("public_id", name=op.f("uq_question_public_id")),
    )
    op.create_index("ix_question_project_id", "question", ["project_id", "state"], unique=False)


def _create_exchange() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "meeting",
                    "call",
                    "mail",
                    "visit",
                    "other",
                ),
            ),
            nullable=False,
        ),
        sa.Column("told_on", sa.Date, nullable=False),
        sa.Column("told_to", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("noted_at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_exchange_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
    )
    op.create_index("ix_exchange_project_id", "exchange", ["project_id", "told_on"], unique=False)


def _create_support_action() -> None:
    op.create_table(
        "support_action",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("author_id", sa.Integer, nullable=False),
        sa.Column("structure_id", sa.Integer, nullable=False),
        sa.Column("helper", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "training",
                    "structuring",
                    "intellectual_services",
                    "partners",
                    "other",
                ),
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("project_id", sa.Integer),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("next_on", sa.Date),
        sa.Column("done_on", sa.Date),
        sa.Column("result", sa.Text),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("done_on IS NULL OR result IS NOT NULL", name=op.f("ck_support_action_result")),
        sa.ForeignKeyConstraint(["author_id"], ["organisation.id"], name=op.f("fk_support_action_author_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_support_action_project_id")),
        sa.ForeignKeyConstraint(["structure_id"], ["organisation.id"], name=op.f("fk_support_action_structure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_action")),
        sa.UniqueConstraint("public_id", name=op.f("uq_support_action_public_id")),
    )
    op.create_index("ix_support_action_author_id", "support_action", ["author_id", "done_on"], unique=False)
    op.create_index("ix_support_action_structure_id", "support_action", ["structure_id"], unique=False)


def _create_public_meeting() -> None:
    op.create_table(
        "public_meeting",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("starts_at", UtcInstant(), nullable=False),
        sa.Column("ends_at", UtcInstant(), nullable=False),
        sa.Column("place", sa.String(length=300)),
        sa.Column("url", sa.String(length=300)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.Column("cancelled_at", UtcInstant()),
        sa.Column("cancel_reason", sa.String(length=300)),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancel_reason IS NULL)", name=op.f("ck_public_meeting_cancelled")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_public_meeting_period")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_public_meeting_buyer_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_public_meeting_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_meeting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_public_meeting_public_id")),
    )
    op.create_index("ix_public_meeting_buyer_id", "public_meeting", ["buyer_id"], unique=False)
    op.create_index("ix_public_meeting_starts_at", "public_meeting", ["starts_at"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
