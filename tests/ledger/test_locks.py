"""What the database itself refuses, whoever asks: the second lock on the book.

Every probe speaks SQL on the connection of the running application.
"""

from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import db, services
from ledger.seal import first_seal
from ledger.verification import verify_book
from tests.ledger.books import (
    CASH,
    POSTED_AT,
    SOMSRI,
    WELFARE_CASH,
    book_of,
    open_small_book,
    pledge_paid,
    post,
    welfare_paid,
)


@pytest.fixture
def kept(book_id: int) -> int:
    """A book with two entries, one with a memo, and a closed March."""
    db.write(lambda session: _fill(session, book_id))
    return book_id


def _fill(session: Session, book_id: int) -> int:
    services.close_period(
        session, book_id=book_id, month=date(2023, 3, 1), closed_by="1", closed_at=POSTED_AT
    )
    drafts = [pledge_paid(100_00, memo="สัจจะเดือนเมษายน"), welfare_paid(30_00)]
    post(session, book_id, drafts, key="first")
    return book_id


def refused(*statements: str) -> str:
    """Run statements as one transaction, see them refused and give the reason."""
    with pytest.raises(DBAPIError) as caught:
        db.write(lambda session: run(session, *statements))
    return str(caught.value.orig)


def run(session: Session, *statements: str) -> None:
    """Run statements on the connection of a session."""
    for statement in statements:
        session.execute(text(statement))


def untouched(book_id: int) -> bool:
    """Tell whether the book verifies and still has its two entries."""

    def look(session: Session) -> bool:
        verified = verify_book(session, book=book_of(session, book_id))
        return (verified.entries, verified.postings, verified.findings) == (2, 4, ())

    return db.read(look)


ENTRY = (
    "INSERT INTO ledger_entries (book_id, number, batch, kind, entered_on, recorded_at, posted_by,"
    " approved_by, reference, amount_satang, memo_digest, reverses_number, previous_seal, seal) "
)
POSTING = (
    "INSERT INTO ledger_postings (book_id, account_id, n, entry_number, line, fund, amount_satang,"
    " balance_after_satang) VALUES "
)
MOVE_HEAD = (
    "UPDATE ledger_books SET head_number = 3, head_batch = 3, head_seal = previous.seal "
    "FROM (SELECT seal FROM ledger_entries WHERE number = 2) AS previous"
)
#: The key that seals the batch of entry 3.
SEAL = (
    "INSERT INTO ledger_keys (book_id, idempotency_key, digest, first_number, last_number)"
    " SELECT book_id, 'third', digest, 3, 3 FROM ledger_keys"
)
#: Entry 3 as a copy of the one before it, linked to it, with the seal that the head was moved to.
THIRD = ENTRY + (
    "SELECT book_id, 3, 3, kind, {entered_on}, recorded_at, posted_by, approved_by, reference,"
    " {amount}, memo_digest, NULL, {previous}, {seal} FROM ledger_entries WHERE number = {like}"
)


def third(
    *,
    entered_on: str = "entered_on",
    amount: str = "100",
    previous: str = "seal",
    seal: str = "seal",
    like: int = 2,
) -> str:
    """Write the statement that seals entry 3, with one thing wrong."""
    return THIRD.format(
        entered_on=entered_on, amount=amount, previous=previous, seal=seal, like=like
    )


def lines(*rows: tuple[int, int, int, str, int, int], number: int = 3) -> list[str]:
    """Write postings (account, n, line, fund, amount, balance) and move their accounts to them."""
    return [
        POSTING
        + ", ".join(
            f"(1, {account}, {n}, {number}, {line}, '{fund}', {amount}, {balance})"
            for account, n, line, fund, amount, balance in rows
        ),
        *(
            f"UPDATE ledger_accounts SET n = {n}, balance_satang = {balance} WHERE id = {account}"
            for account, n, _line, _fund, _amount, balance in rows
        ),
    ]


BALANCED = lines((CASH, 2, 1, "SAV", 100, 100_00 + 100), (SOMSRI, 2, 2, "SAV", -100, -100_00 - 100))


@pytest.mark.parametrize("table", ["entries", "postings", "keys", "periods"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_{table} SET book_id = book_id",
        "DELETE FROM ledger_{table}",
        "DELETE FROM ledger_{table} WHERE book_id = 1",
    ],
)
def test_sealed_rows_are_never_changed(engine: Engine, kept: int, table: str, change: str) -> None:
    assert refused(change.format(table=table))
    assert untouched(kept)


@pytest.mark.parametrize("table", ["books", "funds", "accounts", "memos"])
def test_kept_rows_are_never_taken_away(engine: Engine, kept: int, table: str) -> None:
    assert refused(f"DELETE FROM ledger_{table}")
    assert untouched(kept)


@pytest.mark.parametrize(
    "statement",
    [
        # an UPSERT, on each side of its conflict
        ENTRY + "SELECT book_id, number, batch, kind, entered_on, recorded_at, posted_by,"
        " approved_by, reference, 1, memo_digest, reverses_number, previous_seal, seal"
        " FROM ledger_entries WHERE number = 2"
        " ON CONFLICT (book_id, number) DO UPDATE SET amount_satang = 1",
        POSTING + "(1, 1, 1, 1, 1, 'SAV', 5, 5)"
        " ON CONFLICT (book_id, account_id, n) DO UPDATE SET amount_satang = 5",
        # the same number again, a number below zero, a number that skips
        ENTRY + "SELECT book_id, -5, batch, kind, entered_on, recorded_at, posted_by, approved_by,"
        " reference, amount_satang, memo_digest, NULL, previous_seal, seal"
        " FROM ledger_entries WHERE number = 2",
        ENTRY + "SELECT book_id, 9, batch, kind, entered_on, recorded_at, posted_by, approved_by,"
        " reference, amount_satang, memo_digest, NULL, seal, seal"
        " FROM ledger_entries WHERE number = 2",
        POSTING + "(1, 1, -5, 3, 1, 'SAV', 5, 5)",
        POSTING + "(1, 1, 3, -5, 1, 'SAV', 5, 5)",
        # text in a column of whole numbers
        POSTING + "(1, 1, 3, 3, 1, 'SAV', 'five', 5)",
        POSTING + "(1, 1, 3, 'five', 1, 'SAV', 5, 5)",
        "UPDATE ledger_accounts SET balance_satang = 'much' WHERE id = 1",
        # a posting for nobody, of nothing, to a sealed entry, beyond the head
        POSTING + "(7, 1, 1, 1, 1, 'SAV', 5, 5)",
        POSTING + "(1, 1, 2, 2, 3, 'SAV', 5, 10005)",
        POSTING + "(1, 1, 2, 3, 1, 'SAV', 5, 10005)",
        # a key that seals nothing, or seals again
        SEAL,
        SEAL.replace("3, 3", "1, 2"),
        # a close that says more than the book
        (
            "INSERT INTO ledger_periods SELECT book_id, '2023-02-01', closed_at, closed_by,"
            " head_number, head_seal FROM ledger_periods"
        ),
    ],
)
def test_rows_that_do_not_continue_the_book_are_refused(
    engine: Engine, kept: int, statement: str
) -> None:
    assert refused(statement)
    assert untouched(kept)


@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize(
    "table", ["entries", "postings", "keys", "periods", "memos", "accounts", "books", "funds"]
)
def test_sqlite_cannot_replace_a_row(sqlite_engine: Engine, verb: str, table: str) -> None:
    book_id = db.write(_open_and_post)

    assert refused(f"{verb} INTO ledger_{table} SELECT * FROM ledger_{table}")

    assert untouched(book_id)


def _open_and_post(session: Session) -> int:
    return _fill(session, open_small_book(session))


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([*BALANCED, third(amount="101")], "does not balance"),
        (
            [
                *lines(
                    (CASH, 2, 1, "SAV", 100, 100_00 + 100), (SOMSRI, 2, 2, "SAV", -99, -100_00 - 99)
                ),
                third(),
            ],
            "does not balance",
        ),
        (
            [
                *lines(
                    (CASH, 2, 1, "SAV", 100, 100_00 + 100),
                    (WELFARE_CASH, 2, 2, "WEL", -100, 30_00 - 100),
                ),
                third(),
            ],
            "does not balance",
        ),
        ([third()], "does not balance"),
        ([*lines((CASH, 2, 1, "SAV", 100, 100_00 + 100)), third()], "does not balance"),
        ([*BALANCED, third(previous="previous_seal")], "not linked"),
        ([*BALANCED, third(entered_on="'2023-03-31'")], "month is closed"),
        ([*BALANCED, third(seal="previous_seal")], "does not end at the head"),
        ([BALANCED[0], third()], "does not stand in its account"),
        (
            [
                *lines((CASH, 2, 1, "SAV", 100, 100), (SOMSRI, 2, 2, "SAV", -100, -100_00 - 100)),
                third(),
            ],
            "does not continue",
        ),
        (
            [
                *lines(
                    (CASH, 3, 1, "SAV", 100, 100_00 + 100),
                    (SOMSRI, 2, 2, "SAV", -100, -100_00 - 100),
                ),
                third(),
            ],
            "does not continue",
        ),
        (
            [
                *lines(
                    (CASH, 2, 1, "WEL", 100, 100_00 + 100),
                    (SOMSRI, 2, 2, "WEL", -100, -100_00 - 100),
                ),
                third(),
            ],
            "does not stand in its account",
        ),
        # account 4 is a control account, account 99 is nobody's
        (
            [
                *lines((CASH, 2, 1, "SAV", 100, 100_00 + 100), (4, 1, 2, "SAV", -100, -100)),
                third(),
            ],
            "does not stand in its account",
        ),
        (
            [
                *lines((CASH, 2, 1, "SAV", 100, 100_00 + 100), (99, 1, 2, "SAV", -100, -100)),
                third(),
            ],
            "does not stand in its account",
        ),
    ],
)
def test_an_entry_that_is_wrong_is_never_sealed(
    engine: Engine, kept: int, statements: list[str], reason: str
) -> None:
    assert reason in refused(MOVE_HEAD, *_on(engine, statements), SEAL)
    assert untouched(kept)


def _on(engine: Engine, statements: list[str]) -> list[str]:
    """Say what a date is where the engine asks."""
    if engine.dialect.name == "sqlite":
        return statements
    return [s.replace("'2023-03-31'", "date '2023-03-31'") for s in statements]


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        # the head moves on before the batch that it moved over is there
        (
            [
                MOVE_HEAD,
                *BALANCED,
                third(),
                "UPDATE ledger_books SET head_number = 4, head_batch = 4",
            ],
            "over one whole batch",
        ),
        # an entry that says it is of another batch, and one more after the key
        (
            [MOVE_HEAD, *BALANCED, third().replace("3, 3, kind", "3, 2, kind")],
            "not of the batch",
        ),
        (
            [MOVE_HEAD, *BALANCED, third(), SEAL, third().replace("3, 3, kind", "4, 3, kind")],
            "not of the batch",
        ),
        # a posting after the key
        (
            [MOVE_HEAD, *BALANCED, third(), SEAL, *lines((CASH, 3, 3, "SAV", 5, 100_00 + 105))],
            "not of the batch",
        ),
        # a batch of two of which only the last is there
        (
            [
                MOVE_HEAD.replace("head_number = 3", "head_number = 4"),
                *lines(
                    (CASH, 2, 1, "SAV", 100, 100_00 + 100),
                    (SOMSRI, 2, 2, "SAV", -100, -100_00 - 100),
                    number=4,
                ),
                third().replace("3, 3, kind", "4, 3, kind"),
                SEAL.replace("3, 3", "3, 4"),
            ],
            "not linked",
        ),
    ],
)
def test_a_batch_is_sealed_whole_and_once(
    engine: Engine, kept: int, statements: list[str], reason: str
) -> None:
    assert reason in refused(*statements)
    assert untouched(kept)


def test_an_entry_is_taken_back_once_whoever_asks(engine: Engine, kept: int) -> None:
    reversal = third().replace("memo_digest, NULL", "memo_digest, 1")
    db.write(lambda session: run(session, MOVE_HEAD, *BALANCED, reversal, SEAL))
    again = [
        statement.replace("3", "4")
        for statement in (
            "UPDATE ledger_books SET head_number = 3, head_batch = 3",
            (
                "INSERT INTO ledger_entries SELECT book_id, 3, 3, kind, entered_on, recorded_at,"
                " posted_by, approved_by, reference, amount_satang, memo_digest, reverses_number,"
                " seal, seal FROM ledger_entries WHERE reverses_number = 1"
            ),
        )
    ]

    assert "unique" in refused(*again).lower()


def test_months_may_be_rewritten_and_verification_says_so(engine: Engine, kept: int) -> None:
    """They are a convenience that anybody could add up again, so no lock keeps them."""
    db.write(
        lambda session: run(
            session, "UPDATE ledger_month_balances SET debit_satang = debit_satang + 1"
        )
    )

    findings = db.read(lambda session: verify_book(session, book=book_of(session, kept)).findings)

    assert len(findings) == 4
    assert all("its months do not add up" in finding.what for finding in findings)


def test_work_that_swallows_a_refusal_is_not_told_that_it_was_written(
    sqlite_engine: Engine,
) -> None:
    book_id = db.write(_open_and_post)

    def careless(session: Session) -> None:
        session.execute(text("UPDATE ledger_funds SET name_th = 'changed'"))
        with pytest.raises(DBAPIError):
            session.execute(text("UPDATE ledger_accounts SET n = 7 WHERE id = 1"))

    with pytest.raises(AssertionError, match="swallowed"):
        db.write(careless)

    changed = text("SELECT count(*) FROM ledger_funds WHERE name_th = 'changed'")
    assert db.read(lambda session: session.scalar(changed)) == 0
    assert untouched(book_id)


@pytest.mark.parametrize("how", ["IGNORE", "FAIL", "ABORT", "REPLACE", "ROLLBACK"])
def test_no_way_of_inserting_gets_past_a_lock_of_sqlite(sqlite_engine: Engine, how: str) -> None:
    book_id = db.write(_open_and_post)

    assert "not of the batch" in refused(
        f"INSERT OR {how} INTO ledger_postings VALUES (1, 1, 2, 2, 3, 'SAV', 5, 10005)"
    )
    assert refused(f"UPDATE OR {how} ledger_accounts SET id = 2 WHERE id = 1")
    assert untouched(book_id)


def test_the_right_entry_is_sealed_by_the_same_statements(engine: Engine, kept: int) -> None:
    """The probes above fail for what is wrong in them, not for how they are written."""
    db.write(lambda session: run(session, MOVE_HEAD, *BALANCED, third(), SEAL))

    count = db.read(lambda session: session.scalar(text("SELECT count(*) FROM ledger_entries")))

    assert count == 3


@pytest.mark.parametrize(
    "statements",
    [[MOVE_HEAD], [MOVE_HEAD, *BALANCED], [MOVE_HEAD, *BALANCED, third()]],
    ids=["head alone", "orphan postings", "no key"],
)
def test_a_commit_without_the_whole_batch_is_refused(
    engine: Engine, kept: int, statements: list[str]
) -> None:
    assert "FOREIGN KEY" in refused(*statements).upper()
    assert untouched(kept)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_books SET code = 'OTHER'",
        "UPDATE ledger_books SET head_number = 1",
        "UPDATE ledger_books SET head_number = NULL",
        "UPDATE ledger_books SET head_seal = memo_digest FROM ledger_entries",
        "UPDATE ledger_accounts SET balance_satang = 1 WHERE id = 1",
        "UPDATE ledger_accounts SET n = 7 WHERE id = 1",
        "UPDATE ledger_accounts SET n = 0, balance_satang = 0 WHERE id = 1",
        "UPDATE ledger_accounts SET code = '99999' WHERE id = 1",
        "UPDATE ledger_accounts SET fund = 'WEL' WHERE id = 1",
        "UPDATE ledger_accounts SET kind = 'expense' WHERE id = 1",
        "UPDATE ledger_accounts SET holds = 'member' WHERE id = 1",
        "UPDATE ledger_accounts SET control_id = 4 WHERE id = 1",
        "UPDATE ledger_memos SET text = 'something else'",
        "UPDATE ledger_memos SET entry_number = 2",
        "UPDATE ledger_memos SET entry_number = 2, text = NULL, salt = NULL",
        # over a batch that is not there, from the middle of one, and without a step
        "UPDATE ledger_books SET head_number = 4, head_batch = 4",
        "UPDATE ledger_books SET head_number = 3, head_batch = 2",
        "UPDATE ledger_books SET head_batch = 2",
    ],
)
def test_what_may_move_moves_only_as_the_book_does(
    engine: Engine, kept: int, statement: str
) -> None:
    assert refused(statement)
    assert untouched(kept)


def test_a_memo_can_be_erased_and_the_seal_stays_whole(engine: Engine, kept: int) -> None:
    db.write(lambda session: run(session, "UPDATE ledger_memos SET text = NULL, salt = NULL"))

    assert untouched(kept)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER ledger_entries_refuse_update",
        "DROP TABLE ledger_entries",
        "DROP INDEX ix_ledger_entries_feed",
        "ALTER TABLE ledger_entries ADD COLUMN forged TEXT",
        "ALTER TABLE ledger_entries RENAME TO forged",
        "ATTACH DATABASE ':memory:' AS other",
        "CREATE TABLE ledger_shadow (a INTEGER)",
        "CREATE TEMP TABLE ledger_entries (a INTEGER)",
        "CREATE TEMP VIEW ledger_entries AS SELECT 1",
        "CREATE TEMP TRIGGER t AFTER INSERT ON ledger_entries BEGIN SELECT 1; END",
        "CREATE TRIGGER t AFTER INSERT ON ledger_entries BEGIN SELECT 1; END",
        "PRAGMA writable_schema = ON",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA foreign_keys = OFF",
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA synchronous = OFF",
        "PRAGMA journal_mode = OFF",
        "PRAGMA user_version = 9",
        "UPDATE sqlite_master SET sql = ''",
        "DELETE FROM sqlite_master",
        "VACUUM INTO '/tmp/copy.db'",
        "PRAGMA defer_foreign_keys = ON",
        "PRAGMA trusted_schema = ON",
        "ANALYZE",
        "REINDEX",
    ],
)
def test_the_running_application_cannot_change_an_sqlite_book_s_making(
    sqlite_engine: Engine, statement: str
) -> None:
    book_id = db.write(_open_and_post)

    assert refused(statement)

    assert untouched(book_id)


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE ledger_entries CASCADE",
        "TRUNCATE ledger_postings",
        "SET session_replication_role = replica",
        "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
        "DROP TABLE ledger_postings",
        "DROP TRIGGER ledger_entries_refuse_change ON ledger_entries",
        "CREATE TEMP TABLE ledger_entries (a integer)",
        "CREATE TEMP VIEW ledger_entries AS SELECT 1",
        "CREATE FUNCTION pg_temp.now() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE public.ledger_shadow (a integer)",
        "CREATE SCHEMA samut_app",
        "ALTER TABLE ledger_postings OWNER TO samut_app",
        "CREATE RULE forge AS ON INSERT TO ledger_entries DO ALSO NOTHING",
        (
            "CREATE TRIGGER forge BEFORE INSERT ON ledger_entries"
            " EXECUTE FUNCTION samut_refuse_change()"
        ),
        (
            "CREATE OR REPLACE FUNCTION public.samut_refuse_change() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        ),
        "SET ROLE samut_owner",
        "UPDATE alembic_version SET version_num = '0001'",
        "COPY ledger_entries TO PROGRAM 'cat'",
        (
            "MERGE INTO ledger_entries AS kept USING (SELECT 1 AS one) AS fresh ON true"
            " WHEN MATCHED THEN DELETE"
        ),
    ],
)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_application_s_role_cannot_change_a_postgresql_book_s_making(
    engine: Engine, kept: int, statement: str
) -> None:
    assert refused(statement)
    assert untouched(kept)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount_satang = 1",
        "DELETE FROM ledger_postings",
        "TRUNCATE ledger_entries CASCADE",
    ],
)
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_even_the_owner_cannot_switch_the_locks_off_for_a_session(
    engine: Engine, kept: int, statement: str
) -> None:
    owner = create_engine(engine.url.set(username="samut_owner"))
    with owner.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text(f"SET session_replication_role = replica; {statement}"))
    owner.dispose()

    assert "never changed" in str(caught.value)
    assert untouched(kept)


def test_an_empty_book_starts_from_the_seal_of_its_code(engine: Engine, book_id: int) -> None:
    book = db.read(lambda session: book_of(session, book_id))

    assert (book.head_number, book.head_seal) == (None, first_seal("KHP06"))
