"""The rows of the book as the database driver takes them: one statement a table, built once.

SQLAlchemy opens the transaction; posting then speaks to its driver, because the object layer costs
thirty times what the book itself does. Both databases are given the same rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

import orjson
from sqlalchemy.orm import Session

from ledger.seal import moment_text

Row = tuple[Any, ...]
MonthRow = tuple[int, int, Any, int, int, int]


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


@dataclass(frozen=True, slots=True)
class AccountHead:
    """What posting needs to know of an account; ``balance`` in satang, debit positive."""

    code: str
    fund: str
    keeps: str
    holds: str
    closed: bool
    n: int
    balance: int


Heads = dict[int, AccountHead]

_HEAD = """
SELECT book.code, book.head_number, book.head_seal, book.head_recorded_at,
       (SELECT max(month) FROM ledger_periods WHERE book_id = book.id),
       used.first_number, used.last_number, used.digest
FROM ledger_books AS book
LEFT JOIN ledger_keys AS used ON used.book_id = book.id AND used.idempotency_key = {0}
WHERE book.id = {0}
"""
_ACCOUNTS = """
SELECT id, code, fund, keeps, holds, closed_on IS NOT NULL, n, balance_satang
FROM ledger_accounts WHERE book_id = {0} AND id IN {1}
"""
_MONTHS = """
SELECT account_id, month, opening_satang, debit_satang, credit_satang
FROM ledger_month_balances WHERE book_id = {0} AND month >= {0} AND account_id IN {1}
"""
_REVERSED = """
SELECT reverses_number FROM ledger_entries WHERE book_id = {0} AND reverses_number IN {1}
"""
_MOVE_HEAD = """
UPDATE ledger_books SET head_number = {0}, head_seal = {0}, head_recorded_at = {0} WHERE id = {0}
"""
#: Table, columns, and the PostgreSQL types of the arrays that carry them.
_POSTINGS = (
    "ledger_postings",
    "book_id, account_id, n, entry_number, line, fund, amount_satang, balance_after_satang",
    "bigint bigint bigint bigint bigint text bigint bigint",
)
_ENTRIES = (
    "ledger_entries",
    (
        "book_id, number, batch, kind, entered_on, recorded_at, posted_by, approved_by, "
        "reference, amount_satang, memo_digest, reverses_number, previous_seal, seal"
    ),
    "bigint bigint bigint text date timestamptz text text text bigint bytea bigint bytea bytea",
)
_MEMOS = ("ledger_memos", "book_id, entry_number, text, salt", "bigint bigint text bytea")
_KEYS = (
    "ledger_keys",
    "book_id, idempotency_key, digest, first_number, last_number",
    "bigint text bytea bigint bigint",
)
_MONTH_ROWS = (
    "ledger_month_balances",
    "book_id, account_id, month, opening_satang, debit_satang, credit_satang",
    "bigint bigint date bigint bigint bigint",
)
_ON_MONTH_CONFLICT = """
ON CONFLICT (book_id, account_id, month) DO UPDATE SET opening_satang = excluded.opening_satang,
debit_satang = excluded.debit_satang, credit_satang = excluded.credit_satang
"""


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

    _mark = "?"
    _among = "(SELECT value FROM json_each(?))"

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def moment(self, moment: datetime) -> Any:
        """Give a moment as the driver takes it."""
        return moment_text(moment)

    def day(self, day: date) -> Any:
        """Give a day as the driver takes it."""
        return day.isoformat()

    def _read_moment(self, stored: Any) -> datetime:
        return datetime.fromisoformat(stored)

    def _read_day(self, stored: Any) -> date:
        return date.fromisoformat(stored)

    def _list(self, numbers: Sequence[int]) -> Any:
        return orjson.dumps(numbers).decode()

    def _fetch(self, statement: str, *values: Any) -> Sequence[Any]:
        self._cursor.execute(statement.format(self._mark, self._among), values)
        return self._cursor.fetchall()

    def _insert(self, table: tuple[str, str, str], rows: Sequence[Row], tail: str = "") -> None:
        name, columns, types = table
        marks = ", ".join("?" for _type in types.split())
        self._cursor.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks}){tail}", rows)

    def lock_book(self, *, book_id: int, idempotency_key: str) -> Head | None:
        """Lock a book and read its head; None when there is no such book."""
        found = self._fetch(_HEAD, idempotency_key, book_id)
        if not found:
            return None
        code, number, seal, recorded_at, closed, first, last, digest = found[0]
        return Head(
            book_id=book_id,
            code=code,
            number=number or 0,
            seal=bytes(seal),
            recorded_at=self._read_moment(recorded_at),
            closed_until=None if closed is None else self._read_day(closed),
            posted_before=None if first is None else (first, last, bytes(digest)),
        )

    def account_heads(self, *, book_id: int, account_ids: Sequence[int]) -> Heads:
        """Read the heads of accounts by their numbers; those that do not exist are left out."""
        found = self._fetch(_ACCOUNTS, book_id, self._list(account_ids))
        return {
            number: AccountHead(code, fund, keeps, holds, bool(closed), n, balance)
            for number, code, fund, keeps, holds, closed, n, balance in found
        }

    def months_since(
        self, *, book_id: int, account_ids: Sequence[int], month: date
    ) -> Mapping[int, Mapping[date, tuple[int, int, int]]]:
        """Read the months of accounts from one on, as (opening, debit, credit) in satang."""
        months: dict[int, dict[date, tuple[int, int, int]]] = {}
        for account_id, day, *sums in self._fetch(
            _MONTHS, book_id, self.day(month), self._list(account_ids)
        ):
            months.setdefault(account_id, {})[self._read_day(day)] = (sums[0], sums[1], sums[2])
        return months

    def reversed_among(self, *, book_id: int, numbers: Sequence[int]) -> list[int]:
        """Give those of the entries that have been taken back."""
        return [row[0] for row in self._fetch(_REVERSED, book_id, self._list(numbers))]

    def move_head(self, *, book_id: int, number: int, seal: bytes, recorded_at: Any) -> None:
        """Move the head of the book to what the last entry of this batch will be."""
        self._cursor.execute(_MOVE_HEAD.format(self._mark), (number, seal, recorded_at, book_id))

    def insert_postings(self, rows: Sequence[Row]) -> None:
        """Write postings; their entries must follow."""
        self._insert(_POSTINGS, rows)

    def insert_entries(self, rows: Sequence[Row]) -> None:
        """Write the entries that seal the postings written before."""
        self._insert(_ENTRIES, rows)

    def insert_memos(self, rows: Sequence[Row]) -> None:
        """Write what was said about the entries."""
        if rows:
            self._insert(_MEMOS, rows)

    def insert_key(self, row: Row) -> None:
        """Keep the key of a request for ever."""
        self._insert(_KEYS, [row])

    def upsert_months(self, rows: Sequence[MonthRow]) -> None:
        """Write the months of accounts as they now stand."""
        self._insert(_MONTH_ROWS, rows, _ON_MONTH_CONFLICT)

    def update_accounts(self, rows: Sequence[Row]) -> None:
        """Write the heads of accounts: (n, balance, book_id, id)."""
        self._cursor.executemany(
            "UPDATE ledger_accounts SET n = ?, balance_satang = ? WHERE book_id = ? AND id = ?",
            rows,
        )


class PostgresRows(Rows):
    """The same statements on PostgreSQL, where a table is written by one statement of arrays."""

    _mark = "%s"
    _among = "(SELECT unnest(%s::bigint[]))"

    def lock_book(self, *, book_id: int, idempotency_key: str) -> Head | None:
        """Lock a book and read its head; None when there is no such book."""
        # The lock is waited for in a statement of its own: what a statement reads beside the row
        # it locks, such as the keys, is as old as the moment it began to wait.
        self._cursor.execute("SELECT 1 FROM ledger_books WHERE id = %s FOR UPDATE", (book_id,))
        return super().lock_book(book_id=book_id, idempotency_key=idempotency_key)

    def moment(self, moment: datetime) -> Any:
        """Give a moment as the driver takes it."""
        return moment

    def day(self, day: date) -> Any:
        """Give a day as the driver takes it."""
        return day

    def _read_moment(self, stored: Any) -> datetime:
        moment: datetime = stored
        return moment.astimezone(UTC)

    def _read_day(self, stored: Any) -> date:
        day: date = stored
        return day

    def _list(self, numbers: Sequence[int]) -> Any:
        return list(numbers)

    def _insert(self, table: tuple[str, str, str], rows: Sequence[Row], tail: str = "") -> None:
        name, columns, types = table
        arrays = ", ".join(f"%s::{kind}[]" for kind in types.split())
        self._cursor.execute(
            f"INSERT INTO public.{name} AS kept ({columns}) SELECT * FROM unnest({arrays}){tail}",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def update_accounts(self, rows: Sequence[Row]) -> None:
        """Write the heads of accounts: (n, balance, book_id, id)."""
        self._cursor.execute(
            "UPDATE public.ledger_accounts AS kept SET n = fresh.n, balance_satang = fresh.balance "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) "
            "AS fresh(n, balance, book_id, id) "
            "WHERE kept.book_id = fresh.book_id AND kept.id = fresh.id",
            [list(column) for column in zip(*rows, strict=True)],
        )


def rows_of(session: Session) -> Rows:
    """Give the statements of posting on the connection of this session's transaction."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    return Rows(cursor) if connection.dialect.name == "sqlite" else PostgresRows(cursor)
