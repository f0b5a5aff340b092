"""Purchase requests, coefficients of hours, and programmes read from a buyer’s file."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_purchase_request()
    _create_request_commune()
    _create_hours_coefficient()
    _create_programme_heading()
    _create_programme_file()


def _create_purchase_request() -> None:
    op.create_table(
        "purchase_request",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("by_label", sa.String(length=300), nullable=False),
        sa.Column("service", sa.String(length=120)),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("need", sa.Text),
        sa.Column(
            "family",
            _listed(
                "family",
                (
                    "works",
                    "supplies",
                    "services",
                ),
            ),
        ),
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
        ),
        sa.Column("cpv_code", sa.CHAR(length=8)),
        sa.Column("wanted_on", sa.Date),
        sa.Column(
            "wanted_precision",
            _listed(
                "wanted_precision",
                (
                    "day",
                    "month",
                    "quarter",
                    "year",
                ),
            ),
        ),
        sa.Column("duration_months", sa.Integer),
        sa.Column("whole_territory", sa.Boolean, nullable=False),
        sa.Column("budget", sa.BigInteger),
        sa.Column("price_weight_percent", sa.Integer),
        sa.Column("contract_id", sa.Integer),
        sa.Column("renewed_project_id", sa.Integer),
        sa.Column("current_supplier", sa.String(length=200)),
        sa.Column(
            "wished_lever",
            _listed(
                "wished_lever",
                (
                    "reserved",
                    "clause",
                    "criterion",
                    "insertion_service",
                ),
            ),
        ),
        sa.Column("wish_note", sa.String(length=500)),
        sa.Column("labour_share", sa.Integer),
        sa.Column("insertion_rate", sa.Integer),
        sa.Column("hourly_cost", sa.BigInteger),
        sa.Column("support_cost", sa.BigInteger),
        sa.Column(
            "state",
            _listed(
                "state",
                (
                    "draft",
                    "filed",
                    "returned",
                    "taken",
                    "declined",
                    "withdrawn",
                ),
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("saved_at", UtcInstant(), nullable=False),
        sa.Column("filed_at", UtcInstant()),
        sa.Column("answered_at", UtcInstant()),
        sa.Column("answered_by_label", sa.String(length=300)),
        sa.Column("answer", sa.Text),
        sa.Column("project_id", sa.Integer),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(state = 'taken') = (project_id IS NOT NULL)", name=op.f("ck_purchase_request_taken")),
        sa.CheckConstraint("budget >= 0", name=op.f("ck_purchase_request_budget")),
        sa.CheckConstraint("duration_months > 0", name=op.f("ck_purchase_request_duration_months")),
        sa.CheckConstraint("hourly_cost > 0", name=op.f("ck_purchase_request_hourly_cost")),
        sa.CheckConstraint("insertion_rate BETWEEN 0 AND 10000", name=op.f("ck_purchase_request_insertion_rate")),
        sa.CheckConstraint("labour_share BETWEEN 0 AND 10000", name=op.f("ck_purchase_request_labour_share")),
        sa.CheckConstraint("support_cost >= 0", name=op.f("ck_purchase_request_support_cost")),
        sa.CheckConstraint(
            "price_weight_percent BETWEEN 0 AND 100", name=op.f("ck_purchase_request_price_weight_percent")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_purchase_request_account_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_purchase_request_buyer_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_purchase_request_contract_id")),
        sa.ForeignKeyConstraint(["cpv_code"], ["cpv.code"], name=op.f("fk_purchase_request_cpv_code")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_purchase_request_project_id")),
        sa.ForeignKeyConstraint(
            ["renewed_project_id"], ["project.id"], name=op.f("fk_purchase_request_renewed_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_request")),
        sa.UniqueConstraint("project_id", name=op.f("uq_purchase_request_project_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_purchase_request_public_id")),
    )
    op.create_index("ix_purchase_request_account_id", "purchase_request", ["account_id"], unique=False)
    op.create_index("ix_purchase_request_buyer_id_state", "purchase_request", ["buyer_id", "state"], unique=False)


def _create_request_commune() -> None:
    op.create_table(
        "request_commune",
        sa.Column("request_id", sa.Integer, nullable=False),
        sa.Column("commune_code", sa.CHAR(length=5), nullable=False),
        sa.ForeignKeyConstraint(["commune_code"], ["commune.code"], name=op.f("fk_request_commune_commune_code")),
        sa.ForeignKeyConstraint(["request_id"], ["purchase_request.id"], name=op.f("fk_request_commune_request_id")),
        sa.PrimaryKeyConstraint("request_id", "commune_code", name=op.f("pk_request_commune")),
    )


def _create_hours_coefficient() -> None:
    op.create_table(
        "hours_coefficient",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
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
        sa.Column("labour_share", sa.Integer, nullable=False),
        sa.Column("insertion_rate", sa.Integer, nullable=False),
        sa.Column("hourly_cost", sa.BigInteger, nullable=False),
        sa.Column("support_cost", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("hourly_cost > 0", name=op.f("ck_hours_coefficient_hourly_cost")),
        sa.CheckConstraint("insertion_rate BETWEEN 0 AND 10000", name=op.f("ck_hours_coefficient_insertion_rate")),
        sa.CheckConstraint("labour_share BETWEEN 0 AND 10000", name=op.f("ck_hours_coefficient_labour_share")),
        sa.CheckConstraint("support_cost >= 0", name=op.f("ck_hours_coefficient_support_cost")),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_hours_coefficient_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_coefficient")),
        sa.UniqueConstraint("buyer_id", "trade", name=op.f("uq_hours_coefficient_buyer_id_trade")),
    )


def _create_programme_heading() -> None:
    op.create_table(
        "programme_heading",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("heading", sa.String(length=200), nullable=False),
        sa.Column(
            "field",
            _listed(
                "field",
                (
                    "reference",
                    "title",
                    "summary",
                    "family",
                    "trade",
                    "cpv",
                    "amount",
                    "published_on",
                    "offers_on",
                    "procedure",
                    "duration",
                    "place",
                    "url",
                    "state",
                    "social",
                    "hours",
                    "lot_number",
                    "lot_title",
                    "service",
                    "buyer",
                    "ignored",
                ),
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_programme_heading_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_heading")),
        sa.UniqueConstraint("buyer_id", "heading", name=op.f("uq_programme_heading_buyer_id_heading")),
    )


def _create_programme_file() -> None:
    op.create_table(
        "programme_file",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("buyer_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("read_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.Column("taken_at", UtcInstant()),
        sa.Column("public_id", sa.CHAR(length=12), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_programme_file_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_programme_file_public_id")),
    )
    op.create_index("ix_programme_file_expires_at", "programme_file", ["expires_at"], unique=False)


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
