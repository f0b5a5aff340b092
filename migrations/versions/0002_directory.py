"""Organisations, their kinds, trades, territories and networks; communes, departments and CPV codes."""

import sqlalchemy as sa
from alembic import op

from portal.storage import search_table_ddl

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ESS_FAMILIES = ("cooperative", "mutual", "mutual_insurance", "foundation", "association", "commercial_company")
_SOURCES = ("marche", "finess", "own", "portal")
_STRUCTURES = ("EI", "AI", "ACI", "ETTI", "EITI", "GEIQ", "EA", "EATT", "ESAT", "SEP")
_KINDS = (*_STRUCTURES, "buyer", "network", "facilitation", "company")
_TRADES = (
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
_SERVICE_TYPES = ("DISP", "PREST", "BUILD")
_SCOPES = ("france", "region", "department", "epci", "commune")


def upgrade() -> None:
    _create_reference_lists()
    _create_organisation()
    _create_kinds()
    _create_offer()
    _create_affiliation()
    for statement in search_table_ddl("organisation_search", op.get_bind().dialect.name):
        op.execute(statement)


def _create_reference_lists() -> None:
    op.create_table(
        "department",
        sa.Column("code", sa.String(3), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("region_code", sa.CHAR(2), nullable=False),
        sa.Column("region_name", sa.String(60), nullable=False),
    )
    op.create_index("ix_department_region_code", "department", ["region_code"])
    op.create_table(
        "commune",
        sa.Column("code", sa.CHAR(5), primary_key=True),
        sa.Column("siren", sa.CHAR(9)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("sort_name", _sorted(100), nullable=False),
        sa.Column("department_code", sa.String(3), sa.ForeignKey("department.code"), nullable=False),
        sa.Column("population", sa.Integer),
        sa.Column("epci_siren", sa.CHAR(9)),
        sa.Column("epci_name", sa.String(100)),
    )
    op.create_index("ix_commune_department_code_sort_name", "commune", ["department_code", "sort_name"])
    op.create_index("ix_commune_epci_siren", "commune", ["epci_siren"])
    op.create_table(
        "cpv",
        sa.Column("code", sa.CHAR(8), primary_key=True),
        sa.Column("key", sa.CHAR(1), nullable=False),
        sa.Column("label", sa.String(400), nullable=False),
    )


def _create_organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("siret", sa.CHAR(14), nullable=False, unique=True),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("usual_name", sa.String(250)),
        sa.Column("sort_name", _sorted(250), nullable=False),
        sa.Column("legal_category", sa.CHAR(4)),
        sa.Column("naf", sa.CHAR(5)),
        sa.Column("ess_family", _listed("ess_family", _ESS_FAMILIES)),
        sa.Column("esus_from", sa.Date),
        sa.Column("esus_until", sa.Date),
        sa.Column("address", sa.String(250)),
        sa.Column("post_code", sa.String(10)),
        sa.Column("city", sa.String(100)),
        sa.Column("commune_code", sa.CHAR(5), sa.ForeignKey("commune.code")),
        sa.Column("department_code", sa.String(3), sa.ForeignKey("department.code")),
        sa.Column("contact_email", sa.String(254)),
        sa.Column("contact_phone", sa.String(30)),
        sa.Column("website", sa.String(250)),
        sa.Column("description", sa.Text),
        sa.Column("source", _listed("source", _SOURCES), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_organisation_sort_name", "organisation", ["sort_name", "siret"])
    op.create_index("ix_organisation_commune_code", "organisation", ["commune_code", "sort_name", "siret"])
    op.create_index("ix_organisation_department_code", "organisation", ["department_code"])


def _create_kinds() -> None:
    op.create_table(
        "organisation_kind",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("kind", _listed("kind", _KINDS), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("source", _listed("source", _SOURCES), nullable=False),
        sa.UniqueConstraint("organisation_id", "kind", "valid_from"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )
    op.create_index("ix_organisation_kind_kind", "organisation_kind", ["kind", "organisation_id"])


def _create_offer() -> None:
    op.create_table(
        "organisation_trade",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("trade", _listed("trade", _TRADES), nullable=False),
        sa.Column("service_type", _listed("service_type", _SERVICE_TYPES), nullable=False),
        sa.UniqueConstraint("organisation_id", "trade", "service_type"),
    )
    op.create_index("ix_organisation_trade_trade", "organisation_trade", ["trade", "organisation_id"])
    op.create_table(
        "organisation_territory",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("scope", _listed("scope", _SCOPES), nullable=False),
        sa.Column("code", sa.String(9), nullable=False),
        sa.UniqueConstraint("organisation_id", "scope", "code"),
    )
    op.create_index("ix_organisation_territory_code", "organisation_territory", ["scope", "code", "organisation_id"])


def _create_affiliation() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("network_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("structure_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("accepted_by", sa.Integer),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Integer),
        sa.Column("end_reason", sa.Text()),
        sa.Column("ended_by_organisation_id", sa.Integer, sa.ForeignKey("organisation.id")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("network_id <> structure_id", name="two_organisations"),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_affiliation_live",
        "affiliation",
        ["network_id", "structure_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index("ix_affiliation_structure_id", "affiliation", ["structure_id"])


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _sorted(length: int) -> sa.String:
    """Ordered byte by byte, whatever the locale of the PostgreSQL server."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
