"""Verification finds what the locks did not keep out, and names the first entry that disagrees.

The tampering is done as somebody would who has the file: on a connection without guard or triggers.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ledger import db, services
from ledger.db import read, write
from ledger.seal import first_seal
from ledger.verification import Finding, Verified, verify_book
from tests.ledger.books import (
    BOONMEE,
    MALEE,
    PLEDGES,
    book_of,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)

MAY_2 = datetime(2023, 5, 2, 2, 0, tzinfo=UTC)


@dataclass
class Tampered:
    """A book whose file somebody has in his hands."""

    file: str
    book_id: int

    def run(self, *statements: str) -> None:
        """Change the file with every lock taken off."""
        with closing(sqlite3.connect(self.file)) as connection:
            triggers = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for (name,) in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def verified(self) -> Verified:
        """Verify the book."""
        return read(lambda session: verify_book(session, book=book_of(session, self.book_id)))


@pytest.fixture
def tampered(sqlite_engine: Engine) -> Tampered:
    """A book with five entries, one taken back, a memo and a closed month."""

    def fill(session: Session) -> int:
        book_id = open_small_book(session)
        post(
            session,
            book_id,
            [
                pledge_paid(100_00, memo="สัจจะเดือนเมษายน"),
                pledge_paid(200_00, saver=BOONMEE),
                welfare_paid(30_00),
            ],
            key="april",
        )
        services.close_period(
            session, book_id=book_id, month=date(2023, 4, 1), closed_by=MALEE, closed_at=MAY_2
        )
        services.reverse_entry(
            session,
            book_id=book_id,
            number=2,
            entered_on=date(2023, 5, 1),
            memo="",
            idempotency_key="back",
            posted_by=MALEE,
            posted_at=MAY_2,
        )
        post(
            session,
            book_id,
            [pledge_paid(20_00, saver=BOONMEE, on=date(2023, 5, 2))],
            key="may",
            posted_at=MAY_2,
        )
        return book_id

    book_id = write(fill)
    file = sqlite_engine.url.database
    assert file is not None
    return Tampered(file, book_id)


def test_a_book_that_nobody_touched_agrees(tampered: Tampered) -> None:
    verified = tampered.verified()

    assert (verified.entries, verified.postings, verified.findings) == (5, 10, ())
    assert verified.book_code == "KHP06"


def test_an_empty_book_agrees(engine: Engine, book_id: int) -> None:
    verified = read(lambda session: verify_book(session, book=book_of(session, book_id)))

    assert (verified.entries, verified.findings) == (0, ())
    assert verified.head_seal == first_seal("KHP06")


@pytest.mark.parametrize(
    ("statement", "number", "words"),
    [
        ("UPDATE ledger_entries SET kind = 'expense' WHERE number = 3", 3, "its seal"),
        ("UPDATE ledger_entries SET entered_on = '2023-04-05' WHERE number = 3", 3, "its seal"),
        ("UPDATE ledger_entries SET reference = 'x' WHERE number = 2", 2, "its seal"),
        ("UPDATE ledger_entries SET posted_by = '9' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET approved_by = '9' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET memo_digest = x'' WHERE number = 1", 1, "its seal"),
        ("UPDATE ledger_entries SET amount_satang = 1 WHERE number = 4", 4, "balance"),
        ("UPDATE ledger_entries SET previous_seal = seal WHERE number = 4", 4, "not linked"),
        ("UPDATE ledger_entries SET seal = x'00' WHERE number = 2", 2, "its seal"),
        ("UPDATE ledger_entries SET reverses_number = 5 WHERE number = 4", 4, "later entry"),
        (
            (
                "UPDATE ledger_entries SET recorded_at = '2023-01-01T00:00:00.000000Z'"
                " WHERE number = 3"
            ),
            3,
            "recorded before",
        ),
        ("UPDATE ledger_entries SET entered_on = '2023-04-30' WHERE number = 5", 5, "closed"),
        ("DELETE FROM ledger_entries WHERE number = 3", 3, "missing"),
        ("DELETE FROM ledger_entries WHERE number = 5", 5, "without an entry"),
        ("DELETE FROM ledger_postings WHERE entry_number = 3", 3, "balance"),
        ("DELETE FROM ledger_postings WHERE entry_number = 3 AND line = 1", 3, "line 1"),
        ("UPDATE ledger_postings SET account_id = 77 WHERE entry_number = 2 AND line = 2", 2, "2"),
        (
            (
                f"UPDATE ledger_postings SET account_id = {PLEDGES}"
                " WHERE entry_number = 2 AND line = 2"
            ),
            2,
            "wrong fund",
        ),
        (
            "UPDATE ledger_postings SET fund = 'WEL' WHERE entry_number = 2 AND line = 2",
            2,
            "wrong fund",
        ),
        (
            (
                "UPDATE ledger_postings SET amount_satang = amount_satang + 1"
                " WHERE entry_number = 2 AND line = 1"
            ),
            2,
            "balance",
        ),
        (
            "UPDATE ledger_postings SET amount_satang = amount_satang * 2 WHERE entry_number = 2",
            2,
            "balance",
        ),
        ("UPDATE ledger_accounts SET code = '31020-9999' WHERE id = 10", 1, "its seal"),
        (
            "UPDATE ledger_postings SET balance_after_satang = 1 WHERE entry_number = 4 AND n > 1",
            4,
            "running balance",
        ),
        ("UPDATE ledger_memos SET text = 'อื่น' WHERE entry_number = 1", 1, "memo"),
        ("UPDATE ledger_periods SET head_seal = x'00'", 3, "at the close"),
    ],
)
def test_the_first_entry_that_disagrees_is_named(
    tampered: Tampered, statement: str, number: int, words: str
) -> None:
    tampered.run(statement)

    findings = tampered.verified().findings

    assert findings[0].entry_number == number, findings
    assert words in findings[0].what
    assert findings[0].thai


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger_books SET head_number = 4", "the head says 4"),
        ("UPDATE ledger_books SET head_seal = x'00'", "the head says 5"),
        ("UPDATE ledger_accounts SET balance_satang = 1 WHERE id = 1", "account 11010"),
        ("UPDATE ledger_accounts SET n = 9 WHERE id = 1", "account 11010"),
        ("UPDATE ledger_accounts SET kind = 'income' WHERE id = 10", "its control account"),
        ("UPDATE ledger_month_balances SET debit_satang = 1 WHERE account_id = 1", "its months"),
        ("DELETE FROM ledger_month_balances WHERE account_id = 1", "its months"),
        (
            "INSERT INTO ledger_month_balances VALUES (1, 9, '2023-04-01', 0, 5, 5)",
            "account number 9",
        ),
        ("UPDATE ledger_keys SET last_number = 9 WHERE last_number = 5", "keys"),
        ("DELETE FROM ledger_keys WHERE last_number = 4", "keys"),
    ],
)
def test_what_the_book_keeps_beside_its_entries_is_derived_anew(
    tampered: Tampered, statement: str, words: str
) -> None:
    tampered.run(statement)

    findings = tampered.verified().findings

    assert findings
    assert any(words in finding.what for finding in findings), findings
    assert all(finding.entry_number is None for finding in findings)


def test_cutting_the_tail_is_seen_while_the_head_is_kept(tampered: Tampered) -> None:
    tampered.run(
        "DELETE FROM ledger_postings WHERE entry_number = 5",
        "DELETE FROM ledger_entries WHERE number = 5",
    )

    (finding, *_others) = tampered.verified().findings

    assert finding.what == "the head says 5, the last entry is 4"


def test_an_erased_memo_is_not_a_fault(tampered: Tampered) -> None:
    tampered.run("UPDATE ledger_memos SET text = NULL, salt = NULL")

    assert tampered.verified().findings == ()


def test_a_finding_names_its_book() -> None:
    finding = Finding("KHP06", 3, "entry 3: gone", "หายไป")

    assert (finding.book_code, finding.entry_number) == ("KHP06", 3)
    assert db.MOST_TRIES > 1
