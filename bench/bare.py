"""The floor: the rows of an entry written by the bare driver, with nothing looked at.

The same rows in the same tables with the same keys and indexes as the service leaves behind, made
as durable, in as few statements as the driver's usual way needs. But no seal, no digest of the
request, no rule, no trigger, no foreign key and no SQLAlchemy: what nobody should keep a book with.
"""

import sqlite3
from collections.abc import Callable
from itertools import count
from typing import Any

import psycopg

from bench.village import CODE, OFFICER, PURSE, Village

SEAL = bytes(32)
Row = tuple[Any, ...]

INSERT = {
    "ledger_entries": (
        "book_id, number, batch, kind, entered_on, recorded_at, posted_by, approved_by, reference,"
        " amount_satang, memo_digest, reverses_number, previous_seal, seal"
    ),
    "ledger_postings": (
        "book_id, account_id, n, entry_number, line, fund, amount_satang, balance_after_satang"
    ),
    "ledger_memos": "book_id, entry_number, text, salt",
    "ledger_keys": "book_id, idempotency_key, digest, first_number, last_number",
    "ledger_month_balances": (
        "book_id, account_id, month, opening_satang, debit_satang, credit_satang"
    ),
}
ADD_TO_MONTH = (
    " ON CONFLICT (book_id, account_id, month) DO UPDATE SET"
    " debit_satang = ledger_month_balances.debit_satang + excluded.debit_satang,"
    " credit_satang = ledger_month_balances.credit_satang + excluded.credit_satang"
)


def insert(table: str, mark: str) -> str:
    """Write the statement that inserts one row."""
    columns = INSERT[table]
    marks = ", ".join(mark for _column in columns.split(","))
    tail = ADD_TO_MONTH if table == "ledger_month_balances" else ""
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}){tail}"


class Bare:
    """A writer that holds one connection and writes rows.

    Attributes:
        village: Where its entries come from.
    """

    mark = "?"

    def __init__(self, connection: Any, village: Village) -> None:
        self.village = village
        self._connection = connection
        self._keys = count(1)
        (self._book,) = self._one("SELECT id FROM ledger_books WHERE code = ?", CODE)
        self._statements = {table: insert(table, self.mark) for table in INSERT}
        self._move_head = self._mark(
            "UPDATE ledger_books SET head_number = coalesce(head_number, 0) + ?, head_seal = ?,"
            " head_recorded_at = ? WHERE id = ? RETURNING head_number"
        )
        self._add = self._mark(
            "UPDATE ledger_accounts SET n = n + 1, balance_satang = balance_satang + ?"
            " WHERE book_id = ? AND id = ? RETURNING n, balance_satang"
        )
        self._set = self._mark(
            "UPDATE ledger_accounts SET n = ?, balance_satang = ? WHERE book_id = ? AND id = ?"
        )

    def _mark(self, statement: str) -> str:
        return statement.replace("?", self.mark)

    def _one(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(self._mark(statement), values).fetchone()

    def moment(self) -> Any:
        """Give the moment of writing as the driver takes it."""
        return self.village.posted_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def day(self, first: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Give the business day, or the first of its month, as the driver takes it."""
        day = self.village.day.replace(day=1) if first else self.village.day
        return day.isoformat()

    def entry(self, number: int, batch: int, amount: int) -> Row:
        """Give the row of an entry."""
        return (
            *(self._book, number, batch, "receipt", self.day(), self.moment(), OFFICER, None),
            *(self.village.reference, amount, b"", None, SEAL, SEAL),
        )

    def statement_by_statement(self) -> None:
        """Write one entry in a transaction of its own, as a plain application would."""
        run, lines = self._connection.execute, self.village.lines()
        run("BEGIN IMMEDIATE" if self.mark == "?" else "BEGIN")
        (number,) = run(self._move_head, (1, SEAL, self.moment(), self._book)).fetchone()
        run(self._statements["ledger_entries"], self.entry(number, number, lines[0][1]))
        for line, (account, amount) in enumerate(lines, start=1):
            n, balance = run(self._add, (amount, self._book, account)).fetchone()
            run(
                self._statements["ledger_postings"],
                (self._book, account, n, number, line, PURSE, amount, balance),
            )
            run(self._statements["ledger_month_balances"], self._month(account, amount, balance))
        if self.village.memo:
            run(self._statements["ledger_memos"], (self._book, number, self.village.memo, SEAL))
        run(self._statements["ledger_keys"], self._key(number, number))
        run("COMMIT")

    def _month(self, account: int, amount: int, balance: int) -> Row:
        return (
            *(self._book, account, self.day(first=True), balance - amount),
            *(max(amount, 0), max(-amount, 0)),
        )

    def _key(self, first: int, last: int) -> Row:
        return (self._book, f"bare {next(self._keys)}", SEAL, first, last)

    def _rows(self, entries: int, first: int, heads: dict[int, tuple[int, int]]) -> dict[str, Any]:
        """Make the rows of a batch, with balances added up here rather than in the database."""
        rows: dict[str, list[Row]] = {table: [] for table in INSERT}
        months: dict[int, list[int]] = {}
        touched: dict[int, tuple[int, int]] = {}
        for number in range(first, first + entries):
            lines = self.village.lines()
            for line, (account, amount) in enumerate(lines, start=1):
                n, balance = touched.get(account) or heads[account]
                n, balance = touched[account] = n + 1, balance + amount
                rows["ledger_postings"].append(
                    (self._book, account, n, number, line, PURSE, amount, balance)
                )
                sides = months.setdefault(account, [balance - amount, 0, 0])
                sides[1 if amount > 0 else 2] += abs(amount)
            rows["ledger_entries"].append(self.entry(number, first, lines[0][1]))
            if self.village.memo:
                rows["ledger_memos"].append((self._book, number, self.village.memo, SEAL))
        month = self.day(first=True)
        rows["ledger_month_balances"] = [
            (self._book, account, month, *sides) for account, sides in months.items()
        ]
        rows["ledger_keys"] = [self._key(first, first + entries - 1)]
        heads.update(touched)
        return {**rows, "heads": [(*head, self._book, a) for a, head in touched.items()]}

    def executemany(self, entries: int) -> None:
        """Write a batch in one transaction, each table by the driver's executemany."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.mark == "?" else "BEGIN")
        rows = self._batch(cursor, entries)
        for table, statement in self._statements.items():
            if rows[table]:
                cursor.executemany(statement, rows[table])
        cursor.executemany(self._set, rows["heads"])
        cursor.execute("COMMIT")

    def _batch(self, cursor: Any, entries: int) -> dict[str, Any]:
        """Move the head, read the balances, and make the rows."""
        cursor.execute(self._move_head, (entries, SEAL, self.moment(), self._book))
        (last,) = cursor.fetchone()
        cursor.execute(
            self._mark("SELECT id, n, balance_satang FROM ledger_accounts WHERE book_id = ?"),
            (self._book,),
        )
        heads = {account: (n, balance) for account, n, balance in cursor.fetchall()}
        return self._rows(entries, last - entries + 1, heads)


class BarePostgres(Bare):
    """The same on PostgreSQL, and the faster ways that it has."""

    mark = "%s"

    def moment(self) -> Any:
        """Give the moment of writing as the driver takes it."""
        return self.village.posted_at

    def day(self, first: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Give the business day, or the first of its month, as the driver takes it."""
        return self.village.day.replace(day=1) if first else self.village.day

    def copy(self, entries: int) -> None:
        """Write a batch in one transaction, each long table by COPY."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN")
        rows = self._batch(cursor, entries)
        for table in ("ledger_entries", "ledger_postings", "ledger_memos", "ledger_keys"):
            with cursor.copy(f"COPY {table} ({INSERT[table]}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)
        arrays = [list(column) for column in zip(*rows["ledger_month_balances"], strict=True)]
        cursor.execute(
            f"INSERT INTO ledger_month_balances ({INSERT['ledger_month_balances']}) SELECT * FROM"
            " unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[], %s::bigint[],"
            f" %s::bigint[]){ADD_TO_MONTH}",
            arrays,
        )
        cursor.execute(
            "UPDATE ledger_accounts AS kept SET n = fresh.n, balance_satang = fresh.balance"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " AS fresh(n, balance, book, id)"
            " WHERE kept.book_id = fresh.book AND kept.id = fresh.id",
            [list(column) for column in zip(*rows["heads"], strict=True)],
        )
        cursor.execute("COMMIT")

    def function(self) -> None:
        """Write one entry by one call of a function that loops in the database."""
        lines = self.village.lines()
        self._connection.execute(
            "SELECT bare_post(%s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[])",
            (
                *(self._book, self.moment(), self.day(), self.village.reference),
                *(self.village.memo or None, f"bare {next(self._keys)}"),
                *([a for a, _amount in lines], [amount for _a, amount in lines]),
            ),
        )


FUNCTION = """
CREATE FUNCTION bare_post(book bigint, at timestamptz, day date, paper text, said text, key text,
                          accounts bigint[], amounts bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
    line_n bigint;
    balance bigint;
BEGIN
    UPDATE ledger_books SET head_number = coalesce(head_number, 0) + 1,
        head_seal = '\\x00', head_recorded_at = at
    WHERE id = book RETURNING head_number INTO entry;
    INSERT INTO ledger_entries VALUES (book, entry, entry, 'receipt', day, at, '1', NULL, paper,
        amounts[1], '', NULL, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));
    FOR line IN 1 .. array_length(accounts, 1) LOOP
        UPDATE ledger_accounts SET n = n + 1, balance_satang = balance_satang + amounts[line]
        WHERE book_id = book AND id = accounts[line]
        RETURNING n, balance_satang INTO line_n, balance;
        INSERT INTO ledger_postings VALUES
            (book, accounts[line], line_n, entry, line, 'SAV', amounts[line], balance);
        INSERT INTO ledger_month_balances VALUES (book, accounts[line],
            date_trunc('month', day)::date, balance - amounts[line],
            greatest(amounts[line], 0), greatest(-amounts[line], 0))
        ON CONFLICT (book_id, account_id, month) DO UPDATE SET
            debit_satang = ledger_month_balances.debit_satang + excluded.debit_satang,
            credit_satang = ledger_month_balances.credit_satang + excluded.credit_satang;
    END LOOP;
    IF said IS NOT NULL THEN
        INSERT INTO ledger_memos VALUES (book, entry, said, decode(repeat('00', 32), 'hex'));
    END IF;
    INSERT INTO ledger_keys VALUES (book, key, decode(repeat('00', 32), 'hex'), entry, entry);
    RETURN entry;
END $$
"""


def bare_sqlite(file: str, village: Village) -> Bare:
    """Open a copy of a book without its locks, as durable as the service's own."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = TRUNCATE")
    connection.execute("PRAGMA synchronous = EXTRA")
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return Bare(connection, village)


def bare_postgres(url: str, village: Village) -> BarePostgres:
    """Open a copy of a book without its locks, as its owner."""
    connection = psycopg.connect(url, autocommit=True)
    for (table,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall():
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
    connection.execute(FUNCTION.encode())
    return BarePostgres(connection, village)


def repeated(run: Callable[..., Any], times: int, *given: Any) -> Callable[[], int]:
    """Make a slice that runs something some times and says how many things that was.

    A whole number given to what runs is how many things it does.
    """
    things = times * (given[0] if given and isinstance(given[0], int) else 1)

    def slice_() -> int:
        for _time in range(times):
            run(*given)
        return things

    return slice_
