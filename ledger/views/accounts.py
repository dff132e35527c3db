"""The chart of accounts, and the statement of each."""

import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger import queries
from ledger.chart import KIND_IN_THAI, Kind
from ledger.db import read
from ledger.entry import ENTRY_KIND_IN_THAI
from ledger.errors import NotAllowed, RuleBroken
from ledger.exports import statement_table
from ledger.models import Account, Book, Fund
from ledger.money import Satang, total
from ledger.queries import MonthMoved
from ledger.reports import AccountBalance, roll_up
from ledger.roles import ANYONE_SIGNED_IN, READERS, open_to
from ledger.statement import StatementLine, StatementPage, cut_to_fit
from ledger.views.asked import (
    ENDINGS,
    Days,
    TooMuchForPaper,
    asked_days,
    asked_days_of_file,
    asked_number,
    file_name,
    last_of,
    masked_statement,
    may_read,
)
from ledger.views.room import blueprint
from ledger.web import Form, page, paper, sheet, today

LINES_A_PAGE = 50
MOST_ON_PAPER = 3_000
MOST_IN_A_SHEET = 100_000
MONTHS_SHOWN = 24
MOST_MONTHS = 1_200
#: What a sheet of A4 holds of a statement, what a line of text and the space around a row take, in
#: tenths of a millimetre; and how many letters stand side by side in its middle column.
SHEET, TEXT, AROUND = 2_220, 51, 17
LETTERS_A_LINE = 29


class SomebodysAccount(NotAllowed):
    """The account is a member's, and who is signed in may see only totals."""

    thai = "บัญชีนี้เป็นของสมาชิก ผู้ที่ดูได้คือกรรมการของกลุ่มและผู้สอบทานเท่านั้น"


class NoLinesOfItsOwn(RuleBroken):
    """A control account has no lines; the accounts under it have."""

    thai = "บัญชีคุมไม่มีรายการของตัวเอง เปิดบัญชีย่อยแล้วขอแฟ้มทีละบัญชี"


@dataclass(frozen=True, slots=True)
class ChartLine:
    """An account in the chart; ``under`` are the accounts that a control account is the sum of."""

    account: AccountBalance
    count: int
    under: tuple[AccountBalance, ...]


@blueprint.get("/groups/<code>/accounts")
@open_to(ANYONE_SIGNED_IN)
def accounts(code: str) -> ResponseReturnValue:
    """Show every account with what it has; those under a control account only to who may read."""
    opened = asked_number("open") if may_read(code) else 0
    with_idle = request.args.get("all") == "1"

    def look(session: Session) -> tuple[Book, list[Fund], list[AccountBalance]]:
        book = queries.book_by_code(session, code=code)
        return (
            book,
            queries.funds_of(session, book_id=book.id),
            queries.balances_now(session, book_id=book.id),
        )

    book, funds, balances = read(look)
    chart = _chart(balances, opened=opened)
    shown = [line for line in chart if with_idle or line.account.closing or line.count]
    return page(
        "ledger/accounts.html",
        group_name=book.name,
        book=book,
        kinds=[
            (KIND_IN_THAI[kind], lines)
            for kind in Kind
            if (lines := [line for line in shown if line.account.kind is kind])
        ],
        fund_names={fund.code: fund.name_th for fund in funds},
        opened=opened,
        with_idle=with_idle,
        hidden=len(chart) - len(shown),
        reads=may_read(code),
    )


def _chart(balances: list[AccountBalance], *, opened: int) -> list[ChartLine]:
    counts = Counter(row.control_id for row in balances if row.control_id is not None)
    under = tuple(row for row in balances if row.control_id == opened) if opened else ()
    return [
        ChartLine(row, counts[row.account_id], under if row.account_id == opened else ())
        for row in roll_up(balances)
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """The lines of an account between the first and the last that are dated within some days.

    Attributes:
        first_n: The number of the first line.
        last_n: The number of the last one, or nought when there is none.
        lines: How many of them are dated within the days.
        opening: What the account had before the days, going by dates.
        debits: What was added on the debit side within them.
        credits: What was added on the credit side within them.
    """

    first_n: int
    last_n: int
    lines: int
    opening: Satang
    debits: Satang
    credits: Satang

    @property
    def closing(self) -> Satang:
        """What the account had after the days, going by dates."""
        return Satang(self.opening + self.debits - self.credits)


NO_RUN = Run(1, 0, 0, Satang(0), Satang(0), Satang(0))


@dataclass(frozen=True, slots=True)
class Looked:
    """What the page of an account shows.

    Attributes:
        book: The book.
        account: The account.
        control: The control account that it stands under, if any.
        fund: Its purse.
        balance: What it has now; for a control account, what those under it have.
        months: What it moved by month, newest first.
        run: Its lines within the days asked for.
        statement: Those of this page.
        under: The accounts under it, with what they had, took and have over the days asked for.
    """

    book: Book
    account: Account
    control: Account | None
    fund: Fund
    balance: Satang
    months: list[MonthMoved]
    run: Run
    statement: StatementPage
    under: list[AccountBalance]


@blueprint.get("/groups/<code>/accounts/<int:account_id>")
@open_to(ANYONE_SIGNED_IN)
def account(code: str, account_id: int) -> ResponseReturnValue:
    """Show the statement of an account; to who may see only totals, its months."""
    form, days = asked_days()
    reads = may_read(code)
    asked_n = asked_number("n")

    def look(session: Session) -> Looked:
        return _look(session, code, account_id, days, asked_n, reads=reads)

    looked = read(look)
    return _account_page(form, days, looked, reads=reads)


def _account_page(form: Form, days: Days, looked: Looked, *, reads: bool) -> ResponseReturnValue:
    statement = looked.statement
    shown = statement.lines
    return page(
        "ledger/account.html",
        form,
        group_name=looked.book.name,
        looked=looked,
        statement=statement,
        days=days,
        kind_name=KIND_IN_THAI[looked.account.kind],
        kinds=ENTRY_KIND_IN_THAI,
        newer=shown[-1].n + 1 if shown and shown[-1].n < looked.run.last_n else 0,
        older=_older(shown[0].n, looked.run) if shown else 0,
        last_of=last_of,
        reads=reads,
        period_args={name: request.args[name] for name in ("from", "to") if request.args.get(name)},
    )


def _older(first_shown: int, run: Run) -> int:
    """Give where the page before begins, or nought when this is the first."""
    return max(first_shown - LINES_A_PAGE, run.first_n) if first_shown > run.first_n else 0


def _look(
    session: Session, code: str, account_id: int, days: Days, asked_n: int, *, reads: bool
) -> Looked:
    book = queries.book_by_code(session, code=code)
    account = _open_to_them(session, book, account_id, reads=reads)
    control = None
    if account.control_id is not None:
        control = queries.account_by_id(session, book_id=book.id, account_id=account.control_id)
    months = queries.months_of_account(session, account=account, most=MONTHS_SHOWN)
    run, statement, under = NO_RUN, StatementPage(Satang(0), ()), list[AccountBalance]()
    if reads and account.holds:
        under = _under(session, account, days)
    elif reads:
        run = _run_of(session, account, days)
        start = _page_start(asked_n, run, newest=days.all_time)
        end = min(start + LINES_A_PAGE - 1, run.last_n)
        statement = masked_statement(
            session, _statement(session, account, run, start, end), book=book
        )
    return Looked(
        book=book,
        account=account,
        control=control,
        fund=_fund_of(session, account),
        balance=months[0].closing if months else account.balance_satang,
        months=months,
        run=run,
        statement=statement,
        under=under,
    )


def _open_to_them(session: Session, book: Book, account_id: int, *, reads: bool) -> Account:
    account = queries.account_by_id(session, book_id=book.id, account_id=account_id)
    if account.control_id is not None and not reads:
        raise SomebodysAccount(account_id=account_id)
    return account


def _fund_of(session: Session, account: Account) -> Fund:
    funds = queries.funds_of(session, book_id=account.book_id)
    return next(fund for fund in funds if fund.code == account.fund)


def _under(session: Session, control: Account, days: Days) -> list[AccountBalance]:
    """Give the accounts under a control account over the months that the days lie in."""
    balances = queries.balances_of_months(
        session,
        book_id=control.book_id,
        first=days.since,
        last=min(days.until, today()),
    )
    return [row for row in balances if row.control_id == control.id]


def _run_of(session: Session, account: Account, days: Days) -> Run:
    """Find the lines of an account within some days, and what they come to."""
    where = {"book_id": account.book_id, "account_id": account.id}
    opening = Satang(0)
    if days.first is not None:
        opening = queries.balance_before(session, **where, day=days.first)
    elif days.last is None:
        return Run(1, account.n, account.n, opening, *_sides(session, account))
    moved = queries.moved_within(session, **where, first=days.since, last=days.until)
    if moved is None:
        return replace(NO_RUN, opening=opening)
    return Run(moved.first_n, moved.last_n, moved.lines, opening, moved.debits, moved.credits)


def _sides(session: Session, account: Account) -> tuple[Satang, Satang]:
    """Sum both sides of an account over all its months."""
    months = queries.months_of_account(session, account=account, most=MOST_MONTHS)
    return total(month.debits for month in months), total(month.credits for month in months)


def _page_start(asked_n: int, run: Run, *, newest: bool) -> int:
    """Give the number of a page's first line; the newest page begins after a whole fifty."""
    if asked_n:
        return min(max(asked_n, run.first_n), max(run.last_n, run.first_n))
    if newest and run.last_n:
        return (run.last_n - 1) // LINES_A_PAGE * LINES_A_PAGE + 1
    return run.first_n


def _statement(
    session: Session, account: Account, run: Run, first_n: int, last_n: int
) -> StatementPage:
    if not run.last_n:
        return StatementPage(run.opening, ())
    return queries.statement_page(
        session,
        book_id=account.book_id,
        account_id=account.id,
        first_n=first_n,
        last_n=last_n,
    )


@blueprint.get(f"/groups/<code>/accounts/<int:account_id>.<{ENDINGS}:ending>")
@open_to(READERS)
def account_file(code: str, account_id: int, ending: str) -> ResponseReturnValue:
    """Give the statement of an account as a file, whole."""
    days = asked_days_of_file()
    most = MOST_ON_PAPER if ending == "pdf" else MOST_IN_A_SHEET

    def look(session: Session) -> tuple[Book, Account, Fund, StatementPage]:
        book = queries.book_by_code(session, code=code)
        account = queries.account_by_id(session, book_id=book.id, account_id=account_id)
        if account.holds:
            raise NoLinesOfItsOwn(code=account.code)
        run = _run_of(session, account, days)
        lines = run.last_n - run.first_n + 1
        if lines > most:
            raise TooMuchForPaper(lines=f"{lines:,}", most=f"{most:,}")
        statement = _statement(session, account, run, run.first_n, run.last_n)
        shown = masked_statement(session, statement, book=book)
        return book, account, _fund_of(session, account), shown

    book, account, fund, statement = read(look)
    name = file_name(f"บัญชี {account.code} {account.fund}", book, days.words)
    if ending == "pdf":
        return paper(
            "paper/statement.html.j2",
            name=name,
            book=book,
            account=account,
            fund=fund,
            days=days,
            statement=statement,
            sheets=list(cut_to_fit(statement, room=SHEET, height_of=_height)),
            kinds=ENTRY_KIND_IN_THAI,
        )
    title = f"บัญชี {account.code} {account.name_th} ({account.fund}) {book.name}"
    return sheet(
        statement_table(statement, title=title, about=days.words), name=name, ending=ending
    )


def _height(line: StatementLine) -> int:
    """Tell how much a line of the statement takes on paper."""
    said = f"{ENTRY_KIND_IN_THAI[line.kind]} {line.memo} #{line.entry_number} {line.reference}"
    letters = sum(unicodedata.category(character) != "Mn" for character in said)
    return AROUND + TEXT * -(-letters // LETTERS_A_LINE)
