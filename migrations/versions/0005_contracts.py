"""Contracts, titulaires, commitments, followers, expenses; how lots end."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, search_table_ddl

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FAMILY = (
    "market",
    "concession",
)
_TRADE = (
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
)
_PROCEDURE = (
    "adapted",
    "open",
    "restricted",
    "negotiated",
    "without_publicity",
    "competitive_dialogue",
)
_RESERVATION = (
    "none",
    "handicap",
    "insertion",
    "handicap_insertion",
    "penitentiaire",
    "ess",
)
_GROUPEMENT = (
    "conjoint",
    "solidaire",
    "none",
)
_SOURCE = (
    "award",
    "decp",
)
_IDENTIFIER_TYPE = (
    "siret",
    "vat",
    "tahiti",
    "ridet",
    "frwf",
    "irep",
    "outside_eu",
)
_KIND = (
    "fixed_hours",
    "labour_share",
    "hours_per_k",
    "actions",
)
_ACTION = (
    "internship",
    "immersion",
    "sponsorship",
)
_OUTCOME = (
    "awarded",
    "unsuccessful",
)


def upgrade() -> None:
    _create_commitment_pool()
    _create_contract()
    _create_contract_titulaire()
    _create_commitment()
    _create_contract_suspension()
    _create_contract_follower()
    _create_expense()
    _create_award()
    _create_renewal()
    for statement in search_table_ddl("contract_search", op.get_bind().dialect.name):
        op.execute(statement)


def _create_commitment_pool() -> None:
    op.create_table(
        "commitment_pool",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("reference", sa.CHAR(length=12), nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_commitment_pool_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_pool")),
        sa.UniqueConstraint("buyer_id", "name", name=op.f("uq_commitment_pool_buyer_id_name")),
        sa.UniqueConstraint("reference", name=op.f("uq_commitment_pool_reference")),
    )


def _create_contract() -> None:
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("buyer_id", sa.Integer),
        sa.Column("buyer_identifier", sa.String(length=60), nullable=False),
        sa.Column("buyer_name", sa.String(length=250)),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("family", _listed("family", _FAMILY), nullable=False),
        sa.Column("nature", sa.String(length=120)),
        sa.Column("cpv_code", sa.String(length=10)),
        sa.Column("trade", _listed("trade", _TRADE)),
        sa.Column("procedure", _listed("procedure", _PROCEDURE)),
        sa.Column("procedure_as_read", sa.String(length=200)),
        sa.Column("reservation", _listed("reservation", _RESERVATION)),
        sa.Column("is_reserved", sa.Boolean, nullable=False),
        sa.Column("has_social_clause", sa.Boolean, nullable=False),
        sa.Column("has_social_criterion", sa.Boolean, nullable=False),
        sa.Column("notified_on", sa.Date, nullable=False),
        sa.Column("amended_on", sa.Date),
        sa.Column("duration_months", sa.Integer),
        sa.Column("ends_on", sa.Date),
        sa.Column("amount", sa.BigInteger),
        sa.Column("groupement", _listed("groupement", _GROUPEMENT)),
        sa.Column("mandataire_solidaire", sa.Boolean),
        sa.Column("offers_received", sa.Integer),
        sa.Column("source", _listed("source", _SOURCE), nullable=False),
        sa.Column("decp_uid", sa.String(length=160)),
        sa.Column("published_on", sa.Date),
        sa.Column("counts_training", sa.Boolean, nullable=False),
        sa.Column("training_cap_percent", sa.Integer),
        sa.Column("counting_months", sa.Integer, nullable=False),
        sa.Column("first_month", sa.CHAR(7)),
        sa.Column("last_month", sa.CHAR(7)),
        sa.Column("due_day", sa.Integer, nullable=False),
        sa.Column("pool_id", sa.Integer),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(first_month IS NULL) = (last_month IS NULL)", name=op.f("ck_contract_reporting")),
        sa.CheckConstraint("due_day BETWEEN 1 AND 28", name=op.f("ck_contract_due_day")),
        sa.CheckConstraint("duration_months > 0", name=op.f("ck_contract_duration_months")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= notified_on", name=op.f("ck_contract_period")),
        sa.CheckConstraint("first_month <= last_month", name=op.f("ck_contract_reporting_order")),
        sa.CheckConstraint("training_cap_percent BETWEEN 0 AND 100", name=op.f("ck_contract_training_cap_percent")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_contract_buyer_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["commitment_pool.id"], name=op.f("fk_contract_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("decp_uid", name=op.f("uq_contract_decp_uid")),
        sa.UniqueConstraint("reference", name=op.f("uq_contract_reference")),
    )
    op.create_index("ix_contract_buyer_id_ends_on", "contract", ["buyer_id", "ends_on"], unique=False)
    op.create_index("ix_contract_pool_id", "contract", ["pool_id"], unique=False)


def _create_contract_titulaire() -> None:
    op.create_table(
        "contract_titulaire",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer),
        sa.Column("identifier", sa.String(length=60), nullable=False),
        sa.Column("identifier_type", _listed("identifier_type", _IDENTIFIER_TYPE)),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.Column("is_mandataire", sa.Boolean, nullable=False),
        sa.Column("part", sa.Integer),
        sa.Column("hours", sa.BigInteger),
        sa.Column("joined_on", sa.Date),
        sa.Column("left_on", sa.Date),
        sa.CheckConstraint("part BETWEEN 0 AND 10000", name=op.f("ck_contract_titulaire_part")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_titulaire_contract_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contract_titulaire_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_titulaire")),
        sa.UniqueConstraint(
            "contract_id", "identifier", "name", name=op.f("uq_contract_titulaire_contract_id_identifier_name")
        ),
    )
    op.create_index(
        "ix_contract_titulaire_organisation_id", "contract_titulaire", ["organisation_id", "contract_id"], unique=False
    )


def _create_commitment() -> None:
    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("kind", _listed("kind", _KIND), nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("action", _listed("action", _ACTION)),
        sa.Column("note", sa.String(length=300)),
        sa.CheckConstraint("(kind = 'actions') = (action IS NOT NULL)", name=op.f("ck_commitment_action_of_actions")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_commitment_quantity")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_commitment_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    op.create_index("ix_commitment_contract_id", "commitment", ["contract_id"], unique=False)


def _create_contract_suspension() -> None:
    op.create_table(
        "contract_suspension",
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("month", sa.CHAR(7), nullable=False),
        sa.Column("reason", sa.String(length=300)),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_suspension_contract_id")),
        sa.PrimaryKeyConstraint("contract_id", "month", name=op.f("pk_contract_suspension")),
    )


def _create_contract_follower() -> None:
    op.create_table(
        "contract_follower",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_contract_follower_period")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_contract_follower_contract_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contract_follower_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_follower")),
    )
    op.create_index(
        "ix_contract_follower_organisation_id", "contract_follower", ["organisation_id", "contract_id"], unique=False
    )
    op.create_index(
        "uq_contract_follower_live",
        "contract_follower",
        ["contract_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _create_expense() -> None:
    op.create_table(
        "expense",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("contract_id", sa.Integer, nullable=False),
        sa.Column("organisation_id", sa.Integer, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("source_reference", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_expense_contract_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_expense_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
        sa.UniqueConstraint("contract_id", "source_reference", name=op.f("uq_expense_contract_id_source_reference")),
    )
    op.create_index("ix_expense_paid_on", "expense", ["paid_on", "contract_id"], unique=False)


def _create_award() -> None:
    op.create_table(
        "award",
        sa.Column("lot_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("outcome", _listed("outcome", _OUTCOME), nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("contract_id", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("promised_hours", sa.BigInteger),
        sa.CheckConstraint("(outcome = 'awarded') = (contract_id IS NOT NULL)", name=op.f("ck_award_contract")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_award_contract_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_award_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_award")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_award_contract_id")),
    )


def _create_renewal() -> None:
    op.create_table(
        "renewal",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Integer, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_renewal_contract_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_renewal_project_id")),
        sa.PrimaryKeyConstraint("project_id", "contract_id", name=op.f("pk_renewal")),
    )
    op.create_index("ix_renewal_contract_id", "renewal", ["contract_id"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
