"""The tables of the book. ``book_id`` leads every key; sealed rows are only ever added."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.chart import Keeps, Kind
from ledger.db import KEPT, SEALED, Base, Choice
from ledger.entry import EntryKind
from ledger.money import Satang

STRICT = {"sqlite_strict": True}
#: Rows lie in the order of their key, so a page of them is one or two leaves of the file.
CLUSTERED = STRICT | {"sqlite_with_rowid": False}


#: What people ask of a list of entries.
ASKED_ABOUT = (
    "entered_on",
    "kind",
    "amount_satang",
    "posted_by",
    "approved_by",
    "reverses_number",
)


class Book(Base):
    """One group's book: its lock, its counter and the head of its chain.

    ``head_number`` is the number of the newest entry and None while there is none; ``head_batch``
    is the number of the first entry that was posted with it. Both are moved before the entries are
    written. The key of the request seals the batch, and the deferred key to it makes a commit
    without it impossible.
    """

    __tablename__ = "ledger_books"
    __table_args__ = (
        ForeignKeyConstraint(
            ["id", "head_number"],
            ["ledger_keys.book_id", "ledger_keys.last_number"],
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        STRICT | {"info": KEPT},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    opened_at: Mapped[datetime]
    head_number: Mapped[int | None]
    head_batch: Mapped[int | None]
    head_seal: Mapped[bytes]
    head_recorded_at: Mapped[datetime]


class Fund(Base):
    """A purse inside a book."""

    __tablename__ = "ledger_funds"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["ledger_books.id"]),
        CLUSTERED | {"info": KEPT},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    may_be_lent: Mapped[int]


class Account(Base):
    """An account in one fund. ``n`` and ``balance_satang`` repeat its last posting.

    A control account (``holds`` is not empty) takes no postings: it is the sum of the accounts
    whose ``control_id`` names it.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        ForeignKeyConstraint(["book_id", "fund"], ["ledger_funds.book_id", "ledger_funds.code"]),
        ForeignKeyConstraint(
            ["book_id", "control_id"], ["ledger_accounts.book_id", "ledger_accounts.id"]
        ),
        UniqueConstraint("book_id", "code", "fund"),
        CheckConstraint("n >= 0 AND (n > 0 OR balance_satang = 0)", name="n"),
        CLUSTERED | {"info": KEPT},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    fund: Mapped[str]
    kind: Mapped[Kind] = mapped_column(Choice(Kind))
    keeps: Mapped[Keeps] = mapped_column(Choice(Keeps))
    holds: Mapped[str]
    control_id: Mapped[int | None]
    name_th: Mapped[str]
    name_en: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    n: Mapped[int]
    balance_satang: Mapped[Satang]


class Entry(Base):
    """A sealed entry. Its postings were written before it; it seals them."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        # No key to the book, as there is none from a posting to its entry: the locks ask for both,
        # once a batch, and a key would ask once a row.
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("reverses_number < number", name="reverses"),
        CheckConstraint("approved_by <> posted_by", name="two_people"),
        CheckConstraint("amount_satang > 0", name="amount"),
        # These two hold all that the feed asks about, so that it walks them without the rows.
        Index("ix_ledger_entries_feed", "recorded_at", "book_id", "number", *ASKED_ABOUT),
        Index(
            "ix_ledger_entries_by_day",
            *("entered_on", "recorded_at", "book_id", "number"),
            *(column for column in ASKED_ABOUT if column != "entered_on"),
        ),
        Index("ix_ledger_entries_by_amount", "amount_satang", "recorded_at", "book_id", "number"),
        Index("ix_ledger_entries_of_a_day", "book_id", "entered_on", "number"),
        Index(
            "uq_ledger_entries_reversed_once",
            "book_id",
            "reverses_number",
            unique=True,
            sqlite_where=text("reverses_number IS NOT NULL"),
            postgresql_where=text("reverses_number IS NOT NULL"),
        ),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[int]
    kind: Mapped[EntryKind] = mapped_column(Choice(EntryKind))
    entered_on: Mapped[date]
    recorded_at: Mapped[datetime]
    posted_by: Mapped[str]
    approved_by: Mapped[str | None]
    reference: Mapped[str]
    amount_satang: Mapped[Satang]
    memo_digest: Mapped[bytes]
    reverses_number: Mapped[int | None]
    previous_seal: Mapped[bytes]
    seal: Mapped[bytes]


class Posting(Base):
    """One line of an entry, and line ``n`` of its account. Debit positive, credit negative."""

    __tablename__ = "ledger_postings"
    __table_args__ = (
        # An index and not a constraint, so that it has a name by which SQLite can be told of it.
        # It holds what an entry's lines say, so that sealing and verifying read nothing else.
        Index(
            "uq_ledger_postings_entry",
            *("book_id", "entry_number", "line", "account_id", "fund", "amount_satang"),
            unique=True,
        ),
        CheckConstraint("n > 0 AND entry_number > 0 AND line > 0", name="numbers"),
        CheckConstraint("amount_satang <> 0", name="amount"),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_number: Mapped[int]
    line: Mapped[int]
    fund: Mapped[str]
    amount_satang: Mapped[Satang]
    balance_after_satang: Mapped[Satang]


class Memo(Base):
    """What somebody wrote about an entry. Text and salt can be erased; the seal stays whole."""

    __tablename__ = "ledger_memos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "entry_number"], ["ledger_entries.book_id", "ledger_entries.number"]
        ),
        CLUSTERED | {"info": KEPT},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str | None]
    salt: Mapped[bytes | None]


class MonthBalance(Base):
    """What an account had at the start of a month and what was added to each side in it.

    Nothing is sealed here: it can be added up anew, and ``verify`` does.
    """

    __tablename__ = "ledger_month_balances"
    __table_args__ = (CLUSTERED,)

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    opening_satang: Mapped[Satang]
    debit_satang: Mapped[Satang]
    credit_satang: Mapped[Satang]


class Period(Base):
    """A closed month and the head of the chain at its close. An open month has no row."""

    __tablename__ = "ledger_periods"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["ledger_books.id"]),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    head_number: Mapped[int]
    head_seal: Mapped[bytes]


class Key(Base):
    """A request that has been posted, kept for ever so that it cannot be posted twice.

    It is written last, and seals the batch of entries that the request became.
    """

    __tablename__ = "ledger_keys"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["ledger_books.id"]),
        UniqueConstraint("book_id", "last_number"),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    first_number: Mapped[int]
    last_number: Mapped[int]
