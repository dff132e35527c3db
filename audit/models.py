"""The tables of trust: who signed which entry, what was asked about it, answered and settled."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import SEALED, Base
from ledger.models import CLUSTERED, STRICT


class SignOff(Base):
    """A reviewer of another village read an entry and stands by it, with the seal they saw."""

    __tablename__ = "audit_sign_offs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "entry_number"], ["ledger_entries.book_id", "ledger_entries.number"]
        ),
        ForeignKeyConstraint(["officer_id"], ["members_officers.id"]),
        CLUSTERED | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    officer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seal_seen: Mapped[bytes]
    signed_at: Mapped[datetime]


class Question(Base):
    """A question about an entry; open until somebody settles it."""

    __tablename__ = "audit_questions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "entry_number"], ["ledger_entries.book_id", "ledger_entries.number"]
        ),
        ForeignKeyConstraint(["asked_by"], ["members_officers.id"]),
        Index("ix_audit_questions_entry", "book_id", "entry_number"),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_number: Mapped[int]
    text: Mapped[str]
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]


class Answer(Base):
    """What an officer of the group, or somebody else who knows, said to a question."""

    __tablename__ = "audit_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "question_id"], ["audit_questions.book_id", "audit_questions.id"]
        ),
        ForeignKeyConstraint(["answered_by"], ["members_officers.id"]),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    question_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    answered_by: Mapped[int]
    answered_at: Mapped[datetime]


class Settlement(Base):
    """The end of a question, by the one who asked it or by another reviewer."""

    __tablename__ = "audit_settlements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "question_id"], ["audit_questions.book_id", "audit_questions.id"]
        ),
        ForeignKeyConstraint(["settled_by"], ["members_officers.id"]),
        STRICT | {"info": SEALED},
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    question_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    settled_by: Mapped[int]
    settled_at: Mapped[datetime]


class Tally(Base):
    """How far a month of a book has been looked at, so that nobody counts a million signatures.

    Attributes:
        month: The month of the entries' business days, as its first day.
        signed: How many of its entries bear at least one signature.
        open_questions: How many questions about its entries are not settled.
    """

    __tablename__ = "audit_tallies"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["ledger_books.id"]),
        CheckConstraint("signed >= 0 AND open_questions >= 0", name="counts"),
        CLUSTERED,
    )

    book_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    signed: Mapped[int]
    open_questions: Mapped[int]
