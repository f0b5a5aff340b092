"""The whole life of a groupement: euros, communes, essential tasks, documents, words, seals, changes after filing."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("lot") as lot:
        lot.add_column(sa.Column("essential_tasks", sa.Text))
    with op.batch_alter_table("groupement") as groupement:
        groupement.add_column(sa.Column("named_to_buyer", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("groupement") as groupement:
        groupement.alter_column("named_to_buyer", server_default=None)
    with op.batch_alter_table("groupement_member") as member:
        member.add_column(sa.Column("amount", sa.BigInteger))
        member.create_check_constraint(op.f("ck_groupement_member_amount"), "amount >= 0")
    _create_member_commune()
    _create_essential_task()
    _create_member_document()
    _create_word()
    _create_seal()
    _create_composition_change()
    for table in ("groupement_seal", "groupement_word"):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_member_commune() -> None:
    op.create_table(
        "groupement_member_commune",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("commune_code", sa.CHAR(length=5), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_code"], ["commune.code"], name=op.f("fk_groupement_member_commune_commune_code")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["groupement_member.id"], name=op.f("fk_groupement_member_commune_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "commune_code", name=op.f("pk_groupement_member_commune")),
    )


def _create_essential_task() -> None:
    op.create_table(
        "groupement_essential_task",
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("lot_id", sa.Integer, nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["groupement_id"], ["groupement.id"], name=op.f("fk_groupement_essential_task_groupement_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_groupement_essential_task_lot_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["groupement_member.id"], name=op.f("fk_groupement_essential_task_member_id")
        ),
        sa.PrimaryKeyConstraint("groupement_id", "lot_id", "label", name=op.f("pk_groupement_essential_task")),
    )
    op.create_index("ix_groupement_essential_task_member_id", "groupement_essential_task", ["member_id"], unique=False)


def _create_member_document() -> None:
    op.create_table(
        "member_document",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "sworn_statement",
                    "empowerment",
                    "social_certificate",
                    "tax_certificate",
                    "registration",
                    "structure_agreement",
                    "insurance",
                    "references",
                    "other",
                ),
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=200)),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("file_id", sa.Integer),
        sa.Column("brought_at", UtcInstant()),
        sa.Column("brought_by_label", sa.String(length=300)),
        sa.Column("expires_on", sa.Date),
        sa.Column("removed_at", UtcInstant()),
        sa.CheckConstraint("(file_id IS NULL) = (brought_at IS NULL)", name=op.f("ck_member_document_brought")),
        sa.CheckConstraint("(kind = 'other') = (label IS NOT NULL)", name=op.f("ck_member_document_label")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_member_document_file_id")),
        sa.ForeignKeyConstraint(["member_id"], ["groupement_member.id"], name=op.f("fk_member_document_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_document")),
        sa.UniqueConstraint("public_id", name=op.f("uq_member_document_public_id")),
    )
    op.create_index("ix_member_document_file_id", "member_document", ["file_id"], unique=False)
    op.create_index("ix_member_document_member_id", "member_document", ["member_id"], unique=False)


def _create_word() -> None:
    op.create_table(
        "groupement_word",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("organisation_label", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_groupement_word_groupement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groupement_word")),
    )
    op.create_index("ix_groupement_word_groupement_id", "groupement_word", ["groupement_id", "id"], unique=False)


def _create_seal() -> None:
    op.create_table(
        "groupement_seal",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("agreement_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("sealed_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_groupement_seal_agreement_id")),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_groupement_seal_groupement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groupement_seal")),
    )
    op.create_index("ix_groupement_seal_groupement_id", "groupement_seal", ["groupement_id", "id"], unique=False)


def _create_composition_change() -> None:
    op.create_table(
        "composition_change",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("groupement_id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("successor_id", sa.Integer),
        sa.Column("taker_id", sa.Integer),
        sa.Column("ground", _listed("ground", ("restructuring", "failure")), nullable=False),
        sa.Column("explanation", sa.Text, nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("asked_by_label", sa.String(length=300), nullable=False),
        sa.Column("decided_at", UtcInstant()),
        sa.Column("decided_by_label", sa.String(length=300)),
        sa.Column("granted", sa.Boolean),
        sa.Column("answer", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name=op.f("ck_composition_change_decided")),
        sa.CheckConstraint("(successor_id IS NULL) <> (taker_id IS NULL)", name=op.f("ck_composition_change_one_way")),
        sa.ForeignKeyConstraint(["groupement_id"], ["groupement.id"], name=op.f("fk_composition_change_groupement_id")),
        sa.ForeignKeyConstraint(["member_id"], ["groupement_member.id"], name=op.f("fk_composition_change_member_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["organisation.id"], name=op.f("fk_composition_change_successor_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["groupement_member.id"], name=op.f("fk_composition_change_taker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_composition_change")),
        sa.UniqueConstraint("public_id", name=op.f("uq_composition_change_public_id")),
    )
    op.create_index("ix_composition_change_groupement_id", "composition_change", ["groupement_id"], unique=False)
    op.create_index(
        "uq_composition_change_waiting",
        "composition_change",
        ["groupement_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
