"""What was written off and is still owed: a write-off is the book's loss, not the debt's end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from ledger.money import Satang, total
from loans.kinds import EventKind, Side
from loans.models import Loan, LoanEvent
from loans.queries.arrears.overdue import Borrower, borrowers_of
from loans.queries.plans import DefaultRule, default_rule, holding_plan


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """A loan that was written off; amounts in satang.

    Attributes:
        borrower: Whose it is.
        written_off_on: The day.
        owed: What would have paid it off on that day.
        recovered: What came back of it since.
    """

    borrower: Borrower
    written_off_on: date
    owed: Satang
    recovered: Satang

    @property
    def left(self) -> Satang:
        """What may still come back."""
        return Satang(max(0, self.owed - self.recovered))


def written_off_debts(session: Session, *, book_id: int) -> list[WrittenOff]:
    """Give the loans that were written off and of which something is still owed, as lists go."""
    loans = _written_off(session, Loan.book_id == book_id)
    people = borrowers_of(session, book_id=book_id, loan_ids=[loan.id for loan in loans])
    back = _recovered(session, Loan.book_id == book_id)
    rule = default_rule(session, book_id=book_id)
    found = [
        WrittenOff(
            borrower=people[loan.id],
            written_off_on=_day_of(loan),
            owed=owed_when_written_off(session, loan=loan, rule=rule),
            recovered=Satang(sum(back.get(loan.id, (0, 0)))),
        )
        for loan in loans
    ]
    return sorted(
        (one for one in found if one.left),
        key=lambda one: (*one.borrower.order, one.borrower.loan_id),
    )


def written_off_owed(session: Session, *, book_id: int, member_id: int) -> Satang:
    """Give what a member still owes of loans that were written off, in satang."""
    loans = _written_off(session, Loan.book_id == book_id, Loan.member_id == member_id)
    return total(written_off_left(session, book_id=book_id, loans=loans).values())


def written_off_left(session: Session, *, book_id: int, loans: Iterable[Loan]) -> dict[int, Satang]:
    """Give by loan what is still owed of those of some loans that were written off, in satang."""
    gone = {loan.id: loan for loan in loans if loan.written_off_on is not None}
    if not gone:
        return {}
    rule = default_rule(session, book_id=book_id)
    back = _recovered(session, Loan.book_id == book_id, Loan.id.in_(gone))
    owed = {
        loan_id: owed_when_written_off(session, loan=loan, rule=rule)
        for loan_id, loan in gone.items()
    }
    return {
        loan_id: Satang(max(0, amount - sum(back.get(loan_id, (0, 0)))))
        for loan_id, amount in owed.items()
    }


def owed_when_written_off(
    session: Session, *, loan: Loan, rule: DefaultRule | None = None
) -> Satang:
    """Give what would have paid a loan off on the day of its write-off, in satang.

    What was paid on that day counts; only the write-off itself is left out.
    """
    rule = rule or default_rule(session, book_id=loan.book_id)
    plan = holding_plan(session, loan=loan)
    # Nothing is paid towards a loan once it is written off: that is the last of the payments.
    paid = plan.paid[:-1]
    return rule.standing(plan.view, paid, side=loan.side, on=_day_of(loan)).settlement


def written_off_principal(session: Session, *, loan: Loan) -> Satang:
    """Give the principal that the write-off which stands took off the book, in satang."""
    return holding_plan(session, loan=loan).paid[-1].principal


def recovered_of(session: Session, *, book_id: int, loan_id: int) -> tuple[int, int]:
    """Give the principal and the interest that came back of a loan written off, in satang."""
    found = _recovered(session, Loan.book_id == book_id, Loan.id == loan_id)
    return found.get(loan_id, (0, 0))


def _written_off(session: Session, *which: ColumnElement[bool]) -> list[Loan]:
    return list(
        session.scalars(
            select(Loan)
            .where(Loan.side == Side.LENT, Loan.written_off_on.is_not(None), *which)
            .order_by(Loan.id)
        )
    )


def _recovered(session: Session, *which: ColumnElement[bool]) -> dict[int, tuple[int, int]]:
    """Add up the principal and the interest that came back and stands, by loan."""
    undone = aliased(LoanEvent)
    rows = session.execute(
        select(
            LoanEvent.loan_id,
            func.sum(LoanEvent.principal_satang),
            func.sum(LoanEvent.interest_satang),
        )
        .join(Loan, and_(Loan.book_id == LoanEvent.book_id, Loan.id == LoanEvent.loan_id))
        .outerjoin(
            undone,
            and_(
                undone.book_id == LoanEvent.book_id,
                undone.loan_id == LoanEvent.loan_id,
                undone.reverses_n == LoanEvent.n,
            ),
        )
        .where(LoanEvent.kind == EventKind.RECOVERED, undone.n.is_(None), *which)
        .group_by(LoanEvent.loan_id)
    )
    return {loan_id: (int(principal), int(interest)) for loan_id, principal, interest in rows}


def _day_of(loan: Loan) -> date:
    assert loan.written_off_on is not None, loan.reference
    return loan.written_off_on
