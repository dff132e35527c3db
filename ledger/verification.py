"""The third lock: every balance, seal, month and control account, derived anew from the postings.

What disagrees is given as findings, the first of the book first. Rows are read once, in the order
of the book, and not kept, so a book of any size is verified in the same memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.models import Account, Book, Entry, Key, Memo, MonthBalance, Period, Posting
from ledger.period import month_of
from ledger.seal import canonical_bytes, first_seal, link, memo_digest

AT_A_TIME = 5_000


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


class _AccountSums:
    """What the postings of one account come to, as the entries are read."""

    __slots__ = ("balance", "months", "n")

    def __init__(self) -> None:
        self.n = 0
        self.balance = 0
        self.months: dict[date, list[int]] = {}


def verify_book(session: Session, *, book: Book) -> Verified:
    """Derive a whole book anew and compare.

    Args:
        session: Any session; nothing is written.
        book: The book.
    """
    sums: dict[int, _AccountSums] = {}
    findings: list[Finding] = []
    counts = [0, 0]
    for finding in _check_entries(session, book, sums, counts):
        findings.append(finding)
        if finding.entry_number is not None:
            break  # every entry after the first that disagrees disagrees too
    else:
        findings += _check_accounts(session, book, sums)
        findings += _check_months(session, book, sums)
        findings += _check_the_rest(session, book)
    return Verified(book.code, counts[0], counts[1], book.head_seal, tuple(findings))


def _check_entries(
    session: Session, book: Book, sums: dict[int, _AccountSums], counts: list[int]
) -> Iterator[Finding]:
    """Read entries with their postings in the order of the book and derive every seal."""
    accounts = {
        account_id: (code, fund, holds)
        for account_id, code, fund, holds in session.execute(
            select(Account.id, Account.code, Account.fund, Account.holds).where(
                Account.book_id == book.id
            )
        )
    }
    closed = dict(
        session.execute(
            select(Period.month, Period.head_number).where(Period.book_id == book.id)
        ).all()
    )
    seal, number, recorded_at = first_seal(book.code), 0, datetime.min.replace(tzinfo=UTC)
    postings = _postings_by_entry(session, book)
    waiting = next(postings, None)
    for entry in _entries(session, book):
        number += 1
        lines: list[Any] = []
        if waiting is not None and waiting[0] == entry.number:
            lines = waiting[1]
            waiting = next(postings, None)
        counts[0] += 1
        counts[1] += len(lines)
        wrong = _wrong_with_entry(entry, number, seal, recorded_at, closed)
        if wrong is None:
            wrong = _wrong_with_postings(entry, lines, accounts, sums)
        if wrong is None and _seal_of(book, entry, lines, accounts) != entry.seal:
            wrong = ("its seal is not that of what it says", "ตราผนึกไม่ตรงกับสิ่งที่เขียนไว้")
        if wrong is not None:
            yield Finding(book.code, number, f"entry {number}: {wrong[0]}", wrong[1])
        seal, recorded_at = entry.seal, entry.recorded_at
    if waiting is not None:
        what = f"posting without an entry, number {waiting[0]}"
        yield Finding(book.code, waiting[0], what, "มีบรรทัดรายการที่ไม่มีรายการบัญชี")
    if (book.head_number or 0, book.head_seal) != (number, seal):
        what = f"the head says {book.head_number or 0}, the last entry is {number}"
        yield Finding(book.code, None, what, "หัวสมุดไม่ตรงกับรายการสุดท้าย")


def _entries(session: Session, book: Book) -> Iterator[Any]:
    columns = (
        Entry.number,
        Entry.kind,
        Entry.entered_on,
        Entry.recorded_at,
        Entry.posted_by,
        Entry.approved_by,
        Entry.reference,
        Entry.amount_satang,
        Entry.memo_digest,
        Entry.reverses_number,
        Entry.previous_seal,
        Entry.seal,
    )
    rows = session.execute(
        select(*columns).where(Entry.book_id == book.id).order_by(Entry.number),
        execution_options={"yield_per": AT_A_TIME},
    )
    yield from rows


def _postings_by_entry(session: Session, book: Book) -> Iterator[tuple[int, list[Any]]]:
    rows = session.execute(
        select(
            Posting.entry_number,
            Posting.line,
            Posting.account_id,
            Posting.fund,
            Posting.amount_satang,
        )
        .where(Posting.book_id == book.id)
        .order_by(Posting.entry_number, Posting.line),
        execution_options={"yield_per": AT_A_TIME},
    )
    for number, lines in groupby(rows, key=itemgetter(0)):
        yield number, list(lines)


def _wrong_with_entry(
    entry: Any, number: int, seal: bytes, recorded_at: datetime, closed: dict[date, int]
) -> tuple[str, str] | None:
    if entry.number != number:
        return f"it is missing; the next is {entry.number}", "รายการเลขที่นี้หายไป"
    if entry.previous_seal != seal:
        return "it is not linked to the seal before it", "ไม่ต่อกับตราผนึกของรายการก่อนหน้า"
    if entry.recorded_at < recorded_at:
        return "it was recorded before the entry before it", "เวลาบันทึกย้อนหลังรายการก่อนหน้า"
    if entry.reverses_number is not None and entry.reverses_number >= number:
        return "it takes back a later entry", "กลับรายการของรายการที่มาทีหลัง"
    closed_at = closed.get(month_of(entry.entered_on))
    if closed_at is not None and number > closed_at:
        return "it is dated in a month closed before it", "ลงวันที่ในเดือนที่ปิดไปแล้ว"
    return None


def _wrong_with_postings(
    entry: Any,
    lines: list[Any],
    accounts: dict[int, tuple[str, str, str]],
    sums: dict[int, _AccountSums],
) -> tuple[str, str] | None:
    funds: dict[str, int] = {}
    debits = 0
    month = month_of(entry.entered_on)
    for place, (_number, line, account_id, fund, amount) in enumerate(lines, start=1):
        if line != place or account_id not in accounts:
            return f"line {place} is missing or without an account", "บรรทัดรายการขาดหายไป"
        if accounts[account_id][1:] != (fund, ""):
            return f"line {place} is in the wrong fund", "บรรทัดรายการอยู่ผิดกองทุน"
        account = sums.get(account_id)
        if account is None:
            account = sums[account_id] = _AccountSums()
        account.n += 1
        account.balance += amount
        sides = account.months.get(month)
        if sides is None:
            sides = account.months[month] = [0, 0]
        if amount > 0:
            debits += amount
            sides[0] += amount
        else:
            sides[1] -= amount
        funds[fund] = funds.get(fund, 0) + amount
    if any(funds.values()) or len(lines) < 2 or debits != entry.amount_satang:  # noqa: PLR2004
        return "it does not balance in each fund", "รายการไม่ดุลในแต่ละกองทุน"
    return None


def _seal_of(
    book: Book, entry: Any, lines: list[Any], accounts: dict[int, tuple[str, str, str]]
) -> bytes:
    return link(
        entry.previous_seal,
        canonical_bytes(
            book_code=book.code,
            number=entry.number,
            kind=entry.kind,
            entered_on=entry.entered_on,
            recorded_at=entry.recorded_at,
            posted_by=entry.posted_by,
            approved_by=entry.approved_by,
            reference=entry.reference,
            memo_digest=entry.memo_digest,
            reverses_number=entry.reverses_number,
            postings=[
                (accounts[account_id][0], fund, amount)
                for _number, _line, account_id, fund, amount in lines
            ],
        ),
    )


def _check_accounts(
    session: Session, book: Book, sums: dict[int, _AccountSums]
) -> Iterator[Finding]:
    """Compare running balances, heads and controls with what the postings come to."""
    rows = session.execute(
        select(
            Posting.account_id,
            Posting.n,
            Posting.amount_satang,
            Posting.balance_after_satang,
            Posting.entry_number,
        )
        .where(Posting.book_id == book.id)
        .order_by(Posting.account_id, Posting.n),
        execution_options={"yield_per": AT_A_TIME},
    )
    for _account_id, lines in groupby(rows, key=itemgetter(0)):
        balance = 0
        for n, (_id, stored_n, amount, balance_after, number) in enumerate(lines, start=1):
            balance += amount
            if (stored_n, balance_after) != (n, balance):
                what = f"entry {number}: the running balance of its account is broken"
                yield Finding(book.code, number, what, "ยอดคงเหลือต่อเนื่องของบัญชีไม่ตรง")
                break
    kinds: dict[int, tuple[Any, str]] = {}
    accounts = session.execute(
        select(
            Account.id,
            Account.code,
            Account.kind,
            Account.fund,
            Account.control_id,
            Account.n,
            Account.balance_satang,
        )
        .where(Account.book_id == book.id)
        .order_by(Account.id)
    ).all()
    for account in accounts:
        kinds[account.id] = (account.kind, account.fund)
        derived = sums.get(account.id)
        n, balance = (derived.n, derived.balance) if derived else (0, 0)
        if (account.n, account.balance_satang) != (n, balance):
            what = f"account {account.code}: kept {account.balance_satang}, derived {balance}"
            yield Finding(book.code, None, what, f"ยอดบัญชี {account.code} ไม่ตรงกับรายการ")
        if account.control_id is not None and kinds.get(account.control_id) != (
            account.kind,
            account.fund,
        ):
            what = f"account {account.code}: not of the kind and fund of its control account"
            yield Finding(book.code, None, what, f"บัญชี {account.code} ไม่ตรงกับบัญชีคุม")


def _check_months(session: Session, book: Book, sums: dict[int, _AccountSums]) -> Iterator[Finding]:
    kept: dict[int, dict[date, tuple[int, int, int]]] = {}
    for row in session.execute(
        select(
            MonthBalance.account_id,
            MonthBalance.month,
            MonthBalance.opening_satang,
            MonthBalance.debit_satang,
            MonthBalance.credit_satang,
        ).where(MonthBalance.book_id == book.id)
    ):
        kept.setdefault(row[0], {})[row[1]] = (row[2], row[3], row[4])
    for account_id in sorted(sums.keys() | kept.keys()):
        derived, balance = {}, 0
        months = sums[account_id].months if account_id in sums else {}
        for month in sorted(months):
            debited, credited = months[month]
            derived[month] = (balance, debited, credited)
            balance += debited - credited
        if derived != kept.get(account_id, {}):
            what = f"account number {account_id}: its months do not add up"
            yield Finding(book.code, None, what, "ยอดรายเดือนไม่ตรงกับรายการ")


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
    beyond = session.scalar(
        select(func.count()).where(
            Key.book_id == book.id, Key.last_number > (book.head_number or 0)
        )
    )
    if beyond:
        what = f"{beyond} keys are of entries that are not there"
        yield Finding(book.code, None, what, "มีรายการที่เคยยืนยันแล้วแต่ไม่อยู่ในสมุด")
