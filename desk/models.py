"""The tables of the treasurer's day: collection sheets as they are typed, cash counts, receipts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.sheet import Channel
from ledger.db import SEALED, Base, Choice
from ledger.models import STRICT
from ledger.money import Satang

__all__ = [
    "CashCount",
    "Channel",
    "Collection",
    "CollectionCell",
    "CollectionLoanCell",
    "CollectionRow",
    "Receipt",
]


class Collection(Base):
    """A collection day of a group: a draft until it is posted, then never changed.

    ``revision`` grows with every change of the draft; posting names the revision it was shown, so
    that nothing typed meanwhile on another screen is posted unseen.
    """

    __tablename__ = "desk_collections"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["members_groups.book_id"]),
        Index(
            "uq_desk_collections_one_draft",
            "book_id",
            unique=True,
            sqlite_where=text("posted_at IS NULL"),
            postgresql_where=text("posted_at IS NULL"),
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    held_on: Mapped[date]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    revision: Mapped[int]
    saved_at: Mapped[datetime]
    posted_by: Mapped[str | None]
    posted_at: Mapped[datetime | None]
    first_number: Mapped[int | None]
    last_number: Mapped[int | None]
    difference_satang: Mapped[Satang | None]
    difference_reason: Mapped[str]


class CollectionRow(Base):
    """One member on the sheet: present or absent, and how they paid."""

    __tablename__ = "desk_collection_rows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "collection_id"], ["desk_collections.book_id", "desk_collections.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    absent: Mapped[int]
    channel: Mapped[Channel] = mapped_column(Choice(Channel))


class CollectionCell(Base):
    """What was typed for one member and product, as it was typed, even when it cannot be read."""

    __tablename__ = "desk_collection_cells"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "collection_id"], ["desk_collections.book_id", "desk_collections.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        ForeignKeyConstraint(
            ["book_id", "product_code"], ["members_products.book_id", "members_products.code"]
        ),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_code: Mapped[str] = mapped_column(primary_key=True)
    typed: Mapped[str]


class CollectionLoanCell(Base):
    """What was typed for one loan on a collection day, as it was typed."""

    __tablename__ = "desk_collection_loan_cells"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "collection_id"], ["desk_collections.book_id", "desk_collections.id"]
        ),
        ForeignKeyConstraint(["book_id", "loan_id"], ["loans_loans.book_id", "loans_loans.id"]),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    loan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    typed: Mapped[str]


class CashCount(Base):
    """How many notes or coins of one kind were counted on a collection day."""

    __tablename__ = "desk_cash_counts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "collection_id"], ["desk_collections.book_id", "desk_collections.id"]
        ),
        CheckConstraint("pieces >= 0", name="pieces"),
        STRICT,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    denomination_satang: Mapped[Satang] = mapped_column(primary_key=True, autoincrement=False)
    pieces: Mapped[int]


class Receipt(Base):
    """A receipt: numbered in the book without gaps, one for each entry that took money in.

    What it says is read from its entry's postings. A receipt that was put right stays; the one
    that replaces it names it.
    """

    __tablename__ = "desk_receipts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "entry_number"], ["ledger_entries.book_id", "ledger_entries.number"]
        ),
        ForeignKeyConstraint(
            ["book_id", "member_id"], ["members_members.book_id", "members_members.id"]
        ),
        UniqueConstraint("book_id", "entry_number"),
        UniqueConstraint("book_id", "replaces_number"),
        Index("ix_desk_receipts_member", "book_id", "member_id", "number"),
        CheckConstraint("number > 0", name="number"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str]
    entry_number: Mapped[int]
    member_id: Mapped[int]
    collection_id: Mapped[int | None]
    channel: Mapped[Channel] = mapped_column(Choice(Channel))
    total_satang: Mapped[Satang]
    received_on: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    replaces_number: Mapped[int | None]
