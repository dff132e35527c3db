"""Reading the book: balances, statements, the journal, the trial balance. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ledger.chart import SENSITIVE_ACCOUNTS, Kind
from ledger.errors import NotFound
from ledger.models import Account, Book, Entry, Fund, Memo, MonthBalance, Period, Posting
from ledger.money import Satang
from ledger.period import month_of
from ledger.reports import AccountBalance
from ledger.statement import StatementLine, StatementPage, page_of


class NoSuchBook(NotFound):
    """There is no book of this code."""

    thai = "ไม่พบสมุดบัญชีรหัส {code}"


class NoSuchAccount(NotFound):
    """There is no account of this number in the book."""

    thai = "ไม่พบบัญชีที่ขอในสมุดนี้"


class NoSuchEntry(NotFound):
    """There is no entry of this number in the book."""

    thai = "ไม่พบรายการบัญชีเลขที่ {number}"


@dataclass(frozen=True, slots=True)
class JournalPosting:
    """One line of an entry as the journal shows it; ``amount`` in satang, debit positive."""

    account_id: int
    code: str
    name: str
    fund: str
    amount: Satang


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry as the journal shows it."""

    book_id: int
    number: int
    batch: int
    kind: str
    entered_on: date
    recorded_at: datetime
    posted_by: str
    approved_by: str | None
    reference: str
    memo: str
    amount: Satang
    reverses_number: int | None
    reversed_by_number: int | None
    previous_seal: bytes
    seal: bytes
    postings: tuple[JournalPosting, ...]


def book_by_code(session: Session, *, code: str) -> Book:
    """Find a book by its code.

    Raises:
        NoSuchBook: There is none.
    """
    book = session.scalar(select(Book).where(Book.code == code))
    if book is None:
        raise NoSuchBook(code=code)
    return book


def books(session: Session) -> list[Book]:
    """Give every book, by code."""
    return list(session.scalars(select(Book).order_by(Book.code)))


def funds_of(session: Session, *, book_id: int) -> list[Fund]:
    """Give the purses of a book in the order in which they were opened in the standard."""
    return list(session.scalars(select(Fund).where(Fund.book_id == book_id).order_by(Fund.code)))


def account_by_id(session: Session, *, book_id: int, account_id: int) -> Account:
    """Find an account by its number.

    Raises:
        NoSuchAccount: There is none.
    """
    account = session.get(Account, (book_id, account_id))
    if account is None:
        raise NoSuchAccount(account_id=account_id)
    return account


def account_by_code(session: Session, *, book_id: int, code: str, fund: str) -> Account:
    """Find an account by its code and fund.

    Raises:
        NoSuchAccount: There is none.
    """
    found = select(Account).where(
        Account.book_id == book_id, Account.code == code, Account.fund == fund
    )
    account = session.scalar(found)
    if account is None:
        raise NoSuchAccount(code=code, fund=fund)
    return account


def closed_until(session: Session, *, book_id: int) -> date | None:
    """Give the last closed month of a book, as its first day, or None."""
    return session.scalar(select(func.max(Period.month)).where(Period.book_id == book_id))


def closed_periods(session: Session, *, book_id: int) -> list[Period]:
    """Give the closed months of a book, newest first."""
    return list(
        session.scalars(
            select(Period).where(Period.book_id == book_id).order_by(Period.month.desc())
        )
    )


def months_with_entries(session: Session, *, book_id: int) -> list[date]:
    """Give the months in which something was posted, newest first, as their first days."""
    return list(
        session.scalars(
            select(MonthBalance.month)
            .where(MonthBalance.book_id == book_id)
            .distinct()
            .order_by(MonthBalance.month.desc())
        )
    )


def balances_now(session: Session, *, book_id: int) -> list[AccountBalance]:
    """Give what every account of a book has now; costs accounts, not history."""
    rows = session.execute(
        _account_columns(book_id).add_columns(Account.balance_satang).order_by(*_BY_CODE)
    )
    nothing = Satang(0)
    return [_balance(row, nothing, nothing, nothing, row[7]) for row in rows]


def balances_of_months(
    session: Session, *, book_id: int, first: date, last: date
) -> list[AccountBalance]:
    """Give every account's opening, debits, credits and closing over some months.

    Args:
        session: Any session.
        book_id: The book.
        first: A day in the first month.
        last: A day in the last month, which may be the same.
    """
    first, last = month_of(first), month_of(last)
    month = aliased(MonthBalance)
    newest = (
        select(func.max(month.month))
        .where(
            month.book_id == Account.book_id,
            month.account_id == Account.id,
            month.month <= last,
        )
        .correlate(Account)
        .scalar_subquery()
    )
    closing = aliased(MonthBalance)
    rows = session.execute(
        _account_columns(book_id)
        .add_columns(
            closing.opening_satang + closing.debit_satang - closing.credit_satang,
            *_moved_in(first, last, closing),
        )
        .outerjoin(
            closing,
            and_(
                closing.book_id == Account.book_id,
                closing.account_id == Account.id,
                closing.month == newest,
            ),
        )
        .order_by(*_BY_CODE)
    ).all()
    balances = []
    for row in rows:
        closing_satang, debited, credited = row[7] or 0, int(row[8] or 0), int(row[9] or 0)
        opening = Satang(closing_satang - debited + credited)
        balances.append(
            _balance(row, opening, Satang(debited), Satang(credited), Satang(closing_satang))
        )
    return balances


def _moved_in(first: date, last: date, newest: type[MonthBalance]) -> list[ColumnElement[Any]]:
    """Give the debits and credits of an account over some months, whatever came before them."""
    if first == last:
        # The row that says what the account had says this too, if it is of this very month.
        return [
            case((newest.month == last, side), else_=0)
            for side in (newest.debit_satang, newest.credit_satang)
        ]
    month = aliased(MonthBalance)
    return [
        select(func.sum(side))
        .where(
            month.book_id == Account.book_id,
            month.account_id == Account.id,
            month.month >= first,
            month.month <= last,
        )
        .correlate(Account)
        .scalar_subquery()
        for side in (month.debit_satang, month.credit_satang)
    ]


def _balance(
    row: Sequence[Any], opening: Satang, debited: Satang, credited: Satang, closing: Satang
) -> AccountBalance:
    account_id, code, fund, kind, holds, control_id, name = row[:7]
    return AccountBalance(
        account_id, code, fund, kind, holds, control_id, name, opening, debited, credited, closing
    )


_BY_CODE = (Account.code, Account.fund)


def _account_columns(
    book_id: int,
) -> Select[int, str, str, Kind, str, int | None, str]:
    return select(
        Account.id,
        Account.code,
        Account.fund,
        Account.kind,
        Account.holds,
        Account.control_id,
        Account.name_th,
    ).where(Account.book_id == book_id)


def statement_page(
    session: Session, *, book_id: int, account_id: int, first_n: int, last_n: int
) -> StatementPage:
    """Give lines ``first_n`` to ``last_n`` of an account, both included, with what came before.

    Costs the lines of the page, whatever the account's history.
    """
    rows = session.execute(
        _lines(book_id)
        .where(Posting.account_id == account_id, Posting.n >= first_n, Posting.n <= last_n)
        .order_by(Posting.n)
    )
    lines = [StatementLine(*row) for row in rows]
    return page_of(lines, brought_forward=_balance_before(lines))


@dataclass(frozen=True, slots=True)
class DaysMoved:
    """What was posted to an account within some days.

    Attributes:
        first_n: The number of the first line dated within them.
        last_n: The number of the last one; lines between them may be dated otherwise.
        lines: How many are dated within them.
        debits: The sum of those on the debit side, in satang.
        credits: The sum of those on the credit side.
    """

    first_n: int
    last_n: int
    lines: int
    debits: Satang
    credits: Satang


def moved_within(
    session: Session, *, book_id: int, account_id: int, first: date, last: date
) -> DaysMoved | None:
    """Tell where in an account the lines dated within some days stand; None when there are none.

    Costs the account's history: lines stand in the order of the book, not of their days.
    """
    amount = Posting.amount_satang
    first_n, last_n, lines, debits, balance = session.execute(
        select(
            func.min(Posting.n),
            func.max(Posting.n),
            func.count(),
            func.sum(case((amount > 0, amount), else_=0)),
            func.sum(amount),
        )
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .where(
            Posting.book_id == book_id,
            Posting.account_id == account_id,
            Entry.entered_on >= first,
            Entry.entered_on <= last,
        )
    ).one()
    if not lines:
        return None
    return DaysMoved(first_n, last_n, lines, Satang(int(debits)), Satang(int(debits - balance)))


def balance_before(session: Session, *, book_id: int, account_id: int, day: date) -> Satang:
    """Give what an account had before a day, going by the days on which money moved.

    Costs nothing of the account's history on the first day of a month.
    """
    month = month_of(day)
    kept = session.scalar(
        select(MonthBalance.opening_satang + MonthBalance.debit_satang - MonthBalance.credit_satang)
        .where(
            MonthBalance.book_id == book_id,
            MonthBalance.account_id == account_id,
            MonthBalance.month < month,
        )
        .order_by(MonthBalance.month.desc())
        .limit(1)
    )
    since = None
    if day > month:
        yesterday = day - timedelta(days=1)
        since = moved_within(
            session, book_id=book_id, account_id=account_id, first=month, last=yesterday
        )
    return Satang((kept or 0) + (since.debits - since.credits if since else 0))


@dataclass(frozen=True, slots=True)
class MonthMoved:
    """One month of an account, or of all accounts under a control account; debit positive."""

    month: date
    opening: Satang
    debits: Satang
    credits: Satang
    closing: Satang


def months_of_account(session: Session, *, account: Account, most: int) -> list[MonthMoved]:
    """Give the newest months in which an account moved, newest first.

    Those of a control account are the sums of the accounts under it.
    """
    here = select(Account.id).where(
        Account.book_id == account.book_id,
        or_(Account.id == account.id, Account.control_id == account.id),
    )
    balance = session.scalar(
        select(func.sum(Account.balance_satang)).where(
            Account.book_id == account.book_id, Account.id.in_(here)
        )
    )
    rows = session.execute(
        select(
            MonthBalance.month,
            func.sum(MonthBalance.debit_satang),
            func.sum(MonthBalance.credit_satang),
        )
        .where(MonthBalance.book_id == account.book_id, MonthBalance.account_id.in_(here))
        .group_by(MonthBalance.month)
        .order_by(MonthBalance.month.desc())
        .limit(most)
    )
    months, closing = [], int(balance or 0)
    for month, debited, credited in rows:
        debits, credits_ = Satang(int(debited)), Satang(int(credited))
        opening = Satang(closing - debits + credits_)
        months.append(MonthMoved(month, opening, debits, credits_, Satang(closing)))
        closing = opening
    return months


def _lines(book_id: int) -> Select[*tuple[Any, ...]]:
    taken_back = aliased(Entry)
    return (
        select(
            Posting.n,
            Posting.entry_number,
            Entry.entered_on,
            Entry.recorded_at,
            Entry.kind,
            Entry.reference,
            func.coalesce(Memo.text, ""),
            Posting.amount_satang,
            Posting.balance_after_satang,
            Entry.reverses_number,
            taken_back.number,
            Entry.posted_by,
        )
        .join(Entry, and_(Entry.book_id == Posting.book_id, Entry.number == Posting.entry_number))
        .outerjoin(
            Memo, and_(Memo.book_id == Posting.book_id, Memo.entry_number == Posting.entry_number)
        )
        .outerjoin(
            taken_back,
            and_(
                taken_back.book_id == Posting.book_id,
                taken_back.reverses_number == Posting.entry_number,
            ),
        )
        .where(Posting.book_id == book_id)
    )


def _balance_before(lines: Sequence[StatementLine]) -> Satang:
    return Satang(lines[0].balance_after - lines[0].amount) if lines else Satang(0)


def journal_entry(session: Session, *, book_id: int, number: int) -> JournalEntry:
    """Give one entry with its postings.

    Raises:
        NoSuchEntry: There is none.
    """
    found = journal(session, book_id=book_id, numbers=[number])
    if not found:
        raise NoSuchEntry(number=number)
    return found[0]


def journal(session: Session, *, book_id: int, numbers: Sequence[int]) -> list[JournalEntry]:
    """Give entries of one book with their postings, in the order of the book."""
    return journal_of([(book_id, number) for number in numbers], session)


def journal_page(
    session: Session, *, book_id: int, first: date, last: date, after: int, most: int
) -> list[JournalEntry]:
    """Give the entries dated within some days, from the one after a number on.

    Args:
        session: Any session.
        book_id: The book.
        first: The first business day.
        last: The last business day.
        after: The number of the last entry of the page before, or 0.
        most: The most entries given.
    """
    numbers = session.scalars(
        select(Entry.number)
        .where(
            Entry.book_id == book_id,
            Entry.number > after,
            Entry.entered_on >= first,
            Entry.entered_on <= last,
        )
        .order_by(Entry.number)
        .limit(most)
    )
    return journal(session, book_id=book_id, numbers=list(numbers))


def journal_of(wanted: Sequence[tuple[int, int]], session: Session) -> list[JournalEntry]:
    """Give entries, named by book and number, with their postings, in the order asked for."""
    found: dict[tuple[int, int], JournalEntry] = {}
    by_book: dict[int, list[int]] = {}
    for book_id, number in wanted:
        by_book.setdefault(book_id, []).append(number)
    for book_id, numbers in by_book.items():
        postings = _postings_of(session, book_id=book_id, numbers=numbers)
        taken_back = aliased(Entry)
        rows = session.execute(
            select(Entry, func.coalesce(Memo.text, ""), taken_back.number)
            .outerjoin(Memo, and_(Memo.book_id == Entry.book_id, Memo.entry_number == Entry.number))
            .outerjoin(
                taken_back,
                and_(
                    taken_back.book_id == Entry.book_id,
                    taken_back.reverses_number == Entry.number,
                ),
            )
            .where(Entry.book_id == book_id, Entry.number.in_(numbers))
        )
        for entry, memo, reversed_by_number in rows:
            found[book_id, entry.number] = JournalEntry(
                book_id=book_id,
                number=entry.number,
                batch=entry.batch,
                kind=entry.kind,
                entered_on=entry.entered_on,
                recorded_at=entry.recorded_at,
                posted_by=entry.posted_by,
                approved_by=entry.approved_by,
                reference=entry.reference,
                memo=memo,
                amount=entry.amount_satang,
                reverses_number=entry.reverses_number,
                reversed_by_number=reversed_by_number,
                previous_seal=entry.previous_seal,
                seal=entry.seal,
                postings=tuple(postings.get(entry.number, ())),
            )
    return [found[key] for key in wanted if key in found]


def sensitive_among(session: Session, *, book_id: int, numbers: Sequence[int]) -> frozenset[int]:
    """Tell which of some entries touch welfare benefits, whose reasons stay in the group."""
    found = (
        select(Posting.entry_number)
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .where(
            Posting.book_id == book_id,
            Posting.entry_number.in_(numbers),
            Account.code.startswith(SENSITIVE_ACCOUNTS),
        )
    )
    return frozenset(session.scalars(found))


def _postings_of(
    session: Session, *, book_id: int, numbers: Sequence[int]
) -> dict[int, list[JournalPosting]]:
    postings: dict[int, list[JournalPosting]] = {}
    rows = session.execute(
        select(
            Posting.entry_number,
            Posting.account_id,
            Account.code,
            Account.name_th,
            Posting.fund,
            Posting.amount_satang,
        )
        .join(Account, and_(Account.book_id == Posting.book_id, Account.id == Posting.account_id))
        .where(Posting.book_id == book_id, Posting.entry_number.in_(numbers))
        .order_by(Posting.entry_number, Posting.line)
    )
    for number, account_id, code, name, fund, amount in rows:
        line = JournalPosting(account_id, code, name, fund, amount)
        postings.setdefault(number, []).append(line)
    return postings
