"""The feed is walked along indexes that hold what it asks about, and signatures are tallied.

Why: at a million entries a page of the feed, whatever it is filtered by, and the strip on top of
every page must cost what they show and not what the book holds. A tally says for each month of a
book how many of its entries are signed and how many questions are open; both can be counted anew.
Undo: nothing is lost, the feed becomes slow.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")

INDEXES = {
    "ix_ledger_entries_feed": [
        "recorded_at",
        "book_id",
        "number",
        "entered_on",
        "kind",
        "amount_satang",
        "posted_by",
        "approved_by",
        "reverses_number",
    ],
    "ix_ledger_entries_by_day": [
        "entered_on",
        "recorded_at",
        "book_id",
        "number",
        "kind",
        "amount_satang",
        "posted_by",
        "approved_by",
        "reverses_number",
    ],
    "ix_ledger_entries_by_amount": ["amount_satang", "recorded_at", "book_id", "number"],
    "ix_ledger_entries_of_a_day": ["book_id", "entered_on", "number"],
}


def upgrade() -> None:
    op.drop_index("ix_ledger_entries_feed", "ledger_entries")
    for name, columns in INDEXES.items():
        op.create_index(name, "ledger_entries", columns, unique=False)
    op.create_table(
        "audit_tallies",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("month", DAY, nullable=False),
        sa.Column("signed", WHOLE, nullable=False),
        sa.Column("open_questions", WHOLE, nullable=False),
        sa.CheckConstraint("signed >= 0 AND open_questions >= 0", name="ck_audit_tallies_counts"),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name="fk_audit_tallies_book_id"),
        sa.PrimaryKeyConstraint("book_id", "month", name="pk_audit_tallies"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("audit_tallies")
    for name in INDEXES:
        op.drop_index(name, "ledger_entries")
    op.create_index(
        "ix_ledger_entries_feed", "ledger_entries", ["recorded_at", "book_id", "number"]
    )
