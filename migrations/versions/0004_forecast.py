"""Projects, lots, levers, the public history that nobody edits, and the table behind the public list."""

import sqlalchemy as sa
from alembic import op

from portal.storage import UtcInstant, search_table_ddl

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

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
_FAMILIES = ("works", "supplies", "services")
_PROCEDURES = ("adapted", "open", "restricted", "negotiated", "without_publicity", "competitive_dialogue")
_STATES = ("draft", "in_check", "ready", "scheduled", "published", "in_tender", "awarded", "dropped")
_PRECISIONS = ("day", "month", "quarter", "year")
_CONFIDENCES = ("firm", "probable", "to_confirm")
_BANDS = ("under_40k", "from_40k", "from_90k", "from_216k", "from_500k", "from_1m")
_TECHNIQUES = (
    "framework",
    "design_contest",
    "qualification",
    "dynamic_purchasing",
    "electronic_catalogue",
    "electronic_auction",
    "none",
)
_EXECUTION_MODES = ("tranches", "purchase_orders", "subsequent_contracts", "none")
_LEVERS = ("reserved", "clause", "criterion", "insertion_service")
_LEVER_STATES = ("envisaged", "decided", "discarded")
_RESERVATIONS = ("none", "handicap", "insertion", "handicap_insertion", "penitentiaire", "ess")


def upgrade() -> None:
    _create_projects()
    _create_lots()
    _create_levers_and_communes()
    _create_history()
    _create_listing()
    for statement in search_table_ddl("lot_search", op.get_bind().dialect.name):
        op.execute(statement)


def _create_projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("buyer_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("reference", sa.String(90), nullable=False, unique=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.Text),
        sa.Column("family", _listed("family", _FAMILIES), nullable=False),
        sa.Column("procedure", _listed("procedure", _PROCEDURES)),
        sa.Column("reply_days", sa.Integer),
        sa.Column("lots_per_candidate", sa.Integer),
        sa.Column("allotment_defined", sa.Boolean, nullable=False),
        sa.Column("contact_name", sa.String(120)),
        sa.Column("contact_service", sa.String(120)),
        sa.Column("contact_email", sa.String(254)),
        sa.Column("contact_phone", sa.String(30)),
        sa.Column("state", _listed("state", _STATES), nullable=False),
        sa.Column("state_since", UtcInstant(), nullable=False),
        sa.Column("published_at", UtcInstant()),
        sa.Column("tender_url", sa.String(300)),
        sa.Column("offers_due_on", sa.Date),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.Column("saved_at", UtcInstant(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("buyer_id", "year", "number"),
        sa.CheckConstraint("lots_per_candidate > 0", name="lots_per_candidate"),
        sa.CheckConstraint("reply_days > 0", name="reply_days"),
    )
    op.create_index("ix_project_buyer_id_state", "project", ["buyer_id", "state"])
    op.create_table(
        "reference_series",
        sa.Column("buyer_id", sa.Integer, sa.ForeignKey("organisation.id"), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_number", sa.Integer, nullable=False),
    )


def _create_lots() -> None:
    op.create_table(
        "lot",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200)),
        sa.Column("description", sa.Text),
        sa.Column("trade", _listed("trade", _TRADES), nullable=False),
        sa.Column("cpv_code", sa.CHAR(8), sa.ForeignKey("cpv.code")),
        sa.Column("planned_on", sa.Date, nullable=False),
        sa.Column("planned_precision", _listed("planned_precision", _PRECISIONS), nullable=False),
        sa.Column("confidence", _listed("confidence", _CONFIDENCES), nullable=False),
        sa.Column("execution_on", sa.Date),
        sa.Column("execution_precision", _listed("execution_precision", _PRECISIONS)),
        sa.Column("duration_months", sa.Integer),
        sa.Column("renewals", sa.Integer),
        sa.Column("renewal_months", sa.Integer),
        sa.Column("amount_low", sa.BigInteger),
        sa.Column("amount_high", sa.BigInteger),
        sa.Column("amount_band", _listed("amount_band", _BANDS)),
        sa.Column("framework_minimum", sa.BigInteger),
        sa.Column("framework_maximum", sa.BigInteger),
        sa.Column("hours_wanted", sa.BigInteger),
        sa.Column("hours_per_year", sa.Boolean, nullable=False),
        sa.Column("whole_territory", sa.Boolean, nullable=False),
        sa.Column("technique", _listed("technique", _TECHNIQUES)),
        sa.Column("execution_mode", _listed("execution_mode", _EXECUTION_MODES)),
        sa.Column("advance_percent", sa.Integer),
        sa.Column("payment_rhythm", sa.String(200)),
        sa.Column("staff_to_take_over", sa.Integer),
        sa.Column("staff_note", sa.String(200)),
        sa.Column("visit", sa.String(200)),
        sa.Column("price_weight_percent", sa.Integer),
        sa.Column("other_criteria", sa.String(300)),
        sa.Column("replaced_contract", sa.String(120)),
        sa.Column("replaced_ends_on", sa.Date),
        sa.Column("alone_and_grouped_allowed", sa.Boolean),
        sa.Column("several_groupements_allowed", sa.Boolean),
        sa.Column("adapted_allotment", sa.Boolean),
        sa.Column("adapted_allotment_reason", sa.String(300)),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant()),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("project_id", "number"),
        sa.CheckConstraint("number >= 0", name="number"),
        sa.CheckConstraint("amount_low >= 0 AND amount_low <= amount_high", name="amount"),
        sa.CheckConstraint("framework_minimum >= 0 AND framework_minimum <= framework_maximum", name="framework"),
        sa.CheckConstraint("hours_wanted >= 0", name="hours_wanted"),
        sa.CheckConstraint("duration_months > 0", name="duration_months"),
        sa.CheckConstraint("renewals >= 0 AND renewal_months > 0", name="renewals"),
        sa.CheckConstraint("staff_to_take_over >= 0", name="staff_to_take_over"),
        sa.CheckConstraint("(execution_on IS NULL) = (execution_precision IS NULL)", name="execution"),
        sa.CheckConstraint("advance_percent BETWEEN 0 AND 100", name="advance_percent"),
        sa.CheckConstraint("price_weight_percent BETWEEN 0 AND 100", name="price_weight_percent"),
    )


def _create_levers_and_communes() -> None:
    op.create_table(
        "lot_lever",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("lot_id", sa.Integer, sa.ForeignKey("lot.id"), nullable=False),
        sa.Column("lever", _listed("lever", _LEVERS), nullable=False),
        sa.Column("state", _listed("state", _LEVER_STATES), nullable=False),
        sa.Column("reservation", _listed("reservation", _RESERVATIONS)),
        sa.Column("weight_percent", sa.Integer),
        sa.Column("reason", sa.String(500)),
        sa.UniqueConstraint("lot_id", "lever"),
        sa.CheckConstraint("reservation IS NULL OR lever = 'reserved'", name="reservation_of_reserved"),
        sa.CheckConstraint("weight_percent BETWEEN 0 AND 100", name="weight_percent"),
    )
    op.create_table(
        "lot_commune",
        sa.Column("lot_id", sa.Integer, sa.ForeignKey("lot.id"), primary_key=True),
        sa.Column("commune_code", sa.CHAR(5), sa.ForeignKey("commune.code"), primary_key=True),
    )
    op.create_index("ix_lot_commune_commune_code", "lot_commune", ["commune_code"])


def _create_history() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("lot_id", sa.Integer, sa.ForeignKey("lot.id")),
        sa.Column("at", UtcInstant(), nullable=False),
        sa.Column("by_label", sa.String(300), nullable=False),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_revision_project_id_id", "revision", ["project_id", "id"])
    for statement in _REFUSALS[op.get_bind().dialect.name]:
        op.execute(statement)
    mark = op.create_table(
        "publication_mark",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("changed_at", UtcInstant()),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.bulk_insert(mark, [{"id": 1, "counter": 0}])


_REFUSALS = {
    "sqlite": [
        "CREATE TRIGGER revision_no_update BEFORE UPDATE ON revision "
        "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END",
        "CREATE TRIGGER revision_no_delete BEFORE DELETE ON revision "
        "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END",
        "CREATE TRIGGER revision_no_replace BEFORE INSERT ON revision "
        "WHEN EXISTS (SELECT 1 FROM revision WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION revision_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'revision is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER revision_no_update BEFORE UPDATE OR DELETE ON revision "
        "FOR EACH ROW EXECUTE FUNCTION revision_append_only()",
        "CREATE TRIGGER revision_no_truncate BEFORE TRUNCATE ON revision "
        "FOR EACH STATEMENT EXECUTE FUNCTION revision_append_only()",
    ],
}


def _create_listing() -> None:
    op.create_table(
        "listing",
        sa.Column("lot_id", sa.Integer, sa.ForeignKey("lot.id"), primary_key=True, autoincrement=False),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("buyer_id", sa.Integer, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("levers", sa.Integer, nullable=False),
        sa.Column("planned_on", sa.Date, nullable=False),
        sa.Column("quarter", sa.Integer, nullable=False),
        sa.Column("trade", _listed("trade", _TRADES), nullable=False),
        sa.Column("confidence", _listed("confidence", _CONFIDENCES), nullable=False),
        sa.Column("amount_band", _listed("amount_band", _BANDS)),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.CheckConstraint("levers BETWEEN 0 AND 15", name="levers"),
    )
    for column in ("planned_on", "hours", "amount", "changed_at"):
        op.create_index(f"ix_listing_{column}", "listing", [column, "lot_id"])
    op.create_index("ix_listing_project_id", "listing", ["project_id"])
    op.create_table(
        "listing_place",
        sa.Column("lot_id", sa.Integer, sa.ForeignKey("listing.lot_id"), primary_key=True),
        sa.Column("place", sa.String(10), primary_key=True),
    )
    op.create_index("ix_listing_place_place", "listing_place", ["place", "lot_id"])
    op.create_table(
        "listing_tally",
        sa.Column("facet", sa.String(20), primary_key=True),
        sa.Column("value", sa.String(60), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.CheckConstraint("count >= 0", name="count"),
    )


def _listed(name: str, codes: tuple[str, ...]) -> sa.Enum:
    """A closed list: VARCHAR(40) and a CHECK called `ck_<table>_<name>`."""
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
