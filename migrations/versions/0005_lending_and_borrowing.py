"""Lending and borrowing have their tables, and what a group borrows has accounts of its own.

Why: loans to members, what the group owes others, and money between groups need somewhere to stand;
each loan is a ledger account under its control account, so accounts that nobody has posted to yet
become control accounts. Groups that are there get the usual rules of lending, to be resolved anew.
Undo: every loan and borrowing is lost; their entries stay in the book.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
DAY = sa.Date().with_variant(sa.Text(), "sqlite")

SEALED = (
    "loans_product_terms",
    "loans_applications",
    "loans_meetings",
    "loans_votes",
    "loans_decisions",
    "loans_plans",
    "loans_instalments",
    "loans_events",
    "loans_month_ends",
)
#: Accounts that become control accounts, and what they hold.
CONTROLS = {
    "12610": "group",
    "21090": "group",
    "15010": "loan",
    "22010": "borrowing",
    "22020": "borrowing",
    "22030": "borrowing",
    "22040": "borrowing",
}
LOCK_OF_ACCOUNTS = "ledger_accounts_keep_their_kind"
RULES = {
    "loan_quorum_people": "3",
    "loan_default_rate_ppm": "150000",
    "loan_default_free_days": "0",
    "provision_tiers_months_ppm": "[[1, 20000], [3, 200000], [6, 500000], [12, 1000000]]",
}


def upgrade() -> None:
    op.create_table(
        "loans_group_accounts",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("other_book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_loans_group_accounts_book_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["other_book_id"],
            ["members_groups.book_id"],
            name="fk_loans_group_accounts_other_book_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "other_book_id", "side", name="pk_loans_group_accounts"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_meetings",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("held_on", DAY, nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_loans_meetings_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_loans_meetings"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_month_ends",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("month", DAY, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("entry_number", WHOLE, nullable=True),
        sa.Column("worked_out", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_loans_month_ends_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "month", "what", "fund", name="pk_loans_month_ends"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_products",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("control_account_id", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("opened_on", DAY, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id", "control_account_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_loans_products_book_id_control_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id"], ["members_groups.book_id"], name="fk_loans_products_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "code", name="pk_loans_products"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_transfers",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("from_book_id", WHOLE, nullable=False),
        sa.Column("to_book_id", WHOLE, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("interest_satang", WHOLE, nullable=False),
        sa.Column("moved_on", DAY, nullable=False),
        sa.Column("from_loan_id", WHOLE, nullable=True),
        sa.Column("to_loan_id", WHOLE, nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("from_entry_number", WHOLE, nullable=True),
        sa.Column("to_entry_number", WHOLE, nullable=True),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount_satang > 0", name="ck_loans_transfers_amount"),
        sa.ForeignKeyConstraint(
            ["from_book_id"], ["members_groups.book_id"], name="fk_loans_transfers_from_book_id"
        ),
        sa.ForeignKeyConstraint(
            ["to_book_id"], ["members_groups.book_id"], name="fk_loans_transfers_to_book_id"
        ),
        sa.PrimaryKeyConstraint("reference", name="pk_loans_transfers"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_loans_transfers_to", "loans_transfers", ["to_book_id", "confirmed_at"], unique=False
    )
    op.create_table(
        "loans_product_terms",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("holds_from", DAY, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["loans_products.book_id", "loans_products.code"],
            name="fk_loans_product_terms_book_id_product_code",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "product_code", "holds_from", name="pk_loans_product_terms"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "loans_applications",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("instalments", WHOLE, nullable=False),
        sa.Column("what_for", sa.Text(), nullable=False),
        sa.Column("household_income_satang", WHOLE, nullable=False),
        sa.Column("collateral", sa.Text(), nullable=False),
        sa.Column("refinances_loan_id", WHOLE, nullable=True),
        sa.Column("applied_on", DAY, nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_satang > 0", name="ck_loans_applications_amount"),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_applications_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["loans_products.book_id", "loans_products.code"],
            name="fk_loans_applications_book_id_product_code",
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_loans_applications"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_loans_applications_member", "loans_applications", ["book_id", "member_id"], unique=False
    )
    op.create_table(
        "loans_seats",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("sits_from", DAY, nullable=False),
        sa.Column("officer_id", WHOLE, nullable=True),
        sa.Column("sits_until", DAY, nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_seats_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["members_officers.id"], name="fk_loans_seats_officer_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "member_id", "sits_from", name="pk_loans_seats"),
        sqlite_strict=True,
    )
    op.create_table(
        "members_holds",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("held_on", DAY, nullable=False),
        sa.Column("ended_on", DAY, nullable=True),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_members_holds_book_id_member_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "member_id", "because", name="pk_members_holds"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_members_holds_because", "members_holds", ["book_id", "because"], unique=False
    )
    op.create_table(
        "loans_decisions",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("application_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_on", DAY, nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.CheckConstraint("approved_by <> decided_by", name="ck_loans_decisions_two_people"),
        sa.ForeignKeyConstraint(
            ["book_id", "application_id"],
            ["loans_applications.book_id", "loans_applications.id"],
            name="fk_loans_decisions_book_id_application_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "application_id", name="pk_loans_decisions"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_loans",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("account_id", WHOLE, nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("member_id", WHOLE, nullable=True),
        sa.Column("other_book_id", WHOLE, nullable=True),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("application_id", WHOLE, nullable=True),
        sa.Column("principal_satang", WHOLE, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("charge_name", sa.Text(), nullable=False),
        sa.Column("fees_satang", WHOLE, nullable=False),
        sa.Column("effective_rate_ppm", WHOLE, nullable=False),
        sa.Column("contract_on", DAY, nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("plan_n", WHOLE, nullable=False),
        sa.Column("closed_on", DAY, nullable=True),
        sa.Column("written_off_on", DAY, nullable=True),
        sa.CheckConstraint("principal_satang > 0", name="ck_loans_loans_principal"),
        sa.ForeignKeyConstraint(
            ["book_id", "account_id"],
            ["ledger_accounts.book_id", "ledger_accounts.id"],
            name="fk_loans_loans_book_id_account_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "application_id"],
            ["loans_applications.book_id", "loans_applications.id"],
            name="fk_loans_loans_book_id_application_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_loans_book_id_member_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "product_code"],
            ["loans_products.book_id", "loans_products.code"],
            name="fk_loans_loans_book_id_product_code",
        ),
        sa.ForeignKeyConstraint(
            ["other_book_id"], ["members_groups.book_id"], name="fk_loans_loans_other_book_id"
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_loans_loans"),
        sqlite_strict=True,
    )
    op.create_index("ix_loans_loans_member", "loans_loans", ["book_id", "member_id"], unique=False)
    op.create_index("uq_loans_loans_account", "loans_loans", ["book_id", "account_id"], unique=True)
    op.create_index(
        "uq_loans_loans_reference", "loans_loans", ["book_id", "reference"], unique=True
    )
    op.create_table(
        "loans_votes",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("application_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("meeting_id", WHOLE, nullable=False),
        sa.Column("vote", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "application_id"],
            ["loans_applications.book_id", "loans_applications.id"],
            name="fk_loans_votes_book_id_application_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "meeting_id"],
            ["loans_meetings.book_id", "loans_meetings.id"],
            name="fk_loans_votes_book_id_meeting_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_votes_book_id_member_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "application_id", "member_id", name="pk_loans_votes"),
        sqlite_strict=True,
    )
    op.create_table(
        "desk_collection_loan_cells",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("collection_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "collection_id"],
            ["desk_collections.book_id", "desk_collections.id"],
            name="fk_desk_collection_loan_cells_book_id_collection_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_desk_collection_loan_cells_book_id_loan_id",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "collection_id", "loan_id", name="pk_desk_collection_loan_cells"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_events",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_on", DAY, nullable=False),
        sa.Column("entry_number", WHOLE, nullable=True),
        sa.Column("principal_satang", WHOLE, nullable=False),
        sa.Column("interest_satang", WHOLE, nullable=False),
        sa.Column("default_interest_satang", WHOLE, nullable=False),
        sa.Column("fee_satang", WHOLE, nullable=False),
        sa.Column("costs_satang", WHOLE, nullable=False),
        sa.Column("payer_member_id", WHOLE, nullable=True),
        sa.Column("reverses_n", WHOLE, nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "principal_satang >= 0 AND interest_satang >= 0 AND default_interest_satang >= 0 AND fee_satang >= 0 AND costs_satang >= 0",
            name="ck_loans_events_amounts",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "entry_number"],
            ["ledger_entries.book_id", "ledger_entries.number"],
            name="fk_loans_events_book_id_entry_number",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_loans_events_book_id_loan_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "payer_member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_events_book_id_payer_member_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "loan_id", "n", name="pk_loans_events"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_loans_events_entry", "loans_events", ["book_id", "entry_number"], unique=False
    )
    op.create_table(
        "loans_guarantees",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("member_id", WHOLE, nullable=False),
        sa.Column("application_id", WHOLE, nullable=True),
        sa.Column("loan_id", WHOLE, nullable=True),
        sa.Column("most_satang", WHOLE, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("consented_on", DAY, nullable=True),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("released_on", DAY, nullable=True),
        sa.Column("released_because", sa.Text(), nullable=False),
        sa.CheckConstraint("most_satang > 0", name="ck_loans_guarantees_most"),
        sa.ForeignKeyConstraint(
            ["book_id", "application_id"],
            ["loans_applications.book_id", "loans_applications.id"],
            name="fk_loans_guarantees_book_id_application_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_loans_guarantees_book_id_loan_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "member_id"],
            ["members_members.book_id", "members_members.id"],
            name="fk_loans_guarantees_book_id_member_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "id", name="pk_loans_guarantees"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_loans_guarantees_application",
        "loans_guarantees",
        ["book_id", "application_id"],
        unique=False,
    )
    op.create_index(
        "ix_loans_guarantees_loan", "loans_guarantees", ["book_id", "loan_id"], unique=False
    )
    op.create_index(
        "ix_loans_guarantees_member", "loans_guarantees", ["book_id", "member_id"], unique=False
    )
    op.create_table(
        "loans_plans",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("principal_satang", WHOLE, nullable=False),
        sa.Column("carried_interest_satang", WHOLE, nullable=False),
        sa.Column("carried_default_satang", WHOLE, nullable=False),
        sa.Column("carried_costs_satang", WHOLE, nullable=False),
        sa.Column("after_n", WHOLE, nullable=False),
        sa.Column("caused_by_n", WHOLE, nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.CheckConstraint("principal_satang >= 0", name="ck_loans_plans_principal"),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_loans_plans_book_id_loan_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "loan_id", "n", name="pk_loans_plans"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_stages",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("planned_on", DAY, nullable=False),
        sa.Column("amount_satang", WHOLE, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("contractor", sa.Text(), nullable=False),
        sa.Column("retention_satang", WHOLE, nullable=False),
        sa.Column("event_n", WHOLE, nullable=True),
        sa.Column("retention_entry_number", WHOLE, nullable=True),
        sa.CheckConstraint("amount_satang > 0", name="ck_loans_stages_amount"),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_loans_stages_book_id_loan_id",
        ),
        sa.PrimaryKeyConstraint("book_id", "loan_id", "n", name="pk_loans_stages"),
        sqlite_strict=True,
    )
    op.create_table(
        "loans_instalments",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("plan_n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("n", WHOLE, autoincrement=False, nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("principal_satang", WHOLE, nullable=False),
        sa.Column("interest_satang", WHOLE, nullable=False),
        sa.Column("fee_satang", WHOLE, nullable=False),
        sa.CheckConstraint(
            "principal_satang >= 0 AND interest_satang >= 0", name="ck_loans_instalments_amounts"
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id", "plan_n"],
            ["loans_plans.book_id", "loans_plans.loan_id", "loans_plans.n"],
            name="fk_loans_instalments_book_id_loan_id_plan_n",
        ),
        sa.PrimaryKeyConstraint("book_id", "loan_id", "plan_n", "n", name="pk_loans_instalments"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_loans_instalments_due",
        "loans_instalments",
        ["book_id", "due_on", "loan_id", "plan_n"],
        unique=False,
    )
    op.create_table(
        "loans_notices",
        sa.Column("book_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("loan_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("guarantee_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("defaulted_on", DAY, nullable=False),
        sa.Column("printed_at", MOMENT, nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.Column("handed_over_on", DAY, nullable=True),
        sa.Column("handed_over_how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id", "guarantee_id"],
            ["loans_guarantees.book_id", "loans_guarantees.id"],
            name="fk_loans_notices_book_id_guarantee_id",
        ),
        sa.ForeignKeyConstraint(
            ["book_id", "loan_id"],
            ["loans_loans.book_id", "loans_loans.id"],
            name="fk_loans_notices_book_id_loan_id",
        ),
        sa.PrimaryKeyConstraint(
            "book_id", "loan_id", "guarantee_id", "defaulted_on", name="pk_loans_notices"
        ),
        sqlite_strict=True,
    )
    _give_rules()
    _hold_accounts(CONTROLS)
    _lock()


def _give_rules() -> None:
    """Give each group that is there the usual rules of lending."""
    for name, value in RULES.items():
        op.execute(
            sa.text(
                "INSERT INTO members_by_laws (book_id, name, holds_from, value, resolution, "
                "recorded_at, recorded_by) SELECT g.book_id, :name, "
                "COALESCE(g.founded_on, b.founded_on), :value, :resolution, b.opened_at, 'samut' "
                "FROM members_groups AS g JOIN (SELECT id, opened_at, "
                f"{_day_of('opened_at')} AS founded_on FROM ledger_books) AS b ON b.id = g.book_id "
                "WHERE NOT EXISTS (SELECT 1 FROM members_by_laws AS there "
                "WHERE there.book_id = g.book_id AND there.name = :name)"
            ).bindparams(name=name, value=value, resolution="ค่าเริ่มต้นของระบบ")
        )


def _day_of(moment: str) -> str:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    return f"substr({moment}, 1, 10)" if is_sqlite else f"CAST({moment} AS date)"


def _hold_accounts(controls: dict[str, str]) -> None:
    """Let accounts that nobody has posted to hold others, with their lock open for a moment."""
    connection = op.get_bind()
    on_sqlite = op.get_context().dialect.name == "sqlite"
    if on_sqlite:
        lock = connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE name = :name"),
            {"name": LOCK_OF_ACCOUNTS},
        ).scalar_one()
        op.execute(f"DROP TRIGGER {LOCK_OF_ACCOUNTS}")
    else:
        op.execute(f"ALTER TABLE ledger_accounts DISABLE TRIGGER {LOCK_OF_ACCOUNTS}")
    for code, holds in controls.items():
        op.execute(
            sa.text(
                "UPDATE ledger_accounts SET holds = :holds WHERE code = :code AND n = 0 "
                "AND control_id IS NULL"
            ).bindparams(holds=holds, code=code)
        )
    if on_sqlite:
        connection.exec_driver_sql(lock)
    else:
        op.execute(f"ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER {LOCK_OF_ACCOUNTS}")


def _lock() -> None:
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for table in SEALED:
        if on_sqlite:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_refuse_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION samut_refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_refuse_change")


def _unlock() -> None:
    for table in SEALED:
        if op.get_context().dialect.name == "sqlite":
            for change in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuse_{change}")
        else:
            op.execute(f"DROP TRIGGER {table}_refuse_change ON {table}")


def downgrade() -> None:
    _unlock()
    _hold_accounts(dict.fromkeys(CONTROLS, ""))
    op.drop_table("loans_notices")
    op.drop_index("ix_loans_instalments_due", table_name="loans_instalments")
    op.drop_table("loans_instalments")
    op.drop_table("loans_stages")
    op.drop_table("loans_plans")
    op.drop_index("ix_loans_guarantees_member", table_name="loans_guarantees")
    op.drop_index("ix_loans_guarantees_loan", table_name="loans_guarantees")
    op.drop_index("ix_loans_guarantees_application", table_name="loans_guarantees")
    op.drop_table("loans_guarantees")
    op.drop_index("ix_loans_events_entry", table_name="loans_events")
    op.drop_table("loans_events")
    op.drop_table("desk_collection_loan_cells")
    op.drop_table("loans_votes")
    op.drop_index("uq_loans_loans_reference", table_name="loans_loans")
    op.drop_index("uq_loans_loans_account", table_name="loans_loans")
    op.drop_index("ix_loans_loans_member", table_name="loans_loans")
    op.drop_table("loans_loans")
    op.drop_table("loans_decisions")
    op.drop_index("ix_members_holds_because", table_name="members_holds")
    op.drop_table("members_holds")
    op.drop_table("loans_seats")
    op.drop_index("ix_loans_applications_member", table_name="loans_applications")
    op.drop_table("loans_applications")
    op.drop_table("loans_product_terms")
    op.drop_index("ix_loans_transfers_to", table_name="loans_transfers")
    op.drop_table("loans_transfers")
    op.drop_table("loans_products")
    op.drop_table("loans_month_ends")
    op.drop_table("loans_meetings")
    op.drop_table("loans_group_accounts")
