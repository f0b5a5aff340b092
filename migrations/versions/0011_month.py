"""The month’s parts, files and actions; people who may be one, and the steps of their path."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_declared_action()
    _create_delegation()
    _create_delegated_part()
    _create_stored_file()
    _create_evidence()
    _create_upload()
    _create_further_criterion()
    _create_likeness()
    _create_same_person()
    _create_path_step()


def _create_declared_action() -> None:
    op.create_table(
        "declared_action",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column(
            "action",
            _listed(
                "action",
                (
                    "internship",
                    "immersion",
                    "sponsorship",
                ),
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_declared_action_quantity")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_declared_action_declaration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_action")),
        sa.UniqueConstraint("declaration_id", "action", name=op.f("uq_declared_action_declaration_id_action")),
    )


def _create_delegation() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("employer_id", sa.Integer, nullable=False),
        sa.Column("since", sa.CHAR(7), nullable=False),
        sa.Column("until", sa.CHAR(7)),
        sa.CheckConstraint("organisation_id <> employer_id", name=op.f("ck_delegation_employer")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_delegation_period")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_delegation_contract_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organisation.id"], name=op.f("fk_delegation_employer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_delegation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_employer_id", "delegation", ["employer_id"], unique=False)
    op.create_index(
        "uq_delegation_live",
        "delegation",
        ["contract_id", "organisation_id", "employer_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _create_delegated_part() -> None:
    op.create_table(
        "delegated_part",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column("employer_id", sa.Integer, nullable=False),
        sa.Column(
            "state",
            _listed(
                "state",
                (
                    "open",
                    "handed",
                ),
            ),
            nullable=False,
        ),
        sa.Column("saved_at", UtcInstant()),
        sa.Column("handed_at", UtcInstant()),
        sa.Column("handed_by_label", sa.String(length=300)),
        sa.Column("to_correct", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(state = 'handed') = (handed_at IS NOT NULL)", name=op.f("ck_delegated_part_handed")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_delegated_part_declaration_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organisation.id"], name=op.f("fk_delegated_part_employer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegated_part")),
        sa.UniqueConstraint("declaration_id", "employer_id", name=op.f("uq_delegated_part_declaration_id_employer_id")),
    )
    op.create_index("ix_delegated_part_employer_id", "delegated_part", ["employer_id", "state"], unique=False)


def _create_stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_stored_file_sha256")),
    )


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.Integer),
        sa.Column("file_id", sa.Integer),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "contract",
                    "timesheet",
                    "payslip",
                    "invoice",
                    "eligibility",
                    "other",
                ),
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("added_at", UtcInstant(), nullable=False),
        sa.Column("added_by_label", sa.String(length=300), nullable=False),
        sa.Column("removed_at", UtcInstant()),
        sa.Column("removed_by_label", sa.String(length=300)),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by_label IS NULL)", name=op.f("ck_evidence_removed")),
        sa.CheckConstraint("file_id IS NOT NULL OR removed_at IS NOT NULL", name=op.f("ck_evidence_erased")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_evidence_declaration_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_evidence_file_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_evidence_organisation_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_evidence_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("public_id", name=op.f("uq_evidence_public_id")),
    )
    op.create_index("ix_evidence_declaration_id", "evidence", ["declaration_id"], unique=False)
    op.create_index("ix_evidence_file_id", "evidence", ["file_id"], unique=False)


def _create_upload() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column("employer_id", sa.Integer),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("uploaded_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("kept_at", UtcInstant()),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_upload_declaration_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organisation.id"], name=op.f("fk_upload_employer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("public_id", name=op.f("uq_upload_public_id")),
    )
    op.create_index("ix_upload_declaration_id", "upload", ["declaration_id"], unique=False)
    op.create_index("ix_upload_expires_at", "upload", ["expires_at"], unique=False)


def _create_further_criterion() -> None:
    op.create_table(
        "further_criterion",
        sa.Column("eligibility_id", sa.Integer, nullable=False),
        sa.Column(
            "criterion",
            _listed(
                "criterion",
                (
                    "RSA",
                    "ASS",
                    "AAH",
                    "DETLD",
                    "DELD",
                    "CAP_BEP",
                    "SENIOR",
                    "JEUNE",
                    "ASE",
                    "TH",
                    "PI",
                    "SANS_HEBERGEMENT",
                    "REFUGIE",
                    "ZRR",
                    "QPV",
                    "DETENTION",
                    "FLE",
                    "MOBILITE",
                ),
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["eligibility_id"], ["eligibility.id"], name=op.f("fk_further_criterion_eligibility_id")
        ),
        sa.PrimaryKeyConstraint("eligibility_id", "criterion", name=op.f("pk_further_criterion")),
    )


def _create_likeness() -> None:
    op.create_table(
        "likeness",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("low_id", sa.Integer, nullable=False),
        sa.Column("high_id", sa.Integer, nullable=False),
        sa.Column(
            "answer",
            _listed(
                "answer",
                (
                    "same",
                    "different",
                ),
            ),
            nullable=False,
        ),
        sa.Column("decided_by_label", sa.String(length=300), nullable=False),
        sa.Column("decided_at", UtcInstant(), nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_likeness_order")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_likeness_buyer_id")),
        sa.ForeignKeyConstraint(["high_id"], ["person.id"], name=op.f("fk_likeness_high_id")),
        sa.ForeignKeyConstraint(["low_id"], ["person.id"], name=op.f("fk_likeness_low_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
        sa.UniqueConstraint("buyer_id", "low_id", "high_id", name=op.f("uq_likeness_buyer_id_low_id_high_id")),
    )
    op.create_index("ix_likeness_high_id", "likeness", ["high_id"], unique=False)


def _create_same_person() -> None:
    op.create_table(
        "same_person",
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("counted_as_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_same_person_buyer_id")),
        sa.ForeignKeyConstraint(["counted_as_id"], ["person.id"], name=op.f("fk_same_person_counted_as_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_same_person_person_id")),
        sa.PrimaryKeyConstraint("buyer_id", "person_id", name=op.f("pk_same_person")),
    )
    op.create_index("ix_same_person_counted_as_id", "same_person", ["counted_as_id"], unique=False)


def _create_path_step() -> None:
    op.create_table(
        "path_step",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column(
            "kind",
            _listed(
                "kind",
                (
                    "interview",
                    "training",
                    "qualification",
                    "immersion",
                    "renewal",
                    "difficulty",
                    "six_months",
                ),
            ),
            nullable=False,
        ),
        sa.Column(
            "situation",
            _listed(
                "situation",
                (
                    "cdi",
                    "cdd_long",
                    "public_service",
                    "business",
                    "cdd_short",
                    "aided_contract",
                    "training",
                    "other_structure",
                    "retirement",
                    "unemployment",
                    "inactivity",
                    "breach",
                    "unknown",
                    "death",
                    "long_leave",
                    "imprisonment",
                ),
            ),
        ),
        sa.Column("words", sa.String(length=500)),
        sa.Column("noted_by_label", sa.String(length=300), nullable=False),
        sa.Column("noted_at", UtcInstant(), nullable=False),
        sa.CheckConstraint("(kind = 'six_months') = (situation IS NOT NULL)", name=op.f("ck_path_step_six_months")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_path_step_buyer_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_path_step_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_path_step_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_step")),
    )
    op.create_index("ix_path_step_person_id", "path_step", ["person_id", "buyer_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
