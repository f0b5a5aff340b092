"""Persons without a name, the month, its deposits, and the delta ledger that nobody edits."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, append_only_ddl

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SEX = (
    "woman",
    "man",
)
_STATE = (
    "to_confirm",
    "presumed",
    "confirmed",
    "refused",
)
_CRITERION = (
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
)
_PRESCRIPTEUR = (
    "france_travail",
    "mission_locale",
    "cap_emploi",
    "plie",
    "department",
    "ccas",
    "spip",
    "other",
)
_AGE_BAND = (
    "under_26",
    "from_26",
    "from_41",
    "from_51",
)
_EDUCATION = (
    "no_diploma",
    "cap_bep",
    "bac",
    "above_bac",
)
_HIRING_MODE = (
    "direct_hire",
    "mise_a_disposition",
    "subcontracting",
    "cotraitance",
)
_CONTRACT_TYPE = (
    "cdi",
    "cdi_inclusion",
    "cdd",
    "cdd_usage",
    "cddi",
    "cdd_tremplin",
    "professionnalisation",
    "apprenticeship",
    "interim",
    "etti_mission",
    "ai_mise_a_disposition",
    "business_creation",
    "other",
)
_EXIT_KIND = (
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
)
_STATE_DECLARATION = (
    "expected",
    "draft",
    "deposited",
    "accepted",
    "returned",
    "suspended",
)
_OUTCOME = (
    "accepted",
    "returned",
    "reopened",
)
_RETENTION_REASON = (
    "not_eligible",
    "not_confirmed",
    "period_over",
    "training",
    "corrected",
)


def upgrade() -> None:
    _create_person()
    _create_participant()
    _create_eligibility()
    _create_path()
    _create_declaration()
    _create_declaration_line()
    _create_deposit()
    _create_deposit_line()
    _create_delta()
    for table in ("delta",):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("exact", sa.CHAR(length=64)),
        sa.Column("phonetic", sa.CHAR(length=64)),
        sa.Column("swapped", sa.CHAR(length=64)),
        sa.Column("key_version", sa.Integer, nullable=False),
        sa.Column("sex", _listed("sex", _SEX)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("anonymised_at", UtcInstant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("exact", name=op.f("uq_person_exact")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    op.create_index("ix_person_phonetic", "person", ["phonetic"], unique=False)
    op.create_index("ix_person_swapped", "person", ["swapped"], unique=False)


def _create_participant() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("matricule", sa.String(length=40)),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_participant_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_participant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("organisation_id", "matricule", name=op.f("uq_participant_organisation_id_matricule")),
    )
    op.create_index("ix_participant_person_id", "participant", ["person_id"], unique=False)


def _create_eligibility() -> None:
    op.create_table(
        "eligibility",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("state", _listed("state", _STATE), nullable=False),
        sa.Column("criterion", _listed("criterion", _CRITERION)),
        sa.Column("prescripteur", _listed("prescripteur", _PRESCRIPTEUR)),
        sa.Column("attested_on", sa.Date),
        sa.Column("proof_seen_on", sa.Date),
        sa.Column("decided_by_label", sa.String(length=300)),
        sa.Column("decided_at", UtcInstant()),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_eligibility_buyer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_eligibility_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility")),
        sa.UniqueConstraint("person_id", "buyer_id", name=op.f("uq_eligibility_person_id_buyer_id")),
    )
    op.create_index("ix_eligibility_buyer_id_state", "eligibility", ["buyer_id", "state"], unique=False)


def _create_path() -> None:
    op.create_table(
        "path",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("age_band", _listed("age_band", _AGE_BAND)),
        sa.Column("education", _listed("education", _EDUCATION)),
        sa.Column("hiring_mode", _listed("hiring_mode", _HIRING_MODE), nullable=False),
        sa.Column("contract_type", _listed("contract_type", _CONTRACT_TYPE), nullable=False),
        sa.Column("exit_on", sa.Date),
        sa.Column("exit_kind", _listed("exit_kind", _EXIT_KIND)),
        sa.CheckConstraint("(exit_on IS NULL) = (exit_kind IS NULL)", name=op.f("ck_path_exit")),
        sa.CheckConstraint("exit_on IS NULL OR exit_on >= entered_on", name=op.f("ck_path_period")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_path_contract_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_path_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_path_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path")),
        sa.UniqueConstraint(
            "person_id",
            "contract_id",
            "organisation_id",
            "entered_on",
            name=op.f("uq_path_person_id_contract_id_organisation_id_entered_on"),
        ),
    )
    op.create_index("ix_path_contract_id", "path", ["contract_id"], unique=False)


def _create_declaration() -> None:
    op.create_table(
        "declaration",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("reference", sa.CHAR(length=12), nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("month", sa.CHAR(7), nullable=False),
        sa.Column("state", _listed("state", _STATE_DECLARATION), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("is_nil", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("people_progress", sa.Text),
        sa.Column("structure_progress", sa.Text),
        sa.Column("explanation", sa.Text),
        sa.Column("invoiced", sa.BigInteger),
        sa.Column("paid_to_structures", sa.BigInteger),
        sa.Column("labour_hours", sa.BigInteger),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.Column("saved_at", UtcInstant()),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_declaration_contract_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_declaration_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.UniqueConstraint(
            "contract_id", "organisation_id", "month", name=op.f("uq_declaration_contract_id_organisation_id_month")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_declaration_reference")),
    )
    op.create_index("ix_declaration_organisation_id_state", "declaration", ["organisation_id", "state"], unique=False)
    op.create_index("ix_declaration_state_due_on", "declaration", ["state", "due_on"], unique=False)


def _create_declaration_line() -> None:
    op.create_table(
        "declaration_line",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.Integer, nullable=False),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("training_hours", sa.BigInteger, nullable=False),
        sa.Column("hiring_mode", _listed("hiring_mode", _HIRING_MODE), nullable=False),
        sa.Column("contract_type", _listed("contract_type", _CONTRACT_TYPE), nullable=False),
        sa.Column("has_tutor", sa.Boolean, nullable=False),
        sa.Column("employer_id", sa.Integer),
        sa.Column("explanation", sa.String(length=500)),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("age_band", _listed("age_band", _AGE_BAND)),
        sa.Column("education", _listed("education", _EDUCATION)),
        sa.Column("exit_on", sa.Date),
        sa.Column("exit_kind", _listed("exit_kind", _EXIT_KIND)),
        sa.CheckConstraint("(exit_on IS NULL) = (exit_kind IS NULL)", name=op.f("ck_declaration_line_exit")),
        sa.CheckConstraint(
            "hours >= 0 AND training_hours >= 0 AND training_hours <= hours", name=op.f("ck_declaration_line_hours")
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declaration.id"], name=op.f("fk_declaration_line_declaration_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_declaration_line_participant_id")
        ),
        sa.ForeignKeyConstraint(["employer_id"], ["organisation.id"], name=op.f("fk_declaration_line_employer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration_line")),
        sa.UniqueConstraint(
            "declaration_id", "participant_id", name=op.f("uq_declaration_line_declaration_id_participant_id")
        ),
    )


def _create_deposit() -> None:
    op.create_table(
        "deposit",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("declaration_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("by_account_id", sa.Integer),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("canonical", sa.Text, nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("is_nil", sa.Boolean, nullable=False),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("people_progress", sa.Text),
        sa.Column("structure_progress", sa.Text),
        sa.Column("explanation", sa.Text),
        sa.Column("invoiced", sa.BigInteger),
        sa.Column("paid_to_structures", sa.BigInteger),
        sa.Column("labour_hours", sa.BigInteger),
        sa.Column("outcome", _listed("outcome", _OUTCOME)),
        sa.Column("decided_at", UtcInstant()),
        sa.Column("decided_by_label", sa.String(length=300)),
        sa.Column("answer", sa.Text),
        sa.Column("retained_hours", sa.BigInteger),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_deposit_decision")),
        sa.ForeignKeyConstraint(["declaration_id"], ["declaration.id"], name=op.f("fk_deposit_declaration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit")),
        sa.UniqueConstraint("declaration_id", "number", name=op.f("uq_deposit_declaration_id_number")),
    )


def _create_deposit_line() -> None:
    op.create_table(
        "deposit_line",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("deposit_id", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.Integer, nullable=False),
        sa.Column("retained_hours", sa.BigInteger),
        sa.Column("retention_reason", _listed("retention_reason", _RETENTION_REASON)),
        sa.Column("retention_note", sa.String(length=300)),
        sa.Column("remark", sa.String(length=500)),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("training_hours", sa.BigInteger, nullable=False),
        sa.Column("hiring_mode", _listed("hiring_mode", _HIRING_MODE), nullable=False),
        sa.Column("contract_type", _listed("contract_type", _CONTRACT_TYPE), nullable=False),
        sa.Column("has_tutor", sa.Boolean, nullable=False),
        sa.Column("employer_id", sa.Integer),
        sa.Column("explanation", sa.String(length=500)),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("age_band", _listed("age_band", _AGE_BAND)),
        sa.Column("education", _listed("education", _EDUCATION)),
        sa.Column("exit_on", sa.Date),
        sa.Column("exit_kind", _listed("exit_kind", _EXIT_KIND)),
        sa.CheckConstraint(
            "retained_hours >= 0 AND retained_hours <= hours", name=op.f("ck_deposit_line_retained_hours")
        ),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_deposit_line_deposit_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_deposit_line_participant_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organisation.id"], name=op.f("fk_deposit_line_employer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_line")),
        sa.UniqueConstraint("deposit_id", "participant_id", name=op.f("uq_deposit_line_deposit_id_participant_id")),
    )
    op.create_index("ix_deposit_line_participant_id", "deposit_line", ["participant_id"], unique=False)


def _create_delta() -> None:
    op.create_table(
        "delta",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("sign", sa.Integer, nullable=False),
        sa.Column("deposit_id", sa.Integer, nullable=False),
        sa.Column("deposit_line_id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("month", sa.CHAR(7), nullable=False),
        sa.Column("person_id", sa.Integer, nullable=False),
        sa.Column("hours_declared", sa.BigInteger, nullable=False),
        sa.Column("hours_retained", sa.BigInteger, nullable=False),
        sa.Column("sex", _listed("sex", _SEX)),
        sa.Column("age_band", _listed("age_band", _AGE_BAND)),
        sa.Column("education", _listed("education", _EDUCATION)),
        sa.Column("hiring_mode", _listed("hiring_mode", _HIRING_MODE), nullable=False),
        sa.Column("exit_kind", _listed("exit_kind", _EXIT_KIND)),
        sa.CheckConstraint("sign IN (-1, 1)", name=op.f("ck_delta_sign")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_delta_buyer_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_delta_contract_id")),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposit.id"], name=op.f("fk_delta_deposit_id")),
        sa.ForeignKeyConstraint(["deposit_line_id"], ["deposit_line.id"], name=op.f("fk_delta_deposit_line_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_delta_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delta_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delta")),
        sa.UniqueConstraint("deposit_line_id", "sign", name=op.f("uq_delta_deposit_line_id_sign")),
    )
    op.create_index("ix_delta_buyer_id_month", "delta", ["buyer_id", "month"], unique=False)
    op.create_index("ix_delta_contract_id", "delta", ["contract_id", "month"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
