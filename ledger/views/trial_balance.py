"""The trial balance: on the screen, on paper, and for spreadsheets."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ledger import queries
from ledger.db import read
from ledger.exports import trial_balance_table
from ledger.models import Book, Fund
from ledger.period import EARLIEST, months_between
from ledger.reports import TrialBalance
from ledger.reports import trial_balance as make_trial_balance
from ledger.roles import ANYONE_SIGNED_IN, open_to
from ledger.views.asked import ENDINGS, Months, asked_fund, asked_months, file_name
from ledger.views.room import blueprint
from ledger.web import page, paper, sheet, today

MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial balance as it was asked for.

    Attributes:
        book: The book.
        months: From which month to which.
        fund: The only purse, or None for all.
        funds: The purses of the book.
        parts: For each purse with anything in it, its own trial balance.
        whole: All of it.
        offered: The months that can be chosen, newest first.
    """

    book: Book
    months: Months
    fund: str | None
    funds: tuple[Fund, ...]
    parts: tuple[tuple[Fund, TrialBalance], ...]
    whole: TrialBalance
    offered: tuple[date, ...]

    @property
    def about(self) -> str:
        """The line under the title."""
        if self.fund is None:
            return f"{self.months.words} ทุกกองทุน"
        name = next(fund.name_th for fund in self.funds if fund.code == self.fund)
        return f"{self.months.words} กองทุน{name} ({self.fund})"


@blueprint.get("/groups/<code>/trial-balance")
@open_to(ANYONE_SIGNED_IN)
def trial_balance(code: str) -> ResponseReturnValue:
    """Show what every account had, took on each side, and has; both sides come to the same."""
    asked = _asked(code)
    months = asked.months
    return page(
        "ledger/trial_balance.html",
        group_name=asked.book.name,
        asked=asked,
        before=months.first - timedelta(days=1),
        days=months.days,
        file_args=request.args.to_dict(),
    )


@blueprint.get(f"/groups/<code>/trial-balance.<{ENDINGS}:ending>")
@open_to(ANYONE_SIGNED_IN)
def trial_balance_file(code: str, ending: str) -> ResponseReturnValue:
    """Give the same as a file."""
    asked = _asked(code)
    period = f"{asked.months.last.year + 543}-{asked.months.last:%m} {asked.fund or ''}"
    name = file_name("งบทดลอง", asked.book, period)
    if ending == "pdf":
        return paper("paper/trial_balance.html.j2", name=name, asked=asked)
    table = trial_balance_table(asked.whole, title=f"งบทดลอง {asked.book.name}", about=asked.about)
    return sheet(table, name=name, ending=ending)


def _asked(code: str) -> Asked:
    months = asked_months(today=today())

    def look(session: Session) -> Asked:
        book = queries.book_by_code(session, code=code)
        funds = queries.funds_of(session, book_id=book.id)
        fund = asked_fund(funds)
        balances = queries.balances_of_months(
            session, book_id=book.id, first=months.first, last=months.last
        )
        parts = [
            (purse, make_trial_balance(balances, fund=purse.code))
            for purse in funds
            if fund in {None, purse.code}
        ]
        known = queries.months_with_entries(session, book_id=book.id)
        return Asked(
            book=book,
            months=months,
            fund=fund,
            funds=tuple(funds),
            parts=tuple((purse, part) for purse, part in parts if part.rows),
            whole=make_trial_balance(balances, fund=fund),
            offered=_offered(known, months),
        )

    return read(look)


def _offered(known: list[date], months: Months) -> tuple[date, ...]:
    """Give every month from the first with entries to today's, and what was asked for."""
    first = max(min([*known, months.first]), EARLIEST)
    last = max(today(), months.last)
    every = sorted(months_between(first, last), reverse=True)
    return tuple(sorted({*every[:MOST_MONTHS], months.first, months.last}, reverse=True))
