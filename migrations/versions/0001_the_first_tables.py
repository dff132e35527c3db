"""The first tables.

Why: the book, the people, the treasurer's day and the cross-review need somewhere to stand.
Undo: everything is lost.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")

HEAD_KEY = "fk_ledger_books_id_head_number"


def head_key_inline() -> list[sa.ForeignKeyConstraint]:
    """Give the key from a book to its newest batch, where it can be written before its target.

    SQLite cannot add a key to a table, and does not mind one to a table that comes later.
    """
    if op.get_context().dialect.name != "sqlite":
        return []
    return [
        sa.ForeignKeyConstraint(
            ["id", "head_number"],
            ["ledger_keys.book_id", "ledger_keys.last_number"],
            name=HEAD_KEY,
            deferrable=True,
            initially="DEFERRED",
        )
    ]


def upgrade() -> None:
    op.create_table(
        "ledger_books",
        sa.Column("id", WHOLE, autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("head_number", WHOLE, nullable=True),
        sa.Column("head_batch", WHOLE, nullable=True),
        sa.Column("head_seal", sa.LargeBinary(), nullable=False),
        sa.Column("head_recorded_at", MOMENT, nullable=False),
        *head_key_inline(),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_books"),
        sa.UniqueConstraint("code", name="uq_ledger_books_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_postings",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("entry_number", WHOLE, nullable=False),
        sa.Column("line", WHOLE, nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("balance_after_satang", WHOLE, nullable=False),
        sa.CheckConstraint("amount_satang <> 0", name="ck_ledger_postings_amount"),
        sa.CheckConstraint(
            "n > 0 AND entry_number > 0 AND line > 0", name="ck_ledger_postings_numbers"
        ),
        sa.PrimaryKeyConstraint("book_id", "account_id", "n", name="pk_ledger_postings"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_ledger_postings_entry",
        "ledger_postings",
        ["book_id", "entry_number", "line", "account_id", "fund", "amount_satang"],
        unique=True,
    )
    op.create_table(
        "members_sign_in_attempts",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=False),
        sa.Column("succeeded", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members_sign_in_attempts"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_members_sign_in_attempts_address",
        "members_sign_in_attempts",
        ["address", "tried_at"],
    )
    op.create_index(
        "ix_members_sign_in_attempts_name",
        "members_sign_in_attempts",
        ["sign_in_name", "tried_at"],
        unique=False,
    )
    op.create_table(
        "members_tambons",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("district_th", sa.Text(), nullable=False),
        sa.Column("province_th", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_members_tambons"),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_entries",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("batch", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entered_on", DAY, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("memo_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reverses_number", WHOLE, nullable=True),
        sa.Column("previous_seal", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("amount_satang > 0", name="ck_ledger_entries_amount"),
        sa.CheckConstraint("approved_by <> posted_by", name="ck_ledger_entries_two_people"),
        sa.CheckConstraint("number > 0", name="ck_ledger_entries_number"),
        sa.CheckConstraint("reverses_number < number", name="ck_ledger_entries_reverses"),
        sa.PrimaryKeyConstraint("book_id", "number", name="pk_ledger_entries"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ledger_entries_feed",
        "ledger_entries",
        ["recorded_at", "book_id", "number"],
        unique=False,
    )
    op.create_index(
        "uq_ledger_entries_reversed_once",
        "ledger_entries",
        ["book_id", "reverses_number"],
        unique=True,
        sqlite_where=sa.text("reverses_number IS NOT NULL"),
        postgresql_where=sa.text("reverses_number IS NOT NULL"),
    )
    op.create_table(
        "ledger_funds",
        sa.Column("book_id", WHOLE, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("may_be_lent", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name="fk_ledger_funds_book_id"),
        sa.PrimaryKeyConstraint("book_id", "code", name="pk_ledger_funds"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_keys",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("first_number", WHOLE, nullable=False),
        sa.Column("last_number", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name="fk_ledger_keys_book_id"),
        sa.PrimaryKeyConstraint("book_id", "idempotency_key", name="pk_ledger_keys"),
        sa.UniqueConstraint("book_id", "last_number", name="uq_ledger_keys_book_id_last_number"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_periods",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("month", DAY, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("head_number", WHOLE, nullable=False),
        sa.Column("head_seal", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name="fk_ledger_periods_book_id"),
        sa.PrimaryKeyConstraint("book_id", "month", name="pk_ledger_periods"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members_villages",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("moo", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["members_tambons.code"], name="fk_members_villages_tambon_code"
        ),
        sa.PrimaryKeyConstraint("code", name="pk_members_villages"),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("keeps", sa.Text(), nullable=False),
        sa.Column("holds", sa.Text(), nullable=False),
        sa.Column("control_id", WHOLE, nullable=True),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.Column("n", WHOLE, nullable=False),
        sa.Column("balance_satang", WHOLE, nullable=False),
        sa.CheckConstraint("n >= 0 AND (n > 0 OR balance_satang = 0)", name="ck_ledger_accounts_n"),
        sa.ForeignKeyConstraint(
            ["book_id", "control_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_ledger_accounts_book_id_control_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "fund"],
            ["ledger_funds.book_id", "ledger_funds.code"],
            name="fk_ledger_accounts_book_id_fund",
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_ledger_accounts"),
        sa.UniqueConstraint("book_id", "code", "fund", name="uq_ledger_accounts_book_id_code_fund"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_memos",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("entry_number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id", "entry_number"],
            ["ledger_entries.book_id", "ledger_entries.number"],
            name="fk_ledger_memos_book_id_entry_number",
        ),
        sa.PrimaryKeyConstraint("book_id", "entry_number", name="pk_ledger_memos"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members_groups",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("mother_book_id", WHOLE, nullable=True),
        sa.Column("founded_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(["book_id"], ["ledger_books.id"], name="fk_members_groups_book_id"),
        sa.ForeignKeyConstraint(
            ["mother_book_id"], ["members_groups.book_id"], name="fk_members_groups_mother_book_id"
        ),
        sa.ForeignKeyConstraint(
            ["village_code"], ["members_villages.code"], name="fk_members_groups_village_code"
        ),
        sa.PrimaryKeyConstraint("book_id", name="pk_members_groups"),
        sa.UniqueConstraint("code", name="uq_members_groups_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "members_officers",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["village_code"], ["members_villages.code"], name="fk_members_officers_village_code"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_members_officers"),
        sa.UniqueConstraint("sign_in_name", name="uq_members_officers_sign_in_name"),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_questions",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("entry_number", WHOLE, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by", WHOLE, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["members_officers.id"], name="fk_audit_questions_asked_by"
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "entry_number"],
            ["ledger_entries.book_id", "ledger_entries.number"],
            name="fk_audit_questions_book_id_entry_number",
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_audit_questions"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_audit_questions_entry", "audit_questions", ["book_id", "entry_number"], unique=False
    )
    op.create_table(
        "audit_sign_offs",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("entry_number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("officer_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("seal_seen", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "entry_number"],
            ["ledger_entries.book_id", "ledger_entries.number"],
            name="fk_audit_sign_offs_book_id_entry_number",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["members_officers.id"], name="fk_audit_sign_offs_officer_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "entry_number", "officer_id", name="pk_audit_sign_offs"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "desk_collections",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("held_on", DAY, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("revision", WHOLE, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=True),
        sa.Column("posted_at", MOMENT, nullable=True),
        sa.Column("first_number", WHOLE, nullable=True),
        sa.Column("last_number", WHOLE, nullable=True),
        sa.Column("difference_satang", WHOLE, nullable=True),
        sa.Column("difference_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_desk_collections_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_desk_collections"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_desk_collections_one_draft",
        "desk_collections",
        ["book_id"],
        unique=True,
        sqlite_where=sa.text("posted_at IS NULL"),
        postgresql_where=sa.text("posted_at IS NULL"),
    )
    op.create_table(
        "ledger_month_balances",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("month", DAY, nullable=False),
        sa.Column("opening_satang", WHOLE, nullable=False),
        sa.Column("debit_satang", WHOLE, nullable=False),
        sa.Column("credit_satang", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("book_id", "account_id", "month", name="pk_ledger_month_balances"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members_by_laws",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holds_from", DAY, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_members_by_laws_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "name", "holds_from", name="pk_members_by_laws"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members_households",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("house_number", sa.Text(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_members_households_book_id"
        ),
        sa.ForeignKeyConstraint(
            ["village_code"], ["members_villages.code"], name="fk_members_households_village_code"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_members_households"),
        sa.UniqueConstraint(
            "book_id",
            "village_code",
            "house_number",
            name="uq_members_households_book_id_village_code_house_number",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "members_imports",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.Column("posted_at", MOMENT, nullable=True),
        sa.Column("first_number", WHOLE, nullable=True),
        sa.Column("last_number", WHOLE, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_members_imports_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_members_imports"),
        sqlite_strict=True,
    )
    op.create_table(
        "members_officer_roles",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("officer_id", WHOLE, nullable=False),
        sa.Column("group_book_id", WHOLE, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["group_book_id"],
            ["members_groups.book_id"],
            name="fk_members_officer_roles_group_book_id",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["members_officers.id"], name="fk_members_officer_roles_officer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_members_officer_roles"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_members_officer_roles_officer", "members_officer_roles", ["officer_id"], unique=False
    )
    op.create_table(
        "members_products",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("control_account_id", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id", "control_account_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_members_products_book_id_control_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_members_products_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "code", name="pk_members_products"),
        sqlite_strict=True,
    )
    op.create_table(
        "members_sign_ins",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", WHOLE, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["members_officers.id"], name="fk_members_sign_ins_officer_id"
        ),
        sa.PrimaryKeyConstraint("token_digest", name="pk_members_sign_ins"),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_answers",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("question_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_by", WHOLE, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["members_officers.id"], name="fk_audit_answers_answered_by"
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "question_id"],
            ["audit_questions.book_id", "audit_questions.id"],
            name="fk_audit_answers_book_id_question_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "question_id", "id", name="pk_audit_answers"),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_settlements",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("question_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("settled_by", WHOLE, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "question_id"],
            ["audit_questions.book_id", "audit_questions.id"],
            name="fk_audit_settlements_book_id_question_id",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["members_officers.id"], name="fk_audit_settlements_settled_by"
        ),
        sa.PrimaryKeyConstraint("book_id", "question_id", name="pk_audit_settlements"),
        sqlite_strict=True,
    )
    op.create_table(
        "desk_cash_counts",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("collection_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("denomination_satang", WHOLE, autoincrement=False, nullable=False),
        sa.Column("pieces", WHOLE, nullable=False),
        sa.CheckConstraint("pieces >= 0", name="ck_desk_cash_counts_pieces"),
        sa.ForeignKeyConstraint(
            ["book_id", "collection_id"],
            ["desk_collections.book_id", "desk_collections.id"],
            name="fk_desk_cash_counts_book_id_collection_id",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "collection_id", "denomination_satang", name="pk_desk_cash_counts"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "members_members",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("person_type", sa.Text(), nullable=False),
        sa.Column("masked_national_id", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("household_id", WHOLE, nullable=True),
        sa.Column("beneficiary", sa.Text(), nullable=False),
        sa.Column("walking_order", WHOLE, nullable=False),
        sa.Column("joined_on", DAY, nullable=False),
        sa.Column("left_on", DAY, nullable=True),
        sa.Column("left_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "household_id"],
            ["members_households.book_id", "members_households.id"],
            name="fk_members_members_book_id_household_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_members_members_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_members_members"),
        sa.UniqueConstraint("book_id", "number", name="uq_members_members_book_id_number"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_members_members_name", "members_members", ["book_id", "sort_key"], unique=False
    )
    op.create_table(
        "desk_collection_cells",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("collection_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "collection_id"],
            ["desk_collections.book_id", "desk_collections.id"],
            name="fk_desk_collection_cells_book_id_collection_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_desk_collection_cells_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["members_products.book_id", "members_products.code"],
            name="fk_desk_collection_cells_book_id_product_code",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "collection_id", "member_id", "product_code", name="pk_desk_collection_cells"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "desk_collection_rows",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("collection_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("absent", WHOLE, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "collection_id"],
            ["desk_collections.book_id", "desk_collections.id"],
            name="fk_desk_collection_rows_book_id_collection_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_desk_collection_rows_book_id_member_id",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "collection_id", "member_id", name="pk_desk_collection_rows"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "desk_receipts",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("entry_number", WHOLE, nullable=False),
        sa.Column("member_id", WHOLE, nullable=False),
        sa.Column("collection_id", WHOLE, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("total_satang", WHOLE, nullable=False),
        sa.Column("received_on", DAY, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("replaces_number", WHOLE, nullable=True),
        sa.CheckConstraint("number > 0", name="ck_desk_receipts_number"),
        sa.ForeignKeyConstraint(
            ["book_id", "entry_number"],
            ["ledger_entries.book_id", "ledger_entries.number"],
            name="fk_desk_receipts_book_id_entry_number",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_desk_receipts_book_id_member_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "number", name="pk_desk_receipts"),
        sa.UniqueConstraint(
            "book_id", "entry_number", name="uq_desk_receipts_book_id_entry_number"
        ),
        sa.UniqueConstraint(
            "book_id", "replaces_number", name="uq_desk_receipts_book_id_replaces_number"
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_desk_receipts_member", "desk_receipts", ["book_id", "member_id", "number"], unique=False
    )
    op.create_table(
        "members_pledges",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("holds_from", DAY, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_satang >= 0", name="ck_members_pledges_amount"),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_members_pledges_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["members_products.book_id", "members_products.code"],
            name="fk_members_pledges_book_id_product_code",
        ),
        sa.PrimaryKeyConstraint(
            "book_id",
            "member_id",
            "product_code",
            "holds_from",
            "recorded_at",
            name="pk_members_pledges",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "members_savings_accounts",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_members_savings_accounts_book_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_members_savings_accounts_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["members_products.book_id", "members_products.code"],
            name="fk_members_savings_accounts_book_id_product_code",
        ),
        sa.PrimaryKeyConstraint("book_id", "account_id", name="pk_members_savings_accounts"),
        sa.UniqueConstraint(
            "book_id",
            "member_id",
            "product_code",
            name="uq_members_savings_accounts_book_id_member_id_product_code",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "members_passbook_prints",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("account_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("printed_at", MOMENT, nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.Column("first_n", WHOLE, nullable=False),
        sa.Column("last_n", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["members_savings_accounts.book_id", "members_savings_accounts.account_id"],
            name="fk_members_passbook_prints_book_id_account_id",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "account_id", "printed_at", name="pk_members_passbook_prints"
        ),
        sqlite_strict=True,
    )
    if op.get_context().dialect.name != "sqlite":
        op.create_foreign_key(
            HEAD_KEY,
            "ledger_books",
            "ledger_keys",
            ["id", "head_number"],
            ["book_id", "last_number"],
            deferrable=True,
            initially="DEFERRED",
        )
        return
    # Nobody may run ANALYZE on a book that is in use, and without it SQLite takes any key that
    # begins with book_id to be as good as another: it read a whole book to find one entry's lines.
    # So it is told once what a book looks like. A million postings in two books, some hundreds a
    # line of the chart, three an entry.
    op.execute("ANALYZE ledger_postings")
    op.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'ledger_postings'")
    op.execute(
        "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES"
        " ('ledger_postings', 'ledger_postings', '1000000 500000 300 1'),"
        " ('ledger_postings', 'uq_ledger_postings_entry', '1000000 500000 3 1 1 1 1')"
    )


def downgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(HEAD_KEY, "ledger_books", type_="foreignkey")
    op.drop_table("members_passbook_prints")
    op.drop_table("members_savings_accounts")
    op.drop_table("members_pledges")
    op.drop_index("ix_desk_receipts_member", table_name="desk_receipts")
    op.drop_table("desk_receipts")
    op.drop_table("desk_collection_rows")
    op.drop_table("desk_collection_cells")
    op.drop_index("ix_members_members_name", table_name="members_members")
    op.drop_table("members_members")
    op.drop_table("desk_cash_counts")
    op.drop_table("audit_settlements")
    op.drop_table("audit_answers")
    op.drop_table("members_sign_ins")
    op.drop_table("members_products")
    op.drop_index("ix_members_officer_roles_officer", table_name="members_officer_roles")
    op.drop_table("members_officer_roles")
    op.drop_table("members_imports")
    op.drop_table("members_households")
    op.drop_table("members_by_laws")
    op.drop_table("ledger_month_balances")
    op.drop_index(
        "uq_desk_collections_one_draft",
        table_name="desk_collections",
        sqlite_where=sa.text("posted_at IS NULL"),
        postgresql_where=sa.text("posted_at IS NULL"),
    )
    op.drop_table("desk_collections")
    op.drop_table("audit_sign_offs")
    op.drop_index("ix_audit_questions_entry", table_name="audit_questions")
    op.drop_table("audit_questions")
    op.drop_table("members_officers")
    op.drop_table("members_groups")
    op.drop_table("ledger_memos")
    op.drop_table("ledger_accounts")
    op.drop_table("members_villages")
    op.drop_table("ledger_periods")
    op.drop_table("ledger_keys")
    op.drop_table("ledger_funds")
    op.drop_index(
        "uq_ledger_entries_reversed_once",
        table_name="ledger_entries",
        sqlite_where=sa.text("reverses_number IS NOT NULL"),
        postgresql_where=sa.text("reverses_number IS NOT NULL"),
    )
    op.drop_index("ix_ledger_entries_feed", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("members_tambons")
    op.drop_index("ix_members_sign_in_attempts_name", table_name="members_sign_in_attempts")
    op.drop_index("ix_members_sign_in_attempts_address", table_name="members_sign_in_attempts")
    op.drop_table("members_sign_in_attempts")
    op.drop_index("uq_ledger_postings_entry", table_name="ledger_postings")
    op.drop_table("ledger_postings")
    op.drop_table("ledger_books")
