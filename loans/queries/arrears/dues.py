"""Who owes what in a month: what falls due in it, and what is overdue from before."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.money import ZERO, Satang, total
from ledger.period import month_of, next_month
from loans.models import Instalment
from loans.queries.arrears.overdue import Borrower, borrowers_of, overdue_standings
from loans.queries.arrears.sums import LoanOnDay, portfolio
from loans.standing import Standing


@dataclass(frozen=True, slots=True)
class DueLine:
    """What one borrower is to pay on one loan in a month; amounts in satang.

    Attributes:
        borrower: Whose it is.
        overdue_principal: Principal overdue from before the month.
        overdue_interest: Interest and fees overdue from before the month.
        default_interest: Default interest up to the day on which the list is made.
        costs: Collection costs.
        due_on: The first day of the month on which something falls due, or None.
        principal: Principal that falls due in the month and is unpaid.
        interest: Interest and fees that fall due in the month and are unpaid.
        outstanding: The principal owed.
    """

    borrower: Borrower
    overdue_principal: Satang
    overdue_interest: Satang
    default_interest: Satang
    costs: Satang
    due_on: date | None
    principal: Satang
    interest: Satang
    outstanding: Satang

    @property
    def all(self) -> Satang:
        """Everything that is to be paid in the month."""
        overdue = self.overdue_principal + self.overdue_interest + self.default_interest
        return Satang(overdue + self.costs + self.principal + self.interest)


def due_in_month(session: Session, *, book_id: int, month: date, on: date) -> list[DueLine]:
    """Give who is to pay what in a month, by village and borrower.

    Args:
        session: Any session.
        book_id: The group's book.
        month: A day in the month.
        on: The day on which the list is made; payments up to it are counted.
    """
    first = month_of(month)
    running = portfolio(session, book_id=book_id, on=on, due_before=first)
    falls_due = _falls_due(session, book_id=book_id, first=first)
    asked = {one.loan_id: _asked(one, falls_due.get((one.loan_id, one.plan.n))) for one in running}
    late = overdue_standings(
        session,
        book_id=book_id,
        on=on,
        loan_ids=[loan_id for loan_id, part in asked.items() if part.may_be_overdue(on)],
    )
    listed = [one for one in running if one.loan_id in late or asked[one.loan_id].all]
    people = borrowers_of(session, book_id=book_id, loan_ids=[one.loan_id for one in listed])
    found = [
        _line(one, people[one.loan_id], asked[one.loan_id], late.get(one.loan_id), first)
        for one in listed
    ]
    return sorted(found, key=lambda one: (*one.borrower.order, one.borrower.loan_id))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is unpaid of a loan by its sums: from before the month, and in it; in satang."""

    before_principal: Satang
    before_charges: Satang
    due_on: date | None
    principal: Satang
    charges: Satang

    @property
    def all(self) -> Satang:
        return Satang(self.before_principal + self.before_charges + self.principal + self.charges)

    def may_be_overdue(self, on: date) -> bool:
        fell_due = self.due_on is not None and self.due_on < on
        return bool(
            self.before_principal + self.before_charges
            or (fell_due and self.principal + self.charges)
        )


def _asked(loan: LoanOnDay, month: tuple[date, int, int] | None) -> _Asked:
    """Fill what fell due in order with what was paid."""
    due_on, principal, charges = month or (None, 0, 0)
    return _Asked(
        before_principal=Satang(max(0, loan.due_principal - loan.paid_principal)),
        before_charges=Satang(max(0, loan.due_charges - loan.paid_charges)),
        due_on=due_on,
        principal=_left(principal, loan.paid_principal - loan.due_principal),
        charges=_left(charges, loan.paid_charges - loan.due_charges),
    )


def _left(asked: int, paid_beyond: int) -> Satang:
    return Satang(max(0, asked - max(0, paid_beyond)))


def _line(
    loan: LoanOnDay, borrower: Borrower, asked: _Asked, standing: Standing | None, first: date
) -> DueLine:
    """Take what is overdue from the rows where they were looked at: by-day interest is theirs."""
    before = () if standing is None else [r for r in standing.overdue if r.due_on < first]
    return DueLine(
        borrower=borrower,
        overdue_principal=total(row.principal for row in before),
        overdue_interest=total(Satang(row.interest + row.fee) for row in before),
        default_interest=ZERO if standing is None else standing.default_interest,
        costs=ZERO if standing is None else standing.costs,
        due_on=asked.due_on,
        principal=asked.principal,
        interest=asked.charges,
        outstanding=loan.outstanding,
    )


def _falls_due(
    session: Session, *, book_id: int, first: date
) -> dict[tuple[int, int], tuple[date, int, int]]:
    """Give the first due day, the principal and the charges of a month, by loan and plan."""
    rows = session.connection().execute(
        select(
            Instalment.loan_id,
            Instalment.plan_n,
            func.min(Instalment.due_on),
            func.sum(Instalment.principal_satang),
            func.sum(Instalment.interest_satang + Instalment.fee_satang),
        )
        .where(
            Instalment.book_id == book_id,
            Instalment.due_on >= first,
            Instalment.due_on < next_month(first),
        )
        .group_by(Instalment.loan_id, Instalment.plan_n)
    )
    return {
        (loan_id, plan_n): (due_on, int(principal), int(charges))
        for loan_id, plan_n, due_on, principal, charges in rows
    }
