"""The tables of lending and borrowing: products, the path of a loan, the loan, and what is owed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import SEALED, Base, Choice, Json
from ledger.models import CLUSTERED, STRICT
from ledger.money import Satang
from loans.kinds import (
    Decision,
    DepositSide,
    EventKind,
    MonthEnd,
    Purpose,
    Side,
    TransferKind,
    Vote,
    WhyPlanned,
)


class LoanProduct(Base):
    """A kind of loan that a group offers, and the control account its loans stand under."""

    __tablename__ = "loans_products"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(
            ["book_id", "control_account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    purpose: Mapped[Purpose] = mapped_column(Choice(Purpose))
    control_account_id: Mapped[int]
    position: Mapped[int]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]


class ProductTerms(Base):
    """The by-law of a kind of loan, the resolution that made it, and the day it holds from.

    A new resolution adds a row; loans that were granted before keep theirs.
    """

    __tablename__ = "loans_product_terms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["loans_products.book_id", "loans_products.code"]
        ),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_code: Mapped[str] = mapped_column(primary_key=True)
    holds_from: Mapped[date] = mapped_column(primary_key=True)
    terms: Mapped[Any] = mapped_column(Json)
    resolution: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Seat(Base):
    """A member who sits on the loan committee, and which officer they are, if one."""

    __tablename__ = "loans_seats"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(["officer_id"], ["members_officers.id"]),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sits_from: Mapped[date] = mapped_column(primary_key=True)
    officer_id: Mapped[int | None]
    sits_until: Mapped[date | None]
    resolution: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Application(Base):
    """What a member asks for, what for, and what their household earns a month."""

    __tablename__ = "loans_applications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["loans_products.book_id", "loans_products.code"]
        ),
        # No key to the loan that it pays off: the loan has one to its own application.
        Index("ix_loans_applications_member", "book_id", "member_id"),
        CheckConstraint("amount_satang > 0", name="amount"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int]
    product_code: Mapped[str]
    amount_satang: Mapped[Satang]
    instalments: Mapped[int]
    what_for: Mapped[str]
    household_income_satang: Mapped[Satang]
    collateral: Mapped[str]
    refinances_loan_id: Mapped[int | None]
    applied_on: Mapped[date]
    idempotency_key: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Guarantee(Base):
    """A member who guarantees a loan, up to how much, and whether they agreed.

    It belongs to an application, and to the loan once there is one; a loan that was brought in
    from an old book has guarantees without an application.
    """

    __tablename__ = "loans_guarantees"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "application_id"], ["loans_applications.book_id", "loans_applications.id"]
        ),
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        Index("ix_loans_guarantees_member", "book_id", "member_id"),
        Index("ix_loans_guarantees_application", "book_id", "application_id"),
        Index("ix_loans_guarantees_loan", "book_id", "loan_id"),
        CheckConstraint("most_satang > 0", name="most"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int]
    application_id: Mapped[int | None]
    loan_id: Mapped[int | None]
    most_satang: Mapped[Satang]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    consented_on: Mapped[date | None]
    consent: Mapped[str]
    released_on: Mapped[date | None]
    released_because: Mapped[str]


class Meeting(Base):
    """A meeting of the loan committee: who was there, and its minutes."""

    __tablename__ = "loans_meetings"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    held_on: Mapped[date]
    resolution: Mapped[str]
    minutes: Mapped[str]
    present: Mapped[Any] = mapped_column(Json)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class CommitteeVote(Base):
    """How a member of the committee voted on an application."""

    __tablename__ = "loans_votes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "application_id"], ["loans_applications.book_id", "loans_applications.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "meeting_id"], ["loans_meetings.book_id", "loans_meetings.id"]
        ),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_id: Mapped[int]
    vote: Mapped[Vote] = mapped_column(Choice(Vote))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class ApplicationDecision(Base):
    """What became of an application. There is one, and it is never changed."""

    __tablename__ = "loans_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "application_id"], ["loans_applications.book_id", "loans_applications.id"]
        ),
        CheckConstraint("approved_by <> decided_by", name="two_people"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    decision: Mapped[Decision] = mapped_column(Choice(Decision))
    decided_on: Mapped[date]
    resolution: Mapped[str]
    why: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    approved_by: Mapped[str | None]


class Loan(Base):
    """What somebody owes the group, or the group owes somebody. It *is* a ledger account.

    The principal still owed is the account's balance; there is no second one. ``plan_n`` names the
    plan by which it is paid now. A loan to a member names the member; one to or from another group
    names its book; what is owed to an agency or a bank names the lender.
    """

    __tablename__ = "loans_loans"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(["other_book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["loans_products.book_id", "loans_products.code"]
        ),
        ForeignKeyConstraint(
            ["book_id", "application_id"],
            ["loans_applications.book_id", "loans_applications.id"],
        ),
        Index("ix_loans_loans_member", "book_id", "member_id"),
        Index("uq_loans_loans_account", "book_id", "account_id", unique=True),
        Index("uq_loans_loans_reference", "book_id", "reference", unique=True),
        CheckConstraint("principal_satang > 0", name="principal"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[Side] = mapped_column(Choice(Side))
    purpose: Mapped[Purpose] = mapped_column(Choice(Purpose))
    reference: Mapped[str]
    account_id: Mapped[int]
    fund: Mapped[str]
    member_id: Mapped[int | None]
    other_book_id: Mapped[int | None]
    lender: Mapped[str]
    product_code: Mapped[str | None]
    application_id: Mapped[int | None]
    principal_satang: Mapped[Satang]
    terms: Mapped[Any] = mapped_column(Json)
    charge_name: Mapped[str]
    #: What may be taken for the contract in all; the effective rate counts it as interest.
    fees_satang: Mapped[Satang]
    effective_rate_ppm: Mapped[int]
    contract_on: Mapped[date]
    resolution: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    plan_n: Mapped[int]
    closed_on: Mapped[date | None]
    written_off_on: Mapped[date | None]


class Stage(Base):
    """A part of a loan that is paid out by itself, such as one stage of a building (งวดงาน)."""

    __tablename__ = "loans_stages"
    __table_args__ = (
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        CheckConstraint("amount_satang > 0", name="amount"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    planned_on: Mapped[date]
    amount_satang: Mapped[Satang]
    what: Mapped[str]
    contractor: Mapped[str]
    retention_satang: Mapped[Satang]
    event_n: Mapped[int | None]
    retention_entry_number: Mapped[int | None]


class Plan(Base):
    """How a loan is to be paid from a day on; a new plan follows, the old ones stay.

    ``principal_satang`` is what was owed when it began. Interest and default interest that were
    due and unpaid by then are carried over, never added to the principal.
    ``caused_by_n`` is the event that made it; a plan whose event is reversed holds no longer.
    """

    __tablename__ = "loans_plans"
    __table_args__ = (
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        CheckConstraint("principal_satang >= 0", name="principal"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    why: Mapped[WhyPlanned] = mapped_column(Choice(WhyPlanned))
    starts_on: Mapped[date]
    principal_satang: Mapped[Satang]
    carried_interest_satang: Mapped[Satang]
    carried_default_satang: Mapped[Satang]
    carried_costs_satang: Mapped[Satang]
    #: The last event that was there when the plan was made: later ones are paid towards it.
    after_n: Mapped[int]
    caused_by_n: Mapped[int | None]
    terms: Mapped[Any] = mapped_column(Json)
    resolution: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    approved_by: Mapped[str | None]


class Instalment(Base):
    """One row of a plan: what is to be paid on a day, in satang."""

    __tablename__ = "loans_instalments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "loan_id", "plan_n"],
            ["loans_plans.book_id", "loans_plans.loan_id", "loans_plans.n"],
        ),
        Index("ix_loans_instalments_due", "book_id", "due_on", "loan_id", "plan_n"),
        CheckConstraint("principal_satang >= 0 AND interest_satang >= 0", name="amounts"),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plan_n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]
    principal_satang: Mapped[Satang]
    interest_satang: Mapped[Satang]
    fee_satang: Mapped[Satang]


class LoanEvent(Base):
    """What happened to a loan, how it was divided, and the entry it stands in.

    Amounts are in satang and never negative; ``kind`` says which way they went. What was reversed
    stays, and the event that reversed it names it.
    """

    __tablename__ = "loans_events"
    __table_args__ = (
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        ForeignKeyConstraint(
            ["book_id", "entry_number"], ["ledger_entries.book_id", "ledger_entries.number"]
        ),
        ForeignKeyConstraint(
            ["book_id", "payer_member_id"], ["members_members.book_id", "members_members.id"]
        ),
        Index("ix_loans_events_entry", "book_id", "entry_number"),
        CheckConstraint(
            "principal_satang >= 0 AND interest_satang >= 0 AND default_interest_satang >= 0 "
            "AND fee_satang >= 0 AND costs_satang >= 0",
            name="amounts",
        ),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EventKind] = mapped_column(Choice(EventKind))
    happened_on: Mapped[date]
    entry_number: Mapped[int | None]
    principal_satang: Mapped[Satang]
    interest_satang: Mapped[Satang]
    default_interest_satang: Mapped[Satang]
    fee_satang: Mapped[Satang]
    costs_satang: Mapped[Satang]
    #: The guarantor or other member who paid, when it was not the borrower.
    payer_member_id: Mapped[int | None]
    reverses_n: Mapped[int | None]
    #: The sentences that were shown before it was confirmed.
    explanation: Mapped[Any] = mapped_column(Json)
    note: Mapped[str]
    resolution: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Notice(Base):
    """A written notice to a guarantor that the borrower is in default, printed and handed over.

    Source: Civil and Commercial Code, section 686: within 60 days of the default.
    """

    __tablename__ = "loans_notices"
    __table_args__ = (
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        ForeignKeyConstraint(
            ["book_id", "guarantee_id"], ["loans_guarantees.book_id", "loans_guarantees.id"]
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    guarantee_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    defaulted_on: Mapped[date] = mapped_column(primary_key=True)
    printed_at: Mapped[datetime]
    printed_by: Mapped[str]
    handed_over_on: Mapped[date | None]
    handed_over_how: Mapped[str]


class MonthEndPosting(Base):
    """What was posted at the end of a month for all loans of a fund together."""

    __tablename__ = "loans_month_ends"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[MonthEnd] = mapped_column(Choice(MonthEnd), primary_key=True)
    fund: Mapped[str] = mapped_column(primary_key=True)
    amount_satang: Mapped[Satang]
    #: None when nothing had to be posted.
    entry_number: Mapped[int | None]
    worked_out: Mapped[Any] = mapped_column(Json)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class GroupAccount(Base):
    """What a group keeps with another, or another keeps with it. It *is* a ledger account."""

    __tablename__ = "loans_group_accounts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "account_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(["other_book_id"], ["members_groups.book_id"]),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    other_book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[DepositSide] = mapped_column(Choice(DepositSide), primary_key=True)
    account_id: Mapped[int]
    opened_on: Mapped[date]


class GroupTransfer(Base):
    """Money that one group sent another: each writes its half, under one reference."""

    __tablename__ = "loans_transfers"
    __table_args__ = (
        ForeignKeyConstraint(["from_book_id"], ["members_groups.book_id"]),
        ForeignKeyConstraint(["to_book_id"], ["members_groups.book_id"]),
        Index("ix_loans_transfers_to", "to_book_id", "confirmed_at"),
        CheckConstraint("amount_satang > 0", name="amount"),
        STRICT,
    )

    reference: Mapped[str] = mapped_column(primary_key=True)
    from_book_id: Mapped[int]
    to_book_id: Mapped[int]
    what: Mapped[TransferKind] = mapped_column(Choice(TransferKind))
    amount_satang: Mapped[Satang]
    interest_satang: Mapped[Satang]
    moved_on: Mapped[date]
    from_loan_id: Mapped[int | None]
    to_loan_id: Mapped[int | None]
    #: The terms of a new loan, for the half that is still to be written.
    terms: Mapped[Any] = mapped_column(Json)
    from_entry_number: Mapped[int | None]
    to_entry_number: Mapped[int | None]
    begun_by: Mapped[str]
    begun_at: Mapped[datetime]
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
