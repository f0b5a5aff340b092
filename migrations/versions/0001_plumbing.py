"""Outbox, journal, runs of jobs, and what pages remember between two requests."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _outbox()
    _journal()
    _refuse_changes_of_the_journal()
    _jobs()
    _web()


def _outbox() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("dedupe_key", sa.String(200), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("next_at", UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("lease_until", UtcInstant()),
        sa.Column("message_id", sa.String(255)),
        sa.Column("settled_at", UtcInstant()),
        sa.Column("result", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.CheckConstraint(
            "state IN ('promised', 'leased', 'sent', 'spared', 'given_up')", name=op.f("ck_message_state")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    unsettled = sa.text("settled_at IS NULL")
    op.create_index(
        op.f("ix_message_next_at"), "message", ["next_at"], sqlite_where=unsettled, postgresql_where=unsettled
    )
    op.create_index(op.f("ix_message_state_id"), "message", ["state", "id"])


def _journal() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("actor_label", sa.String(300), nullable=False),
        sa.Column("actor_organisation", sa.String(300)),
        sa.Column("object_type", sa.String(80), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("object_label", sa.String(300), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        op.f("ix_journal_entry_object_type_object_id_id"), "journal_entry", ["object_type", "object_id", "id"]
    )


_REFUSALS = {
    "sqlite": [
        "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry "
        "BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END",
        "CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry "
        "BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END",
        "CREATE TRIGGER journal_entry_no_replace BEFORE INSERT ON journal_entry "
        "WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION journal_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'journal_entry is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE OR DELETE ON journal_entry "
        "FOR EACH ROW EXECUTE FUNCTION journal_entry_append_only()",
        "CREATE TRIGGER journal_entry_no_truncate BEFORE TRUNCATE ON journal_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_append_only()",
    ],
}


def _refuse_changes_of_the_journal() -> None:
    for statement in _REFUSALS[op.get_context().dialect.name]:
        op.execute(statement)


def _jobs() -> None:
    op.create_table(
        "job_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(80), nullable=False),
        sa.Column("planned_at", UtcInstant(), nullable=False),
        sa.Column("started_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("counts", sa.JSON()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "planned_at", name=op.f("uq_job_run_job_planned_at")),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_job_run_state")),
    )


def _web() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.CHAR(64), nullable=False),
        sa.Column("location", sa.String(500)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("key", name=op.f("uq_idempotency_key_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"])
    op.create_table(
        "kept_form",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.CHAR(64), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_form")),
        sa.UniqueConstraint("key", name=op.f("uq_kept_form_key")),
    )
    op.create_index(op.f("ix_kept_form_created_at"), "kept_form", ["created_at"])
    op.create_table(
        "throttle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("window_start", UtcInstant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttle")),
        sa.UniqueConstraint("key", "window_start", name=op.f("uq_throttle_key_window_start")),
    )
