"""On PostgreSQL, the words of public lots stand in the rows that the public list filters and counts."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COUNTED = (
    "buyer_id",
    "levers",
    "trade",
    "quarter",
    "amount_band",
    "confidence",
    "planned_on",
    "hours",
    "amount",
    "changed_at",
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE listing ADD COLUMN words TSVECTOR")
    op.execute("UPDATE listing SET words = lot_search.words FROM lot_search WHERE lot_search.id = listing.lot_id")
    op.execute("UPDATE listing SET words = '' WHERE words IS NULL")
    op.alter_column("listing", "words", nullable=False)
    op.execute("DROP TABLE lot_search")
    op.execute("CREATE INDEX ix_listing_words ON listing USING gin (words)")
    op.create_index("ix_listing_counted", "listing", ["lot_id"], postgresql_include=_COUNTED)
