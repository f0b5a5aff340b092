"""Accounts, memberships, mailed links, requests to join, claims, sessions."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROLES = (
    "structure",
    "network",
    "titulaire",
    "purchasing",
    "legal",
    "prescripteur",
    "facilitateur",
    "direction",
    "administrator",
    "manager",
)


def upgrade() -> None:
    _create_account()
    _create_membership()
    _create_links()
    _create_requests()
    _create_login_session()


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("public_id", sa.CHAR(12), nullable=False, unique=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("totp_secret", sa.String(255)),
        sa.Column("totp_confirmed_at", UtcInstant),
        sa.Column("totp_last_counter", sa.Integer),
        sa.Column("state", _listed("state", "active", "closed"), nullable=False),
        sa.Column("created_at", UtcInstant, nullable=False),
        sa.Column("confirmed_at", UtcInstant),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("code_hash", sa.CHAR(64), nullable=False),
        sa.Column("used_at", UtcInstant),
        sa.UniqueConstraint("account_id", "code_hash"),
    )


def _create_membership() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("role", _listed("role", *_ROLES), nullable=False),
        sa.Column("since", UtcInstant, nullable=False),
        sa.Column("until", UtcInstant),
        sa.Column("given_by", sa.Integer, sa.ForeignKey("account.id")),
        sa.Column("ended_by", sa.Integer, sa.ForeignKey("account.id")),
        sa.CheckConstraint("until IS NULL OR until >= since", name="period"),
    )
    _unique_while("uq_membership_open", "until IS NULL", "membership", "account_id", "organisation_id", "role")
    op.create_index("ix_membership_account_id", "membership", ["account_id"])
    op.create_index("ix_membership_organisation_id_role", "membership", ["organisation_id", "role"])


def _create_links() -> None:
    op.create_table(
        "sign_up",
        *_link(),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("siret", sa.CHAR(14), nullable=False),
        sa.Column("organisation_name", sa.String(250)),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("why", sa.Text),
    )
    op.create_table("password_reset", *_link(), sa.Column("email", sa.String(254), nullable=False))
    op.create_index("ix_password_reset_email", "password_reset", ["email"])
    op.create_table(
        "invitation",
        *_link(),
        sa.Column("public_id", sa.CHAR(12), nullable=False, unique=True),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("invited_by", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("revoked_at", UtcInstant),
    )
    open_ = "used_at IS NULL AND revoked_at IS NULL"
    _unique_while("uq_invitation_open", open_, "invitation", "organisation_id", "email")


def _link() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.CHAR(64), nullable=False, unique=True),
        sa.Column("created_at", UtcInstant, nullable=False),
        sa.Column("expires_at", UtcInstant, nullable=False),
        sa.Column("used_at", UtcInstant),
    ]


def _create_requests() -> None:
    _create_request("join_request", sa.Column("roles", sa.String(200), nullable=False), sa.Column("message", sa.Text))
    _create_request("claim", sa.Column("why", sa.Text, nullable=False))


def _create_request(table: str, *asked: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("public_id", sa.CHAR(12), nullable=False, unique=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        *asked,
        sa.Column("asked_at", UtcInstant, nullable=False),
        sa.Column("decided_at", UtcInstant),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("account.id")),
        sa.Column("outcome", _listed("outcome", "accepted", "declined", "superseded", "withdrawn")),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
    )
    _unique_while(f"uq_{table}_pending", "outcome IS NULL", table, "account_id", "organisation_id")
    op.create_index(f"ix_{table}_organisation_id_outcome", table, ["organisation_id", "outcome"])


def _create_login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("public_id", sa.CHAR(12), nullable=False, unique=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id")),
        sa.Column("token_hash", sa.CHAR(64), nullable=False, unique=True),
        sa.Column("created_at", UtcInstant, nullable=False),
        sa.Column("seen_at", UtcInstant, nullable=False),
        sa.Column("revoked_at", UtcInstant),
        sa.Column("second_factor_at", UtcInstant),
        sa.Column("agent", sa.String(60), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
    )
    op.create_index("ix_login_session_account_id_created_at", "login_session", ["account_id", "created_at"])


def _listed(name: str, *codes: str) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _unique_while(name: str, condition: str, table: str, *columns: str) -> None:
    """A unique key among the rows that are still open."""
    where = sa.text(condition)
    op.create_index(name, table, list(columns), unique=True, sqlite_where=where, postgresql_where=where)
