"""The rows of the book as the database driver takes them: what posting reads, and what it writes.

SQLAlchemy opens the transaction; posting then speaks to its driver, because the object layer costs
thirty times what the book itself does. Both databases are given the same rows. SQLite runs inside
the process, so a statement costs next to nothing and each table is written by one. A PostgreSQL
stands at the other end of a line, so a batch is opened by one call and written by one, of functions
that the migrations made (``samut_open_batch``, ``samut_post_batch``); the rows of a long batch go
before, by COPY.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy.orm import Session

Row = tuple[Any, ...]
MonthRow = tuple[int, int, str, int, int, int]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a locked book, and what a key was used for before."""

    book_id: int
    code: str
    number: int
    seal: bytes
    recorded_at: datetime
    closed_until: date | None
    posted_before: tuple[int, int, bytes] | None


class AccountHead(NamedTuple):
    """What posting needs to know of an account; ``balance`` in satang, debit positive."""

    code: str
    fund: str
    keeps: str
    holds: str
    closed: int
    n: int
    balance: int


Heads = dict[int, AccountHead]
#: Of each account, the months that it has, by their first days: (opening, debit, credit) in satang.
Months = dict[int, dict[str, tuple[int, int, int]]]


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """What a batch rests on, read under the lock of its book."""

    head: Head
    accounts: Heads
    months: Months


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows of one batch, in the columns of their tables; days and moments are texts.

    Attributes:
        book_id: The book.
        first: The number of the first entry.
        last: The number of the last entry.
        seal: The seal of the last entry, which is the new head.
        recorded_at: When all of it was recorded.
        entries: See ``_ENTRIES``.
        postings: See ``_POSTINGS``.
        memos: See ``_MEMOS``.
        accounts: Heads of accounts as (n, balance, book, account).
        months: See ``_MONTHS``.
        key: See ``_KEYS``.
    """

    book_id: int
    first: int
    last: int
    seal: bytes
    recorded_at: str
    entries: list[Row]
    postings: list[Row]
    memos: list[Row]
    accounts: list[Row]
    months: list[MonthRow]
    key: Row


_HEAD = """
SELECT book.code, book.head_number, book.head_seal, book.head_recorded_at,
       (SELECT max(month) FROM ledger_periods WHERE book_id = book.id),
       used.first_number, used.last_number, used.digest
FROM ledger_books AS book
LEFT JOIN ledger_keys AS used ON used.book_id = book.id AND used.idempotency_key = ?
WHERE book.id = ?
"""
_MOVE_HEAD = """
UPDATE OR ROLLBACK ledger_books
SET head_number = ?, head_batch = ?, head_seal = ?, head_recorded_at = ? WHERE id = ?
"""
#: ``OR ROLLBACK``: a row that is refused takes the whole batch with it. Without it SQLite keeps,
#: for every row, a copy of the pages that it touches, to be able to take back that row alone.
_MOVE_ACCOUNT = (
    "UPDATE OR ROLLBACK ledger_accounts SET n = ?, balance_satang = ? WHERE book_id = ? AND id = ?"
)


def _insert(table: str, columns: str) -> str:
    marks = ", ".join("?" for _column in columns.split(","))
    return f"INSERT OR ROLLBACK INTO {table} ({columns}) VALUES ({marks})"


POSTING_COLUMNS = (
    "book_id, account_id, n, entry_number, line, fund, amount_satang, balance_after_satang"
)
ENTRY_COLUMNS = (
    "book_id, number, batch, kind, entered_on, recorded_at, posted_by, approved_by, reference,"
    " amount_satang, memo_digest, reverses_number, previous_seal, seal"
)
_POSTINGS = _insert("ledger_postings", POSTING_COLUMNS)
_ENTRIES = _insert("ledger_entries", ENTRY_COLUMNS)
_MEMOS = _insert("ledger_memos", "book_id, entry_number, text, salt")
_KEYS = _insert("ledger_keys", "book_id, idempotency_key, digest, first_number, last_number")
_MONTHS = (
    _insert(
        "ledger_month_balances",
        "book_id, account_id, month, opening_satang, debit_satang, credit_satang",
    )
    + " ON CONFLICT (book_id, account_id, month) DO UPDATE SET"
    " opening_satang = excluded.opening_satang, debit_satang = excluded.debit_satang,"
    " credit_satang = excluded.credit_satang"
)
#: Up to here, numbers stand in the statement one by one; more of them travel as one JSON list.
FEW = 16


@lru_cache(maxsize=4 * FEW)
def _among(statement: str, count: int) -> str:
    """Write a statement that asks for rows among so many numbers."""
    many = "(SELECT value FROM json_each(?))"
    few = "(" + ", ".join("?" * count) + ")"
    return statement.format(few if count <= FEW else many)


_ACCOUNTS = """
SELECT id, code, fund, keeps, holds, closed_on IS NOT NULL, n, balance_satang
FROM ledger_accounts WHERE book_id = ? AND id IN {0}
"""
_MONTHS_SINCE = """
SELECT account_id, month, opening_satang, debit_satang, credit_satang
FROM ledger_month_balances WHERE book_id = ? AND month >= ? AND account_id IN {0}
"""
_REVERSED = (
    "SELECT reverses_number FROM ledger_entries WHERE book_id = ? AND reverses_number IN {0}"
)


class Cursor(Protocol):
    """What both drivers' cursors can do."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, statement: str, rows: Sequence[Row], /) -> Any:
        """Run a statement once for each row."""

    def fetchone(self) -> Any:
        """Give the next row, or None."""

    def fetchall(self) -> Sequence[Any]:
        """Give the rows that are left."""


class Rows:
    """The statements of posting, on an SQLite connection."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def lock_book(self, *, book_id: int, idempotency_key: str) -> Head | None:
        """Lock a book and read its head; None when there is no such book."""
        # The transaction began IMMEDIATE, so the whole file is locked already.
        self._cursor.execute(_HEAD, (idempotency_key, book_id))
        found = self._cursor.fetchone()
        if found is None:
            return None
        code, number, seal, recorded_at, closed, first, last, digest = found
        return Head(
            book_id=book_id,
            code=code,
            number=number or 0,
            seal=seal,
            recorded_at=datetime.fromisoformat(recorded_at),
            closed_until=None if closed is None else date.fromisoformat(closed),
            posted_before=None if first is None else (first, last, digest),
        )

    def open_batch(
        self, *, book_id: int, idempotency_key: str, account_ids: Sequence[int], since: date
    ) -> OpenBatch | None:
        """Lock a book and read what a batch rests on; None when there is no such book.

        Args:
            book_id: The book.
            idempotency_key: What may have been posted before.
            account_ids: The accounts that will be posted to; unknown ones are left out.
            since: The first month that will be posted to.
        """
        head = self.lock_book(book_id=book_id, idempotency_key=idempotency_key)
        if head is None:
            return None
        accounts = {
            row[0]: AccountHead._make(row[1:])
            for row in self._find(_ACCOUNTS, account_ids, book_id)
        }
        months: Months = {}
        for account_id, month, opening, debited, credited in self._find(
            _MONTHS_SINCE, account_ids, book_id, since.isoformat()
        ):
            months.setdefault(account_id, {})[month] = (opening, debited, credited)
        return OpenBatch(head, accounts, months)

    def _find(self, statement: str, numbers: Sequence[int], *values: Any) -> Sequence[Any]:
        among = tuple(numbers) if len(numbers) <= FEW else (orjson.dumps(numbers).decode(),)
        self._cursor.execute(_among(statement, len(numbers)), (*values, *among))
        return self._cursor.fetchall()

    def reversed_among(self, *, book_id: int, numbers: Sequence[int]) -> list[int]:
        """Give those of the entries that have been taken back."""
        return [row[0] for row in self._find(_REVERSED, numbers, book_id)]

    def write(self, batch: BatchRows) -> None:
        """Move the head over the batch, write its rows, and last the key that seals it."""
        cursor = self._cursor
        cursor.execute(
            _MOVE_HEAD, (batch.last, batch.first, batch.seal, batch.recorded_at, batch.book_id)
        )
        cursor.executemany(_POSTINGS, batch.postings)
        cursor.executemany(_MOVE_ACCOUNT, batch.accounts)
        cursor.executemany(_ENTRIES, batch.entries)
        if batch.memos:
            cursor.executemany(_MEMOS, batch.memos)
        cursor.executemany(_MONTHS, batch.months)
        cursor.execute(_KEYS, batch.key)


class PostgresRows(Rows):
    """The same on PostgreSQL, by two functions of the database."""

    def lock_book(self, *, book_id: int, idempotency_key: str) -> Head | None:
        """Lock a book and read its head; None when there is no such book."""
        opened = self._open(book_id, idempotency_key, [], date.max)
        return None if opened is None else opened.head

    def open_batch(
        self, *, book_id: int, idempotency_key: str, account_ids: Sequence[int], since: date
    ) -> OpenBatch | None:
        """Lock a book and read what a batch rests on; None when there is no such book."""
        return self._open(book_id, idempotency_key, account_ids, since)

    def _open(
        self, book_id: int, key: str, account_ids: Sequence[int], since: date
    ) -> OpenBatch | None:
        self._cursor.execute(
            "SELECT * FROM public.samut_open_batch(%s, %s, %s, %s)",
            (str(book_id), key, _numbers(account_ids), since.isoformat()),
        )
        found = self._cursor.fetchone()
        if found is None:
            return None
        code, number, seal, recorded_at, closed, first, last, digest, ids, *rest = found
        head = Head(
            book_id=book_id,
            code=code,
            number=number or 0,
            seal=seal,
            recorded_at=recorded_at.astimezone(UTC),
            closed_until=closed,
            posted_before=None if first is None else (first, last, digest),
        )
        heads = dict(
            zip(ids or (), map(AccountHead, *(rest[:7] if ids else [()] * 7)), strict=True)
        )
        kept: Months = {}
        for account_id, month, *sums in zip(*(rest[7:] if rest[7] else [()] * 5), strict=True):
            kept.setdefault(account_id, {})[month] = (sums[0], sums[1], sums[2])
        return OpenBatch(head, heads, kept)

    def reversed_among(self, *, book_id: int, numbers: Sequence[int]) -> list[int]:
        """Give those of the entries that have been taken back."""
        self._cursor.execute(
            "SELECT reverses_number FROM public.ledger_entries"
            " WHERE book_id = %s AND reverses_number = ANY(%s::bigint[])",
            (book_id, _numbers(numbers)),
        )
        return [row[0] for row in self._cursor.fetchall()]

    def write(self, batch: BatchRows) -> None:
        """Write a batch by one call, in which each column travels as one array."""
        if len(batch.entries) > FEW:
            self._copy(batch)
            entries: Columns = [()] * 14
            postings: Columns = [()] * 8
        else:
            entries, postings = _columns(batch.entries), _columns(batch.postings)
        memos = _columns(batch.memos) if batch.memos else [()] * 4
        accounts, months = _columns(batch.accounts), _columns(batch.months)
        first = batch.entries[0]
        values = (
            *(str(batch.book_id), str(batch.first), str(batch.last), batch.recorded_at),
            *(batch.seal, first[6], first[7]),
            *(_texts(entries[3]), _plain(entries[4]), _texts(entries[8]), _numbers(entries[9])),
            *(_bytes(entries[10]), _numbers(entries[11]), _bytes(entries[12]), _bytes(entries[13])),
            *(_numbers(postings[1]), _numbers(postings[2]), _numbers(postings[3])),
            *(_numbers(postings[4]), _texts(postings[5])),
            *(_numbers(postings[6]), _numbers(postings[7])),
            *(_numbers(memos[1]), _texts(memos[2]), _bytes(memos[3])),
            *(_numbers(accounts[3]), _numbers(accounts[0]), _numbers(accounts[1])),
            *(_numbers(months[1]), _plain(months[2])),
            *(_numbers(months[3]), _numbers(months[4]), _numbers(months[5])),
            *batch.key[1:3],
        )
        marks = ", ".join(["%s"] * len(values))
        self._cursor.execute(f"SELECT public.samut_post_batch({marks})", values)

    def _copy(self, batch: BatchRows) -> None:
        """Write the postings and entries of a long batch by COPY, which costs half of an INSERT."""
        self._cursor.execute(
            _MOVE_HEAD_FIRST,
            (batch.last, batch.first, batch.seal, batch.recorded_at, batch.book_id),
        )
        # One template for the whole row: half the time of an f-string with eight holes.
        lines = ["%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\n" % row for row in batch.postings]  # noqa: UP031
        # A backslash would begin an escape; nothing else in these rows can.
        self._send(_COPY_POSTINGS, "".join(lines).replace("\\", "\\\\"))
        self._send(_COPY_ENTRIES, "".join([_entry_text(row) for row in batch.entries]))

    def _send(self, statement: str, rows: str) -> None:
        cursor: Any = self._cursor  # COPY is psycopg's own
        with cursor.copy(statement) as copy:
            copy.write(rows)


# The driver writes a list as an array element by element, each asked for its type: that took longer
# than the database needs for the whole batch. Here the type is known from the column.

Columns = Sequence[Sequence[Any]]
_MOVE_HEAD_FIRST = _MOVE_HEAD.replace("OR ROLLBACK ", "public.").replace("?", "%s")
_COPY_POSTINGS = f"COPY public.ledger_postings ({POSTING_COLUMNS}) FROM STDIN"
_COPY_ENTRIES = f"COPY public.ledger_entries ({ENTRY_COLUMNS}) FROM STDIN"


def _columns(rows: Sequence[Row]) -> Columns:
    return list(zip(*rows, strict=True))


def _numbers(column: Iterable[int | None]) -> str:
    """Write whole numbers as an array of PostgreSQL."""
    return "{" + ",".join(["NULL" if number is None else str(number) for number in column]) + "}"


def _plain(column: Iterable[str]) -> str:
    """Write days, which hold nothing that an array would need quoted."""
    return "{" + ",".join(column) + "}"


def _texts(column: Iterable[str]) -> str:
    """Write texts as an array of PostgreSQL."""
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in column]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def _bytes(column: Iterable[bytes]) -> str:
    """Write byte strings as an array of PostgreSQL."""
    quoted = ['"\\\\x' + value.hex() + '"' for value in column]
    return "{" + ",".join(quoted) + "}"


def _entry_text(row: Row) -> str:
    """Write a row of ``ENTRY_COLUMNS`` as COPY reads it."""
    book, number, batch, kind, on, at, by, also_by, paper, amount, *rest = row
    digest, reverses, previous, seal = rest
    return (
        f"{book}\t{number}\t{batch}\t{kind}\t{on}\t{at}\t{_escaped(by)}\t{_escaped(also_by)}"
        f"\t{_escaped(paper)}\t{amount}\t\\\\x{digest.hex()}"
        f"\t{_NOTHING if reverses is None else reverses}"
        f"\t\\\\x{previous.hex()}\t\\\\x{seal.hex()}\n"
    )


_NOTHING = "\\N"


def _escaped(text: str | None) -> str:
    """Write a text as COPY reads it."""
    if text is None:
        return _NOTHING
    if text.isalnum():
        return text
    for character, written in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, written)
    return text


def rows_of(session: Session) -> Rows:
    """Give the statements of posting on the connection of this session's transaction."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    return Rows(cursor) if connection.dialect.name == "sqlite" else PostgresRows(cursor)
