"""The whole life of a groupement: euros, communes, essential tasks, documents, words, seals, changes after filing."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

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
    _seal_what_was_sealed()
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


def _seal_what_was_sealed() -> None:
    """Groupements sealed before seals had rows get theirs, from the agreement and the acceptances that stand."""
    bind = op.get_bind()
    for row in bind.execute(_SEALED).all():
        given = bind.execute(_ACCEPTANCES.where(_ACCEPTANCE.c.agreement_id == row.agreement_id)).all()
        text = _seal_text(row, given)
        digest = hashlib.sha256(text.encode()).hexdigest()
        seal = {"groupement_id": row.id, "agreement_id": row.agreement_id, "text": text, "sha256": digest}
        bind.execute(sa.insert(_SEAL).values(**seal, sealed_at=row.sealed_at))


def _seal_text(row: Any, given: Any) -> str:
    told = {
        "agreement": row.number,
        "agreement_sha256": row.sha256,
        "acceptances": [
            {"organisation": each.organisation_label, "by": each.by_label, "at": _instant(each.at)} for each in given
        ],
        "sealed_at": _instant(row.sealed_at),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_GROUPEMENT = sa.table(
    "groupement",
    sa.column("id"),
    sa.column("state"),
    sa.column("asked_number"),
    sa.column("sealed_at", UtcInstant()),
)
_AGREEMENT = sa.table(
    "agreement", sa.column("id"), sa.column("groupement_id"), sa.column("number"), sa.column("sha256")
)
_ACCEPTANCE = sa.table(
    "acceptance",
    sa.column("id"),
    sa.column("agreement_id"),
    sa.column("organisation_label"),
    sa.column("by_label"),
    sa.column("at", UtcInstant()),
)
_SEAL = sa.table(
    "groupement_seal",
    sa.column("groupement_id"),
    sa.column("agreement_id"),
    sa.column("text"),
    sa.column("sha256"),
    sa.column("sealed_at", UtcInstant()),
)
_SEALED = (
    sa.select(
        _GROUPEMENT.c.id,
        _GROUPEMENT.c.sealed_at,
        _AGREEMENT.c.id.label("agreement_id"),
        _AGREEMENT.c.number,
        _AGREEMENT.c.sha256,
    )
    .join(
        _AGREEMENT,
        (_AGREEMENT.c.groupement_id == _GROUPEMENT.c.id) & (_AGREEMENT.c.number == _GROUPEMENT.c.asked_number),
    )
    .where(
        _GROUPEMENT.c.state.in_(("sealed", "filed", "awarded", "not_retained")), _GROUPEMENT.c.sealed_at.is_not(None)
    )
    .order_by(_GROUPEMENT.c.id)
)
_ACCEPTANCES = sa.select(_ACCEPTANCE).order_by(_ACCEPTANCE.c.id)


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
