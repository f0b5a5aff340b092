"""Groupements, members, agreements that nobody edits, seats of mandataires."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FORM = (
    "conjoint",
    "conjoint_mandataire_solidaire",
    "solidaire",
)
_STATE = (
    "forming",
    "complete",
    "sealed",
    "filed",
    "awarded",
    "not_retained",
    "dissolved",
)
_ROLE = (
    "mandataire",
    "cotraitant",
)
_STATE_GROUPEMENT_MEMBER = (
    "invited",
    "asking",
    "joined",
    "accepted",
    "declined",
    "withdrawn",
    "left",
    "expired",
)


def upgrade() -> None:
    _create_groupement()
    _create_groupement_lot()
    _create_groupement_member()
    _create_agreement()
    _create_acceptance()
    _create_mandataire_seat()
    for table in ("agreement", "acceptance"):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_groupement() -> None:
    op.create_table(
        "groupement",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("form", _listed("form", _FORM)),
        sa.Column("state", _listed("state", _STATE), nullable=False),
        sa.Column("opened_by_id", sa.Integer, nullable=False),
        sa.Column("network_id", sa.Integer),
        sa.Column("open_to_requests", sa.Boolean, nullable=False),
        sa.Column("presentation", sa.Text),
        sa.Column("asked_number", sa.Integer),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("sealed_at", UtcInstant()),
        sa.Column("filed_at", UtcInstant()),
        sa.Column("ended_at", UtcInstant()),
        sa.Column("end_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["organisation.id"], name=op.f("fk_groupement_network_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["organisation.id"], name=op.f("fk_groupement_opened_by_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_groupement_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groupement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_groupement_public_id")),
    )
    op.create_index("ix_groupement_project_id", "groupement", ["project_id"], unique=False)


def _create_groupement_lot() -> None:
    op.create_table(
        "groupement_lot",
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_groupement_lot_groupement_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_groupement_lot_lot_id")),
        sa.PrimaryKeyConstraint("groupement_id", "lot_id", name=op.f("pk_groupement_lot")),
    )
    op.create_index("ix_groupement_lot_lot_id", "groupement_lot", ["lot_id"], unique=False)


def _create_groupement_member() -> None:
    op.create_table(
        "groupement_member",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("role", _listed("role", _ROLE), nullable=False),
        sa.Column("state", _listed("state", _STATE_GROUPEMENT_MEMBER), nullable=False),
        sa.Column("part", sa.Integer),
        sa.Column("hours", sa.BigInteger),
        sa.Column("tasks", sa.String(length=500)),
        sa.Column("message", sa.Text),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("asked_by", sa.Integer),
        sa.Column("expires_at", UtcInstant()),
        sa.Column("answered_at", UtcInstant()),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("hours >= 0", name=op.f("ck_groupement_member_hours")),
        sa.CheckConstraint("part BETWEEN 0 AND 10000", name=op.f("ck_groupement_member_part")),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_groupement_member_groupement_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_groupement_member_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groupement_member")),
        sa.UniqueConstraint(
            "groupement_id", "organisation_id", name=op.f("uq_groupement_member_groupement_id_organisation_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_groupement_member_public_id")),
    )
    op.create_index("ix_groupement_member_organisation_id", "groupement_member", ["organisation_id"], unique=False)
    op.create_index(
        "uq_groupement_member_mandataire",
        "groupement_member",
        ["groupement_id"],
        unique=True,
        sqlite_where=sa.text("role = 'mandataire'"),
        postgresql_where=sa.text("role = 'mandataire'"),
    )


def _create_agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("made_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_agreement_groupement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("groupement_id", "number", name=op.f("uq_agreement_groupement_id_number")),
    )


def _create_acceptance() -> None:
    op.create_table(
        "acceptance",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("agreement_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("organisation_label", sa.String(length=300), nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_acceptance_agreement_id")),
        sa.ForeignKeyConstraint(["member_id"], ["groupement_member.id"], name=op.f("fk_acceptance_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
        sa.UniqueConstraint("agreement_id", "member_id", name=op.f("uq_acceptance_agreement_id_member_id")),
    )


def _create_mandataire_seat() -> None:
    op.create_table(
        "mandataire_seat",
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_mandataire_seat_groupement_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_mandataire_seat_lot_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_mandataire_seat_organisation_id")
        ),
        sa.PrimaryKeyConstraint("lot_id", "organisation_id", name=op.f("pk_mandataire_seat")),
    )
    op.create_index(op.f("ix_mandataire_seat_groupement_id"), "mandataire_seat", ["groupement_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
