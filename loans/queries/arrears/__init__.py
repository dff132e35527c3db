"""Reading arrears: how old they are, who owes what in a month, whom to tell, a month's end."""

from loans.queries.arrears.dues import DueLine, due_in_month
from loans.queries.arrears.month_end import (
    Accrual,
    Allowance,
    Earned,
    accrual_from,
    accruals,
    allowance_from,
    allowances,
    last_day_of,
    month_ends_of,
    newest_month_end,
)
from loans.queries.arrears.notices import NoticeDue, notices_due, notices_for
from loans.queries.arrears.overdue import (
    Aged,
    Ageing,
    AtRisk,
    Borrower,
    Guarantor,
    OverdueLoan,
    ageing,
    borrowers_of,
    guarantors_of,
    overdue_standings,
    since_of,
)
from loans.queries.arrears.sums import LoanOnDay, portfolio
from loans.queries.arrears.written_off import (
    WrittenOff,
    written_off_debts,
    written_off_left,
    written_off_owed,
)

__all__ = [
    "Accrual",
    "Aged",
    "Ageing",
    "Allowance",
    "AtRisk",
    "Borrower",
    "DueLine",
    "Earned",
    "Guarantor",
    "LoanOnDay",
    "NoticeDue",
    "OverdueLoan",
    "WrittenOff",
    "accrual_from",
    "accruals",
    "ageing",
    "allowance_from",
    "allowances",
    "borrowers_of",
    "due_in_month",
    "guarantors_of",
    "last_day_of",
    "month_ends_of",
    "newest_month_end",
    "notices_due",
    "notices_for",
    "overdue_standings",
    "portfolio",
    "since_of",
    "written_off_debts",
    "written_off_left",
    "written_off_owed",
]
