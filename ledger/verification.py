"""The third lock: every balance, seal, month and control account, derived anew from the postings.

What disagrees is given as findings, the first of the book first. Rows are read twice, once in the
order of the book and once account by account, and not kept: of an entry only its month stays in
memory, as two bytes.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.models import Account, Book, Entry, Key, Memo, Period
from ledger.seal import first_seal, link, memo_digest, said_bytes

AT_A_TIME = 5_000
FEWEST_POSTINGS = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a book that disagrees with its own postings.

    Attributes:
        book_code: The book.
        entry_number: The first entry that it concerns, or None when it is about the book.
        what: One sentence, in English, for the log and the command line.
        thai: The same for the page.
    """

    book_code: str
    entry_number: int | None
    what: str
    thai: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read of a book and what disagreed."""

    book_code: str
    entries: int
    postings: int
    head_seal: bytes
    findings: tuple[Finding, ...]


_ENTRIES = """
SELECT number, kind, {day}, {moment}, posted_by, approved_by, reference, amount_satang, memo_digest,
       reverses_number, previous_seal, seal
FROM ledger_entries WHERE book_id = {book} ORDER BY number
"""
#: In this order an index holds them whole, so that no row is looked up.
_LINES = """
SELECT entry_number, line, account_id, fund, amount_satang
FROM ledger_postings WHERE book_id = {book} ORDER BY entry_number, line
"""
_ACCOUNTS = """
SELECT account_id, n, amount_satang, balance_after_satang, entry_number
FROM ledger_postings WHERE book_id = {book} ORDER BY account_id, n
"""
_MONTHS = """
SELECT account_id, {month}, opening_satang, debit_satang, credit_satang
FROM ledger_month_balances WHERE book_id = {book} ORDER BY account_id, month
"""

Line = tuple[int, int, int, str, int]
#: What is wrong, in English and in Thai.
Wrong = tuple[str, str] | None


def verify_book(session: Session, *, book: Book) -> Verified:
    """Derive a whole book anew and compare.

    Args:
        session: Any session; nothing is written.
        book: The book.
    """
    findings: list[Finding] = []
    with closing(_Walk(session, book)) as walk:
        for finding in walk.entries():
            findings.append(finding)
            if finding.entry_number is not None:
                break  # every entry after the first that disagrees disagrees too
        else:
            findings += walk.accounts()
            findings += _check_the_rest(session, book)
    return Verified(book.code, len(walk.months), walk.postings, book.head_seal, tuple(findings))


class _Walk:
    """A walk through a book, first in the order of its entries and then account by account.

    Rows come from the driver as plain tuples, and days and moments as the texts that were sealed: a
    book is millions of rows, and dressing each up took longer than everything that is checked.

    Attributes:
        postings: How many were read.
        months: The month of each entry, as a place in ``_texts``; two bytes each, so that the walk
            through the accounts can add months up without a second look at the entries.
    """

    def __init__(self, session: Session, book: Book) -> None:
        self._session = session
        self._book = book
        self.postings = 0
        self.months = array("H")
        self._texts: list[str] = []
        self._places: dict[str, int] = {}
        self._cursors: list[Any] = []
        self._charted = {
            account.id: account
            for account in session.execute(
                select(
                    *(Account.id, Account.code, Account.kind, Account.fund, Account.holds),
                    *(Account.control_id, Account.n, Account.balance_satang),
                ).where(Account.book_id == book.id)
            )
        }
        self._names = {
            account.id: (account.code, account.fund)
            for account in self._charted.values()
            if not account.holds
        }
        self._closed = {
            month.isoformat(): number
            for month, number in session.execute(
                select(Period.month, Period.head_number).where(Period.book_id == book.id)
            )
        }

    def _rows(self, statement: str) -> Iterator[Any]:
        """Read rows from the driver a few thousand at a time."""
        connection = self._session.connection()
        driver = connection.connection.dbapi_connection
        assert driver is not None
        if connection.dialect.name == "sqlite":
            words = {"day": "entered_on", "moment": "recorded_at", "month": "month", "book": "?"}
            cursor: Any = driver.cursor()
        else:
            words = {
                "day": "to_char(entered_on, 'YYYY-MM-DD')",
                "moment": (
                    "to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                ),
                "month": "to_char(month, 'YYYY-MM-DD')",
                "book": "%s",
            }
            # With a name it stays on the server; without one the whole table would come here.
            cursor = driver.cursor(name=f"samut_walk_{len(self._cursors)}")
            cursor.itersize = AT_A_TIME
        self._cursors.append(cursor)
        cursor.execute(statement.format(**words), (self._book.id,))
        return iter(cursor)

    def close(self) -> None:
        """Give up the cursors; one that is left half read would keep the file locked."""
        for cursor in self._cursors:
            cursor.close()

    def entries(self) -> Iterator[Finding]:
        """Read entries with their postings in the order of the book and derive every seal."""
        book_code, seal, recorded_at, number = self._book.code, first_seal(self._book.code), "", 0
        lines = self._rows(_LINES)
        waiting: Line | None = next(lines, None)
        for number, row in enumerate(self._rows(_ENTRIES), start=1):
            stored, kind, day, moment, by, also_by, paper, amount, *sealed = row
            digest, reverses, previous, new_seal = sealed
            mine: list[Line] = []
            while waiting is not None and waiting[0] == stored:
                mine.append(waiting)
                waiting = next(lines, None)
            self.postings += len(mine)
            month = self._month_of(day)
            self.months.append(month)
            postings: list[tuple[str, str, int]] = []
            wrong = (
                _wrong_with_entry(row, number, seal, recorded_at)
                or (self._closed and self._wrong_with_month(number, month))
                or self._wrong_with_lines(amount, mine, postings)
            )
            said = (stored, kind, day, moment, by, also_by, paper, digest, reverses, postings)
            if not wrong and new_seal != link(previous, said_bytes(book_code, *said)):
                wrong = ("its seal is not that of what it says", "ตราผนึกไม่ตรงกับสิ่งที่เขียนไว้")
            if wrong:
                yield Finding(book_code, number, f"entry {number}: {wrong[0]}", wrong[1])
            seal, recorded_at = new_seal, moment
        if waiting is not None:
            what = f"posting without an entry, number {waiting[0]}"
            yield Finding(book_code, waiting[0], what, "มีบรรทัดรายการที่ไม่มีรายการบัญชี")
        if (self._book.head_number or 0, self._book.head_seal) != (number, seal):
            what = f"the head says {self._book.head_number or 0}, the last entry is {number}"
            yield Finding(book_code, None, what, "หัวสมุดไม่ตรงกับรายการสุดท้าย")

    def _month_of(self, day: str) -> int:
        """Give the place of a day's month in ``_texts``."""
        place = self._places.get(day)
        if place is None:
            month = f"{day[:7]}-01"
            if month not in self._texts:
                self._texts.append(month)
            place = self._places[day] = self._texts.index(month)
        return place

    def _wrong_with_month(self, number: int, month: int) -> Wrong:
        if number > self._closed.get(self._texts[month], number):
            return "it is dated in a month closed before it", "ลงวันที่ในเดือนที่ปิดไปแล้ว"
        return None

    def _wrong_with_lines(
        self, total: int, lines: list[Line], said: list[tuple[str, str, int]]
    ) -> Wrong:
        """Tell what is wrong with an entry's lines, and put what they say as it was sealed."""
        names = self._names
        balance = debits = place = 0
        other = False
        first_fund = lines[0][3] if lines else ""
        for _entry, line, account_id, fund, amount in lines:
            place += 1
            name = names.get(account_id)
            if line != place or (name is None and account_id not in self._charted):
                return f"line {place} is missing or without an account", "บรรทัดรายการขาดหายไป"
            if name is None or name[1] != fund:
                return f"line {place} is in the wrong fund", "บรรทัดรายการอยู่ผิดกองทุน"
            said.append((name[0], fund, amount))
            balance += amount
            if amount > 0:
                debits += amount
            if fund != first_fund:
                other = True
        if balance or place < FEWEST_POSTINGS or debits != total or (other and _crosses(said)):
            return "it does not balance in each fund", "รายการไม่ดุลในแต่ละกองทุน"
        return None

    def accounts(self) -> Iterator[Finding]:
        """Compare running balances, heads, months and controls with what the postings come to."""
        kept = groupby(self._rows(_MONTHS), key=itemgetter(0))
        kept_id, kept_months = next(kept, (None, ()))
        seen = set()
        for account_id, lines in groupby(self._rows(_ACCOUNTS), key=itemgetter(0)):
            n, balance, months, broken_at = self._add_up(account_id, lines)
            if broken_at:
                what = f"entry {broken_at}: the running balance of its account is broken"
                yield Finding(self._book.code, broken_at, what, "ยอดคงเหลือต่อเนื่องของบัญชีไม่ตรง")
                return
            seen.add(account_id)
            yield from self._head_of(account_id, n, balance)
            while kept_id is not None and kept_id < account_id:
                yield self._other_months(kept_id)
                kept_id, kept_months = next(kept, (None, ()))
            if kept_id != account_id or list(kept_months) != months:
                yield self._other_months(account_id)
            if kept_id == account_id:
                kept_id, kept_months = next(kept, (None, ()))
        while kept_id is not None:
            yield self._other_months(kept_id)
            kept_id, kept_months = next(kept, (None, ()))
        for account_id, account in sorted(self._charted.items()):
            if account_id not in seen:
                yield from self._head_of(account_id, 0, 0)
            control = self._charted.get(account.control_id)
            if account.control_id is not None and (
                control is None or (control.kind, control.fund) != (account.kind, account.fund)
            ):
                what = f"account {account.code}: not of the kind and fund of its control account"
                thai = f"บัญชี {account.code} ไม่ตรงกับบัญชีคุม"
                yield Finding(self._book.code, None, what, thai)

    def _add_up(self, account_id: int, lines: Iterable[Any]) -> tuple[int, int, list[Any], int]:
        """Add an account up: its lines, its balance, its months, and the entry where it breaks."""
        n = balance = 0
        sides: dict[int, list[int]] = {}
        months = self.months
        for _account, stored_n, amount, balance_after, number in lines:
            n += 1
            balance += amount
            if stored_n != n or balance_after != balance:
                return n, balance, [], number
            month = months[number - 1]
            if month not in sides:
                sides[month] = [0, 0]
            if amount > 0:
                sides[month][0] += amount
            else:
                sides[month][1] -= amount
        opening, opened = 0, []
        for month in sorted(sides, key=self._texts.__getitem__):
            debited, credited = sides[month]
            opened.append((account_id, self._texts[month], opening, debited, credited))
            opening += debited - credited
        return n, balance, opened, 0

    def _head_of(self, account_id: int, n: int, balance: int) -> Iterator[Finding]:
        account = self._charted[account_id]
        if (account.n, account.balance_satang) != (n, balance):
            what = f"account {account.code}: kept {account.balance_satang}, derived {balance}"
            thai = f"ยอดบัญชี {account.code} ไม่ตรงกับรายการ"
            yield Finding(self._book.code, None, what, thai)

    def _other_months(self, account_id: int) -> Finding:
        what = f"account number {account_id}: its months do not add up"
        return Finding(self._book.code, None, what, "ยอดรายเดือนไม่ตรงกับรายการ")


def _wrong_with_entry(row: Sequence[Any], number: int, seal: bytes, recorded_at: str) -> Wrong:
    if row[0] != number:
        return f"it is missing; the next is {row[0]}", "รายการเลขที่นี้หายไป"
    if row[10] != seal:
        return "it is not linked to the seal before it", "ไม่ต่อกับตราผนึกของรายการก่อนหน้า"
    if row[3] < recorded_at:
        return "it was recorded before the entry before it", "เวลาบันทึกย้อนหลังรายการก่อนหน้า"
    if row[9] is not None and row[9] >= number:
        return "it takes back a later entry", "กลับรายการของรายการที่มาทีหลัง"
    return None


def _crosses(said: list[tuple[str, str, int]]) -> bool:
    """Tell whether money crosses from one fund to another."""
    funds: dict[str, int] = {}
    for _code, fund, amount in said:
        funds[fund] = funds.get(fund, 0) + amount
    return any(funds.values())


def _check_the_rest(session: Session, book: Book) -> Iterator[Finding]:
    """Check memos against their digests, closes against the chain, and keys against entries."""
    memos = session.execute(
        select(Memo.entry_number, Memo.text, Memo.salt, Entry.memo_digest)
        .join(Entry, (Entry.book_id == Memo.book_id) & (Entry.number == Memo.entry_number))
        .where(Memo.book_id == book.id, Memo.salt.is_not(None))
        .order_by(Memo.entry_number),
        execution_options={"yield_per": AT_A_TIME},
    )
    for number, text, salt, digest in memos:
        if memo_digest(salt or b"", text or "") != digest:
            what = f"entry {number}: its memo is not the one that was sealed"
            yield Finding(book.code, number, what, "คำอธิบายรายการไม่ตรงกับที่ผนึกไว้")
            break
    closes = session.execute(
        select(Period.month, Period.head_number, Period.head_seal, Entry.seal)
        .outerjoin(Entry, (Entry.book_id == Period.book_id) & (Entry.number == Period.head_number))
        .where(Period.book_id == book.id)
    )
    for month, number, then, now in closes:
        if then != (now if number else first_seal(book.code)):
            what = f"entry {number}: its seal is not the one at the close of {month:%Y-%m}"
            yield Finding(book.code, number, what, "ตราผนึกตอนปิดเดือนไม่ตรงกับสมุด")
    keys = session.execute(
        select(
            func.max(Key.last_number),
            func.sum(Key.last_number - Key.first_number + 1),
        ).where(Key.book_id == book.id)
    ).one()
    head = book.head_number or 0
    if tuple(int(number or 0) for number in keys) != (head, head):
        what = f"the keys are not those of {head} entries"
        yield Finding(book.code, None, what, "รายการที่เคยยืนยันแล้วไม่ตรงกับสมุด")
